/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/rtc.h>

/* 2026-11-20 13:45:56 UTC, a Friday */
#define NOW_S UINT64_C(1795182356)
#define NS    UINT64_C(1000000000)

static uint64_t read_clock(void *ctx)
{
	return *(uint64_t *)ctx;
}

static struct cairn_rtc start(uint64_t *now_ns)
{
	struct cairn_rtc rtc;

	cairn_rtc_init(&rtc, (struct cairn_clock){ .realtime_ns = read_clock, .ctx = now_ns });
	return rtc;
}

static uint8_t in(struct cairn_rtc *rtc, uint8_t index)
{
	uint64_t v = 0;

	assert_int_equal(cairn_rtc_bus_ops.write(rtc, 0, 1, index), CAIRN_IO_DONE);
	assert_int_equal(cairn_rtc_bus_ops.read(rtc, 1, 1, &v), CAIRN_IO_DONE);
	return (uint8_t)v;
}

static void out(struct cairn_rtc *rtc, uint8_t index, uint8_t value)
{
	assert_int_equal(cairn_rtc_bus_ops.write(rtc, 0, 1, index), CAIRN_IO_DONE);
	assert_int_equal(cairn_rtc_bus_ops.write(rtc, 1, 1, value), CAIRN_IO_DONE);
}

/* second, minute, hour, weekday, day, month, year, century */
static void expect(struct cairn_rtc *rtc, const uint8_t want[8])
{
	static const uint8_t at[8] = { 0, 2, 4, 6, 7, 8, 9, 0x32 };

	for (int i = 0; i < 8; i++)
		assert_int_equal(in(rtc, at[i]), want[i]);
}

/* second, minute, hour, day, month, year, century, as a driver sets them */
static void set(struct cairn_rtc *rtc, const uint8_t v[7])
{
	static const uint8_t at[7] = { 0, 2, 4, 7, 8, 9, 0x32 };
	uint8_t b = in(rtc, 0x0b);

	out(rtc, 0x0b, b | 0x80);
	for (int i = 0; i < 7; i++)
		out(rtc, at[i], v[i]);
	out(rtc, 0x0b, b);
}

static void time_is_the_clocks_in_bcd(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	assert_int_equal(in(&rtc, 0x0b), 0x02);
	expect(&rtc, (uint8_t[8]){ 0x56, 0x45, 0x13, 0x06, 0x20, 0x11, 0x26, 0x20 });
}

static void binary_mode_gives_plain_numbers(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	out(&rtc, 0x0b, 0x06);
	expect(&rtc, (uint8_t[8]){ 56, 45, 13, 6, 20, 11, 26, 20 });
}

static void twelve_hour_mode_marks_the_afternoon(void **state)
{
	uint64_t midnight = (NOW_S - 13 * 3600 - 45 * 60 - 56) * NS, now = midnight;
	struct cairn_rtc rtc = start(&now);

	out(&rtc, 0x0b, 0x00);
	assert_int_equal(in(&rtc, 4), 0x12);
	now = midnight + 11 * 3600 * NS;
	assert_int_equal(in(&rtc, 4), 0x11);
	now = midnight + 12 * 3600 * NS;
	assert_int_equal(in(&rtc, 4), 0x92);
	now = midnight + 23 * 3600 * NS;
	assert_int_equal(in(&rtc, 4), 0x91);
}

static void time_goes_on_after_it_was_set(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	set(&rtc, (uint8_t[7]){ 0x59, 0x59, 0x23, 0x31, 0x12, 0x99, 0x19 });
	expect(&rtc, (uint8_t[8]){ 0x59, 0x59, 0x23, 0x06, 0x31, 0x12, 0x99, 0x19 });
	now += NS;
	expect(&rtc, (uint8_t[8]){ 0x00, 0x00, 0x00, 0x07, 0x01, 0x01, 0x00, 0x20 });
}

