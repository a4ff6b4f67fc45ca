/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* device.h - the device that is served, and what it is made of. */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <cairn/virtio_blk.h>
#include <cairn/virtio_rng.h>

#include "options.h"

struct device { /* zero it */
	struct cairn_vdev *vdev;
	/* private */
	struct cairn_disk *disk;
	struct cairn_block_engine *engines[MAX_QUEUES];
	struct cairn_virtio_blk *blk;
	struct cairn_virtio_rng *rng;
};

/* Returns an exit code: EXIT_ASKED for success, or another and err says why. */
enum exit_code device_open(struct device *d, struct cairn_loop *loop, const struct options *o,
			   struct cairn_err *err);
/* No carrier is attached. Also after a failure. */
void device_close(struct device *d);

#endif
