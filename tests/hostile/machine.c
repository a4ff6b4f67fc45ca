/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* machine.c - the bare machine: ports, memory, serial port, clock, and its end. */
#include "hostile.h"

enum {
	SLEEP_S5 = 0x34,
	LINE_STATUS = 5,
	LINE_IDLE = 0x20,
	SECONDS_LIMIT = 20,
	TURNS_MAX = 4000000
};

extern const char *test_name;

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n) : : "memory");
	return dst;
}

void port_write(uint16_t port, unsigned width, uint32_t value)
{
	if (width == 1)
		outb(port, (uint8_t)value);
	else if (width == 2)
		__asm__ volatile("outw %w0, %1" : : "a"(value), "Nd"(port) : "memory");
	else
		__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

uint32_t port_read(uint16_t port, unsigned width)
{
	uint32_t v = 0;

	if (width == 1)
		return inb(port);
	if (width == 2)
		__asm__ volatile("inw %1, %w0" : "+a"(v) : "Nd"(port) : "memory");
	else
		__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

/* Plain moves between memory and a register, so that any hypervisor can follow them. */
void mem_write(uint64_t at, unsigned width, uint64_t value)
{
	if (width == 1)
		__asm__ volatile("movb %b0, (%1)" : : "a"(value), "r"(at) : "memory");
	else if (width == 2)
		__asm__ volatile("movw %w0, (%1)" : : "a"(value), "r"(at) : "memory");
	else if (width == 4)
		__asm__ volatile("movl %k0, (%1)" : : "a"(value), "r"(at) : "memory");
	else
		__asm__ volatile("movq %0, (%1)" : : "a"(value), "r"(at) : "memory");
}

uint64_t mem_read(uint64_t at, unsigned width)
{
	uint64_t v = 0;

	if (width == 1)
		__asm__ volatile("movb (%1), %b0" : "+a"(v) : "r"(at) : "memory");
	else if (width == 2)
		__asm__ volatile("movw (%1), %w0" : "+a"(v) : "r"(at) : "memory");
	else if (width == 4)
		__asm__ volatile("movl (%1), %k0" : "=a"(v) : "r"(at) : "memory");
	else
		__asm__ volatile("movq (%1), %0" : "=a"(v) : "r"(at) : "memory");
	return v;
}

static void print_serial(const char *text)
{
	for (; *text; text++) {
		while (!(inb(LAYOUT_SERIAL_PORT + LINE_STATUS) & LINE_IDLE))
			;
		outb(LAYOUT_SERIAL_PORT, (uint8_t)*text);
	}
}

void print(const char *text)
{
	print_serial(text);
	console_write(text);
}

void print_number(uint64_t v)
{
	char text[20];
	char *at = text + sizeof(text) - 1;

	*at = '\0';
	do {
		*--at = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v);
	print("0x");
	print(at);
}

void power_off(void)
{
	for (;;)
		outb(LAYOUT_SLEEP_PORT, SLEEP_S5);
}

void fail(const char *why)
{
	static bool is_failing;

	if (is_failing)
		power_off();
	is_failing = true;
	console_revive();
	print("\nFAIL ");
	print(test_name);
	print(" ");
	print(why);
	print("\n");
	power_off();
}

uint32_t next_random(void)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

/* The clock's seconds are counted as they change; should the clock stand still, so do turns. */
bool limit_left(struct limit *l)
{
	uint8_t now;

	outb(0x70, 0);
	now = inb(0x71);
	if (l->turns++ && now != l->last)
		l->seconds++;
	l->last = now;
	return l->seconds < SECONDS_LIMIT && l->turns < TURNS_MAX;
}
