/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * socket.c - the header is read first and by itself, because that is where the descriptors are, and
 * only then as much as it announces.
 */
#include <cairn/vhost_user_socket.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(CAIRN_VHOST_USER_MAX_FDS * sizeof(int))];
};

/* The kernel has opened them for us already: they are kept, or closed later by reset. */
static int keep_fds(struct cairn_vhost_user_rx *rx, struct msghdr *msg, struct cairn_err *err)
{
	bool too_many = msg->msg_flags & MSG_CTRUNC;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (rx->n_fds < CAIRN_VHOST_USER_MAX_FDS) {
				rx->fds[rx->n_fds++] = fd;
			} else {
				close(fd);
				too_many = true;
			}
		}
	}
	return too_many ? cairn_err_set(err, EPROTO, "too many descriptors", rx->n_fds) : 0;
}

/* Returns bytes read, 0 (nothing now), or a negative errno. */
static ssize_t read_some(struct cairn_vhost_user_rx *rx, int sock, void *dst, size_t len,
			 struct cairn_err *err)
{
	union control control;
	struct iovec iov = { dst, len };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	ssize_t n;
	int r;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0 && errno != ECONNRESET)
		return cairn_err_set(err, errno, "cannot read from the socket", 0);
	if (n <= 0 && rx->have == 0)
		return cairn_err_set(err, ENOTCONN, "closed by the other side", 0);
	if (n <= 0)
		return cairn_err_set(err, EPROTO, "closed in the middle of a message", rx->have);
	r = keep_fds(rx, &msg, err);
	return r < 0 ? r : n;
}

static int recv_header(struct cairn_vhost_user_rx *rx, int sock, struct cairn_err *err)
{
	while (rx->have < sizeof(rx->head)) {
		ssize_t n =
		    read_some(rx, sock, rx->head + rx->have, sizeof(rx->head) - rx->have, err);

		if (n <= 0)
			return (int)n;
		rx->have += (size_t)n;
		if (rx->have == sizeof(rx->head)) {
			int r = cairn_vhost_user_parse_header(rx->head, rx->is_client, &rx->header,
							      err);
			if (r < 0)
				return r;
		}
	}
	return 1;
}

int cairn_vhost_user_recv(struct cairn_vhost_user_rx *rx, int sock, struct cairn_err *err)
{
	int r = recv_header(rx, sock, err);
	unsigned int n_fds = rx->n_fds;
	size_t at;

	while (r > 0 && (at = rx->have - sizeof(rx->head)) < rx->header.size) {
		ssize_t n = read_some(rx, sock, rx->body + at, rx->header.size - at, err);

		if (n <= 0)
			return (int)n;
		if (rx->n_fds != n_fds)
			return cairn_err_set(err, EPROTO, "descriptors in the middle of a message",
					     at);
		rx->have += (size_t)n;
	}
	return r;
}

int cairn_vhost_user_rx_take_fd(struct cairn_vhost_user_rx *rx, unsigned int i)
{
	int fd;

	if (i >= rx->n_fds)
		return -1;
	fd = rx->fds[i];
	rx->fds[i] = -1;
	return fd;
}

void cairn_vhost_user_rx_reset(struct cairn_vhost_user_rx *rx)
{
	for (unsigned int i = 0; i < rx->n_fds; i++)
		if (rx->fds[i] >= 0)
			close(rx->fds[i]);
	rx->n_fds = 0;
	rx->have = 0;
}

int cairn_vhost_user_send(int sock, const struct cairn_vhost_user_header *h, const void *body,
			  const int *fds, unsigned int n_fds)
{
	struct cairn_vhost_user_header header = *h;
	union control control;
	struct iovec iov[] = { { &header, sizeof(header) }, { (void *)body, h->size } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = h->size ? 2 : 1 };
	ssize_t n;

	if (n_fds > CAIRN_VHOST_USER_MAX_FDS)
		return -EINVAL;
	if (n_fds) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, n_fds * sizeof(int));
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == sizeof(header) + h->size ? 0 : -EAGAIN;
}
