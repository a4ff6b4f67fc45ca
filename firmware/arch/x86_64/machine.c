/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Ports, random words, and the ends of the machine. */
#include <fw/clock.h>
#include <fw/io.h>
#include <fw/platform.h>

#include "../tables.h"
#include "x86.h"

#define AFTER_NS UINT64_C(50000000) /* a reset needs no longer */

uint32_t fw_arch_port_read(uint16_t port, uint32_t width)
{
	uint32_t v = 0;

	if (width == 1)
		__asm__ volatile("inb %1, %b0" : "+a"(v) : "Nd"(port) : "memory");
	else if (width == 2)
		__asm__ volatile("inw %1, %w0" : "+a"(v) : "Nd"(port) : "memory");
	else
		__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

void fw_arch_port_write(uint16_t port, uint32_t width, uint32_t value)
{
	if (width == 1)
		__asm__ volatile("outb %b0, %1" ::"a"(value), "Nd"(port) : "memory");
	else if (width == 2)
		__asm__ volatile("outw %w0, %1" ::"a"(value), "Nd"(port) : "memory");
	else
		__asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

void fw_arch_pause(void)
{
	__asm__ volatile("pause" ::: "memory");
}

int fw_arch_random(uint64_t *ret_word)
{
	if (!(x86_cpuid(1, 0).c >> 30 & 1))
		return -ENODEV;
	for (uint32_t i = 0; i < 10; i++) { /* SDM 1, 7.3.17.1 */
		uint64_t word;
		bool ok;

		__asm__ volatile("rdrand %0" : "=r"(word), "=@ccc"(ok));
		if (ok) {
			*ret_word = word;
			return 0;
		}
	}
	return -ENODEV;
}

const void *fw_arch_view(uint64_t at, uint64_t len)
{
	return at && fw_tables_has(at, len) ? (const void *)(uintptr_t)at : NULL;
}

void fw_arch_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}

static void write_register(const struct fw_register *r)
{
	if (!r->at)
		return;
	if (r->is_port)
		fw_arch_port_write((uint16_t)r->at, r->width, r->value);
	else if (fw_arch_map_device(r->at, r->width) == 0)
		fw_mmio_write(r->at, r->width, r->value);
	fw_clock_stall_ns(AFTER_NS);
}

static void reset_as_pcs_do(enum fw_reset how)
{
	const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = { 0, 0 };

	fw_arch_port_write(0xcf9, 1, 0x02);
	fw_arch_port_write(0xcf9, 1, how == FW_RESET_WARM ? 0x06 : 0x0e);
	fw_clock_stall_ns(AFTER_NS);
	fw_arch_port_write(0x64, 1, 0xfe);
	fw_clock_stall_ns(AFTER_NS);
	__asm__ volatile("lidt %0; int3" ::"m"(none)); /* a triple fault */
}

void fw_arch_reset(enum fw_reset how)
{
	/* Machines that cannot power off are microVMs, whose monitors end at a reset. */
	if (how == FW_RESET_SHUTDOWN && fw_platform.sleep.at) {
		write_register(&fw_platform.sleep);
	} else {
		write_register(&fw_platform.reset);
		reset_as_pcs_do(how);
	}
	fw_arch_halt();
}
