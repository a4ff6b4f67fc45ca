/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* platform_tests.c - ports and addresses of the machine itself, and of nobody. */
#include "hostile.h"

enum {
	SERIAL_IER = 1,
	SERIAL_FCR = 2,
	SERIAL_LCR = 3,
	SERIAL_MCR = 4,
	MCR_LOOPBACK = 0x10,
	RTC_INDEX = 0x70,
	RTC_DATA = 0x71,
	KEYBOARD_DATA = 0x60,
	KEYBOARD_COMMAND = 0x64,
	PORT92 = 0x92,
	PCI_ADDRESS = 0xcf8,
	PCI_DATA = 0xcfc,
	SLP_EN = 0x20,
	STRING_BYTES = 1000,
};

static uint8_t string[4 * STRING_BYTES];
static const unsigned widths[] = { 1, 2, 4, 8 };

/* The interrupt controllers, timer and speaker are the hypervisor's own. */
static bool is_hypervisors(uint16_t port)
{
	return port < 0x60 || port == 0x61 || (port >= 0xa0 && port < 0xc0) || port == 0x4d0 ||
	       port == 0x4d1;
}

/* Ports that end or restart the machine, carry this program's words, or are tested on their own. */
static bool is_special(uint16_t port)
{
	static const uint16_t special[] = { KEYBOARD_DATA, KEYBOARD_COMMAND, PORT92, RTC_INDEX,
					    RTC_DATA };

	for (unsigned i = 0; i < ARRAY_LEN(special); i++)
		if (port <= special[i] && port + 3 >= special[i])
			return true;
	return (port >= LAYOUT_SERIAL_PORT - 3 && port < LAYOUT_SERIAL_PORT + 8) ||
	       (port >= LAYOUT_GED_PORT - 3 && port < LAYOUT_GED_PORT + 8) ||
	       (port >= PCI_ADDRESS - 3 && port < PCI_DATA + 4);
}

static void ports_read(struct dev *d)
{
	(void)d;
	for (uint32_t port = 0; port < 0x10000; port += port < 0x700 ? 1 : 61)
		(void)port_read((uint16_t)port, widths[port % 3]);
	(void)port_read(0xffff, 2);
	(void)port_read(0xffff, 4);
}

static void ports_written(struct dev *d)
{
	(void)d;
	for (uint32_t port = 0; port < 0xfffd; port += port < 0xd00 ? 1 : 53)
		if (!is_hypervisors((uint16_t)port) && !is_special((uint16_t)port))
			port_write((uint16_t)port, widths[port % 3], next_random());
	port_write(0xffff, 4, 0xffffffff);
}

/* In loopback nothing leaves the port. */
static void serial_garbage(struct dev *d)
{
	(void)d;
	outb(LAYOUT_SERIAL_PORT + SERIAL_MCR, MCR_LOOPBACK);
	for (unsigned i = 0; i < 1000; i++) {
		uint32_t v = next_random();
		uint16_t reg = (v >> 8) & 7;

		if (reg == SERIAL_MCR)
			v |= MCR_LOOPBACK;
		outb((uint16_t)(LAYOUT_SERIAL_PORT + reg), (uint8_t)v);
		(void)inb((uint16_t)(LAYOUT_SERIAL_PORT + (v >> 12 & 7)));
		if (i % 16 == 0)
			(void)port_read((uint16_t)(LAYOUT_SERIAL_PORT + reg), widths[v >> 16 & 1]);
	}
	outb(LAYOUT_SERIAL_PORT + SERIAL_LCR, 3);
	outb(LAYOUT_SERIAL_PORT + SERIAL_IER, 0);
	outb(LAYOUT_SERIAL_PORT + SERIAL_FCR, 7);
	outb(LAYOUT_SERIAL_PORT + SERIAL_MCR, 0);
}

static void clock_garbage(struct dev *d)
{
	(void)d;
	for (unsigned i = 0; i < 600; i++) {
		uint32_t v = next_random();

		outb(RTC_INDEX, (uint8_t)v);
		outb(RTC_DATA, (uint8_t)(v >> 8));
		(void)inb(RTC_INDEX);
		(void)inb(RTC_DATA);
		(void)port_read(RTC_INDEX, widths[i % 3]);
	}
	outb(RTC_INDEX, 0x0a); /* it runs, in 24 hours of BCD digits, and is quiet */
	outb(RTC_DATA, 0x26);
	outb(RTC_INDEX, 0x0b);
	outb(RTC_DATA, 0x02);
}

