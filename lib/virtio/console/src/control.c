/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * control.c - the messages about ports (virtio 1.2, 5.3.6.2).
 *
 * Towards the driver nothing is queued but one bit for each kind of message and port: a message is
 * made when there is a buffer for it. So whatever changes while the driver offers none costs no
 * memory, and what it hears at last is true.
 */
#include "console.h"

enum {
	DEVICE_READY = 0, /* from the driver, as PORT_READY */
	DEVICE_ADD = 1,   /* from the device, as the others, but PORT_OPEN: from both */
	DEVICE_REMOVE = 2,
	PORT_READY = 3,
	CONSOLE_PORT = 4,
	RESIZE = 5,
	PORT_OPEN = 6,
	PORT_NAME = 7,

	HEADER_BYTES = 8, /* le32 port, le16 event, le16 value; RESIZE and PORT_NAME go on */
	SIZE_BYTES = 4,   /* le16 columns, le16 rows */
};

struct message {
	uint32_t port;
	uint16_t event, value;
};

static void tell(struct console_port *p, unsigned int what)
{
	p->tell |= what;
	cairn_virtio_queue_wake(&p->console->control_rx);
}

static bool is_hearing_sizes(const struct console_port *p)
{
	return p->is_ready && p->cfg.is_console && p->cfg.has_size;
}

static struct console_port *next_to_tell(struct cairn_virtio_console *c)
{
	for (uint32_t i = 0; i < c->max_ports; i++)
		if (c->ports[i].tell)
			return &c->ports[i];
	return NULL;
}

/* Returns the length; dst has room for the longest. */
static size_t write_message(const struct console_port *p, unsigned int what, uint8_t *dst)
{
	uint16_t event = 0, value = 1;
	size_t n = HEADER_BYTES;

	switch (what) {
	case CONSOLE_TELL_REMOVE:
		event = DEVICE_REMOVE;
		break;
	case CONSOLE_TELL_ADD:
		event = DEVICE_ADD;
		break;
	case CONSOLE_TELL_CONSOLE:
		event = CONSOLE_PORT;
		break;
	case CONSOLE_TELL_NAME:
		event = PORT_NAME;
		n += strlen(p->name);
		memcpy(dst + HEADER_BYTES, p->name, strlen(p->name));
		break;
	case CONSOLE_TELL_SIZE:
		event = RESIZE;
		n += SIZE_BYTES;
		cairn_le_store(dst + HEADER_BYTES, 2, p->cfg.columns);
		cairn_le_store(dst + HEADER_BYTES + 2, 2, p->cfg.rows);
		break;
	case CONSOLE_TELL_OPEN:
		event = PORT_OPEN;
		value = p->cfg.is_open;
		break;
	}
	cairn_le_store(dst, 4, (uint64_t)(p - p->console->ports));
	cairn_le_store(dst + 4, 2, event);
	cairn_le_store(dst + 6, 2, value);
	return n;
}

static void was_told(struct console_port *p, unsigned int what)
{
	p->tell &= ~what;
	if (what == CONSOLE_TELL_REMOVE)
		p->is_known = false;
	if (what == CONSOLE_TELL_ADD)
		p->is_known = true;
	if (what == CONSOLE_TELL_OPEN)
		p->told_open = p->cfg.is_open;
}

/* The port's next message into one chain. Returns false: there is none, or the device is broken. */
static bool put_message(struct console_port *p)
{
	struct cairn_virtio_queue *q = &p->console->control_rx;
	struct cairn_virtq_chain chain = { .spans = p->console->spans, .cap = CONSOLE_SPANS };
	uint8_t bytes[HEADER_BYTES + CAIRN_VIRTIO_CONSOLE_NAME_BYTES];
	unsigned int what = p->tell & -p->tell;
	size_t n = write_message(p, what, bytes);

	if (!cairn_virtio_queue_pop(q, &chain))
		return false;
	if (what == CONSOLE_TELL_NAME && chain.write_bytes >= HEADER_BYTES)
		n = cairn_min_u64(n, chain.write_bytes); /* it takes what it has room for */
	if (chain.n_read || chain.write_bytes < n) {
		cairn_virtio_queue_break(q, -EPROTO);
		return false;
	}
	cairn_spans_write(chain.spans, chain.n_write, 0, bytes, n);
	cairn_virtio_queue_put(q, &chain, (uint32_t)n);
	was_told(p, what);
	return true;
}

static enum cairn_virtio_round control_rx_round(struct cairn_virtio_queue *q)
{
	struct cairn_virtio_console *c =
	    cairn_container_of(q, struct cairn_virtio_console, control_rx);

	for (uint32_t i = 0; i < CONSOLE_QUEUE_SIZE; i++) {
		struct console_port *p = next_to_tell(c);

		if (!p)
			return CAIRN_VIRTIO_WAIT;
		if (!put_message(p))
			return CAIRN_VIRTIO_EMPTY;
	}
	return CAIRN_VIRTIO_AGAIN;
}

static void set_guest_open(struct console_port *p, bool open)
{
	if (p->is_guest_open == open)
		return;
	p->is_guest_open = open;
	if (p->exists && p->cfg.guest_open)
		p->cfg.guest_open(p->cfg.ctx, open);
	cairn_virtio_queue_wake(&p->rx);
}

