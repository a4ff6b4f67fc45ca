/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "device.h"

#include <stdlib.h>

#include "confine.h"
#include "log.h"

/* First on each engine thread; ctx is the options. */
static void confine_pool(void *ctx)
{
	const struct options *o = ctx;

	if (confine_thread(CONFINE_POOL, o->seccomp) < 0)
		abort();
}

static int open_engines(struct device *d, const struct options *o, struct cairn_err *err)
{
	struct cairn_block_engine_cfg cfg = {
		.kind = o->engine,
		.thread_start = { confine_pool, (void *)o },
	};

	for (uint32_t i = 0; i < o->queues; i++) {
		int r = cairn_block_engine_new(d->disk, &cfg, &d->engines[i], err);

		if (r < 0)
			return r;
	}
	if (d->engines[0]->note)
		log_line("disk: %s, so %s is used", d->engines[0]->note, d->engines[0]->name);
	return 0;
}

static enum exit_code open_blk(struct device *d, struct cairn_loop *loop, const struct options *o,
			       struct cairn_err *err)
{
	struct cairn_virtio_blk_cfg cfg = {
		.home = loop,
		.engines = d->engines,
		.n_queues = (uint16_t)o->queues,
		.serial = o->serial[0] ? o->serial : NULL,
	};
	uint32_t flags = CAIRN_DISK_PATIENT | (o->read_only ? CAIRN_DISK_READ_ONLY : 0u) |
			 (o->direct ? CAIRN_DISK_DIRECT : 0u);

	if (cairn_disk_open(o->path, flags, &d->disk, err) < 0)
		return EXIT_BAD_FILE;
	if (open_engines(d, o, err) < 0 || cairn_virtio_blk_new(&cfg, &d->blk, err) < 0)
		return EXIT_HOST;
	d->vdev = cairn_virtio_blk_vdev(d->blk);
	return EXIT_ASKED;
}

static enum exit_code open_rng(struct device *d, struct cairn_loop *loop, struct cairn_err *err)
{
	if (cairn_virtio_rng_new(&(struct cairn_virtio_rng_cfg){ .home = loop }, &d->rng, err) < 0)
		return EXIT_HOST;
	d->vdev = cairn_virtio_rng_vdev(d->rng);
	return EXIT_ASKED;
}

enum exit_code device_open(struct device *d, struct cairn_loop *loop, const struct options *o,
			   struct cairn_err *err)
{
	return o->kind == DEVICE_BLK ? open_blk(d, loop, o, err) : open_rng(d, loop, err);
}

void device_close(struct device *d)
{
	cairn_virtio_blk_free(d->blk);
	cairn_virtio_rng_free(d->rng);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(d->engines); i++)
		cairn_block_engine_free(d->engines[i]);
	cairn_disk_close(d->disk);
}
