/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * event.h - an event loop: file descriptors, timers, and calls posted by other threads.
 *
 * A loop is an object with an fd and a dispatch: it becomes readable when there is something to do,
 * so loops nest in each other and in a program's own loop. Watches and timers belong to the loop's
 * thread (the one that dispatches it); only cairn_loop_post(), cairn_loop_stop() and cairn_wait_*()
 * may be used by others. All storage is the caller's; nothing is allocated after cairn_loop_new().
 */
#ifndef CAIRN_EVENT_H
#define CAIRN_EVENT_H

#include <pthread.h>

#include <cairn/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_loop;

/* A new, empty loop. Returns 0 or a negative errno of epoll_create1, eventfd, timerfd_create. All
 * descriptors are close-on-exec. */
CAIRN_MUST_USE int cairn_loop_new(struct cairn_loop **ret_loop);
/* NULL is allowed. No watch, timer or posted call may be left. */
void cairn_loop_free(struct cairn_loop *l);

/* Readable (POLLIN) when cairn_loop_dispatch() has something to do. Lives as long as the loop. */
int cairn_loop_fd(const struct cairn_loop *l);

/*
 * Wait up to timeout_ms (-1 for ever, 0 not at all) and run what is ready, once. An fd removed by a
 * handler of the same round, and even reused, does not get the old event.
 * Returns the number of handlers run (watches, timers, calls), or a negative errno of epoll_wait
 * (EINTR counts as 0); -EDEADLK: called by a handler of the same loop. 0 does not mean that the time
 * is over: a wake may come for a call that the round before has run. Cost O(what is ready).
 */
CAIRN_MUST_USE int cairn_loop_dispatch(struct cairn_loop *l, int timeout_ms);
/* Dispatch until cairn_loop_stop(). Returns 0 or a negative errno. */
CAIRN_MUST_USE int cairn_loop_run(struct cairn_loop *l);
/* Any thread, async-signal-safe: the present or next cairn_loop_run() returns. */
void cairn_loop_stop(struct cairn_loop *l);
/* True on the thread that is dispatching the loop now. */
bool cairn_loop_is_current(const struct cairn_loop *l);

struct cairn_watch { /* the caller's; zero it, fill fn, then add */
	void (*fn)(struct cairn_watch *w, uint32_t events); /* EPOLLIN, EPOLLOUT, EPOLLHUP … */
	struct cairn_loop *loop;                            /* private from here */
	int fd;
};

/* Watch fd (level-triggered). Returns 0, -EEXIST, or a negative errno of epoll_ctl. */
CAIRN_MUST_USE int cairn_loop_watch(struct cairn_loop *l, struct cairn_watch *w, int fd,
				    uint32_t events);
/* Other events for the same fd; 0 keeps it, without events but EPOLLERR and EPOLLHUP. Returns 0,
 * -EINVAL (not added), or a negative errno of epoll_ctl. */
CAIRN_MUST_USE int cairn_watch_set(struct cairn_watch *w, uint32_t events);
/* Never called again, not even in this round. A watch that is not added is left as it is. Before
 * its fd is closed: the kernel forgets a closed fd only when no duplicate of it is left. */
void cairn_watch_remove(struct cairn_watch *w);
static inline bool cairn_watch_is_added(const struct cairn_watch *w)
{
	return w->loop != NULL;
}

struct cairn_timer { /* the caller's; zero it, fill fn */
	void (*fn)(struct cairn_timer *t);
	struct cairn_loop *loop; /* private from here */
	struct cairn_timer *next;
	uint64_t at_ns;
};

/* Fires once, when CLOCK_MONOTONIC has reached now + delay_ns. Arming again moves it. Delay 0 fires
 * in the next round. Cost O(armed timers). */
void cairn_timer_arm(struct cairn_loop *l, struct cairn_timer *t, uint64_t delay_ns);
/* An armed timer does not fire any more; one that is not armed is left as it is. */
void cairn_timer_disarm(struct cairn_timer *t);

struct cairn_call { /* the caller's, untouchable from post until fn is entered */
	void (*fn)(struct cairn_call *c);
	struct cairn_call *next; /* private */
};

/* Run c->fn on the loop's thread, in the order of posting per posting thread. Any thread, any
 * number; never blocks, never fails. A call posted by a handler runs in the next round. */
void cairn_loop_post(struct cairn_loop *l, struct cairn_call *c);

/*
 * The one interruptible wait: a thread that needs an answer of another loop sleeps here, and
 * whoever must have that thread back (pause, SIGTERM, shut-down) interrupts it.
 */
struct cairn_wait { /* the caller's */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done, interrupted;
	int status;
};

void cairn_wait_init(struct cairn_wait *w);
void cairn_wait_fini(struct cairn_wait *w);
/* Forget the last answer and interruption. Nobody waits. */
void cairn_wait_arm(struct cairn_wait *w);
/* Any thread: the answer is here. */
void cairn_wait_done(struct cairn_wait *w, int status);
/* Any thread: give up waiting. Sticky until armed again. */
void cairn_wait_interrupt(struct cairn_wait *w);
/* Returns 0 with *ret_status, or -EINTR: interrupted; the answer may still come, so w stays the
 * answerer's until it does. */
CAIRN_MUST_USE int cairn_wait_for(struct cairn_wait *w, int *ret_status);

#ifdef __cplusplus
}
#endif
#endif
