/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* net.h - what the files of virtio-net share. */
#ifndef CAIRN_VIRTIO_NET_PRIVATE_H
#define CAIRN_VIRTIO_NET_PRIVATE_H

#include <cairn/virtio_net.h>
#include <cairn/virtio_queue.h>

#define NET_CHAIN_SPANS  64u  /* pieces of one chain, at most */
#define NET_RX_CHAINS    128u /* taken in advance: room for the longest frame */
#define NET_RX_IOV       512u
#define NET_ROUND_FRAMES 64u
#define NET_ETHER_BYTES  14u /* an Ethernet header: no frame is shorter */

struct net_rx_chain {
	struct cairn_virtq_chain chain;
	struct cairn_span spans[NET_CHAIN_SPANS];
};

/* Chains are taken before the frame is there, oldest first in a ring; what a frame does not use
 * waits for the next, and goes back to the queue when it stops. */
struct net_rx {
	struct cairn_virtio_queue q;
	struct cairn_watch watch;    /* of the port, while there are buffers and no frame */
	struct net_rx_chain *chains; /* NET_RX_CHAINS of them, while started */
	uint32_t first, n_chains;
	uint64_t room_bytes; /* in them */
	uint32_t max_frame;
	bool is_merging, is_gone;
	struct iovec iov[NET_RX_IOV + 1];
	uint8_t *backlog; /* a frame that was longer than the room: CAIRN_NET_FRAME_BYTES */
	uint32_t backlog_bytes;
	struct cairn_call lost; /* the port is gone: told at home */
};

struct net_tx {
	struct cairn_virtio_queue q;
	struct cairn_watch watch; /* of the port, while it is full */
	int fd;                   /* the port's once more: a loop watches an fd once only */
	struct cairn_span spans[NET_CHAIN_SPANS];
	struct iovec iov[NET_CHAIN_SPANS];
};

struct cairn_virtio_net {
	struct cairn_vdev vdev;
	struct cairn_net *port;
	uint16_t mtu;
	uint16_t queue_max[2];
	struct net_rx rx;
	struct net_tx tx;
	struct cairn_virtio_net_counts counts; /* by atomic access */
};

void cairn_virtio_net_rx_init_(struct cairn_virtio_net *n);
void cairn_virtio_net_tx_init_(struct cairn_virtio_net *n);

static inline void net_count(uint64_t *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

#endif
