/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "codec.h"

#include <stdlib.h>
#include <zlib.h>

#include <cairn/math.h>

enum { GZIP_WRAPPER = 16 };

static void *gzip_open(void)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (z && inflateInit2(z, GZIP_WRAPPER + MAX_WBITS) == Z_OK)
		return z;
	free(z);
	return NULL;
}

/* zlib counts in unsigned int: more is for the next step. */
static enum unpack_step gzip_step(void *state, struct unpack_io *io)
{
	uInt n_in = (uInt)cairn_min_u64(io->in_left, UINT_MAX);
	uInt n_out = (uInt)cairn_min_u64(io->out_left, UINT_MAX);
	z_stream *z = state;
	int ret;

	z->next_in = (Bytef *)(uintptr_t)io->in;
	z->avail_in = n_in;
	z->next_out = io->out;
	z->avail_out = n_out;
	ret = inflate(z, Z_NO_FLUSH);
	io->in += n_in - z->avail_in;
	io->in_left -= n_in - z->avail_in;
	io->out += n_out - z->avail_out;
	io->out_left -= n_out - z->avail_out;
	switch (ret) {
	case Z_STREAM_END:
		return UNPACK_END;
	case Z_OK:
	case Z_BUF_ERROR: /* no progress */
		return UNPACK_MORE;
	case Z_MEM_ERROR:
		return UNPACK_NO_MEMORY;
	default:
		return UNPACK_DAMAGED;
	}
}

static void gzip_close(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct unpack_codec cairn_unpack_gzip_ = { gzip_open, gzip_step, gzip_close };