static void leap_days_are_known(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	set(&rtc, (uint8_t[7]){ 0x59, 0x59, 0x23, 0x28, 0x02, 0x24, 0x20 });
	now += NS;
	expect(&rtc, (uint8_t[8]){ 0x00, 0x00, 0x00, 0x05, 0x29, 0x02, 0x24, 0x20 });
	set(&rtc, (uint8_t[7]){ 0x59, 0x59, 0x23, 0x28, 0x02, 0x00, 0x21 });
	now += NS;
	expect(&rtc, (uint8_t[8]){ 0x00, 0x00, 0x00, 0x02, 0x01, 0x03, 0x00, 0x21 });
	set(&rtc, (uint8_t[7]){ 0x00, 0x00, 0x00, 0x29, 0x02, 0x00, 0x20 });
	expect(&rtc, (uint8_t[8]){ 0x00, 0x00, 0x00, 0x03, 0x29, 0x02, 0x00, 0x20 });
}

static void every_day_of_two_eras_is_kept(void **state)
{
	uint64_t now = 0;
	struct cairn_rtc rtc = start(&now), copy;

	for (uint64_t day = 0; day < 2 * 146097; day++) {
		uint8_t v[7];

		now = day * 86400 * NS + 3600 * NS;
		copy = rtc;
		for (int i = 0; i < 7; i++)
			v[i] = in(&copy, (const uint8_t[]){ 0, 2, 4, 7, 8, 9, 0x32 }[i]);
		set(&copy, v);
		assert_true(copy.offset_s == 0);
	}
}

static void twelve_hour_time_can_be_set(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	out(&rtc, 0x0b, 0x00);
	set(&rtc, (uint8_t[7]){ 0x00, 0x30, 0x92, 0x20, 0x11, 0x26, 0x20 });
	out(&rtc, 0x0b, 0x02);
	assert_int_equal(in(&rtc, 4), 0x12);
	out(&rtc, 0x0b, 0x00);
	set(&rtc, (uint8_t[7]){ 0x00, 0x30, 0x12, 0x20, 0x11, 0x26, 0x20 });
	out(&rtc, 0x0b, 0x02);
	assert_int_equal(in(&rtc, 4), 0x00);
}

static void impossible_dates_change_nothing(void **state)
{
	static const uint8_t bad[][7] = {
		{ 0x60, 0x00, 0x00, 0x01, 0x01, 0x26, 0x20 },
		{ 0x0a, 0x00, 0x00, 0x01, 0x01, 0x26, 0x20 },
		{ 0xa0, 0x00, 0x00, 0x01, 0x01, 0x26, 0x20 },
		{ 0x00, 0x60, 0x00, 0x01, 0x01, 0x26, 0x20 },
		{ 0x00, 0xff, 0x00, 0x01, 0x01, 0x26, 0x20 },
		{ 0x00, 0x00, 0x24, 0x01, 0x01, 0x26, 0x20 },
		{ 0x00, 0x00, 0xff, 0x01, 0x01, 0x26, 0x20 },
		{ 0x00, 0x00, 0x00, 0x00, 0x01, 0x26, 0x20 },
		{ 0x00, 0x00, 0x00, 0x32, 0x01, 0x26, 0x20 },
		{ 0x00, 0x00, 0x00, 0xff, 0x01, 0x26, 0x20 },
		{ 0x00, 0x00, 0x00, 0x30, 0x02, 0x24, 0x20 },
		{ 0x00, 0x00, 0x00, 0x29, 0x02, 0x26, 0x20 },
		{ 0x00, 0x00, 0x00, 0x29, 0x02, 0x00, 0x21 },
		{ 0x00, 0x00, 0x00, 0x01, 0x00, 0x26, 0x20 },
		{ 0x00, 0x00, 0x00, 0x01, 0x13, 0x26, 0x20 },
		{ 0x00, 0x00, 0x00, 0x01, 0xff, 0x26, 0x20 },
		{ 0x00, 0x00, 0x00, 0x01, 0x01, 0xff, 0x20 },
		{ 0x00, 0x00, 0x00, 0x01, 0x01, 0x26, 0xff },
	};
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		set(&rtc, bad[i]);
		assert_true(rtc.offset_s == 0);
	}
	out(&rtc, 0x0b, 0x06);
	set(&rtc, (uint8_t[7]){ 0, 0, 0, 1, 1, 100, 20 });
	set(&rtc, (uint8_t[7]){ 0, 0, 0, 1, 1, 0, 100 });
	assert_true(rtc.offset_s == 0);
	out(&rtc, 0x0b, 0x00);
	set(&rtc, (uint8_t[7]){ 0x00, 0x00, 0x00, 0x01, 0x01, 0x26, 0x20 });
	set(&rtc, (uint8_t[7]){ 0x00, 0x00, 0x13, 0x01, 0x01, 0x26, 0x20 });
	set(&rtc, (uint8_t[7]){ 0x00, 0x00, 0x8f, 0x01, 0x01, 0x26, 0x20 });
	assert_true(rtc.offset_s == 0);
}

