/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* tap.c - a tap interface as a port, with the header of virtio-net before each frame. */
#include <cairn/net.h>

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tun.h>

struct tap {
	struct cairn_net net;
};

static int tap_err(struct cairn_err *err, int code, const char *what, const char *name)
{
	int r = cairn_err_set(err, code, what, 0);

	if (err)
		snprintf(err->detail, sizeof(err->detail), "tap %s: %s", name,
			 strerrordesc_np(code));
	return r;
}

static int tap_receive(struct cairn_net *n, const struct iovec *iov, int n_iov)
{
	ssize_t r;

	do
		r = readv(n->fd, iov, n_iov);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : (int)r;
}

static int tap_transmit(struct cairn_net *n, const struct iovec *iov, int n_iov)
{
	ssize_t r;

	do
		r = writev(n->fd, iov, n_iov);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

static int tap_set_offloads(struct cairn_net *n, uint32_t offloads)
{
	unsigned long flags = 0;

	if (offloads & CAIRN_NET_CSUM)
		flags |= TUN_F_CSUM;
	if (offloads & CAIRN_NET_TSO4)
		flags |= TUN_F_TSO4;
	if (offloads & CAIRN_NET_TSO6)
		flags |= TUN_F_TSO6;
	if (offloads & CAIRN_NET_TSO_ECN)
		flags |= TUN_F_TSO_ECN;
	return ioctl(n->fd, TUNSETOFFLOAD, flags) < 0 ? -errno : 0;
}

static void tap_close(struct cairn_net *n)
{
	struct tap *t = cairn_container_of(n, struct tap, net);

	if (n->fd >= 0)
		close(n->fd);
	free(t);
}

static const struct cairn_net_ops tap_ops = {
	.size = sizeof(tap_ops),
	.receive = tap_receive,
	.transmit = tap_transmit,
	.set_offloads = tap_set_offloads,
	.close = tap_close,
};

static int attach(int fd, const char *name, struct cairn_err *err)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

	memcpy(r.ifr_name, name, strlen(name));
	if (ioctl(fd, TUNSETIFF, &r) == 0)
		return 0;
	switch (errno) {
	case EBUSY:
		return tap_err(err, EBUSY, "tap interface is in use by another program", name);
	case EPERM:
		return tap_err(err, EPERM,
			       "tap interface belongs to another user (make it with: ip tuntap add "
			       "NAME mode tap user USER)",
			       name);
	case EINVAL:
		return tap_err(err, EINVAL,
			       "interface is no tap, or one of several queues (make it with: ip "
			       "tuntap add NAME mode tap)",
			       name);
	default:
		return tap_err(err, errno, "cannot attach to tap interface", name);
	}
}

static int set_up(struct tap *t, const char *name, struct cairn_err *err)
{
	int header = CAIRN_NET_HEADER_BYTES, little = 1, r;

	t->net.fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (t->net.fd < 0)
		return tap_err(err, errno,
			       "cannot open /dev/net/tun (is the module tun loaded, and may this "
			       "user open it?)",
			       name);
	r = attach(t->net.fd, name, err);
	if (r < 0)
		return r;
	if (ioctl(t->net.fd, TUNSETVNETHDRSZ, &header) < 0 ||
	    ioctl(t->net.fd, TUNSETVNETLE, &little) < 0)
		return tap_err(err, errno, "cannot set up tap interface", name);
	r = tap_set_offloads(&t->net, 0);
	return r < 0 ? tap_err(err, -r, "cannot set up tap interface", name) : 0;
}

int cairn_net_tap_open(const char *name, struct cairn_net **ret, struct cairn_err *err)
{
	struct tap *t;
	int r;

	if (!*name || strlen(name) >= IFNAMSIZ)
		return tap_err(err, EINVAL, "name of tap interface has not 1 to 15 characters",
			       name);
	/* Attaching would create it. */
	if (!if_nametoindex(name))
		return tap_err(err, ENODEV,
			       "no such tap interface (make it with: ip tuntap add NAME mode tap)",
			       name);
	t = calloc(1, sizeof(*t));
	if (!t)
		return tap_err(err, ENOMEM, "no memory", name);
	t->net.ops = &tap_ops;
	t->net.offloads = CAIRN_NET_CSUM | CAIRN_NET_TSO4 | CAIRN_NET_TSO6 | CAIRN_NET_TSO_ECN;
	r = set_up(t, name, err);
	if (r < 0) {
		tap_close(&t->net);
		return r;
	}
	*ret = &t->net;
	return 0;
}

void cairn_net_close(struct cairn_net *n)
{
	if (n)
		n->ops->close(n);
}
