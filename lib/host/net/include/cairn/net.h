/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * net.h - a port to a network: frames out, frames in, never blocking. The port of this component is
 * a queue of a tap interface; a test brings its own.
 *
 * Every frame is preceded by the 12-byte header of virtio-net (virtio 1.2, 5.1.6), little-endian,
 * that says what is still to be done to it (checksum, segmentation); num_buffers in it means
 * nothing here. One thread may send while another receives, and a third call set_offloads and
 * set_enabled.
 */
#ifndef CAIRN_NET_H
#define CAIRN_NET_H

#include <sys/uio.h>

#include <cairn/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_NET_HEADER_BYTES 12u
/* The longest frame with its header: 65535 bytes of IP, Ethernet and a VLAN tag, rounded up. */
#define CAIRN_NET_FRAME_BYTES  65562u

#define CAIRN_NET_MAX_QUEUES   256u

/* What the receiver of frames can finish by itself. */
enum cairn_net_offload {
	CAIRN_NET_CSUM = 1u << 0, /* frames without checksum; the others need it */
	CAIRN_NET_TSO4 = 1u << 1, /* longer than the MTU, to be segmented */
	CAIRN_NET_TSO6 = 1u << 2,
	CAIRN_NET_TSO_ECN = 1u << 3,
};

struct cairn_net;

struct cairn_net_ops { /* static const; .size = sizeof */
	size_t size;
	/* One frame into iov. Returns its bytes, header included; -EAGAIN: none now; another errno:
	 * the port is gone for good. A frame longer than iov is cut. */
	int (*receive)(struct cairn_net *n, const struct iovec *iov, int n_iov);
	/* One frame. Returns 0; -EAGAIN: full, wait for EPOLLOUT; another errno: it is dropped. */
	int (*transmit)(struct cairn_net *n, const struct iovec *iov, int n_iov);
	/* What frames that are received may leave undone: enum cairn_net_offload. 0 or errno. Ports
	 * of one interface get the same. */
	int (*set_offloads)(struct cairn_net *n, uint32_t offloads);
	void (*close)(struct cairn_net *n);
	/* Whether frames of the interface come to this one of its ports. Off: those that waited in
	 * it are dropped, and none comes from then on; frames may still be sent. 0 or errno;
	 * nothing to do is 0. NULL: it is the interface's only one. */
	int (*set_enabled)(struct cairn_net *n, bool on);
};

struct cairn_net { /* embedded in the implementer */
	const struct cairn_net_ops *ops;
	int fd;            /* to poll for EPOLLIN and EPOLLOUT; the port's own */
	uint32_t offloads; /* that set_offloads takes */
};

/*
 * cairn_net_tap_open() - attach to a tap interface that exists.
 *
 * @name: of the interface; it is not created, because that would need privileges, and leave one
 * behind that is not configured
 *
 * Returns 0, or a negative errno with err->what (and the remedy) and err->detail (the interface):
 * -ENODEV (no such interface), -EBUSY (another program has it), -EPERM, -EACCES (not ours),
 * -ENOENT (no /dev/net/tun), -EINVAL (no tap, or a name too long), others from the host.
 * The fd is close-on-exec and does not block.
 */
CAIRN_MUST_USE int cairn_net_tap_open(const char *name, struct cairn_net **ret,
				      struct cairn_err *err);
/*
 * cairn_net_tap_open_queues() - attach to several queues of a tap interface that exists.
 *
 * @n: queues, 1 … CAIRN_NET_MAX_QUEUES; 1 is cairn_net_tap_open()
 * @ret_ports: n ports, in the order of their queues. Only the first is enabled. Closed one by one
 *
 * The kernel steers: frames of a flow come to the port that sent the flow's last frame, the first
 * of a flow to any that is enabled. The interface has to be made for several queues, and nobody
 * else may have one of them (which the kernel tells, and so is noticed, while the interface is up).
 * Returns as cairn_net_tap_open(), with -EINVAL also for the wrong kind, or another n.
 */
CAIRN_MUST_USE int cairn_net_tap_open_queues(const char *name, uint16_t n,
					     struct cairn_net **ret_ports, struct cairn_err *err);
/* NULL is allowed. */
void cairn_net_close(struct cairn_net *n);

#ifdef __cplusplus
}
#endif
#endif
