/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * le.h - integers in the other side's byte order, as types of their own: arithmetic, comparison and
 * use as a length do not compile until the value is converted. Same instructions as bare integers.
 */
#ifndef CAIRN_LE_H
#define CAIRN_LE_H

#include <cairn/env.h>

typedef struct {
	uint16_t raw;
} cairn_le16;
typedef struct {
	uint32_t raw;
} cairn_le32;
typedef struct {
	uint64_t raw;
} cairn_le64;
typedef struct {
	uint16_t raw;
} cairn_be16;
typedef struct {
	uint32_t raw;
} cairn_be32;
typedef struct {
	uint64_t raw;
} cairn_be64;

/*
 * Compilers make one instruction of these where the machine has it; their built-in would be a call
 * into a library that core does not have where it has not (riscv64).
 */
static inline uint16_t cairn_swap16_(uint16_t v)
{
	return (uint16_t)(v << 8 | v >> 8);
}

static inline uint32_t cairn_swap32_(uint32_t v)
{
	return v << 24 | (v & 0xff00) << 8 | (v >> 8 & 0xff00) | v >> 24;
}

static inline uint64_t cairn_swap64_(uint64_t v)
{
	return (uint64_t)cairn_swap32_((uint32_t)v) << 32 | cairn_swap32_((uint32_t)(v >> 32));
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define CAIRN_LE_SWAP16_(x) (x)
#define CAIRN_LE_SWAP32_(x) (x)
#define CAIRN_LE_SWAP64_(x) (x)
#define CAIRN_BE_SWAP16_(x) cairn_swap16_(x)
#define CAIRN_BE_SWAP32_(x) cairn_swap32_(x)
#define CAIRN_BE_SWAP64_(x) cairn_swap64_(x)
#else
#define CAIRN_LE_SWAP16_(x) cairn_swap16_(x)
#define CAIRN_LE_SWAP32_(x) cairn_swap32_(x)
#define CAIRN_LE_SWAP64_(x) cairn_swap64_(x)
#define CAIRN_BE_SWAP16_(x) (x)
#define CAIRN_BE_SWAP32_(x) (x)
#define CAIRN_BE_SWAP64_(x) (x)
#endif

#define CAIRN_ENDIAN_DEFINE_(order, ORDER, bits)                                                   \
	static inline cairn_##order##bits cairn_##order##bits##_of(uint##bits##_t v)               \
	{                                                                                          \
		cairn_##order##bits w = { CAIRN_##ORDER##_SWAP##bits##_(v) };                      \
                                                                                                   \
		return w;                                                                          \
	}                                                                                          \
	static inline uint##bits##_t cairn_##order##bits##_get(cairn_##order##bits v)              \
	{                                                                                          \
		return CAIRN_##ORDER##_SWAP##bits##_(v.raw);                                       \
	}

/* cairn_le16_of(host value), cairn_le16_get(wire value), and so on for le32, le64, be16 … be64 */
CAIRN_ENDIAN_DEFINE_(le, LE, 16)
CAIRN_ENDIAN_DEFINE_(le, LE, 32)
CAIRN_ENDIAN_DEFINE_(le, LE, 64)
CAIRN_ENDIAN_DEFINE_(be, BE, 16)
CAIRN_ENDIAN_DEFINE_(be, BE, 32)
CAIRN_ENDIAN_DEFINE_(be, BE, 64)

/* Little-endian load and store at any alignment, for byte images (configuration space, tables). */
static inline uint64_t cairn_le_load(const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len && i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static inline void cairn_le_store(uint8_t *p, size_t len, uint64_t v)
{
	for (size_t i = 0; i < len && i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

#endif
