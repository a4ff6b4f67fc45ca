/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * vdev.c - the ops, checked. Every op goes through the same three steps: is it allowed in this
 * state and beside what is pending; enter the device; and, now or when it completes, change the
 * state. finish() is the only place where the state moves, but for break.
 */
#include "vdev.h"

#include <assert.h>
#include <unistd.h>

#define BIT(op) (1u << CAIRN_VDEV_OP_##op)

/* The table of vdev.h's head. */
static const uint32_t allowed[] = {
	[CAIRN_VDEV_NEW] = BIT(SET_FEATURES) | BIT(CONFIG_WRITE) | BIT(SET_VIEW) | BIT(RESET),
	[CAIRN_VDEV_READY] =
	    BIT(SET_FEATURES) | BIT(QUEUE_START) | BIT(CONFIG_WRITE) | BIT(SET_VIEW) | BIT(RESET),
	[CAIRN_VDEV_RUNNING] = BIT(QUEUE_START) | BIT(QUEUE_STOP) | BIT(QUEUE_ENABLE) |
			       BIT(CONFIG_WRITE) | BIT(SET_VIEW),
	[CAIRN_VDEV_BROKEN] = BIT(QUEUE_STOP) | BIT(RESET) | BIT(CONFIG_WRITE) | BIT(SET_VIEW),
};

static bool any_started(const struct cairn_vdev *d)
{
	return cairn_bits_any(d->started, CAIRN_ARRAY_LEN(d->started));
}

static bool is_stopping(const struct cairn_vdev *d, uint16_t index)
{
	return d->stops[index][CAIRN_VQ_DRAIN].call || d->stops[index][CAIRN_VQ_CANCEL].call;
}

static bool is_starting(const struct cairn_vdev *d, uint16_t index)
{
	return d->pending.call && d->pending.op == CAIRN_VDEV_OP_QUEUE_START &&
	       d->pending.index == index;
}

static bool any_stopping(const struct cairn_vdev *d)
{
	for (uint16_t i = 0; i < d->n_queues; i++)
		if (is_stopping(d, i))
			return true;
	return false;
}

static void set_view(struct cairn_vdev *d, struct cairn_memview *v)
{
	struct cairn_memview *old = d->view;

	d->view = v ? cairn_memview_get(v) : NULL;
	cairn_memview_put(old);
}

static void unpin(struct cairn_vdev *d, uint16_t index)
{
	cairn_memview_put(d->queue_view[index]);
	d->queue_view[index] = NULL;
}

static void finish_stop(struct cairn_vdev *d, uint16_t index)
{
	/* The other of DRAIN and CANCEL, or the start that was taken back. */
	if (is_stopping(d, index) || is_starting(d, index))
		return;
	cairn_bits_clear(d->started, index);
	unpin(d, index);
	if (d->state == CAIRN_VDEV_RUNNING && !any_started(d))
		d->state = CAIRN_VDEV_READY;
}

static void finish_start(struct cairn_vdev *d, uint16_t index, int status, bool cancelled)
{
	if (cancelled) {
		finish_stop(d, index);
		return;
	}
	if (status < 0) {
		unpin(d, index);
		return;
	}
	cairn_bits_set(d->started, index);
	if (d->state == CAIRN_VDEV_READY)
		d->state = CAIRN_VDEV_RUNNING;
}

static void finish_reset(struct cairn_vdev *d, int status)
{
	d->state = status < 0 ? CAIRN_VDEV_BROKEN : CAIRN_VDEV_NEW;
	if (status < 0)
		return;
	d->acked = 0;
	d->tell_broken = false;
}

/* The op has ended with status: the state follows. The record is free for the next op. */
static void finish(struct cairn_vdev *d, struct cairn_vdev_pending *p, int status)
{
	struct cairn_vdev_pending was = *p;

	*p = (struct cairn_vdev_pending){ .call = NULL };
	switch (was.op) {
	case CAIRN_VDEV_OP_SET_FEATURES:
		if (status < 0)
			break;
		d->acked = was.acked;
		if (d->state == CAIRN_VDEV_NEW)
			d->state = CAIRN_VDEV_READY;
		break;
	case CAIRN_VDEV_OP_QUEUE_START:
		finish_start(d, was.index, status, was.cancelled);
		break;
	case CAIRN_VDEV_OP_QUEUE_STOP:
		finish_stop(d, was.index);
		break;
	case CAIRN_VDEV_OP_RESET:
		finish_reset(d, status);
		break;
	case CAIRN_VDEV_OP_SET_VIEW:
		if (status >= 0)
			set_view(d, was.view);
		cairn_memview_put(was.view);
		break;
	default:
		break;
	}
}

