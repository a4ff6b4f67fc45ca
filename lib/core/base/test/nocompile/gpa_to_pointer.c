/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A guest address is not taken for a host pointer. */
#include <cairn/base.h>

const void *snippet(const cairn_gpa *a)
{
#ifdef LEGAL
	return a;
#else
	const void *p = *a;

	return p;
#endif
}
