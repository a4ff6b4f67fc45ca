/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* internal.h - what the parsers share: the checked doors to image and sink, and more. */
#ifndef CAIRN_LOADER_INTERNAL_H
#define CAIRN_LOADER_INTERNAL_H

#include <cairn/ids.h>
#include <cairn/loader_image.h>

/* The header of an Image is known by this word. */
enum {
	CAIRN_KIMAGE_MAGIC_AT_ = 0x38,
	CAIRN_KIMAGE_MAGIC_ARM64_ = 0x644d5241,   /* "ARM\x64" */
	CAIRN_KIMAGE_MAGIC_RISCV64_ = 0x05435352, /* "RSC\x05" */
};

/* Reads what must be there. Returns 0, -EPROTO with `beyond` when it is not, or the image's. */
CAIRN_MUST_USE int cairn_loader_read_(const struct cairn_image *image, uint64_t off, void *dst,
				      size_t len, const char *beyond, struct cairn_err *err);
CAIRN_MUST_USE int cairn_loader_write_(const struct cairn_load_sink *sink, uint64_t at,
				       const void *src, size_t len, struct cairn_err *err);
CAIRN_MUST_USE int cairn_loader_zero_(const struct cairn_load_sink *sink, uint64_t at, uint64_t len,
				      struct cairn_err *err);
/*
 * The highest page-aligned place of len bytes in [lo, hi) that leaves `avoid` alone (len 0: nothing
 * to avoid); false if there is none.
 */
CAIRN_MUST_USE bool cairn_loader_fit_top_(uint64_t lo, uint64_t hi, struct cairn_range avoid,
					  uint64_t len, uint64_t *ret_at);

#endif
