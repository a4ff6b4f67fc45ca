/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * request.c - what each request means. A handler checks it against what this back end is and what
 * was negotiated, changes what concerns nobody else at once, and names the steps for the rest.
 */
#include "backend.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(struct cairn_virtio_vhost_user *b, const char *what, uint64_t at)
{
	return cairn_err_set(&b->err, EPROTO, what, at);
}

static void reply_u64(struct cairn_virtio_vhost_user *b, uint64_t value)
{
	memcpy(b->reply, &value, sizeof(value));
	b->reply_len = sizeof(value);
}

static uint64_t offered_protocol(const struct cairn_virtio_vhost_user *b)
{
	uint64_t bits = UINT64_C(1) << CAIRN_VHOST_USER_P_MQ |
			UINT64_C(1) << CAIRN_VHOST_USER_P_BACKEND_REQ |
			UINT64_C(1) << CAIRN_VHOST_USER_P_REPLY_ACK |
			UINT64_C(1) << CAIRN_VHOST_USER_P_RESET_DEVICE |
			UINT64_C(1) << CAIRN_VHOST_USER_P_CONFIGURE_MEM_SLOTS;

	return b->vdev->config_len ? bits | UINT64_C(1) << CAIRN_VHOST_USER_P_CONFIG : bits;
}

/* NULL, with b->err: there is no such ring. */
static struct ring *ring_of(struct cairn_virtio_vhost_user *b, uint32_t index)
{
	if (index < b->vdev->n_queues)
		return &b->rings[index];
	(void)refuse(b, "there is no such ring", index);
	return NULL;
}

/* A ring that the device does not have: its form may change. */
static struct ring *stopped_ring(struct cairn_virtio_vhost_user *b, uint32_t index)
{
	struct ring *r = ring_of(b, index);

	if (!r || !r->started)
		return r;
	(void)refuse(b, "the ring is started", index);
	return NULL;
}

static void stop_all(struct cairn_virtio_vhost_user *b, uint32_t steps)
{
	b->stops = UINT64_MAX;
	b->steps = STEP_STOP | steps;
}

static int get_features(struct cairn_virtio_vhost_user *b)
{
	reply_u64(b, b->vdev->features | b->host.features | CAIRN_VHOST_USER_F_PROTOCOL);
	return 0;
}

/* Rings go on, also when the same features come again. */
static int set_features(struct cairn_virtio_vhost_user *b)
{
	b->steps = STEP_APPLY;
	if (b->vdev->state == CAIRN_VDEV_BROKEN)
		stop_all(b, STEP_RESET | STEP_FEATURES | STEP_APPLY);
	else if (b->vdev->state == CAIRN_VDEV_NEW ||
		 b->vdev->acked != (b->msg.u64 & ~CAIRN_VHOST_USER_F_PROTOCOL))
		stop_all(b, STEP_FEATURES | STEP_APPLY);
	return 0;
}

static int get_protocol_features(struct cairn_virtio_vhost_user *b)
{
	reply_u64(b, offered_protocol(b));
	return 0;
}

static int set_protocol_features(struct cairn_virtio_vhost_user *b)
{
	if (b->msg.u64 & ~offered_protocol(b))
		return refuse(b, "protocol features that were not offered", b->msg.u64);
	b->protocol = b->msg.u64;
	return 0;
}

static int get_queue_num(struct cairn_virtio_vhost_user *b)
{
	reply_u64(b, b->vdev->n_queues);
	return 0;
}

static int get_max_mem_slots(struct cairn_virtio_vhost_user *b)
{
	reply_u64(b, CAIRN_VIRTIO_VHOST_USER_SLOTS);
	return 0;
}

static int change_memory(struct cairn_virtio_vhost_user *b)
{
	stop_all(b, STEP_VIEW);
	if (b->msg.request == CAIRN_VHOST_USER_SET_MEM_TABLE)
		return cairn_vub_memory_replace_(b);
	if (b->msg.request == CAIRN_VHOST_USER_ADD_MEM_REG)
		return cairn_vub_memory_add_(b);
	return cairn_vub_memory_remove_(b);
}

static int set_vring_num(struct cairn_virtio_vhost_user *b)
{
	struct ring *r = stopped_ring(b, b->msg.state.index);
	uint32_t num = b->msg.state.num;

	if (!r)
		return -EPROTO;
	if (!cairn_is_pow2(num) || num > b->vdev->queue_max[r->index])
		return refuse(b, "ring size", num);
	r->size = num;
	r->failed = false;
	return 0;
}

