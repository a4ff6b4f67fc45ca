/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A little-endian value is converted before it is compared. */
#include <cairn/base.h>

bool snippet(cairn_le16 v)
{
#ifdef LEGAL
	return cairn_le16_get(v) == 5;
#else
	return v == 5;
#endif
}
