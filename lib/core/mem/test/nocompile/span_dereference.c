/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The bytes of a span are reached through the copies only. */
#include <cairn/copy.h>
#include <cairn/mem.h>

uint8_t snippet(const struct cairn_span *s)
{
#ifdef LEGAL
	uint8_t byte;

	cairn_copy_in(&byte, s->base, 1);
	return byte;
#else
	return *s->base;
#endif
}
