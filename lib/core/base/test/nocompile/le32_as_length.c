/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A little-endian value is no length. */
#include <cairn/base.h>

void snippet(void *dst, const void *src, cairn_le32 len)
{
#ifdef LEGAL
	cairn_copy_in(dst, src, cairn_le32_get(len));
#else
	cairn_copy_in(dst, src, len);
#endif
}