static void dates_from_year_0_to_9999_are_kept(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	set(&rtc, (uint8_t[7]){ 0x01, 0x02, 0x03, 0x01, 0x01, 0x00, 0x00 });
	expect(&rtc, (uint8_t[8]){ 0x01, 0x02, 0x03, 0x07, 0x01, 0x01, 0x00, 0x00 });
	set(&rtc, (uint8_t[7]){ 0x59, 0x59, 0x23, 0x31, 0x12, 0x99, 0x99 });
	expect(&rtc, (uint8_t[8]){ 0x59, 0x59, 0x23, 0x06, 0x31, 0x12, 0x99, 0x99 });
	now += NS;
	expect(&rtc, (uint8_t[8]){ 0x00, 0x00, 0x00, 0x07, 0x01, 0x01, 0x00, 0x00 });
}

static void host_clock_going_back_below_year_0_is_survived(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	set(&rtc, (uint8_t[7]){ 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00 });
	now = 0;
	assert_int_equal(in(&rtc, 9), 0);
	assert_int_equal(in(&rtc, 0x32), 0);
}

static void single_register_can_be_set_without_set_mode(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	out(&rtc, 2, 0x07);
	expect(&rtc, (uint8_t[8]){ 0x56, 0x07, 0x13, 0x06, 0x20, 0x11, 0x26, 0x20 });
}

static void registers_stand_still_in_set_mode(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	out(&rtc, 0x0b, 0x82);
	now += 100 * NS;
	assert_int_equal(in(&rtc, 0), 0x56);
	out(&rtc, 0, 0x10);
	out(&rtc, 0x0b, 0x82);
	assert_int_equal(in(&rtc, 0), 0x10);
	out(&rtc, 0x0b, 0x02);
	assert_int_equal(in(&rtc, 0), 0x10);
}

static void update_in_progress_precedes_the_next_second(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	assert_int_equal(in(&rtc, 0x0a), 0x26);
	now += NS - 244001;
	assert_int_equal(in(&rtc, 0x0a), 0x26);
	now++;
	assert_int_equal(in(&rtc, 0x0a), 0xa6);
	assert_int_equal(in(&rtc, 0), 0x56);
	out(&rtc, 0x0b, 0x82);
	assert_int_equal(in(&rtc, 0x0a), 0x26);
	out(&rtc, 0x0a, 0xf6);
	assert_int_equal(in(&rtc, 0x0a), 0x76);
}

static void status_registers_c_and_d_are_read_only(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	out(&rtc, 0x0c, 0xff);
	out(&rtc, 0x0d, 0x00);
	assert_int_equal(in(&rtc, 0x0c), 0x00);
	assert_int_equal(in(&rtc, 0x0d), 0x80);
}

static void memory_and_alarm_bytes_are_kept(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);
	uint8_t v;

	out(&rtc, 1, 0x11);
	out(&rtc, 3, 0x22);
	out(&rtc, 5, 0x33);
	out(&rtc, 0x7f, 0x44);
	out(&rtc, 0x8e, 0x55); /* bit 7 of the index is not part of it */
	assert_int_equal(in(&rtc, 1), 0x11);
	assert_int_equal(in(&rtc, 3), 0x22);
	assert_int_equal(in(&rtc, 5), 0x33);
	assert_int_equal(cairn_rtc_peek(&rtc, 0x7f, &v), 0);
	assert_int_equal(v, 0x44);
	assert_int_equal(cairn_rtc_peek(&rtc, 0x0e, &v), 0);
	assert_int_equal(v, 0x55);
	assert_int_equal(cairn_rtc_poke(&rtc, 0x10, 0x66), 0);
	assert_int_equal(in(&rtc, 0x10), 0x66);
	assert_true(rtc.offset_s == 0);
}

