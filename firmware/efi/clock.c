/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The calendar (UEFI 2.10, 8.3). While the firmware is in charge it asks its clock. An operating
 * system has that clock for itself afterwards: then the time is what it was, and the processor's
 * counter since. Setting it is the operating system's to do at the device.
 */
#include <cairn/civil.h>
#include <fw/arch.h>
#include <fw/clock.h>

#include "rt_arch.h"
#include "runtime.h"

#define SECONDS_PER_DAY 86400

FW_RT_DATA static struct {
	int64_t seconds; /* at ticks; 0: nobody knew */
	uint64_t ticks, ticks_per_second;
} frozen = { .seconds = 0 };
FW_RT_DATA static int16_t time_zone = EFI_UNSPECIFIED_TIMEZONE;
FW_RT_DATA static uint8_t daylight = 0;

FW_RT_INLINE bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

FW_RT_INLINE int days_in(int month, int64_t year)
{
	/* No table: it would lie outside the runtime sections. */
	if (month == 2)
		return is_leap(year) ? 29 : 28;
	return 30 + ((month + (month > 7)) & 1);
}

FW_RT_CODE static void time_of(int64_t seconds, EFI_TIME *ret_time)
{
	int64_t days = seconds / SECONDS_PER_DAY, rest = seconds % SECONDS_PER_DAY;
	int64_t year = 1970;
	int month = 1;

	while (days >= 365 + is_leap(year)) {
		days -= 365 + is_leap(year);
		year++;
	}
	while (days >= days_in(month, year)) {
		days -= days_in(month, year);
		month++;
	}
	ret_time->Year = (uint16_t)year;
	ret_time->Month = (uint8_t)month;
	ret_time->Day = (uint8_t)(days + 1);
	ret_time->Hour = (uint8_t)(rest / 3600);
	ret_time->Minute = (uint8_t)(rest / 60 % 60);
	ret_time->Second = (uint8_t)(rest % 60);
	ret_time->Nanosecond = 0;
	ret_time->Pad1 = ret_time->Pad2 = 0;
}

static bool to_civil(const EFI_TIME *t, struct cairn_civil *ret)
{
	*ret = (struct cairn_civil){ .year = t->Year,
				     .month = t->Month,
				     .day = t->Day,
				     .hour = t->Hour,
				     .minute = t->Minute,
				     .second = t->Second };
	return cairn_civil_is_valid(ret) && t->Year >= 1970 && t->Nanosecond < 1000000000 &&
	       (t->TimeZone == EFI_UNSPECIFIED_TIMEZONE ||
		(t->TimeZone >= -1440 && t->TimeZone <= 1440)) &&
	       (t->Daylight & ~3) == 0;
}

void efi_clock_freeze(void)
{
	if (fw_rtc_get(&frozen.seconds) < 0)
		frozen.seconds = 0;
	frozen.ticks = efi_rt_ticks();
	frozen.ticks_per_second = fw_arch_ticks_per_second();
}

/* Local time is what SetTime was given the zone of; the device counts in that. */
FW_RT_CODE EFIAPI EFI_STATUS efi_get_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *caps)
{
	int64_t now;

	if (!time)
		return EFI_INVALID_PARAMETER;
	if (!efi_rt_is_alone)
		efi_clock_freeze();
	if (frozen.seconds <= 0 || frozen.ticks_per_second == 0)
		return EFI_DEVICE_ERROR;
	now = frozen.seconds + (int64_t)((efi_rt_ticks() - frozen.ticks) / frozen.ticks_per_second);
	time_of(now, time);
	time->TimeZone = time_zone;
	time->Daylight = daylight;
	if (caps) {
		caps->Resolution = 1;
		caps->Accuracy = 50000000; /* in 1e-6 parts per million: as any quartz */
		caps->SetsToZero = false;
	}
	return EFI_SUCCESS;
}

static __attribute__((noinline)) EFI_STATUS set_while_in_charge(const EFI_TIME *time)
{
	struct cairn_civil c;

	if (!to_civil(time, &c))
		return EFI_INVALID_PARAMETER;
	if (fw_rtc_set(cairn_civil_to_seconds(&c)) < 0)
		return EFI_DEVICE_ERROR;
	time_zone = time->TimeZone;
	daylight = time->Daylight;
	return EFI_SUCCESS;
}

FW_RT_CODE EFIAPI EFI_STATUS efi_set_time(EFI_TIME *time)
{
	if (!time)
		return EFI_INVALID_PARAMETER;
	if (efi_rt_is_alone)
		return EFI_UNSUPPORTED;
	return set_while_in_charge(time);
}
