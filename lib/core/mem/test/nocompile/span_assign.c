/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A span does not turn into a pointer to bytes by itself. */
#include <cairn/mem.h>

const void *snippet(const struct cairn_span *s)
{
#ifdef LEGAL
	const struct cairn_guest_byte *p = s->base;
#else
	const uint8_t *p = s->base;
#endif
	return p;
}
