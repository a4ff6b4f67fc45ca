/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/civil.h>
#include <cairn/rtc.h>

#define NS_PER_S  UINT64_C(1000000000)
#define UPDATE_NS UINT64_C(244000) /* MC146818A, update cycle: UIP is set this long before it */

enum {
	SECONDS = 0x00,
	MINUTES = 0x02,
	HOURS = 0x04,
	WEEKDAY = 0x06, /* 1 is Sunday */
	DAY = 0x07,
	MONTH = 0x08,
	YEAR = 0x09,
	REG_A = 0x0a,
	REG_B = 0x0b,
	REG_C = 0x0c,
	REG_D = 0x0d,
	MEMORY = 0x0e, /* first byte that is no register */

	A_UIP = 0x80,
	A_DEFAULT = 0x26, /* 32768 Hz, 1024 Hz periodic: what every firmware leaves */
	B_SET = 0x80,     /* updates stand still: the time is being set */
	B_IRQS = 0x78,    /* periodic, alarm, update interrupts and square wave */
	B_BINARY = 0x04,
	B_24H = 0x02,
	D_VALID = 0x80, /* the battery is good */
	HOUR_PM = 0x80,
};

static uint8_t encode(const struct cairn_rtc *rtc, unsigned v)
{
	return (uint8_t)(rtc->ram[REG_B] & B_BINARY ? v : v / 10 * 16 + v % 10);
}

/* False when the byte is no BCD number, in BCD mode. */
static bool decode(const struct cairn_rtc *rtc, uint8_t byte, int *ret)
{
	if (rtc->ram[REG_B] & B_BINARY) {
		*ret = byte;
		return true;
	}
	if (byte >> 4 > 9 || (byte & 15) > 9)
		return false;
	*ret = (byte >> 4) * 10 + (byte & 15);
	return true;
}

static uint8_t encode_hour(const struct cairn_rtc *rtc, unsigned hour)
{
	unsigned h12 = hour % 12 == 0 ? 12 : hour % 12;

	if (rtc->ram[REG_B] & B_24H)
		return encode(rtc, hour);
	return (uint8_t)(encode(rtc, h12) | (hour >= 12 ? HOUR_PM : 0));
}

static bool decode_hour(const struct cairn_rtc *rtc, uint8_t byte, int *ret)
{
	int h;

	if (rtc->ram[REG_B] & B_24H)
		return decode(rtc, byte, ret);
	if (!decode(rtc, byte & (uint8_t)~HOUR_PM, &h) || h < 1 || h > 12)
		return false;
	*ret = h % 12 + (byte & HOUR_PM ? 12 : 0);
	return true;
}

static int64_t clock_s(const struct cairn_rtc *rtc)
{
	return (int64_t)(rtc->clock.realtime_ns(rtc->clock.ctx) / NS_PER_S);
}

/* Writes the guest's time of now into the registers. */
static void render(struct cairn_rtc *rtc)
{
	struct cairn_civil c;

	cairn_civil_of(clock_s(rtc) + rtc->offset_s, &c);
	rtc->ram[SECONDS] = encode(rtc, (unsigned)c.second);
	rtc->ram[MINUTES] = encode(rtc, (unsigned)c.minute);
	rtc->ram[HOURS] = encode_hour(rtc, (unsigned)c.hour);
	rtc->ram[WEEKDAY] = encode(rtc, (unsigned)c.weekday + 1);
	rtc->ram[DAY] = encode(rtc, (unsigned)c.day);
	rtc->ram[MONTH] = encode(rtc, (unsigned)c.month);
	rtc->ram[YEAR] = encode(rtc, (unsigned)(c.year % 100));
	rtc->ram[CAIRN_RTC_CENTURY] = encode(rtc, (unsigned)(c.year / 100 % 100));
}

