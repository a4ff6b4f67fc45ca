/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/civil.h>

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

/* Leap years, centuries, and days before the epoch, against the C library's calendar. */
static void dates_are_those_of_the_c_library(void **state)
{
	const int64_t step = INT64_C(86400) * 17 + 12345;

	for (int64_t t = -60 * INT64_C(1000000000); t < 250 * INT64_C(1000000000); t += step) {
		time_t time = (time_t)t;
		struct cairn_civil c;
		struct tm tm;

		assert_non_null(gmtime_r(&time, &tm));
		cairn_civil_of(t, &c);
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(c.hour, tm.tm_hour);
		assert_int_equal(c.minute, tm.tm_min);
		assert_int_equal(c.second, tm.tm_sec);
		assert_int_equal(c.weekday, tm.tm_wday);
		assert_true(cairn_civil_is_valid(&c));
		assert_int_equal(cairn_civil_to_seconds(&c), t);
	}
}

static void dates_that_do_not_exist_are_not_valid(void **state)
{
	static const struct cairn_civil bad[] = {
		{ .year = 2023, .month = 2, .day = 29 },
		{ .year = 1900, .month = 2, .day = 29 },
		{ .year = 2024, .month = 13, .day = 1 },
		{ .year = 2024, .month = 0, .day = 1 },
		{ .year = 2024, .month = 4, .day = 31 },
		{ .year = 2024, .month = 4, .day = 0 },
		{ .year = 10000, .month = 1, .day = 1 },
		{ .year = -1, .month = 1, .day = 1 },
		{ .year = 2024, .month = 1, .day = 1, .hour = 24 },
		{ .year = 2024, .month = 1, .day = 1, .minute = 60 },
		{ .year = 2024, .month = 1, .day = 1, .second = -1 },
	};
	const struct cairn_civil leap = { .year = 2000, .month = 2, .day = 29 };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++)
		assert_false(cairn_civil_is_valid(&bad[i]));
	assert_true(cairn_civil_is_valid(&leap));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_those_of_the_c_library),
		cmocka_unit_test(dates_that_do_not_exist_are_not_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
