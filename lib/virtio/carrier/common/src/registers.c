/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* registers.c - what the driver does to the device as a whole. Everything under the lock; the
 * device is never called. */
#include "carrier.h"


#define DRIVERS_BITS                                                                               \
	(CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER | CAIRN_VIRTIO_DRIVER_OK |                 \
	 CAIRN_VIRTIO_FEATURES_OK | CAIRN_VIRTIO_FAILED)

void cairn_carrier_wake_(struct cairn_carrier *c)
{
	if (c->posted || c->gone)
		return;
	c->posted = true;
	cairn_loop_post(c->vdev->home, &c->wake);
}

void cairn_carrier_fresh_(struct cairn_carrier *c)
{
	c->status = 0;
	c->acked = 0;
	c->acked_beyond = c->want_features = c->broken = c->promised = false;
	c->n_done = c->n_written;
	for (uint16_t i = 0; i < c->vdev->n_queues; i++)
		cairn_carrier_queue_fresh_(&c->queues[i]);
	c->ops->fresh(c);
}

bool cairn_carrier_may_wait_(const struct cairn_carrier *c)
{
	return !c->interrupted && !c->gone && !cairn_loop_is_current(c->vdev->home);
}

void cairn_carrier_wait_while_(struct cairn_carrier *c, const bool *flag)
{
	while (*flag && cairn_carrier_may_wait_(c))
		pthread_cond_wait(&c->changed, &c->lock);
}

bool cairn_carrier_hears_(struct cairn_carrier *c)
{
	cairn_carrier_wait_while_(c, &c->want_reset);
	return !c->want_reset && !c->gone;
}

uint8_t cairn_carrier_status(struct cairn_carrier *c)
{
	uint8_t status;

	pthread_mutex_lock(&c->lock);
	cairn_carrier_wait_while_(c, &c->want_features);
	c->promised |= c->want_features;
	status = c->status;
	pthread_mutex_unlock(&c->lock);
	return status;
}

/* Beside what the vdev checks: features outside the offer are refused there. */
static bool may_accept(const struct cairn_carrier *c)
{
	return (c->status & CAIRN_VIRTIO_DRIVER) && !c->acked_beyond &&
	       (c->acked & CAIRN_VIRTIO_F_VERSION_1);
}

static void add_status(struct cairn_carrier *c, uint32_t status)
{
	uint32_t fresh = status & DRIVERS_BITS & ~(uint32_t)c->status;

	c->status |= fresh & (CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER | CAIRN_VIRTIO_FAILED);
	if ((fresh & CAIRN_VIRTIO_FEATURES_OK) && may_accept(c)) {
		c->status |= CAIRN_VIRTIO_FEATURES_OK;
		c->want_features = true;
	}
	if ((fresh & CAIRN_VIRTIO_DRIVER_OK) && (c->status & CAIRN_VIRTIO_FEATURES_OK))
		c->status |= CAIRN_VIRTIO_DRIVER_OK;
	cairn_carrier_wake_(c);
}

void cairn_carrier_set_status(struct cairn_carrier *c, uint32_t status, bool wait)
{
	pthread_mutex_lock(&c->lock);
	if (!status && !c->gone) {
		c->want_reset = true;
		cairn_carrier_wake_(c);
		if (wait)
			cairn_carrier_wait_while_(c, &c->want_reset);
	} else if (status && !(status & ~(uint32_t)(DRIVERS_BITS | CAIRN_VIRTIO_NEEDS_RESET)) &&
		   cairn_carrier_hears_(c)) {
		add_status(c, status);
	}
	pthread_mutex_unlock(&c->lock);
}

void cairn_carrier_break(struct cairn_carrier *c)
{
	bool tell = false;

	pthread_mutex_lock(&c->lock);
	if (!c->broken && !c->gone) {
		c->broken = true;
		c->status |= CAIRN_VIRTIO_NEEDS_RESET;
		tell = c->status & CAIRN_VIRTIO_DRIVER_OK;
		cairn_carrier_wake_(c);
	}
	pthread_mutex_unlock(&c->lock);
	if (tell)
		c->ops->config_signal(c);
}

static uint32_t word_of(uint64_t bits, uint32_t sel)
{
	return sel > 1 ? 0 : (uint32_t)(bits >> (32 * sel));
}

uint32_t cairn_carrier_offered(struct cairn_carrier *c, uint32_t sel)
{
	return word_of(c->vdev->features | c->host.features, sel);
}

uint32_t cairn_carrier_acked(struct cairn_carrier *c, uint32_t sel)
{
	uint32_t word;

	pthread_mutex_lock(&c->lock);
	word = word_of(c->acked, sel);
	pthread_mutex_unlock(&c->lock);
	return word;
}

void cairn_carrier_ack(struct cairn_carrier *c, uint32_t sel, uint32_t bits)
{
	pthread_mutex_lock(&c->lock);
	if (!cairn_carrier_hears_(c) || (c->status & CAIRN_VIRTIO_FEATURES_OK))
		;
	else if (sel > 1)
		c->acked_beyond |= bits != 0;
	else
		c->acked = (c->acked & ~(UINT64_C(0xffffffff) << (32 * sel))) | (uint64_t)bits
										    << (32 * sel);
	pthread_mutex_unlock(&c->lock);
}

static bool in_config(const struct cairn_carrier *c, uint64_t off, uint32_t len)
{
	return (len == 1 || len == 2 || len == 4 || len == 8) &&
	       cairn_in_range(off, len, c->vdev->config_len);
}

uint64_t cairn_carrier_config_read(struct cairn_carrier *c, uint64_t off, uint32_t len)
{
	cairn_le64 value = { 0 };

	if (!in_config(c, off, len) ||
	    cairn_vdev_config_read(c->vdev, (uint16_t)off, (uint8_t *)&value, (uint16_t)len) < 0)
		return 0;
	return cairn_le64_get(value);
}

static bool is_full(const struct cairn_carrier *c)
{
	return c->n_written - c->n_done == CAIRN_CARRIER_MAX_WRITES;
}

/* Under the lock. False: the write is lost, because the ring is full and nobody may wait. */
static bool write_and_wait(struct cairn_carrier *c, const struct cairn_carrier_write *w)
{
	uint32_t number;

	while (is_full(c) && cairn_carrier_may_wait_(c))
		pthread_cond_wait(&c->changed, &c->lock);
	if (!cairn_carrier_hears_(c))
		return true;
	if (is_full(c))
		return false;
	c->writes[c->n_written++ % CAIRN_CARRIER_MAX_WRITES] = *w;
	cairn_carrier_wake_(c);
	for (number = c->n_written;
	     (int32_t)(c->n_done - number) < 0 && cairn_carrier_may_wait_(c);)
		pthread_cond_wait(&c->changed, &c->lock);
	return true;
}

void cairn_carrier_config_write(struct cairn_carrier *c, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_carrier_write w = { .off = (uint16_t)off, .len = (uint8_t)len };
	cairn_le64 bytes = cairn_le64_of(value);
	bool lost;

	if (!in_config(c, off, len))
		return;
	memcpy(w.data, &bytes, sizeof(w.data));
	pthread_mutex_lock(&c->lock);
	lost = !write_and_wait(c, &w);
	pthread_mutex_unlock(&c->lock);
	if (lost)
		cairn_carrier_break(c);
}

uint32_t cairn_carrier_config_generation(struct cairn_carrier *c)
{
	return cairn_vdev_config_generation(c->vdev);
}
