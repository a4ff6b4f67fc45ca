/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pack.h - the compressors of the same libraries, for tests. */
#ifndef CAIRN_UNPACK_TEST_PACK_H
#define CAIRN_UNPACK_TEST_PACK_H

#include <cairn/loader_image.h>

/* Bytes with some repetition, the same for the same length. */
void pack_sample(uint8_t *dst, size_t len);
/* Compresses as the kernel's build does. Returns the length; aborts when it does not fit. */
size_t pack(enum cairn_payload_kind kind, const uint8_t *src, size_t len, uint8_t *dst, size_t cap);

#endif
