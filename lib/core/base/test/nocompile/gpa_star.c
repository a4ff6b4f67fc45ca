/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A guest address cannot be followed. */
#include <cairn/base.h>

uint64_t snippet(cairn_gpa a)
{
#ifdef LEGAL
	return a.v;
#else
	return *a;
#endif
}