static void host_cannot_poke_the_clock(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);
	uint8_t v = 0;

	assert_int_equal(cairn_rtc_poke(&rtc, 0x0d, 0), -EINVAL);
	assert_int_equal(cairn_rtc_poke(&rtc, 0x32, 0), -EINVAL);
	assert_int_equal(cairn_rtc_poke(&rtc, 0x80, 0), -EINVAL);
	assert_int_equal(cairn_rtc_peek(&rtc, 0xff, &v), -EINVAL);
}

static void reset_keeps_what_is_on_battery(void **state)
{
	uint64_t now = NOW_S * NS;
	struct cairn_rtc rtc = start(&now);

	set(&rtc, (uint8_t[7]){ 0x00, 0x00, 0x00, 0x01, 0x01, 0x30, 0x20 });
	out(&rtc, 0x40, 0x77);
	out(&rtc, 0x0b, 0x7a);
	cairn_rtc_reset(&rtc);
	assert_int_equal(rtc.index, 0);
	assert_int_equal(in(&rtc, 0x0b), 0x02);
	assert_int_equal(in(&rtc, 9), 0x30);
	assert_int_equal(in(&rtc, 0x40), 0x77);
}

static void index_reads_as_all_ones_and_wide_accesses_are_refused(void **state)
{
	uint64_t now = NOW_S * NS, v;
	struct cairn_rtc rtc = start(&now);

	assert_int_equal(cairn_rtc_bus_ops.read(&rtc, 0, 1, &v), CAIRN_IO_DONE);
	assert_int_equal(v, 0xff);
	assert_int_equal(cairn_rtc_bus_ops.read(&rtc, 0, 2, &v), CAIRN_IO_BAD);
	assert_int_equal(cairn_rtc_bus_ops.write(&rtc, 0, 2, 0x4040), CAIRN_IO_BAD);
	assert_int_equal(rtc.index, 0);
}

/* The example of the README. */
static void readme_example_works(void **state)
{
	uint64_t now_ns = NOW_S * NS;
	struct cairn_rtc rtc;
	uint64_t year;

	cairn_rtc_init(&rtc, (struct cairn_clock){ .realtime_ns = read_clock, .ctx = &now_ns });
	cairn_rtc_bus_ops.write(&rtc, 0, 1, 0x09);
	cairn_rtc_bus_ops.read(&rtc, 1, 1, &year);
	assert_int_equal(year, 0x26);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_is_the_clocks_in_bcd),
		cmocka_unit_test(binary_mode_gives_plain_numbers),
		cmocka_unit_test(twelve_hour_mode_marks_the_afternoon),
		cmocka_unit_test(time_goes_on_after_it_was_set),
		cmocka_unit_test(leap_days_are_known),
		cmocka_unit_test(every_day_of_two_eras_is_kept),
		cmocka_unit_test(twelve_hour_time_can_be_set),
		cmocka_unit_test(impossible_dates_change_nothing),
		cmocka_unit_test(dates_from_year_0_to_9999_are_kept),
		cmocka_unit_test(host_clock_going_back_below_year_0_is_survived),
		cmocka_unit_test(single_register_can_be_set_without_set_mode),
		cmocka_unit_test(registers_stand_still_in_set_mode),
		cmocka_unit_test(update_in_progress_precedes_the_next_second),
		cmocka_unit_test(status_registers_c_and_d_are_read_only),
		cmocka_unit_test(memory_and_alarm_bytes_are_kept),
		cmocka_unit_test(host_cannot_poke_the_clock),
		cmocka_unit_test(reset_keeps_what_is_on_battery),
		cmocka_unit_test(index_reads_as_all_ones_and_wide_accesses_are_refused),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
