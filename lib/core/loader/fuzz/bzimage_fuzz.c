/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What the bzImage parser accepts keeps its promises, and placing it stays inside. */
#include "loader_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_bz(const struct cairn_bzimage *bz, uint64_t file_bytes)
{
	uint64_t end = bz->kernel_off + bz->kernel_bytes;
	const struct cairn_payload *p = &bz->payload;

	fuzz_check(bz->protocol >= 0x206 && bz->kernel_bytes > 0 && end <= file_bytes);
	fuzz_check(bz->init_bytes >= bz->kernel_bytes);
	fuzz_check(p->off == 0 || (p->off >= bz->kernel_off && p->off + p->bytes <= end));
	fuzz_check(!bz->has_entry64 || bz->kernel_bytes > CAIRN_BZIMAGE_ENTRY64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_range allowed = { .at = 0x100000, .len = 0x40000000 }, span = { 0 };
	struct cairn_load_sink sink = fuzz_sink(&allowed);
	struct cairn_err err = { 0 };
	struct cairn_image image;
	struct cairn_bzimage bz;
	struct bytes b;
	uint8_t *exact;

	fuzz_file(data, size, make_bzimage, &b);
	exact = fuzz_exact(&b);
	image = cairn_loader_image_mem(exact, b.len);
	if (cairn_loader_bzimage_parse(&image, &bz, &err) == 0) {
		check_bz(&bz, b.len);
		if (cairn_loader_bzimage_place(&bz, &image, allowed, &sink, &span, &err) == 0)
			fuzz_check(cairn_gpa_inside(cairn_gpa_of(span.at), span.len,
						    cairn_gpa_of(allowed.at), allowed.len));
		else
			fuzz_check(err.code == EFAULT || err.code == ENOTSUP);
	} else {
		fuzz_check((err.code == EPROTO || err.code == ENOTSUP) && err.what != NULL);
	}
	free(exact);
	return 0;
}