static int check(const struct cairn_vdev *d, enum cairn_vdev_op op)
{
	if (!(allowed[d->state] & (1u << op)))
		return -EINVAL;
	if (d->pending.call || any_stopping(d))
		return -EBUSY;
	return 0;
}

/* The device has answered r to the op recorded in p. */
static int leave(struct cairn_vdev *d, struct cairn_vdev_pending *p, int r)
{
	d->depth--;
	if (r == CAIRN_PENDING)
		return r;
	assert(!p->completed); /* answered at once, and completed as well */
	finish(d, p, r);
	return r;
}

static void enter(struct cairn_vdev *d, struct cairn_vdev_pending *p,
		  const struct cairn_vdev_pending *op)
{
	*p = *op;
	d->depth++;
}

int cairn_vdev_set_features(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call)
{
	uint64_t offer = d->features | (d->host ? d->host->features : 0);
	struct cairn_vdev_pending op = { .call = call,
					 .op = CAIRN_VDEV_OP_SET_FEATURES,
					 .acked = acked };
	int r = check(d, op.op);

	if (r < 0)
		return r;
	if (acked & ~offer)
		return -EPROTO;
	enter(d, &d->pending, &op);
	return leave(d, &d->pending, d->ops->set_features(d, acked, call));
}

static int check_cfg(const struct cairn_vdev *d, const struct cairn_vq_cfg *cfg)
{
	if (cfg->index >= d->n_queues || cairn_bits_test(d->started, cfg->index))
		return -EINVAL;
	if (!cfg->size || cfg->size > d->queue_max[cfg->index])
		return -EINVAL;
	if (!cfg->loop || (cfg->loop != d->home && !(d->flags & CAIRN_VDEV_ANY_LOOP)))
		return -EINVAL;
	if ((d->flags & CAIRN_VDEV_WANTS_FDS) && cfg->call_fd < 0)
		return -EINVAL;
	if (!(d->acked & CAIRN_VIRTIO_F_RING_PACKED) && !cairn_is_pow2(cfg->size))
		return -EPROTO;
	return 0;
}

int cairn_vdev_queue_start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
			   struct cairn_vdev_call *call)
{
	struct cairn_vdev_pending op = { .call = call,
					 .op = CAIRN_VDEV_OP_QUEUE_START,
					 .index = cfg->index };
	int r = check(d, op.op);

	if (r == 0)
		r = check_cfg(d, cfg);
	if (r < 0)
		return r;
	/* The ring may run before the op returns: its memory is pinned before. */
	d->queue_view[cfg->index] = d->view ? cairn_memview_get(d->view) : NULL;
	enter(d, &d->pending, &op);
	return leave(d, &d->pending, d->ops->queue_start(d, cfg, call));
}

/* Only a CANCEL may overtake, and only a DRAIN or a start, once. */
static int check_stop(const struct cairn_vdev *d, uint16_t index, enum cairn_vq_stop how)
{
	if (index >= d->n_queues || how > CAIRN_VQ_CANCEL)
		return -EINVAL;
	if (is_starting(d, index) && how == CAIRN_VQ_CANCEL)
		return d->pending.cancelled ? -EBUSY : 0;
	if (!(allowed[d->state] & BIT(QUEUE_STOP)) || !cairn_bits_test(d->started, index))
		return -EINVAL;
	return d->stops[index][CAIRN_VQ_CANCEL].call || d->stops[index][how].call ? -EBUSY : 0;
}

int cairn_vdev_queue_stop(struct cairn_vdev *d, uint16_t index, enum cairn_vq_stop how,
			  struct cairn_vdev_call *call)
{
	struct cairn_vdev_pending op = { .call = call,
					 .op = CAIRN_VDEV_OP_QUEUE_STOP,
					 .index = index };
	int r = check_stop(d, index, how);

	if (r < 0)
		return r;
	if (is_starting(d, index))
		d->pending.cancelled = true;
	enter(d, &d->stops[index][how], &op);
	return leave(d, &d->stops[index][how], d->ops->queue_stop(d, index, how, call));
}

int cairn_vdev_queue_enable(struct cairn_vdev *d, uint16_t index, bool on)
{
	int r = check(d, CAIRN_VDEV_OP_QUEUE_ENABLE);

	if (r < 0)
		return r;
	if (index >= d->n_queues || !cairn_bits_test(d->started, index))
		return -EINVAL;
	if (!d->ops->queue_enable)
		return 0;
	d->depth++;
	r = d->ops->queue_enable(d, index, on);
	d->depth--;
	return r;
}

