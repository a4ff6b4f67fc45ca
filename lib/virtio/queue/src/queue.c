/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * queue.c - between home and the queue's loop go posted calls, each with its answer: `enter` is
 * answered by `entered`, each stop's `there` by its `back`. Calls that one thread posts to another
 * arrive in order, so when a stop is answered, a `broke` posted before has been heard.
 */
#include <cairn/virtio_queue.h>

#include <sys/epoll.h>
#include <unistd.h>

#define POLL_NS    1000000u /* when nobody kicks */
#define MAX_ROUNDS 16u      /* in a row, when chains keep coming */

bool cairn_virtio_queue_is_enabled(const struct cairn_virtio_queue *q)
{
	return __atomic_load_n(&q->enabled, __ATOMIC_ACQUIRE);
}

bool cairn_virtio_queue_may_run(const struct cairn_virtio_queue *q)
{
	return q->running && !q->stopping && !q->broken && cairn_virtio_queue_is_enabled(q);
}

static void later(struct cairn_virtio_queue *q, uint64_t delay_ns)
{
	cairn_timer_arm(q->cfg.loop, &q->again, delay_ns);
}

/* Rounds until there is nothing to take, but not for ever. */
static void run(struct cairn_virtio_queue *q)
{
	q->waiting = false;
	cairn_virtq_disable_kicks(&q->vq);
	for (unsigned int n = 0; n < MAX_ROUNDS; n++) {
		enum cairn_virtio_round end = q->ops->round(q);

		cairn_virtio_queue_flush(q);
		if (!cairn_virtio_queue_may_run(q))
			return;
		if (end == CAIRN_VIRTIO_WAIT) {
			q->waiting = true;
			return;
		}
		if (end == CAIRN_VIRTIO_AGAIN)
			break;
		if (!cairn_virtq_enable_kicks(&q->vq)) {
			if (q->cfg.kick_fd < 0)
				later(q, POLL_NS);
			return;
		}
		cairn_virtq_disable_kicks(&q->vq);
	}
	later(q, 0);
}

static void on_kick(struct cairn_watch *w, uint32_t events)
{
	struct cairn_virtio_queue *q = cairn_container_of(w, struct cairn_virtio_queue, kick);

	/* One that waits is not helped by a kick; it was sent before kicks were off. */
	if (cairn_virtio_queue_may_run(q) && !q->waiting)
		run(q);
}

static void on_again(struct cairn_timer *t)
{
	struct cairn_virtio_queue *q = cairn_container_of(t, struct cairn_virtio_queue, again);

	if (q->waiting) /* armed before a kick was faster */
		return;
	if (cairn_virtio_queue_may_run(q))
		run(q);
	else if (q->cfg.kick_fd < 0) /* until it is enabled */
		later(q, POLL_NS);
}

void cairn_virtio_queue_wake(struct cairn_virtio_queue *q)
{
	if (!q->waiting)
		return;
	q->waiting = false; /* also while disabled: enabling does the round then */
	if (cairn_virtio_queue_may_run(q))
		run(q);
}

static int start_here(struct cairn_virtio_queue *q)
{
	int r = q->ops->started ? q->ops->started(q) : 0;

	if (r < 0)
		return r;
	/* Edge-triggered: the count need not be read. Kicks from before show at once. */
	if (q->cfg.kick_fd >= 0)
		r = cairn_loop_watch(q->cfg.loop, &q->kick, q->cfg.kick_fd, EPOLLIN | EPOLLET);
	if (r < 0) {
		if (q->ops->stopped)
			q->ops->stopped(q);
		return r;
	}
	q->running = true;
	later(q, 0); /* what was made available before, kicked or not */
	return 0;
}

static void on_enter(struct cairn_call *c)
{
	struct cairn_virtio_queue *q = cairn_container_of(c, struct cairn_virtio_queue, enter);

	q->start_status = start_here(q);
	cairn_loop_post(q->vdev->home, &q->entered);
}

static void on_entered(struct cairn_call *c)
{
	struct cairn_virtio_queue *q = cairn_container_of(c, struct cairn_virtio_queue, entered);

	cairn_vdev_complete(q->vdev, q->start_call, q->start_status);
}

int cairn_virtio_queue_start(struct cairn_virtio_queue *q, const struct cairn_vq_cfg *cfg,
			     struct cairn_vdev_call *call)
{
	struct cairn_virtq_cfg vq = {
		.mem = q->vdev->view ? cairn_memview_mem(q->vdev->view) : NULL,
		.size = cfg->size,
		.desc = cfg->desc,
		.driver = cfg->driver,
		.device = cfg->device,
		.features = q->vdev->acked,
		.pos = cfg->pos,
		.inflight = cfg->inflight,
	};
	int r = vq.mem ? cairn_virtq_init(&q->vq, &vq) : -EFAULT;

	if (r < 0)
		return r;
	q->cfg = *cfg;
	q->pos = cfg->pos; /* of a stop that comes to a start that failed */
	__atomic_store_n(&q->enabled, cfg->enabled, __ATOMIC_RELEASE);
	q->running = q->stopping = q->finishing = q->broken = q->waiting = false;
	if (cfg->loop == q->vdev->home)
		return start_here(q);
	q->start_call = call;
	cairn_loop_post(cfg->loop, &q->enter);
	return CAIRN_PENDING;
}

