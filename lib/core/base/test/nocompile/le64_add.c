/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A little-endian value is converted before it is reckoned with. */
#include <cairn/base.h>

uint64_t snippet(cairn_le64 v)
{
#ifdef LEGAL
	return cairn_le64_get(v) + 1;
#else
	return v + 1;
#endif
}