int cairn_vdev_reset(struct cairn_vdev *d, struct cairn_vdev_call *call)
{
	struct cairn_vdev_pending op = { .call = call, .op = CAIRN_VDEV_OP_RESET };
	int r = check(d, op.op);

	if (r < 0)
		return r;
	if (any_started(d))
		return -EINVAL;
	enter(d, &d->pending, &op);
	return leave(d, &d->pending, d->ops->reset ? d->ops->reset(d, call) : 0);
}

int cairn_vdev_config_write(struct cairn_vdev *d, uint16_t off, const uint8_t *src, uint16_t len,
			    struct cairn_vdev_call *call)
{
	struct cairn_vdev_pending op = { .call = call, .op = CAIRN_VDEV_OP_CONFIG_WRITE };
	int r = check(d, op.op);

	if (r < 0)
		return r;
	if (!len || !cairn_in_range(off, len, d->config_len))
		return -EINVAL;
	if (!d->ops->config_write || d->state == CAIRN_VDEV_BROKEN)
		return 0;
	enter(d, &d->pending, &op);
	return leave(d, &d->pending, d->ops->config_write(d, off, src, len, call));
}

int cairn_vdev_set_view(struct cairn_vdev *d, struct cairn_memview *v, enum cairn_view_change why,
			struct cairn_vdev_call *call)
{
	struct cairn_vdev_pending op = { .call = call, .op = CAIRN_VDEV_OP_SET_VIEW, .view = v };
	int r = check(d, op.op);

	if (r < 0)
		return r;
	if (!v || (why != CAIRN_VIEW_GROWN && any_started(d)))
		return -EINVAL;
	cairn_memview_get(v); /* until the op is done */
	enter(d, &d->pending, &op);
	return leave(d, &d->pending, d->ops->set_view ? d->ops->set_view(d, v, why, call) : 0);
}

bool cairn_vdev_queue_is_started(const struct cairn_vdev *d, uint16_t index)
{
	return index < d->n_queues && cairn_bits_test(d->started, index);
}

static struct cairn_vdev_pending *pending_of(struct cairn_vdev *d,
					     const struct cairn_vdev_call *call)
{
	if (d->pending.call == call)
		return &d->pending;
	for (uint16_t i = 0; i < d->n_queues; i++)
		for (size_t how = 0; how < CAIRN_ARRAY_LEN(d->stops[i]); how++)
			if (d->stops[i][how].call == call)
				return &d->stops[i][how];
	return NULL;
}

static void conclude(struct cairn_vdev *d, struct cairn_vdev_pending *p, int status)
{
	struct cairn_vdev_call *call = p->call;

	if (p->cancelled && status >= 0)
		status = -ECANCELED;
	finish(d, p, status);
	call->done(call, status); /* may enter the next op */
}

void cairn_vdev_complete(struct cairn_vdev *d, struct cairn_vdev_call *call, int status)
{
	struct cairn_vdev_pending *p = pending_of(d, call);

	assert(call && p && !p->completed);
	if (!d->depth) {
		conclude(d, p, status);
		return;
	}
	p->completed = true;
	p->status = status;
	cairn_timer_arm(d->home, &d->later, 0);
}

static void conclude_if_completed(struct cairn_vdev *d, struct cairn_vdev_pending *p)
{
	if (p->completed)
		conclude(d, p, p->status);
}

/* The next round: what was completed or broken inside an op is told now. */
void cairn_vdev_run_later_(struct cairn_timer *t)
{
	struct cairn_vdev *d = cairn_container_of(t, struct cairn_vdev, later);

	conclude_if_completed(d, &d->pending);
	for (uint16_t i = 0; i < d->n_queues; i++) {
		conclude_if_completed(d, &d->stops[i][CAIRN_VQ_DRAIN]);
		conclude_if_completed(d, &d->stops[i][CAIRN_VQ_CANCEL]);
	}
	if (!d->tell_broken)
		return;
	d->tell_broken = false;
	if (d->host)
		d->host->ops->broken(d->host, d->why);
}

void cairn_vdev_break(struct cairn_vdev *d, int why)
{
	if (d->state == CAIRN_VDEV_BROKEN)
		return;
	d->state = CAIRN_VDEV_BROKEN;
	d->tell_broken = true;
	d->why = why;
	cairn_timer_arm(d->home, &d->later, 0);
}

void cairn_vq_signal(const struct cairn_vq_cfg *cfg)
{
	uint64_t one = 1;

	if (cfg->call.fn)
		cairn_trigger_fire(&cfg->call);
	else if (cfg->call_fd >= 0)
		(void)!write(cfg->call_fd, &one, sizeof(one)); /* full: already signalled */
}
