/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/unpack.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cairn/math.h>

#include "codec.h"

enum { PIECE = 256 << 10 }; /* input per read: stays in the second-level cache */

static const struct unpack_codec *codec_of(enum cairn_payload_kind kind)
{
	switch (kind) {
	case CAIRN_PAYLOAD_GZIP:
		return &cairn_unpack_gzip_;
	case CAIRN_PAYLOAD_ZSTD:
		return &cairn_unpack_zstd_;
	case CAIRN_PAYLOAD_XZ:
		return &cairn_unpack_xz_;
	case CAIRN_PAYLOAD_LZMA:
		return &cairn_unpack_lzma_;
	default:
		return NULL;
	}
}

bool cairn_unpack_is_known(enum cairn_payload_kind kind)
{
	return kind == CAIRN_PAYLOAD_LZ4_LEGACY || codec_of(kind) != NULL;
}

static int not_supported(enum cairn_payload_kind kind, struct cairn_err *err)
{
	const char *what = "compressed in a way that is not supported";

	if (kind == CAIRN_PAYLOAD_BZIP2)
		what = "compressed with bzip2, which is not supported";
	else if (kind == CAIRN_PAYLOAD_LZO)
		what = "compressed with lzo, which is not supported";
	return cairn_err_set(err, ENOTSUP, what, 0);
}

struct source {
	const struct cairn_image *image;
	uint64_t at, left; /* not yet in the piece */
	uint8_t *piece;
};

static int refill(struct source *s, struct unpack_io *io, struct cairn_err *err)
{
	size_t n = (size_t)cairn_min_u64(s->left, PIECE);
	int ret;

	if (io->in_left || n == 0)
		return 0;
	ret = s->image->read_at(s->image->ctx, s->at, s->piece, n);
	if (ret < 0)
		return cairn_err_set(err, -ret, "cannot read the file", s->at);
	s->at += n;
	s->left -= n;
	io->in = s->piece;
	io->in_left = n;
	io->is_last = s->left == 0;
	return 0;
}

static int fail(enum unpack_step step, uint64_t at, size_t cap, struct cairn_err *err)
{
	switch (step) {
	case UNPACK_FULL:
		return cairn_err_set(err, ENOSPC, "unpacks to more bytes than allowed", cap);
	case UNPACK_TOO_LARGE:
		return cairn_err_set(err, ENOTSUP, "needs more memory to unpack than allowed", at);
	case UNPACK_NO_MEMORY:
		return cairn_err_set(err, ENOMEM, "no memory to unpack", at);
	default:
		return cairn_err_set(err, EPROTO, "compressed data is damaged", at);
	}
}

/* No progress and no room: does the decoder wait for room, or for input that will not come? */
static bool has_more_output(const struct unpack_codec *codec, void *state,
			    const struct unpack_io *io)
{
	uint8_t spare;
	struct unpack_io probe = *io;

	probe.out = &spare;
	probe.out_left = 1;
	return codec->step(state, &probe) == UNPACK_FULL || probe.out_left == 0;
}

/* Ends: each turn consumes input, produces output, or returns. */
static int run(const struct unpack_codec *codec, void *state, struct source *s,
	       struct unpack_io *io, size_t cap, struct cairn_err *err)
{
	for (;;) {
		int ret = refill(s, io, err);
		size_t in_left = io->in_left, out_left = io->out_left;
		enum unpack_step step;

		if (ret < 0)
			return ret;
		step = codec->step(state, io);
		if (step == UNPACK_END && (io->in_left || s->left))
			return cairn_err_set(err, EPROTO, "bytes behind the compressed data",
					     s->at - io->in_left);
		if (step == UNPACK_END)
			return 0;
		if (step != UNPACK_MORE)
			return fail(step, s->at - io->in_left, cap, err);
		if (io->in_left != in_left || io->out_left != out_left)
			continue;
		if (io->out_left == 0 && has_more_output(codec, state, io))
			return fail(UNPACK_FULL, s->at, cap, err);
		return cairn_err_set(err, EPROTO, "compressed data is cut short", s->at);
	}
}

int cairn_unpack_stream(const struct cairn_image *image, uint64_t off, uint64_t len,
			enum cairn_payload_kind kind, void *dst, size_t cap, size_t *ret_len,
			struct cairn_err *err)
{
	const struct unpack_codec *codec = codec_of(kind);
	struct unpack_io io = { .out = dst, .out_left = cap };
	struct source s = { .image = image, .at = off, .left = len };
	void *state;
	int ret = -ENOMEM;

	if (!cairn_unpack_is_known(kind))
		return not_supported(kind, err);
	if (len < CAIRN_PAYLOAD_MAGIC_BYTES || !cairn_in_range(off, len, image->size_bytes))
		return cairn_err_set(err, EPROTO, "compressed data is cut short", off);
	if (!codec)
		return cairn_unpack_lz4_(image, off, len, dst, cap, ret_len, err);
	s.piece = malloc(PIECE);
	state = codec->open();
	if (s.piece && state)
		ret = run(codec, state, &s, &io, cap, err);
	else
		cairn_err_set(err, ENOMEM, "no memory to unpack", PIECE);
	if (state)
		codec->close(state);
	free(s.piece);
	if (ret == 0)
		*ret_len = cap - io.out_left;
	return ret;
}

/* Unpacks into the k->len bytes that there are, and gives back what it did not need of them. */
static int fill(struct cairn_unpack_kernel *k, const struct cairn_image *image,
		const struct cairn_payload *p, struct cairn_err *err)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), used;
	size_t len = 0;
	int ret =
	    cairn_unpack_stream(image, p->off, p->bytes, p->kind, k->bytes, k->len, &len, err);

	if (ret < 0)
		return ret;
	if (len == 0)
		return cairn_err_set(err, EPROTO, "kernel unpacks to no bytes", 0);
	if (p->unpacked_bytes && len != k->len)
		return cairn_err_set(err, EPROTO, "kernel unpacks to fewer bytes than it says",
				     len);
	used = (len + page - 1) / page * page;
	if (used < k->len)
		munmap((uint8_t *)k->bytes + used, k->len - used);
	k->len = len;
	return 0;
}

int cairn_unpack_kernel_open(const struct cairn_image *image, const struct cairn_payload *p,
			     uint64_t limit, struct cairn_unpack_kernel *ret_kernel,
			     struct cairn_err *err)
{
	struct cairn_unpack_kernel k = { .len = p->unpacked_bytes };
	int ret;

	if (!cairn_unpack_is_known(p->kind))
		return not_supported(p->kind, err);
	if (k.len == 0)
		k.len = (size_t)cairn_min_u64(limit, CAIRN_UNPACK_UNSAID_MAX);
	if (k.len == 0 || k.len > limit)
		return cairn_err_set(err, ENOSPC, "kernel unpacks to more bytes than allowed",
				     k.len);
	/* address space, of which as much becomes memory as is written */
	k.bytes = mmap(NULL, k.len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (k.bytes == MAP_FAILED)
		return cairn_err_set(err, ENOMEM, "no memory to unpack", k.len);
	(void)madvise(k.bytes, k.len, MADV_HUGEPAGE); /* fewer faults; fine without */
	ret = fill(&k, image, p, err);
	if (ret < 0)
		cairn_unpack_kernel_close(&k);
	else
		*ret_kernel = k;
	return ret;
}

void cairn_unpack_kernel_close(struct cairn_unpack_kernel *kernel)
{
	if (kernel->bytes)
		munmap(kernel->bytes, kernel->len);
	*kernel = (struct cairn_unpack_kernel){ 0 };
}
