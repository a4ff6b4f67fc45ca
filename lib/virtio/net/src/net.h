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
#define NET_MAC_BYTES    6u
#define NET_LIST_MACS    64u /* kept of each list; with more, all of that kind pass */

/* Modes of reception, each the bit of its command (virtio 1.3, 5.1.6.5.1). */
enum {
	NET_MODE_PROMISC = 1 << 0,
	NET_MODE_ALLMULTI = 1 << 1,
	NET_MODE_ALLUNI = 1 << 2,
	NET_MODE_NOMULTI = 1 << 3,
	NET_MODE_NOUNI = 1 << 4,
	NET_MODE_NOBCAST = 1 << 5,
};

struct net_mac_list {
	uint32_t n;
	bool is_all; /* it was longer than we keep */
	uint8_t macs[NET_LIST_MACS][NET_MAC_BYTES];
};

struct net_filter {
	bool is_on; /* the driver has said what it wants; until then it gets everything */
	bool has_mac;
	uint8_t mac[NET_MAC_BYTES];
	uint8_t modes;
	struct net_mac_list unicast, multicast;
};

/* What the driver sets by commands, and receive queues obey. */
struct net_settings {
	struct net_filter filter;
	uint16_t n_pairs; /* in use */
};

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
	struct cairn_call lost;       /* the port is gone: told at home */
	struct net_settings settings; /* a copy of the device's, and which */
	uint32_t generation;
};

struct net_tx {
	struct cairn_virtio_queue q;
	struct cairn_watch watch; /* of the port, while it is full */
	int fd;                   /* the port's once more: a loop watches an fd once only */
	struct cairn_span spans[NET_CHAIN_SPANS];
	struct iovec iov[NET_CHAIN_SPANS];
};

struct net_pair {
	struct cairn_virtio_net *net;
	struct cairn_net *port;
	uint16_t index;
	struct net_rx rx;
	struct net_tx tx;
};

struct net_control { /* always on the home loop */
	struct cairn_virtio_queue q;
	struct cairn_span spans[NET_CHAIN_SPANS];
};

struct cairn_virtio_net {
	struct cairn_vdev vdev;
	uint16_t mtu, n_pairs;
	bool has_mac;
	uint8_t mac[NET_MAC_BYTES]; /* as configured */
	uint16_t queue_max[2 * CAIRN_VIRTIO_NET_MAX_PAIRS + 1];
	struct cairn_virtio_net_counts counts; /* by atomic access */
	struct net_control control;
	/* Written at home, under the lock, with a new generation each time; so home reads without,
	 * and receive queues copy under it when the generation (by atomic access) has changed. */
	pthread_mutex_t lock;
	uint32_t generation;
	struct net_settings settings;
	struct net_pair pairs[]; /* n_pairs */
};

void cairn_virtio_net_rx_init_(struct net_rx *rx, struct cairn_vdev *d);
void cairn_virtio_net_tx_init_(struct net_tx *t, struct cairn_vdev *d);
void cairn_virtio_net_control_init_(struct cairn_virtio_net *n);

/* Whether a frame to this address is for the driver. */
bool cairn_virtio_net_passes_(const struct net_filter *f, const uint8_t dst[NET_MAC_BYTES]);

/* From here on the home loop, which alone changes settings. */

/* Receive queues obey from their next frame on. */
void cairn_virtio_net_set_(struct cairn_virtio_net *n, const struct net_settings *s);
/* Use that many pairs, 1 … n->n_pairs. Returns 0, or an errno of a port: then as before. */
CAIRN_MUST_USE int cairn_virtio_net_set_pairs_(struct cairn_virtio_net *n, uint16_t n_pairs);
/* The address that the configuration shows. */
void cairn_virtio_net_publish_mac_(struct cairn_virtio_net *n, const uint8_t mac[NET_MAC_BYTES]);
/* What frames that are received may leave undone, by features for the guest; others do not matter.
 * Returns 0; -ENOTSUP: one needs another; or an errno of a port. */
CAIRN_MUST_USE int cairn_virtio_net_set_offloads_(struct cairn_virtio_net *n, uint64_t features);
/* Features by which the driver may be given frames that are not finished. */
uint64_t cairn_virtio_net_guest_offloads_(void);

static inline void net_count(uint64_t *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

#endif