/* All but what resets: pulses of the output port's lowest bit, and writing that port. */
static void keyboard_garbage(struct dev *d)
{
	(void)d;
	for (unsigned i = 0; i < 600; i++) {
		uint32_t v = next_random();
		uint8_t command = (uint8_t)v;

		if (command < 0xf0 && command != 0xd1)
			outb(KEYBOARD_COMMAND, command);
		outb(KEYBOARD_DATA, (uint8_t)(v >> 8));
		(void)inb(v & 0x10000 ? KEYBOARD_DATA : KEYBOARD_COMMAND);
		(void)port_read(KEYBOARD_COMMAND, widths[i % 3]);
	}
	for (unsigned i = 0; i < 256; i++)
		outb(PORT92, (uint8_t)(i & 0xfe));
}

static void power_garbage(struct dev *d)
{
	(void)d;
	for (unsigned i = 0; i < 256; i++) {
		outb(LAYOUT_GED_PORT, (uint8_t)i);
		(void)inb(LAYOUT_GED_PORT);
		outb(LAYOUT_SLEEP_PORT, (uint8_t)(i & ~SLP_EN));
		(void)inb(LAYOUT_SLEEP_PORT);
		outb(LAYOUT_SLEEP_PORT + 1, (uint8_t)i);
		(void)inb(LAYOUT_SLEEP_PORT + 1);
		(void)port_read(LAYOUT_GED_PORT, widths[i % 3]);
		(void)port_read(LAYOUT_SLEEP_PORT, widths[i % 3]);
	}
}

static void string_in(uint16_t port, unsigned width, uint64_t n)
{
	void *to = string;

	if (width == 1)
		__asm__ volatile("rep insb" : "+D"(to), "+c"(n) : "d"(port) : "memory");
	else if (width == 2)
		__asm__ volatile("rep insw" : "+D"(to), "+c"(n) : "d"(port) : "memory");
	else
		__asm__ volatile("rep insl" : "+D"(to), "+c"(n) : "d"(port) : "memory");
}

static void string_out(uint16_t port, unsigned width, uint64_t n)
{
	const void *from = string;

	if (width == 1)
		__asm__ volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(port) : "memory");
	else if (width == 2)
		__asm__ volatile("rep outsw" : "+S"(from), "+c"(n) : "d"(port) : "memory");
	else
		__asm__ volatile("rep outsl" : "+S"(from), "+c"(n) : "d"(port) : "memory");
}

static void string_ports(struct dev *d)
{
	static const uint16_t ports[] = {
		LAYOUT_SERIAL_PORT, LAYOUT_SERIAL_PORT + 7, RTC_DATA, 0x80,
		LAYOUT_GED_PORT,    LAYOUT_SLEEP_PORT - 1,  0xfffe
	};

	(void)d;
	memset(string, 0, sizeof(string));
	outb(LAYOUT_SERIAL_PORT + SERIAL_MCR, MCR_LOOPBACK);
	outb(RTC_INDEX, 0x40);
	for (unsigned i = 0; i < ARRAY_LEN(ports); i++) {
		for (unsigned w = 0; w < 3; w++) {
			string_in(ports[i], widths[w], STRING_BYTES / (w + 1));
			memset(string, 0, sizeof(string));
			string_out(ports[i], widths[w], STRING_BYTES / (w + 1));
		}
	}
	outb(LAYOUT_SERIAL_PORT + SERIAL_FCR, 7);
	outb(LAYOUT_SERIAL_PORT + SERIAL_MCR, 0);
}

static bool is_device(uint64_t at)
{
	for (unsigned i = 0; i < n_devs; i++) {
		if (!devs[i].is_pci && at - devs[i].regs < LAYOUT_MMIO_STEP)
			return true;
		for (unsigned b = 0; devs[i].is_pci && b < ARRAY_LEN(devs[i].bars); b++)
			if (at - devs[i].bars[b] < 0x10000)
				return true;
	}
	return at - LAYOUT_ECAM_AT < LAYOUT_ECAM_LEN || at - LAYOUT_IOAPIC_AT < 0x1000 ||
	       at - LAYOUT_LAPIC_AT < 0x1000;
}

