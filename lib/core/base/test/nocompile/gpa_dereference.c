/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A guest address is no pointer. */
#include <cairn/base.h>

uint64_t snippet(cairn_gpa a)
{
#ifdef LEGAL
	return a.v;
#else
	return *(const uint64_t *)a;
#endif
}
