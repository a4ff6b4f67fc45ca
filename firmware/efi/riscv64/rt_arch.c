/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* SBI's system reset (SBI 2.0, 10), which needs no memory. */
#include "../rt_arch.h"

#define SRST 0x53525354u

FW_RT_CODE uint64_t efi_rt_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks)::"memory");
	return ticks;
}

FW_RT_CODE void efi_rt_reset(const struct efi_rt_machine *m, bool is_off)
{
	register uint64_t a0 __asm__("a0") = is_off ? 0 : 1; /* shutdown, cold reboot */
	register uint64_t a1 __asm__("a1") = 0;
	register uint64_t a6 __asm__("a6") = 0;
	register uint64_t a7 __asm__("a7") = SRST;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
	for (;;)
		__asm__ volatile("wfi" ::: "memory");
}
