/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What the ELF parser accepts keeps its promises, and placing it stays inside what is allowed. */
#include "loader_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_loaded(const struct cairn_elf *elf, cairn_gpa at)
{
	for (uint32_t i = 0; i < elf->n_segments; i++)
		if (cairn_gpa_inside(at, 1, elf->segments[i].at, elf->segments[i].mem_bytes))
			return true;
	return false;
}

static void check_elf(const struct cairn_elf *elf, uint64_t file_bytes)
{
	uint64_t end = 0;

	fuzz_check(elf->n_segments > 0 && elf->n_segments <= CAIRN_ELF_SEGMENTS_MAX);
	for (uint32_t i = 0; i < elf->n_segments; i++) {
		const struct cairn_elf_segment *s = &elf->segments[i];

		fuzz_check(s->mem_bytes > 0 && s->file_bytes <= s->mem_bytes);
		fuzz_check(s->file_off <= file_bytes && s->file_bytes <= file_bytes - s->file_off);
		fuzz_check(s->at.v >= end && s->mem_bytes <= UINT64_MAX - s->at.v);
		end = s->at.v + s->mem_bytes;
	}
	fuzz_check(elf->span.at == elf->segments[0].at.v && elf->span.len == end - elf->span.at);
	fuzz_check(elf->has_entry64 || elf->has_pvh);
	fuzz_check(!elf->has_entry64 || is_loaded(elf, elf->entry64));
	fuzz_check(!elf->has_pvh || is_loaded(elf, elf->pvh_entry));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_range allowed = { .at = 0x100000, .len = 0x40000000 };
	struct cairn_load_sink sink = fuzz_sink(&allowed);
	struct cairn_err err = { 0 };
	struct cairn_image image;
	struct cairn_elf elf;
	struct bytes b;
	uint8_t *exact;

	fuzz_file(data, size, make_elf, &b);
	exact = fuzz_exact(&b);
	image = cairn_loader_image_mem(exact, b.len);
	if (cairn_loader_elf_parse(&image, &elf, &err) == 0) {
		check_elf(&elf, b.len);
		if (cairn_loader_elf_place(&elf, &image, allowed, &sink, &err) < 0)
			fuzz_check(err.code == EFAULT);
	} else {
		fuzz_check((err.code == EPROTO || err.code == ENOTSUP) && err.what != NULL);
	}
	free(exact);
	return 0;
}