/* Takes the registers for the guest's time of now. What is no date changes nothing. */
static void absorb(struct cairn_rtc *rtc)
{
	const uint8_t *ram = rtc->ram;
	struct cairn_civil c = { 0 };
	int century, year;

	if (!decode(rtc, ram[SECONDS], &c.second) || !decode(rtc, ram[MINUTES], &c.minute) ||
	    !decode_hour(rtc, ram[HOURS], &c.hour) || !decode(rtc, ram[DAY], &c.day) ||
	    !decode(rtc, ram[MONTH], &c.month) || !decode(rtc, ram[YEAR], &year) ||
	    !decode(rtc, ram[CAIRN_RTC_CENTURY], &century) || year > 99 || century > 99)
		return;
	c.year = century * 100 + year;
	if (cairn_civil_is_valid(&c))
		rtc->offset_s = cairn_civil_to_seconds(&c) - clock_s(rtc);
}

void cairn_rtc_init(struct cairn_rtc *rtc, struct cairn_clock clock)
{
	*rtc = (struct cairn_rtc){ .clock = clock };
	rtc->ram[REG_A] = A_DEFAULT;
	rtc->ram[REG_B] = B_24H;
	rtc->ram[REG_D] = D_VALID;
}

void cairn_rtc_reset(struct cairn_rtc *rtc)
{
	rtc->index = 0;
	rtc->ram[REG_B] &= (uint8_t)~B_IRQS;
}

static bool is_time(uint8_t index)
{
	return index == SECONDS || index == MINUTES || index == HOURS ||
	       (index >= WEEKDAY && index <= YEAR) || index == CAIRN_RTC_CENTURY;
}

static bool is_set_going(const struct cairn_rtc *rtc)
{
	return rtc->ram[REG_B] & B_SET;
}

static uint8_t read_a(const struct cairn_rtc *rtc)
{
	uint64_t in_second = rtc->clock.realtime_ns(rtc->clock.ctx) % NS_PER_S;
	bool uip = !is_set_going(rtc) && in_second >= NS_PER_S - UPDATE_NS;

	return (uint8_t)(rtc->ram[REG_A] | (uip ? A_UIP : 0));
}

static uint8_t read_data(struct cairn_rtc *rtc)
{
	if (rtc->index == REG_A)
		return read_a(rtc);
	if (is_time(rtc->index) && !is_set_going(rtc))
		render(rtc);
	return rtc->ram[rtc->index];
}

static void write_b(struct cairn_rtc *rtc, uint8_t value)
{
	bool was = is_set_going(rtc);

	/* The registers stand at the moment's time while SET is on, and are the time when it ends.
	 */
	if (!was && (value & B_SET))
		render(rtc);
	rtc->ram[REG_B] = value;
	if (was && !(value & B_SET))
		absorb(rtc);
}

static void write_data(struct cairn_rtc *rtc, uint8_t value)
{
	switch (rtc->index) {
	case REG_A:
		rtc->ram[REG_A] = value & (uint8_t)~A_UIP;
		return;
	case REG_B:
		write_b(rtc, value);
		return;
	case REG_C:
	case REG_D:
		return;
	default:
		break;
	}
	if (!is_time(rtc->index) || is_set_going(rtc)) {
		rtc->ram[rtc->index] = value;
		return;
	}
	render(rtc);
	rtc->ram[rtc->index] = value;
	absorb(rtc);
}

static bool is_memory(uint8_t index)
{
	return index >= MEMORY && index < CAIRN_RTC_BYTES && index != CAIRN_RTC_CENTURY;
}

int cairn_rtc_poke(struct cairn_rtc *rtc, uint8_t index, uint8_t value)
{
	if (!is_memory(index))
		return -EINVAL;
	rtc->ram[index] = value;
	return 0;
}

int cairn_rtc_peek(const struct cairn_rtc *rtc, uint8_t index, uint8_t *ret_value)
{
	if (!is_memory(index))
		return -EINVAL;
	*ret_value = rtc->ram[index];
	return 0;
}

static enum cairn_io bus_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	if (len != 1)
		return CAIRN_IO_BAD;
	*ret_value = off == 0 ? 0xff : read_data(ctx); /* the index cannot be read back */
	return CAIRN_IO_DONE;
}

static enum cairn_io bus_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_rtc *rtc = ctx;

	if (len != 1)
		return CAIRN_IO_BAD;
	if (off == 0)
		rtc->index = value & (CAIRN_RTC_BYTES - 1); /* bit 7 masks NMI, elsewhere */
	else
		write_data(rtc, (uint8_t)value);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_rtc_bus_ops = { .read = bus_read, .write = bus_write };
