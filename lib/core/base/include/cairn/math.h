/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* math.h - checked arithmetic on unsigned 64-bit values: false (and *ret unchanged) on overflow. */
#ifndef CAIRN_MATH_H
#define CAIRN_MATH_H

#include <cairn/env.h>

CAIRN_MUST_USE static inline bool cairn_add_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t r;

	if (__builtin_add_overflow(a, b, &r))
		return false;
	*ret = r;
	return true;
}

CAIRN_MUST_USE static inline bool cairn_mul_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t r;

	if (__builtin_mul_overflow(a, b, &r))
		return false;
	*ret = r;
	return true;
}

static inline bool cairn_is_pow2(uint64_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

/* v rounded up to a multiple of align, a power of two. False on overflow. */
CAIRN_MUST_USE static inline bool cairn_align_up(uint64_t v, uint64_t align, uint64_t *ret)
{
	uint64_t r;

	if (!cairn_add_u64(v, align - 1, &r))
		return false;
	*ret = r & ~(align - 1);
	return true;
}

static inline uint64_t cairn_align_down(uint64_t v, uint64_t align)
{
	return v & ~(align - 1);
}

static inline uint64_t cairn_min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* True when [off, off + len) lies inside [0, size). */
static inline bool cairn_in_range(uint64_t off, uint64_t len, uint64_t size)
{
	return len <= size && off <= size - len;
}

#endif
