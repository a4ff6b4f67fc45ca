/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/civil.h>
#include <fw/clock.h>
#include <fw/platform.h>

#include <stdarg.h>
#include <setjmp.h>

#include <cmocka.h>

#include "arch_test.h"

/* A CMOS clock. */
static uint8_t cmos[128], cmos_index;
static uint32_t reads, tick_at; /* seconds advance before that read of a field */

static uint32_t port_read(uint16_t port, uint32_t width)
{
	assert_int_equal(port, 0x71);
	if (++reads == tick_at)
		cmos[0]++;
	return cmos[cmos_index & 0x7f];
}

static void port_write(uint16_t port, uint32_t width, uint32_t value)
{
	assert_in_range(port, 0x70, 0x71);
	if (port == 0x70)
		cmos_index = (uint8_t)value;
	else
		cmos[cmos_index & 0x7f] = (uint8_t)value;
}

static void set_cmos(uint8_t b, uint8_t hour, uint8_t minute, uint8_t day, uint8_t year,
		     uint8_t century)
{
	memset(cmos, 0, sizeof(cmos));
	cmos[2] = minute;
	cmos[4] = hour;
	cmos[7] = day;
	cmos[8] = 1;
	cmos[9] = year;
	cmos[0x0b] = b;
	cmos[0x32] = century;
}

static int start(void **state)
{
	reads = tick_at = 0;
	test_port_read = port_read;
	test_port_write = port_write;
	test_mmio_read = test_memory_read;
	test_mmio_write = test_memory_write;
	fw_platform.rtc_at = 0;
	return 0;
}

static int64_t date(int year, int day, int hour, int minute, int second)
{
	const struct cairn_civil c = { .year = year,
				       .month = 1,
				       .day = day,
				       .hour = hour,
				       .minute = minute,
				       .second = second };

	return cairn_civil_to_seconds(&c);
}

static void time_starts_at_0_and_never_goes_back(void **state)
{
	test_ticks = UINT64_C(1) << 62;
	fw_clock_start();
	assert_int_equal(fw_clock_ns(), 0);
	test_ticks += 5;
	assert_int_equal(fw_clock_ns(), 5);
	test_ticks -= 3;
	assert_int_equal(fw_clock_ns(), 5);
	test_ticks += UINT64_C(7200) * TEST_TICKS_PER_SECOND;
	assert_int_equal(fw_clock_ns(), UINT64_C(7200000000002));
}

static void stall_takes_as_long_as_it_should(void **state)
{
	uint64_t before;

	fw_clock_start();
	before = test_ticks;
	fw_clock_stall_ns(2500);
	assert_in_range(test_ticks - before, 2500, 2500 + TEST_TICKS_PER_PAUSE);
}

static void cmos_reads_in_every_form(void **state)
{
	int64_t t;

	set_cmos(0x02, 0x23, 0x59, 0x31, 0x26, 0x20);
	assert_int_equal(fw_rtc_get(&t), 0);
	assert_int_equal(t, date(2026, 31, 23, 59, 0));
	set_cmos(0x06, 23, 59, 31, 26, 20);
	assert_int_equal(fw_rtc_get(&t), 0);
	assert_int_equal(t, date(2026, 31, 23, 59, 0));
	set_cmos(0x00, 0x92, 0x05, 0x01, 0x99, 0x19); /* 12:05 PM */
	assert_int_equal(fw_rtc_get(&t), 0);
	assert_int_equal(t, date(1999, 1, 12, 5, 0));
	set_cmos(0x04, 12, 5, 1, 30, 0); /* 12:05 AM, and no century */
	assert_int_equal(fw_rtc_get(&t), 0);
	assert_int_equal(t, date(2030, 1, 0, 5, 0));
}

static void cmos_is_read_again_when_it_ticks_meanwhile(void **state)
{
	int64_t t;

	set_cmos(0x06, 1, 2, 3, 26, 20);
	tick_at = 6;
	assert_int_equal(fw_rtc_get(&t), 0);
	assert_int_equal(t, date(2026, 3, 1, 2, 1));
}

static void a_clock_that_says_nonsense_is_refused(void **state)
{
	int64_t t = 4;

	set_cmos(0x06, 25, 0, 1, 26, 20);
	assert_int_equal(fw_rtc_get(&t), -EIO);
	set_cmos(0x06, 1, 0, 1, 26, 20);
	cmos[0x0a] = 0x80; /* for ever */
	assert_int_equal(fw_rtc_get(&t), -EIO);
	test_port_read = NULL;
	assert_int_equal(fw_rtc_get(&t), -ENODEV);
	assert_int_equal(fw_rtc_set(0), -ENODEV);
	assert_int_equal(t, 4);
}

static void what_is_set_is_read_in_every_form(void **state)
{
	const int64_t times[] = { date(2026, 31, 0, 0, 1), date(2031, 9, 12, 30, 59),
				  date(1999, 1, 23, 59, 0) };
	int64_t t;

	for (uint8_t b = 0; b < 8; b += 2) {
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(times); i++) {
			set_cmos(b, 1, 1, 1, 1, 1);
			assert_int_equal(fw_rtc_set(times[i]), 0);
			assert_int_equal(cmos[0x0b], b);
			assert_int_equal(fw_rtc_get(&t), 0);
			assert_int_equal(t, times[i]);
		}
	}
	assert_int_equal(fw_rtc_set(date(2100, 1, 0, 0, 0)), -EINVAL);
}

static void a_pl031_counts_seconds(void **state)
{
	static uint32_t regs[4];
	int64_t t;

	fw_platform.rtc_at = (uintptr_t)regs;
	regs[0] = 0xfedcba98;
	assert_int_equal(fw_rtc_get(&t), 0);
	assert_int_equal(t, 0xfedcba98);
	assert_int_equal(fw_rtc_set(77), 0);
	assert_int_equal(regs[2], 77);
	assert_int_equal(fw_rtc_set(INT64_C(1) << 32), -EINVAL);
	assert_int_equal(fw_rtc_set(-1), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(time_starts_at_0_and_never_goes_back, start),
		cmocka_unit_test_setup(stall_takes_as_long_as_it_should, start),
		cmocka_unit_test_setup(cmos_reads_in_every_form, start),
		cmocka_unit_test_setup(cmos_is_read_again_when_it_ticks_meanwhile, start),
		cmocka_unit_test_setup(a_clock_that_says_nonsense_is_refused, start),
		cmocka_unit_test_setup(what_is_set_is_read_in_every_form, start),
		cmocka_unit_test_setup(a_pl031_counts_seconds, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
