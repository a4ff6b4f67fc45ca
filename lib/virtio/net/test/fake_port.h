/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* fake_port.h - a port for tests: frames to receive are queued by the test, sent ones are kept. */
#ifndef CAIRN_FAKE_PORT_H
#define CAIRN_FAKE_PORT_H

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cairn/net.h>

/* Packets through a socket pair keep their borders, and poll as a tap does. */
struct fake_port {
	struct cairn_net net; /* net.fd: the device's end */
	int peer;             /* the test's end */
	bool is_enabled;
	uint32_t offloads, n_full;
	int transmit_error; /* 0: works; -EAGAIN: full as long as n_full says */
	int receive_error, offload_error, enable_error;
};

static inline int fake_receive(struct cairn_net *n, const struct iovec *iov, int n_iov)
{
	struct fake_port *f = cairn_container_of(n, struct fake_port, net);
	ssize_t r;

	if (f->receive_error)
		return f->receive_error;
	r = readv(n->fd, iov, n_iov);
	return r < 0 ? -errno : (int)r;
}

static inline int fake_transmit(struct cairn_net *n, const struct iovec *iov, int n_iov)
{
	struct fake_port *f = cairn_container_of(n, struct fake_port, net);

	if (f->transmit_error == -EAGAIN && f->n_full-- == 0)
		f->transmit_error = 0;
	if (f->transmit_error)
		return f->transmit_error;
	return writev(n->fd, iov, n_iov) < 0 ? -errno : 0;
}

static inline int fake_set_offloads(struct cairn_net *n, uint32_t offloads)
{
	struct fake_port *f = cairn_container_of(n, struct fake_port, net);

	if (!f->offload_error)
		f->offloads = offloads;
	return f->offload_error;
}

/* Unlike a port that is real, it goes on bringing frames when it is off. */
static inline int fake_set_enabled(struct cairn_net *n, bool on)
{
	struct fake_port *f = cairn_container_of(n, struct fake_port, net);

	if (f->is_enabled == on)
		return 0;
	if (!f->enable_error)
		f->is_enabled = on;
	return f->enable_error;
}

static inline void fake_close(struct cairn_net *n)
{
	struct fake_port *f = cairn_container_of(n, struct fake_port, net);

	close(n->fd);
	close(f->peer);
}

static const struct cairn_net_ops fake_ops = {
	.size = sizeof(fake_ops),
	.receive = fake_receive,
	.transmit = fake_transmit,
	.set_offloads = fake_set_offloads,
	.close = fake_close,
	.set_enabled = fake_set_enabled,
};

static inline int fake_open(struct fake_port *f)
{
	int fds[2];

	memset(f, 0, sizeof(*f));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	f->net.ops = &fake_ops;
	f->is_enabled = true;
	f->net.fd = fds[0];
	f->net.offloads = CAIRN_NET_CSUM | CAIRN_NET_TSO4 | CAIRN_NET_TSO6 | CAIRN_NET_TSO_ECN;
	f->peer = fds[1];
	return 0;
}

#endif
