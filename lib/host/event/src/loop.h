/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* loop.h - the loop's inside, shared by loop.c and timer.c. */
#ifndef CAIRN_EVENT_LOOP_INTERNAL_H
#define CAIRN_EVENT_LOOP_INTERNAL_H

#include <cairn/event.h>

#include <sys/epoll.h>

/* Events taken in one round; the others wait for the next. */
#define CAIRN_LOOP_EVENTS_ 64

struct cairn_loop {
	int epoll_fd, wake_fd, timer_fd;
	struct cairn_watch wake_watch, timer_watch;
	struct cairn_call *posted; /* atomic; newest first */
	bool stop;                 /* atomic */
	uintptr_t thread;          /* atomic; pthread_t of the dispatching thread, or 0 */
	/* the loop's thread only */
	int ran;                     /* handlers run in this round */
	struct cairn_timer *timers;  /* armed, earliest first */
	uint64_t programmed_ns;      /* what the timerfd is set to; 0: nothing */
	struct cairn_timer *due;     /* taken from timers, about to fire */
	size_t n_events, next_event; /* of this round */
	struct epoll_event events[CAIRN_LOOP_EVENTS_];
};

/* The next round comes at once. Any thread. */
void cairn_loop_wake_(struct cairn_loop *l);
/* Fire what is due. Returns how many. */
int cairn_loop_run_timers_(struct cairn_loop *l);

#endif
