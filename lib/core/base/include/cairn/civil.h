/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* civil.h - seconds since 1970-01-01 UTC to and from dates of the Gregorian calendar. */
#ifndef CAIRN_CIVIL_H
#define CAIRN_CIVIL_H

#include <cairn/env.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_civil {
	int year, month, day;     /* month and day from 1 */
	int hour, minute, second; /* from 0 */
	int weekday;              /* from 0, Sunday */
};

/* Any time within some 290 million years of 1970; years before 0 are not negative but 0. */
void cairn_civil_of(int64_t seconds, struct cairn_civil *ret);
/* The date exists and its year is 0 to 9999. weekday is not looked at. */
bool cairn_civil_is_valid(const struct cairn_civil *c);
/* Of a valid date. */
int64_t cairn_civil_to_seconds(const struct cairn_civil *c);

#ifdef __cplusplus
}
#endif
#endif