static void hole_everywhere(struct dev *d)
{
	const uint64_t end = LAYOUT_HOLE_AT + LAYOUT_HOLE_LEN;

	(void)d;
	for (uint64_t at = LAYOUT_HOLE_AT; at < end - 8; at += 0x3ffff9) {
		for (unsigned i = 0; i < ARRAY_LEN(widths); i++) {
			if (!is_device(at) && !is_device(at + widths[i] - 1))
				mem_write(at, widths[i], next_random());
			(void)mem_read(at, widths[i]);
		}
	}
	(void)mem_read(end - 8, 8);
	(void)mem_read(end - 1, 1);
}

/* Any cycles of the bus: commands, halves of them, and whatever comes between. */
static void flash_garbage(struct dev *d)
{
	const uint64_t query = LAYOUT_FLASH_AT + 0x10;

	(void)d;
	mem_write(LAYOUT_FLASH_AT, 1, 0x98);
	if (mem_read(query, 1) != 'Q')
		return; /* there is none */
	for (unsigned i = 0; i < 4000; i++) {
		static const uint8_t commands[] = { 0x20, 0x40, 0x60, 0x90, 0xd0, 0xe8, 0xff, 1 };
		uint32_t v = next_random();
		uint64_t at = LAYOUT_FLASH_AT + (v >> 8 & 0x3ffff);

		mem_write(at, i % 16 ? 1 : widths[v >> 4 & 3],
			  v & 8 ? commands[v & 7] : next_random());
		(void)mem_read(at, widths[v >> 6 & 3]);
	}
	for (unsigned i = 0; i < 300; i++) /* more than any command takes */
		mem_write(LAYOUT_FLASH_AT, 1, 0xff);
	mem_write(LAYOUT_FLASH_AT, 1, 0x98);
	if (mem_read(query, 1) != 'Q')
		fail("the flash does not answer any more");
	mem_write(LAYOUT_FLASH_AT, 1, 0xff);
}

/* Between a device's page and the next, and across the ends of its registers. */
static void register_edges(struct dev *d)
{
	static const unsigned at[] = { 0xfd, 0xff, 0x1f9, 0x1fd, 0x1ff, 0x200, 0x3fc, 0xff8 };

	for (unsigned i = 0; i < ARRAY_LEN(at); i++) {
		for (unsigned w = 0; w < ARRAY_LEN(widths); w++) {
			(void)mem_read(d->regs + at[i], widths[w]);
			mem_write(d->regs + at[i], widths[w], 0);
		}
	}
}

static void machine_reset(struct dev *d)
{
	make_chain(d);
	for (unsigned i = 0; i < QUEUE_SIZE; i++)
		offer(d, 0);
	outb(KEYBOARD_COMMAND, 0xfe);
	for (;;)
		(void)inb(KEYBOARD_COMMAND);
}

/* No interrupt table: the next exception is the third. */
static void triple_fault(struct dev *d)
{
	const struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} none = { 0, 0 };

	make_chain(d);
	for (unsigned i = 0; i < QUEUE_SIZE; i++)
		offer(d, 0);
	__asm__ volatile("lidt %0\n\tud2" : : "m"(none));
}

static void off_in_flight(struct dev *d)
{
	make_chain(d);
	for (unsigned i = 0; i < QUEUE_SIZE; i++)
		offer(d, 0);
	power_off();
}

const struct test platform_tests[] = {
	{ "ports-read", ports_read, ONCE },
	{ "ports-written", ports_written, ONCE },
	{ "serial-garbage", serial_garbage, ONCE },
	{ "clock-garbage", clock_garbage, ONCE },
	{ "keyboard-garbage", keyboard_garbage, ONCE },
	{ "power-garbage", power_garbage, ONCE },
	{ "string-ports", string_ports, ONCE },
	{ "hole-everywhere", hole_everywhere, ONCE },
	{ "flash-garbage", flash_garbage, ONCE },
	{ "register-edges", register_edges, MMIO_ONLY },
	{ "machine-reset", machine_reset, LAST },
	{ "triple-fault", triple_fault, LAST },
	{ "off-in-flight", off_in_flight, LAST },
	{ NULL, NULL, 0 },
};
