/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * port.c - a port's two queues.
 *
 * Output is copied to private memory in pieces. A chain that the program takes only in part is held
 * until the rest went: a DRAIN waits for that, a CANCEL or a closed end drops the rest.
 */
#include "console.h"

static bool takes_output(const struct console_port *p)
{
	return p->exists && (p->cfg.is_open || !console_is_multiport(p->console));
}

static bool takes_input(const struct console_port *p)
{
	return p->exists && (p->is_guest_open || !console_is_multiport(p->console));
}

/* Room was asked for and is there: say so. Kicks are of use only while somebody waits for room. */
static enum cairn_virtio_round rx_round(struct cairn_virtio_queue *q)
{
	struct console_port *p = cairn_container_of(q, struct console_port, rx);

	if (!takes_input(p))
		return CAIRN_VIRTIO_WAIT;
	if (p->wants_room && cairn_virtq_available(&q->vq)) {
		p->wants_room = false;
		cairn_trigger_fire(&p->cfg.room);
	}
	return p->wants_room ? CAIRN_VIRTIO_EMPTY : CAIRN_VIRTIO_WAIT;
}

/* Into one chain. Returns bytes, or 0: there is none. */
static size_t put_input(struct console_port *p, const uint8_t *bytes, size_t n)
{
	struct cairn_virtq_chain chain = { .spans = p->console->spans, .cap = CONSOLE_SPANS };

	if (!cairn_virtio_queue_pop(&p->rx, &chain))
		return 0;
	if (!chain.write_bytes || chain.n_read) {
		cairn_virtio_queue_break(&p->rx, -EPROTO);
		return 0;
	}
	n = cairn_spans_write(chain.spans, chain.n_write, 0, bytes, n);
	cairn_virtio_queue_put(&p->rx, &chain, (uint32_t)n);
	return n;
}

size_t cairn_virtio_console_input(struct cairn_virtio_console *c, uint32_t port,
				  const uint8_t *bytes, size_t n)
{
	struct console_port *p;
	size_t taken = 0;

	if (port >= c->max_ports)
		return 0;
	p = &c->ports[port];
	if (takes_input(p) && cairn_virtio_queue_may_run(&p->rx)) {
		size_t part;

		while (taken < n && (part = put_input(p, bytes + taken, n - taken)))
			taken += part;
		cairn_virtio_queue_flush(&p->rx);
	}
	if (taken < n) {
		p->wants_room = true;
		cairn_virtio_queue_wake(&p->rx); /* to listen for kicks */
	}
	return taken;
}

enum result {
	FINISHED, /* given back */
	FULL,     /* output_ready follows */
	LATER,    /* the budget is used up */
};

/* The held chain's rest, a piece at a time. */
static enum result put_output(struct console_port *p, uint32_t *budget)
{
	uint8_t *piece = p->console->piece;

	while (takes_output(p) && p->tx_off < p->tx_chain.read_bytes) {
		size_t n = cairn_spans_read(p->tx_chain.spans, p->tx_chain.n_read, p->tx_off, piece,
					    CONSOLE_PIECE_BYTES);
		size_t taken;

		if (*budget < n)
			return LATER;
		taken = p->cfg.output(p->cfg.ctx, piece, n);
		p->tx_off += (uint32_t)taken;
		*budget -= (uint32_t)taken;
		if (taken < n)
			return FULL;
	}
	p->is_held = false;
	cairn_virtio_queue_put(&p->tx, &p->tx_chain, 0);
	return FINISHED;
}

static bool take_output(struct console_port *p)
{
	p->tx_chain.spans = p->tx_spans;
	p->tx_chain.cap = CONSOLE_SPANS;
	if (!cairn_virtio_queue_pop(&p->tx, &p->tx_chain))
		return false;
	if (p->tx_chain.n_write) {
		cairn_virtio_queue_break(&p->tx, -EPROTO);
		return false;
	}
	p->is_held = true;
	p->tx_off = 0;
	return true;
}

static enum cairn_virtio_round tx_round(struct cairn_virtio_queue *q)
{
	struct console_port *p = cairn_container_of(q, struct console_port, tx);
	uint32_t budget = CAIRN_VIRTIO_CONSOLE_ROUND_BYTES;

	for (uint32_t i = 0; i < CONSOLE_QUEUE_SIZE; i++) {
		if (!p->is_held && !take_output(p))
			return CAIRN_VIRTIO_EMPTY;
		switch (put_output(p, &budget)) {
		case FINISHED:
			break;
		case FULL:
			return CAIRN_VIRTIO_WAIT;
		case LATER:
			return CAIRN_VIRTIO_AGAIN;
		}
	}
	return CAIRN_VIRTIO_AGAIN;
}

/* A stop goes on while the rest of a chain is held. */
static void go_on_stopping(struct console_port *p)
{
	uint32_t budget = UINT32_MAX;

	if (p->is_held && put_output(p, &budget) == FULL)
		return;
	cairn_virtio_queue_idle(&p->tx);
}

static void tx_stop(struct cairn_virtio_queue *q, enum cairn_vq_stop how)
{
	struct console_port *p = cairn_container_of(q, struct console_port, tx);

	if (how == CAIRN_VQ_CANCEL && p->is_held)
		p->tx_off = p->tx_chain.read_bytes;
	go_on_stopping(p);
}

static void go_on(struct console_port *p)
{
	if (cairn_virtio_queue_is_stopping(&p->tx))
		go_on_stopping(p);
	else
		cairn_virtio_queue_wake(&p->tx);
}

void cairn_virtio_console_output_ready(struct cairn_virtio_console *c, uint32_t port)
{
	if (port < c->max_ports)
		go_on(&c->ports[port]);
}

void cairn_virtio_console_port_changed_(struct console_port *p)
{
	go_on(p);
	cairn_virtio_queue_wake(&p->rx);
}

static const struct cairn_virtio_queue_ops rx_ops = {
	.size = sizeof(rx_ops),
	.round = rx_round,
};

static const struct cairn_virtio_queue_ops tx_ops = {
	.size = sizeof(tx_ops),
	.round = tx_round,
	.stop = tx_stop,
};

void cairn_virtio_console_port_init_(struct console_port *p)
{
	cairn_virtio_queue_init(&p->rx, &p->console->vdev, &rx_ops);
	cairn_virtio_queue_init(&p->tx, &p->console->vdev, &tx_ops);
}
