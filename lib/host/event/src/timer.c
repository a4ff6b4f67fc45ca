/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* timer.c - timers as a sorted list behind one timerfd. Devices have few, so insertion is linear.
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

/* Let the timerfd follow the head of the list. An absolute time in the past fires at once. */
static void program(struct cairn_loop *l)
{
	struct itimerspec its = { 0 }; /* all zero disarms */

	if (l->timers) {
		/* Far beyond any uptime, and what the kernel's 64-bit nanoseconds can hold. */
		uint64_t at = cairn_min_u64(l->timers->at_ns, INT64_MAX);

		its.it_value.tv_sec = (time_t)(at / NS_PER_S);
		its.it_value.tv_nsec = (long)(at % NS_PER_S);
		if (!at)
			its.it_value.tv_nsec = 1;
	}
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

	cairn_timer_disarm(t);
	if (!cairn_add_u64(now_ns(), delay_ns, &t->at_ns))
		t->at_ns = UINT64_MAX;
	t->loop = l;
	while (*at && (*at)->at_ns <= t->at_ns) /* equal times fire in the order of arming */
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	if (l->timers == t)
		program(l);
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
		program(l);
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
	program(l);
	return n;
}
