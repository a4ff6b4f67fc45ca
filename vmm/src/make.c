/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdio.h>

#include <cairn/virtio_blk.h>
#include <cairn/virtio_console.h>
#include <cairn/virtio_net.h>
#include <cairn/virtio_rng.h>

#include "log.h"
#include "make.h"

/* The next free place, or NULL after saying that there is none. */
static struct device *next(struct machine *m)
{
	struct devices *ds = m->devices;

	if (ds->n == MAX_DEVICES) {
		log_error("more than %u devices", MAX_DEVICES);
		return NULL;
	}
	ds->list[ds->n].machine = m;
	return &ds->list[ds->n];
}

static int refuse(const struct device *d, const struct cairn_err *err)
{
	log_err(d->name, err);
	return EXIT_HOST;
}

static void free_disk(void *device)
{
	cairn_virtio_blk_free(device);
}

static int make_disk(struct machine *m, size_t i)
{
	const struct disk_options *o = &m->options->disks[i];
	const struct cairn_virtio_blk_cfg cfg = { .home = m->loop,
						  .engines = m->host->disks[i].engines,
						  .n_queues = (uint16_t)o->queues,
						  .serial = o->serial[0] ? o->serial : NULL };
	struct device *d = next(m);
	struct cairn_virtio_blk *blk;
	struct cairn_err err = { 0 };

	if (!d)
		return EXIT_USAGE;
	snprintf(d->name, sizeof(d->name), "--disk path=%s", o->path);
	if (cairn_virtio_blk_new(&cfg, &blk, &err))
		return refuse(d, &err);
	d->vdev = cairn_virtio_blk_vdev(blk);
	d->device = blk;
	d->free_device = free_disk;
	m->devices->n++;
	return 0;
}

static void free_net(void *device)
{
	cairn_virtio_net_free(device);
}

static int make_net(struct machine *m, size_t i)
{
	const struct host_net *n = &m->host->nets[i];
	struct cairn_virtio_net_cfg cfg = { .home = m->loop,
					    .ports = n->ports,
					    .n_pairs = n->n_ports,
					    .has_mac = true,
					    .mtu = (uint16_t)m->options->nets[i].mtu };
	struct device *d = next(m);
	struct cairn_virtio_net *net;
	struct cairn_err err = { 0 };

	if (!d)
		return EXIT_USAGE;
	memcpy(cfg.mac, n->mac, sizeof(cfg.mac));
	snprintf(d->name, sizeof(d->name), "--net tap=%s", m->options->nets[i].tap);
	if (cairn_virtio_net_new(&cfg, &net, &err))
		return refuse(d, &err);
	d->vdev = cairn_virtio_net_vdev(net);
	d->device = net;
	d->free_device = free_net;
	m->devices->n++;
	return 0;
}

static void free_rng(void *device)
{
	cairn_virtio_rng_free(device);
}

static int make_rng(struct machine *m)
{
	const struct cairn_virtio_rng_cfg cfg = { .home = m->loop };
	struct device *d = next(m);
	struct cairn_virtio_rng *rng;
	struct cairn_err err = { 0 };

	if (!d)
		return EXIT_USAGE;
	snprintf(d->name, sizeof(d->name), "--rng");
	if (cairn_virtio_rng_new(&cfg, &rng, &err))
		return refuse(d, &err);
	d->vdev = cairn_virtio_rng_vdev(rng);
	d->device = rng;
	d->free_device = free_rng;
	m->devices->n++;
	return 0;
}

static void free_console(void *device)
{
	cairn_virtio_console_free(device);
}

static size_t console_push(void *ctx, const uint8_t *bytes, size_t n)
{
	return cairn_virtio_console_input(ctx, 0, bytes, n);
}

static void console_resized(void *ctx, uint16_t columns, uint16_t rows)
{
	cairn_virtio_console_set_size(ctx, 0, columns, rows);
}

static void console_ready(void *ctx)
{
	cairn_virtio_console_output_ready(ctx, 0);
}

static int make_console(struct machine *m)
{
	struct cairn_virtio_console_port_cfg port = {
		.output = console_try_output,
		.ctx = m->console,
		.room = { .fn = console_has_room, .ctx = m->console },
	};
	const struct cairn_virtio_console_cfg cfg = { .home = m->loop,
						      .ports = &port,
						      .n_ports = 1 };
	struct device *d = next(m);
	struct cairn_virtio_console *console;
	struct cairn_err err = { 0 };

	if (!d)
		return EXIT_USAGE;
	snprintf(d->name, sizeof(d->name), "--console virtio");
	port.has_size = terminal_size(&port.columns, &port.rows);
	if (cairn_virtio_console_new(&cfg, &console, &err))
		return refuse(d, &err);
	d->vdev = cairn_virtio_console_vdev(console);
	d->device = console;
	d->free_device = free_console;
	m->devices->n++;
	console_connect(m->console, (struct console_guest){ .push = console_push,
							    .output_ready = console_ready,
							    .resized = console_resized,
							    .ctx = console });
	return 0;
}

/* Apart from the console, whose size the configuration tells: not every driver reads RESIZE as the
 * standard has it. */
static int make_ports(struct machine *m)
{
	struct device *d = next(m);
	struct cairn_virtio_console *console;
	struct cairn_err err = { 0 };

	if (!d)
		return EXIT_USAGE;
	snprintf(d->name, sizeof(d->name), "--port");
	if (ports_connect(m->ports, &console, &err))
		return refuse(d, &err);
	d->vdev = cairn_virtio_console_vdev(console);
	d->device = console;
	d->free_device = free_console;
	m->devices->n++;
	return 0;
}

int make_devices(struct machine *m)
{
	int r = 0;

	for (size_t i = 0; i < m->options->n_disks && !r; i++)
		r = make_disk(m, i);
	for (size_t i = 0; i < m->options->n_nets && !r; i++)
		r = make_net(m, i);
	if (!r && m->options->rng)
		r = make_rng(m);
	if (!r && m->options->console == CONSOLE_VIRTIO)
		r = make_console(m);
	if (!r && m->ports)
		r = make_ports(m);
	return r;
}
