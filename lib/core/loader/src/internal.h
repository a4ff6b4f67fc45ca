/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* internal.h - the checked doors to image and sink, shared by the parsers. */
#ifndef CAIRN_LOADER_INTERNAL_H
#define CAIRN_LOADER_INTERNAL_H

#include <cairn/loader_image.h>

/* Reads what must be there. Returns 0, -EPROTO with `beyond` when it is not, or the image's. */
CAIRN_MUST_USE int cairn_loader_read_(const struct cairn_image *image, uint64_t off, void *dst,
				      size_t len, const char *beyond, struct cairn_err *err);
CAIRN_MUST_USE int cairn_loader_write_(const struct cairn_load_sink *sink, uint64_t at,
				       const void *src, size_t len, struct cairn_err *err);
CAIRN_MUST_USE int cairn_loader_zero_(const struct cairn_load_sink *sink, uint64_t at, uint64_t len,
				      struct cairn_err *err);

#endif
