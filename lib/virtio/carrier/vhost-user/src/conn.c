/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* conn.c - the carrier as an object, its connection, and answering requests. */
#include "backend.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

void cairn_vub_conn_tell_(struct cairn_virtio_vhost_user *b, const char *what,
			  const struct cairn_err *err)
{
	if (b->news.refused)
		b->news.refused(b->news.ctx, what, err);
}

static void send_reply(struct cairn_virtio_vhost_user *b, const void *body, uint32_t len)
{
	struct cairn_vhost_user_header h = {
		.request = b->rx.header.request,
		.flags = CAIRN_VHOST_USER_VERSION | CAIRN_VHOST_USER_REPLY,
		.size = len,
	};

	if (cairn_vhost_user_send(b->sock, &h, body, NULL, 0) < 0)
		cairn_vub_steps_leave_(b);
}

/* GET_CONFIG has a way to say that it failed; the other replies have not. */
static void answer_failure(struct cairn_virtio_vhost_user *b)
{
	if (b->rx.header.request == CAIRN_VHOST_USER_GET_CONFIG)
		send_reply(b, NULL, 0);
	else
		cairn_vub_steps_leave_(b);
}

static void answer(struct cairn_virtio_vhost_user *b)
{
	const struct cairn_vhost_user_header *h = &b->rx.header;
	uint64_t nack = b->status < 0;

	if (nack && !b->err.what)
		(void)cairn_err_set(&b->err, -b->status, "failed on this host", 0);
	if (nack)
		cairn_vub_conn_tell_(b, cairn_vhost_user_name(h->request), &b->err);
	if (cairn_vhost_user_has_reply(h->request)) {
		if (nack)
			answer_failure(b);
		else
			send_reply(b, b->reply, b->reply_len);
	} else if ((h->flags & CAIRN_VHOST_USER_NEED_REPLY) &&
		   has_protocol(b, CAIRN_VHOST_USER_P_REPLY_ACK)) {
		send_reply(b, &nack, sizeof(nack));
	}
}

void cairn_vub_conn_answer_(struct cairn_virtio_vhost_user *b)
{
	if (!b->leaving)
		answer(b);
	cairn_vhost_user_rx_reset(&b->rx);
}

void cairn_vub_conn_listen_(struct cairn_virtio_vhost_user *b)
{
	if (!b->paused)
		return;
	b->paused = false;
	if (cairn_watch_set(&b->watch, EPOLLIN) < 0)
		cairn_vub_steps_leave_(b);
}

static void pause_reading(struct cairn_virtio_vhost_user *b)
{
	b->paused = true;
	if (cairn_watch_set(&b->watch, 0) < 0)
		cairn_vub_steps_leave_(b);
}

static void close_sockets(struct cairn_virtio_vhost_user *b)
{
	cairn_watch_remove(&b->watch);
	if (b->sock >= 0)
		close(b->sock);
	if (b->backend_fd >= 0)
		close(b->backend_fd);
	b->sock = b->backend_fd = -1;
}

void cairn_vub_conn_give_up_(struct cairn_virtio_vhost_user *b)
{
	struct cairn_err err = { 0 };

	(void)cairn_err_set(&err, ETIMEDOUT, "it does not answer", b->patience_ns);
	cairn_vub_conn_tell_(b, "device", &err);
	close_sockets(b);
	cairn_vub_steps_leave_(b);
}

void cairn_vub_conn_hung_(struct cairn_virtio_vhost_user *b)
{
	if (b->hung)
		return;
	b->hung = true;
	close_sockets(b);
	if (b->news.hung)
		b->news.hung(b->news.ctx);
}

void cairn_vub_conn_gone_(struct cairn_virtio_vhost_user *b)
{
	cairn_vhost_user_rx_reset(&b->rx);
	close_sockets(b);
	b->protocol = 0;
	b->leaving = b->paused = b->hung = false;
	for (uint16_t i = 0; i < b->vdev->n_queues; i++)
		cairn_vub_ring_forget_(&b->rings[i], true);
	if (b->news.closed)
		b->news.closed(b->news.ctx);
}

static void serve(struct cairn_virtio_vhost_user *b)
{
	int r = cairn_vhost_user_parse(&b->rx.header, b->rx.body, b->rx.n_fds, &b->msg, &b->err);

	if (r == 0)
		r = cairn_vub_request_prepare_(b);
	if (r == 0) {
		cairn_vub_steps_begin_(b, JOB_REQUEST, b->steps);
		return;
	}
	cairn_vub_memory_forget_next_(b);
	b->status = r;
	cairn_vub_conn_answer_(b);
}

static void hang_up(struct cairn_virtio_vhost_user *b)
{
	cairn_watch_remove(&b->watch);
	cairn_vub_steps_leave_(b);
}

