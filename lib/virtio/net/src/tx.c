/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tx.c - frames from the driver to the port, each by one system call straight from guest memory.
 * The kernel copies header and frame once and judges the copy, so the guest may rewrite both at any
 * time. A frame that nobody can send is dropped, as a wire would.
 */
#include "net.h"

#include <sys/epoll.h>

static struct cairn_virtio_net *to_net(struct cairn_virtio_queue *q)
{
	return cairn_container_of(cairn_container_of(q, struct net_tx, q), struct cairn_virtio_net,
				  tx);
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

static int transmit(struct cairn_virtio_net *n, const struct cairn_virtq_chain *c)
{
	for (uint16_t i = 0; i < c->n_read; i++) {
		n->tx.iov[i].iov_base = c->spans[i].base;
		n->tx.iov[i].iov_len = c->spans[i].len;
	}
	return n->port->ops->transmit(n->port, n->tx.iov, c->n_read);
}

/* The port is full: the chain goes back until there is room. False when that cannot be waited for.
 */
static bool wait_for_room(struct cairn_virtio_net *n, struct cairn_virtq_chain *c)
{
	if (cairn_loop_watch(n->tx.q.cfg.loop, &n->tx.watch, n->tx.fd, EPOLLOUT) < 0)
		return false;
	(void)!cairn_virtq_unpop(&n->tx.q.vq, c); /* it was the last one */
	return true;
}

static enum cairn_virtio_round tx_round(struct cairn_virtio_queue *q)
{
	struct cairn_virtio_net *n = to_net(q);
	struct cairn_virtq_chain c = { .spans = n->tx.spans, .cap = NET_CHAIN_SPANS };

	for (uint32_t i = 0; i < NET_ROUND_FRAMES; i++) {
		int r = -EPROTO;

		if (!cairn_virtio_queue_pop(q, &c))
			return CAIRN_VIRTIO_EMPTY;
		if (is_frame(&c))
			r = transmit(n, &c);
		if (r == -EAGAIN && wait_for_room(n, &c))
			return CAIRN_VIRTIO_WAIT;
		net_count(r < 0 ? &n->counts.tx_dropped : &n->counts.tx_frames);
		cairn_virtio_queue_put(q, &c, 0);
	}
	return CAIRN_VIRTIO_AGAIN;
}

static void tx_stopped(struct cairn_virtio_queue *q)
{
	cairn_watch_remove(&to_net(q)->tx.watch);
}

static const struct cairn_virtio_queue_ops tx_ops = {
	.size = sizeof(tx_ops),
	.round = tx_round,
	.stopped = tx_stopped,
};

void cairn_virtio_net_tx_init_(struct cairn_virtio_net *n)
{
	cairn_virtio_queue_init(&n->tx.q, &n->vdev, &tx_ops);
	n->tx.watch.fn = on_writable;
}
