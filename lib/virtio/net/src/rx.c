/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * rx.c - frames from the port to the driver's buffers, each by one system call straight into guest
 * memory.
 *
 * How long a frame is, is known when it is read. So buffers for the longest are taken in advance,
 * and behind them the system call gets the backlog: what did not fit into the buffers lies there,
 * at its place in the frame. Then the frame waits in the backlog until the driver adds buffers, or
 * is dropped where it can never fit. A frame that the driver has not asked for is forgotten: its
 * buffers get the next one.
 */
#include "net.h"

#include <stdlib.h>
#include <sys/epoll.h>

#define NUM_BUFFERS_AT 10u /* in the header: virtio 1.2, 5.1.6 */
#define DST_AT         CAIRN_NET_HEADER_BYTES

static struct net_rx *to_rx(struct cairn_virtio_queue *q)
{
	return cairn_container_of(q, struct net_rx, q);
}

static struct net_pair *to_pair(struct net_rx *rx)
{
	return cairn_container_of(rx, struct net_pair, rx);
}

static struct cairn_virtio_net *to_net(struct net_rx *rx)
{
	return to_pair(rx)->net;
}

static struct cairn_virtq_chain *chain_at(struct net_rx *rx, uint32_t i)
{
	return &rx->chains[(rx->first + i) % NET_RX_CHAINS].chain;
}

static void on_readable(struct cairn_watch *w, uint32_t events)
{
	struct net_rx *rx = cairn_container_of(w, struct net_rx, watch);

	cairn_virtio_queue_wake(&rx->q);
	/* Nobody takes the frame now; the next round watches again. */
	if (!cairn_virtio_queue_is_enabled(&rx->q))
		cairn_watch_remove(w);
}

/* How many chains a frame may use. */
static uint32_t max_chains(const struct net_rx *rx)
{
	return rx->is_merging ? NET_RX_CHAINS : 1;
}

/* Take chains until the longest frame has room, or there are no more. */
static void gather(struct net_rx *rx)
{
	uint32_t want = rx->max_frame;

	if (want < rx->backlog_bytes)
		want = rx->backlog_bytes;
	while (rx->n_chains < max_chains(rx) && rx->room_bytes < want) {
		struct net_rx_chain *s = &rx->chains[(rx->first + rx->n_chains) % NET_RX_CHAINS];

		s->chain.spans = s->spans;
		s->chain.cap = NET_CHAIN_SPANS;
		if (!cairn_virtio_queue_pop(&rx->q, &s->chain))
			return;
		if (s->chain.n_read || s->chain.write_bytes < CAIRN_NET_HEADER_BYTES) {
			(void)!cairn_virtq_unpop(&rx->q.vq, &s->chain);
			cairn_virtio_queue_break(&rx->q, -EPROTO);
			return;
		}
		rx->room_bytes += s->chain.write_bytes;
		rx->n_chains++;
	}
}

/* The buffers, as far as the array goes, and the backlog behind them. Returns entries; *ret_room:
 * bytes of the buffers. */
static int build_iov(struct net_rx *rx, uint32_t *ret_room)
{
	uint32_t room = 0;
	int n = 0;

	for (uint32_t i = 0; i < rx->n_chains; i++) {
		const struct cairn_virtq_chain *c = chain_at(rx, i);

		for (uint16_t k = 0; k < c->n_write; k++) {
			size_t len = cairn_min_u64(c->spans[k].len, CAIRN_NET_FRAME_BYTES - room);

			if (!len || n == (int)NET_RX_IOV)
				break;
			rx->iov[n].iov_base = c->spans[k].base;
			rx->iov[n++].iov_len = len;
			room += (uint32_t)len;
		}
	}
	if (room < CAIRN_NET_FRAME_BYTES) {
		rx->iov[n].iov_base = rx->backlog + room;
		rx->iov[n++].iov_len = CAIRN_NET_FRAME_BYTES - room;
	}
	*ret_room = room;
	return n;
}

/* Chains that a frame of so many bytes takes, or 0: they do not suffice. */
static uint32_t chains_for(struct net_rx *rx, uint32_t bytes)
{
	uint64_t room = 0;

	for (uint32_t i = 0; i < rx->n_chains; i++) {
		room += chain_at(rx, i)->write_bytes;
		if (room >= bytes)
			return i + 1;
	}
	return 0;
}

