/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* net.c - the device: features, configuration, the ops of vdev. */
#include "net.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define TYPE_NET           1u
#define DEFAULT_QUEUE_SIZE 256u
#define MAX_QUEUE_SIZE     1024u
#define MIN_MTU            68u

/* The configuration space (virtio 1.2, 5.1.4). */
enum {
	CONFIG_MAC = 0,
	CONFIG_STATUS = 6,
	CONFIG_PAIRS = 8,
	CONFIG_MTU = 10,
	CONFIG_BYTES = 12,
	STATUS_LINK_UP = 1,
};

/* What the driver can leave undone, the port must be able to finish, and the other way round. */
static const struct {
	uint64_t host, guest; /* features: of frames sent, of frames received */
	uint32_t offload;
} offloads[] = {
	{ CAIRN_VIRTIO_NET_F_CSUM, CAIRN_VIRTIO_NET_F_GUEST_CSUM, CAIRN_NET_CSUM },
	{ CAIRN_VIRTIO_NET_F_HOST_TSO4, CAIRN_VIRTIO_NET_F_GUEST_TSO4, CAIRN_NET_TSO4 },
	{ CAIRN_VIRTIO_NET_F_HOST_TSO6, CAIRN_VIRTIO_NET_F_GUEST_TSO6, CAIRN_NET_TSO6 },
	{ CAIRN_VIRTIO_NET_F_HOST_ECN, CAIRN_VIRTIO_NET_F_GUEST_ECN, CAIRN_NET_TSO_ECN },
};

/* { feature, what it needs one of }: virtio 1.2, 5.1.3.1 */
static const uint64_t needs[][2] = {
	{ CAIRN_VIRTIO_NET_F_HOST_TSO4, CAIRN_VIRTIO_NET_F_CSUM },
	{ CAIRN_VIRTIO_NET_F_HOST_TSO6, CAIRN_VIRTIO_NET_F_CSUM },
	{ CAIRN_VIRTIO_NET_F_HOST_ECN,
	  CAIRN_VIRTIO_NET_F_HOST_TSO4 | CAIRN_VIRTIO_NET_F_HOST_TSO6 },
	{ CAIRN_VIRTIO_NET_F_GUEST_TSO4, CAIRN_VIRTIO_NET_F_GUEST_CSUM },
	{ CAIRN_VIRTIO_NET_F_GUEST_TSO6, CAIRN_VIRTIO_NET_F_GUEST_CSUM },
	{ CAIRN_VIRTIO_NET_F_GUEST_ECN,
	  CAIRN_VIRTIO_NET_F_GUEST_TSO4 | CAIRN_VIRTIO_NET_F_GUEST_TSO6 },
};

static struct cairn_virtio_net *to_net(struct cairn_vdev *d)
{
	return cairn_container_of(d, struct cairn_virtio_net, vdev);
}

static int net_set_features(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call)
{
	struct cairn_net *port = to_net(d)->port;
	uint32_t wanted = 0;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(needs); i++)
		if (acked & needs[i][0] && !(acked & needs[i][1]))
			return -ENOTSUP;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(offloads); i++)
		if (acked & offloads[i].guest)
			wanted |= offloads[i].offload;
	return port->ops->set_offloads(port, wanted);
}

static struct cairn_virtio_queue *queue_of(struct cairn_vdev *d, uint16_t index)
{
	return index == CAIRN_VIRTIO_NET_RX ? &to_net(d)->rx.q : &to_net(d)->tx.q;
}

static int net_queue_start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
			   struct cairn_vdev_call *call)
{
	return cairn_virtio_queue_start(queue_of(d, cfg->index), cfg, call);
}

static int net_queue_stop(struct cairn_vdev *d, uint16_t index, enum cairn_vq_stop how,
			  struct cairn_vdev_call *call)
{
	return cairn_virtio_queue_stop(queue_of(d, index), how, call);
}

static int net_queue_enable(struct cairn_vdev *d, uint16_t index, bool on)
{
	return cairn_virtio_queue_enable(queue_of(d, index), on);
}

static const struct cairn_vdev_ops net_ops = {
	.size = sizeof(net_ops),
	.set_features = net_set_features,
	.queue_start = net_queue_start,
	.queue_stop = net_queue_stop,
	.queue_enable = net_queue_enable,
};

static uint64_t features_of(const struct cairn_virtio_net_cfg *cfg)
{
	uint64_t f = CAIRN_VIRTIO_F_INDIRECT_DESC | CAIRN_VIRTIO_F_EVENT_IDX |
		     CAIRN_VIRTIO_NET_F_MRG_RXBUF | CAIRN_VIRTIO_NET_F_STATUS;

	if (cfg->has_mac)
		f |= CAIRN_VIRTIO_NET_F_MAC;
	if (cfg->mtu)
		f |= CAIRN_VIRTIO_NET_F_MTU;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(offloads); i++)
		if (cfg->port->offloads & offloads[i].offload)
			f |= offloads[i].host | offloads[i].guest;
	return f;
}

