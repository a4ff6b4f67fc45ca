/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hooks.h - what a core object needs from outside, one function and its context each. The owner of
 * the object fills them; a hook with fn == NULL does nothing.
 */
#ifndef CAIRN_HOOKS_H
#define CAIRN_HOOKS_H

#include <cairn/env.h>

/* An event that has happened (an interrupt to deliver, a reset asked for). */
struct cairn_trigger {
	void (*fn)(void *ctx);
	void *ctx;
};

static inline void cairn_trigger_fire(const struct cairn_trigger *t)
{
	if (t->fn)
		t->fn(t->ctx);
}

/* A level: an interrupt line that is high until lowered. */
struct cairn_line {
	void (*set)(void *ctx, bool high);
	void *ctx;
};

static inline void cairn_line_set(const struct cairn_line *l, bool high)
{
	if (l->set)
		l->set(l->ctx, high);
}

/* Time. realtime_ns counts from 1970-01-01 UTC; monotonic_ns from anywhere. */
struct cairn_clock {
	uint64_t (*realtime_ns)(void *ctx);
	uint64_t (*monotonic_ns)(void *ctx);
	void *ctx;
};

#endif
