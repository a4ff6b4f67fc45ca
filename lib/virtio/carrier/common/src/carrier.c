/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* carrier.c - birth and death of a carrier, and the program's wishes. */
#include "carrier.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct cairn_carrier *of_host(struct cairn_vdev_host *h)
{
	return cairn_container_of(h, struct cairn_carrier, host);
}

static void host_config_changed(struct cairn_vdev_host *h)
{
	struct cairn_carrier *c = of_host(h);
	bool tell;

	pthread_mutex_lock(&c->lock);
	tell = c->status & CAIRN_VIRTIO_DRIVER_OK; /* not before (virtio 1.2, 3.1.1) */
	pthread_mutex_unlock(&c->lock);
	if (tell)
		c->ops->config_signal(c);
}

static void host_broken(struct cairn_vdev_host *h, int why)
{
	struct cairn_carrier *c = of_host(h);

	cairn_carrier_break(c);
	cairn_carrier_run_(c);
}

static const struct cairn_vdev_host_ops host_ops = {
	.size = sizeof(host_ops),
	.config_changed = host_config_changed,
	.broken = host_broken,
};

/* A WANTS_FDS device wrote its call fd. */
static void on_call(struct cairn_watch *w, uint32_t events)
{
	struct cairn_carrier_queue *q =
	    cairn_container_of(w, struct cairn_carrier_queue, call_watch);
	uint64_t n;

	if (read(w->fd, &n, sizeof(n)) == sizeof(n))
		q->carrier->ops->queue_signal(q->carrier, q->index);
}

static int open_call_fd(struct cairn_carrier *c, struct cairn_carrier_queue *q)
{
	q->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->call_fd < 0)
		return -errno;
	if (c->own_call_fds)
		return 0;
	q->call_watch.fn = on_call;
	return cairn_loop_watch(c->vdev->home, &q->call_watch, q->call_fd, EPOLLIN);
}

static int open_queues(struct cairn_carrier *c)
{
	c->queues = calloc(c->vdev->n_queues ? c->vdev->n_queues : 1, sizeof(c->queues[0]));
	if (!c->queues)
		return -ENOMEM;
	for (uint16_t i = 0; i < c->vdev->n_queues; i++)
		c->queues[i] = (struct cairn_carrier_queue){
			.carrier = c, .index = i, .kick_fd = -1, .call_fd = -1, .is_idle = true
		};
	for (uint16_t i = 0; i < c->vdev->n_queues; i++) {
		struct cairn_carrier_queue *q = &c->queues[i];
		int r = 0;

		q->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (q->kick_fd < 0)
			return -errno;
		if (c->vdev->flags & CAIRN_VDEV_WANTS_FDS)
			r = open_call_fd(c, q);
		if (r < 0)
			return r;
		cairn_carrier_queue_fresh_(q);
	}
	return 0;
}

static int give_view(struct cairn_carrier *c, struct cairn_memview *view)
{
	c->view = cairn_memview_get(view);
	c->view_why = CAIRN_VIEW_REPLACED;
	c->want_view = true;
	cairn_carrier_run_(c);
	return c->wish_status;
}

int cairn_carrier_init(struct cairn_carrier *c, const struct cairn_carrier_desc *desc)
{
	int r;

	*c = (struct cairn_carrier){
		.ops = desc->ops,
		.vdev = desc->vdev,
		.host = { .ops = &host_ops, .features = CAIRN_CARRIER_FEATURES },
		.wake.fn = cairn_carrier_woken_,
		.tell.fn = cairn_carrier_tell_,
		.own_call_fds = desc->own_call_fds,
	};
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	cairn_vdev_attach(c->vdev, &c->host);
	r = open_queues(c);
	if (r == 0)
		r = give_view(c, desc->view);
	if (r < 0)
		cairn_carrier_fini(c);
	return r < 0 ? r : 0;
}

