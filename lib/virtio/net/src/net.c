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
	{ CAIRN_VIRTIO_NET_F_CTRL_RX, CAIRN_VIRTIO_NET_F_CTRL_VQ },
	{ CAIRN_VIRTIO_NET_F_MQ, CAIRN_VIRTIO_NET_F_CTRL_VQ },
	{ CAIRN_VIRTIO_NET_F_CTRL_MAC_ADDR, CAIRN_VIRTIO_NET_F_CTRL_VQ },
};

static struct cairn_virtio_net *to_net(struct cairn_vdev *d)
{
	return cairn_container_of(d, struct cairn_virtio_net, vdev);
}

uint64_t cairn_virtio_net_guest_offloads_(void)
{
	uint64_t all = 0;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(offloads); i++)
		all |= offloads[i].guest;
	return all;
}

int cairn_virtio_net_set_offloads_(struct cairn_virtio_net *n, uint64_t features)
{
	uint32_t wanted = 0;
	int r = 0;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(needs); i++)
		if (features & needs[i][0] && !(features & needs[i][1]))
			return -ENOTSUP;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(offloads); i++)
		if (features & offloads[i].guest)
			wanted |= offloads[i].offload;
	for (uint16_t i = 0; i < n->n_pairs && !r; i++)
		r = n->pairs[i].port->ops->set_offloads(n->pairs[i].port, wanted);
	return r;
}

void cairn_virtio_net_set_(struct cairn_virtio_net *n, const struct net_settings *s)
{
	pthread_mutex_lock(&n->lock);
	n->settings = *s;
	__atomic_store_n(&n->generation, n->generation + 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&n->lock);
}

static int enable_ports(struct cairn_virtio_net *n, uint16_t from, uint16_t to)
{
	int r = 0;

	for (; from < to && !r; from++)
		r = n->pairs[from].port->ops->set_enabled(n->pairs[from].port, true);
	for (; from > to && !r; from--)
		r = n->pairs[from - 1].port->ops->set_enabled(n->pairs[from - 1].port, false);
	return r;
}

/* Queues first: they must take what comes when ports are enabled, and nothing when they are being
 * disabled. */
int cairn_virtio_net_set_pairs_(struct cairn_virtio_net *n, uint16_t n_pairs)
{
	struct net_settings s = n->settings;
	uint16_t before = s.n_pairs;
	int r;

	s.n_pairs = n_pairs;
	cairn_virtio_net_set_(n, &s);
	r = enable_ports(n, before, n_pairs);
	if (r < 0) {
		(void)!enable_ports(n, n_pairs, before);
		s.n_pairs = before;
		cairn_virtio_net_set_(n, &s);
	}
	return r;
}

static void set_defaults(struct cairn_virtio_net *n)
{
	struct net_settings s = { .n_pairs = 1, .filter.has_mac = n->has_mac };

	memcpy(s.filter.mac, n->mac, sizeof(s.filter.mac));
	cairn_virtio_net_set_(n, &s);
}

static int net_set_features(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call)
{
	return cairn_virtio_net_set_offloads_(to_net(d), acked);
}

/* A port that refuses is gone, and a device without one can be reset all the same. */
static int net_reset(struct cairn_vdev *d, struct cairn_vdev_call *call)
{
	struct cairn_virtio_net *n = to_net(d);

	set_defaults(n);
	(void)!enable_ports(n, n->n_pairs, 1);
	(void)!cairn_virtio_net_set_offloads_(n, 0);
	cairn_virtio_net_publish_mac_(n, n->mac);
	return 0;
}

/* Where the control queue is depends on what the driver has accepted. NULL: no such queue. */
static struct cairn_virtio_queue *queue_of(struct cairn_vdev *d, uint16_t index)
{
	struct cairn_virtio_net *n = to_net(d);
	uint16_t n_pairs = d->acked & CAIRN_VIRTIO_NET_F_MQ ? n->n_pairs : 1;
	struct net_pair *p = &n->pairs[index / 2];

	if (index < 2 * n_pairs)
		return index % 2 ? &p->tx.q : &p->rx.q;
	return index == 2 * n_pairs && d->acked & CAIRN_VIRTIO_NET_F_CTRL_VQ ? &n->control.q : NULL;
}

static int net_queue_start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
			   struct cairn_vdev_call *call)
{
	struct cairn_virtio_queue *q = queue_of(d, cfg->index);
	struct cairn_vq_cfg at_home = *cfg;

	at_home.loop = d->home;
	if (!q)
		return -EPROTO;
	return cairn_virtio_queue_start(q, q == &to_net(d)->control.q ? &at_home : cfg, call);
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
	.reset = net_reset,
};

static uint64_t features_of(const struct cairn_virtio_net_cfg *cfg)
{
	uint64_t f = CAIRN_VIRTIO_F_INDIRECT_DESC | CAIRN_VIRTIO_F_EVENT_IDX |
		     CAIRN_VIRTIO_NET_F_MRG_RXBUF | CAIRN_VIRTIO_NET_F_STATUS |
		     CAIRN_VIRTIO_NET_F_CTRL_VQ | CAIRN_VIRTIO_NET_F_CTRL_RX |
		     CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA | CAIRN_VIRTIO_NET_F_CTRL_MAC_ADDR |
		     CAIRN_VIRTIO_NET_F_CTRL_GUEST_OFFLOADS;

	if (cfg->has_mac)
		f |= CAIRN_VIRTIO_NET_F_MAC;
	if (cfg->mtu)
		f |= CAIRN_VIRTIO_NET_F_MTU;
	if (cfg->n_pairs > 1)
		f |= CAIRN_VIRTIO_NET_F_MQ;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(offloads); i++)
		if (cfg->ports[0]->offloads & offloads[i].offload)
			f |= offloads[i].host | offloads[i].guest;
	return f;
}

