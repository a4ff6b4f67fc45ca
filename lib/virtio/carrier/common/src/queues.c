/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* queues.c - what the driver does to a queue. Indices are checked here, by queue_at(). */
#include "carrier.h"

#include <unistd.h>

void cairn_carrier_queue_fresh_(struct cairn_carrier_queue *q)
{
	q->size = q->carrier->vdev->queue_max[q->index];
	memset(q->addr, 0, sizeof(q->addr));
	q->enabled = q->want_stop = q->want_fresh = false;
	q->pos = (struct cairn_vq_pos){ .avail = 0 };
}

void cairn_carrier_queue_disabled_(struct cairn_carrier_queue *q)
{
	q->is_idle = true;
	if (q->want_stop) {
		q->enabled = q->want_stop = false;
		q->pos = (struct cairn_vq_pos){ .avail = 0 };
	}
	if (q->want_fresh)
		cairn_carrier_queue_fresh_(q);
	pthread_cond_broadcast(&q->carrier->changed);
}

static struct cairn_carrier_queue *queue_at(const struct cairn_carrier *c, uint32_t index)
{
	return index < c->vdev->n_queues ? &c->queues[index] : NULL;
}

/* The queue, with the lock held; or NULL, without it. */
static struct cairn_carrier_queue *lock_queue(struct cairn_carrier *c, uint32_t index)
{
	struct cairn_carrier_queue *q = queue_at(c, index);

	if (q)
		pthread_mutex_lock(&c->lock);
	return q;
}

uint16_t cairn_carrier_n_queues(const struct cairn_carrier *c)
{
	return c->vdev->n_queues;
}

uint16_t cairn_carrier_queue_max(struct cairn_carrier *c, uint32_t index)
{
	return queue_at(c, index) ? c->vdev->queue_max[index] : 0;
}

uint16_t cairn_carrier_queue_size(struct cairn_carrier *c, uint32_t index)
{
	struct cairn_carrier_queue *q = lock_queue(c, index);
	uint16_t size;

	if (!q)
		return 0;
	size = q->size;
	pthread_mutex_unlock(&c->lock);
	return size;
}

/* The value is as wide as the register; it is narrowed after the check. */
void cairn_carrier_queue_set_size(struct cairn_carrier *c, uint32_t index, uint32_t size)
{
	struct cairn_carrier_queue *q = lock_queue(c, index);

	if (!q)
		return;
	if (cairn_carrier_hears_(c) && !q->enabled) {
		bool fits = size <= c->vdev->queue_max[index] &&
			    (cairn_is_pow2(size) || (c->acked & CAIRN_VIRTIO_F_RING_PACKED));

		q->size = fits ? (uint16_t)size : 0;
	}
	pthread_mutex_unlock(&c->lock);
}

uint64_t cairn_carrier_queue_addr(struct cairn_carrier *c, uint32_t index,
				  enum cairn_carrier_addr which)
{
	struct cairn_carrier_queue *q = lock_queue(c, index);
	uint64_t addr;

	if (!q)
		return 0;
	addr = q->addr[which];
	pthread_mutex_unlock(&c->lock);
	return addr;
}

void cairn_carrier_queue_set_addr(struct cairn_carrier *c, uint32_t index,
				  enum cairn_carrier_addr which, bool high, uint32_t value)
{
	struct cairn_carrier_queue *q = lock_queue(c, index);

	if (!q)
		return;
	if (cairn_carrier_hears_(c) && !q->enabled) {
		unsigned int shift = high ? 32 : 0;

		q->addr[which] =
		    (q->addr[which] & ~(UINT64_C(0xffffffff) << shift)) | (uint64_t)value << shift;
	}
	pthread_mutex_unlock(&c->lock);
}

bool cairn_carrier_queue_is_enabled(struct cairn_carrier *c, uint32_t index)
{
	struct cairn_carrier_queue *q = lock_queue(c, index);
	bool enabled;

	if (!q)
		return false;
	enabled = q->enabled;
	pthread_mutex_unlock(&c->lock);
	return enabled;
}

void cairn_carrier_queue_enable(struct cairn_carrier *c, uint32_t index)
{
	struct cairn_carrier_queue *q = lock_queue(c, index);
	bool bad = false;

	if (!q)
		return;
	if (cairn_carrier_hears_(c) && !q->enabled) {
		bad = !q->size;
		q->enabled = !bad;
		cairn_carrier_wake_(c);
	}
	pthread_mutex_unlock(&c->lock);
	if (bad)
		cairn_carrier_break(c);
}

/* Under the lock: stop q, now if the device has no part in it, else when it has let go. */
static void stop(struct cairn_carrier_queue *q, bool fresh)
{
	q->want_stop = true;
	q->want_fresh |= fresh;
	if (q->is_idle)
		cairn_carrier_queue_disabled_(q);
	else
		cairn_carrier_wake_(q->carrier);
}

void cairn_carrier_queue_disable(struct cairn_carrier *c, uint32_t index)
{
	struct cairn_carrier_queue *q = lock_queue(c, index);

	if (!q)
		return;
	if (cairn_carrier_hears_(c)) {
		stop(q, false);
		cairn_carrier_wait_while_(c, &q->want_stop);
	}
	pthread_mutex_unlock(&c->lock);
}

void cairn_carrier_queue_reset(struct cairn_carrier *c, uint32_t index)
{
	struct cairn_carrier_queue *q = lock_queue(c, index);

	if (!q)
		return;
	if (cairn_carrier_hears_(c) && (c->status & CAIRN_VIRTIO_FEATURES_OK) &&
	    (c->acked & CAIRN_VIRTIO_F_RING_RESET))
		stop(q, true);
	pthread_mutex_unlock(&c->lock);
}

bool cairn_carrier_queue_is_resetting(struct cairn_carrier *c, uint32_t index)
{
	struct cairn_carrier_queue *q = lock_queue(c, index);
	bool resetting;

	if (!q)
		return false;
	resetting = q->want_fresh;
	pthread_mutex_unlock(&c->lock);
	return resetting;
}

void cairn_carrier_kick(struct cairn_carrier *c, uint32_t index)
{
	struct cairn_carrier_queue *q = queue_at(c, index);
	uint64_t one = 1;

	if (q)
		(void)!write(q->kick_fd, &one, sizeof(one)); /* full: already kicked */
}

int cairn_carrier_kick_fd(const struct cairn_carrier *c, uint32_t index)
{
	return queue_at(c, index) ? c->queues[index].kick_fd : -1;
}

int cairn_carrier_call_fd(const struct cairn_carrier *c, uint32_t index)
{
	return queue_at(c, index) ? c->queues[index].call_fd : -1;
}
