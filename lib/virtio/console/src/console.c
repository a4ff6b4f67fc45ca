/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * console.c - one port, two queues (virtio 1.2, 5.3).
 *
 * Output is copied to private memory in pieces. A chain that the program takes only in part is held
 * until the rest went: a DRAIN waits for that, a CANCEL drops the rest.
 */
#include <cairn/virtio_console.h>

#include <stdlib.h>

#include <cairn/virtio_queue.h>

#define TYPE_CONSOLE 3u
#define QUEUE_SIZE   64u
#define MAX_SPANS    (QUEUE_SIZE + 8u)
#define PIECE_BYTES  4096u

/* The configuration space (virtio 1.2, 5.3.4); ports and emergency writes are not offered. */
enum {
	CONFIG_SIZE = 0, /* le16 columns, le16 rows */
	CONFIG_BYTES = 12,
};

struct cairn_virtio_console {
	struct cairn_vdev vdev;
	struct cairn_virtio_queue rx, tx;
	size_t (*output)(void *ctx, const uint8_t *bytes, size_t n);
	void *ctx;
	struct cairn_trigger room;
	bool has_size;
	bool wants_room; /* input found no buffer */
	bool is_held;    /* tx_chain is taken and not finished */
	struct cairn_virtq_chain tx_chain;
	uint32_t tx_off; /* bytes of it that are out */
	struct cairn_span tx_spans[MAX_SPANS], rx_spans[MAX_SPANS];
	uint8_t piece[PIECE_BYTES];
};

static const uint16_t queue_max[] = { QUEUE_SIZE, QUEUE_SIZE };

static struct cairn_virtio_console *to_console(struct cairn_vdev *d)
{
	return cairn_container_of(d, struct cairn_virtio_console, vdev);
}

/* Room was asked for and is there: say so. Kicks are of use only while somebody waits for room. */
static enum cairn_virtio_round rx_round(struct cairn_virtio_queue *q)
{
	struct cairn_virtio_console *c = cairn_container_of(q, struct cairn_virtio_console, rx);

	if (c->wants_room && cairn_virtq_available(&q->vq)) {
		c->wants_room = false;
		cairn_trigger_fire(&c->room);
	}
	return c->wants_room ? CAIRN_VIRTIO_EMPTY : CAIRN_VIRTIO_WAIT;
}

/* Into one chain. Returns bytes, or 0: there is none. */
static size_t put_input(struct cairn_virtio_console *c, const uint8_t *bytes, size_t n)
{
	struct cairn_virtq_chain chain = { .spans = c->rx_spans, .cap = MAX_SPANS };

	if (!cairn_virtio_queue_pop(&c->rx, &chain))
		return 0;
	if (!chain.write_bytes || chain.n_read) {
		cairn_virtio_queue_break(&c->rx, -EPROTO);
		return 0;
	}
	n = cairn_spans_write(chain.spans, chain.n_write, 0, bytes, n);
	cairn_virtio_queue_put(&c->rx, &chain, (uint32_t)n);
	return n;
}

size_t cairn_virtio_console_input(struct cairn_virtio_console *c, const uint8_t *bytes, size_t n)
{
	size_t taken = 0;

	if (cairn_virtio_queue_may_run(&c->rx)) {
		size_t part;

		while (taken < n && (part = put_input(c, bytes + taken, n - taken)))
			taken += part;
		cairn_virtio_queue_flush(&c->rx);
	}
	if (taken < n) {
		c->wants_room = true;
		cairn_virtio_queue_wake(&c->rx); /* to listen for kicks */
	}
	return taken;
}

enum result {
	FINISHED, /* given back */
	FULL,     /* output_ready follows */
	LATER,    /* the budget is used up */
};

/* The held chain's rest, a piece at a time. */
static enum result put_output(struct cairn_virtio_console *c, uint32_t *budget)
{
	while (c->tx_off < c->tx_chain.read_bytes) {
		size_t n = cairn_spans_read(c->tx_chain.spans, c->tx_chain.n_read, c->tx_off,
					    c->piece, sizeof(c->piece));
		size_t taken;

		if (*budget < n)
			return LATER;
		taken = c->output(c->ctx, c->piece, n);
		c->tx_off += (uint32_t)taken;
		*budget -= (uint32_t)taken;
		if (taken < n)
			return FULL;
	}
	c->is_held = false;
	cairn_virtio_queue_put(&c->tx, &c->tx_chain, 0);
	return FINISHED;
}

static bool take_output(struct cairn_virtio_console *c)
{
	c->tx_chain.spans = c->tx_spans;
	c->tx_chain.cap = MAX_SPANS;
	if (!cairn_virtio_queue_pop(&c->tx, &c->tx_chain))
		return false;
	if (c->tx_chain.n_write) {
		cairn_virtio_queue_break(&c->tx, -EPROTO);
		return false;
	}
	c->is_held = true;
	c->tx_off = 0;
	return true;
}

