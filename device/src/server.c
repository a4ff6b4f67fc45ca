/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* server.c - see server.h. The loop is filtered before the first front end is heard. */
#include "server.h"

#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <cairn/stream.h>
#include <cairn/virtio_vhost_user.h>

#include "confine.h"
#include "listen.h"
#include "log.h"

struct server {
	const struct options *o;
	struct cairn_loop *loop;
	struct cairn_virtio_vhost_user *carrier;
	int listen_fd; /* -1: the only front end was passed to us */
	bool hung;     /* the device does not answer */
	struct cairn_watch watch;
};

static void on_refused(void *ctx, const char *what, const struct cairn_err *err)
{
	if (log_allowed())
		log_err(what, err);
}

/* Listen again, or end. */
static void on_closed(void *ctx)
{
	struct server *s = ctx;

	if (s->o->once || s->listen_fd < 0) {
		cairn_loop_stop(s->loop);
		return;
	}
	if (cairn_loop_watch(s->loop, &s->watch, s->listen_fd, EPOLLIN) < 0) {
		log_line("cannot listen any more");
		cairn_loop_stop(s->loop);
	}
}

/* Whoever comes next would wait in vain: end, so that another process can be started. */
static void on_hung(void *ctx)
{
	struct server *s = ctx;

	log_line("the device does not answer");
	s->hung = true;
	cairn_loop_stop(s->loop);
}

static int take(struct server *s, int sock)
{
	int r = cairn_virtio_vhost_user_take(s->carrier, sock);

	if (r < 0) {
		log_line("cannot serve a front end: %s", strerror(-r));
		close(sock);
	}
	return r;
}

/* While one is served the others wait in the socket's queue. */
static void on_front_end(struct cairn_watch *w, uint32_t events)
{
	struct server *s = cairn_container_of(w, struct server, watch);
	int sock = listen_accept(s->listen_fd);

	if (sock >= 0 && take(s, sock) == 0)
		cairn_watch_remove(w);
}

/* Returns 1: it listens; 0: it is a front end's; a negative errno with err. */
static int open_socket(struct server *s, struct cairn_err *err)
{
	int r;

	if (s->o->socket) {
		s->listen_fd = cairn_stream_listen(s->o->socket, err);
		return s->listen_fd < 0 ? s->listen_fd : 1;
	}
	r = listen_passed(s->o->fd, err);
	if (r > 0)
		s->listen_fd = s->o->fd;
	return r;
}

static int open_carrier(struct server *s, const struct server_cfg *cfg)
{
	const struct cairn_virtio_vhost_user_news news = {
		.refused = on_refused, .closed = on_closed, .hung = on_hung, .ctx = s
	};
	int r = cairn_virtio_vhost_user_open(cfg->vdev, &news, &s->carrier);

	if (r == 0 && cfg->patience_ns)
		cairn_virtio_vhost_user_set_patience(s->carrier, cfg->patience_ns);
	return r;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* False: a disk hangs; its requests still have front-end memory in their hands. */
static bool hang_up(struct server *s, int patience_ms)
{
	int64_t end = now_ms() + patience_ms;

	cairn_virtio_vhost_user_drop(s->carrier);
	while (cairn_virtio_vhost_user_is_connected(s->carrier)) {
		int64_t left = end - now_ms();

		if (left <= 0 || cairn_loop_dispatch(s->loop, (int)left) < 0)
			return false;
	}
	cairn_watch_remove(&s->watch);
	return true;
}

static enum exit_code host_failed(const char *what, int r)
{
	log_line("%s: %s", what, strerror(-r));
	return EXIT_HOST;
}

static enum exit_code serve(struct server *s)
{
	struct cairn_err err = { 0 };
	int listens = open_socket(s, &err), r;

	if (listens < 0) {
		log_err("socket", &err);
		return EXIT_HOST;
	}
	r = confine_thread(CONFINE_LOOP, s->o->seccomp);
	if (r < 0)
		return host_failed("cannot install the system call filter", r);
	r = listens ? cairn_loop_watch(s->loop, &s->watch, s->listen_fd, EPOLLIN)
		    : take(s, s->o->fd);
	if (r == 0)
		r = cairn_loop_run(s->loop);
	if (r < 0)
		return host_failed("cannot serve", r);
	return s->hung ? EXIT_HOST : EXIT_ASKED;
}

enum exit_code server_run(const struct server_cfg *cfg, bool *ret_stuck)
{
	struct server s = {
		.o = cfg->options, .loop = cfg->loop, .listen_fd = -1, .watch.fn = on_front_end
	};
	enum exit_code code;
	int r = open_carrier(&s, cfg);

	*ret_stuck = false;
	if (r < 0)
		return host_failed("out of memory", r);
	code = serve(&s);
	if (s.listen_fd >= 0 && s.o->socket)
		unlink(s.o->socket);
	if (!hang_up(&s, cfg->end_ms)) {
		log_line("requests that do not end are left behind");
		*ret_stuck = true;
		return code;
	}
	cairn_virtio_vhost_user_close(s.carrier);
	return code;
}
