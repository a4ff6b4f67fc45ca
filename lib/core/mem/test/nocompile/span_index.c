/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A span's pieces are reached by offset through the checked functions, not by index. */
#include <cairn/mem.h>

size_t snippet(const struct cairn_span *s, uint8_t *byte)
{
#ifdef LEGAL
	return cairn_spans_read(s, 1, 7, byte, 1);
#else
	return (size_t)s->base[7];
#endif
}