/* A frame lies in the first chains: hand them over. */
static void deliver(struct net_rx *rx, uint32_t n_chains, uint32_t bytes)
{
	cairn_le16 n = cairn_le16_of((uint16_t)n_chains);
	const struct cairn_virtq_chain *first = chain_at(rx, 0);

	cairn_spans_write(first->spans, first->n_write, NUM_BUFFERS_AT, &n, sizeof(n));
	for (uint32_t i = 0; i < n_chains; i++) {
		const struct cairn_virtq_chain *c = chain_at(rx, i);
		uint32_t part = (uint32_t)cairn_min_u64(bytes, c->write_bytes);

		cairn_virtio_queue_put(&rx->q, c, part);
		bytes -= part;
		rx->room_bytes -= c->write_bytes;
	}
	rx->first = (rx->first + n_chains) % NET_RX_CHAINS;
	rx->n_chains -= n_chains;
	net_count(&to_net(rx)->counts.rx_frames);
}

/* Bytes of a frame from the backlog into the first chains. */
static void fill_from_backlog(struct net_rx *rx)
{
	uint32_t at = 0;

	for (uint32_t i = 0; at < rx->backlog_bytes; i++) {
		const struct cairn_virtq_chain *c = chain_at(rx, i);

		at += (uint32_t)cairn_spans_write(c->spans, c->n_write, 0, rx->backlog + at,
						  rx->backlog_bytes - at);
	}
}

/* Bytes of the frame just read, which lies in the buffers, and beyond their room in the backlog. */
static void frame_read(struct net_rx *rx, uint32_t room, uint32_t at, uint8_t *dst, uint32_t len)
{
	uint32_t in_room = at < room ? (uint32_t)cairn_min_u64(len, room - at) : 0, done = 0;
	uint64_t start = 0; /* of the chain, in the frame */

	for (uint32_t i = 0; done < in_room; i++) {
		const struct cairn_virtq_chain *c = chain_at(rx, i);

		if (at + done < start + c->write_bytes)
			done += (uint32_t)cairn_spans_read(c->spans, c->n_write, at + done - start,
							   dst + done, in_room - done);
		start += c->write_bytes;
	}
	if (done < len)
		memcpy(dst + done, rx->backlog + at + done, len - done);
}

/* A frame longer than its room: what lies in buffers joins the rest in the backlog. */
static void keep(struct net_rx *rx, uint32_t room, uint32_t bytes)
{
	frame_read(rx, room, 0, rx->backlog, room);
	rx->backlog_bytes = bytes;
}

/* Frames may go to this queue. */
static bool is_in_use(struct net_rx *rx)
{
	return to_pair(rx)->index < rx->settings.n_pairs;
}

/* See what the driver has set since the last frame. */
static void obey(struct net_rx *rx)
{
	struct cairn_virtio_net *n = to_net(rx);

	if (__atomic_load_n(&n->generation, __ATOMIC_ACQUIRE) == rx->generation)
		return;
	pthread_mutex_lock(&n->lock);
	rx->settings = n->settings;
	rx->generation = n->generation;
	pthread_mutex_unlock(&n->lock);
	if (rx->backlog_bytes && !is_in_use(rx)) {
		rx->backlog_bytes = 0;
		net_count(&n->counts.rx_filtered);
	}
}

static bool is_wanted(struct net_rx *rx, uint32_t room)
{
	uint8_t dst[NET_MAC_BYTES];

	if (!is_in_use(rx))
		return false;
	if (!rx->settings.filter.is_on)
		return true;
	frame_read(rx, room, DST_AT, dst, sizeof(dst));
	return cairn_virtio_net_passes_(&rx->settings.filter, dst);
}

enum result {
	GO_ON,
	NEED_BUFFERS,
	NEED_FRAMES,
};

/* The frame in the backlog: delivered, dropped, or still waiting. */
static enum result serve_backlog(struct net_rx *rx)
{
	uint32_t n = chains_for(rx, rx->backlog_bytes);
	uint32_t out = (uint32_t)cairn_min_u64(rx->q.cfg.size, max_chains(rx));

	if (!n && rx->n_chains < out)
		return NEED_BUFFERS;
	if (n) {
		fill_from_backlog(rx);
		deliver(rx, n, rx->backlog_bytes);
	} else { /* the driver can add none, and they do not suffice */
		net_count(&to_net(rx)->counts.rx_dropped);
	}
	rx->backlog_bytes = 0;
	return GO_ON;
}

/* Told at home, from where the configuration may be changed. */
static void on_lost(struct cairn_call *c)
{
	cairn_virtio_net_set_link(to_net(cairn_container_of(c, struct net_rx, lost)), false);
}

static enum result receive(struct net_rx *rx)
{
	struct cairn_net *port = to_pair(rx)->port;
	uint32_t room, n;
	int bytes, n_iov = build_iov(rx, &room);