static enum cairn_virtio_round tx_round(struct cairn_virtio_queue *q)
{
	struct cairn_virtio_console *c = cairn_container_of(q, struct cairn_virtio_console, tx);
	uint32_t budget = CAIRN_VIRTIO_CONSOLE_ROUND_BYTES;

	for (uint32_t i = 0; i < QUEUE_SIZE; i++) {
		if (!c->is_held && !take_output(c))
			return CAIRN_VIRTIO_EMPTY;
		switch (put_output(c, &budget)) {
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
static void go_on_stopping(struct cairn_virtio_console *c)
{
	uint32_t budget = UINT32_MAX;

	if (c->is_held && put_output(c, &budget) == FULL)
		return;
	cairn_virtio_queue_idle(&c->tx);
}

static void tx_stop(struct cairn_virtio_queue *q, enum cairn_vq_stop how)
{
	struct cairn_virtio_console *c = cairn_container_of(q, struct cairn_virtio_console, tx);

	if (how == CAIRN_VQ_CANCEL && c->is_held)
		c->tx_off = c->tx_chain.read_bytes;
	go_on_stopping(c);
}

void cairn_virtio_console_output_ready(struct cairn_virtio_console *c)
{
	if (cairn_virtio_queue_is_stopping(&c->tx))
		go_on_stopping(c);
	else
		cairn_virtio_queue_wake(&c->tx);
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

static int console_set_features(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call)
{
	return 0;
}

static struct cairn_virtio_queue *queue_of(struct cairn_vdev *d, uint16_t index)
{
	return index == CAIRN_VIRTIO_CONSOLE_RX ? &to_console(d)->rx : &to_console(d)->tx;
}

static int console_queue_start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
			       struct cairn_vdev_call *call)
{
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

static const struct cairn_vdev_ops ops = {
	.size = sizeof(ops),
	.set_features = console_set_features,
	.queue_start = console_queue_start,
	.queue_stop = console_queue_stop,
	.queue_enable = console_queue_enable,
};

static void publish_size(struct cairn_virtio_console *c, uint16_t columns, uint16_t rows)
{
	uint8_t bytes[4];

	cairn_le_store(bytes, 2, columns);
	cairn_le_store(bytes + 2, 2, rows);
	cairn_vdev_config_publish(&c->vdev, CONFIG_SIZE, bytes, sizeof(bytes));
}

void cairn_virtio_console_set_size(struct cairn_virtio_console *c, uint16_t columns, uint16_t rows)
{
	uint32_t before = cairn_vdev_config_generation(&c->vdev);

	if (!c->has_size)
		return;
	publish_size(c, columns, rows);
	if (c->vdev.host && before != cairn_vdev_config_generation(&c->vdev))
		c->vdev.host->ops->config_changed(c->vdev.host);
}

static int init(struct cairn_virtio_console *c, const struct cairn_virtio_console_cfg *cfg)
{
	const struct cairn_vdev_desc desc = {
		.ops = &ops,
		.home = cfg->home,
		.features = CAIRN_VIRTIO_F_INDIRECT_DESC | CAIRN_VIRTIO_F_EVENT_IDX |
			    (cfg->has_size ? CAIRN_VIRTIO_CONSOLE_F_SIZE : 0),
		.type = TYPE_CONSOLE,
		.n_queues = 2,
		.config_len = CONFIG_BYTES,
		.queue_max = queue_max,
	};
	int r = cairn_vdev_init(&c->vdev, &desc);

	if (r < 0)
		return r;
	cairn_virtio_queue_init(&c->rx, &c->vdev, &rx_ops);
	cairn_virtio_queue_init(&c->tx, &c->vdev, &tx_ops);
	c->output = cfg->output;
	c->ctx = cfg->ctx;
	c->room = cfg->room;
	c->has_size = cfg->has_size;
	if (c->has_size)
		publish_size(c, cfg->columns, cfg->rows);
	return 0;
}

int cairn_virtio_console_new(const struct cairn_virtio_console_cfg *cfg,
			     struct cairn_virtio_console **ret, struct cairn_err *err)
{
	struct cairn_virtio_console *c;
	int r;

	if (!cfg->output)
		return cairn_err_set(err, EINVAL, "console without output", 0);
	c = calloc(1, sizeof(*c));
	if (!c)
		return cairn_err_set(err, ENOMEM, "no memory for a console", 0);
	r = init(c, cfg);
	if (r < 0) {
		free(c);
		return cairn_err_set(err, -r, "cannot make a console", 0);
	}
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
