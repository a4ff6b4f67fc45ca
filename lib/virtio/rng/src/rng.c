/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* rng.c - one queue of empty buffers (virtio 1.2, 5.4). */
#include <cairn/virtio_rng.h>

#include <stdlib.h>
#include <sys/random.h>

#include <cairn/virtio_queue.h>

#define TYPE_RNG   4u
#define QUEUE_SIZE 64u
#define MAX_SPANS  (QUEUE_SIZE + 8u)
#define RETRY_NS   10000000u /* a source that has nothing just now */

struct cairn_virtio_rng {
	struct cairn_vdev vdev;
	struct cairn_virtio_queue q;
	struct cairn_timer retry; /* of the queue's loop */
	int (*fill)(void *ctx, void *dst, size_t len);
	void *ctx;
	struct cairn_span spans[MAX_SPANS];
	uint8_t bytes[CAIRN_VIRTIO_RNG_CHAIN_BYTES]; /* guest memory is no place to work in */
};

static const uint16_t queue_max[] = { QUEUE_SIZE };

static struct cairn_virtio_rng *to_rng(struct cairn_vdev *d)
{
	return cairn_container_of(d, struct cairn_virtio_rng, vdev);
}

static int fill_getrandom(void *ctx, void *dst, size_t len)
{
	ssize_t n = getrandom(dst, len, GRND_NONBLOCK);

	return n < 0 ? -errno : (int)n;
}

static void on_retry(struct cairn_timer *t)
{
	cairn_virtio_queue_wake(&cairn_container_of(t, struct cairn_virtio_rng, retry)->q);
}

/* Returns bytes written, or 0: no chain, or no entropy (then *ret_end is changed to WAIT). */
static size_t serve_one(struct cairn_virtio_rng *r, enum cairn_virtio_round *ret_end)
{
	struct cairn_virtq_chain c = { .spans = r->spans, .cap = MAX_SPANS };
	size_t want;
	int n;

	if (!cairn_virtio_queue_pop(&r->q, &c))
		return 0;
	if (!c.write_bytes || c.read_bytes) {
		cairn_virtio_queue_break(&r->q, -EPROTO);
		return 0;
	}
	want = cairn_min_u64(c.write_bytes, sizeof(r->bytes));
	n = r->fill(r->ctx, r->bytes, want);
	if (n <= 0 || (size_t)n > want) {
		/* It is the one popped last. */
		(void)!cairn_virtq_unpop(&r->q.vq, &c);
		cairn_timer_arm(r->q.cfg.loop, &r->retry, RETRY_NS);
		*ret_end = CAIRN_VIRTIO_WAIT;
		return 0;
	}
	cairn_spans_write(c.spans, c.n_write, 0, r->bytes, (size_t)n);
	cairn_virtio_queue_put(&r->q, &c, (uint32_t)n);
	return (size_t)n;
}

static enum cairn_virtio_round rng_round(struct cairn_virtio_queue *q)
{
	struct cairn_virtio_rng *r = cairn_container_of(q, struct cairn_virtio_rng, q);
	enum cairn_virtio_round end = CAIRN_VIRTIO_EMPTY;
	size_t total = 0;

	while (total < CAIRN_VIRTIO_RNG_ROUND_BYTES) {
		/* A chain costs something, however short. */
		size_t n = serve_one(r, &end);

		if (!n)
			return end;
		total += n < 256 ? 256 : n;
	}
	return CAIRN_VIRTIO_AGAIN;
}

static void rng_stopped(struct cairn_virtio_queue *q)
{
	cairn_timer_disarm(&cairn_container_of(q, struct cairn_virtio_rng, q)->retry);
}

static const struct cairn_virtio_queue_ops queue_ops = {
	.size = sizeof(queue_ops),
	.round = rng_round,
	.stopped = rng_stopped,
};

static int rng_set_features(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call)
{
	return 0;
}

static int rng_queue_start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
			   struct cairn_vdev_call *call)
{
	return cairn_virtio_queue_start(&to_rng(d)->q, cfg, call);
}

static int rng_queue_stop(struct cairn_vdev *d, uint16_t index, enum cairn_vq_stop how,
			  struct cairn_vdev_call *call)
{
	return cairn_virtio_queue_stop(&to_rng(d)->q, how, call);
}

static int rng_queue_enable(struct cairn_vdev *d, uint16_t index, bool on)
{
	return cairn_virtio_queue_enable(&to_rng(d)->q, on);
}

static const struct cairn_vdev_ops ops = {
	.size = sizeof(ops),
	.set_features = rng_set_features,
	.queue_start = rng_queue_start,
	.queue_stop = rng_queue_stop,
	.queue_enable = rng_queue_enable,
};

int cairn_virtio_rng_new(const struct cairn_virtio_rng_cfg *cfg, struct cairn_virtio_rng **ret,
			 struct cairn_err *err)
{
	const struct cairn_vdev_desc desc = {
		.ops = &ops,
		.home = cfg->home,
		.features = CAIRN_VIRTIO_F_INDIRECT_DESC | CAIRN_VIRTIO_F_EVENT_IDX,
		.type = TYPE_RNG,
		.flags = CAIRN_VDEV_ANY_LOOP,
		.n_queues = 1,
		.queue_max = queue_max,
	};
	struct cairn_virtio_rng *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return cairn_err_set(err, ENOMEM, "no memory for an entropy device", 0);
	rc = cairn_vdev_init(&r->vdev, &desc);
	if (rc < 0) {
		free(r);
		return cairn_err_set(err, -rc, "cannot make an entropy device", 0);
	}
	cairn_virtio_queue_init(&r->q, &r->vdev, &queue_ops);
	r->retry.fn = on_retry;
	r->fill = cfg->fill ? cfg->fill : fill_getrandom;
	r->ctx = cfg->ctx;
	*ret = r;
	return 0;
}

void cairn_virtio_rng_free(struct cairn_virtio_rng *r)
{
	if (!r)
		return;
	cairn_vdev_fini(&r->vdev);
	free(r);
}

struct cairn_vdev *cairn_virtio_rng_vdev(struct cairn_virtio_rng *r)
{
	return &r->vdev;
}
