/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The two byte orders do not mix. */
#include <cairn/base.h>

uint16_t snippet(cairn_be16 v)
{
#ifdef LEGAL
	return cairn_be16_get(v);
#else
	return cairn_le16_get(v);
#endif
}
