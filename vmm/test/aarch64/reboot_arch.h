/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* reboot_arch.h - the aarch64 platform's part of ../reboot_test.c. */
#ifndef REBOOT_ARCH_H
#define REBOOT_ARCH_H

#include <libfdt.h>

static struct cairn_hv_reg boot_regs[] = {
	{ CAIRN_HV_ARM64_X(0), 0 }, { CAIRN_HV_ARM64_X(1), 0 }, { CAIRN_HV_ARM64_X(2), 0 },
	{ CAIRN_HV_ARM64_X(3), 0 }, { CAIRN_HV_ARM64_PC, 0 },   { CAIRN_HV_ARM64_PSTATE, 0 },
};

/* The seeds in the device tree. */
static void forget_chance(void)
{
	static const uint8_t zeroes[64];
	uint64_t at = boot_regs[0].value - LAYOUT_RAM_AT;
	void *tree = (uint8_t *)script.ram[0].host + at;
	int chosen = fdt_path_offset(tree, "/chosen");

	if (chosen < 0 || fdt_setprop_inplace(tree, chosen, "rng-seed", zeroes, 64) ||
	    fdt_setprop_inplace(tree, chosen, "kaslr-seed", zeroes, 8))
		abort();
}

static void record_arch(const void *arch)
{
	const struct cairn_hv_aarch64 *a = arch;

	record("machine: GICv%u at %#" PRIx64 ", %#" PRIx64 ", %#" PRIx64 ", ITS %#" PRIx64, a->gic,
	       a->gicd.v, a->gicr.v, a->gicc.v, a->its.v);
	record(
	    "machine: %u address bits, SVE %d, keys %d, PMU %d on %u, suspend %d, steal %#" PRIx64,
	    a->gpa_bits, a->sve, a->pauth, a->pmu, a->pmu_intid, a->suspend, a->steal.v);
}

/* But the clock's time and what it was set to, which move on. */
static const uint64_t words[] = {
	LAYOUT_RTC_AT + 0x04,   LAYOUT_RTC_AT + 0x10,   LAYOUT_RTC_AT + 0x14,
	LAYOUT_RTC_AT + 0x18,   LAYOUT_GPIO_AT + 0x3fc, LAYOUT_GPIO_AT + 0x400,
	LAYOUT_GPIO_AT + 0x404, LAYOUT_GPIO_AT + 0x408, LAYOUT_GPIO_AT + 0x40c,
	LAYOUT_GPIO_AT + 0x410, LAYOUT_GPIO_AT + 0x414, LAYOUT_GPIO_AT + 0x418,
};

static size_t read_platform(void)
{
	for (unsigned i = 0; i < 8; i++)
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_SERIAL_AT + i, 1));
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(words); i++)
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, words[i], 4));
	return 8 + CAIRN_ARRAY_LEN(words);
}

static void soil_platform(void)
{
	static const struct {
		uint8_t at, value;
	} dirt[] = { { 1, 0x0f }, { 2, 0xc1 }, { 4, 0x1b }, { 7, 0x5a }, { 3, 0x83 }, { 0, 0x0c } };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(dirt); i++)
		push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, LAYOUT_SERIAL_AT + dirt[i].at, 1,
					 dirt[i].value));
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(words); i++) /* an alarm among them */
		push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, words[i], 4, 0xffffff05));
}

#endif
