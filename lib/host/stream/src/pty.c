/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pty.c - the master's end of a pseudo-terminal. That it is opened is told by inotify, since the
 * master does not say when it is opened again.
 */
#include "kinds.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static ssize_t pty_write(int fd, const uint8_t *bytes, size_t n)
{
	return write(fd, bytes, n);
}

static void tell_size(struct cairn_stream *s)
{
	struct winsize now;

	if (ioctl(s->fd, TIOCGWINSZ, &now) || (now.ws_col == s->columns && now.ws_row == s->rows))
		return;
	s->columns = now.ws_col;
	s->rows = now.ws_row;
	if (s->ops->resized)
		s->ops->resized(s->ctx, s->columns, s->rows);
}

static const struct stream_kind pty = { .write = pty_write, .look = tell_size };

static bool is_hung_up(const struct cairn_stream *s)
{
	struct pollfd f = { .fd = s->fd, .events = 0 };

	return poll(&f, 1, 0) == 1 && f.revents & POLLHUP;
}

static void on_opening(struct cairn_watch *w, uint32_t events)
{
	struct cairn_stream *s = cairn_container_of(w, struct cairn_stream, openings);
	_Alignas(struct inotify_event) uint8_t told[4096];

	(void)events;
	(void)!read(s->openings_fd, told, sizeof(told)); /* that something was, not what */
	if (!is_hung_up(s))
		cairn_stream_set_open_(s, true);
	cairn_stream_watch_(s);
}

/* Opened and closed, so that it is hung up from the beginning. */
static int hang_up(struct cairn_stream *s)
{
	int fd = open(s->path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int open_master(struct cairn_stream *s)
{
	struct termios mode;
	char path[64];
	int r;

	s->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd < 0 || grantpt(s->fd) || unlockpt(s->fd))
		return -errno;
	r = ptsname_r(s->fd, path, sizeof(path));
	if (r)
		return -r;
	s->path = strdup(path);
	if (!s->path)
		return -ENOMEM;
	if (tcgetattr(s->fd, &mode))
		return -errno;
	cfmakeraw(&mode);
	return tcsetattr(s->fd, TCSANOW, &mode) ? -errno : hang_up(s);
}

static int watch_openings(struct cairn_stream *s)
{
	s->openings.fn = on_opening;
	s->openings_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (s->openings_fd < 0 || inotify_add_watch(s->openings_fd, s->path, IN_OPEN) < 0)
		return -errno;
	return cairn_loop_watch(s->loop, &s->openings, s->openings_fd, EPOLLIN);
}

static int make_link(struct cairn_stream *s, const char *link)
{
	char *copy = strdup(link);

	if (!copy)
		return -ENOMEM;
	if (symlink(s->path, link)) {
		int r = -errno;

		free(copy);
		return r;
	}
	s->link = copy;
	return 0;
}

static int refuse(struct cairn_stream *s, struct cairn_err *err, int r, const char *what,
		  const char *link)
{
	cairn_stream_close(s);
	cairn_err_set(err, -r, what, 0);
	if (err && link)
		snprintf(err->detail, sizeof(err->detail), "%s: %s", link, strerror(-r));
	return r;
}

int cairn_stream_open_pty(struct cairn_loop *loop, const char *link, struct cairn_stream **ret,
			  struct cairn_err *err)
{
	struct cairn_stream *s = cairn_stream_new_(loop, &pty);
	int r;

	if (!s)
		return cairn_err_set(err, ENOMEM, "no memory for a pty", 0);
	r = open_master(s);
	if (!r)
		r = watch_openings(s);
	if (r < 0)
		return refuse(s, err, r, "cannot make a pty", NULL);
	if (link)
		r = make_link(s, link);
	if (r < 0)
		return refuse(s, err, r, "cannot make the link to a pty", link);
	*ret = s;
	return 0;
}
