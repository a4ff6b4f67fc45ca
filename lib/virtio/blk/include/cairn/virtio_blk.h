/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_blk.h - a block device (virtio 1.2, 5.2) over block engines, one for each queue.
 *
 * Made, resized and freed on its home loop's thread; each queue works on the loop it is started on
 * (CAIRN_VDEV_ANY_LOOP), and its engine is bound to that loop meanwhile. Memory for requests is
 * allocated when a queue starts, never while it runs.
 */
#ifndef CAIRN_VIRTIO_BLK_H
#define CAIRN_VIRTIO_BLK_H

#include <cairn/block.h>
#include <cairn/vdev.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTIO_BLK_ID_BYTES        20u

/* Feature bits (virtio 1.2, 5.2.3), as offered where the disk can do it. */
#define CAIRN_VIRTIO_BLK_F_SEG_MAX       (UINT64_C(1) << 2)
#define CAIRN_VIRTIO_BLK_F_RO            (UINT64_C(1) << 5)
#define CAIRN_VIRTIO_BLK_F_BLK_SIZE      (UINT64_C(1) << 6)
#define CAIRN_VIRTIO_BLK_F_FLUSH         (UINT64_C(1) << 9)
#define CAIRN_VIRTIO_BLK_F_TOPOLOGY      (UINT64_C(1) << 10)
#define CAIRN_VIRTIO_BLK_F_CONFIG_WCE    (UINT64_C(1) << 11)
#define CAIRN_VIRTIO_BLK_F_MQ            (UINT64_C(1) << 12)
#define CAIRN_VIRTIO_BLK_F_DISCARD       (UINT64_C(1) << 13)
#define CAIRN_VIRTIO_BLK_F_WRITE_ZEROES  (UINT64_C(1) << 14)

/* Limits told to the driver. */
#define CAIRN_VIRTIO_BLK_SEG_MAX         126u
#define CAIRN_VIRTIO_BLK_RANGES_MAX      16u         /* of one discard or write-zeroes */
#define CAIRN_VIRTIO_BLK_DISCARD_SECTORS (4u << 20)  /* 2 GiB each */
#define CAIRN_VIRTIO_BLK_ZEROES_SECTORS  (64u << 10) /* 32 MiB each: perhaps written out */

struct cairn_virtio_blk;

struct cairn_virtio_blk_cfg {
	struct cairn_loop *home;
	/* One per queue, all for one disk; the caller's, not bound; they outlive the device. */
	struct cairn_block_engine *const *engines;
	uint16_t n_queues;   /* 1 … 64 */
	uint16_t queue_size; /* largest; a power of two, 2 … 1024; 0: 256 */
	const char *serial;  /* at most 20 bytes are told; NULL: none */
};

/*
 * cairn_virtio_blk_new() - make the device.
 *
 * Returns 0; -EINVAL: cfg beyond its limits; -ENOMEM.
 */
CAIRN_MUST_USE int cairn_virtio_blk_new(const struct cairn_virtio_blk_cfg *cfg,
					struct cairn_virtio_blk **ret, struct cairn_err *err);
/* No queue is started, no carrier attached. NULL is allowed. */
void cairn_virtio_blk_free(struct cairn_virtio_blk *b);
/* What a carrier takes. Lives as long as the device. */
struct cairn_vdev *cairn_virtio_blk_vdev(struct cairn_virtio_blk *b);

/*
 * cairn_virtio_blk_resize() - tell the driver the disk's size of now; call it after
 * cairn_disk_refresh() said that it changed.
 *
 * Requests beyond the new end fail from now on, also those that a smaller disk's driver still has
 * under way. Home loop, not from inside a vdev op. Does nothing when the size is the same.
 */
void cairn_virtio_blk_resize(struct cairn_virtio_blk *b);

#ifdef __cplusplus
}
#endif
#endif
