/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * stream.c - what both kinds do. While nobody is there, a pty's end is hung up, for which epoll
 * would wake us without end: it is watched only while somebody is, which each kind hears of in its
 * own way.
 *
 * What whoever left had written before is read first, however long that takes; only then is it
 * closed.
 */
#include "kinds.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static const struct cairn_stream_ops nobody = { .input = NULL };

/* What is read would have no place to go. */
static bool is_blocked(const struct cairn_stream *s)
{
	return s->in_n || s->ops == &nobody;
}

void cairn_stream_watch_(struct cairn_stream *s)
{
	uint32_t events = (is_blocked(s) ? 0 : EPOLLIN) | (s->wants_room ? EPOLLOUT : 0);

	if (cairn_watch_is_added(&s->watch))
		(void)!cairn_watch_set(&s->watch, events);
	else if (s->is_open && events)
		(void)!cairn_loop_watch(s->loop, &s->watch, s->fd, events);
}

static void look(struct cairn_stream *s)
{
	if (s->kind->look)
		s->kind->look(s);
}

static void offer_input(struct cairn_stream *s)
{
	size_t taken = s->in_n;

	if (s->ops->input)
		taken = s->ops->input(s->ctx, s->input + s->in_at, s->in_n);
	s->in_at += taken;
	s->in_n -= taken;
}

void cairn_stream_set_open_(struct cairn_stream *s, bool open)
{
	if (s->is_open == open)
		return;
	s->is_open = open;
	if (open) {
		look(s);
	} else {
		cairn_watch_remove(&s->watch);
		s->wants_room = false; /* nobody is waited for */
		if (s->kind->left)
			s->kind->left(s);
	}
	cairn_stream_watch_(s);
	if (s->ops->opened)
		s->ops->opened(s->ctx, open);
}

/* One reading of what has a place to go. False: there is never more. */
static bool read_once(struct cairn_stream *s)
{
	ssize_t n = read(s->fd, s->input, sizeof(s->input));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	s->in_at = 0;
	s->in_n = (size_t)n;
	look(s);
	offer_input(s);
	return true;
}

static void on_events(struct cairn_stream *s, uint32_t events)
{
	const uint32_t end = EPOLLHUP | EPOLLERR;

	if (is_blocked(s) && events & end)
		cairn_watch_remove(&s->watch); /* its end waits until the rest is taken */
	else if (is_blocked(s) || !(events & (EPOLLIN | end)) || read_once(s))
		cairn_stream_watch_(s);
	else
		cairn_stream_set_open_(s, false);
}

static void on_ready(struct cairn_watch *w, uint32_t events)
{
	struct cairn_stream *s = cairn_container_of(w, struct cairn_stream, watch);
	bool was_short = s->wants_room;

	if (events & EPOLLOUT)
		s->wants_room = false;
	on_events(s, events);
	if (events & EPOLLOUT && was_short && s->ops->output_ready)
		s->ops->output_ready(s->ctx);
}

struct cairn_stream *cairn_stream_new_(struct cairn_loop *loop, const struct stream_kind *kind)
{
	struct cairn_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct cairn_stream){
		.loop = loop, .kind = kind, .fd = -1, .openings_fd = -1, .ops = &nobody
	};
	s->watch.fn = on_ready;
	return s;
}

void cairn_stream_close(struct cairn_stream *s)
{
	if (!s)
		return;
	cairn_watch_remove(&s->watch);
	cairn_watch_remove(&s->openings);
	if (s->link)
		unlink(s->link);
	if (s->openings_fd >= 0)
		close(s->openings_fd);
	if (s->fd >= 0)
		close(s->fd);
	free(s->path);
	free(s->link);
	free(s);
}

void cairn_stream_connect(struct cairn_stream *s, const struct cairn_stream_ops *ops, void *ctx)
{
	s->ops = ops ? ops : &nobody;
	s->ctx = ctx;
	if (s->ops->resized && (s->columns || s->rows))
		s->ops->resized(ctx, s->columns, s->rows);
	if (s->is_open && s->ops->opened)
		s->ops->opened(ctx, true);
	cairn_stream_input_ready(s);
}

const char *cairn_stream_path(const struct cairn_stream *s)
{
	return s->path;
}

bool cairn_stream_is_open(const struct cairn_stream *s)
{
	return s->is_open;
}

size_t cairn_stream_output(struct cairn_stream *s, const uint8_t *bytes, size_t n)
{
	ssize_t done;

	if (!s->is_open)
		return n;
	done = s->kind->write(s->fd, bytes, n);
	if (done < 0)
		done = 0; /* full, or just hung up, which is told */
	s->wants_room = (size_t)done < n;
	if (s->wants_room)
		cairn_stream_watch_(s);
	return (size_t)done;
}

void cairn_stream_input_ready(struct cairn_stream *s)
{
	if (s->in_n && s->ops != &nobody)
		offer_input(s);
	cairn_stream_watch_(s);
}
