/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * rtc.h - the clock and battery-backed memory of a PC (MC146818), at ports 0x70 and 0x71.
 *
 * Time is computed from the caller's clock at every read, plus the offset, in whole seconds, that
 * the guest chose by setting the time. BCD and binary, 12 and 24 hours; the century is at 0x32, as
 * the FADT says. Update-in-progress is set during the last 244 microseconds of each second, so that
 * a driver that waits for it to clear reads one consistent time. There are no interrupts: alarm
 * bytes are only kept, and register C reads 0.
 *
 * Threads: one at a time, under the caller's lock. Motorola MC146818A data sheet.
 */
#ifndef CAIRN_RTC_H
#define CAIRN_RTC_H

#include <cairn/bus.h>
#include <cairn/hooks.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_RTC_PORT    0x70
#define CAIRN_RTC_LEN     2    /* index at 0x70, data at 0x71 */
#define CAIRN_RTC_CENTURY 0x32 /* for the FADT */
#define CAIRN_RTC_BYTES   128

/* Private by word. */
struct cairn_rtc {
	struct cairn_clock clock;
	int64_t offset_s; /* guest time minus clock */
	uint8_t ram[CAIRN_RTC_BYTES];
	uint8_t index;
};

/* Guest time is the clock's (UTC), BCD, 24 hours; memory is zero. clock.realtime_ns must be set. */
void cairn_rtc_init(struct cairn_rtc *rtc, struct cairn_clock clock);

/* The RESET pin: index 0, interrupt enables off. Time, its offset and the memory are on battery. */
void cairn_rtc_reset(struct cairn_rtc *rtc);

/*
 * Memory bytes from the host's side, index 0x0e to 0x7f but the century's.
 * Returns 0, or -EINVAL: index is the clock's or beyond the end.
 */
CAIRN_MUST_USE int cairn_rtc_poke(struct cairn_rtc *rtc, uint8_t index, uint8_t value);
CAIRN_MUST_USE int cairn_rtc_peek(const struct cairn_rtc *rtc, uint8_t index, uint8_t *ret_value);

/* A region of CAIRN_RTC_LEN bytes, ctx the struct cairn_rtc. Accesses but of one byte are BAD. */
extern const struct cairn_bus_ops cairn_rtc_bus_ops;

#ifdef __cplusplus
}
#endif
#endif
