/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* primecell.h - what the register blocks of Arm's PrimeCells have in common. */
#ifndef CAIRN_PRIMECELL_H_
#define CAIRN_PRIMECELL_H_

#include <cairn/bus.h>

#define PRIMECELL_IDS 0xfe0u /* eight registers: what it is, and that it is a PrimeCell */

/* Registers are words at multiples of four; a driver may use their low byte or half alone. */
static inline bool primecell_is_register(uint64_t off, uint32_t len)
{
	return off % 4 == 0 && len <= 4;
}

/* part: three digits in BCD, as its name has them. */
static inline uint32_t primecell_id(uint32_t part, uint32_t revision, uint64_t off)
{
	const uint8_t ids[8] = {
		(uint8_t)part,
		(uint8_t)(0x10 | part >> 8), /* designer 0x41: Arm */
		(uint8_t)(revision << 4 | 0x4),
		0,
		0x0d,
		0xf0,
		0x05,
		0xb1,
	};

	return off >= PRIMECELL_IDS && (off - PRIMECELL_IDS) / 4 < 8
		   ? ids[(off - PRIMECELL_IDS) / 4]
		   : 0;
}

#endif
