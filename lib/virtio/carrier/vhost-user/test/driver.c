/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "driver.h"

#include <cairn/vhost_user_socket.h>
#include <cairn/virtio_vhost_user.h>

#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUES    CAIRN_SUITE_QUEUES
#define MEM_BYTES UINT64_C(0x20000) /* of each of two regions, the second for growing */
#define UVA       UINT64_C(0x7f0000000000)
#define PROTOCOL                                                                                   \
	(1u << CAIRN_VHOST_USER_P_MQ | 1u << CAIRN_VHOST_USER_P_REPLY_ACK |                        \
	 1u << CAIRN_VHOST_USER_P_BACKEND_REQ | 1u << CAIRN_VHOST_USER_P_CONFIG |                  \
	 1u << CAIRN_VHOST_USER_P_RESET_DEVICE)

struct front_queue {
	int kick_fd, call_fd, err_fd;
	bool started; /* the back end has the kick descriptor */
	bool kicked;  /* since it was stopped */
	bool stopped; /* the last GET_VRING_BASE was answered */
};

struct front {
	struct cairn_suite *suite;
	struct cairn_virtio_vhost_user *b;
	int sock;    /* -1: hung up */
	int channel; /* of the back end; -1: none */
	bool wanted; /* somebody is there: connect when the carrier is free */
	bool went, accepted, broken;
	uint64_t offered, config;
	struct cairn_vhost_user_rx rx;
	struct front_queue queues[QUEUES];
	int memfd;
};

static struct front *front_of(const struct cairn_suite *s)
{
	return s->transport;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int new_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

/* What one connection knows. A driver that comes anew brings descriptors of its own. */
static void forget(struct front *f)
{
	close_fd(&f->sock);
	close_fd(&f->channel);
	cairn_vhost_user_rx_reset(&f->rx);
	f->rx = (struct cairn_vhost_user_rx){ .is_client = true };
	f->went = f->accepted = f->broken = false;
	for (size_t i = 0; i < QUEUES; i++) {
		struct front_queue *q = &f->queues[i];

		close_fd(&q->kick_fd);
		close_fd(&q->call_fd);
		close_fd(&q->err_fd);
		*q = (struct front_queue){ new_eventfd(), new_eventfd(), new_eventfd() };
	}
}

static void connect_if_wanted(struct front *f)
{
	int pair[2];

	if (!f->wanted || f->sock >= 0 || cairn_virtio_vhost_user_is_connected(f->b))
		return;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
			 0);
	assert_int_equal(cairn_virtio_vhost_user_take(f->b, pair[0]), 0);
	f->sock = pair[1];
}

static void on_closed(void *ctx)
{
	connect_if_wanted(ctx);
}

static void v_open(struct cairn_suite *s)
{
	static struct front f;
	const struct cairn_virtio_vhost_user_news news = { .closed = on_closed, .ctx = &f };

	f = (struct front){ .suite = s, .sock = -1, .channel = -1, .wanted = true };
	for (size_t i = 0; i < QUEUES; i++)
		f.queues[i] = (struct front_queue){ -1, -1, -1 };
	s->transport = &f;
	f.memfd = memfd_create("front-end", MFD_CLOEXEC);
	assert_true(f.memfd >= 0);
	assert_int_equal(ftruncate(f.memfd, 2 * MEM_BYTES), 0);
	assert_int_equal(cairn_virtio_vhost_user_open(&s->dev.vdev, &news, &f.b), 0);
	cairn_virtio_vhost_user_set_patience(f.b, 0);
	forget(&f);
	connect_if_wanted(&f);
}

static void v_close(struct cairn_suite *s)
{
	struct front *f = front_of(s);

	forget(f);
	for (size_t i = 0; i < QUEUES; i++) {
		close_fd(&f->queues[i].kick_fd);
		close_fd(&f->queues[i].call_fd);
		close_fd(&f->queues[i].err_fd);
	}
	close_fd(&f->memfd);
	cairn_virtio_vhost_user_close(f->b);
}