static int set_vring_addr(struct cairn_virtio_vhost_user *b)
{
	const struct cairn_vhost_user_addr *a = &b->msg.addr;
	struct ring *r = stopped_ring(b, a->index);

	if (!r)
		return -EPROTO;
	if (a->flags)
		return refuse(b, "logging was not offered", a->flags);
	if (a->desc % 16 || a->avail % 2 || a->used % 4)
		return refuse(b, "ring is not aligned", a->desc);
	r->addr = *a;
	r->has_addr = true;
	r->failed = false;
	return 0;
}

static int set_vring_base(struct cairn_virtio_vhost_user *b)
{
	struct ring *r = stopped_ring(b, b->msg.state.index);

	if (!r)
		return -EPROTO;
	if (b->msg.state.num > UINT16_MAX)
		return refuse(b, "ring position", b->msg.state.num);
	r->base = (uint16_t)b->msg.state.num;
	r->failed = false;
	return 0;
}

static int get_vring_base(struct cairn_virtio_vhost_user *b)
{
	const struct ring *r = ring_of(b, b->msg.state.index);

	if (!r)
		return -EPROTO;
	b->stops = UINT64_C(1) << r->index;
	b->steps = STEP_STOP | STEP_APPLY;
	return 0;
}

/* An eventfd, a pipe or a socket; not something where a write lasts. */
static bool is_event_fd(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	return !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISBLK(st.st_mode) &&
	       !S_ISCHR(st.st_mode);
}

static int set_vring_fd(struct cairn_virtio_vhost_user *b)
{
	struct ring *r = ring_of(b, b->msg.ring_fd.index);
	int fd;

	if (!r)
		return -EPROTO;
	if (b->msg.ring_fd.has_fd && !is_event_fd(b->rx.fds[0]))
		return refuse(b, "descriptor cannot carry events", r->index);
	if (b->msg.request == CAIRN_VHOST_USER_SET_VRING_KICK) {
		b->stops = UINT64_C(1) << r->index;
		b->steps = STEP_STOP | STEP_APPLY;
		return 0;
	}
	fd = cairn_vhost_user_rx_take_fd(&b->rx, 0);
	if (b->msg.request == CAIRN_VHOST_USER_SET_VRING_CALL)
		return cairn_vub_ring_set_call_(r, fd);
	cairn_vub_ring_set_err_(r, fd);
	return 0;
}

static int enable(struct cairn_virtio_vhost_user *b, struct ring *r, bool on)
{
	r->enabled = on;
	if (!r->started || b->vdev->state != CAIRN_VDEV_RUNNING)
		return 0;
	return cairn_vdev_queue_enable(b->vdev, r->index, on);
}

static int set_vring_enable(struct cairn_virtio_vhost_user *b)
{
	struct ring *r = ring_of(b, b->msg.state.index);

	if (!r)
		return -EPROTO;
	if (b->msg.state.num > 1)
		return refuse(b, "neither enabled nor disabled", b->msg.state.num);
	return enable(b, r, b->msg.state.num);
}

/* What is written there must not wait, nor last. */
static bool is_stream_socket(int fd)
{
	int domain = 0, type = 0;
	socklen_t len = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && domain == AF_UNIX &&
	       type == SOCK_STREAM;
}

static int set_backend_req_fd(struct cairn_virtio_vhost_user *b)
{
	if (!is_stream_socket(b->rx.fds[0]))
		return refuse(b, "not a Unix stream socket", 0);
	if (b->backend_fd >= 0)
		close(b->backend_fd);
	b->backend_fd = cairn_vhost_user_rx_take_fd(&b->rx, 0);
	return 0;
}

static int get_config(struct cairn_virtio_vhost_user *b)
{
	struct cairn_vhost_user_config c = { b->msg.config.offset, b->msg.config.len_bytes, 0 };

	if (cairn_vdev_config_read(b->vdev, (uint16_t)c.offset, b->reply + sizeof(c),
				   (uint16_t)c.len_bytes) < 0)
		return refuse(b, "beyond the configuration space", c.offset);
	memcpy(b->reply, &c, sizeof(c));
	b->reply_len = (uint32_t)sizeof(c) + c.len_bytes;
	return 0;
}

