/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * timer.c - timers as a sorted list behind one timerfd. Devices have few, so insertion is linear.
 * One that is due at once goes by the loop's eventfd: setting a timerfd is dear, above all in a
 * virtual machine, where it makes the processor's timer exit.
 */
#include "loop.h"

#include <sys/timerfd.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* Make the loop wake for the head of the list. A wake that turns out to be too early does nothing
 * but come back here. */
static void program(struct cairn_loop *l, uint64_t now)
{
	struct itimerspec its = { 0 }; /* all zero disarms */
	uint64_t at = 0;

	if (l->timers && l->timers->at_ns <= now) {
		cairn_loop_wake_(l);
		return;
	}
	if (l->timers) /* far beyond any uptime, and what the kernel's nanoseconds can hold */
		at = cairn_min_u64(l->timers->at_ns, INT64_MAX);
	if (at == l->programmed_ns)
		return;
	l->programmed_ns = at;
	its.it_value.tv_sec = (time_t)(at / NS_PER_S);
	its.it_value.tv_nsec = (long)(at % NS_PER_S);
	timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &its, NULL);
}

static bool unlink_from(struct cairn_timer **list, struct cairn_timer *t)
{
	for (; *list; list = &(*list)->next) {
		if (*list != t)
			continue;
		*list = t->next;
		t->next = NULL;
		return true;
	}
	return false;
}

void cairn_timer_arm(struct cairn_loop *l, struct cairn_timer *t, uint64_t delay_ns)
{
	struct cairn_timer **at = &l->timers;
	uint64_t now = now_ns();

	cairn_timer_disarm(t);
	if (!cairn_add_u64(now, delay_ns, &t->at_ns))
		t->at_ns = UINT64_MAX;
	t->loop = l;
	while (*at && (*at)->at_ns <= t->at_ns) /* equal times fire in the order of arming */
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	if (l->timers == t)
		program(l, now);
}

void cairn_timer_disarm(struct cairn_timer *t)
{
	struct cairn_loop *l = t->loop;
	bool was_first;

	if (!l)
		return;
	t->loop = NULL;
	was_first = l->timers == t;
	if (!unlink_from(&l->timers, t))
		(void)unlink_from(&l->due, t);
	if (was_first)
		program(l, now_ns());
}

int cairn_loop_run_timers_(struct cairn_loop *l)
{
	struct cairn_timer **end = &l->timers;
	uint64_t now = now_ns();
	int n = 0;

	/* Cut off the due ones first: what a handler arms waits for the next round. */
	while (*end && (*end)->at_ns <= now)
		end = &(*end)->next;
	if (end != &l->timers) {
		l->due = l->timers;
		l->timers = *end;
		*end = NULL;
	}
	while (l->due) {
		struct cairn_timer *t = l->due;

		l->due = t->next;
		t->next = NULL;
		t->loop = NULL; /* may be armed again by its own handler */
		t->fn(t);
		n++;
	}
	program(l, now_ns());
	return n;
}
