/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * clock.h - time: a counter that was calibrated at entry, and the calendar clock.
 */
#ifndef FW_CLOCK_H
#define FW_CLOCK_H

#include <cairn/env.h>
#include <cairn/err.h>

/* The entry code, once: time is 0. */
void fw_clock_start(void);
/* Since then; never goes back. */
uint64_t fw_clock_ns(void);
void fw_clock_stall_ns(uint64_t ns);

/*
 * Seconds since 1970-01-01 UTC. Return 0; -ENODEV: there is no such clock; -EIO: it says nonsense;
 * -EINVAL: a time that it cannot hold.
 */
CAIRN_MUST_USE int fw_rtc_get(int64_t *ret_seconds);
CAIRN_MUST_USE int fw_rtc_set(int64_t seconds);

#endif
