/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * steps.c - the order in which the device is asked. A job is a set of steps, taken from the lowest
 * bit up; each is entered when nothing is pending any more, and run() goes on from completions.
 * While a job is under way no request is read; when the connection ends meanwhile, rings that are
 * being drained or started are cancelled, and JOB_LEAVE follows. So they are when the device
 * breaks. A device that has not answered for as long as it may ends the connection: what a CANCEL
 * abandons is lost, so the front end must not go on as if it had been drained.
 */
#include "backend.h"

static void stop_ended(struct ring *r, const struct cairn_vdev_call *call)
{
	r->base = call->pos.avail;
	r->started = false;
}

static void stop_done(struct ring *r, struct cairn_vdev_call *call)
{
	r->b->n_pending--;
	stop_ended(r, call);
	cairn_vub_steps_run_(r->b);
}

static void on_drained(struct cairn_vdev_call *call, int status)
{
	struct ring *r = cairn_container_of(call, struct ring, drain_call);

	r->draining = r->cancelled = false;
	stop_done(r, call);
}

static void on_cancelled(struct cairn_vdev_call *call, int status)
{
	struct ring *r = cairn_container_of(call, struct ring, cancel_call);

	r->cancelling = false;
	stop_done(r, call);
}

/* A ring is stopped whatever the status is. */
static void stop_ring(struct ring *r, bool cancel)
{
	struct cairn_vdev_call *call = cancel ? &r->cancel_call : &r->drain_call;
	bool *flag = cancel ? &r->cancelling : &r->draining;

	*call = (struct cairn_vdev_call){ .done = cancel ? on_cancelled : on_drained };
	*flag = true;
	if (cairn_vdev_queue_stop(r->b->vdev, r->index, cancel ? CAIRN_VQ_CANCEL : CAIRN_VQ_DRAIN,
				  call) == CAIRN_PENDING) {
		r->b->n_pending++;
		return;
	}
	*flag = false;
	stop_ended(r, call);
}

/* What may be overtaken is. */
static void overtake(struct cairn_virtio_vhost_user *b)
{
	for (uint16_t i = 0; i < b->vdev->n_queues; i++) {
		struct ring *r = &b->rings[i];

		if (r->cancelled || (!r->draining && r != b->starting))
			continue;
		r->cancelled = true;
		stop_ring(r, true);
	}
}

static void stop_rings(struct cairn_virtio_vhost_user *b)
{
	for (uint16_t i = 0; i < b->vdev->n_queues; i++)
		if (b->stops >> i & 1 && b->rings[i].started)
			stop_ring(&b->rings[i], b->cancel);
	if (!b->n_pending)
		b->steps &= ~(uint32_t)STEP_STOP;
}

static const char *step_what(uint32_t step)
{
	switch (step) {
	case STEP_RESET:
		return "the device does not reset";
	case STEP_FEATURES:
		return "the device refuses these features";
	case STEP_CONFIG:
		return "the device refuses this configuration";
	default:
		return "the device refuses this memory";
	}
}

/* A step that is one op of the device has ended. Whatever failed, rings go on. */
static void op_ended(struct cairn_virtio_vhost_user *b, uint32_t step, int status)
{
	b->steps &= ~step;
	if (status < 0 && b->status == 0) {
		b->status = status;
		(void)cairn_err_set(&b->err, -status, step_what(step), 0);
	}
	if (status < 0 && b->job != JOB_LEAVE)
		b->steps &= STEP_START;
	if (step != STEP_VIEW || status < 0)
		return;
	cairn_vub_memory_commit_(b);
	for (uint16_t i = 0; i < b->vdev->n_queues; i++)
		b->rings[i].failed = false; /* perhaps they lie inside it now */
}

static void start_ended(struct cairn_virtio_vhost_user *b, int status)
{
	struct ring *r = b->starting;

	b->starting = NULL;
	r->cancelled = false;
	r->started = status >= 0;
	if (status >= 0 || b->leaving) /* one that was overtaken is not news */
		return;
	cairn_vub_conn_tell_(b, "ring", &b->start_err);
	cairn_vub_ring_fail_(r);
}

static void start_next(struct cairn_virtio_vhost_user *b)
{
	uint16_t i = 0;
	int r;

	while (i < b->vdev->n_queues && !cairn_vub_ring_can_start_(&b->rings[i]))
		i++;
	if (b->leaving || i == b->vdev->n_queues) {
		b->steps &= ~(uint32_t)STEP_START;
		return;
	}
	b->starting = &b->rings[i];
	r = cairn_vub_ring_start_(b->starting);
	if (r == CAIRN_PENDING)
		b->n_pending++;
	else
		start_ended(b, r);
}

