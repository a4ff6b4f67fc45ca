/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Lists of spans read and written as one stream of bytes. */
#include <cairn/mem.h>

static inline uint8_t *byte_at(const struct cairn_span *s, uint64_t off)
{
	return (uint8_t *)s->base + off;
}

uint64_t cairn_spans_bytes(const struct cairn_span *spans, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (!cairn_add_u64(sum, spans[i].len, &sum))
			return UINT64_MAX;
	return sum;
}

size_t cairn_spans_read(const struct cairn_span *spans, size_t n, uint64_t off, void *dst,
			size_t len)
{
	size_t done = 0;

	for (; n && done < len; spans++, n--) {
		size_t part;

		if (off >= spans->len) {
			off -= spans->len;
			continue;
		}
		part = (size_t)cairn_min_u64(len - done, spans->len - off);
		cairn_copy_in((uint8_t *)dst + done, byte_at(spans, off), part);
		done += part;
		off = 0;
	}
	return done;
}

size_t cairn_spans_write(const struct cairn_span *spans, size_t n, uint64_t off, const void *src,
			 size_t len)
{
	size_t done = 0;

	for (; n && done < len; spans++, n--) {
		size_t part;

		if (off >= spans->len) {
			off -= spans->len;
			continue;
		}
		part = (size_t)cairn_min_u64(len - done, spans->len - off);
		cairn_copy_out(byte_at(spans, off), (const uint8_t *)src + done, part);
		done += part;
		off = 0;
	}
	return done;
}

void cairn_spans_drop_front(struct cairn_span **spans, size_t *n, uint64_t bytes)
{
	struct cairn_span *s = *spans;

	while (*n && bytes >= s->len) {
		bytes -= s->len;
		s++;
		--*n;
	}
	*spans = s;
	if (!*n)
		return;
	s->base = (struct cairn_guest_byte *)byte_at(s, bytes);
	s->at.v += bytes; /* stays below at + len, which the map has checked */
	s->len -= (size_t)bytes;
}

void cairn_spans_drop_back(struct cairn_span *spans, size_t *n, uint64_t bytes)
{
	while (*n && bytes >= spans[*n - 1].len) {
		bytes -= spans[*n - 1].len;
		--*n;
	}
	if (*n)
		spans[*n - 1].len -= (size_t)bytes;
}
