/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* psci.h - Arm's power state coordination interface (DEN 0022), in code of any section. */
#ifndef FW_PSCI_H
#define FW_PSCI_H

#include <cairn/env.h>
#include <fw/runtime.h>

#define FW_PSCI_SYSTEM_OFF   0x84000008u
#define FW_PSCI_SYSTEM_RESET 0x84000009u

/* A function without arguments; back only where it failed. */
FW_RT_INLINE void fw_psci_call(bool by_smc, uint32_t function)
{
	register uint64_t x0 __asm__("x0") = function;

	if (by_smc)
		__asm__ volatile("smc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
	else
		__asm__ volatile("hvc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
}

#endif
