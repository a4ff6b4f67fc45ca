/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A whole load of an Image that may be malformed into RAM anywhere, with an initrd and a device
 * tree of any size. What is written lies in RAM; kernel, initrd and device tree are apart and keep
 * the distances that the kernel asks for.
 */
#include <cairn/loader_kimage.h>

#include "loader_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define GIB (UINT64_C(1) << 30)

static uint8_t initrd_bytes[1u << 18];

static bool is_inside(struct cairn_range r, struct cairn_range ram)
{
	return cairn_gpa_inside(cairn_gpa_of(r.at), r.len, cairn_gpa_of(ram.at), ram.len);
}

static bool overlap(struct cairn_range a, struct cairn_range b)
{
	return a.len && b.len && a.at < b.at + b.len && b.at < a.at + a.len;
}

static void check_loaded(const struct cairn_kimage_load *c, const struct cairn_kimage_loaded *l)
{
	uint64_t window = l->kernel.at / GIB * GIB, block = CAIRN_KIMAGE_ALIGN;

	fuzz_check(l->kernel.len && l->entry.v == l->kernel.at && is_inside(l->kernel, c->ram));
	fuzz_check(!overlap(l->kernel, l->dtb) && !overlap(l->kernel, l->initrd) &&
		   !overlap(l->dtb, l->initrd));
	fuzz_check(l->dtb.len == c->dtb_bytes);
	if (l->dtb.len)
		fuzz_check(is_inside(l->dtb, c->ram) && l->dtb.at % 8 == 0 &&
			   l->dtb.at / block == (l->dtb.at + l->dtb.len - 1) / block);
	fuzz_check(l->initrd.len == (c->initrd ? c->initrd->size_bytes : 0));
	if (l->initrd.len)
		fuzz_check(is_inside(l->initrd, c->ram) &&
			   l->initrd.at + l->initrd.len <= window + 32 * GIB);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_kimage_load load = { 0 };
	struct cairn_kimage_loaded loaded;
	struct cairn_image kernel, initrd;
	struct cairn_err err = { 0 };
	struct cairn_load_sink sink;
	struct cairn_reader r;
	struct bytes b;
	uint8_t how, *exact;

	cairn_reader_init(&r, data, size);
	how = cairn_reader_u8(&r);
	load.ram.at = cairn_reader_le64(&r);
	load.ram.len = cairn_reader_le64(&r);
	load.dtb_bytes = cairn_reader_le32(&r);
	load.arch = how & 1 ? CAIRN_KIMAGE_RISCV64 : CAIRN_KIMAGE_ARM64;
	load.pages = how >> 1 & 7;
	initrd = cairn_loader_image_mem(initrd_bytes, cairn_reader_le16(&r) * 4u);
	load.initrd = how & 0x10 ? &initrd : NULL;
	sink = fuzz_sink(&load.ram);
	fuzz_file(data + size - cairn_reader_left(&r), cairn_reader_left(&r),
		  how & 0x20 ? make_pe_kimage : make_kimage, &b);
	exact = fuzz_exact(&b);
	kernel = cairn_loader_image_mem(exact, b.len);
	load.kernel = &kernel;
	if (cairn_loader_kimage_load(&load, &sink, &loaded, &err) == 0)
		check_loaded(&load, &loaded);
	else
		fuzz_check(err.code > 0 && err.what != NULL);
	free(exact);
	return 0;
}
