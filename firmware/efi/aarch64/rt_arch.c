/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "../rt_arch.h"

#include <fw/psci.h>

FW_RT_CODE uint64_t efi_rt_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks)::"memory");
	return ticks;
}

FW_RT_CODE void efi_rt_reset(const struct efi_rt_machine *m, bool is_off)
{
	fw_psci_call(m->psci_smc, is_off ? FW_PSCI_SYSTEM_OFF : FW_PSCI_SYSTEM_RESET);
	for (;;)
		__asm__ volatile("wfi" ::: "memory");
}
