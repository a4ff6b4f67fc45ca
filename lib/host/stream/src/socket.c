/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* socket.c - a listening socket and the client of the moment; the others wait in its queue. */
#include "kinds.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client that does not receive any more is none that could be waited for. */
static ssize_t socket_write(int fd, const uint8_t *bytes, size_t n)
{
	ssize_t done = send(fd, bytes, n, MSG_NOSIGNAL);

	return done < 0 && (errno == EPIPE || errno == ECONNRESET) ? (ssize_t)n : done;
}

static void next_client(struct cairn_stream *s)
{
	close(s->fd);
	s->fd = -1;
	(void)!cairn_watch_set(&s->openings, EPOLLIN);
}

static const struct stream_kind local_socket = { .write = socket_write, .left = next_client };

static void on_client(struct cairn_watch *w, uint32_t events)
{
	struct cairn_stream *s = cairn_container_of(w, struct cairn_stream, openings);

	(void)events;
	s->fd = accept4(s->openings_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (s->fd < 0)
		return; /* it is gone already */
	(void)!cairn_watch_set(w, 0);
	cairn_stream_set_open_(s, true);
}

static int listen_for(struct cairn_stream *s, const char *path, struct cairn_err *err)
{
	int r = cairn_stream_listen(path, err);

	if (r < 0)
		return r;
	s->openings_fd = r;
	s->link = strdup(path);
	s->path = strdup(path);
	if (!s->link || !s->path) {
		unlink(path);
		return cairn_err_set(err, ENOMEM, "no memory for a socket", 0);
	}
	s->openings.fn = on_client;
	r = cairn_loop_watch(s->loop, &s->openings, s->openings_fd, EPOLLIN);
	return r < 0 ? cairn_err_set(err, -r, "cannot watch a socket", 0) : 0;
}

int cairn_stream_open_socket(struct cairn_loop *loop, const char *path, struct cairn_stream **ret,
			     struct cairn_err *err)
{
	struct cairn_stream *s = cairn_stream_new_(loop, &local_socket);
	int r;

	if (!s)
		return cairn_err_set(err, ENOMEM, "no memory for a socket", 0);
	r = listen_for(s, path, err);
	if (r < 0) {
		cairn_stream_close(s);
		return r;
	}
	*ret = s;
	return 0;
}