	bytes = port->ops->receive(port, rx->iov, n_iov);
	if (bytes == -EAGAIN)
		return NEED_FRAMES;
	if (bytes < 0) {
		rx->is_gone = true;
		cairn_loop_post(rx->q.vdev->home, &rx->lost);
		return NEED_FRAMES;
	}
	if (bytes < (int)(CAIRN_NET_HEADER_BYTES + NET_ETHER_BYTES))
		return GO_ON;
	if (!is_wanted(rx, room)) {
		net_count(&to_net(rx)->counts.rx_filtered);
		return GO_ON;
	}
	n = (uint32_t)bytes <= room ? chains_for(rx, (uint32_t)bytes) : 0;
	if (n)
		deliver(rx, n, (uint32_t)bytes);
	else
		keep(rx, room, (uint32_t)bytes);
	return GO_ON;
}

static enum result step(struct net_rx *rx)
{
	obey(rx);
	gather(rx);
	if (!rx->n_chains || rx->q.broken)
		return NEED_BUFFERS;
	if (rx->backlog_bytes)
		return serve_backlog(rx);
	return rx->is_gone ? NEED_FRAMES : receive(rx);
}

static enum cairn_virtio_round rx_round(struct cairn_virtio_queue *q)
{
	struct net_rx *rx = to_rx(q);
	enum result r = GO_ON;

	for (uint32_t i = 0; i < NET_ROUND_FRAMES && r == GO_ON; i++)
		r = step(rx);
	if (r == GO_ON)
		return CAIRN_VIRTIO_AGAIN;
	if (r == NEED_BUFFERS) {
		cairn_watch_remove(&rx->watch);
		return CAIRN_VIRTIO_EMPTY;
	}
	if (rx->is_gone)
		cairn_watch_remove(&rx->watch);
	else if (!cairn_watch_is_added(&rx->watch) &&
		 cairn_loop_watch(q->cfg.loop, &rx->watch, to_pair(rx)->port->fd, EPOLLIN) < 0)
		return CAIRN_VIRTIO_AGAIN; /* no memory in the kernel: once more */
	return CAIRN_VIRTIO_WAIT;
}

static int rx_started(struct cairn_virtio_queue *q)
{
	const uint64_t tso = CAIRN_VIRTIO_NET_F_GUEST_TSO4 | CAIRN_VIRTIO_NET_F_GUEST_TSO6;
	struct net_rx *rx = to_rx(q);
	uint32_t mtu = to_net(rx)->mtu;

	rx->chains = calloc(NET_RX_CHAINS, sizeof(*rx->chains));
	rx->backlog = calloc(1, CAIRN_NET_FRAME_BYTES);
	if (!rx->chains || !rx->backlog) {
		free(rx->chains);
		free(rx->backlog);
		return -ENOMEM;
	}
	rx->first = rx->n_chains = rx->backlog_bytes = 0;
	rx->room_bytes = 0;
	rx->is_gone = false;
	rx->is_merging = q->vdev->acked & CAIRN_VIRTIO_NET_F_MRG_RXBUF;
	rx->max_frame = CAIRN_NET_FRAME_BYTES;
	if (!(q->vdev->acked & tso)) /* with room for a VLAN tag */
		rx->max_frame = CAIRN_NET_HEADER_BYTES + NET_ETHER_BYTES + 4 + (mtu ? mtu : 1500);
	return 0;
}

static void rx_stopped(struct cairn_virtio_queue *q)
{
	struct net_rx *rx = to_rx(q);

	cairn_watch_remove(&rx->watch);
	free(rx->chains);
	free(rx->backlog);
	rx->chains = NULL;
	rx->backlog = NULL;
}

/* What was taken in advance goes back, youngest first. */
static void rx_stop(struct cairn_virtio_queue *q, enum cairn_vq_stop how)
{
	struct net_rx *rx = to_rx(q);

	while (rx->n_chains)
		(void)!cairn_virtq_unpop(&q->vq, chain_at(rx, --rx->n_chains));
	cairn_virtio_queue_idle(q);
}

static const struct cairn_virtio_queue_ops rx_ops = {
	.size = sizeof(rx_ops),
	.started = rx_started,
	.round = rx_round,
	.stop = rx_stop,
	.stopped = rx_stopped,
};

void cairn_virtio_net_rx_init_(struct net_rx *rx, struct cairn_vdev *d)
{
	cairn_virtio_queue_init(&rx->q, d, &rx_ops);
	rx->watch.fn = on_readable;
	rx->lost.fn = on_lost;
}
