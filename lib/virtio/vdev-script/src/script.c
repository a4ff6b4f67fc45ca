/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* script.c - a device that answers as told. */
#include <cairn/vdev_script.h>

#include <assert.h>
#include <sys/epoll.h>
#include <unistd.h>

static struct cairn_vdev_script *to_script(struct cairn_vdev *d)
{
	return cairn_container_of(d, struct cairn_vdev_script, vdev);
}

static void hold(struct cairn_vdev_script *s, enum cairn_vdev_op op, uint16_t index,
		 enum cairn_vq_stop how, struct cairn_vdev_call *call)
{
	bool later = s->answer[op] == CAIRN_VDEV_SCRIPT_LATER;
	size_t i = 0;

	while (i < CAIRN_VDEV_SCRIPT_CALLS && s->held[i].call)
		i++;
	assert(i < CAIRN_VDEV_SCRIPT_CALLS);
	s->held[i].call = call;
	s->held[i].op = op;
	s->held[i].index = index;
	s->held[i].how = how;
	s->held[i].later = later;
	if (later)
		cairn_timer_arm(s->vdev.home, &s->timer, 0);
}

static void complete(struct cairn_vdev_script *s, size_t i, int status)
{
	struct cairn_vdev_call *call = s->held[i].call;

	s->held[i].call = NULL;
	if (s->held[i].op == CAIRN_VDEV_OP_QUEUE_STOP)
		call->pos = s->stop_pos;
	if (s->held[i].op == CAIRN_VDEV_OP_QUEUE_START && status < 0) {
		s->queues[s->held[i].index].running = false;
		cairn_watch_remove(&s->queues[s->held[i].index].watch);
	}
	cairn_vdev_complete(&s->vdev, call, status);
}

static void on_timer(struct cairn_timer *t)
{
	struct cairn_vdev_script *s = cairn_container_of(t, struct cairn_vdev_script, timer);

	for (size_t i = 0; i < CAIRN_VDEV_SCRIPT_CALLS; i++)
		if (s->held[i].call && s->held[i].later)
			complete(s, i, s->status[s->held[i].op]);
}

static int answer(struct cairn_vdev_script *s, enum cairn_vdev_op op, uint16_t index,
		  enum cairn_vq_stop how, struct cairn_vdev_call *call)
{
	s->entered[op]++;
	if (s->meanwhile)
		s->meanwhile(s, op);
	switch (s->answer[op]) {
	case CAIRN_VDEV_SCRIPT_LATER:
	case CAIRN_VDEV_SCRIPT_HELD:
		hold(s, op, index, how, call);
		return CAIRN_PENDING;
	case CAIRN_VDEV_SCRIPT_INSIDE:
		cairn_vdev_complete(&s->vdev, call, s->status[op]);
		return CAIRN_PENDING;
	case CAIRN_VDEV_SCRIPT_DIES:
		cairn_vdev_break(&s->vdev, -EIO);
		return op == CAIRN_VDEV_OP_QUEUE_STOP ? 0 : -EIO;
	default:
		return s->status[op];
	}
}

static int script_set_features(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call)
{
	to_script(d)->acked = acked;
	return answer(to_script(d), CAIRN_VDEV_OP_SET_FEATURES, 0, 0, call);
}

static void on_kick(struct cairn_watch *w, uint32_t events)
{
	struct cairn_vdev_script_queue *q =
	    cairn_container_of(w, struct cairn_vdev_script_queue, watch);
	uint64_t n;

	if (read(w->fd, &n, sizeof(n)) == sizeof(n))
		q->kicks++;
}

static int script_queue_start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
			      struct cairn_vdev_call *call)
{
	struct cairn_vdev_script *s = to_script(d);
	struct cairn_vdev_script_queue *q = &s->queues[cfg->index];
	int r;

	*q = (struct cairn_vdev_script_queue){ .owner = s, .cfg = *cfg, .watch.fn = on_kick };
	r = answer(s, CAIRN_VDEV_OP_QUEUE_START, cfg->index, 0, call);
	if (r < 0)
		return r;
	q->running = true;
	if (cfg->kick_fd >= 0 && cairn_loop_watch(cfg->loop, &q->watch, cfg->kick_fd, EPOLLIN) < 0)
		return -EIO;
	return r;
}

