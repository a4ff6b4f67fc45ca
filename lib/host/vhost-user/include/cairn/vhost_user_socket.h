/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * vhost_user_socket.h - whole vhost-user messages, with their descriptors, from and to a Unix
 * stream socket. Both ends of the protocol use it. Neither waits, whether the socket blocks or not.
 * One thread per object.
 */
#ifndef CAIRN_VHOST_USER_SOCKET_H
#define CAIRN_VHOST_USER_SOCKET_H

#include <cairn/vhost_user.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A message on its way in. Zero it, set is_client. */
struct cairn_vhost_user_rx {
	bool is_client; /* what comes are replies */
	/* valid when recv returned 1 */
	struct cairn_vhost_user_header header;
	uint8_t body[CAIRN_VHOST_USER_MAX_BODY]; /* header.size bytes */
	unsigned int n_fds;
	int fds[CAIRN_VHOST_USER_MAX_FDS]; /* -1: taken */
	/* private */
	size_t have;
	uint8_t head[CAIRN_VHOST_USER_HEADER_BYTES];
};

/*
 * cairn_vhost_user_recv() - read what there is of one message.
 *
 * Returns 1: whole; it stays until cairn_vhost_user_rx_reset(). 0: nothing more now. -ENOTCONN: the
 * other side closed between messages. -EPROTO, err set: closed within one, a header as of
 * cairn_vhost_user_parse_header(), more descriptors than the limit, descriptors with the body. Or
 * the host's errno. After an error the connection is of no use. Descriptors are close-on-exec.
 * Never reads beyond the message.
 */
CAIRN_MUST_USE int cairn_vhost_user_recv(struct cairn_vhost_user_rx *rx, int sock,
					 struct cairn_err *err);
/* Descriptor i becomes the caller's; -1 when there is none, or it is taken. */
int cairn_vhost_user_rx_take_fd(struct cairn_vhost_user_rx *rx, unsigned int i);
/* Ready for the next message. Closes the descriptors that nobody took. */
void cairn_vhost_user_rx_reset(struct cairn_vhost_user_rx *rx);

/*
 * cairn_vhost_user_send() - one message, h->size bytes of body.
 *
 * Returns 0; -EAGAIN: there was no room for all of it (who does not read its
 * replies is not waited for: close); -EPIPE, or another errno of the host. No signal.
 */
CAIRN_MUST_USE int cairn_vhost_user_send(int sock, const struct cairn_vhost_user_header *h,
					 const void *body, const int *fds, unsigned int n_fds);

#ifdef __cplusplus
}
#endif
#endif
