/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_fuzz.h - the input of both kernel fuzzers. First byte even: the rest is the file. Odd: a
 * valid file made by the tests' helper, its last two bytes of input cutting it, the others patching
 * it (16-bit offset, byte), so that no corpus is needed to get past the first checks.
 */
#ifndef CAIRN_LOADER_FUZZ_H
#define CAIRN_LOADER_FUZZ_H

#include <stdlib.h>

#include <cairn/cursor.h>

#include "../test/help.h"

static inline void fuzz_file(const uint8_t *data, size_t size, void (*make)(struct bytes *),
			     struct bytes *ret)
{
	struct cairn_reader r;

	cairn_reader_init(&r, data, size);
	if ((cairn_reader_u8(&r) & 1) == 0) {
		memset(ret, 0, sizeof(*ret));
		ret->len = cairn_reader_left(&r);
		if (ret->len > sizeof(ret->v))
			ret->len = sizeof(ret->v);
		cairn_reader_bytes(&r, ret->v, ret->len);
		return;
	}
	make(ret);
	while (cairn_reader_left(&r) >= 3) {
		size_t off = cairn_reader_le16(&r) % sizeof(ret->v);

		ret->v[off] = cairn_reader_u8(&r);
	}
	if (cairn_reader_left(&r) == 2)
		ret->len = cairn_reader_le16(&r) % sizeof(ret->v);
}

static inline void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

/* A sink that is told where it may be written, and aborts elsewhere. Contents are not kept. */
static int fuzz_write(void *ctx, cairn_gpa at, const void *src, size_t len)
{
	const struct cairn_range *allowed = ctx;

	fuzz_check(cairn_gpa_inside(at, len, cairn_gpa_of(allowed->at), allowed->len));
	return 0;
}

static int fuzz_zero(void *ctx, cairn_gpa at, uint64_t len_bytes)
{
	return fuzz_write(ctx, at, NULL, (size_t)len_bytes);
}

static inline struct cairn_load_sink fuzz_sink(struct cairn_range *allowed)
{
	return (struct cairn_load_sink){ .write = fuzz_write, .zero = fuzz_zero, .ctx = allowed };
}

/* An exact copy on the heap, so that ASan sees a read beyond it. */
static inline uint8_t *fuzz_exact(const struct bytes *b)
{
	uint8_t *p = malloc(b->len ? b->len : 1);

	fuzz_check(p != NULL);
	memcpy(p, b->v, b->len);
	return p;
}

#endif
