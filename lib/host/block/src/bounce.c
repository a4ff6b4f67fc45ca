/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * bounce.c - buffers that a direct disk cannot take as they are go through one aligned buffer per
 * engine, a piece at a time, one request after the other: memory stays bounded whatever a guest
 * sends.
 */
#include "block.h"

#include <stdlib.h>

#include <cairn/copy.h>

struct cairn_block_bounce {
	uint8_t *buf; /* CAIRN_BLOCK_BOUNCE_BYTES_, page aligned */
	struct cairn_block_req inner;
	struct iovec iov;
	struct cairn_block_req *owner; /* the caller's request being served */
	struct cairn_block_list waiting;
};

int cairn_block_bounce_new_(struct cairn_block_engine *e)
{
	struct cairn_block_bounce *b = calloc(1, sizeof(*b));
	void *buf = NULL;

	if (!b || posix_memalign(&buf, 4096, CAIRN_BLOCK_BOUNCE_BYTES_) != 0) {
		free(b);
		return -ENOMEM;
	}
	b->buf = buf;
	e->bounce = b;
	return 0;
}

void cairn_block_bounce_free_(struct cairn_block_engine *e)
{
	if (!e->bounce)
		return;
	free(e->bounce->buf);
	free(e->bounce);
	e->bounce = NULL;
}

bool cairn_block_bounce_wants_(const struct cairn_block_engine *e, const struct cairn_block_req *r)
{
	uintptr_t bits = 0;
	size_t lens = 0;

	if (r->op != CAIRN_BLOCK_READ && r->op != CAIRN_BLOCK_WRITE)
		return false;
	for (uint32_t i = 0; i < r->n_iov; i++) {
		bits |= (uintptr_t)r->iov[i].iov_base;
		lens |= r->iov[i].iov_len;
	}
	return bits & (e->geometry.memory_align - 1) || lens & (e->geometry.block_bytes - 1);
}

/* Copies between the buffer and the caller's pieces, from byte `from` of these. */
static void copy(const struct cairn_block_bounce *b, const struct cairn_block_req *r, uint64_t from,
		 size_t len)
{
	uint8_t *at = b->buf;

	for (uint32_t i = 0; i < r->n_iov && len; i++) {
		size_t n = r->iov[i].iov_len;
		char *base = r->iov[i].iov_base;

		if (from >= n) {
			from -= n;
			continue;
		}
		base += from;
		n = cairn_min_u64(n - from, len);
		from = 0;
		if (r->op == CAIRN_BLOCK_READ)
			cairn_copy_out(base, at, n);
		else
			cairn_copy_in(at, base, n);
		at += n;
		len -= n;
	}
}

static void next_piece(struct cairn_block_engine *e)
{
	struct cairn_block_bounce *b = e->bounce;
	struct cairn_block_req *r = b->owner;
	size_t len = cairn_min_u64(r->bytes - r->done_bytes, CAIRN_BLOCK_BOUNCE_BYTES_);

	b->iov.iov_base = b->buf;
	b->iov.iov_len = len;
	b->inner.op = r->op;
	b->inner.iov = &b->iov;
	b->inner.n_iov = 1;
	b->inner.offset = r->offset + r->done_bytes;
	b->inner.bytes = len;
	if (r->op == CAIRN_BLOCK_WRITE)
		copy(b, r, r->done_bytes, len);
	e->ops->submit(e, &b->inner);
}

/* Serves those who wait; ends those who were cancelled meanwhile. */
static void next_owner(struct cairn_block_engine *e)
{
	struct cairn_block_bounce *b = e->bounce;

	while (!b->owner) {
		struct cairn_block_req *r = cairn_block_list_take(&b->waiting);

		if (!r)
			return;
		if (r->result < 0) {
			cairn_block_end_(e, r, r->result);
			continue;
		}
		b->owner = r;
		next_piece(e);
	}
}

void cairn_block_bounce_submit_(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	struct cairn_block_bounce *b = e->bounce;

	r->done_bytes = 0;
	r->result = 0;
	if (b->owner) {
		cairn_block_list_add(&b->waiting, r);
		return;
	}
	b->owner = r;
	next_piece(e);
}

void cairn_block_bounce_cancel_(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	r->result = -ECANCELED; /* seen between pieces, or when its turn comes */
	if (e->bounce->owner == r && e->ops->cancel)
		e->ops->cancel(e, &e->bounce->inner);
}

bool cairn_block_bounce_done_(struct cairn_block_engine *e, struct cairn_block_req *r, int status)
{
	struct cairn_block_bounce *b = e->bounce;
	struct cairn_block_req *owner = b->owner;

	if (r != &b->inner)
		return false;
	if (status == 0) {
		if (owner->op == CAIRN_BLOCK_READ)
			copy(b, owner, owner->done_bytes, r->bytes);
		owner->done_bytes += r->bytes;
		status = owner->result;
	}
	if (status == 0 && owner->done_bytes < owner->bytes) {
		next_piece(e);
		return true;
	}
	b->owner = NULL;
	cairn_block_end_(e, owner, status);
	next_owner(e);
	return true;
}
