/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pty.c - the master's end. While nobody has the other end open, the master is hung up, for which
 * epoll would wake us without end: it is watched only while somebody has. That is told by inotify,
 * since the master does not say when it is opened again.
 *
 * What whoever closed it had written before is read first, however long that takes; only then is it
 * closed.
 */
#include <cairn/pty.h>

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct cairn_pty {
	struct cairn_loop *loop;
	int fd, inotify_fd;
	char path[64];
	char *link; /* NULL: none was made */
	const struct cairn_pty_ops *ops;
	void *ctx;
	bool is_open, wants_room; /* output was not taken whole */
	uint16_t columns, rows;
	struct cairn_watch watch, openings; /* the first only while open, and while of use */
	uint8_t input[CAIRN_PTY_READ_BYTES];
	size_t in_at, in_n; /* of what is not taken yet */
};

static const struct cairn_pty_ops nobody = { .input = NULL };

/* What is read would have no place to go. */
static bool is_blocked(const struct cairn_pty *p)
{
	return p->in_n || p->ops == &nobody;
}

static void set_watch(struct cairn_pty *p)
{
	uint32_t events = (is_blocked(p) ? 0 : EPOLLIN) | (p->wants_room ? EPOLLOUT : 0);

	if (cairn_watch_is_added(&p->watch))
		(void)!cairn_watch_set(&p->watch, events);
	else if (p->is_open && events)
		(void)!cairn_loop_watch(p->loop, &p->watch, p->fd, events);
}

static void tell_size(struct cairn_pty *p)
{
	struct winsize now;

	if (ioctl(p->fd, TIOCGWINSZ, &now) || (now.ws_col == p->columns && now.ws_row == p->rows))
		return;
	p->columns = now.ws_col;
	p->rows = now.ws_row;
	if (p->ops->resized)
		p->ops->resized(p->ctx, p->columns, p->rows);
}

static void offer_input(struct cairn_pty *p)
{
	size_t taken = p->in_n;

	if (p->ops->input)
		taken = p->ops->input(p->ctx, p->input + p->in_at, p->in_n);
	p->in_at += taken;
	p->in_n -= taken;
}

static void set_open(struct cairn_pty *p, bool open)
{
	if (p->is_open == open)
		return;
	p->is_open = open;
	if (open) {
		tell_size(p);
	} else {
		cairn_watch_remove(&p->watch);
		p->wants_room = false; /* nobody is waited for */
	}
	set_watch(p);
	if (p->ops->opened)
		p->ops->opened(p->ctx, open);
}

static bool is_hung_up(const struct cairn_pty *p)
{
	struct pollfd f = { .fd = p->fd, .events = 0 };

	return poll(&f, 1, 0) == 1 && f.revents & POLLHUP;
}

/* One reading. False: there is nothing, or no place for it. */
static bool read_once(struct cairn_pty *p)
{
	ssize_t n;

	if (is_blocked(p))
		return false;
	n = read(p->fd, p->input, sizeof(p->input));
	if (n <= 0)
		return false;
	p->in_at = 0;
	p->in_n = (size_t)n;
	tell_size(p);
	offer_input(p);
	return true;
}

static void on_ready(struct cairn_watch *w, uint32_t events)
{
	struct cairn_pty *p = cairn_container_of(w, struct cairn_pty, watch);
	bool was_short = p->wants_room;

	if (events & EPOLLOUT)
		p->wants_room = false;
	if (!(events & (EPOLLIN | EPOLLHUP)) || read_once(p) || !(events & EPOLLHUP))
		set_watch(p);
	else if (is_blocked(p))
		cairn_watch_remove(&p->watch); /* its end waits until the rest is taken */
	else
		set_open(p, false);
	if (events & EPOLLOUT && was_short && p->ops->output_ready)
		p->ops->output_ready(p->ctx);
}

static void on_opening(struct cairn_watch *w, uint32_t events)
{
	struct cairn_pty *p = cairn_container_of(w, struct cairn_pty, openings);
	_Alignas(struct inotify_event) uint8_t told[4096];

	(void)events;
	(void)!read(p->inotify_fd, told, sizeof(told)); /* that something was, not what */
	if (!is_hung_up(p))
		set_open(p, true);
	set_watch(p);
}

