/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * step.c - a request as a sequence of system calls, the same for every engine: transfers resumed
 * where they came back short, and what a file system cannot do replaced by what it can.
 *
 * Stages of DISCARD:       device command -> punch a hole -> not done, which is allowed
 * Stages of WRITE_ZEROES:  punch a hole (may_unmap only) -> zero range -> write zeroes
 */
#include "block.h"

#include <fcntl.h>

#include <linux/falloc.h>

#define MAX_TRIES 16u

enum stage {
	STAGE_DEVICE,
	STAGE_PUNCH,
	STAGE_ZERO_RANGE,
	STAGE_WRITE,
};

void cairn_block_step_begin_(const struct cairn_disk *d, struct cairn_block_req *r)
{
	r->done_bytes = 0;
	r->tries = 0;
	r->result = 0;
	r->stage = 0;
	if (r->op == CAIRN_BLOCK_DISCARD)
		r->stage = d->geometry.is_device ? STAGE_DEVICE : STAGE_PUNCH;
	if (r->op == CAIRN_BLOCK_WRITE_ZEROES)
		r->stage = r->may_unmap ? STAGE_PUNCH : STAGE_ZERO_RANGE;
}

static void range_step(const struct cairn_disk *d, struct cairn_block_req *r,
		       struct cairn_block_step *s)
{
	s->kind = CAIRN_BLOCK_STEP_FALLOCATE;
	s->offset = r->offset;
	s->bytes = r->bytes;
	switch ((enum stage)r->stage) {
	case STAGE_DEVICE:
		s->kind = CAIRN_BLOCK_STEP_DEVICE_DISCARD;
		return;
	case STAGE_PUNCH:
		s->mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
		return;
	case STAGE_ZERO_RANGE:
		s->mode = FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE;
		return;
	case STAGE_WRITE:
		break;
	}
	s->kind = CAIRN_BLOCK_STEP_WRITEV;
	s->offset = r->offset + r->done_bytes;
	s->bytes = cairn_min_u64(r->bytes - r->done_bytes, CAIRN_BLOCK_ZEROES_BYTES_);
	r->one.iov_base = d->zeroes;
	r->one.iov_len = s->bytes;
	s->iov = &r->one;
	s->n_iov = 1;
}

void cairn_block_step_(const struct cairn_disk *d, struct cairn_block_req *r,
		       struct cairn_block_step *ret)
{
	memset(ret, 0, sizeof(*ret));
	switch (r->op) {
	case CAIRN_BLOCK_READ:
	case CAIRN_BLOCK_WRITE:
		ret->kind =
		    r->op == CAIRN_BLOCK_READ ? CAIRN_BLOCK_STEP_READV : CAIRN_BLOCK_STEP_WRITEV;
		ret->iov = r->iov;
		ret->n_iov = r->n_iov;
		ret->offset = r->offset + r->done_bytes;
		ret->bytes = r->bytes - r->done_bytes;
		return;
	case CAIRN_BLOCK_FLUSH:
		ret->kind = CAIRN_BLOCK_STEP_SYNC;
		return;
	case CAIRN_BLOCK_DISCARD:
	case CAIRN_BLOCK_WRITE_ZEROES:
		range_step(d, r, ret);
		return;
	}
}

static bool end(struct cairn_block_req *r, int status)
{
	r->result = status;
	return true;
}

static void drop_front(struct cairn_block_req *r, uint64_t bytes)
{
	while (bytes && bytes >= r->iov->iov_len) {
		bytes -= r->iov->iov_len;
		r->iov++;
		r->n_iov--;
	}
	if (bytes) {
		r->iov->iov_base = (char *)r->iov->iov_base + bytes;
		r->iov->iov_len -= bytes;
	}
}

static bool transfer_result(struct cairn_block_req *r, int64_t res)
{
	/* 0: the file ends before its disk does. */
	if (res <= 0 || (uint64_t)res > r->bytes - r->done_bytes)
		return end(r, res < 0 ? (int)res : -EIO);
	r->tries = 0;
	r->done_bytes += (uint64_t)res;
	if (r->done_bytes == r->bytes)
		return end(r, 0);
	if (r->op != CAIRN_BLOCK_WRITE_ZEROES)
		drop_front(r, (uint64_t)res);
	return false;
}

static bool is_unsupported(int64_t res)
{
	return res == -EOPNOTSUPP || res == -ENOSYS || res == -ENOTTY || res == -EINVAL;
}

static bool range_result(struct cairn_block_req *r, int64_t res)
{
	if (!is_unsupported(res))
		return end(r, res < 0 ? (int)res : 0);
	if (r->op == CAIRN_BLOCK_DISCARD && r->stage == STAGE_PUNCH)
		return end(r, 0);
	r->stage++;
	return false;
}

bool cairn_block_step_result_(struct cairn_block_req *r, int64_t res)
{
	if ((res == -EINTR || res == -EAGAIN) && r->tries++ < MAX_TRIES)
		return false;
	switch (r->op) {
	case CAIRN_BLOCK_READ:
	case CAIRN_BLOCK_WRITE:
		return transfer_result(r, res);
	case CAIRN_BLOCK_FLUSH:
		break;
	case CAIRN_BLOCK_DISCARD:
	case CAIRN_BLOCK_WRITE_ZEROES:
		if (r->stage == STAGE_WRITE)
			return transfer_result(r, res);
		return range_result(r, res);
	}
	return end(r, res < 0 ? (int)res : 0);
}
