/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Years are counted from March, so that the leap day is the last of its year; 400 such years are an
 * era of 146097 days, and every era is the same. Day 0 of the epoch is day 719468 since 0000-03-01.
 */
#include <cairn/civil.h>

#define DAY_S        86400
#define DAYS_PER_ERA 146097
#define EPOCH_DAY    719468

/* Days from March 1st to the first of the month that many months later (0 to 11). */
static int days_before(int months)
{
	return (153 * months + 2) / 5;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

void cairn_civil_of(int64_t seconds, struct cairn_civil *ret)
{
	int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
	int in_day = (int)(seconds - days * DAY_S);
	int64_t shifted = days + EPOCH_DAY;
	int64_t era = shifted / DAYS_PER_ERA - (shifted % DAYS_PER_ERA < 0);
	int in_era = (int)(shifted - era * DAYS_PER_ERA);
	/* Take out the leap days passed, then years are 365 days each. */
	int year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int in_year = in_era - (365 * year + year / 4 - year / 100);
	int months = (5 * in_year + 2) / 153;
	int64_t full_year = era * 400 + year + (months >= 10);

	*ret = (struct cairn_civil){
		.year = full_year < 0 ? 0 : (int)full_year,
		.month = months < 10 ? months + 3 : months - 9,
		.day = in_year - days_before(months) + 1,
		.hour = in_day / 3600,
		.minute = in_day / 60 % 60,
		.second = in_day % 60,
		.weekday = (int)(((days + 4) % 7 + 7) % 7), /* day 0 was a Thursday */
	};
}

bool cairn_civil_is_valid(const struct cairn_civil *c)
{
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (c->year < 0 || c->year > 9999 || c->month < 1 || c->month > 12)
		return false;
	if (c->day < 1 || c->day > days[c->month - 1] + (c->month == 2 && is_leap(c->year)))
		return false;
	return c->hour >= 0 && c->hour < 24 && c->minute >= 0 && c->minute < 60 && c->second >= 0 &&
	       c->second < 60;
}

int64_t cairn_civil_to_seconds(const struct cairn_civil *c)
{
	int64_t year = c->year - (c->month <= 2) + 400; /* an era more: never negative */
	int in_era = (int)(year % 400);
	int months = (c->month + 9) % 12;
	int64_t days = (year / 400 - 1) * DAYS_PER_ERA + in_era * 365 + in_era / 4 - in_era / 100 +
		       days_before(months) + c->day - 1 - EPOCH_DAY;

	return days * DAY_S + c->hour * 3600 + c->minute * 60 + c->second;
}
