/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The calendar clock: Motorola's MC146818 behind ports 0x70 and 0x71 (every field read twice, in
 * whatever form register B says), or Arm's PL031 (DDI 0224), which counts seconds in 32 bits.
 */
#include <cairn/civil.h>
#include <fw/arch.h>
#include <fw/clock.h>
#include <fw/io.h>
#include <fw/platform.h>

enum {
	INDEX = 0x70,
	DATA = 0x71,
	NMI_OFF = 0x80,
	SECONDS = 0x00,
	MINUTES = 0x02,
	HOURS = 0x04,
	DAY = 0x07,
	MONTH = 0x08,
	YEAR = 0x09,
	REG_A = 0x0a,
	REG_B = 0x0b,
	CENTURY = 0x32,
	UPDATING = 0x80, /* in A */
	HOLD = 0x80,     /* in B */
	BINARY = 0x04,
	HOURS_24 = 0x02,
	PM = 0x80,
	TURNS_MAX = 100000,

	PL031_DATA = 0x00,
	PL031_LOAD = 0x08,
	PL031_CONTROL = 0x0c,
	PL031_BYTES = 0x1000,
};

static const uint8_t fields[] = { SECONDS, MINUTES, HOURS, DAY, MONTH, YEAR, CENTURY };

struct cmos {
	uint8_t field[CAIRN_ARRAY_LEN(fields)];
};

static uint8_t cmos_read(uint8_t reg)
{
	fw_arch_port_write(INDEX, 1, NMI_OFF | reg);
	return (uint8_t)fw_arch_port_read(DATA, 1);
}

static void cmos_write(uint8_t reg, uint8_t v)
{
	fw_arch_port_write(INDEX, 1, NMI_OFF | reg);
	fw_arch_port_write(DATA, 1, v);
}

static void read_fields(struct cmos *c)
{
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(fields); i++)
		c->field[i] = cmos_read(fields[i]);
}

static int wait_for_update(void)
{
	for (uint32_t i = 0; i < TURNS_MAX; i++) {
		if (!(cmos_read(REG_A) & UPDATING))
			return 0;
		fw_arch_pause();
	}
	return -EIO;
}

static int read_twice(struct cmos *ret)
{
	struct cmos again;

	for (uint32_t i = 0; i < 10; i++) {
		int r = wait_for_update();

		if (r < 0)
			return r;
		read_fields(ret);
		read_fields(&again);
		if (memcmp(ret, &again, sizeof(again)) == 0)
			return 0;
	}
	return -EIO;
}

static int from_bcd(uint8_t v)
{
	return (v >> 4) * 10 + (v & 15);
}

static uint8_t to_bcd(int v)
{
	return (uint8_t)(v / 10 << 4 | v % 10);
}

static int hour_of(uint8_t v, uint8_t reg_b)
{
	int hour = reg_b & BINARY ? v & ~PM : from_bcd(v & ~PM & 0xff);

	if (reg_b & HOURS_24)
		return hour;
	return hour % 12 + (v & PM ? 12 : 0);
}

static uint8_t of_hour(int hour, uint8_t reg_b)
{
	int shown = reg_b & HOURS_24 ? hour : (hour + 11) % 12 + 1;
	uint8_t v = reg_b & BINARY ? (uint8_t)shown : to_bcd(shown);

	return !(reg_b & HOURS_24) && hour >= 12 ? v | PM : v;
}

static int cmos_get(int64_t *ret_seconds)
{
	uint8_t reg_b = cmos_read(REG_B);
	struct cairn_civil date = { 0 };
	struct cmos c;
	int v[CAIRN_ARRAY_LEN(fields)], r;

	if (reg_b == 0xff)
		return -ENODEV;
	r = read_twice(&c);
	if (r < 0)
		return r;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(fields); i++)
		v[i] = reg_b & BINARY ? c.field[i] : from_bcd(c.field[i]);
	date = (struct cairn_civil){ .second = v[0],
				     .minute = v[1],
				     .hour = hour_of(c.field[2], reg_b),
				     .day = v[3],
				     .month = v[4],
				     /* not every clock has the century's register */
				     .year = v[5] + 100 * (v[6] == 19 || v[6] == 20 ? v[6] : 20) };
	if (!cairn_civil_is_valid(&date))
		return -EIO;
	*ret_seconds = cairn_civil_to_seconds(&date);
	return 0;
}

static int cmos_set(int64_t seconds)
{
	uint8_t reg_b = cmos_read(REG_B);
	struct cairn_civil d;
	int v[CAIRN_ARRAY_LEN(fields)];

	if (reg_b == 0xff)
		return -ENODEV;
	cairn_civil_of(seconds, &d);
	if (d.year < 1970 || d.year > 2099)
		return -EINVAL;
	memcpy(v,
	       (const int[]){ d.second, d.minute, 0, d.day, d.month, d.year % 100, d.year / 100 },
	       sizeof(v));
	cmos_write(REG_B, reg_b | HOLD);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(fields); i++)
		if (fields[i] != HOURS)
			cmos_write(fields[i], reg_b & BINARY ? (uint8_t)v[i] : to_bcd(v[i]));
	cmos_write(HOURS, of_hour(d.hour, reg_b));
	cmos_write(REG_B, reg_b & ~HOLD & 0xff);
	return 0;
}

static int pl031_set(uint64_t at, int64_t seconds)
{
	if (seconds < 0 || seconds > UINT32_MAX)
		return -EINVAL;
	fw_mmio_write(at + PL031_CONTROL, 4, 1);
	fw_mmio_write(at + PL031_LOAD, 4, (uint32_t)seconds);
	return 0;
}

int fw_rtc_get(int64_t *ret_seconds)
{
	uint64_t at = fw_platform.rtc_at;

	if (!at)
		return cmos_get(ret_seconds);
	if (fw_arch_map_device(at, PL031_BYTES) < 0)
		return -ENODEV;
	*ret_seconds = fw_mmio_read(at + PL031_DATA, 4);
	return 0;
}

int fw_rtc_set(int64_t seconds)
{
	uint64_t at = fw_platform.rtc_at;

	if (!at)
		return cmos_set(seconds);
	return fw_arch_map_device(at, PL031_BYTES) < 0 ? -ENODEV : pl031_set(at, seconds);
}
