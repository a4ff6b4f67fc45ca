/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* .xz and its forerunner .lzma: one library, one step function. */
#include "codec.h"

#include <stdlib.h>
#include <lzma.h>

#include <cairn/unpack.h>

static void lzma_close(void *state)
{
	lzma_end(state);
	free(state);
}

static void *lzma_open(lzma_ret (*init)(lzma_stream *l))
{
	lzma_stream *l = malloc(sizeof(*l));

	if (!l)
		return NULL;
	*l = (lzma_stream)LZMA_STREAM_INIT;
	if (init(l) == LZMA_OK)
		return l;
	lzma_close(l);
	return NULL;
}

static lzma_ret init_xz(lzma_stream *l)
{
	return lzma_stream_decoder(l, CAIRN_UNPACK_MEMORY_MAX, 0);
}

static lzma_ret init_lzma(lzma_stream *l)
{
	return lzma_alone_decoder(l, CAIRN_UNPACK_MEMORY_MAX);
}

static void *xz_open(void)
{
	return lzma_open(init_xz);
}

static void *lzma_alone_open(void)
{
	return lzma_open(init_lzma);
}

static enum unpack_step lzma_step(void *state, struct unpack_io *io)
{
	lzma_stream *l = state;
	lzma_ret ret;

	l->next_in = io->in;
	l->avail_in = io->in_left;
	l->next_out = io->out;
	l->avail_out = io->out_left;
	ret = lzma_code(l, io->is_last ? LZMA_FINISH : LZMA_RUN);
	io->in = l->next_in;
	io->in_left = l->avail_in;
	io->out = l->next_out;
	io->out_left = l->avail_out;
	switch (ret) {
	case LZMA_STREAM_END:
		return UNPACK_END;
	case LZMA_OK:
	case LZMA_BUF_ERROR: /* no progress */
		return UNPACK_MORE;
	case LZMA_MEM_ERROR:
		return UNPACK_NO_MEMORY;
	case LZMA_MEMLIMIT_ERROR:
		return UNPACK_TOO_LARGE;
	default:
		return UNPACK_DAMAGED;
	}
}

const struct unpack_codec cairn_unpack_xz_ = { xz_open, lzma_step, lzma_close };
const struct unpack_codec cairn_unpack_lzma_ = { lzma_alone_open, lzma_step, lzma_close };
