/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A guest address is no length. */
#include <cairn/base.h>

void snippet(void *dst, const void *src, cairn_gpa a)
{
#ifdef LEGAL
	memcpy(dst, src, sizeof(a));
#else
	memcpy(dst, src, a);
#endif
}
