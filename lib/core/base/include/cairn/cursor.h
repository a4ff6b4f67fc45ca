/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * cursor.h - bounded reading of a byte image, and appending to one.
 *
 * A writer that is full goes on counting: append into a buffer of size 0 first, and `need` says how
 * large the buffer must be. A reader that ran past its end stays failed and yields zeroes, so a
 * parser checks once, at the end.
 */
#ifndef CAIRN_CURSOR_H
#define CAIRN_CURSOR_H

#include <cairn/env.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_writer {
	uint8_t *buf;
	size_t size; /* bytes at buf */
	size_t need; /* bytes appended so far, also those that did not fit */
};

/* buf may be NULL when size is 0. */
void cairn_writer_init(struct cairn_writer *w, void *buf, size_t size);
void cairn_writer_bytes(struct cairn_writer *w, const void *src, size_t len);
void cairn_writer_fill(struct cairn_writer *w, uint8_t byte, size_t len);
void cairn_writer_u8(struct cairn_writer *w, uint8_t v);
void cairn_writer_le16(struct cairn_writer *w, uint16_t v);
void cairn_writer_le32(struct cairn_writer *w, uint32_t v);
void cairn_writer_le64(struct cairn_writer *w, uint64_t v);
/* Writes over bytes appended before, at offset `at`; those beyond the buffer are dropped. */
void cairn_writer_patch(struct cairn_writer *w, size_t at, const void *src, size_t len);
/* True while everything appended fitted. */
static inline bool cairn_writer_is_whole(const struct cairn_writer *w)
{
	return w->need <= w->size;
}

struct cairn_reader {
	const uint8_t *buf;
	size_t size;
	size_t at;
	bool failed; /* something asked for lay beyond the end */
};

void cairn_reader_init(struct cairn_reader *r, const void *buf, size_t size);
/* Copies len bytes to dst, or zeroes and fails. */
void cairn_reader_bytes(struct cairn_reader *r, void *dst, size_t len);
void cairn_reader_skip(struct cairn_reader *r, size_t len);
uint8_t cairn_reader_u8(struct cairn_reader *r);
uint16_t cairn_reader_le16(struct cairn_reader *r);
uint32_t cairn_reader_le32(struct cairn_reader *r);
uint64_t cairn_reader_le64(struct cairn_reader *r);
static inline size_t cairn_reader_left(const struct cairn_reader *r)
{
	return r->failed ? 0 : r->size - r->at;
}

#ifdef __cplusplus
}
#endif
#endif
