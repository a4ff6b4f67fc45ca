/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* rig.c - a carrier that only a test can love. */
#include <cairn/virtio_rig.h>

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 10000

static struct cairn_virtio_rig *to_rig(struct cairn_vdev_host *h)
{
	return cairn_container_of(h, struct cairn_virtio_rig, host);
}

static void on_config_changed(struct cairn_vdev_host *h)
{
	to_rig(h)->n_config_changed++;
}

static void on_broken(struct cairn_vdev_host *h, int why)
{
	to_rig(h)->n_broken++;
	to_rig(h)->broken_why = why;
}

static const struct cairn_vdev_host_ops host_ops = {
	.size = sizeof(host_ops),
	.config_changed = on_config_changed,
	.broken = on_broken,
};

static int make_view(struct cairn_virtio_rig *rig)
{
	struct cairn_memview_part parts[CAIRN_VIRTQ_MOCK_MAX_REGIONS];
	uint8_t *base = cairn_mapping_host(rig->mapping);

	for (size_t i = 0; i < rig->ram.mem.n_regions; i++) {
		const struct cairn_mem_region *r = &rig->ram.regions[i];

		parts[i] = (struct cairn_memview_part){
			.at = r->at,
			.mapping = rig->mapping,
			.offset = (uint64_t)((uint8_t *)r->host - base),
			.len_bytes = r->len_bytes,
		};
	}
	return cairn_memview_new(parts, rig->ram.mem.n_regions, &rig->view, NULL);
}

int cairn_virtio_rig_open(struct cairn_virtio_rig *rig, uint64_t bytes, size_t n_regions)
{
	int r;

	memset(rig, 0, sizeof(*rig));
	rig->host.ops = &host_ops;
	for (int i = 0; i < CAIRN_VIRTIO_RIG_QUEUES; i++)
		rig->queues[i].kick_fd = -1;
	r = cairn_loop_new(&rig->loop);
	if (r == 0)
		r = cairn_mapping_new(bytes, &rig->mapping, NULL);
	if (r == 0)
		r = cairn_virtq_mock_ram_init(&rig->ram, cairn_mapping_host(rig->mapping), bytes,
					      n_regions);
	if (r == 0)
		r = make_view(rig);
	for (int i = 0; r == 0 && i < CAIRN_VIRTIO_RIG_QUEUES; i++) {
		rig->queues[i].kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (rig->queues[i].kick_fd < 0)
			r = -errno;
	}
	return r;
}

void cairn_virtio_rig_close(struct cairn_virtio_rig *rig)
{
	for (int i = 0; i < CAIRN_VIRTIO_RIG_QUEUES; i++)
		if (rig->queues[i].kick_fd >= 0)
			close(rig->queues[i].kick_fd);
	cairn_memview_put(rig->view);
	cairn_mapping_put(rig->mapping);
	cairn_loop_free(rig->loop);
}

static void never_done(struct cairn_vdev_call *call, int status)
{
}

/* For ops that the devices tested here answer at once. */
static struct cairn_vdev_call at_once = { .done = never_done };

int cairn_virtio_rig_attach(struct cairn_virtio_rig *rig, struct cairn_vdev *d, uint64_t features)
{
	int r;

	rig->vdev = d;
	cairn_vdev_attach(d, &rig->host);
	r = cairn_vdev_set_view(d, rig->view, CAIRN_VIEW_REPLACED, &at_once);
	return r ? r : cairn_vdev_set_features(d, features, &at_once);
}

int cairn_virtio_rig_detach(struct cairn_virtio_rig *rig)
{
	int r = 0;

	for (uint16_t i = 0; r == 0 && i < CAIRN_VIRTIO_RIG_QUEUES; i++)
		if (cairn_vdev_queue_is_started(rig->vdev, i))
			r = cairn_virtio_rig_stop(rig, i, CAIRN_VQ_CANCEL);
	if (r == 0)
		r = cairn_vdev_reset(rig->vdev, &at_once);
	cairn_vdev_attach(rig->vdev, NULL);
	return r;
}

static void on_signal(void *ctx)
{
	__atomic_add_fetch((uint32_t *)ctx, 1, __ATOMIC_RELAXED);
}

static void on_started(struct cairn_vdev_call *call, int status)
{
	struct cairn_virtio_rig_queue *q =
	    cairn_container_of(call, struct cairn_virtio_rig_queue, start_call);

	q->start_pending = false;
	q->start_status = status;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* By the clock: a round in which nothing ran may also be one that was woken for what an earlier
 * round had done already. */
static int wait_while(struct cairn_virtio_rig *rig, const bool *pending)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (*pending) {
		int64_t left = end - now_ms();
		int r = left > 0 ? cairn_loop_dispatch(rig->loop, (int)left) : -ETIMEDOUT;

		if (r < 0)
			return r;
	}
	return 0;
}

