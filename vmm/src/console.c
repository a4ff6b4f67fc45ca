/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "console.h"

enum {
	RING_BYTES = 65536,
	/* A terminal or pipe that polls writable takes this much without making us wait. */
	CHUNK_BYTES = 512,
	INPUT_BYTES = 256,
};

struct console {
	struct cairn_loop *loop;
	int in_fd, out_fd;
	bool is_terminal, out_polls, in_closed;
	struct cairn_trigger quit;
	struct console_guest guest;
	struct escape escape;
	struct cairn_watch in_watch, out_watch;
	struct cairn_call flush, room;

	uint8_t input[INPUT_BYTES]; /* read, not yet taken by the guest */
	size_t in_at, in_n;

	pthread_mutex_t lock; /* of everything below */
	pthread_cond_t space;
	bool released, flush_posted, room_posted, was_short;
	size_t head, n;
	uint8_t ring[RING_BYTES];
};

static void set_out_watch(struct console *c, bool on)
{
	if (c->out_polls)
		(void)!cairn_watch_set(&c->out_watch, on ? EPOLLOUT : 0);
}

/* The next contiguous piece of output; 0 when there is none. */
static size_t piece(struct console *c, const uint8_t **ret)
{
	size_t len;

	pthread_mutex_lock(&c->lock);
	len = c->n < RING_BYTES - c->head ? c->n : RING_BYTES - c->head;
	*ret = c->ring + c->head;
	pthread_mutex_unlock(&c->lock);
	return c->out_polls && len > CHUNK_BYTES ? CHUNK_BYTES : len;
}

static void consume(struct console *c, size_t len)
{
	bool was_short;

	pthread_mutex_lock(&c->lock);
	c->head = (c->head + len) % RING_BYTES;
	c->n -= len;
	was_short = c->was_short;
	c->was_short = false;
	pthread_cond_broadcast(&c->space);
	pthread_mutex_unlock(&c->lock);
	if (was_short && c->guest.output_ready)
		c->guest.output_ready(c->guest.ctx);
}

/* Writes one piece. False: nothing is left, or the other side is gone. */
static bool write_piece(struct console *c)
{
	const uint8_t *bytes;
	size_t len = piece(c, &bytes);
	ssize_t n;

	if (!len)
		return false;
	n = write(c->out_fd, bytes, len);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	consume(c, n < 0 ? len : (size_t)n); /* a reader that is gone must not stop the guest */
	return true;
}

static void on_writable(struct cairn_watch *w, uint32_t events)
{
	struct console *c = cairn_container_of(w, struct console, out_watch);

	(void)events;
	if (!write_piece(c))
		set_out_watch(c, false);
}

static void on_flush(struct cairn_call *call)
{
	struct console *c = cairn_container_of(call, struct console, flush);

	pthread_mutex_lock(&c->lock);
	c->flush_posted = false;
	pthread_mutex_unlock(&c->lock);
	if (c->out_polls) {
		set_out_watch(c, true);
		return;
	}
	while (write_piece(c))
		;
}

static size_t put(struct console *c, const uint8_t *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n && c->n < RING_BYTES; i++)
		c->ring[(c->head + c->n++) % RING_BYTES] = bytes[i];
	return i;
}

/* Under the lock: what was put is going to be written. */
static void want_flush(struct console *c)
{
	if (!c->n || c->flush_posted)
		return;
	c->flush_posted = true;
	cairn_loop_post(c->loop, &c->flush);
}