/* Answer the stops that were asked for. With the last answer q may be gone. */
static void answer(struct cairn_virtio_queue *q)
{
	struct cairn_loop *home = q->vdev->home;
	bool also_cancel = q->stops[CAIRN_VQ_CANCEL].wanted;

	q->stops[CAIRN_VQ_CANCEL].wanted = false;
	if (q->stops[CAIRN_VQ_DRAIN].wanted) {
		q->stops[CAIRN_VQ_DRAIN].wanted = false;
		cairn_loop_post(home, &q->stops[CAIRN_VQ_DRAIN].back);
	}
	if (also_cancel)
		cairn_loop_post(home, &q->stops[CAIRN_VQ_CANCEL].back);
}

static void on_finish(struct cairn_call *c)
{
	struct cairn_virtio_queue *q = cairn_container_of(c, struct cairn_virtio_queue, finish);

	cairn_virtio_queue_flush(q);
	q->pos = cairn_virtq_pos(&q->vq);
	if (q->ops->stopped)
		q->ops->stopped(q);
	q->running = q->stopping = q->finishing = false;
	answer(q);
}

/* From the loop itself, because whoever called idle still has work with the queue or what is behind
 * it on its stack, and home may free both as soon as it has its answer. */
void cairn_virtio_queue_idle(struct cairn_virtio_queue *q)
{
	if (q->finishing)
		return;
	q->finishing = true;
	cairn_loop_post(q->cfg.loop, &q->finish);
}

static void stop_here(struct cairn_virtio_queue_stop *s)
{
	struct cairn_virtio_queue *q = s->q;

	s->wanted = true;
	if (!q->running) { /* the other stop was faster */
		answer(q);
		return;
	}
	q->stopping = true;
	cairn_watch_remove(&q->kick);
	cairn_timer_disarm(&q->again);
	if (q->ops->stop)
		q->ops->stop(q, (enum cairn_vq_stop)(s - q->stops));
	else
		cairn_virtio_queue_idle(q);
}

static void on_there(struct cairn_call *c)
{
	stop_here(cairn_container_of(c, struct cairn_virtio_queue_stop, there));
}

static void on_back(struct cairn_call *c)
{
	struct cairn_virtio_queue_stop *s =
	    cairn_container_of(c, struct cairn_virtio_queue_stop, back);
	struct cairn_vdev_call *call = s->call;

	s->call = NULL;
	call->pos = s->q->pos;
	cairn_vdev_complete(s->q->vdev, call, 0);
}

int cairn_virtio_queue_stop(struct cairn_virtio_queue *q, enum cairn_vq_stop how,
			    struct cairn_vdev_call *call)
{
	struct cairn_virtio_queue_stop *s = &q->stops[how];

	s->call = call;
	if (q->cfg.loop == q->vdev->home)
		stop_here(s);
	else
		cairn_loop_post(q->cfg.loop, &s->there);
	return CAIRN_PENDING;
}

int cairn_virtio_queue_enable(struct cairn_virtio_queue *q, bool on)
{
	uint64_t one = 1;

	__atomic_store_n(&q->enabled, on, __ATOMIC_RELEASE);
	if (!on)
		return 0;
	/* A kick of our own makes the queue's loop look, whichever thread that is on. */
	if (q->cfg.kick_fd >= 0)
		return write(q->cfg.kick_fd, &one, sizeof(one)) < 0 && errno != EAGAIN ? -errno : 0;
	return 0;
}

static void on_broke(struct cairn_call *c)
{
	struct cairn_virtio_queue *q = cairn_container_of(c, struct cairn_virtio_queue, broke);

	cairn_vdev_break(q->vdev, q->why);
}

void cairn_virtio_queue_break(struct cairn_virtio_queue *q, int why)
{
	if (q->broken)
		return;
	q->broken = true;
	q->why = why;
	cairn_loop_post(q->vdev->home, &q->broke);
}

int cairn_virtio_queue_pop(struct cairn_virtio_queue *q, struct cairn_virtq_chain *chain)
{
	int r = q->broken ? 0 : cairn_virtq_pop(&q->vq, chain);

	if (r >= 0)
		return r;
	cairn_virtio_queue_break(q, r);
	return 0;
}

void cairn_virtio_queue_put(struct cairn_virtio_queue *q, const struct cairn_virtq_chain *chain,
			    uint32_t written)
{
	int r = cairn_virtq_put(&q->vq, chain, written);

	if (r < 0)
		cairn_virtio_queue_break(q, r);
}

void cairn_virtio_queue_flush(struct cairn_virtio_queue *q)
{
	cairn_virtq_publish(&q->vq);
	if (cairn_virtq_must_signal(&q->vq))
		cairn_vq_signal(&q->cfg);
}

void cairn_virtio_queue_init(struct cairn_virtio_queue *q, struct cairn_vdev *d,
			     const struct cairn_virtio_queue_ops *ops)
{
	memset(q, 0, sizeof(*q));
	q->vdev = d;
	q->ops = ops;
	q->kick.fn = on_kick;
	q->again.fn = on_again;
	q->enter.fn = on_enter;
	q->entered.fn = on_entered;
	q->broke.fn = on_broke;
	q->finish.fn = on_finish;
	for (size_t how = 0; how < CAIRN_ARRAY_LEN(q->stops); how++) {
		q->stops[how].q = q;
		q->stops[how].there.fn = on_there;
		q->stops[how].back.fn = on_back;
	}
}
