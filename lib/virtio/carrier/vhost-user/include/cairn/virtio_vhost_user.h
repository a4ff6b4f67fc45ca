/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_vhost_user.h - carries a virtio device as the back end of the vhost-user protocol: the
 * device is in this process, its driver in a guest of another (the front end), which sends memory
 * and rings over a Unix socket.
 *
 * One connection at a time. Each request becomes ops of the device, one request after the other; an
 * op that goes on keeps the next request waiting, and the answer is sent from its completion.
 * Whatever a front end sends, the worst that happens is that its connection is closed.
 *
 * A ring has two states of its own: started or stopped, enabled or disabled.
 *   stopped  -> started   the kick descriptor becomes readable (or there is none: at once), size
 *                         and addresses are known
 *   started  -> stopped   GET_VRING_BASE, RESET_DEVICE, the end of the connection, a broken device
 *   disabled <-> enabled  SET_VRING_ENABLE; all at once by a SET_FEATURES that does not know of it
 * A change of memory, of features or of a kick descriptor drains the started rings that it
 * concerns, and they go on where they stood.
 *
 * Everything happens on the device's home loop, rings included.
 */
#ifndef CAIRN_VIRTIO_VHOST_USER_H
#define CAIRN_VIRTIO_VHOST_USER_H

#include <cairn/vdev.h>
#include <cairn/vhost_user.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTIO_VHOST_USER_SLOTS       509u /* memory regions of a front end */
#define CAIRN_VIRTIO_VHOST_USER_PATIENCE_NS (60 * UINT64_C(1000000000))

struct cairn_virtio_vhost_user;

/* What the program is told; home loop. fn NULL: it does not want to know. */
struct cairn_virtio_vhost_user_news {
	/* A request was refused, a ring failed, the device broke. `what` names which; strings live
	 * during the call. A hostile front end can cause any number of these. */
	void (*refused)(void *ctx, const char *what, const struct cairn_err *err);
	/* The connection is over, its memory and descriptors are given back, the device is reset.
	 * The last thing that happens: take() may be called from it, close() may not. */
	void (*closed)(void *ctx);
	void *ctx;
	/* The connection is over, and the device has not let go of it within the patience: its
	 * memory stays the device's. closed() comes when the device answers after all; until then
	 * there is a connection, and whoever else waits for one is the program's to turn away. Once
	 * for each connection; neither take() nor close(). */
	void (*hung)(void *ctx);
};

/*
 * cairn_virtio_vhost_user_open() - attach to a device.
 *
 * Returns 0; -ENOMEM; a negative errno of eventfd. The device outlives the carrier.
 */
CAIRN_MUST_USE int cairn_virtio_vhost_user_open(struct cairn_vdev *vdev,
						const struct cairn_virtio_vhost_user_news *news,
						struct cairn_virtio_vhost_user **ret);
/* Not connected. NULL is allowed. */
void cairn_virtio_vhost_user_close(struct cairn_virtio_vhost_user *b);

/*
 * cairn_virtio_vhost_user_take() - serve this connected socket, which becomes the carrier's.
 *
 * Returns 0; -EBUSY: there is a connection; a negative errno of epoll_ctl (the socket is then
 * still the caller's).
 */
CAIRN_MUST_USE int cairn_virtio_vhost_user_take(struct cairn_virtio_vhost_user *b, int sock);
/* End the connection. Requests under way are abandoned; closed() follows, now or later. Without a
 * connection nothing happens. */
void cairn_virtio_vhost_user_drop(struct cairn_virtio_vhost_user *b);
/* From take() to closed(). */
bool cairn_virtio_vhost_user_is_connected(const struct cairn_virtio_vhost_user *b);
/*
 * How long the device may take for one op that goes on, from its next op on; 0: for ever.
 * CAIRN_VIRTIO_VHOST_USER_PATIENCE_NS at the beginning. Then the front end is hung up on: a drain
 * or a start is overtaken by a CANCEL, other ops are waited for, and the device is reset. Where
 * that takes as long again, hung() is called.
 */
void cairn_virtio_vhost_user_set_patience(struct cairn_virtio_vhost_user *b, uint64_t ns);

#ifdef __cplusplus
}
#endif
#endif