static int set_config(struct cairn_virtio_vhost_user *b)
{
	b->steps = STEP_CONFIG;
	return 0;
}

static int reset_device(struct cairn_virtio_vhost_user *b)
{
	b->cancel = true;
	stop_all(b, STEP_RESET | STEP_APPLY);
	return 0;
}

/* SET_OWNER says nothing that the connection has not said; RESET_OWNER is to be ignored. */
static int nothing(struct cairn_virtio_vhost_user *b)
{
	return 0;
}

static int (*const handlers[])(struct cairn_virtio_vhost_user *) = {
	[CAIRN_VHOST_USER_GET_FEATURES] = get_features,
	[CAIRN_VHOST_USER_SET_FEATURES] = set_features,
	[CAIRN_VHOST_USER_SET_OWNER] = nothing,
	[CAIRN_VHOST_USER_RESET_OWNER] = nothing,
	[CAIRN_VHOST_USER_SET_MEM_TABLE] = change_memory,
	[CAIRN_VHOST_USER_SET_VRING_NUM] = set_vring_num,
	[CAIRN_VHOST_USER_SET_VRING_ADDR] = set_vring_addr,
	[CAIRN_VHOST_USER_SET_VRING_BASE] = set_vring_base,
	[CAIRN_VHOST_USER_GET_VRING_BASE] = get_vring_base,
	[CAIRN_VHOST_USER_SET_VRING_KICK] = set_vring_fd,
	[CAIRN_VHOST_USER_SET_VRING_CALL] = set_vring_fd,
	[CAIRN_VHOST_USER_SET_VRING_ERR] = set_vring_fd,
	[CAIRN_VHOST_USER_GET_PROTOCOL_FEATURES] = get_protocol_features,
	[CAIRN_VHOST_USER_SET_PROTOCOL_FEATURES] = set_protocol_features,
	[CAIRN_VHOST_USER_GET_QUEUE_NUM] = get_queue_num,
	[CAIRN_VHOST_USER_SET_VRING_ENABLE] = set_vring_enable,
	[CAIRN_VHOST_USER_SET_BACKEND_REQ_FD] = set_backend_req_fd,
	[CAIRN_VHOST_USER_GET_CONFIG] = get_config,
	[CAIRN_VHOST_USER_SET_CONFIG] = set_config,
	[CAIRN_VHOST_USER_RESET_DEVICE] = reset_device,
	[CAIRN_VHOST_USER_GET_MAX_MEM_SLOTS] = get_max_mem_slots,
	[CAIRN_VHOST_USER_ADD_MEM_REG] = change_memory,
	[CAIRN_VHOST_USER_REM_MEM_REG] = change_memory,
};

int cairn_vub_request_prepare_(struct cairn_virtio_vhost_user *b)
{
	b->steps = 0;
	b->cancel = false;
	b->reply_len = 0;
	return handlers[b->msg.request](b);
}

static void forget_kick(struct cairn_virtio_vhost_user *b, struct ring *r)
{
	struct cairn_vhost_user_state s = { r->index, r->base };

	cairn_vub_ring_drop_kick_(r);
	memcpy(b->reply, &s, sizeof(s));
	b->reply_len = sizeof(s);
}

void cairn_vub_request_apply_(struct cairn_virtio_vhost_user *b)
{
	switch (b->msg.request) {
	case CAIRN_VHOST_USER_SET_FEATURES:
		if (b->msg.u64 & CAIRN_VHOST_USER_F_PROTOCOL)
			break;
		for (uint16_t i = 0; i < b->vdev->n_queues; i++)
			if (enable(b, &b->rings[i], true) < 0)
				cairn_vub_ring_fail_(&b->rings[i]);
		break;
	case CAIRN_VHOST_USER_GET_VRING_BASE:
		forget_kick(b, &b->rings[b->msg.state.index]);
		break;
	case CAIRN_VHOST_USER_SET_VRING_KICK:
		cairn_vub_ring_set_kick_(&b->rings[b->msg.ring_fd.index],
					 cairn_vhost_user_rx_take_fd(&b->rx, 0));
		break;
	case CAIRN_VHOST_USER_RESET_DEVICE:
		for (uint16_t i = 0; i < b->vdev->n_queues; i++)
			cairn_vub_ring_forget_(&b->rings[i], false);
		break;
	default:
		break;
	}
}
