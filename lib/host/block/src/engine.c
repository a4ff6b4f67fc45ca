/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* engine.c - what is common to all engines: checks before, counting, and the way back. */
#include "block.h"

#define MAX_DEPTH 4096u /* of io_uring's rings */

int cairn_block_engine_init(struct cairn_block_engine *e, const struct cairn_block_engine_ops *ops,
			    const char *name, struct cairn_disk *disk,
			    const struct cairn_disk_geometry *geometry)
{
	memset(e, 0, sizeof(*e));
	e->ops = ops;
	e->name = name;
	e->disk = disk;
	e->geometry = *geometry;
	return geometry->memory_align > 1 ? cairn_block_bounce_new_(e) : 0;
}

void cairn_block_engine_fini(struct cairn_block_engine *e)
{
	cairn_block_bounce_free_(e);
}

static int new_auto(struct cairn_disk *disk, const struct cairn_block_engine_cfg *cfg,
		    struct cairn_block_engine **ret, struct cairn_err *err)
{
	int r = cairn_block_uring_new_(disk, cfg, ret, NULL);

	if (r == 0)
		return 0;
	if (r != -ENOSYS && r != -EPERM && r != -ENOMEM)
		return cairn_block_uring_new_(disk, cfg, ret, err);
	r = cairn_block_threads_new_(disk, cfg, ret, err);
	if (r == 0)
		(*ret)->note = "this kernel has no io_uring, or does not permit it: threads serve "
			       "the disk";
	return r;
}

int cairn_block_engine_new(struct cairn_disk *disk, const struct cairn_block_engine_cfg *cfg,
			   struct cairn_block_engine **ret, struct cairn_err *err)
{
	if (cfg->depth > MAX_DEPTH)
		return cairn_err_set(err, EINVAL, "block engine is too deep", cfg->depth);
	switch (cfg->kind) {
	case CAIRN_BLOCK_AUTO:
		return new_auto(disk, cfg, ret, err);
	case CAIRN_BLOCK_URING:
		return cairn_block_uring_new_(disk, cfg, ret, err);
	case CAIRN_BLOCK_THREADS:
		return cairn_block_threads_new_(disk, cfg, ret, err);
	}
	return cairn_err_set(err, EINVAL, "unknown kind of block engine", cfg->kind);
}

void cairn_block_engine_free(struct cairn_block_engine *e)
{
	if (e)
		e->ops->fini(e);
}

int cairn_block_bind(struct cairn_block_engine *e, struct cairn_loop *loop,
		     struct cairn_trigger after_round)
{
	int r;

	if (e->loop)
		return -EBUSY;
	e->loop = loop;
	e->after_round = after_round;
	r = e->ops->bind(e);
	if (r < 0)
		e->loop = NULL;
	return r;
}

int cairn_block_unbind(struct cairn_block_engine *e)
{
	if (e->in_flight)
		return -EBUSY;
	if (!e->loop)
		return 0;
	e->ops->unbind(e);
	e->loop = NULL;
	return 0;
}

struct cairn_disk_geometry cairn_block_geometry(const struct cairn_block_engine *e)
{
	return e->disk ? cairn_disk_geometry(e->disk) : e->geometry;
}

/* True when the pieces add up to the length. */
static bool is_whole(const struct cairn_block_req *r)
{
	uint64_t sum = 0;

	if (!r->n_iov || r->n_iov > CAIRN_BLOCK_MAX_IOV)
		return false;
	for (uint32_t i = 0; i < r->n_iov; i++)
		if (!cairn_add_u64(sum, r->iov[i].iov_len, &sum))
			return false;
	return sum == r->bytes;
}

static int check(const struct cairn_block_engine *e, const struct cairn_block_req *r)
{
	uint64_t size = e->disk ? cairn_disk_size_bytes(e->disk) : e->geometry.size_bytes;
	uint64_t block = e->geometry.block_bytes;

	if (r->op == CAIRN_BLOCK_FLUSH)
		return 0;
	if (r->op != CAIRN_BLOCK_READ && e->geometry.is_read_only)
		return -EROFS;
	if (!r->bytes || (r->offset | r->bytes) & (block - 1))
		return -EINVAL;
	if (!cairn_in_range(r->offset, r->bytes, size))
		return -ERANGE;
	if ((r->op == CAIRN_BLOCK_READ || r->op == CAIRN_BLOCK_WRITE) && !is_whole(r))
		return -EINVAL;
	return 0;
}

int cairn_block_submit(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	int ret = e->loop ? check(e, r) : -EINVAL;

	if (ret < 0)
		return ret;
	e->in_flight++;
	if (e->bounce && cairn_block_bounce_wants_(e, r))
		cairn_block_bounce_submit_(e, r);
	else
		e->ops->submit(e, r);
	return 0;
}

void cairn_block_commit(struct cairn_block_engine *e)
{
	if (e->ops->commit && e->loop)
		e->ops->commit(e);
}

uint32_t cairn_block_reap(struct cairn_block_engine *e)
{
	return e->ops->reap && e->loop ? e->ops->reap(e) : 0;
}

void cairn_block_cancel(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	if (e->bounce && cairn_block_bounce_wants_(e, r))
		cairn_block_bounce_cancel_(e, r);
	else if (e->ops->cancel)
		e->ops->cancel(e, r);
}

uint32_t cairn_block_in_flight(const struct cairn_block_engine *e)
{
	return e->in_flight;
}

void cairn_block_end_(struct cairn_block_engine *e, struct cairn_block_req *r, int status)
{
	e->in_flight--;
	r->done(r, status);
}

void cairn_block_complete(struct cairn_block_engine *e, struct cairn_block_req *r, int status)
{
	if (e->bounce && cairn_block_bounce_done_(e, r, status))
		return;
	cairn_block_end_(e, r, status);
}

void cairn_block_round_done(struct cairn_block_engine *e)
{
	cairn_trigger_fire(&e->after_round);
	cairn_block_commit(e);
}
