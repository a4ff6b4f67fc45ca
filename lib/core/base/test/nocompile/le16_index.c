/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A little-endian value is no index. */
#include <cairn/base.h>

uint8_t snippet(const uint8_t *table, cairn_le16 i)
{
#ifdef LEGAL
	return table[cairn_le16_get(i)];
#else
	return table[i];
#endif
}
