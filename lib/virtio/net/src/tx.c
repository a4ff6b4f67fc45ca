/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tx.c - frames from the driver to the port, each by one system call straight from guest memory.
 * The kernel copies header and frame once and judges the copy, so the guest may rewrite both at any
 * time. A frame that nobody can send is dropped, as a wire would.
 */
#include "net.h"

#include <sys/epoll.h>

static struct net_pair *to_pair(struct cairn_virtio_queue *q)
{
	return cairn_container_of(cairn_container_of(q, struct net_tx, q), struct net_pair, tx);
}

static void on_writable(struct cairn_watch *w, uint32_t events)
{
	struct net_tx *t = cairn_container_of(w, struct net_tx, watch);

	cairn_watch_remove(w);
	cairn_virtio_queue_wake(&t->q);
}

static bool is_frame(const struct cairn_virtq_chain *c)
{
	return !c->n_write && c->read_bytes >= CAIRN_NET_HEADER_BYTES + NET_ETHER_BYTES &&
	       c->read_bytes <= CAIRN_NET_FRAME_BYTES;
}

static int transmit(struct net_pair *p, const struct cairn_virtq_chain *c)
{
	for (uint16_t i = 0; i < c->n_read; i++) {
		p->tx.iov[i].iov_base = c->spans[i].base;
		p->tx.iov[i].iov_len = c->spans[i].len;
	}
	return p->port->ops->transmit(p->port, p->tx.iov, c->n_read);
}

/* The port is full: the chain goes back until there is room. False when that cannot be waited for.
 */
static bool wait_for_room(struct net_tx *t, struct cairn_virtq_chain *c)
{
	if (cairn_loop_watch(t->q.cfg.loop, &t->watch, t->fd, EPOLLOUT) < 0)
		return false;
	(void)!cairn_virtq_unpop(&t->q.vq, c); /* it was the last one */
	return true;
}

static enum cairn_virtio_round tx_round(struct cairn_virtio_queue *q)
{
	struct net_pair *p = to_pair(q);
	struct cairn_virtio_net_counts *counts = &p->net->counts;
	struct cairn_virtq_chain c = { .spans = p->tx.spans, .cap = NET_CHAIN_SPANS };

	for (uint32_t i = 0; i < NET_ROUND_FRAMES; i++) {
		int r = -EPROTO;

		if (!cairn_virtio_queue_pop(q, &c))
			return CAIRN_VIRTIO_EMPTY;
		if (is_frame(&c))
			r = transmit(p, &c);
		if (r == -EAGAIN && wait_for_room(&p->tx, &c))
			return CAIRN_VIRTIO_WAIT;
		net_count(r < 0 ? &counts->tx_dropped : &counts->tx_frames);
		cairn_virtio_queue_put(q, &c, 0);
	}
	return CAIRN_VIRTIO_AGAIN;
}

static void tx_stopped(struct cairn_virtio_queue *q)
{
	cairn_watch_remove(&to_pair(q)->tx.watch);
}

static const struct cairn_virtio_queue_ops tx_ops = {
	.size = sizeof(tx_ops),
	.round = tx_round,
	.stopped = tx_stopped,
};

void cairn_virtio_net_tx_init_(struct net_tx *t, struct cairn_vdev *d)
{
	cairn_virtio_queue_init(&t->q, d, &tx_ops);
	t->watch.fn = on_writable;
}
