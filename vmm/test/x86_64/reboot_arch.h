/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* reboot_arch.h - the x86_64 platform's part of ../reboot_test.c. */
#ifndef REBOOT_ARCH_H
#define REBOOT_ARCH_H

#include <cairn/hv_x86_64.h>

static struct cairn_hv_reg boot_regs[] = {
	{ CAIRN_HV_X86_RIP, 0 }, { CAIRN_HV_X86_RSP, 0 },  { CAIRN_HV_X86_RSI, 0 },
	{ CAIRN_HV_X86_RBX, 0 }, { CAIRN_HV_X86_CR0, 0 },  { CAIRN_HV_X86_CR3, 0 },
	{ CAIRN_HV_X86_CR4, 0 }, { CAIRN_HV_X86_EFER, 0 }, { CAIRN_HV_X86_RFLAGS, 0 },
};

static void forget_chance(void)
{
}

/* CPUID tables are made of it, see kvm_x86_test.c. */
static void record_arch(const void *arch)
{
	const struct cairn_hv_x86_64 *x = arch;

	if (x)
		record("machine: %u threads per core, 8254 %d", x->threads_per_core, x->pit);
	else
		record("machine: an ordinary one");
}

/* The clock's registers. One bit of the first is time, but while updates stand still. */
static size_t read_clock(void)
{
	size_t n = 0;

	for (unsigned i = 0x0b; i < 0x80; i++, n += 2) { /* the time itself moves on */
		push_out(0x70, i);
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_PIO, 0x71, 1));
	}
	push_out(0x70, 0x0b);
	push_out(0x71, 0x82);
	push_out(0x70, 0x0a);
	push(cairn_hv_fake_read(CAIRN_HV_EXIT_PIO, 0x71, 1));
	return n + 4;
}

static size_t read_platform(void)
{
	size_t n = 0;
	static const struct {
		uint16_t at, n;
	} ports[] = { { LAYOUT_SERIAL_PORT, 8 }, { KEYBOARD, 1 },          { 0x60, 1 }, { 0x92, 1 },
		      { LAYOUT_GED_PORT, 1 },    { LAYOUT_SLEEP_PORT, 2 }, { 0xcf8, 8 } };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ports); i++)
		for (uint16_t p = 0; p < ports[i].n; p++, n++)
			push(cairn_hv_fake_read(CAIRN_HV_EXIT_PIO, ports[i].at + p, 1));
	return n + read_clock();
}

static void soil_platform(void)
{
	static const struct {
		uint16_t port;
		uint8_t value;
	} dirt[] = {
		{ LAYOUT_SERIAL_PORT + 1, 0x0f },
		{ LAYOUT_SERIAL_PORT + 2, 0xc1 },
		{ LAYOUT_SERIAL_PORT + 4, 0x1b },
		{ LAYOUT_SERIAL_PORT + 7, 0x5a },
		{ LAYOUT_SERIAL_PORT, 'x' },
		{ LAYOUT_SERIAL_PORT + 3, 0x83 },
		{ LAYOUT_SERIAL_PORT, 0x0c },
		{ 0x70, 0x0a },
		{ 0x71, 0x2f },
		{ 0x70, 0x0b },
		{ 0x71, 0x74 },
		{ 0x70, 0x40 },
		{ 0x71, 0xaa },
		{ KEYBOARD, 0x60 },
		{ 0x60, 0x55 },
		{ 0x92, 0x02 },
		{ LAYOUT_SLEEP_PORT, 0x04 },
		{ LAYOUT_GED_PORT, 0xff },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(dirt); i++)
		push_out(dirt[i].port, dirt[i].value);
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_PIO, 0xcf8, 4, 0x80000804));
}

#endif
