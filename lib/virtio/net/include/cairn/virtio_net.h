/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_net.h - a network device (virtio 1.3, 5.1) with pairs of queues on ports of lib/host/net,
 * a pair for each, and a control queue. Frames go between guest memory and the port as they are; a
 * frame that fits nowhere yet waits, and nothing else is buffered.
 *
 * What the driver sets by the control queue lasts until the device is reset: receive filters (all
 * frames pass until it has said what it wants), the address, the offloads, how many pairs are used
 * (one until then).
 *
 * Made, changed and freed on its home loop's thread; each queue works on the loop it is started on,
 * but the control queue always at home. A receive queue on another loop obeys a command from its
 * next frame on: one that it is just delivering may arrive after the answer.
 */
#ifndef CAIRN_VIRTIO_NET_H
#define CAIRN_VIRTIO_NET_H

#include <cairn/net.h>
#include <cairn/vdev.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Feature bits (virtio 1.2, 5.1.3). */
#define CAIRN_VIRTIO_NET_F_CSUM                (UINT64_C(1) << 0)
#define CAIRN_VIRTIO_NET_F_GUEST_CSUM          (UINT64_C(1) << 1)
#define CAIRN_VIRTIO_NET_F_CTRL_GUEST_OFFLOADS (UINT64_C(1) << 2)
#define CAIRN_VIRTIO_NET_F_MTU                 (UINT64_C(1) << 3)
#define CAIRN_VIRTIO_NET_F_MAC                 (UINT64_C(1) << 5)
#define CAIRN_VIRTIO_NET_F_GUEST_TSO4          (UINT64_C(1) << 7)
#define CAIRN_VIRTIO_NET_F_GUEST_TSO6          (UINT64_C(1) << 8)
#define CAIRN_VIRTIO_NET_F_GUEST_ECN           (UINT64_C(1) << 9)
#define CAIRN_VIRTIO_NET_F_HOST_TSO4           (UINT64_C(1) << 11)
#define CAIRN_VIRTIO_NET_F_HOST_TSO6           (UINT64_C(1) << 12)
#define CAIRN_VIRTIO_NET_F_HOST_ECN            (UINT64_C(1) << 13)
#define CAIRN_VIRTIO_NET_F_MRG_RXBUF           (UINT64_C(1) << 15)
#define CAIRN_VIRTIO_NET_F_STATUS              (UINT64_C(1) << 16)
#define CAIRN_VIRTIO_NET_F_CTRL_VQ             (UINT64_C(1) << 17)
#define CAIRN_VIRTIO_NET_F_CTRL_RX             (UINT64_C(1) << 18)
#define CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA       (UINT64_C(1) << 20)
#define CAIRN_VIRTIO_NET_F_MQ                  (UINT64_C(1) << 22)
#define CAIRN_VIRTIO_NET_F_CTRL_MAC_ADDR       (UINT64_C(1) << 23)

#define CAIRN_VIRTIO_NET_MAX_PAIRS             16u

/* Queues of the first pair. Pair i has 2i and 2i + 1; the control queue comes behind the last pair,
 * or behind the first where MQ is not accepted (virtio 1.3, 5.1.2). */
enum { CAIRN_VIRTIO_NET_RX = 0, CAIRN_VIRTIO_NET_TX = 1 };

struct cairn_virtio_net;

struct cairn_virtio_net_cfg {
	struct cairn_loop *home;
	/* n_pairs of them, the caller's, for this device only; they outlive it (the array need
	 * not). Several are of one interface, and have set_enabled. */
	struct cairn_net *const *ports;
	uint16_t n_pairs; /* 1 … CAIRN_VIRTIO_NET_MAX_PAIRS */
	bool has_mac;     /* else the driver makes one up */
	uint8_t mac[6];
	uint16_t mtu;        /* told to the driver: 68 … 65535; 0: not told */
	uint16_t queue_size; /* largest; a power of two, 2 … 1024; 0: 256 */
};

/* What happened to frames. Read on any thread; each number is whole. */
struct cairn_virtio_net_counts {
	uint64_t rx_frames, rx_dropped; /* dropped: too long for the driver's buffers */
	uint64_t tx_frames, tx_dropped; /* dropped: misshapen, or refused by the port */
	uint64_t rx_filtered;           /* not what the driver has asked for */
};

/* Returns 0; -EINVAL: cfg beyond its limits, a multicast address, several ports one of which has no
 * set_enabled; -ENOMEM; an errno of dup or of a port. */
CAIRN_MUST_USE int cairn_virtio_net_new(const struct cairn_virtio_net_cfg *cfg,
					struct cairn_virtio_net **ret, struct cairn_err *err);
/* No queue is started, no carrier attached. NULL is allowed. */
void cairn_virtio_net_free(struct cairn_virtio_net *n);
/* What a carrier takes. Lives as long as the device. */
struct cairn_vdev *cairn_virtio_net_vdev(struct cairn_virtio_net *n);
/* Tell the driver that the link is up or down (it is up at first; a port that is gone takes it
 * down). Home loop, not from inside a vdev op. */
void cairn_virtio_net_set_link(struct cairn_virtio_net *n, bool up);
struct cairn_virtio_net_counts cairn_virtio_net_counts(const struct cairn_virtio_net *n);

#ifdef __cplusplus
}
#endif
#endif