static void hear(struct front *f)
{
	const struct cairn_vhost_user_rx *rx = &f->rx;
	uint64_t word = 0;
	uint32_t index = 0;

	memcpy(&word, rx->body, cairn_min_u64(rx->header.size, sizeof(word)));
	memcpy(&index, rx->body, sizeof(index));
	switch (rx->header.request) {
	case CAIRN_VHOST_USER_GET_FEATURES:
		f->offered = word & ~CAIRN_VHOST_USER_F_PROTOCOL;
		break;
	case CAIRN_VHOST_USER_SET_FEATURES:
		f->accepted = word == 0;
		break;
	case CAIRN_VHOST_USER_GET_VRING_BASE:
		assert_in_range(index, 0, QUEUES - 1);
		f->queues[index].stopped = true;
		break;
	case CAIRN_VHOST_USER_GET_CONFIG:
		f->config = 0;
		if (rx->header.size > sizeof(struct cairn_vhost_user_config))
			memcpy(&f->config, rx->body + sizeof(struct cairn_vhost_user_config),
			       rx->header.size - sizeof(struct cairn_vhost_user_config));
		break;
	default:
		break;
	}
}

/* Everything that was said meanwhile; also that the back end has hung up. */
static void listen_up(struct front *f)
{
	eventfd_t n;
	int r = 0;

	while (f->sock >= 0 && (r = cairn_vhost_user_recv(&f->rx, f->sock, NULL)) == 1) {
		hear(f);
		cairn_vhost_user_rx_reset(&f->rx);
	}
	if (r < 0)
		close_fd(&f->sock);
	for (size_t i = 0; i < QUEUES; i++)
		f->broken |= eventfd_read(f->queues[i].err_fd, &n) == 0;
}

static void say(struct front *f, uint32_t request, const void *body, uint32_t len, const int *fds,
		unsigned int n_fds)
{
	uint32_t ack = cairn_vhost_user_has_reply(request) ? 0 : CAIRN_VHOST_USER_NEED_REPLY;
	const struct cairn_vhost_user_header h = { request, CAIRN_VHOST_USER_VERSION | ack, len };

	listen_up(f);
	if (f->sock >= 0) /* one that was hung up on speaks into the void */
		(void)!cairn_vhost_user_send(f->sock, &h, body, fds, n_fds);
}

static void say_u64(struct front *f, uint32_t request, uint64_t value)
{
	say(f, request, &value, sizeof(value), NULL, 0);
}

static void say_state(struct front *f, uint32_t request, uint32_t index, uint32_t num)
{
	const struct cairn_vhost_user_state state = { index, num };

	say(f, request, &state, sizeof(state), NULL, 0);
}

/* Of a queue that there is not, any descriptor will do. */
static void say_fd(struct front *f, uint32_t request, uint32_t q, int fd)
{
	const uint64_t word = q & 0xff;

	say(f, request, &word, sizeof(word), &fd, 1);
}

static void say_memory(struct front *f, uint32_t regions)
{
	struct {
		uint32_t n, zero;
		struct cairn_vhost_user_region regions[2];
	} table = { .n = regions };
	const int fds[] = { f->memfd, f->memfd };

	for (uint32_t i = 0; i < regions; i++)
		table.regions[i] =
		    (struct cairn_vhost_user_region){ .gpa = CAIRN_SUITE_RINGS + i * MEM_BYTES,
						      .len_bytes = MEM_BYTES,
						      .uva = UVA + i * MEM_BYTES,
						      .fd_offset = i * MEM_BYTES };
	say(f, CAIRN_VHOST_USER_SET_MEM_TABLE, &table,
	    (uint32_t)(8 + regions * sizeof(table.regions[0])), fds, regions);
}

static void v_reset(struct cairn_suite *s)
{
	struct front *f = front_of(s);

	forget(f);
	f->wanted = true;
	connect_if_wanted(f);
}

static void v_hang_up(struct cairn_suite *s)
{
	struct front *f = front_of(s);

	f->wanted = false;
	forget(f);
}

/* The back end takes it when it is done with the connection before. */
static bool v_is_fresh(struct cairn_suite *s)
{
	listen_up(front_of(s));
	return front_of(s)->sock >= 0;
}

