/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* register_tests.c - a virtio device's registers, in no order that the standard knows. */
#include "hostile.h"

enum { FUZZ_WRITES = 600, WINDOW = 0x1000 };

static const unsigned widths[] = { 1, 2, 4, 8 };

static void kicks_without_queue(struct dev *d)
{
	reset(d);
	for (uint32_t q = 0; q < 300; q++)
		kick(d, q);
	kick(d, 0x7fff);
	kick(d, 0xffff);
	if (!d->is_pci) {
		kick(d, 0x10000);
		kick(d, 0xffffffff);
	}
}

static void kick_before_driver_ok(struct dev *d)
{
	negotiate(d, UINT64_C(1) << F_VERSION_1);
	set_queue(d);
	make_chain(d);
	offer(d, 0);
	for (unsigned i = 0; i < 100; i++)
		kick(d, d->queue);
	if (d->ring->used.idx)
		fail("a device works before DRIVER_OK");
}

static void queue_beyond(struct dev *d)
{
	static const uint32_t sel[] = { 1, 255, 256, 0x7fff, 0xffff, 0x10000, 0xffffffff };

	reset(d);
	put(d, R_STATUS, S_ACKNOWLEDGE | S_DRIVER);
	for (unsigned i = 0; i < ARRAY_LEN(sel); i++) {
		put(d, R_QUEUE_SEL, sel[i]);
		put(d, R_QUEUE_SIZE, 8);
		put_addr(d, R_DESC, (uintptr_t)d->ring->desc);
		put_addr(d, R_AVAIL, (uintptr_t)&d->ring->avail);
		put_addr(d, R_USED, (uintptr_t)&d->ring->used);
		put(d, R_QUEUE_ENABLE, 1);
		put(d, R_QUEUE_RESET, 1);
		(void)get(d, R_QUEUE_MAX);
	}
}

static void features_not_offered(struct dev *d)
{
	reset(d);
	put(d, R_STATUS, S_ACKNOWLEDGE | S_DRIVER);
	for (uint32_t i = 0; i < 2; i++) {
		put(d, R_ACKED_SEL, i);
		put(d, R_ACKED, 0xffffffff);
	}
	put(d, R_STATUS, S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK);
	if (get(d, R_STATUS) & S_FEATURES_OK)
		fail("features that were not offered are accepted");
	set_queue(d);
	driver_ok(d);
	kick(d, d->queue);
	reset(d);
	put(d, R_STATUS, S_ACKNOWLEDGE | S_DRIVER);
	for (uint32_t i = 2; i; i <<= 1) {
		put(d, R_ACKED_SEL, i);
		put(d, R_ACKED, 0xffffffff);
		put(d, R_OFFERED_SEL, i);
		if (get(d, R_OFFERED))
			fail("features are offered that nobody knows");
	}
	put(d, R_STATUS, S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK);
	if (get(d, R_STATUS) & S_FEATURES_OK)
		fail("a feature beyond all words is accepted");
}

static void config_everywhere(struct dev *d)
{
	uint64_t last = d->is_pci ? WINDOW : 0x100;

	for (uint64_t off = 0; off < last; off += off < 80 ? 1 : 61) {
		for (unsigned i = 0; i < ARRAY_LEN(widths); i++) {
			uint64_t v = mem_read(d->config + off, widths[i]);

			mem_write(d->config + off, widths[i], ~v);
		}
	}
}

static void config_flood(struct dev *d)
{
	for (unsigned i = 0; i < 200; i++)
		mem_write(d->config + 32, 1, i);
}

/* Every value, from a device that is fresh and from one that runs. */
static void status_orders(struct dev *d)
{
	for (unsigned i = 0; i < 256; i++) {
		put(d, R_STATUS, i * 37 & 0xff);
		if (i % 64 == 63)
			set_up(d);
	}
	for (unsigned i = 0; i < 200; i++) {
		uint32_t v = next_random();

		if (v & 0x100)
			put(d, R_QUEUE_ENABLE, v >> 9 & 1);
		if (v & 0x400)
			kick(d, d->queue);
		put(d, R_STATUS, v & 0xcf);
		(void)get(d, R_STATUS);
	}
	if (d->is_pci)
		return;
	set_up(d);
	put(d, R_STATUS, 0x100);
	if (!(get(d, R_STATUS) & S_DRIVER_OK))
		fail("a status of which only the low byte is 0 resets");
}

static void registers_of_a_running_queue(struct dev *d)
{
	put(d, R_QUEUE_SEL, d->queue);
	put(d, R_QUEUE_SIZE, 3);
	put_addr(d, R_DESC, UINT64_C(0xfffffffffffffff1));
	put_addr(d, R_AVAIL, 0);
	put_addr(d, R_USED, 0xc0000000);
	put(d, R_QUEUE_ENABLE, 1);
	put(d, R_ACKED, 0xffffffff);
	must_serve(d);
}

static void status_zero_in_flight(struct dev *d)
{
	for (unsigned i = 0; i < 30; i++) {
		set_up(d);
		make_chain(d);
		offer(d, 0);
		offer(d, 0);
		put(d, R_STATUS, 0);
		put(d, R_STATUS, S_ACKNOWLEDGE);
		kick(d, d->queue);
	}
}

/*
 * Any value anywhere. Addresses get their high bit set, so that no ring can come to lie inside this
 * program.
 */
static void registers_fuzzed(struct dev *d)
{
	for (unsigned i = 0; i < FUZZ_WRITES; i++) {
		uint32_t where = next_random(), value = next_random();
		unsigned width = widths[where >> 16 & 3];
		uint64_t off = where % (d->is_pci ? 0x40 : 0x200);

		if (where & 0x80000)
			off &= ~UINT64_C(3);
		if (where & 0x100000)
			value &= 0x1f;
		else
			value |= 0x80000000;
		(void)mem_read(d->regs + off, width);
		mem_write(d->regs + off, width, value | (uint64_t)value << 32);
		if (i % 100 == 99)
			set_up(d);
	}
}

const struct test register_tests[] = {
	{ "kicks-without-queue", kicks_without_queue, 0 },
	{ "kick-before-driver-ok", kick_before_driver_ok, 0 },
	{ "queue-beyond", queue_beyond, 0 },
	{ "features-not-offered", features_not_offered, 0 },
	{ "config-everywhere", config_everywhere, 0 },
	{ "config-flood", config_flood, 0 },
	{ "status-orders", status_orders, 0 },
	{ "registers-of-a-running-queue", registers_of_a_running_queue, 0 },
	{ "status-zero-in-flight", status_zero_in_flight, 0 },
	{ "registers-fuzzed", registers_fuzzed, 0 },
	{ NULL, NULL, 0 },
};
