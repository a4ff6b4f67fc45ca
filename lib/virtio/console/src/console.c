/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* console.c - the device: ports, configuration, the ops of vdev (virtio 1.2, 5.3). */
#include "console.h"

#include <stdlib.h>

#define TYPE_CONSOLE 3u

/* The configuration space (5.3.4). */
enum {
	CONFIG_SIZE = 0, /* le16 columns, le16 rows */
	CONFIG_MAX_PORTS = 4,
	CONFIG_EMERGENCY = 8, /* write only */
	CONFIG_BYTES = 12,
};

static struct cairn_virtio_console *to_console(struct cairn_vdev *d)
{
	return cairn_container_of(d, struct cairn_virtio_console, vdev);
}

static struct console_port *port_of(struct cairn_virtio_console *c, uint32_t port)
{
	return port < c->max_ports && c->ports[port].exists ? &c->ports[port] : NULL;
}

static int console_set_features(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call)
{
	return 0;
}

static struct cairn_virtio_queue *queue_of(struct cairn_vdev *d, uint16_t index)
{
	struct cairn_virtio_console *c = to_console(d);
	struct console_port *p;

	if (index == CAIRN_VIRTIO_CONSOLE_CONTROL_RX)
		return &c->control_rx;
	if (index == CAIRN_VIRTIO_CONSOLE_CONTROL_TX)
		return &c->control_tx;
	p = &c->ports[index <= CAIRN_VIRTIO_CONSOLE_TX ? 0 : index / 2 - 1];
	return index % 2 ? &p->tx : &p->rx;
}

static int console_queue_start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
			       struct cairn_vdev_call *call)
{
	if (cfg->index > CAIRN_VIRTIO_CONSOLE_TX && !console_is_multiport(to_console(d)))
		return -EPROTO;
	return cairn_virtio_queue_start(queue_of(d, cfg->index), cfg, call);
}

static int console_queue_stop(struct cairn_vdev *d, uint16_t index, enum cairn_vq_stop how,
			      struct cairn_vdev_call *call)
{
	return cairn_virtio_queue_stop(queue_of(d, index), how, call);
}

static int console_queue_enable(struct cairn_vdev *d, uint16_t index, bool on)
{
	return cairn_virtio_queue_enable(queue_of(d, index), on);
}

static int console_reset(struct cairn_vdev *d, struct cairn_vdev_call *call)
{
	cairn_virtio_console_forget_(to_console(d));
	return 0;
}

/* One character, before any queue or feature (5.3.4, 5.3.6.1). Whoever panics does not wait. */
static int console_config_write(struct cairn_vdev *d, uint16_t off, const uint8_t *src,
				uint16_t len, struct cairn_vdev_call *call)
{
	struct console_port *p = port_of(to_console(d), 0);

	if (p && off <= CONFIG_EMERGENCY && CONFIG_EMERGENCY - off < len)
		p->cfg.output(p->cfg.ctx, src + (CONFIG_EMERGENCY - off), 1);
	return 0;
}

static const struct cairn_vdev_ops ops = {
	.size = sizeof(ops),
	.set_features = console_set_features,
	.queue_start = console_queue_start,
	.queue_stop = console_queue_stop,
	.queue_enable = console_queue_enable,
	.reset = console_reset,
	.config_write = console_config_write,
};

/* Port 0's. Returns whether that is news to the driver. */
static bool publish_size(struct console_port *p)
{
	struct cairn_virtio_console *c = p->console;
	uint32_t before = cairn_vdev_config_generation(&c->vdev);
	uint8_t bytes[4];

	if (p != c->ports || !p->cfg.has_size)
		return false;
	cairn_le_store(bytes, 2, p->cfg.columns);
	cairn_le_store(bytes + 2, 2, p->cfg.rows);
	cairn_vdev_config_publish(&c->vdev, CONFIG_SIZE, bytes, sizeof(bytes));
	return c->vdev.host && before != cairn_vdev_config_generation(&c->vdev);
}

void cairn_virtio_console_set_size(struct cairn_virtio_console *c, uint32_t port, uint16_t columns,
				   uint16_t rows)
{
	struct console_port *p = port_of(c, port);

	if (!p || (p->cfg.columns == columns && p->cfg.rows == rows))
		return;
	p->cfg.columns = columns;
	p->cfg.rows = rows;
	if (publish_size(p))
		c->vdev.host->ops->config_changed(c->vdev.host);
	cairn_virtio_console_tell_size_(p);
}

void cairn_virtio_console_set_open(struct cairn_virtio_console *c, uint32_t port, bool open)
{
	struct console_port *p = port_of(c, port);

	if (!p || p->cfg.is_open == open)
		return;
	p->cfg.is_open = open;
	cairn_virtio_console_tell_open_(p);
	cairn_virtio_console_port_changed_(p);
}

static int check_port(const struct cairn_virtio_console_port_cfg *cfg, struct cairn_err *err)
{
	if (!cfg->output)
		return cairn_err_set(err, EINVAL, "console without output", 0);
	if (cfg->name && strlen(cfg->name) >= CAIRN_VIRTIO_CONSOLE_NAME_BYTES)
		return cairn_err_set(err, EINVAL, "name of a console's port is too long",
				     strlen(cfg->name));
	return 0;
}