static void on_socket(struct cairn_watch *w, uint32_t events)
{
	struct cairn_virtio_vhost_user *b =
	    cairn_container_of(w, struct cairn_virtio_vhost_user, watch);
	int r;

	if (b->job != JOB_NONE) { /* one thing after the other */
		if (events & (EPOLLHUP | EPOLLERR))
			hang_up(b);
		else
			pause_reading(b);
		return;
	}
	memset(&b->err, 0, sizeof(b->err));
	r = cairn_vub_memory_is_broken_(b)
		? cairn_err_set(&b->err, EFAULT, "its memory was truncated", 0)
		: cairn_vhost_user_recv(&b->rx, b->sock, &b->err);
	if (r < 0 && r != -ENOTCONN)
		cairn_vub_conn_tell_(b, "connection", &b->err);
	if (r < 0)
		hang_up(b);
	else if (r > 0)
		serve(b);
}

static void on_config_changed(struct cairn_vdev_host *h)
{
	const struct cairn_virtio_vhost_user *b =
	    cairn_container_of(h, struct cairn_virtio_vhost_user, host);
	const struct cairn_vhost_user_header told = {
		.request = CAIRN_VHOST_USER_BACKEND_CONFIG_CHANGE,
		.flags = CAIRN_VHOST_USER_VERSION,
	};

	/* One that has no room holds a message that was not read yet, and says the same. */
	if (b->backend_fd >= 0)
		(void)!cairn_vhost_user_send(b->backend_fd, &told, NULL, NULL, 0);
}

static void on_broken(struct cairn_vdev_host *h, int why)
{
	struct cairn_virtio_vhost_user *b =
	    cairn_container_of(h, struct cairn_virtio_vhost_user, host);
	struct cairn_err err = { 0 };

	(void)cairn_err_set(&err, -why, "the driver broke the rules, or the host failed", 0);
	cairn_vub_conn_tell_(b, "device", &err);
	cairn_vub_steps_broken_(b);
}

static const struct cairn_vdev_host_ops host_ops = {
	.size = sizeof(host_ops),
	.config_changed = on_config_changed,
	.broken = on_broken,
};

static int open_rings(struct cairn_virtio_vhost_user *b)
{
	b->rings = calloc(b->vdev->n_queues, sizeof(*b->rings));
	if (!b->rings)
		return -ENOMEM;
	for (uint16_t i = 0; i < b->vdev->n_queues; i++) {
		int r = cairn_vub_ring_open_(&b->rings[i], b, i);

		if (r == 0)
			continue;
		while (i--)
			cairn_vub_ring_close_(&b->rings[i]);
		free(b->rings);
		return r;
	}
	return 0;
}

int cairn_virtio_vhost_user_open(struct cairn_vdev *vdev,
				 const struct cairn_virtio_vhost_user_news *news,
				 struct cairn_virtio_vhost_user **ret)
{
	struct cairn_virtio_vhost_user *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	b->vdev = vdev;
	b->sock = b->backend_fd = -1;
	b->watch.fn = on_socket;
	b->patience.fn = cairn_vub_steps_late_;
	b->patience_ns = CAIRN_VIRTIO_VHOST_USER_PATIENCE_NS;
	if (news)
		b->news = *news;
	r = open_rings(b);
	if (r < 0) {
		free(b);
		return r;
	}
	b->host =
	    (struct cairn_vdev_host){ .ops = &host_ops, .features = CAIRN_VIRTIO_F_VERSION_1 };
	cairn_vdev_attach(vdev, &b->host);
	*ret = b;
	return 0;
}

void cairn_virtio_vhost_user_close(struct cairn_virtio_vhost_user *b)
{
	if (!b)
		return;
	cairn_vdev_attach(b->vdev, NULL);
	for (uint16_t i = 0; i < b->vdev->n_queues; i++)
		cairn_vub_ring_close_(&b->rings[i]);
	cairn_vub_memory_close_(b);
	free(b->rings);
	free(b);
}

int cairn_virtio_vhost_user_take(struct cairn_virtio_vhost_user *b, int sock)
{
	int r;

	if (cairn_virtio_vhost_user_is_connected(b))
		return -EBUSY;
	r = cairn_loop_watch(b->vdev->home, &b->watch, sock, EPOLLIN);
	if (r == 0)
		b->sock = sock;
	return r;
}

void cairn_virtio_vhost_user_drop(struct cairn_virtio_vhost_user *b)
{
	if (b->sock < 0)
		return;
	cairn_watch_remove(&b->watch);
	cairn_vub_steps_leave_(b);
}

bool cairn_virtio_vhost_user_is_connected(const struct cairn_virtio_vhost_user *b)
{
	return b->sock >= 0 || b->leaving;
}

void cairn_virtio_vhost_user_set_patience(struct cairn_virtio_vhost_user *b, uint64_t ns)
{
	b->patience_ns = ns;
}
