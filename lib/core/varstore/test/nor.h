/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * nor.h - flash in memory, whose power can go: bytes are programmed one by one, and erased in
 * pieces of 64. It counts what no flash would do: a zero that becomes one, a byte that is
 * programmed twice.
 */
#ifndef CAIRN_VARSTORE_TEST_NOR_H
#define CAIRN_VARSTORE_TEST_NOR_H

#include <cairn/varstore.h>

#define NOR_FOREVER UINT32_MAX

struct nor {
	uint8_t *bytes;
	uint32_t len, block_bytes;
	uint32_t left;   /* steps until the power goes; NOR_FOREVER: it does not */
	uint32_t steps;  /* done */
	bool is_torn;    /* the last step is half done */
	bool is_stuck;   /* takes what is written and does not keep it */
	uint32_t wrongs; /* what no flash would do */
};

/* Erased; two halves of these bytes each. */
void nor_init(struct nor *n, uint32_t half_bytes, uint32_t block_bytes);
void nor_fini(struct nor *n);
struct cairn_varstore_region nor_region(struct nor *n);

#endif
