/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A guest address grows only through the checked sum. */
#include <cairn/base.h>

bool snippet(cairn_gpa a, cairn_gpa *ret)
{
#ifdef LEGAL
	return cairn_gpa_add(a, 16, ret);
#else
	*ret = a + 16;
	return true;
#endif
}
