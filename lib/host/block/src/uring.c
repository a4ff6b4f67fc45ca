/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * uring.c - the io_uring engine. Requests wait in a list until commit puts as many as fit into the
 * ring, with one system call; the ring's own fd tells the loop of completions.
 *
 * Never more than `depth` requests and `depth` cancellations are inside the kernel, and the
 * completion ring has room for both, so that it cannot overflow.
 */
#include "block.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <liburing.h>

#define DEFAULT_DEPTH      128u
#define BATCH              64u
#define RETRY_NS           1000000u /* after the kernel had no memory */

/* Since Linux 6.12; older ones refuse it, and another way is taken. */
#define DEVICE_DISCARD_CMD _IO(0x12, 0)

struct uring {
	struct cairn_block_engine base;
	struct io_uring ring;
	struct cairn_watch watch;
	struct cairn_timer timer; /* retries, and ends what was cancelled before it began */
	struct cairn_block_list todo, cancelled;
	uint32_t depth, in_kernel, cancels;
	bool is_ring_open;
};

static struct uring *to_uring(struct cairn_block_engine *e)
{
	return cairn_container_of(e, struct uring, base);
}

static void prepare(struct uring *u, struct io_uring_sqe *sqe, struct cairn_block_req *r)
{
	struct cairn_block_step s;

	cairn_block_step_(u->base.disk, r, &s);
	switch (s.kind) {
	case CAIRN_BLOCK_STEP_READV:
		io_uring_prep_readv(sqe, 0, s.iov, s.n_iov, s.offset);
		break;
	case CAIRN_BLOCK_STEP_WRITEV:
		io_uring_prep_writev(sqe, 0, s.iov, s.n_iov, s.offset);
		break;
	case CAIRN_BLOCK_STEP_SYNC:
		io_uring_prep_fsync(sqe, 0, IORING_FSYNC_DATASYNC);
		break;
	case CAIRN_BLOCK_STEP_FALLOCATE:
		io_uring_prep_fallocate(sqe, 0, s.mode, (off_t)s.offset, (off_t)s.bytes);
		break;
	case CAIRN_BLOCK_STEP_DEVICE_DISCARD:
		io_uring_prep_rw(IORING_OP_URING_CMD, sqe, 0, NULL, 0, 0);
		sqe->cmd_op = DEVICE_DISCARD_CMD;
		sqe->addr = s.offset;
		sqe->addr3 = s.bytes;
		break;
	}
	sqe->flags |= IOSQE_FIXED_FILE; /* index 0 */
	io_uring_sqe_set_data(sqe, r);
}

static void uring_submit(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	cairn_block_step_begin_(e->disk, r);
	cairn_block_list_add(&to_uring(e)->todo, r);
}

static void uring_commit(struct cairn_block_engine *e)
{
	struct uring *u = to_uring(e);
	int r;

	while (u->todo.head && u->in_kernel < u->depth) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

		if (!sqe)
			break;
		prepare(u, sqe, cairn_block_list_take(&u->todo));
		u->in_kernel++;
	}
	if (!io_uring_sq_ready(&u->ring))
		return;
	do
		r = io_uring_submit(&u->ring);
	while (r == -EINTR);
	/* What the kernel did not take stays in the ring. */
	if (r < 0 || io_uring_sq_ready(&u->ring))
		cairn_timer_arm(e->loop, &u->timer, RETRY_NS);
}

static void on_timer(struct cairn_timer *t)
{
	struct uring *u = cairn_container_of(t, struct uring, timer);
	struct cairn_block_req *r;

	while ((r = cairn_block_list_take(&u->cancelled)))
		cairn_block_complete(&u->base, r, -ECANCELED);
	cairn_block_round_done(&u->base);
}

static void take_one(struct uring *u, struct cairn_block_req *r, int res)
{
	if (!r) { /* of a cancellation */
		u->cancels--;
		return;
	}
	u->in_kernel--;
	if (cairn_block_step_result_(r, res))
		cairn_block_complete(&u->base, r, r->result);
	else
		cairn_block_list_add(&u->todo, r);
}