static void v_greet(struct cairn_suite *s)
{
	struct front *f = front_of(s);
	int pair[2];

	say(f, CAIRN_VHOST_USER_SET_OWNER, NULL, 0, NULL, 0);
	say_u64(f, CAIRN_VHOST_USER_SET_PROTOCOL_FEATURES, PROTOCOL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
			 0);
	say(f, CAIRN_VHOST_USER_SET_BACKEND_REQ_FD, NULL, 0, &pair[1], 1);
	close(pair[1]);
	close_fd(&f->channel);
	f->channel = pair[0];
	for (uint32_t q = 0; q < QUEUES; q++)
		say_fd(f, CAIRN_VHOST_USER_SET_VRING_ERR, q, f->queues[q].err_fd);
	say_memory(f, 1);
}

static uint64_t v_offered(struct cairn_suite *s)
{
	struct front *f = front_of(s);

	f->offered = 0;
	say(f, CAIRN_VHOST_USER_GET_FEATURES, NULL, 0, NULL, 0);
	cairn_suite_turn(s);
	listen_up(f);
	return f->offered;
}

static void v_accept(struct cairn_suite *s, uint64_t features)
{
	front_of(s)->accepted = false;
	say_u64(front_of(s), CAIRN_VHOST_USER_SET_FEATURES, features | CAIRN_VHOST_USER_F_PROTOCOL);
}

static bool v_is_accepted(struct cairn_suite *s)
{
	listen_up(front_of(s));
	return front_of(s)->accepted;
}

static void v_set_up(struct cairn_suite *s, uint32_t q, uint32_t size)
{
	const uint64_t base = UVA + q * CAIRN_SUITE_STRIDE;
	const struct cairn_vhost_user_addr addr = {
		.index = q, .desc = base, .avail = base + 0x1000, .used = base + 0x2000
	};
	struct front *f = front_of(s);

	say_state(f, CAIRN_VHOST_USER_SET_VRING_NUM, q, size);
	say_state(f, CAIRN_VHOST_USER_SET_VRING_BASE, q, 0);
	say(f, CAIRN_VHOST_USER_SET_VRING_ADDR, &addr, sizeof(addr), NULL, 0);
}

/* The first kick is what starts a ring. */
static void kick_first(struct front_queue *q)
{
	if (!q->started || q->kicked)
		return;
	assert_int_equal(eventfd_write(q->kick_fd, 1), 0);
	q->kicked = true;
}

static void v_start(struct cairn_suite *s, uint32_t q)
{
	struct front *f = front_of(s);
	struct front_queue *queue = &f->queues[q < QUEUES ? q : 0];

	say_fd(f, CAIRN_VHOST_USER_SET_VRING_CALL, q, queue->call_fd);
	say_fd(f, CAIRN_VHOST_USER_SET_VRING_KICK, q, queue->kick_fd);
	say_state(f, CAIRN_VHOST_USER_SET_VRING_ENABLE, q, 1);
	if (q >= QUEUES)
		return;
	queue->started = true;
	if (f->went)
		kick_first(queue);
}

static void v_go(struct cairn_suite *s)
{
	struct front *f = front_of(s);

	f->went = true;
	for (size_t q = 0; q < QUEUES; q++)
		kick_first(&f->queues[q]);
}

static void v_kick(struct cairn_suite *s, uint32_t q)
{
	if (q >= QUEUES)
		return;
	front_of(s)->queues[q].kicked = true;
	assert_int_equal(eventfd_write(front_of(s)->queues[q].kick_fd, 1), 0);
}

static bool v_is_broken(struct cairn_suite *s)
{
	listen_up(front_of(s));
	return front_of(s)->broken;
}

static uint64_t v_config_read(struct cairn_suite *s, uint32_t off, uint32_t len)
{
	const struct cairn_vhost_user_config c = { .offset = off, .len_bytes = len };

	front_of(s)->config = 0;
	say(front_of(s), CAIRN_VHOST_USER_GET_CONFIG, &c, sizeof(c), NULL, 0);
	cairn_suite_turn(s);
	listen_up(front_of(s));
	return front_of(s)->config;
}

