/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_kimage.h - Linux's flat kernel file "Image" of arm64 and riscv64: a header of 64 bytes in
 * front of the kernel as it lies in memory. Documentation/arch/arm64/booting.rst and
 * Documentation/arch/riscv/boot-image-header.rst of Linux; the two share all fields that count.
 *
 * Where things go in the RAM that the caller gives:
 *
 *	kernel	text_offset behind the first 2 MiB boundary; image_size bytes are its own
 *	dtb	at the highest 2 MiB boundary with room within the kernel's first 512 MiB
 *	initrd	as high as RAM goes, within 32 GiB of the kernel, clear of both
 *
 * The first processor starts at `entry`. arm64: EL1 or EL2, interrupts masked, MMU off, x0 = dtb,
 * x1 to x3 zero. riscv64: supervisor mode, satp zero, a0 = hart, a1 = dtb.
 */
#ifndef CAIRN_LOADER_KIMAGE_H
#define CAIRN_LOADER_KIMAGE_H

#include <cairn/ids.h>
#include <cairn/loader_image.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_KIMAGE_ALIGN   (UINT64_C(2) << 20) /* of the address that text_offset counts from */
#define CAIRN_KIMAGE_DTB_MAX (UINT64_C(2) << 20)

enum cairn_kimage_arch { CAIRN_KIMAGE_ARM64, CAIRN_KIMAGE_RISCV64 };

/* Sizes of pages, one bit each: what a kernel needs, and what processors have. */
enum {
	CAIRN_PAGES_4K = 1u << 0,
	CAIRN_PAGES_16K = 1u << 1,
	CAIRN_PAGES_64K = 1u << 2,
};

struct cairn_kimage {
	enum cairn_kimage_arch arch;
	uint64_t text_offset; /* a multiple of 4 KiB */
	uint64_t file_bytes;  /* of the file, from its start, that are loaded; > 0 */
	uint64_t mem_bytes;   /* from the first byte loaded; >= file_bytes, the rest is zero */
	uint32_t pages;       /* one of CAIRN_PAGES_; 0: not said, any */
	bool is_bounded;      /* false: kernels before 3.17 do not say what memory they need */
};

/*
 * cairn_loader_kimage_parse() - read and check the header.
 *
 * A file that is cut short is noticed where the Image is a PE file as well, for UEFI to start,
 * which kernels of distributions are: then the PE headers must be right and all sections be there.
 * Otherwise nothing in it says how long it should be.
 *
 * Returns 0; -EPROTO: not an Image, a header that contradicts itself, or see above; -ENOTSUP: a
 * big-endian kernel; or what the image returned. Bytes behind image_size (a signature) are not
 * loaded. Reads 64 bytes, and the headers of a PE file (loader_pe.h).
 */
CAIRN_MUST_USE int cairn_loader_kimage_parse(const struct cairn_image *image,
					     struct cairn_kimage *ret_k, struct cairn_err *err);

struct cairn_kimage_load {
	const struct cairn_image *kernel;
	const struct cairn_image *initrd; /* NULL: none */
	enum cairn_kimage_arch arch;      /* the machine's */
	uint32_t pages;                   /* CAIRN_PAGES_ of the machine's processors; of arm64 */
	struct cairn_range ram;           /* free for all of it */
	uint64_t dtb_bytes;               /* room to keep for the device tree; 0: none */
};

struct cairn_kimage_loaded {
	cairn_gpa entry;
	struct cairn_range kernel, initrd; /* where they are; initrd.len 0: none */
	struct cairn_range dtb;            /* the caller writes it; inside one 2 MiB block */
};

/*
 * cairn_loader_kimage_load() - parse, place, and write kernel and initrd. The device tree, which
 * names the initrd's place, is the caller's to write afterwards.
 *
 * Returns 0; -EPROTO: a malformed file; -ENOTSUP: big-endian, for another architecture, or for a
 * size of pages that `pages` lacks; -EFAULT: the kernel does not fit into memory; -ENOSPC: device
 * tree or initrd does not; -EINVAL: empty initrd, dtb_bytes above CAIRN_KIMAGE_DTB_MAX, a RAM range
 * that wraps; or what image or sink returned. Nothing is written before all places are known.
 * One thread; cost O(bytes).
 */
CAIRN_MUST_USE int cairn_loader_kimage_load(const struct cairn_kimage_load *c,
					    const struct cairn_load_sink *sink,
					    struct cairn_kimage_loaded *ret_loaded,
					    struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
