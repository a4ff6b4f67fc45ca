/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Four bits a step, by a table of 16 words that is made anew for each call: that is 64 steps, and
 * nothing need be kept or checked by eye.
 */
#include <cairn/crc.h>

CAIRN_RESIDENT static uint32_t crc(uint32_t poly, uint32_t v, const uint8_t *p, size_t len)
{
	uint32_t table[16];

	for (uint32_t i = 0; i < 16; i++) {
		table[i] = i;
		for (int bit = 0; bit < 4; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? poly : 0);
	}
	for (size_t i = 0; i < len; i++) {
		v ^= p[i];
		v = v >> 4 ^ table[v & 15];
		v = v >> 4 ^ table[v & 15];
	}
	return v;
}

CAIRN_RESIDENT uint32_t cairn_crc_ieee(uint32_t v, const void *bytes, size_t len)
{
	return ~crc(0xedb88320, ~v, bytes, len);
}

uint32_t cairn_crc_castagnoli(uint32_t v, const void *bytes, size_t len)
{
	return crc(0x82f63b78, v, bytes, len);
}