static uint32_t uring_reap(struct cairn_block_engine *e)
{
	struct uring *u = to_uring(e);
	struct io_uring_cqe *cqes[BATCH];
	struct {
		struct cairn_block_req *r;
		int res;
	} got[BATCH];
	unsigned int n = io_uring_peek_batch_cqe(&u->ring, cqes, BATCH);

	for (unsigned int i = 0; i < n; i++) {
		got[i].r = io_uring_cqe_get_data(cqes[i]);
		got[i].res = cqes[i]->res;
	}
	io_uring_cq_advance(&u->ring, n);
	for (unsigned int i = 0; i < n; i++)
		take_one(u, got[i].r, got[i].res);
	return n;
}

static void on_ring(struct cairn_watch *w, uint32_t events)
{
	struct uring *u = cairn_container_of(w, struct uring, watch);

	(void)uring_reap(&u->base);
	cairn_block_round_done(&u->base);
}

static void uring_cancel(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	struct uring *u = to_uring(e);
	struct io_uring_sqe *sqe;

	if (cairn_block_list_remove(&u->todo, r)) {
		cairn_block_list_add(&u->cancelled, r);
		cairn_timer_arm(e->loop, &u->timer, 0);
		return;
	}
	sqe = u->cancels < u->depth ? io_uring_get_sqe(&u->ring) : NULL;
	if (!sqe)
		return;
	io_uring_prep_cancel(sqe, r, 0);
	io_uring_sqe_set_data(sqe, NULL);
	u->cancels++;
	uring_commit(e);
}

static int uring_bind(struct cairn_block_engine *e)
{
	struct uring *u = to_uring(e);

	u->watch.fn = on_ring;
	u->timer.fn = on_timer;
	return cairn_loop_watch(e->loop, &u->watch, u->ring.ring_fd, EPOLLIN);
}

static void uring_unbind(struct cairn_block_engine *e)
{
	struct uring *u = to_uring(e);

	cairn_watch_remove(&u->watch);
	cairn_timer_disarm(&u->timer);
}

static void uring_fini(struct cairn_block_engine *e)
{
	struct uring *u = to_uring(e);

	if (u->is_ring_open) {
		/* The kernel takes a ring down later; the disk shall be closed when its owner
		 * closes it. Fails where nothing was registered. */
		(void)!io_uring_unregister_files(&u->ring);
		io_uring_queue_exit(&u->ring);
	}
	cairn_block_engine_fini(e);
	free(u);
}

static const struct cairn_block_engine_ops uring_ops = {
	.size = sizeof(uring_ops),
	.submit = uring_submit,
	.commit = uring_commit,
	.cancel = uring_cancel,
	.bind = uring_bind,
	.unbind = uring_unbind,
	.fini = uring_fini,
	.reap = uring_reap,
};

static int set_up(struct uring *u, int fd)
{
	/* Completions need no interrupt: this thread sleeps in epoll_wait, or passes it soon. */
	struct io_uring_params p = {
		.flags = IORING_SETUP_CQSIZE | IORING_SETUP_COOP_TASKRUN,
		.cq_entries = 2 * u->depth,
	};
	int r = io_uring_queue_init_params(u->depth, &u->ring, &p);

	if (r == -EINVAL) { /* before Linux 5.19 */
		p = (struct io_uring_params){
			.flags = IORING_SETUP_CQSIZE,
			.cq_entries = 2 * u->depth,
		};
		r = io_uring_queue_init_params(u->depth, &u->ring, &p);
	}
	if (r < 0)
		return r;
	u->is_ring_open = true;
	return io_uring_register_files(&u->ring, &fd, 1);
}

int cairn_block_uring_new_(struct cairn_disk *disk, const struct cairn_block_engine_cfg *cfg,
			   struct cairn_block_engine **ret, struct cairn_err *err)
{
	struct cairn_disk_geometry g = cairn_disk_geometry(disk);
	uint32_t depth = cfg->depth ? cfg->depth : DEFAULT_DEPTH;
	struct uring *u;
	int r;

	u = calloc(1, sizeof(*u));
	if (!u)
		return cairn_err_set(err, ENOMEM, "no memory for a block engine", 0);
	u->depth = depth;
	r = cairn_block_engine_init(&u->base, &uring_ops, "io_uring", disk, &g);
	if (r == 0)
		r = set_up(u, disk->fd);
	if (r < 0) {
		uring_fini(&u->base);
		return cairn_err_set(err, -r, "cannot set up io_uring", depth);
	}
	*ret = &u->base;
	return 0;
}
