/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* internal.h - what the files of this component share. */
#ifndef CAIRN_FDT_READER_INTERNAL_H
#define CAIRN_FDT_READER_INTERNAL_H

#include <cairn/fdt_reader.h>

enum token { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 }; /* 5.4.1 */

#define PROP_HEADER_BYTES 8u

/* A big-endian number of up to two cells, at any alignment. */
static inline uint64_t cairn_fdt_reader_cells_(const uint8_t *p, uint32_t n_cells)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < 4 * n_cells; i++)
		v = v << 8 | p[i];
	return v;
}

static inline uint32_t cairn_fdt_reader_u32_(const uint8_t *p)
{
	return (uint32_t)cairn_fdt_reader_cells_(p, 1);
}

/* Length without the NUL; at most max. */
static inline uint32_t cairn_fdt_reader_strlen_(const char *s, uint32_t max)
{
	uint32_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

/* Both end in a NUL. */
static inline bool cairn_fdt_reader_equal_(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Bytes up to the next token: its place is a multiple of 4 (5.4). */
static inline uint32_t cairn_fdt_reader_round_(uint32_t len)
{
	return (len + 3) & ~UINT32_C(3);
}

/* node.c: a property of the node whose name ends at `at`. */
const uint8_t *cairn_fdt_reader_prop_at_(const struct cairn_fdt_reader *r, uint32_t at,
					 const char *name, uint32_t *ret_len);
/* node.c: the property that is at *at, which goes behind it. False: there is none. */
bool cairn_fdt_reader_property_(const struct cairn_fdt_reader *r, uint32_t *at,
				const char **ret_name);
/* node.c: behind the properties of the node whose name ends at `at`. */
uint32_t cairn_fdt_reader_skip_(const struct cairn_fdt_reader *r, uint32_t at);

#endif
