/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Ports are there in every address space; registers in memory are where they were mapped. */
#include <fw/io.h>

#include "../rt_arch.h"

FW_RT_CODE uint64_t efi_rt_ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

FW_RT_INLINE void out(uint16_t port, uint8_t width, uint32_t value)
{
	if (width == 1)
		__asm__ volatile("outb %b0, %1" ::"a"(value), "Nd"(port) : "memory");
	else if (width == 2)
		__asm__ volatile("outw %w0, %1" ::"a"(value), "Nd"(port) : "memory");
	else
		__asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

FW_RT_INLINE void write(const struct efi_rt_register *r)
{
	if (r->width && r->is_port)
		out((uint16_t)r->at, r->width, r->value);
	else if (r->width)
		fw_mmio_write(r->at, r->width, r->value);
}

FW_RT_CODE void efi_rt_reset(const struct efi_rt_machine *m, bool is_off)
{
	const struct { /* on the stack: constants are gone by now */
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = { 0, 0 };

	write(is_off ? &m->sleep : &m->reset);
	if (!is_off || m->ends_by_reset) { /* as every PC: reset control, keyboard controller */
		out(0xcf9, 1, 0x02);
		out(0xcf9, 1, 0x0e);
		out(0x64, 1, 0xfe);
		__asm__ volatile("lidt %0; int3" ::"m"(none)); /* a triple fault */
	}
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}
