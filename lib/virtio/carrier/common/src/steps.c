/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * steps.c - from what the registers ask for to what the device is told. One function decides
 * (pick), one enters the op (begin), one draws the conclusion (end); queue_stop, of which several
 * may be pending, goes by stop_queues() and stopped(). All on the home loop.
 */
#include "carrier.h"

#include <unistd.h>

struct step {
	enum cairn_vdev_op op;
	uint16_t index;
	uint64_t acked;
	struct cairn_vq_cfg cfg;
	const struct cairn_carrier_write *write;
};

static void on_trigger(void *ctx)
{
	struct cairn_carrier_queue *q = ctx;

	q->carrier->ops->queue_signal(q->carrier, q->index);
}

static struct cairn_vq_cfg cfg_of(const struct cairn_carrier *c, struct cairn_carrier_queue *q)
{
	return (struct cairn_vq_cfg){
		.index = q->index,
		.size = q->size,
		.desc = cairn_gpa_of(q->addr[CAIRN_CARRIER_DESC]),
		.driver = cairn_gpa_of(q->addr[CAIRN_CARRIER_DRIVER]),
		.device = cairn_gpa_of(q->addr[CAIRN_CARRIER_DEVICE]),
		.pos = q->pos,
		.kick_fd = q->kick_fd,
		.call_fd = q->call_fd,
		.call = { .fn = on_trigger, .ctx = q },
		.loop = c->vdev->home,
		.enabled = true,
	};
}

/* A queue that should run and does not. NULL: none. */
static struct cairn_carrier_queue *pick_start(struct cairn_carrier *c)
{
	if (!(c->status & CAIRN_VIRTIO_DRIVER_OK) || c->paused || c->broken)
		return NULL;
	for (uint16_t i = 0; i < c->vdev->n_queues; i++) {
		struct cairn_carrier_queue *q = &c->queues[i];

		if (q->enabled && !q->started)
			return q;
	}
	return NULL;
}

/* Under the lock, no op and no stop pending: the next op. */
static struct step pick(struct cairn_carrier *c)
{
	struct cairn_carrier_queue *q;

	if (c->gone)
		return (struct step){ .op = CAIRN_VDEV_OP_NONE };
	if (c->want_reset)
		return (struct step){ .op = CAIRN_VDEV_OP_RESET };
	if (c->want_view)
		return (struct step){ .op = CAIRN_VDEV_OP_SET_VIEW };
	if (c->want_features)
		return (struct step){ .op = CAIRN_VDEV_OP_SET_FEATURES, .acked = c->acked };
	if (c->n_written != c->n_done)
		return (struct step){ .op = CAIRN_VDEV_OP_CONFIG_WRITE,
				      .write = &c->writes[c->n_done % CAIRN_CARRIER_MAX_WRITES] };
	q = pick_start(c);
	if (q)
		return (struct step){ .op = CAIRN_VDEV_OP_QUEUE_START,
				      .index = q->index,
				      .cfg = cfg_of(c, q) };
	return (struct step){ .op = CAIRN_VDEV_OP_NONE };
}

static void drain_kicks(struct cairn_carrier *c)
{
	uint64_t n;

	for (uint16_t i = 0; i < c->vdev->n_queues; i++)
		(void)!read(c->queues[i].kick_fd, &n, sizeof(n));
}

static bool is_starting(const struct cairn_carrier *c, const struct cairn_carrier_queue *q)
{
	return c->op == CAIRN_VDEV_OP_QUEUE_START && c->op_index == q->index;
}

/* One of the ops by which the device has a part in q is over, and it is perhaps the last. */
static void let_go(struct cairn_carrier_queue *q)
{
	struct cairn_carrier *c = q->carrier;

	if (q->stops || is_starting(c, q))
		return;
	q->started = q->draining = q->cancelling = false;
	pthread_mutex_lock(&c->lock);
	cairn_carrier_queue_disabled_(q);
	pthread_mutex_unlock(&c->lock);
}

static void end_start(struct cairn_carrier *c, struct cairn_carrier_queue *q, int status)
{
	if (q->cancelling) { /* it was overtaken; that is nobody's fault */
		let_go(q);
		return;
	}
	if (status >= 0) {
		q->started = true;
		return;
	}
	let_go(q);
	cairn_carrier_break(c);
}