void cairn_virtio_net_publish_mac_(struct cairn_virtio_net *n, const uint8_t mac[NET_MAC_BYTES])
{
	cairn_vdev_config_publish(&n->vdev, CONFIG_MAC, mac, NET_MAC_BYTES);
}

static void publish_config(struct cairn_virtio_net *n)
{
	uint8_t bytes[CONFIG_BYTES] = { 0 };

	memcpy(bytes + CONFIG_MAC, n->mac, sizeof(n->mac));
	cairn_le_store(bytes + CONFIG_STATUS, 2, STATUS_LINK_UP);
	cairn_le_store(bytes + CONFIG_PAIRS, 2, n->n_pairs);
	cairn_le_store(bytes + CONFIG_MTU, 2, n->mtu);
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
		.rx_filtered = __atomic_load_n(&n->counts.rx_filtered, __ATOMIC_RELAXED),
	};

	return c;
}

static int check(const struct cairn_virtio_net_cfg *cfg, uint16_t queue_size, struct cairn_err *err)
{
	if (queue_size < 2 || queue_size > MAX_QUEUE_SIZE || !cairn_is_pow2(queue_size))
		return cairn_err_set(err, EINVAL, "queue size is not 2, 4 … 1024", queue_size);
	if (!cfg->n_pairs || cfg->n_pairs > CAIRN_VIRTIO_NET_MAX_PAIRS)
		return cairn_err_set(err, EINVAL, "number of pairs is not 1 to 16", cfg->n_pairs);
	for (uint16_t i = 0; i < cfg->n_pairs && cfg->n_pairs > 1; i++)
		if (!cfg->ports[i]->ops->set_enabled)
			return cairn_err_set(err, EINVAL, "port is the interface's only one", i);
	if (cfg->mtu && cfg->mtu < MIN_MTU)
		return cairn_err_set(err, EINVAL, "MTU is not 68 to 65535", cfg->mtu);
	if (cfg->has_mac && cfg->mac[0] & 1)
		return cairn_err_set(err, EINVAL, "MAC address is one of a group", cfg->mac[0]);
	return 0;
}

static void close_pairs(struct cairn_virtio_net *n)
{
	for (uint16_t i = 0; i < n->n_pairs; i++)
		if (n->pairs[i].tx.fd >= 0)
			close(n->pairs[i].tx.fd);
}

static int open_pairs(struct cairn_virtio_net *n, struct cairn_net *const *ports)
{
	for (uint16_t i = 0; i < n->n_pairs; i++) {
		struct net_pair *p = &n->pairs[i];

		p->net = n;
		p->port = ports[i];
		p->index = i;
		cairn_virtio_net_rx_init_(&p->rx, &n->vdev);
		cairn_virtio_net_tx_init_(&p->tx, &n->vdev);
		p->tx.fd = -1;
	}
	for (uint16_t i = 0; i < n->n_pairs; i++) {
		n->pairs[i].tx.fd = fcntl(ports[i]->fd, F_DUPFD_CLOEXEC, 0);
		if (n->pairs[i].tx.fd < 0)
			return -errno;
	}
	return enable_ports(n, n->n_pairs, 1); /* whoever used them before */
}

static int init(struct cairn_virtio_net *n, const struct cairn_virtio_net_cfg *cfg,
		uint16_t queue_size)
{
	const struct cairn_vdev_desc desc = {
		.ops = &net_ops,
		.home = cfg->home,
		.features = features_of(cfg),
		.type = TYPE_NET,
		.flags = CAIRN_VDEV_ANY_LOOP,
		.n_queues = (uint16_t)(2 * cfg->n_pairs + 1),
		.config_len = CONFIG_BYTES,
		.queue_max = n->queue_max,
	};
	int r;

	n->mtu = cfg->mtu;
	n->n_pairs = cfg->n_pairs;
	n->has_mac = cfg->has_mac;
	if (cfg->has_mac)
		memcpy(n->mac, cfg->mac, sizeof(n->mac));
	for (uint16_t i = 0; i < desc.n_queues; i++)
		n->queue_max[i] = queue_size;
	r = cairn_vdev_init(&n->vdev, &desc);
	if (r < 0)
		return r;
	r = open_pairs(n, cfg->ports);
	if (r < 0) {
		close_pairs(n);
		cairn_vdev_fini(&n->vdev);
	}
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
	n = calloc(1, sizeof(*n) + cfg->n_pairs * sizeof(n->pairs[0]));
	if (!n)
		return cairn_err_set(err, ENOMEM, "no memory for a network device", 0);
	r = init(n, cfg, size);
	if (r < 0) {
		free(n);
		return cairn_err_set(err, -r, "cannot make a network device", 0);
	}
	pthread_mutex_init(&n->lock, NULL);
	cairn_virtio_net_control_init_(n);
	set_defaults(n);
	publish_config(n);
	*ret = n;
	return 0;
}

void cairn_virtio_net_free(struct cairn_virtio_net *n)
{
	if (!n)
		return;
	cairn_vdev_fini(&n->vdev);
	close_pairs(n);
	pthread_mutex_destroy(&n->lock);
	free(n);
}

struct cairn_vdev *cairn_virtio_net_vdev(struct cairn_virtio_net *n)
{
	return &n->vdev;
}