static void close_queue(struct cairn_carrier_queue *q)
{
	cairn_watch_remove(&q->call_watch);
	if (q->kick_fd >= 0)
		close(q->kick_fd);
	if (q->call_fd >= 0)
		close(q->call_fd);
}

void cairn_carrier_fini(struct cairn_carrier *c)
{
	assert(!c->posted && c->op == CAIRN_VDEV_OP_NONE && !c->n_stops);
	cairn_timer_disarm(&c->tell);
	cairn_vdev_attach(c->vdev, NULL);
	for (uint16_t i = 0; c->queues && i < c->vdev->n_queues; i++)
		close_queue(&c->queues[i]);
	free(c->queues);
	c->queues = NULL;
	cairn_memview_put(c->view);
	c->view = NULL;
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
}

/* Under the lock: the one wish there may be. */
static int wish(struct cairn_carrier *c, enum cairn_vdev_op op, struct cairn_carrier_call *call)
{
	if (c->wish || c->gone)
		return -EBUSY;
	c->wish = call;
	c->wish_op = op;
	c->wish_status = 0;
	return 0;
}

static int set_paused(struct cairn_carrier *c, bool on, struct cairn_carrier_call *call)
{
	int r;

	pthread_mutex_lock(&c->lock);
	r = wish(c, CAIRN_VDEV_OP_NONE, call);
	if (r == 0)
		c->paused = on;
	pthread_mutex_unlock(&c->lock);
	if (r == 0)
		cairn_carrier_run_(c);
	return r;
}

int cairn_carrier_pause(struct cairn_carrier *c, struct cairn_carrier_call *call)
{
	return set_paused(c, true, call);
}

int cairn_carrier_resume(struct cairn_carrier *c, struct cairn_carrier_call *call)
{
	return set_paused(c, false, call);
}

int cairn_carrier_reset(struct cairn_carrier *c, struct cairn_carrier_call *call)
{
	int r;

	pthread_mutex_lock(&c->lock);
	r = wish(c, CAIRN_VDEV_OP_RESET, call);
	if (r == 0)
		c->want_reset = true;
	pthread_mutex_unlock(&c->lock);
	if (r == 0)
		cairn_carrier_run_(c);
	return r;
}

static bool any_started(const struct cairn_carrier *c)
{
	for (uint16_t i = 0; i < c->vdev->n_queues; i++)
		if (c->queues[i].started)
			return true;
	return c->op == CAIRN_VDEV_OP_QUEUE_START;
}

int cairn_carrier_set_view(struct cairn_carrier *c, struct cairn_memview *view,
			   enum cairn_view_change why, struct cairn_carrier_call *call)
{
	int r;

	if (why != CAIRN_VIEW_GROWN && any_started(c))
		return -EINVAL;
	pthread_mutex_lock(&c->lock);
	r = wish(c, CAIRN_VDEV_OP_SET_VIEW, call);
	if (r == 0) {
		c->view = cairn_memview_get(view);
		c->view_why = why;
		c->want_view = true;
	}
	pthread_mutex_unlock(&c->lock);
	if (r == 0)
		cairn_carrier_run_(c);
	return r;
}

int cairn_carrier_unplug(struct cairn_carrier *c, enum cairn_vq_stop how,
			 struct cairn_carrier_call *call)
{
	struct cairn_carrier_call *old;

	pthread_mutex_lock(&c->lock);
	old = c->wish;
	c->wish = call;
	c->wish_op = CAIRN_VDEV_OP_NONE;
	c->wish_status = 0;
	c->gone = true;
	c->gone_how = how;
	pthread_cond_broadcast(&c->changed); /* nobody waits any more */
	pthread_mutex_unlock(&c->lock);
	if (old)
		old->done(old, -ECANCELED);
	cairn_carrier_run_(c);
	return 0;
}

void cairn_carrier_interrupt(struct cairn_carrier *c, bool on)
{
	pthread_mutex_lock(&c->lock);
	c->interrupted = on;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}
