/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The header is copied once and checked; places are computed before the first byte is written. */
#include "internal.h"

#include <cairn/le.h>
#include <cairn/loader_kimage.h>
#include <cairn/loader_pe.h>
#include <cairn/math.h>

enum {
	FLAG_BIG_ENDIAN = 1,
	FLAG_PAGES_SHIFT = 1, /* two bits; of arm64 alone */
	PAGE = 4096,
};

/* Before 3.17, image_size is 0 and the offset is in the kernel's byte order. */
#define OLD_OFFSET     UINT64_C(0x80000)
#define OLD_OFFSET_BIG UINT64_C(0x0000080000000000)
#define ADDRESS_TOP    (UINT64_C(1) << 48)
#define DTB_REACH      (UINT64_C(512) << 20) /* of arm64 kernels before 4.2 */
#define INITRD_ALIGN   (UINT64_C(1) << 30)
#define INITRD_REACH   (UINT64_C(32) << 30)

struct header_wire { /* booting.rst, "Call the kernel image"; boot-image-header.rst */
	cairn_le32 code[2];
	cairn_le64 text_offset, image_size, flags, reserved[3];
	cairn_le32 magic, pe_offset;
};
CAIRN_STATIC_ASSERT(sizeof(struct header_wire) == 64, "booting.rst");

/*
 * An Image that UEFI could start is a PE file too, whose sections say how long it is: image_size
 * does not, it counts what the kernel takes up in memory. A PE file of a kind that we do not read
 * says nothing.
 */
static int check_length(const struct cairn_image *image, const struct header_wire *w,
			struct cairn_err *err)
{
	struct cairn_err why = { 0 };
	struct cairn_pe pe;

	if (cairn_le32_get(w->pe_offset) == 0 || memcmp(w->code, "MZ", 2) != 0)
		return 0;
	if (cairn_loader_pe_parse(image, &pe, &why) == 0 || why.code == ENOTSUP)
		return 0;
	return cairn_err_set(err, why.code, why.what, why.at);
}

static int read_flags(const struct header_wire *w, struct cairn_kimage *k, struct cairn_err *err)
{
	static const uint8_t pages[4] = { 0, CAIRN_PAGES_4K, CAIRN_PAGES_16K, CAIRN_PAGES_64K };
	uint64_t flags = cairn_le64_get(w->flags);
	bool is_big = flags & FLAG_BIG_ENDIAN;

	if (!k->is_bounded) /* from before there were flags */
		is_big = k->text_offset == OLD_OFFSET_BIG;
	if (is_big)
		return cairn_err_set(err, ENOTSUP, "kernel is big-endian", 0);
	if (k->is_bounded && k->arch == CAIRN_KIMAGE_ARM64)
		k->pages = pages[flags >> FLAG_PAGES_SHIFT & 3];
	return 0;
}

static int read_sizes(struct cairn_kimage *k, uint64_t size, struct cairn_err *err)
{
	k->file_bytes = size;
	if (!k->is_bounded && k->arch != CAIRN_KIMAGE_ARM64)
		return cairn_err_set(err, EPROTO, "kernel does not say what memory it needs", 0);
	if (!k->is_bounded) {
		k->text_offset = OLD_OFFSET;
		k->mem_bytes = size;
		return 0;
	}
	if (k->mem_bytes < sizeof(struct header_wire))
		return cairn_err_set(err, EPROTO, "kernel smaller than its header", k->mem_bytes);
	if (k->text_offset % PAGE)
		return cairn_err_set(err, EPROTO, "kernel at an odd offset", k->text_offset);
	k->file_bytes = cairn_min_u64(size, k->mem_bytes);
	return 0;
}

int cairn_loader_kimage_parse(const struct cairn_image *image, struct cairn_kimage *ret_k,
			      struct cairn_err *err)
{
	struct cairn_kimage k = { 0 };
	struct header_wire w;
	int ret = cairn_loader_read_(image, 0, &w, sizeof(w),
				     "kernel file ends before its header does", err);

	if (ret < 0)
		return ret;
	switch (cairn_le32_get(w.magic)) {
	case CAIRN_KIMAGE_MAGIC_ARM64_:
		k.arch = CAIRN_KIMAGE_ARM64;
		break;
	case CAIRN_KIMAGE_MAGIC_RISCV64_:
		k.arch = CAIRN_KIMAGE_RISCV64;
		break;
	default:
		return cairn_err_set(err, EPROTO, "not a kernel Image", CAIRN_KIMAGE_MAGIC_AT_);
	}
	k.text_offset = cairn_le64_get(w.text_offset);
	k.mem_bytes = cairn_le64_get(w.image_size);
	k.is_bounded = k.mem_bytes != 0;
	ret = read_flags(&w, &k, err);
	if (ret == 0)
		ret = read_sizes(&k, image->size_bytes, err);
	if (ret == 0)
		ret = check_length(image, &w, err);
	if (ret == 0)
		*ret_k = k;
	return ret;
}

/* Can this machine run it? */
static int check_machine(const struct cairn_kimage *k, const struct cairn_kimage_load *c,
			 struct cairn_err *err)
{
	const char *what = "kernel uses pages of 64 KiB, which the processors here lack";