/* Opened and closed, so that it is hung up from the beginning. */
static int hang_up(struct cairn_pty *p)
{
	int fd = open(p->path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int open_master(struct cairn_pty *p)
{
	struct termios mode;
	int r;

	p->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (p->fd < 0 || grantpt(p->fd) || unlockpt(p->fd))
		return -errno;
	r = ptsname_r(p->fd, p->path, sizeof(p->path));
	if (r)
		return -r;
	if (tcgetattr(p->fd, &mode))
		return -errno;
	cfmakeraw(&mode);
	return tcsetattr(p->fd, TCSANOW, &mode) ? -errno : hang_up(p);
}

static int watch_openings(struct cairn_pty *p)
{
	p->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (p->inotify_fd < 0 || inotify_add_watch(p->inotify_fd, p->path, IN_OPEN) < 0)
		return -errno;
	return cairn_loop_watch(p->loop, &p->openings, p->inotify_fd, EPOLLIN);
}

static int make_link(struct cairn_pty *p, const char *link)
{
	char *copy = strdup(link);

	if (!copy)
		return -ENOMEM;
	if (symlink(p->path, link)) {
		int r = -errno;

		free(copy);
		return r;
	}
	p->link = copy;
	return 0;
}

static int refuse(struct cairn_pty *p, struct cairn_err *err, int r, const char *what,
		  const char *link)
{
	cairn_pty_close(p);
	cairn_err_set(err, -r, what, 0);
	if (err)
		snprintf(err->detail, sizeof(err->detail), "%s", link);
	return r;
}

int cairn_pty_open(struct cairn_loop *loop, const char *link, struct cairn_pty **ret,
		   struct cairn_err *err)
{
	struct cairn_pty *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return cairn_err_set(err, ENOMEM, "no memory for a pty", 0);
	*p = (struct cairn_pty){ .loop = loop, .fd = -1, .inotify_fd = -1, .ops = &nobody };
	p->watch.fn = on_ready;
	p->openings.fn = on_opening;
	r = open_master(p);
	if (!r)
		r = watch_openings(p);
	if (r < 0)
		return refuse(p, err, r, "cannot make a pty", "");
	if (link)
		r = make_link(p, link);
	if (r < 0)
		return refuse(p, err, r, "cannot make the link to a pty", link);
	*ret = p;
	return 0;
}

void cairn_pty_close(struct cairn_pty *p)
{
	if (!p)
		return;
	cairn_watch_remove(&p->watch);
	cairn_watch_remove(&p->openings);
	if (p->link)
		unlink(p->link);
	free(p->link);
	if (p->inotify_fd >= 0)
		close(p->inotify_fd);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}

void cairn_pty_connect(struct cairn_pty *p, const struct cairn_pty_ops *ops, void *ctx)
{
	p->ops = ops ? ops : &nobody;
	p->ctx = ctx;
	if (p->ops->resized && (p->columns || p->rows))
		p->ops->resized(ctx, p->columns, p->rows);
	if (p->is_open && p->ops->opened)
		p->ops->opened(ctx, true);
	cairn_pty_input_ready(p);
}

const char *cairn_pty_path(const struct cairn_pty *p)
{
	return p->path;
}

bool cairn_pty_is_open(const struct cairn_pty *p)
{
	return p->is_open;
}

size_t cairn_pty_output(struct cairn_pty *p, const uint8_t *bytes, size_t n)
{
	ssize_t done;

	if (!p->is_open)
		return n;
	done = write(p->fd, bytes, n);
	if (done < 0)
		done = 0; /* full, or just hung up, which is told */
	p->wants_room = (size_t)done < n;
	if (p->wants_room)
		set_watch(p);
	return (size_t)done;
}

void cairn_pty_input_ready(struct cairn_pty *p)
{
	if (p->in_n && p->ops != &nobody)
		offer_input(p);
	set_watch(p);
}
