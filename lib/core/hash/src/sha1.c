/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* FIPS 180-4, 6.1.2. */
#include "internal.h"

static const uint32_t round_constants[4] CAIRN_RESIDENT_DATA = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
								 0xca62c1d6 };

CAIRN_RESIDENT static uint32_t mix(uint32_t t, uint32_t b, uint32_t c, uint32_t d) /* 4.1.1 */
{
	switch (t / 20) {
	case 0:
		return (b & c) ^ (~b & d);
	case 2:
		return (b & c) ^ (b & d) ^ (c & d);
	default:
		return b ^ c ^ d;
	}
}

CAIRN_RESIDENT void cairn_hash_sha1_(uint64_t state[8], const uint8_t block[CAIRN_HASH_SHORT_BLOCK])
{
	uint32_t w[80], v[5];

	for (uint32_t t = 0; t < 16; t++)
		w[t] = (uint32_t)cairn_hash_load_(block + 4 * t, 4);
	for (uint32_t t = 16; t < 80; t++)
		w[t] = cairn_hash_rotl32_(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	for (uint32_t i = 0; i < 5; i++)
		v[i] = (uint32_t)state[i];
	for (uint32_t t = 0; t < 80; t++) {
		uint32_t a = cairn_hash_rotl32_(v[0], 5) + mix(t, v[1], v[2], v[3]) + v[4] +
			     round_constants[t / 20] + w[t];

		v[4] = v[3];
		v[3] = v[2];
		v[2] = cairn_hash_rotl32_(v[1], 30);
		v[1] = v[0];
		v[0] = a;
	}
	for (uint32_t i = 0; i < 5; i++)
		state[i] = (uint32_t)(state[i] + v[i]);
}
