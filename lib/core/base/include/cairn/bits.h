/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* bits.h - bit sets in the caller's array of words. Indices are the caller's business to bound. */
#ifndef CAIRN_BITS_H
#define CAIRN_BITS_H

#include <cairn/env.h>

#define CAIRN_BITS_WORDS(n) (((size_t)(n) + 63) / 64)

static inline bool cairn_bits_test(const uint64_t *words, size_t i)
{
	return (words[i / 64] >> (i % 64)) & 1;
}

static inline void cairn_bits_set(uint64_t *words, size_t i)
{
	words[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline void cairn_bits_clear(uint64_t *words, size_t i)
{
	words[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

static inline bool cairn_bits_any(const uint64_t *words, size_t n_words)
{
	for (size_t i = 0; i < n_words; i++)
		if (words[i])
			return true;
	return false;
}

#endif
