/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_rng.h - an entropy source (virtio 1.2, 5.4): fills the driver's buffers from the host's
 * generator, a bounded number of bytes at a time.
 *
 * Used on its home loop's thread; its queue may run on another loop.
 */
#ifndef CAIRN_VIRTIO_RNG_H
#define CAIRN_VIRTIO_RNG_H

#include <cairn/vdev.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTIO_RNG_CHAIN_BYTES 4096u  /* at most for one chain; the driver asks again */
#define CAIRN_VIRTIO_RNG_ROUND_BYTES 65536u /* at most before the loop serves others */

struct cairn_virtio_rng;

struct cairn_virtio_rng_cfg {
	struct cairn_loop *home;
	/* Fills up to len bytes without blocking; returns how many (> 0), or a negative errno: it
	 * is asked again a little later. On the queue's loop. NULL: getrandom(2). */
	int (*fill)(void *ctx, void *dst, size_t len);
	void *ctx;
};

/* Returns 0 or -ENOMEM. */
CAIRN_MUST_USE int cairn_virtio_rng_new(const struct cairn_virtio_rng_cfg *cfg,
					struct cairn_virtio_rng **ret, struct cairn_err *err);
/* No queue is started, no carrier attached. NULL is allowed. */
void cairn_virtio_rng_free(struct cairn_virtio_rng *r);
/* What a carrier takes. Lives as long as the device. */
struct cairn_vdev *cairn_virtio_rng_vdev(struct cairn_virtio_rng *r);

#ifdef __cplusplus
}
#endif
#endif