static void set_port(struct console_port *p, const struct cairn_virtio_console_port_cfg *cfg)
{
	p->cfg = *cfg;
	p->cfg.name = NULL; /* the caller's */
	memset(p->name, 0, sizeof(p->name));
	if (cfg->name)
		memcpy(p->name, cfg->name, strlen(cfg->name));
	p->wants_room = false;
	p->exists = true;
}

int cairn_virtio_console_add_port(struct cairn_virtio_console *c,
				  const struct cairn_virtio_console_port_cfg *cfg,
				  uint32_t *ret_port)
{
	uint32_t i = 0;
	int r = check_port(cfg, NULL);

	if (r < 0)
		return r;
	while (i < c->max_ports && c->ports[i].exists)
		i++;
	if (i == c->max_ports)
		return -ENOSPC;
	set_port(&c->ports[i], cfg);
	if (publish_size(&c->ports[i]))
		c->vdev.host->ops->config_changed(c->vdev.host);
	cairn_virtio_console_tell_added_(&c->ports[i]);
	*ret_port = i;
	return 0;
}

void cairn_virtio_console_remove_port(struct cairn_virtio_console *c, uint32_t port)
{
	struct console_port *p = port_of(c, port);

	if (!p)
		return;
	p->exists = false;
	cairn_virtio_console_tell_removed_(p);
	cairn_virtio_console_port_changed_(p);
}

static int check(const struct cairn_virtio_console_cfg *cfg, struct cairn_err *err)
{
	int r = 0;

	if (cfg->max_ports > CAIRN_VIRTIO_CONSOLE_MAX_PORTS)
		return cairn_err_set(err, EINVAL, "console with more than 16 ports",
				     cfg->max_ports);
	if (!cfg->n_ports || cfg->n_ports > (cfg->max_ports ? cfg->max_ports : 1))
		return cairn_err_set(err, EINVAL, "console with no or too many ports",
				     cfg->n_ports);
	for (uint32_t i = 0; !r && i < cfg->n_ports; i++)
		r = check_port(&cfg->ports[i], err);
	return r;
}

static int init(struct cairn_virtio_console *c, const struct cairn_virtio_console_cfg *cfg)
{
	const struct cairn_vdev_desc desc = {
		.ops = &ops,
		.home = cfg->home,
		.features = CAIRN_VIRTIO_F_INDIRECT_DESC | CAIRN_VIRTIO_F_EVENT_IDX |
			    CAIRN_VIRTIO_CONSOLE_F_EMERG_WRITE |
			    (cfg->ports[0].has_size ? CAIRN_VIRTIO_CONSOLE_F_SIZE : 0) |
			    (cfg->max_ports ? CAIRN_VIRTIO_CONSOLE_F_MULTIPORT : 0),
		.type = TYPE_CONSOLE,
		.n_queues = (uint16_t)(cfg->max_ports ? 2 + 2 * cfg->max_ports : 2),
		.config_len = CONFIG_BYTES,
		.queue_max = c->queue_max,
	};
	uint8_t max[4];
	int r;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(c->queue_max); i++)
		c->queue_max[i] = CONSOLE_QUEUE_SIZE;
	r = cairn_vdev_init(&c->vdev, &desc);
	if (r < 0)
		return r;
	cairn_le_store(max, sizeof(max), cfg->max_ports);
	cairn_vdev_config_publish(&c->vdev, CONFIG_MAX_PORTS, max, sizeof(max));
	return 0;
}

static void init_ports(struct cairn_virtio_console *c, const struct cairn_virtio_console_cfg *cfg)
{
	for (uint32_t i = 0; i < c->max_ports; i++) {
		c->ports[i].console = c;
		cairn_virtio_console_port_init_(&c->ports[i]);
		if (i < cfg->n_ports)
			set_port(&c->ports[i], &cfg->ports[i]);
	}
	publish_size(&c->ports[0]);
	cairn_virtio_console_control_init_(c);
}

int cairn_virtio_console_new(const struct cairn_virtio_console_cfg *cfg,
			     struct cairn_virtio_console **ret, struct cairn_err *err)
{
	uint32_t max_ports = cfg->max_ports ? cfg->max_ports : 1;
	struct cairn_virtio_console *c;
	int r = check(cfg, err);

	if (r < 0)
		return r;
	c = calloc(1, sizeof(*c) + max_ports * sizeof(c->ports[0]));
	if (!c)
		return cairn_err_set(err, ENOMEM, "no memory for a console", 0);
	c->max_ports = max_ports;
	r = init(c, cfg);
	if (r < 0) {
		free(c);
		return cairn_err_set(err, -r, "cannot make a console", 0);
	}
	init_ports(c, cfg);
	*ret = c;
	return 0;
}

void cairn_virtio_console_free(struct cairn_virtio_console *c)
{
	if (!c)
		return;
	cairn_vdev_fini(&c->vdev);
	free(c);
}

struct cairn_vdev *cairn_virtio_console_vdev(struct cairn_virtio_console *c)
{
	return &c->vdev;
}
