/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * cairn-device: one virtio device, served to one front end after the other. A single loop does
 * everything; it is filtered before the first front end is heard.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <cairn/stream.h>
#include <cairn/virtio_vhost_user.h>

#include "confine.h"
#include "device.h"
#include "listen.h"
#include "log.h"

enum {
	END_MS = 2000, /* for what cannot be abandoned, at the end */
	HELP_BYTES = 8192,
};

struct server {
	const struct options *o;
	struct cairn_loop *loop;
	struct device device;
	struct cairn_virtio_vhost_user *carrier;
	int listen_fd; /* -1: the only front end was passed to us */
	bool hung;     /* the device does not answer */
	struct cairn_watch watch;
};

static struct cairn_loop *stop_loop;

static void on_signal(int sig)
{
	cairn_loop_stop(stop_loop);
}

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

static int open_carrier(struct server *s)
{
	const struct cairn_virtio_vhost_user_news news = {
		.refused = on_refused, .closed = on_closed, .hung = on_hung, .ctx = s
	};

	return cairn_virtio_vhost_user_open(s->device.vdev, &news, &s->carrier);
}

static int catch_signals(struct cairn_loop *loop)
{
	/* No SA_RESTART: a call that a front end has made hang ends with the signal. */
	struct sigaction act = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };

	stop_loop = loop;
	sigemptyset(&act.sa_mask);
	if (sigaction(SIGTERM, &act, NULL) || sigaction(SIGINT, &act, NULL) ||
	    sigaction(SIGPIPE, &ignore, NULL))
		return -errno;
	return cairn_hostmem_guard();
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* False: a disk hangs; its requests still have front-end memory in their hands. */
static bool hang_up(struct server *s)
{
	int64_t end = now_ms() + END_MS;

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

/* The device is open. Serves until told to end. */
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

static enum exit_code run(const struct options *o)
{
	struct server s = { .o = o, .listen_fd = -1, .watch.fn = on_front_end };
	struct cairn_err err = { 0 };
	enum exit_code code;
	int r = cairn_loop_new(&s.loop);

	if (r == 0)
		r = catch_signals(s.loop);
	if (r == 0)
		r = confine_prepare();
	if (r < 0)
		return host_failed("cannot start", r);
	code = device_open(&s.device, s.loop, o, &err);
	if (code != EXIT_ASKED)
		log_err(o->kind == DEVICE_BLK ? "disk" : "rng", &err);
	r = code == EXIT_ASKED ? open_carrier(&s) : 0;
	if (r < 0)
		code = host_failed("out of memory", r);
	if (s.carrier)
		code = serve(&s);
	if (s.listen_fd >= 0 && o->socket)
		unlink(o->socket);
	if (s.carrier && !hang_up(&s)) {
		log_line("requests that do not end are left behind");
		_exit(code);
	}
	cairn_virtio_vhost_user_close(s.carrier);
	device_close(&s.device);
	cairn_loop_free(s.loop);
	return code;
}

/* Standard output may be a pipe without a reader: what people asked for then went nowhere. */
static enum exit_code print(const char *text)
{
	return fputs(text, stdout) < 0 || fflush(stdout) ? EXIT_INTERNAL : EXIT_ASKED;
}

static enum exit_code print_help(void)
{
	char text[HELP_BYTES + 1];
	struct cairn_writer w;

	cairn_writer_init(&w, text, HELP_BYTES);
	options_help(&w);
	text[cairn_writer_is_whole(&w) ? w.need : HELP_BYTES] = '\0';
	return print(text);
}

int main(int argc, char **argv)
{
	struct options o;
	char why[256];
	enum exit_code code;

	switch (options_parse(argc, (const char *const *)argv, &o, why, sizeof(why))) {
	case OPTIONS_HELP:
		code = print_help();
		break;
	case OPTIONS_VERSION:
		code = print("cairn-device " CAIRN_VERSION "\n");
		break;
	case OPTIONS_CAPABILITIES:
		code = print(options_capabilities(o.kind));
		break;
	case OPTIONS_BAD:
		log_line("%s (try 'cairn-device --help')", why);
		code = EXIT_USAGE;
		break;
	default:
		code = run(&o);
	}
	options_free(&o);
	return code;
}