/* A CANCEL that overtakes ends both; where it is held, the other is held too. */
static void give_up(struct cairn_vdev_script *s, uint16_t index)
{
	if (s->answer[CAIRN_VDEV_OP_QUEUE_STOP] == CAIRN_VDEV_SCRIPT_HELD)
		return;
	for (size_t i = 0; i < CAIRN_VDEV_SCRIPT_CALLS; i++) {
		enum cairn_vdev_op op = s->held[i].op;

		if (s->held[i].call && s->held[i].index == index &&
		    (op == CAIRN_VDEV_OP_QUEUE_START ||
		     (op == CAIRN_VDEV_OP_QUEUE_STOP && s->held[i].how == CAIRN_VQ_DRAIN)))
			complete(s, i, -ECANCELED);
	}
}

static int script_queue_stop(struct cairn_vdev *d, uint16_t index, enum cairn_vq_stop how,
			     struct cairn_vdev_call *call)
{
	struct cairn_vdev_script *s = to_script(d);

	s->last_how = how;
	s->queues[index].running = false;
	cairn_watch_remove(&s->queues[index].watch);
	call->pos = s->stop_pos;
	if (how == CAIRN_VQ_CANCEL)
		give_up(s, index);
	return answer(s, CAIRN_VDEV_OP_QUEUE_STOP, index, how, call);
}

static int script_queue_enable(struct cairn_vdev *d, uint16_t index, bool on)
{
	struct cairn_vdev_script *s = to_script(d);

	s->entered[CAIRN_VDEV_OP_QUEUE_ENABLE]++;
	s->last_on = on;
	return s->status[CAIRN_VDEV_OP_QUEUE_ENABLE];
}

static int script_reset(struct cairn_vdev *d, struct cairn_vdev_call *call)
{
	return answer(to_script(d), CAIRN_VDEV_OP_RESET, 0, 0, call);
}

static int script_config_write(struct cairn_vdev *d, uint16_t off, const uint8_t *src, uint16_t len,
			       struct cairn_vdev_call *call)
{
	struct cairn_vdev_script *s = to_script(d);

	s->config_off = off;
	s->config_len = len;
	memcpy(s->config, src, cairn_min_u64(len, sizeof(s->config)));
	cairn_vdev_config_publish(d, off, src, len);
	return answer(s, CAIRN_VDEV_OP_CONFIG_WRITE, 0, 0, call);
}

static int script_set_view(struct cairn_vdev *d, struct cairn_memview *v,
			   enum cairn_view_change why, struct cairn_vdev_call *call)
{
	return answer(to_script(d), CAIRN_VDEV_OP_SET_VIEW, 0, 0, call);
}

static void script_fini(struct cairn_vdev *d)
{
	struct cairn_vdev_script *s = to_script(d);

	cairn_timer_disarm(&s->timer);
	s->finished++;
}

static const struct cairn_vdev_ops script_ops = {
	.size = sizeof(script_ops),
	.set_features = script_set_features,
	.queue_start = script_queue_start,
	.queue_stop = script_queue_stop,
	.queue_enable = script_queue_enable,
	.reset = script_reset,
	.config_write = script_config_write,
	.set_view = script_set_view,
	.fini = script_fini,
};

int cairn_vdev_script_init(struct cairn_vdev_script *s, const struct cairn_vdev_script_desc *desc)
{
	memset(s, 0, sizeof(*s));
	s->timer.fn = on_timer;
	return cairn_vdev_init(&s->vdev, &(struct cairn_vdev_desc){
					     .ops = &script_ops,
					     .home = desc->home,
					     .features = desc->features,
					     .type = CAIRN_VDEV_SCRIPT_TYPE,
					     .flags = desc->flags,
					     .n_queues = desc->n_queues,
					     .config_len = desc->config_len,
					     .queue_max = desc->queue_max,
					 });
}

unsigned int cairn_vdev_script_release(struct cairn_vdev_script *s, enum cairn_vdev_op op)
{
	unsigned int n = 0;
	bool was_held[CAIRN_VDEV_SCRIPT_CALLS];

	for (size_t i = 0; i < CAIRN_VDEV_SCRIPT_CALLS; i++)
		was_held[i] = s->held[i].call && s->held[i].op == op;
	/* done() may enter ops that are held again: those stay. */
	for (size_t i = 0; i < CAIRN_VDEV_SCRIPT_CALLS; i++) {
		if (!was_held[i] || !s->held[i].call)
			continue;
		complete(s, i, s->status[op]);
		n++;
	}
	return n;
}

void cairn_vdev_script_signal(struct cairn_vdev_script *s, uint16_t index)
{
	if (s->queues[index].running)
		cairn_vq_signal(&s->queues[index].cfg);
}

void cairn_vdev_script_config(struct cairn_vdev_script *s, uint16_t off, uint8_t value)
{
	cairn_vdev_config_publish(&s->vdev, off, &value, 1);
	if (s->vdev.host)
		s->vdev.host->ops->config_changed(s->vdev.host);
}