static void publish_config(struct cairn_virtio_net *n, const struct cairn_virtio_net_cfg *cfg)
{
	uint8_t bytes[CONFIG_BYTES] = { 0 };

	if (cfg->has_mac)
		memcpy(bytes + CONFIG_MAC, cfg->mac, sizeof(cfg->mac));
	cairn_le_store(bytes + CONFIG_STATUS, 2, STATUS_LINK_UP);
	cairn_le_store(bytes + CONFIG_PAIRS, 2, 1);
	cairn_le_store(bytes + CONFIG_MTU, 2, cfg->mtu);
	cairn_vdev_config_publish(&n->vdev, 0, bytes, sizeof(bytes));
}

void cairn_virtio_net_set_link(struct cairn_virtio_net *n, bool up)
{
	uint32_t before = cairn_vdev_config_generation(&n->vdev);
	uint8_t bytes[2];

	cairn_le_store(bytes, sizeof(bytes), up ? STATUS_LINK_UP : 0);
	cairn_vdev_config_publish(&n->vdev, CONFIG_STATUS, bytes, sizeof(bytes));
	if (n->vdev.host && before != cairn_vdev_config_generation(&n->vdev))
		n->vdev.host->ops->config_changed(n->vdev.host);
}

struct cairn_virtio_net_counts cairn_virtio_net_counts(const struct cairn_virtio_net *n)
{
	struct cairn_virtio_net_counts c = {
		.rx_frames = __atomic_load_n(&n->counts.rx_frames, __ATOMIC_RELAXED),
		.rx_dropped = __atomic_load_n(&n->counts.rx_dropped, __ATOMIC_RELAXED),
		.tx_frames = __atomic_load_n(&n->counts.tx_frames, __ATOMIC_RELAXED),
		.tx_dropped = __atomic_load_n(&n->counts.tx_dropped, __ATOMIC_RELAXED),
	};

	return c;
}

static int check(const struct cairn_virtio_net_cfg *cfg, uint16_t queue_size, struct cairn_err *err)
{
	if (queue_size < 2 || queue_size > MAX_QUEUE_SIZE || !cairn_is_pow2(queue_size))
		return cairn_err_set(err, EINVAL, "queue size is not 2, 4 … 1024", queue_size);
	if (cfg->mtu && cfg->mtu < MIN_MTU)
		return cairn_err_set(err, EINVAL, "MTU is not 68 to 65535", cfg->mtu);
	if (cfg->has_mac && cfg->mac[0] & 1)
		return cairn_err_set(err, EINVAL, "MAC address is one of a group", cfg->mac[0]);
	return 0;
}

static int init(struct cairn_virtio_net *n, const struct cairn_virtio_net_cfg *cfg)
{
	const struct cairn_vdev_desc desc = {
		.ops = &net_ops,
		.home = cfg->home,
		.features = features_of(cfg),
		.type = TYPE_NET,
		.flags = CAIRN_VDEV_ANY_LOOP,
		.n_queues = 2,
		.config_len = CONFIG_BYTES,
		.queue_max = n->queue_max,
	};
	int r = cairn_vdev_init(&n->vdev, &desc);

	if (r < 0)
		return r;
	n->tx.fd = fcntl(cfg->port->fd, F_DUPFD_CLOEXEC, 0);
	if (n->tx.fd >= 0)
		return 0;
	r = -errno;
	cairn_vdev_fini(&n->vdev);
	return r;
}

int cairn_virtio_net_new(const struct cairn_virtio_net_cfg *cfg, struct cairn_virtio_net **ret,
			 struct cairn_err *err)
{
	uint16_t size = cfg->queue_size ? cfg->queue_size : DEFAULT_QUEUE_SIZE;
	struct cairn_virtio_net *n;
	int r = check(cfg, size, err);

	if (r < 0)
		return r;
	n = calloc(1, sizeof(*n));
	if (!n)
		return cairn_err_set(err, ENOMEM, "no memory for a network device", 0);
	n->port = cfg->port;
	n->mtu = cfg->mtu;
	n->queue_max[CAIRN_VIRTIO_NET_RX] = n->queue_max[CAIRN_VIRTIO_NET_TX] = size;
	r = init(n, cfg);
	if (r < 0) {
		free(n);
		return cairn_err_set(err, -r, "cannot make a network device", 0);
	}
	cairn_virtio_net_rx_init_(n);
	cairn_virtio_net_tx_init_(n);
	publish_config(n, cfg);
	*ret = n;
	return 0;
}

void cairn_virtio_net_free(struct cairn_virtio_net *n)
{
	if (!n)
		return;
	cairn_vdev_fini(&n->vdev);
	close(n->tx.fd);
	free(n);
}

struct cairn_vdev *cairn_virtio_net_vdev(struct cairn_virtio_net *n)
{
	return &n->vdev;
}
