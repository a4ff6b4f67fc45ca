/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/cursor.h>
#include <cairn/le.h>
#include <cairn/math.h>

void cairn_writer_init(struct cairn_writer *w, void *buf, size_t size)
{
	*w = (struct cairn_writer){ .buf = buf, .size = size };
}

/* How many of len bytes at offset `at` lie inside the buffer. */
static size_t room(const struct cairn_writer *w, size_t at, size_t len)
{
	return at >= w->size ? 0 : (size_t)cairn_min_u64(len, w->size - at);
}

static void advance(struct cairn_writer *w, size_t len)
{
	if (__builtin_add_overflow(w->need, len, &w->need))
		w->need = SIZE_MAX;
}

void cairn_writer_bytes(struct cairn_writer *w, const void *src, size_t len)
{
	size_t n = room(w, w->need, len);

	if (n)
		memcpy(w->buf + w->need, src, n);
	advance(w, len);
}

void cairn_writer_fill(struct cairn_writer *w, uint8_t byte, size_t len)
{
	size_t n = room(w, w->need, len);

	if (n)
		memset(w->buf + w->need, byte, n);
	advance(w, len);
}

void cairn_writer_u8(struct cairn_writer *w, uint8_t v)
{
	cairn_writer_bytes(w, &v, 1);
}

void cairn_writer_le16(struct cairn_writer *w, uint16_t v)
{
	cairn_le16 x = cairn_le16_of(v);

	cairn_writer_bytes(w, &x, sizeof(x));
}

void cairn_writer_le32(struct cairn_writer *w, uint32_t v)
{
	cairn_le32 x = cairn_le32_of(v);

	cairn_writer_bytes(w, &x, sizeof(x));
}

void cairn_writer_le64(struct cairn_writer *w, uint64_t v)
{
	cairn_le64 x = cairn_le64_of(v);

	cairn_writer_bytes(w, &x, sizeof(x));
}

void cairn_writer_patch(struct cairn_writer *w, size_t at, const void *src, size_t len)
{
	size_t n = room(w, at, len);

	if (n)
		memcpy(w->buf + at, src, n);
}

void cairn_reader_init(struct cairn_reader *r, const void *buf, size_t size)
{
	*r = (struct cairn_reader){ .buf = buf, .size = size };
}

void cairn_reader_bytes(struct cairn_reader *r, void *dst, size_t len)
{
	if (r->failed || len > r->size - r->at) {
		r->failed = true;
		if (len)
			memset(dst, 0, len);
		return;
	}
	if (len)
		memcpy(dst, r->buf + r->at, len);
	r->at += len;
}

void cairn_reader_skip(struct cairn_reader *r, size_t len)
{
	if (r->failed || len > r->size - r->at)
		r->failed = true;
	else
		r->at += len;
}

uint8_t cairn_reader_u8(struct cairn_reader *r)
{
	uint8_t v;

	cairn_reader_bytes(r, &v, sizeof(v));
	return v;
}

uint16_t cairn_reader_le16(struct cairn_reader *r)
{
	cairn_le16 v;

	cairn_reader_bytes(r, &v, sizeof(v));
	return cairn_le16_get(v);
}

uint32_t cairn_reader_le32(struct cairn_reader *r)
{
	cairn_le32 v;

	cairn_reader_bytes(r, &v, sizeof(v));
	return cairn_le32_get(v);
}

uint64_t cairn_reader_le64(struct cairn_reader *r)
{
	cairn_le64 v;

	cairn_reader_bytes(r, &v, sizeof(v));
	return cairn_le64_get(v);
}
