/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* tap.c - queues of a tap interface as ports, with the header of virtio-net before each frame. */
#include <cairn/net.h>

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>

struct tap {
	struct cairn_net net;
	bool is_enabled;
};

static struct tap *to_tap(struct cairn_net *n)
{
	return cairn_container_of(n, struct tap, net);
}

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
	if (n->fd >= 0)
		close(n->fd);
	free(to_tap(n));
}

static int tap_set_enabled(struct cairn_net *n, bool on)
{
	struct ifreq r = { .ifr_flags = on ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE };

	if (to_tap(n)->is_enabled == on)
		return 0;
	if (ioctl(n->fd, TUNSETQUEUE, &r) < 0)
		return -errno;
	to_tap(n)->is_enabled = on;
	return 0;
}

static const struct cairn_net_ops tap_ops = {
	.size = sizeof(tap_ops),
	.receive = tap_receive,
	.transmit = tap_transmit,
	.set_offloads = tap_set_offloads,
	.close = tap_close,
};

static const struct cairn_net_ops queue_ops = {
	.size = sizeof(queue_ops),
	.receive = tap_receive,
	.transmit = tap_transmit,
	.set_offloads = tap_set_offloads,
	.close = tap_close,
	.set_enabled = tap_set_enabled,
};

/* 0 or errno. */
static int set_interface(int fd, const char *name, bool is_multi)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

	if (is_multi)
		r.ifr_flags |= IFF_MULTI_QUEUE;
	memcpy(r.ifr_name, name, strlen(name));
	return ioctl(fd, TUNSETIFF, &r) < 0 ? errno : 0;
}

/* Why the kernel finds the interface unfit: by whether it would fit if the other kind was wanted.
 */
static int unfit(int fd, const char *name, bool is_multi, struct cairn_err *err)
{
	if (set_interface(fd, name, !is_multi) == EINVAL)
		return tap_err(err, EINVAL,
			       "interface is no tap (make one with: ip tuntap add NAME mode tap)",
			       name);
	if (is_multi)
		return tap_err(err, EINVAL,
			       "tap interface was made for one queue (make it with: ip tuntap add "
			       "NAME mode tap multi_queue)",
			       name);
	return tap_err(err, EINVAL,
		       "tap interface was made for several queues (ask for several, or make it "
		       "without multi_queue: ip tuntap add NAME mode tap)",
		       name);
}

static int attach(int fd, const char *name, bool is_multi, struct cairn_err *err)
{
	int why = set_interface(fd, name, is_multi);

	switch (why) {
	case 0:
		return 0;
	case EBUSY:
		return tap_err(err, EBUSY, "tap interface is in use by another program", name);
	case EPERM:
		return tap_err(err, EPERM,
			       "tap interface belongs to another user (make it with: ip tuntap add "
			       "NAME mode tap user USER)",
			       name);
	case EINVAL:
		return unfit(fd, name, is_multi, err);
	default:
		return tap_err(err, why, "cannot attach to tap interface", name);
	}
}

static int set_up(struct tap *t, const char *name, bool is_multi, struct cairn_err *err)
{
	int header = CAIRN_NET_HEADER_BYTES, little = 1, r;

	t->net.fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (t->net.fd < 0)
		return tap_err(err, errno,
			       "cannot open /dev/net/tun (is the module tun loaded, and may this "
			       "user open it?)",
			       name);
	r = attach(t->net.fd, name, is_multi, err);
	if (r < 0)
		return r;
	if (ioctl(t->net.fd, TUNSETVNETHDRSZ, &header) < 0 ||
	    ioctl(t->net.fd, TUNSETVNETLE, &little) < 0)
		return tap_err(err, errno, "cannot set up tap interface", name);
	r = tap_set_offloads(&t->net, 0);
	return r < 0 ? tap_err(err, -r, "cannot set up tap interface", name) : 0;
}

static int open_queue(const char *name, bool is_multi, struct cairn_net **ret,
		      struct cairn_err *err)
{
	struct tap *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return tap_err(err, ENOMEM, "no memory", name);
	t->net.ops = is_multi ? &queue_ops : &tap_ops;
	t->net.offloads = CAIRN_NET_CSUM | CAIRN_NET_TSO4 | CAIRN_NET_TSO6 | CAIRN_NET_TSO_ECN;
	t->is_enabled = true;
	r = set_up(t, name, is_multi, err);
	if (r < 0) {
		tap_close(&t->net);
		return r;
	}
	*ret = &t->net;
	return 0;
}

static int check(const char *name, struct cairn_err *err)
{
	if (!*name || strlen(name) >= IFNAMSIZ)
		return tap_err(err, EINVAL, "name of tap interface has not 1 to 15 characters",
			       name);
	/* Attaching would create it. */
	if (!if_nametoindex(name))
		return tap_err(err, ENODEV,
			       "no such tap interface (make it with: ip tuntap add NAME mode tap)",
			       name);
	return 0;
}

/* A tap that is up has a link while somebody has one of its queues. */
static bool has_link(const char *name)
{
	struct ethtool_value link = { .cmd = ETHTOOL_GLINK };
	struct ifreq r = { .ifr_data = (void *)&link };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool yes;

	memcpy(r.ifr_name, name, strlen(name));
	yes = fd >= 0 && ioctl(fd, SIOCETHTOOL, &r) == 0 && link.data;
	if (fd >= 0)
		close(fd);
	return yes;
}

static int open_next(const char *name, bool is_first, struct cairn_net **ret, struct cairn_err *err)
{
	bool is_taken = is_first && has_link(name);
	int r = open_queue(name, true, ret, err);

	if (r < 0)
		return r;
	/* The kernel would let us, and divide the frames among us and them. */
	r = is_taken ? -EBUSY : is_first ? 0 : tap_set_enabled(*ret, false);
	if (r == 0)
		return 0;
	tap_close(*ret);
	return tap_err(err, -r,
		       is_taken ? "tap interface is in use by another program"
				: "cannot set up tap interface",
		       name);
}

int cairn_net_tap_open_queues(const char *name, uint16_t n, struct cairn_net **ret_ports,
			      struct cairn_err *err)
{
	struct cairn_net *ports[CAIRN_NET_MAX_QUEUES];
	int r = check(name, err);

	if (r < 0)
		return r;
	if (!n || n > CAIRN_NET_MAX_QUEUES)
		return tap_err(err, EINVAL, "number of queues is not 1 to 256", name);
	if (n == 1)
		return open_queue(name, false, ret_ports, err);
	for (uint16_t i = 0; i < n; i++) {
		r = open_next(name, i == 0, &ports[i], err);
		if (r < 0) {
			while (i)
				tap_close(ports[--i]);
			return r;
		}
	}
	memcpy(ret_ports, ports, n * sizeof(ports[0]));
	return 0;
}

int cairn_net_tap_open(const char *name, struct cairn_net **ret, struct cairn_err *err)
{
	return cairn_net_tap_open_queues(name, 1, ret, err);
}

void cairn_net_close(struct cairn_net *n)
{
	if (n)
		n->ops->close(n);
}
