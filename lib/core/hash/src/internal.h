/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* internal.h - the compression functions, one block each, and what they share. */
#ifndef CAIRN_HASH_INTERNAL_H
#define CAIRN_HASH_INTERNAL_H

#include <cairn/hash.h>

#define CAIRN_HASH_SHORT_BLOCK 64u
#define CAIRN_HASH_LONG_BLOCK  128u

void cairn_hash_sha1_(uint64_t state[8], const uint8_t block[CAIRN_HASH_SHORT_BLOCK]);
void cairn_hash_sha256_(uint64_t state[8], const uint8_t block[CAIRN_HASH_SHORT_BLOCK]);
void cairn_hash_sha512_(uint64_t state[8], const uint8_t block[CAIRN_HASH_LONG_BLOCK]);
void cairn_hash_start_(uint64_t state[8], enum cairn_hash_kind kind);

/* Big-endian, of 4 or 8 bytes. */
CAIRN_RESIDENT_INLINE uint64_t cairn_hash_load_(const uint8_t *p, uint32_t bytes)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

CAIRN_RESIDENT_INLINE uint32_t cairn_hash_rotl32_(uint32_t v, uint32_t n)
{
	return v << n | v >> (32 - n);
}

#endif