void console_output(void *console, const uint8_t *bytes, size_t n)
{
	struct console *c = console;

	if (c->out_fd < 0)
		return;
	pthread_mutex_lock(&c->lock);
	for (;;) {
		size_t done = put(c, bytes, n);

		bytes += done;
		n -= done;
		want_flush(c);
		if (!n || c->released)
			break;
		pthread_cond_wait(&c->space, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
}

size_t console_try_output(void *console, const uint8_t *bytes, size_t n)
{
	struct console *c = console;
	size_t done;

	if (c->out_fd < 0)
		return n;
	pthread_mutex_lock(&c->lock);
	done = put(c, bytes, n);
	c->was_short = done < n;
	want_flush(c);
	pthread_mutex_unlock(&c->lock);
	return done;
}

static void offer_input(struct console *c)
{
	size_t taken = c->in_n;

	if (c->guest.push)
		taken = c->guest.push(c->guest.ctx, c->input + c->in_at, c->in_n);
	c->in_at += taken;
	c->in_n -= taken;
}

/* Read more only when the guest has taken everything. */
static void set_in_watch(struct console *c)
{
	if (!c->in_closed)
		(void)!cairn_watch_set(&c->in_watch, c->in_n ? 0 : EPOLLIN);
}

static void on_room(struct cairn_call *call)
{
	struct console *c = cairn_container_of(call, struct console, room);

	pthread_mutex_lock(&c->lock);
	c->room_posted = false;
	pthread_mutex_unlock(&c->lock);
	if (!c->in_n)
		return;
	offer_input(c);
	set_in_watch(c);
}

void console_has_room(void *console)
{
	struct console *c = console;
	bool post;

	pthread_mutex_lock(&c->lock);
	post = !c->room_posted;
	c->room_posted = true;
	pthread_mutex_unlock(&c->lock);
	if (post)
		cairn_loop_post(c->loop, &c->room);
}

static bool take_bytes(struct console *c, const uint8_t *bytes, size_t n)
{
	c->in_at = 0;
	for (size_t i = 0; i < n; i++) {
		enum escape_result r = ESCAPE_PASS;

		if (c->is_terminal)
			r = escape_feed(&c->escape, bytes[i], &c->input[c->in_n]);
		else
			c->input[c->in_n] = bytes[i];
		if (r == ESCAPE_QUIT)
			return false;
		c->in_n += r == ESCAPE_PASS;
	}
	return true;
}

static void on_readable(struct cairn_watch *w, uint32_t events)
{
	struct console *c = cairn_container_of(w, struct console, in_watch);
	uint8_t bytes[INPUT_BYTES];
	ssize_t n = read(c->in_fd, bytes, sizeof(bytes));

	(void)events;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		cairn_watch_remove(&c->in_watch);
		c->in_closed = true;
		return;
	}
	if (!take_bytes(c, bytes, (size_t)n)) {
		cairn_trigger_fire(&c->quit);
		return;
	}
	offer_input(c);
	set_in_watch(c);
}

/* Watch a descriptor if it is of a kind that can be waited for: regular files cannot. */
static int try_watch(struct console *c, struct cairn_watch *w, int fd, uint32_t events,
		     bool *ret_watched)
{
	int r = cairn_loop_watch(c->loop, w, fd, events);

	*ret_watched = r == 0;
	return r == -EPERM ? 0 : r;
}

int console_new(struct cairn_loop *loop, int in_fd, int out_fd, struct cairn_trigger quit,
		struct console **ret)
{
	struct console *c = calloc(1, sizeof(*c));
	bool in_polls = false;
	int r = 0;

	if (!c)
		return -ENOMEM;
	c->loop = loop;
	c->in_fd = in_fd;
	c->out_fd = out_fd;
	c->quit = quit;
	c->is_terminal = in_fd >= 0 && isatty(in_fd);
	c->in_watch.fn = on_readable;
	c->out_watch.fn = on_writable;
	c->flush.fn = on_flush;
	c->room.fn = on_room;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->space, NULL);
	if (out_fd >= 0)
		r = try_watch(c, &c->out_watch, out_fd, 0, &c->out_polls);
	if (!r && in_fd >= 0)
		r = try_watch(c, &c->in_watch, in_fd, EPOLLIN, &in_polls);
	c->in_closed = !in_polls;
	if (r) {
		console_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

static bool takes_output(const struct console *c)
{
	struct pollfd p = { .fd = c->out_fd, .events = POLLOUT };

	return !c->out_polls || (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT));
}

void console_free(struct console *c)
{
	if (!c)
		return;
	cairn_watch_remove(&c->in_watch);
	cairn_watch_remove(&c->out_watch);
	while (c->out_fd >= 0 && takes_output(c) && write_piece(c))
		;
	pthread_cond_destroy(&c->space);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void console_connect(struct console *c, struct console_guest guest)
{
	c->guest = guest;
	if (guest.push && c->in_n)
		console_has_room(c);
}

void console_resize(struct console *c)
{
	uint16_t columns, rows;

	if (c->guest.resized && terminal_size(&columns, &rows))
		c->guest.resized(c->guest.ctx, columns, rows);
}

void console_release(struct console *c, bool on)
{
	pthread_mutex_lock(&c->lock);
	c->released = on;
	pthread_cond_broadcast(&c->space);
	pthread_mutex_unlock(&c->lock);
}
