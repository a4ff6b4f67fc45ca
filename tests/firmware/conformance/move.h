/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * move.h - other addresses for all memory, as an operating system has them: the first 512 GiB are
 * seen a second time high up, and then no longer where they were.
 */
#ifndef CONFORM_MOVE_H
#define CONFORM_MOVE_H

#include "conform.h"

#if defined(__x86_64__)
#define MOVED_BY UINT64_C(0xffff800000000000)
#else
#define MOVED_BY UINT64_C(0x0000800000000000)
#endif

static inline void *moved(void *p)
{
	uint64_t at = (uintptr_t)p;

	return (void *)(uintptr_t)(at >= MOVED_BY ? at : at + MOVED_BY);
}

/* The addresses are there beside the old ones. */
void make_moved_addresses(void);
/* Goes on with fn, its argument and the stack at the new addresses; there are no others then. */
void go_to_moved_addresses(void (*fn)(void *context), void *context) __attribute__((noreturn));

#endif
