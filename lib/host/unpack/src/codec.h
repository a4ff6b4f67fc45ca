/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* codec.h - a decoder as the loop in unpack.c sees it: bytes in, bytes out, one step at a time. */
#ifndef CAIRN_UNPACK_CODEC_H
#define CAIRN_UNPACK_CODEC_H

#include <cairn/env.h>

struct unpack_io {
	const uint8_t *in;
	size_t in_left;
	uint8_t *out;
	size_t out_left;
	bool is_last; /* no input follows what is at `in` */
};

enum unpack_step {
	UNPACK_MORE, /* went as far as input and room allow */
	UNPACK_END,  /* the stream is complete and its checks hold */
	UNPACK_DAMAGED,
	UNPACK_FULL,      /* has more output than room */
	UNPACK_TOO_LARGE, /* needs more memory than allowed */
	UNPACK_NO_MEMORY,
};

struct unpack_codec {
	/* NULL: no memory. */
	void *(*open)(void);
	/* Moves in and out forward. Without room or input it may return UNPACK_MORE. */
	enum unpack_step (*step)(void *state, struct unpack_io *io);
	void (*close)(void *state);
};

extern const struct unpack_codec cairn_unpack_gzip_, cairn_unpack_zstd_, cairn_unpack_xz_,
    cairn_unpack_lzma_;

/* The legacy LZ4 frame has no stream decoder: blocks, each whole. As cairn_unpack_stream(). */
struct cairn_image;
struct cairn_err;
int cairn_unpack_lz4_(const struct cairn_image *image, uint64_t off, uint64_t len, void *dst,
		      size_t cap, size_t *ret_len, struct cairn_err *err);

#endif
