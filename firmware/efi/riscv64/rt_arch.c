/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "../rt_arch.h"

#include <fw/sbi.h>

FW_RT_CODE uint64_t efi_rt_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks)::"memory");
	return ticks;
}

FW_RT_CODE void efi_rt_reset(const struct efi_rt_machine *m, bool is_off)
{
	(void)fw_sbi_call(FW_SBI_RESET, is_off ? FW_SBI_SHUTDOWN : FW_SBI_COLD);
	for (;;)
		__asm__ volatile("wfi" ::: "memory");
}
