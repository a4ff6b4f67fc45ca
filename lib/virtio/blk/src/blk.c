/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* blk.c - the device: features, configuration, the ops of vdev. */
#include "blk.h"

#include <stdlib.h>

#include <cairn/cursor.h>

#define TYPE_BLK           2u
#define DEFAULT_QUEUE_SIZE 256u
#define MAX_QUEUE_SIZE     1024u

/* The configuration space (virtio 1.2, 5.2.4). */
enum {
	CONFIG_CAPACITY = 0,
	CONFIG_WRITEBACK = 32,
	CONFIG_BYTES = 60,
};

static struct cairn_virtio_blk *to_blk(struct cairn_vdev *d)
{
	return cairn_container_of(d, struct cairn_virtio_blk, vdev);
}

static void set_writeback(struct cairn_virtio_blk *b, bool on)
{
	uint8_t byte = on;

	__atomic_store_n(&b->writeback, on, __ATOMIC_RELAXED);
	cairn_vdev_config_publish(&b->vdev, CONFIG_WRITEBACK, &byte, 1);
}

/* A driver that does not flush must find its writes durable when they are done. */
static int blk_set_features(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call)
{
	set_writeback(to_blk(d),
		      acked & (CAIRN_VIRTIO_BLK_F_FLUSH | CAIRN_VIRTIO_BLK_F_CONFIG_WCE));
	return 0;
}

static int blk_queue_start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
			   struct cairn_vdev_call *call)
{
	return cairn_virtio_queue_start(&to_blk(d)->queues[cfg->index].q, cfg, call);
}

static int blk_queue_stop(struct cairn_vdev *d, uint16_t index, enum cairn_vq_stop how,
			  struct cairn_vdev_call *call)
{
	return cairn_virtio_queue_stop(&to_blk(d)->queues[index].q, how, call);
}

static int blk_queue_enable(struct cairn_vdev *d, uint16_t index, bool on)
{
	return cairn_virtio_queue_enable(&to_blk(d)->queues[index].q, on);
}

static int blk_config_write(struct cairn_vdev *d, uint16_t off, const uint8_t *src, uint16_t len,
			    struct cairn_vdev_call *call)
{
	/* The one writable field; a write to any other is dropped. */
	if (off == CONFIG_WRITEBACK && len == 1 && d->acked & CAIRN_VIRTIO_BLK_F_CONFIG_WCE)
		set_writeback(to_blk(d), src[0] & 1);
	return 0;
}

static const struct cairn_vdev_ops blk_ops = {
	.size = sizeof(blk_ops),
	.set_features = blk_set_features,
	.queue_start = blk_queue_start,
	.queue_stop = blk_queue_stop,
	.queue_enable = blk_queue_enable,
	.config_write = blk_config_write,
};

static uint64_t features_of(const struct cairn_disk_geometry *g, uint16_t n_queues)
{
	uint64_t f = CAIRN_VIRTIO_F_INDIRECT_DESC | CAIRN_VIRTIO_F_EVENT_IDX |
		     CAIRN_VIRTIO_BLK_F_SEG_MAX | CAIRN_VIRTIO_BLK_F_BLK_SIZE |
		     CAIRN_VIRTIO_BLK_F_TOPOLOGY | CAIRN_VIRTIO_BLK_F_FLUSH |
		     CAIRN_VIRTIO_BLK_F_CONFIG_WCE;

	if (n_queues > 1)
		f |= CAIRN_VIRTIO_BLK_F_MQ;
	if (g->is_read_only)
		return f | CAIRN_VIRTIO_BLK_F_RO;
	if (g->can_discard)
		f |= CAIRN_VIRTIO_BLK_F_DISCARD;
	return f | CAIRN_VIRTIO_BLK_F_WRITE_ZEROES;
}

static void publish_capacity(struct cairn_virtio_blk *b)
{
	uint8_t bytes[8];

	cairn_le_store(bytes, sizeof(bytes), b->capacity_bytes / CAIRN_SECTOR_BYTES);
	cairn_vdev_config_publish(&b->vdev, CONFIG_CAPACITY, bytes, sizeof(bytes));
}

static void write_topology(struct cairn_writer *w, const struct cairn_disk_geometry *g)
{
	uint8_t exp = 0;

	while (g->block_bytes << exp < g->physical_bytes)
		exp++;
	cairn_writer_u8(w, exp);
	cairn_writer_u8(w, (uint8_t)(g->align_offset_bytes / g->block_bytes));
	cairn_writer_le16(w, (uint16_t)cairn_min_u64(g->io_min_bytes / g->block_bytes, UINT16_MAX));
	cairn_writer_le32(w, g->io_opt_bytes / g->block_bytes);
}