static void end_features(struct cairn_carrier *c, int status)
{
	bool broken;

	pthread_mutex_lock(&c->lock);
	c->want_features = false;
	if (status < 0)
		c->status &= (uint8_t) ~(CAIRN_VIRTIO_FEATURES_OK | CAIRN_VIRTIO_DRIVER_OK);
	broken = status < 0 && c->promised;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	if (broken)
		cairn_carrier_break(c);
}

static void end_reset(struct cairn_carrier *c, int status)
{
	drain_kicks(c);
	pthread_mutex_lock(&c->lock);
	cairn_carrier_fresh_(c);
	c->want_reset = false;
	if (c->wish_op == CAIRN_VDEV_OP_RESET)
		c->wish_status = status;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

static void end_config_write(struct cairn_carrier *c)
{
	pthread_mutex_lock(&c->lock);
	c->n_done++;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

static void end_view(struct cairn_carrier *c, int status)
{
	cairn_memview_put(c->view);
	c->view = NULL;
	c->want_view = false;
	c->wish_status = status;
}

/* The op is over. */
static void end(struct cairn_carrier *c, int status)
{
	enum cairn_vdev_op op = c->op;

	c->op = CAIRN_VDEV_OP_NONE;
	switch (op) {
	case CAIRN_VDEV_OP_RESET:
		end_reset(c, status);
		break;
	case CAIRN_VDEV_OP_SET_VIEW:
		end_view(c, status);
		break;
	case CAIRN_VDEV_OP_SET_FEATURES:
		end_features(c, status);
		break;
	case CAIRN_VDEV_OP_CONFIG_WRITE:
		end_config_write(c); /* a device that minds has broken down by itself */
		break;
	default:
		end_start(c, &c->queues[c->op_index], status);
		break;
	}
}

static void on_done(struct cairn_vdev_call *call, int status)
{
	struct cairn_carrier *c = cairn_container_of(call, struct cairn_carrier, vdev_call);

	end(c, status);
	cairn_carrier_run_(c);
}

static int enter(struct cairn_carrier *c, const struct step *s)
{
	struct cairn_vdev_call *call = &c->vdev_call;

	switch (s->op) {
	case CAIRN_VDEV_OP_RESET:
		return cairn_vdev_reset(c->vdev, call);
	case CAIRN_VDEV_OP_SET_VIEW:
		return cairn_vdev_set_view(c->vdev, c->view, c->view_why, call);
	case CAIRN_VDEV_OP_SET_FEATURES:
		return cairn_vdev_set_features(c->vdev, s->acked, call);
	case CAIRN_VDEV_OP_CONFIG_WRITE:
		return cairn_vdev_config_write(c->vdev, s->write->off, s->write->data,
					       s->write->len, call);
	default:
		return cairn_vdev_queue_start(c->vdev, &s->cfg, call);
	}
}

static void begin(struct cairn_carrier *c, const struct step *s)
{
	int r;

	c->op = s->op;
	c->op_index = s->index;
	c->vdev_call = (struct cairn_vdev_call){ .done = on_done };
	r = enter(c, s);
	if (r != CAIRN_PENDING)
		end(c, r);
}

/* One queue_stop of q is over; call has the position. */
static void stopped(struct cairn_carrier_queue *q, const struct cairn_vdev_call *call)
{
	struct cairn_carrier *c = q->carrier;

	c->n_stops--;
	q->stops--;
	q->pos = call->pos;
	let_go(q);
}

static void on_drained(struct cairn_vdev_call *call, int status)
{
	struct cairn_carrier_queue *q =
	    cairn_container_of(call, struct cairn_carrier_queue, drain_call);

	stopped(q, call); /* whatever the status: a stop always ends */
	cairn_carrier_run_(q->carrier);
}

static void on_cancelled(struct cairn_vdev_call *call, int status)
{
	struct cairn_carrier_queue *q =
	    cairn_container_of(call, struct cairn_carrier_queue, cancel_call);

	stopped(q, call);
	cairn_carrier_run_(q->carrier);
}

static void stop_queue(struct cairn_carrier_queue *q, enum cairn_vq_stop how)
{
	struct cairn_carrier *c = q->carrier;
	struct cairn_vdev_call *call = how == CAIRN_VQ_DRAIN ? &q->drain_call : &q->cancel_call;

	*call =
	    (struct cairn_vdev_call){ .done = how == CAIRN_VQ_DRAIN ? on_drained : on_cancelled };
	q->draining |= how == CAIRN_VQ_DRAIN;
	q->cancelling |= how == CAIRN_VQ_CANCEL;
	q->stops++;
	c->n_stops++;
	if (cairn_vdev_queue_stop(c->vdev, q->index, how, call) != CAIRN_PENDING)
		stopped(q, call);
}

/* Under the lock: the queues (bit sets) to be stopped now, one way or the other. */
static void pick_stops(struct cairn_carrier *c, uint64_t *ret_drain, uint64_t *ret_cancel)
{
	bool cancel = c->want_reset || c->broken || (c->gone && c->gone_how == CAIRN_VQ_CANCEL);
	bool drain = c->paused || c->gone;

	*ret_drain = *ret_cancel = 0;
	for (uint16_t i = 0; i < c->vdev->n_queues; i++) {
		const struct cairn_carrier_queue *q = &c->queues[i];

		if ((!q->started && !is_starting(c, q)) || q->cancelling)
			continue;
		if (cancel)
			*ret_cancel |= UINT64_C(1) << i;
		else if (q->started && !q->draining && (drain || q->want_stop))
			*ret_drain |= UINT64_C(1) << i;
	}
}

static void stop_queues(struct cairn_carrier *c, uint64_t drain, uint64_t cancel)
{
	for (uint16_t i = 0; i < c->vdev->n_queues; i++) {
		if (cancel >> i & 1)
			stop_queue(&c->queues[i], CAIRN_VQ_CANCEL);
		else if (drain >> i & 1)
			stop_queue(&c->queues[i], CAIRN_VQ_DRAIN);
	}
}

/*
 * Returns false when there is nothing to enter now. Stops and op are decided at one moment: between
 * two, a vCPU could ask for a reset that the op would be, and the queues would go on.
 */
static bool step(struct cairn_carrier *c)
{
	struct step s = { .op = CAIRN_VDEV_OP_NONE };
	uint64_t drain, cancel;

	pthread_mutex_lock(&c->lock);
	pick_stops(c, &drain, &cancel);
	if (!drain && !cancel && c->op == CAIRN_VDEV_OP_NONE && !c->n_stops)
		s = pick(c);
	if (s.op == CAIRN_VDEV_OP_QUEUE_START)
		c->queues[s.index].is_idle = false;
	pthread_mutex_unlock(&c->lock);
	stop_queues(c, drain, cancel);
	if (s.op != CAIRN_VDEV_OP_NONE)
		begin(c, &s);
	return drain || cancel || s.op != CAIRN_VDEV_OP_NONE;
}

static bool is_settled(struct cairn_carrier *c)
{
	uint64_t drain, cancel;
	bool yes;

	pthread_mutex_lock(&c->lock);
	pick_stops(c, &drain, &cancel);
	yes = c->op == CAIRN_VDEV_OP_NONE && !c->n_stops && !drain && !cancel &&
	      pick(c).op == CAIRN_VDEV_OP_NONE && !(c->gone && c->posted);
	pthread_mutex_unlock(&c->lock);
	return yes;
}

void cairn_carrier_tell_(struct cairn_timer *t)
{
	struct cairn_carrier *c = cairn_container_of(t, struct cairn_carrier, tell);
	struct cairn_carrier_call *call = c->wish;

	if (!call || !is_settled(c)) /* something came in between: run() will arm again */
		return;
	c->wish = NULL;
	call->done(call, c->wish_status < 0 ? c->wish_status : 0); /* c may be gone */
}

/* Never entered from inside itself: a vdev tells its news outside of its ops only. */
void cairn_carrier_run_(struct cairn_carrier *c)
{
	while (step(c))
		;
	if (c->wish && is_settled(c))
		cairn_timer_arm(c->vdev->home, &c->tell, 0);
}

void cairn_carrier_woken_(struct cairn_call *call)
{
	struct cairn_carrier *c = cairn_container_of(call, struct cairn_carrier, wake);

	pthread_mutex_lock(&c->lock);
	c->posted = false;
	pthread_mutex_unlock(&c->lock);
	cairn_carrier_run_(c);
}
