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

#if defined(__riscv) && !defined(__riscv_zbb)
/* Without that extension the compiler's own is a call into a library that core does not have. */
static inline uint32_t cairn_bits_lowest(uint64_t word)
{
	uint32_t n = 0;

	for (uint32_t half = 32; half; half /= 2) {
		if (word & ((UINT64_C(1) << half) - 1))
			continue;
		word >>= half;
		n += half;
	}
	return n;
}
#else
/* Index of the lowest set bit. word is not 0. */
static inline uint32_t cairn_bits_lowest(uint64_t word)
{
	return (uint32_t)__builtin_ctzll(word);
}
#endif

static inline bool cairn_bits_any(const uint64_t *words, size_t n_words)
{
	for (size_t i = 0; i < n_words; i++)
		if (words[i])
			return true;
	return false;
}

#endif
