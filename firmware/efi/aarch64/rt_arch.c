/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* PSCI (Arm DEN 0022), which needs no memory. */
#include "../rt_arch.h"

#define SYSTEM_OFF   0x84000008u
#define SYSTEM_RESET 0x84000009u

FW_RT_CODE uint64_t efi_rt_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks)::"memory");
	return ticks;
}

FW_RT_CODE void efi_rt_reset(const struct efi_rt_machine *m, bool is_off)
{
	register uint64_t x0 __asm__("x0") = is_off ? SYSTEM_OFF : SYSTEM_RESET;

	if (m->psci_smc)
		__asm__ volatile("smc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
	else
		__asm__ volatile("hvc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
	for (;;)
		__asm__ volatile("wfi" ::: "memory");
}