static void forget_port(struct console_port *p)
{
	p->is_known = p->is_ready = false;
	p->tell = 0;
	set_guest_open(p, false);
}

void cairn_virtio_console_forget_(struct cairn_virtio_console *c)
{
	c->is_ready = false;
	for (uint32_t i = 0; i < c->max_ports; i++)
		forget_port(&c->ports[i]);
}

static void on_device_ready(struct cairn_virtio_console *c, bool ok)
{
	if (!ok) {
		cairn_virtio_console_forget_(c);
		return;
	}
	c->is_ready = true;
	for (uint32_t i = 0; i < c->max_ports; i++)
		if (c->ports[i].exists && !c->ports[i].is_known)
			tell(&c->ports[i], CONSOLE_TELL_ADD);
}

/* Also without DEVICE_READY and DEVICE_ADD: a driver that comes back from a suspension knows its
 * ports. */
static void on_port_ready(struct console_port *p, bool ok)
{
	unsigned int what = 0;

	p->tell = 0;
	p->is_known = true;
	p->is_ready = ok;
	p->told_open = false;
	set_guest_open(p, false);
	if (!ok)
		return;
	p->console->is_ready = true;
	what |= p->cfg.is_console ? CONSOLE_TELL_CONSOLE : 0;
	what |= p->name[0] ? CONSOLE_TELL_NAME : 0;
	what |= is_hearing_sizes(p) ? CONSOLE_TELL_SIZE : 0;
	what |= p->cfg.is_open ? CONSOLE_TELL_OPEN : 0;
	tell(p, what);
}

static void handle(struct cairn_virtio_console *c, const struct message *m)
{
	struct console_port *p;

	if (m->event == DEVICE_READY)
		on_device_ready(c, m->value); /* the port is of no meaning */
	if (m->event != PORT_READY && m->event != PORT_OPEN)
		return; /* or a message for drivers, or of a later standard */
	if (m->port >= c->max_ports) {
		cairn_virtio_queue_break(&c->control_tx, -EPROTO);
		return;
	}
	p = &c->ports[m->port];
	if (!p->exists || p->tell & (CONSOLE_TELL_REMOVE | CONSOLE_TELL_ADD))
		return; /* it speaks of a port that went, and has not heard so yet */
	if (m->event == PORT_READY)
		on_port_ready(p, m->value);
	else if (p->is_ready)
		set_guest_open(p, m->value);
}

static bool take_message(struct cairn_virtio_console *c, struct message *ret)
{
	struct cairn_virtq_chain chain = { .spans = c->spans, .cap = CONSOLE_SPANS };
	uint8_t bytes[HEADER_BYTES];

	if (!cairn_virtio_queue_pop(&c->control_tx, &chain))
		return false;
	if (chain.n_write || chain.read_bytes < HEADER_BYTES) {
		cairn_virtio_queue_break(&c->control_tx, -EPROTO);
		return false;
	}
	cairn_spans_read(chain.spans, chain.n_read, 0, bytes, sizeof(bytes));
	cairn_virtio_queue_put(&c->control_tx, &chain, 0);
	ret->port = (uint32_t)cairn_le_load(bytes, 4);
	ret->event = (uint16_t)cairn_le_load(bytes + 4, 2);
	ret->value = (uint16_t)cairn_le_load(bytes + 6, 2);
	return true;
}

static enum cairn_virtio_round control_tx_round(struct cairn_virtio_queue *q)
{
	struct cairn_virtio_console *c =
	    cairn_container_of(q, struct cairn_virtio_console, control_tx);
	struct message m;

	for (uint32_t i = 0; i < CONSOLE_QUEUE_SIZE; i++) {
		if (!take_message(c, &m))
			return CAIRN_VIRTIO_EMPTY;
		handle(c, &m);
	}
	return CAIRN_VIRTIO_AGAIN;
}

void cairn_virtio_console_tell_added_(struct console_port *p)
{
	if (p->console->is_ready)
		tell(p, CONSOLE_TELL_ADD);
}

void cairn_virtio_console_tell_removed_(struct console_port *p)
{
	p->tell = 0;
	p->is_ready = p->is_guest_open = false;
	if (p->is_known)
		tell(p, CONSOLE_TELL_REMOVE);
}

void cairn_virtio_console_tell_size_(struct console_port *p)
{
	if (is_hearing_sizes(p))
		tell(p, CONSOLE_TELL_SIZE);
}

void cairn_virtio_console_tell_open_(struct console_port *p)
{
	if (!p->is_ready)
		return;
	p->tell &= ~(unsigned int)CONSOLE_TELL_OPEN;
	if (p->told_open != p->cfg.is_open)
		tell(p, CONSOLE_TELL_OPEN);
}

static const struct cairn_virtio_queue_ops control_rx_ops = {
	.size = sizeof(control_rx_ops),
	.round = control_rx_round,
};

static const struct cairn_virtio_queue_ops control_tx_ops = {
	.size = sizeof(control_tx_ops),
	.round = control_tx_round,
};

void cairn_virtio_console_control_init_(struct cairn_virtio_console *c)
{
	cairn_virtio_queue_init(&c->control_rx, &c->vdev, &control_rx_ops);
	cairn_virtio_queue_init(&c->control_tx, &c->vdev, &control_tx_ops);
}