int cairn_virtio_rig_start_on(struct cairn_virtio_rig *rig, uint16_t i, uint16_t size,
			      struct cairn_loop *loop)
{
	struct cairn_virtio_rig_queue *q = &rig->queues[i];
	int r = cairn_virtq_mock_init(&q->mock, &rig->ram, size, rig->vdev->acked);
	struct cairn_vq_cfg cfg = {
		.index = i,
		.size = size,
		.desc = q->mock.desc_at,
		.driver = q->mock.driver_at,
		.device = q->mock.device_at,
		.kick_fd = q->kick_fd,
		.call_fd = -1,
		.call = { on_signal, &q->n_signals },
		.loop = loop,
		.enabled = true,
	};

	if (r < 0)
		return r;
	q->n_signals = 0;
	q->start_call.done = on_started;
	q->start_pending = true;
	r = cairn_vdev_queue_start(rig->vdev, &cfg, &q->start_call);
	if (r != CAIRN_PENDING)
		return r;
	r = wait_while(rig, &q->start_pending);
	return r ? r : q->start_status;
}

int cairn_virtio_rig_start(struct cairn_virtio_rig *rig, uint16_t i, uint16_t size)
{
	return cairn_virtio_rig_start_on(rig, i, size, rig->loop);
}

static void stopped(struct cairn_virtio_rig_queue *q, enum cairn_vq_stop how, int status)
{
	q->stop_pending[how] = false;
	q->stop_status[how] = status;
	q->pos = q->stop_calls[how].pos;
}

static void on_drained(struct cairn_vdev_call *call, int status)
{
	stopped(cairn_container_of(call, struct cairn_virtio_rig_queue, stop_calls[CAIRN_VQ_DRAIN]),
		CAIRN_VQ_DRAIN, status);
}

static void on_cancelled(struct cairn_vdev_call *call, int status)
{
	stopped(
	    cairn_container_of(call, struct cairn_virtio_rig_queue, stop_calls[CAIRN_VQ_CANCEL]),
	    CAIRN_VQ_CANCEL, status);
}

int cairn_virtio_rig_ask_stop(struct cairn_virtio_rig *rig, uint16_t i, enum cairn_vq_stop how)
{
	struct cairn_virtio_rig_queue *q = &rig->queues[i];
	int r;

	q->stop_calls[how].done = how == CAIRN_VQ_DRAIN ? on_drained : on_cancelled;
	q->stop_pending[how] = true;
	r = cairn_vdev_queue_stop(rig->vdev, i, how, &q->stop_calls[how]);
	if (r == CAIRN_PENDING)
		return 0;
	stopped(q, how, r);
	return r;
}

int cairn_virtio_rig_stop(struct cairn_virtio_rig *rig, uint16_t i, enum cairn_vq_stop how)
{
	struct cairn_virtio_rig_queue *q = &rig->queues[i];
	int r = cairn_virtio_rig_ask_stop(rig, i, how);

	if (r == 0)
		r = wait_while(rig, &q->stop_pending[how]);
	return r ? r : q->stop_status[how];
}

void cairn_virtio_rig_kick(struct cairn_virtio_rig *rig, uint16_t i)
{
	uint64_t one = 1;

	(void)!write(rig->queues[i].kick_fd, &one, sizeof(one));
}

int cairn_virtio_rig_push(struct cairn_virtio_rig *rig, uint16_t i,
			  const struct cairn_virtq_mock_piece *pieces, uint16_t n,
			  uint16_t *ret_head)
{
	int r = cairn_virtq_mock_push(&rig->queues[i].mock, pieces, n, ret_head);

	if (r == 0 && cairn_virtq_driver_must_kick(&rig->queues[i].mock.driver))
		cairn_virtio_rig_kick(rig, i);
	return r;
}

void cairn_virtio_rig_settle(struct cairn_virtio_rig *rig)
{
	int quiet = 0;

	/* A timer of delay 0 may need a moment longer than a look. */
	while (quiet < 3)
		quiet = cairn_loop_dispatch(rig->loop, quiet ? 1 : 0) > 0 ? 0 : quiet + 1;
}

int cairn_virtio_rig_collect(struct cairn_virtio_rig *rig, uint16_t i, uint16_t *ret_head,
			     uint32_t *ret_written)
{
	for (int idle_ms = 0; idle_ms < PATIENCE_MS;) {
		int r = cairn_virtq_mock_collect(&rig->queues[i].mock, ret_head, ret_written);

		if (r)
			return r;
		r = cairn_loop_dispatch(rig->loop, 10);
		if (r < 0)
			return r;
		idle_ms = r ? 0 : idle_ms + 10;
	}
	return -ETIMEDOUT;
}
