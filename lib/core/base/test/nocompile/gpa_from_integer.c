/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A bare integer is not taken for a guest address. */
#include <cairn/base.h>

cairn_gpa snippet(uint64_t v)
{
#ifdef LEGAL
	return cairn_gpa_of(v);
#else
	return v;
#endif
}
