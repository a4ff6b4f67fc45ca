/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The output buffer stays where it is from the first step to the last and holds all output, so the
 * decoder may refer back into it: no window of its own (Linux's build makes one of 128 MiB), no
 * copy.
 */
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_d_stableOutBuffer, nothing else */
#include "codec.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

struct zstd {
	ZSTD_DCtx *dctx;
	ZSTD_outBuffer out;
};

static void zstd_close(void *state)
{
	struct zstd *z = state;

	ZSTD_freeDCtx(z->dctx);
	free(z);
}

static void *zstd_open(void)
{
	struct zstd *z = calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	z->dctx = ZSTD_createDCtx();
	if (!z->dctx || ZSTD_isError(ZSTD_DCtx_setParameter(z->dctx, ZSTD_d_stableOutBuffer, 1))) {
		zstd_close(z);
		return NULL;
	}
	return z;
}

static enum unpack_step zstd_step(void *state, struct unpack_io *io)
{
	ZSTD_inBuffer in = { .src = io->in, .size = io->in_left };
	struct zstd *z = state;
	size_t was = z->out.pos, ret;

	if (!z->out.dst)
		z->out = (ZSTD_outBuffer){ .dst = io->out, .size = io->out_left };
	ret = ZSTD_decompressStream(z->dctx, &z->out, &in);
	io->in += in.pos;
	io->in_left -= in.pos;
	io->out += z->out.pos - was;
	io->out_left -= z->out.pos - was;
	if (!ZSTD_isError(ret))
		return ret == 0 ? UNPACK_END : UNPACK_MORE;
	switch (ZSTD_getErrorCode(ret)) {
	case ZSTD_error_dstSize_tooSmall:
		return UNPACK_FULL;
	case ZSTD_error_memory_allocation:
		return UNPACK_NO_MEMORY;
	case ZSTD_error_frameParameter_windowTooLarge:
		return UNPACK_TOO_LARGE;
	default:
		return UNPACK_DAMAGED;
	}
}

const struct unpack_codec cairn_unpack_zstd_ = { zstd_open, zstd_step, zstd_close };