static void publish_config(struct cairn_virtio_blk *b)
{
	const struct cairn_disk_geometry *g = &b->geometry;
	uint8_t bytes[CONFIG_BYTES];
	struct cairn_writer w;

	cairn_writer_init(&w, bytes, sizeof(bytes));
	cairn_writer_le64(&w, b->capacity_bytes / CAIRN_SECTOR_BYTES);
	cairn_writer_le32(&w, 0); /* size_max: not offered */
	cairn_writer_le32(&w, CAIRN_VIRTIO_BLK_SEG_MAX);
	cairn_writer_le32(&w, 0); /* geometry: not offered */
	cairn_writer_le32(&w, g->block_bytes);
	write_topology(&w, g);
	cairn_writer_u8(&w, 1); /* writeback */
	cairn_writer_u8(&w, 0);
	cairn_writer_le16(&w, b->n_queues);
	cairn_writer_le32(&w, CAIRN_VIRTIO_BLK_DISCARD_SECTORS);
	cairn_writer_le32(&w, CAIRN_VIRTIO_BLK_RANGES_MAX);
	cairn_writer_le32(&w, g->physical_bytes / CAIRN_SECTOR_BYTES);
	cairn_writer_le32(&w, CAIRN_VIRTIO_BLK_ZEROES_SECTORS);
	cairn_writer_le32(&w, CAIRN_VIRTIO_BLK_RANGES_MAX);
	cairn_writer_u8(&w, 1); /* write zeroes may unmap */
	cairn_writer_fill(&w, 0, 3);
	cairn_vdev_config_publish(&b->vdev, 0, bytes, sizeof(bytes));
}

void cairn_virtio_blk_resize(struct cairn_virtio_blk *b)
{
	uint64_t now = cairn_block_geometry(b->queues[0].engine).size_bytes;

	if (now == b->capacity_bytes)
		return;
	__atomic_store_n(&b->capacity_bytes, now, __ATOMIC_RELAXED);
	publish_capacity(b);
	if (b->vdev.host)
		b->vdev.host->ops->config_changed(b->vdev.host);
}

static int init(struct cairn_virtio_blk *b, const struct cairn_virtio_blk_cfg *cfg,
		uint16_t queue_size)
{
	struct cairn_vdev_desc desc = {
		.ops = &blk_ops,
		.home = cfg->home,
		.type = TYPE_BLK,
		.flags = CAIRN_VDEV_ANY_LOOP,
		.n_queues = cfg->n_queues,
		.config_len = CONFIG_BYTES,
		.queue_max = b->queue_max,
	};

	b->geometry = cairn_block_geometry(cfg->engines[0]);
	b->capacity_bytes = b->geometry.size_bytes;
	b->n_queues = cfg->n_queues;
	for (uint16_t i = 0; i < cfg->n_queues; i++)
		b->queue_max[i] = queue_size;
	if (cfg->serial)
		memcpy(b->id, cfg->serial, strnlen(cfg->serial, sizeof(b->id)));
	desc.features = features_of(&b->geometry, cfg->n_queues);
	return cairn_vdev_init(&b->vdev, &desc);
}

int cairn_virtio_blk_new(const struct cairn_virtio_blk_cfg *cfg, struct cairn_virtio_blk **ret,
			 struct cairn_err *err)
{
	uint16_t size = cfg->queue_size ? cfg->queue_size : DEFAULT_QUEUE_SIZE;
	struct cairn_virtio_blk *b;
	int r;

	if (!cfg->n_queues || cfg->n_queues > CAIRN_VDEV_MAX_QUEUES)
		return cairn_err_set(err, EINVAL, "number of queues is not 1 to 64", cfg->n_queues);
	if (size < 2 || size > MAX_QUEUE_SIZE || !cairn_is_pow2(size))
		return cairn_err_set(err, EINVAL, "queue size is not 2, 4 … 1024", size);
	b = calloc(1, sizeof(*b) + cfg->n_queues * sizeof(b->queues[0]));
	if (!b)
		return cairn_err_set(err, ENOMEM, "no memory for a block device", 0);
	r = init(b, cfg, size);
	if (r < 0) {
		free(b);
		return cairn_err_set(err, -r, "cannot make a block device", 0);
	}
	for (uint16_t i = 0; i < cfg->n_queues; i++) {
		b->queues[i].blk = b;
		b->queues[i].engine = cfg->engines[i];
		cairn_virtio_queue_init(&b->queues[i].q, &b->vdev, &cairn_virtio_blk_queue_ops_);
	}
	publish_config(b);
	*ret = b;
	return 0;
}

void cairn_virtio_blk_free(struct cairn_virtio_blk *b)
{
	if (!b)
		return;
	cairn_vdev_fini(&b->vdev);
	free(b);
}

struct cairn_vdev *cairn_virtio_blk_vdev(struct cairn_virtio_blk *b)
{
	return &b->vdev;
}
