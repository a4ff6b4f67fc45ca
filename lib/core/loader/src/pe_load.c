/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A checked PE32+ program into memory, and its base relocations (PE/COFF, 5.6) applied there. */
#include "internal.h"

#include <cairn/le.h>
#include <cairn/loader_pe.h>
#include <cairn/math.h>

enum {
	RELOC_PADDING = 0,
	RELOC_DIR64 = 10,
	BLOCK_HEAD = 8,
};

struct program { /* in memory that nobody else writes */
	uint8_t *bytes;
	uint64_t len, delta;
};

static int relocate_word(const struct program *p, uint64_t rva, uint64_t entry,
			 struct cairn_err *err)
{
	uint64_t at = rva + (entry & 0xfff);

	if (entry >> 12 == RELOC_PADDING)
		return 0;
	if (entry >> 12 != RELOC_DIR64)
		return cairn_err_set(err, ENOTSUP, "PE relocation of an unknown type", entry >> 12);
	if (!cairn_in_range(at, 8, p->len))
		return cairn_err_set(err, EPROTO, "PE relocation outside the image", at);
	cairn_le_store(p->bytes + at, 8, cairn_le_load(p->bytes + at, 8) + p->delta);
	return 0;
}

/* The table lies in the image itself: bounds are checked again with every word that is read. */
static int relocate(const struct program *p, uint64_t at, uint64_t left, struct cairn_err *err)
{
	while (left >= BLOCK_HEAD) {
		uint64_t rva = cairn_le_load(p->bytes + at, 4);
		uint64_t len = cairn_le_load(p->bytes + at + 4, 4);

		if (len == 0)
			return 0; /* padding of the table */
		if (len < BLOCK_HEAD || len > left)
			return cairn_err_set(err, EPROTO, "PE relocations of a wrong size", at);
		for (uint64_t i = BLOCK_HEAD; i + 2 <= len; i += 2) {
			int ret = relocate_word(p, rva, cairn_le_load(p->bytes + at + i, 2), err);

			if (ret < 0)
				return ret;
		}
		at += len;
		left -= len;
	}
	return 0;
}

static int read_parts(const struct cairn_pe *pe, const struct cairn_image *image, uint8_t *dst,
		      struct cairn_err *err)
{
	int ret = cairn_loader_read_(image, 0, dst, pe->headers_bytes,
				     "PE headers behind the end of the file", err);

	for (uint32_t i = 0; ret == 0 && i < pe->n_sections; i++) {
		const struct cairn_pe_section *s = &pe->sections[i];

		if (s->file_bytes)
			ret = cairn_loader_read_(image, s->file_off, dst + s->rva, s->file_bytes,
						 "PE section behind the end of the file", err);
	}
	return ret;
}

int cairn_loader_pe_load(const struct cairn_pe *pe, const struct cairn_image *image, void *dst,
			 uint64_t base, struct cairn_err *err)
{
	struct program p = { .bytes = dst, .len = pe->image_bytes, .delta = base - pe->image_base };
	int ret;

	if (pe->is_fixed && p.delta != 0)
		return cairn_err_set(err, ENOTSUP, "PE file runs at another address only",
				     pe->image_base);
	memset(dst, 0, pe->image_bytes);
	ret = read_parts(pe, image, dst, err);
	if (ret < 0 || p.delta == 0)
		return ret;
	return relocate(&p, pe->reloc_rva, pe->reloc_len, err);
}