	if (k->arch != c->arch)
		return cairn_err_set(err, ENOTSUP,
				     k->arch == CAIRN_KIMAGE_ARM64 ? "kernel is for arm64"
								   : "kernel is for riscv64",
				     0);
	if (k->pages == 0 || (k->pages & c->pages))
		return 0;
	if (k->pages == CAIRN_PAGES_4K)
		what = "kernel uses pages of 4 KiB, which the processors here lack";
	else if (k->pages == CAIRN_PAGES_16K)
		what = "kernel uses pages of 16 KiB, which the processors here lack";
	return cairn_err_set(err, ENOTSUP, what, 0);
}

/* The lowest place suits both values of the flag for it: all memory is then above the kernel. */
static int plan_kernel(const struct cairn_kimage *k, struct cairn_range ram,
		       struct cairn_range *ret, struct cairn_err *err)
{
	uint64_t at;

	if (!cairn_align_up(ram.at, CAIRN_KIMAGE_ALIGN, &at) ||
	    !cairn_add_u64(at, k->text_offset, &at) ||
	    !cairn_gpa_inside(cairn_gpa_of(at), k->mem_bytes, cairn_gpa_of(ram.at), ram.len) ||
	    at + k->mem_bytes > ADDRESS_TOP)
		return cairn_err_set(err, EFAULT, "kernel does not fit into guest memory",
				     k->mem_bytes);
	*ret = (struct cairn_range){ .at = at, .len = k->mem_bytes };
	return 0;
}

static int plan_dtb(uint64_t len, uint64_t lo, uint64_t hi, struct cairn_range *ret,
		    struct cairn_err *err)
{
	uint64_t at;

	if (len == 0)
		return 0;
	if (len > CAIRN_KIMAGE_DTB_MAX)
		return cairn_err_set(err, EINVAL, "device tree larger than 2 MiB", len);
	at = hi < len ? 0 : cairn_align_down(hi - len, CAIRN_KIMAGE_ALIGN);
	if (at < lo)
		return cairn_err_set(err, ENOSPC, "device tree does not fit into guest memory",
				     len);
	*ret = (struct cairn_range){ .at = at, .len = len };
	return 0;
}

static int plan_initrd(const struct cairn_image *initrd, uint64_t hi, struct cairn_kimage_loaded *l,
		       struct cairn_err *err)
{
	uint64_t lo = l->kernel.at + l->kernel.len;
	uint64_t window = cairn_align_down(l->kernel.at, INITRD_ALIGN) + INITRD_REACH;

	if (!initrd)
		return 0;
	l->initrd.len = initrd->size_bytes;
	if (l->initrd.len == 0)
		return cairn_err_set(err, EINVAL, "initrd is empty", 0);
	if (!cairn_loader_fit_top_(lo, cairn_min_u64(hi, window), l->dtb, l->initrd.len,
				   &l->initrd.at))
		return cairn_err_set(err, ENOSPC, "initrd does not fit into guest memory",
				     l->initrd.len);
	return 0;
}

/* Sums here cannot wrap: the kernel ends below ADDRESS_TOP. */
static int plan(const struct cairn_kimage *k, const struct cairn_kimage_load *c,
		struct cairn_kimage_loaded *l, struct cairn_err *err)
{
	uint64_t end, reach;
	int ret;

	if (!cairn_add_u64(c->ram.at, c->ram.len, &end))
		return cairn_err_set(err, EINVAL, "memory wraps the address space", c->ram.at);
	ret = plan_kernel(k, c->ram, &l->kernel, err);
	if (ret < 0)
		return ret;
	l->entry = cairn_gpa_of(l->kernel.at);
	reach = l->kernel.at - k->text_offset + DTB_REACH;
	ret = plan_dtb(c->dtb_bytes, l->kernel.at + l->kernel.len, cairn_min_u64(end, reach),
		       &l->dtb, err);
	if (ret == 0)
		ret = plan_initrd(c->initrd, end, l, err);
	return ret;
}

int cairn_loader_kimage_load(const struct cairn_kimage_load *c, const struct cairn_load_sink *sink,
			     struct cairn_kimage_loaded *ret_loaded, struct cairn_err *err)
{
	struct cairn_kimage_loaded l = { 0 };
	struct cairn_kimage k = { 0 };
	int ret = cairn_loader_kimage_parse(c->kernel, &k, err);

	if (ret == 0)
		ret = check_machine(&k, c, err);
	if (ret == 0)
		ret = plan(&k, c, &l, err);
	if (ret == 0)
		ret = cairn_loader_copy(sink, l.entry, c->kernel, 0, k.file_bytes, err);
	if (ret == 0)
		ret = cairn_loader_zero_(sink, l.entry.v + k.file_bytes, k.mem_bytes - k.file_bytes,
					 err);
	if (ret == 0 && l.initrd.len)
		ret = cairn_loader_copy(sink, cairn_gpa_of(l.initrd.at), c->initrd, 0, l.initrd.len,
					err);
	if (ret == 0)
		*ret_loaded = l;
	return ret;
}
