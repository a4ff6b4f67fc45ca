/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loop.c - one epoll instance, one eventfd (posted calls, timers that are due, stop) and one
 * timerfd (all timers).
 *
 * Posted calls are a lock-free stack that the loop takes whole and turns round; the poster that
 * finds it empty wakes the loop. The events of a round stay in the loop, so that removing a watch
 * also strikes its events that are still to be delivered.
 */
#include "loop.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void drain(int fd)
{
	uint64_t count;

	/* EAGAIN: somebody else's wake was merged into the last read. */
	(void)!read(fd, &count, sizeof(count));
}

void cairn_loop_wake_(struct cairn_loop *l)
{
	uint64_t one = 1;

	/* Only fails when the counter is at its maximum, and then the loop is awake. */
	(void)!write(l->wake_fd, &one, sizeof(one));
}

static int run_calls(struct cairn_loop *l)
{
	struct cairn_call *c = __atomic_exchange_n(&l->posted, NULL, __ATOMIC_ACQUIRE);
	struct cairn_call *first = NULL;
	int n = 0;

	while (c) { /* newest first: turn round */
		struct cairn_call *older = c->next;

		c->next = first;
		first = c;
		c = older;
	}
	while (first) {
		c = first;
		first = c->next; /* before fn, which may free c or post it again */
		c->fn(c);
		n++;
	}
	return n;
}

static void on_wake(struct cairn_watch *w, uint32_t events)
{
	struct cairn_loop *l = cairn_container_of(w, struct cairn_loop, wake_watch);

	drain(l->wake_fd); /* before taking: a call posted after this wakes again */
	l->ran += run_calls(l);
	l->ran += cairn_loop_run_timers_(l);
}

static void on_timer(struct cairn_watch *w, uint32_t events)
{
	struct cairn_loop *l = cairn_container_of(w, struct cairn_loop, timer_watch);

	drain(l->timer_fd);
	l->programmed_ns = 0; /* it has fired */
	l->ran += cairn_loop_run_timers_(l);
}

static int add_own(struct cairn_loop *l)
{
	int r;

	l->wake_watch.fn = on_wake;
	r = cairn_loop_watch(l, &l->wake_watch, l->wake_fd, EPOLLIN);
	if (r < 0)
		return r;
	l->timer_watch.fn = on_timer;
	return cairn_loop_watch(l, &l->timer_watch, l->timer_fd, EPOLLIN);
}

static int open_own(struct cairn_loop *l)
{
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0)
		return -errno;
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake_fd < 0)
		return -errno;
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->timer_fd < 0)
		return -errno;
	return add_own(l);
}

int cairn_loop_new(struct cairn_loop **ret_loop)
{
	struct cairn_loop *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->epoll_fd = l->wake_fd = l->timer_fd = -1;
	r = open_own(l);
	if (r < 0) {
		cairn_loop_free(l);
		return r;
	}
	*ret_loop = l;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void cairn_loop_free(struct cairn_loop *l)
{
	if (!l)
		return;
	close_fd(l->timer_fd);
	close_fd(l->wake_fd);
	close_fd(l->epoll_fd);
	free(l);
}

int cairn_loop_fd(const struct cairn_loop *l)
{
	return l->epoll_fd;
}

static bool is_own(const struct cairn_loop *l, const struct cairn_watch *w)
{
	return w == &l->wake_watch || w == &l->timer_watch;
}

static void run_round(struct cairn_loop *l, size_t n)
{
	l->n_events = n;
	for (l->next_event = 0; l->next_event < l->n_events;) {
		const struct epoll_event *e = &l->events[l->next_event++];
		struct cairn_watch *w = e->data.ptr;

		if (!w) /* removed by a handler of this round */
			continue;
		if (!is_own(l, w))
			l->ran++;
		w->fn(w, e->events);
	}
	l->n_events = l->next_event = 0;
}

int cairn_loop_dispatch(struct cairn_loop *l, int timeout_ms)
{
	int n;

	if (cairn_loop_is_current(l))
		return -EDEADLK;
	__atomic_store_n(&l->thread, (uintptr_t)pthread_self(), __ATOMIC_RELAXED);
	l->ran = 0;
	n = epoll_wait(l->epoll_fd, l->events, CAIRN_LOOP_EVENTS_, timeout_ms);
	if (n < 0)
		n = errno == EINTR ? 0 : -errno;
	else
		run_round(l, (size_t)n);
	__atomic_store_n(&l->thread, 0, __ATOMIC_RELAXED);
	return n < 0 ? n : l->ran;
}

int cairn_loop_run(struct cairn_loop *l)
{
	while (!__atomic_exchange_n(&l->stop, false, __ATOMIC_ACQUIRE)) {
		int r = cairn_loop_dispatch(l, -1);

		if (r < 0)
			return r;
	}
	return 0;
}

void cairn_loop_stop(struct cairn_loop *l)
{
	int saved = errno; /* may run in a signal handler */

	__atomic_store_n(&l->stop, true, __ATOMIC_RELEASE);
	cairn_loop_wake_(l);
	errno = saved;
}

bool cairn_loop_is_current(const struct cairn_loop *l)
{
	return __atomic_load_n(&l->thread, __ATOMIC_RELAXED) == (uintptr_t)pthread_self();
}

int cairn_loop_watch(struct cairn_loop *l, struct cairn_watch *w, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (w->loop)
		return -EEXIST;
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0)
		return -errno;
	w->loop = l;
	w->fd = fd;
	return 0;
}

int cairn_watch_set(struct cairn_watch *w, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (!w->loop)
		return -EINVAL;
	return epoll_ctl(w->loop->epoll_fd, EPOLL_CTL_MOD, w->fd, &e) < 0 ? -errno : 0;
}

void cairn_watch_remove(struct cairn_watch *w)
{
	struct cairn_loop *l = w->loop;

	if (!l)
		return;
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	for (size_t i = l->next_event; i < l->n_events; i++)
		if (l->events[i].data.ptr == w)
			l->events[i].data.ptr = NULL;
	w->loop = NULL;
	w->fd = -1;
}

void cairn_loop_post(struct cairn_loop *l, struct cairn_call *c)
{
	struct cairn_call *head = __atomic_load_n(&l->posted, __ATOMIC_RELAXED);

	do
		c->next = head;
	while (!__atomic_compare_exchange_n(&l->posted, &head, c, true, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
	/* c may be gone from here; l may not, its owner stops posters before freeing it. */
	if (!head)
		cairn_loop_wake_(l);
}
