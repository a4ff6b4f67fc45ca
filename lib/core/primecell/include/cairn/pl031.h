/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pl031.h - Arm's clock, PrimeCell PL031: seconds since 1970 in 32 bits, and a match interrupt.
 *
 * Time is computed from the caller's clock at every read, plus the offset that the guest chose by
 * loading a time; there is no ticking. The clock runs from power-on and cannot be stopped, as with
 * hardware that firmware has started. For the match interrupt the device says when it wants to be
 * looked at, and the caller's timer calls cairn_pl031_expired() then, or any number of times.
 *
 * Threads: one at a time, under the caller's lock. Hooks are called from inside accesses and must
 * not call back. Arm DDI 0224, chapter 3.
 */
#ifndef CAIRN_PL031_H
#define CAIRN_PL031_H

#include <cairn/bus.h>
#include <cairn/hooks.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_PL031_LEN 0x1000 /* bytes of the register block */

/* Asks for one call of cairn_pl031_expired() in that many nanoseconds, instead of the one asked for
 * before; UINT64_MAX: for none. */
struct cairn_pl031_alarm {
	void (*set)(void *ctx, uint64_t in_ns);
	void *ctx;
};

/* Private by word. */
struct cairn_pl031 {
	struct cairn_clock clock;
	struct cairn_line irq;
	struct cairn_pl031_alarm alarm;
	uint32_t offset_s; /* guest time minus clock, modulo 2^32 */
	uint32_t match, load;
	uint64_t match_at_s; /* on the clock: the next moment at which the counter is `match` */
	bool is_enabled, is_raised; /* IMSC, RIS */
};

/* Guest time is the clock's. clock.realtime_ns must be set; alarm.set NULL: the interrupt is only
 * noticed at accesses. The line is low now. */
void cairn_pl031_init(struct cairn_pl031 *p, struct cairn_clock clock, struct cairn_line irq,
		      struct cairn_pl031_alarm alarm);
/* Interrupt mask and status go, the line is low, no alarm is asked for; time goes on. */
void cairn_pl031_reset(struct cairn_pl031 *p);

/* The moment asked for has come, or has not. */
void cairn_pl031_expired(struct cairn_pl031 *p);

/*
 * A region of CAIRN_PL031_LEN bytes, ctx the struct cairn_pl031: 1, 2 or 4 bytes at multiples of
 * four, anything else is CAIRN_IO_BAD. Unknown registers read as 0.
 */
extern const struct cairn_bus_ops cairn_pl031_bus_ops;

#ifdef __cplusplus
}
#endif
#endif