static void v_config_write(struct cairn_suite *s, uint32_t off, uint32_t len, uint64_t value)
{
	struct {
		struct cairn_vhost_user_config c;
		uint8_t bytes[8];
	} body = { .c = { .offset = off, .len_bytes = len } };

	memcpy(body.bytes, &value, len);
	say(front_of(s), CAIRN_VHOST_USER_SET_CONFIG, &body, (uint32_t)sizeof(body.c) + len, NULL,
	    0);
}

static unsigned int v_take_queue_irqs(struct cairn_suite *s)
{
	unsigned int sum = 0;
	eventfd_t n;

	for (size_t q = 0; q < QUEUES; q++)
		if (eventfd_read(front_of(s)->queues[q].call_fd, &n) == 0)
			sum += (unsigned int)n;
	return sum;
}

static unsigned int v_take_config_irqs(struct cairn_suite *s)
{
	struct cairn_vhost_user_header told;
	unsigned int n = 0;

	while (recv(front_of(s)->channel, &told, sizeof(told), MSG_DONTWAIT) == sizeof(told)) {
		assert_int_equal(told.request, CAIRN_VHOST_USER_BACKEND_CONFIG_CHANGE);
		n++;
	}
	return n;
}

static void v_stop(struct cairn_suite *s, uint32_t q)
{
	struct front_queue *queue = &front_of(s)->queues[q];

	queue->stopped = queue->started = queue->kicked = false;
	say_state(front_of(s), CAIRN_VHOST_USER_GET_VRING_BASE, q, 0);
}

static bool v_is_stopped(struct cairn_suite *s, uint32_t q)
{
	listen_up(front_of(s));
	return front_of(s)->queues[q].stopped;
}

static void v_enable(struct cairn_suite *s, uint32_t q, bool on)
{
	say_state(front_of(s), CAIRN_VHOST_USER_SET_VRING_ENABLE, q, on);
}

static void v_reset_message(struct cairn_suite *s)
{
	struct front *f = front_of(s);

	say(f, CAIRN_VHOST_USER_RESET_DEVICE, NULL, 0, NULL, 0);
	f->accepted = f->went = false;
	for (size_t q = 0; q < QUEUES; q++)
		f->queues[q].started = f->queues[q].kicked = false;
}

static void v_hurry(struct cairn_suite *s)
{
	cairn_virtio_vhost_user_set_patience(front_of(s)->b, 1);
}

static void v_grow(struct cairn_suite *s)
{
	say_memory(front_of(s), 2);
}

static void v_end(struct cairn_suite *s)
{
	front_of(s)->wanted = false;
	cairn_virtio_vhost_user_drop(front_of(s)->b);
}

static bool v_is_ended(struct cairn_suite *s)
{
	return !cairn_virtio_vhost_user_is_connected(front_of(s)->b);
}

const struct cairn_suite_ops vhost_user_suite_ops = {
	.name = "vhost-user back end",
	.lacks = CAIRN_SUITE_REGISTERS | CAIRN_SUITE_PAUSE | CAIRN_SUITE_QUEUE_RESET,
	.features = CAIRN_VIRTIO_F_VERSION_1,
	.open = v_open,
	.close = v_close,
	.reset = v_reset,
	.is_fresh = v_is_fresh,
	.greet = v_greet,
	.offered = v_offered,
	.accept = v_accept,
	.is_accepted = v_is_accepted,
	.set_up = v_set_up,
	.start = v_start,
	.go = v_go,
	.kick = v_kick,
	.is_broken = v_is_broken,
	.config_read = v_config_read,
	.config_write = v_config_write,
	.take_queue_irqs = v_take_queue_irqs,
	.take_config_irqs = v_take_config_irqs,
	.stop = v_stop,
	.is_stopped = v_is_stopped,
	.enable = v_enable,
	.hang_up = v_hang_up,
	.reset_message = v_reset_message,
	.hurry = v_hurry,
	.grow = v_grow,
	.end = v_end,
	.is_ended = v_is_ended,
};
