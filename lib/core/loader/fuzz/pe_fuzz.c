/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What the PE parser accepts keeps its promises; loading stays inside the image's bytes. */
#include "loader_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOADED_MAX (1u << 20)

static void check_pe(const struct cairn_pe *pe, uint64_t file_bytes)
{
	fuzz_check(pe->n_sections <= CAIRN_PE_SECTIONS_MAX && pe->entry_rva < pe->image_bytes);
	fuzz_check(pe->headers_bytes <= pe->image_bytes && pe->headers_bytes <= file_bytes);
	fuzz_check(pe->reloc_rva + (uint64_t)pe->reloc_len <= pe->image_bytes);
	fuzz_check(pe->certs_at + (uint64_t)pe->certs_len <= file_bytes);
	fuzz_check(pe->checksum_at + 4u <= file_bytes && pe->certs_entry_at + 8u <= file_bytes);
	for (uint32_t i = 0; i < pe->n_sections; i++) {
		const struct cairn_pe_section *s = &pe->sections[i];

		fuzz_check(s->mem_bytes > 0 && s->file_bytes <= s->mem_bytes);
		fuzz_check(s->file_bytes <= s->raw_bytes);
		fuzz_check(s->file_off + (uint64_t)s->raw_bytes <= file_bytes);
		fuzz_check(s->rva >= pe->headers_bytes);
		fuzz_check(s->rva + (uint64_t)s->mem_bytes <= pe->image_bytes);
		fuzz_check(s->name[CAIRN_PE_SECTION_NAME] == 0);
		for (uint32_t k = 0; k < i; k++)
			fuzz_check(pe->sections[k].rva >= s->rva + (uint64_t)s->mem_bytes ||
				   s->rva >=
				       pe->sections[k].rva + (uint64_t)pe->sections[k].mem_bytes);
	}
}

static void load(const struct cairn_pe *pe, const struct cairn_image *image, uint64_t base)
{
	struct cairn_err err = { 0 };
	uint8_t *dst;

	if (pe->image_bytes > LOADED_MAX)
		return;
	dst = malloc(pe->image_bytes); /* exactly, so that ASan sees a byte too far */
	fuzz_check(dst != NULL);
	if (cairn_loader_pe_load(pe, image, dst, base, &err) < 0)
		fuzz_check((err.code == EPROTO || err.code == ENOTSUP) && err.what != NULL);
	free(dst);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_err err = { 0 };
	struct cairn_image image;
	static struct cairn_pe pe;
	struct bytes b;
	uint8_t *exact;

	fuzz_file(data, size, make_pe, &b);
	exact = fuzz_exact(&b);
	image = cairn_loader_image_mem(exact, b.len);
	if (cairn_loader_pe_parse(&image, &pe, &err) == 0) {
		check_pe(&pe, b.len);
		load(&pe, &image, 0x7f000000);
		(void)cairn_loader_pe_is_w_xor_x(&pe, 4096);
		(void)cairn_loader_pe_section(&pe, ".linux");
	} else {
		fuzz_check((err.code == EPROTO || err.code == ENOTSUP) && err.what != NULL);
	}
	free(exact);
	return 0;
}
