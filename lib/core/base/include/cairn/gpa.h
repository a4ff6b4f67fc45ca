/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * gpa.h - a guest physical address (or an I/O virtual one: an address in the view's space) as a
 * type of its own. It cannot be dereferenced, added to, or taken for a length; arithmetic goes
 * through the checked helpers.
 */
#ifndef CAIRN_GPA_H
#define CAIRN_GPA_H

#include <cairn/env.h>

typedef struct {
	uint64_t v;
} cairn_gpa;

static inline cairn_gpa cairn_gpa_of(uint64_t v)
{
	cairn_gpa a = { v };

	return a;
}

/* *ret = a + n. False when the sum does not fit; *ret is then unchanged. */
CAIRN_MUST_USE static inline bool cairn_gpa_add(cairn_gpa a, uint64_t n, cairn_gpa *ret)
{
	uint64_t sum;

	if (__builtin_add_overflow(a.v, n, &sum))
		return false;
	ret->v = sum;
	return true;
}

/* True when [a, a + len) lies inside [base, base + size). False on any overflow. len may be 0. */
static inline bool cairn_gpa_inside(cairn_gpa a, uint64_t len, cairn_gpa base, uint64_t size)
{
	return a.v >= base.v && len <= size && a.v - base.v <= size - len;
}

static inline bool cairn_gpa_is_aligned(cairn_gpa a, uint64_t align)
{
	return (a.v & (align - 1)) == 0;
}

#endif
