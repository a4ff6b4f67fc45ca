/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Guest addresses are compared through their ranges, not as numbers. */
#include <cairn/base.h>

bool snippet(cairn_gpa a, cairn_gpa base)
{
#ifdef LEGAL
	return cairn_gpa_inside(a, 1, base, 4096);
#else
	return a >= base;
#endif
}
