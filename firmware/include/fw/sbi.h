/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* sbi.h - calls of RISC-V's supervisor binary interface (2.0), in code of any section. */
#ifndef FW_SBI_H
#define FW_SBI_H

#include <cairn/env.h>
#include <fw/runtime.h>

#define FW_SBI_PUTCHAR  0x01u       /* legacy, 5.2 */
#define FW_SBI_GETCHAR  0x02u       /* legacy, 5.3 */
#define FW_SBI_RESET    0x53525354u /* 10: type, reason */
#define FW_SBI_SHUTDOWN 0u
#define FW_SBI_COLD     1u
#define FW_SBI_WARM     2u

/* Function 0 of an extension with one argument; returns A0: the error, or a legacy call's value. */
FW_RT_INLINE long fw_sbi_call(uint64_t extension, uint64_t argument)
{
	register uint64_t a0 __asm__("a0") = argument;
	register uint64_t a1 __asm__("a1") = 0;
	register uint64_t a6 __asm__("a6") = 0;
	register uint64_t a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
	return (long)a0;
}

#endif
