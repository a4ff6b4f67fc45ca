/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The counter of time, random words, and the ends of the machine. */
#include <cairn/loader_kimage.h>
#include <fw/arch.h>
#include <fw/platform.h>
#include <fw/psci.h>

#include "arm64.h"

#define FALLBACK_HZ UINT64_C(1000000000) /* where nobody set the register */

/* ID_AA64MMFR0_EL1 (D19.2.64): TGran4 and TGran64 are signed, TGran16 is not. */
uint32_t fw_arch_kernel_pages(void)
{
	uint64_t features = arm64_read("id_aa64mmfr0_el1");
	uint32_t pages = 0;

	if ((features >> 28 & 15) < 8)
		pages |= CAIRN_PAGES_4K;
	if (features >> 20 & 15)
		pages |= CAIRN_PAGES_16K;
	if ((features >> 24 & 15) < 8)
		pages |= CAIRN_PAGES_64K;
	return pages;
}

void fw_arch_pause(void)
{
	__asm__ volatile("yield" ::: "memory");
}

uint64_t fw_arch_ticks(void)
{
	__asm__ volatile("isb" ::: "memory");
	return arm64_read("cntvct_el0");
}

uint64_t fw_arch_ticks_per_second(void)
{
	uint64_t hz = arm64_read("cntfrq_el0") & UINT32_MAX;

	return hz ? hz : FALLBACK_HZ;
}

int fw_arch_random(uint64_t *ret_word)
{
	if (!(arm64_read("id_aa64isar0_el1") >> 60))
		return -ENODEV;
	for (uint32_t i = 0; i < 10; i++) {
		uint64_t word;
		bool failed;

		__asm__ volatile("mrs %0, s3_3_c2_c4_0" : "=r"(word), "=@cceq"(failed)); /* RNDR */
		if (!failed) {
			*ret_word = word;
			return 0;
		}
	}
	return -ENODEV;
}

void fw_arch_halt(void)
{
	for (;;)
		__asm__ volatile("msr daifset, #15; wfi" ::: "memory");
}

void fw_arch_reset(enum fw_reset how)
{
	fw_psci_call(fw_platform.psci_smc,
		     how == FW_RESET_SHUTDOWN ? FW_PSCI_SYSTEM_OFF : FW_PSCI_SYSTEM_RESET);
	fw_arch_halt();
}
