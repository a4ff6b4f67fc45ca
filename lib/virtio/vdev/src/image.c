/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* image.c - birth and death of a vdev, and its configuration image. */
#include "vdev.h"

#include <assert.h>

static bool is_valid(const struct cairn_vdev_desc *desc)
{
	const struct cairn_vdev_ops *ops = desc->ops;

	if (!ops || ops->size < sizeof(*ops) || !desc->home)
		return false;
	if (!ops->set_features || !ops->queue_start || !ops->queue_stop)
		return false;
	if (desc->n_queues > CAIRN_VDEV_MAX_QUEUES || desc->config_len > CAIRN_VDEV_MAX_CONFIG)
		return false;
	for (uint16_t i = 0; i < desc->n_queues; i++)
		if (!cairn_is_pow2(desc->queue_max[i]) || desc->queue_max[i] > CAIRN_VIRTQ_MAX_SIZE)
			return false;
	return true;
}

int cairn_vdev_init(struct cairn_vdev *d, const struct cairn_vdev_desc *desc)
{
	if (!is_valid(desc))
		return -EINVAL;
	*d = (struct cairn_vdev){
		.ops = desc->ops,
		.home = desc->home,
		.features = desc->features,
		.type = desc->type,
		.flags = desc->flags,
		.n_queues = desc->n_queues,
		.config_len = desc->config_len,
		.queue_max = desc->queue_max,
		.state = CAIRN_VDEV_NEW,
		.later.fn = cairn_vdev_run_later_,
	};
	pthread_mutex_init(&d->config_lock, NULL);
	return 0;
}

void cairn_vdev_fini(struct cairn_vdev *d)
{
	cairn_timer_disarm(&d->later);
	if (d->ops->fini)
		d->ops->fini(d);
	cairn_memview_put(d->view);
	d->view = NULL;
	pthread_mutex_destroy(&d->config_lock);
}

void cairn_vdev_attach(struct cairn_vdev *d, struct cairn_vdev_host *host)
{
	d->host = host;
}

int cairn_vdev_config_read(struct cairn_vdev *d, uint16_t off, uint8_t *dst, uint16_t len)
{
	if (!cairn_in_range(off, len, d->config_len))
		return -EINVAL;
	pthread_mutex_lock(&d->config_lock);
	memcpy(dst, d->config + off, len);
	pthread_mutex_unlock(&d->config_lock);
	return 0;
}

void cairn_vdev_config_publish(struct cairn_vdev *d, uint16_t off, const uint8_t *src, uint16_t len)
{
	assert(cairn_in_range(off, len, d->config_len));
	pthread_mutex_lock(&d->config_lock);
	if (memcmp(d->config + off, src, len) != 0) {
		memcpy(d->config + off, src, len);
		d->generation++;
	}
	pthread_mutex_unlock(&d->config_lock);
}

uint32_t cairn_vdev_config_generation(struct cairn_vdev *d)
{
	uint32_t g;

	pthread_mutex_lock(&d->config_lock);
	g = d->generation;
	pthread_mutex_unlock(&d->config_lock);
	return g;
}