static int enter_op(struct cairn_virtio_vhost_user *b, uint32_t step)
{
	switch (step) {
	case STEP_RESET:
		return cairn_vdev_reset(b->vdev, &b->call);
	case STEP_FEATURES:
		return cairn_vdev_set_features(b->vdev, b->msg.u64 & ~CAIRN_VHOST_USER_F_PROTOCOL,
					       &b->call);
	case STEP_CONFIG:
		return cairn_vdev_config_write(b->vdev, (uint16_t)b->msg.config.offset,
					       b->msg.config.bytes,
					       (uint16_t)b->msg.config.len_bytes, &b->call);
	default:
		return cairn_vdev_set_view(b->vdev, cairn_vub_memory_next_view_(b),
					   CAIRN_VIEW_REPLACED, &b->call);
	}
}

static void take_step(struct cairn_virtio_vhost_user *b)
{
	uint32_t step = b->steps & -b->steps;
	int r;

	if (step == STEP_STOP) {
		stop_rings(b);
	} else if (step == STEP_START) {
		start_next(b);
	} else if (step == STEP_APPLY) {
		b->steps &= ~step;
		cairn_vub_request_apply_(b);
	} else {
		r = enter_op(b, step);
		if (r == CAIRN_PENDING)
			b->n_pending++;
		else
			op_ended(b, step, r);
	}
}

/* Of every op but queue_stop. */
static void on_done(struct cairn_vdev_call *call, int status)
{
	struct cairn_virtio_vhost_user *b =
	    cairn_container_of(call, struct cairn_virtio_vhost_user, call);

	b->n_pending--;
	if (b->starting && status < 0)
		(void)cairn_err_set(&b->start_err, -status, "the device does not start the ring",
				    b->starting->index);
	if (b->starting)
		start_ended(b, status);
	else
		op_ended(b, b->steps & -b->steps, status);
	cairn_vub_steps_run_(b);
}

static void set_job(struct cairn_virtio_vhost_user *b, enum job job, uint32_t steps)
{
	b->job = job;
	b->steps = steps;
	b->status = 0;
	b->call.done = on_done;
}

static void set_job_for_all(struct cairn_virtio_vhost_user *b, enum job job, uint32_t steps)
{
	b->stops = UINT64_MAX;
	b->cancel = true;
	set_job(b, job, STEP_STOP | steps);
}

static void finish(struct cairn_virtio_vhost_user *b)
{
	enum job was = b->job;

	b->job = JOB_NONE;
	cairn_vub_memory_forget_next_(b);
	if (was == JOB_LEAVE) {
		b->broke = false;
		cairn_vub_conn_gone_(b);
		return;
	}
	if (was == JOB_REQUEST)
		cairn_vub_conn_answer_(b);
	if (b->leaving) {
		set_job_for_all(b, JOB_LEAVE, STEP_RESET);
		if (cairn_vub_memory_none_(b) == 0)
			b->steps |= STEP_VIEW;
	} else if (b->broke) {
		b->broke = false;
		set_job_for_all(b, JOB_BREAK, 0);
	} else {
		cairn_vub_conn_listen_(b);
	}
}

static void be_patient(struct cairn_virtio_vhost_user *b)
{
	if (b->patience_ns)
		cairn_timer_arm(b->vdev->home, &b->patience, b->patience_ns);
}

void cairn_vub_steps_run_(struct cairn_virtio_vhost_user *b)
{
	if (b->running)
		return;
	b->running = true;
	while (b->job != JOB_NONE && !b->n_pending) {
		if (b->steps)
			take_step(b);
		else
			finish(b);
	}
	b->running = false;
	if (!b->n_pending)
		cairn_timer_disarm(&b->patience);
	else
		be_patient(b);
}

void cairn_vub_steps_late_(struct cairn_timer *t)
{
	struct cairn_virtio_vhost_user *b =
	    cairn_container_of(t, struct cairn_virtio_vhost_user, patience);

	if (b->leaving) {
		cairn_vub_conn_hung_(b);
		return;
	}
	be_patient(b);
	cairn_vub_conn_give_up_(b);
}

void cairn_vub_steps_begin_(struct cairn_virtio_vhost_user *b, enum job job, uint32_t steps)
{
	set_job(b, job, steps | STEP_START);
	cairn_vub_steps_run_(b);
}

void cairn_vub_steps_leave_(struct cairn_virtio_vhost_user *b)
{
	if (b->leaving)
		return;
	b->leaving = true;
	if (b->job == JOB_NONE)
		cairn_vub_steps_begin_(b, JOB_KICK, 0); /* ends at once; then all is taken apart */
	else
		overtake(b);
}

void cairn_vub_steps_broken_(struct cairn_virtio_vhost_user *b)
{
	b->broke = true;
	for (uint16_t i = 0; i < b->vdev->n_queues; i++) {
		b->rings[i].wanted = false;
		cairn_vub_ring_fail_(&b->rings[i]);
	}
	if (b->job == JOB_NONE)
		cairn_vub_steps_begin_(b, JOB_KICK, 0);
	else
		overtake(b);
}
