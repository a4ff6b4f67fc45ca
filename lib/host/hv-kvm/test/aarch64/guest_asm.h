/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * guest_asm.h - guests of A64 code. They run at EL1 with the MMU off, so every access is aligned
 * and none is cached: what they have to say they write to addresses that are nobody's.
 */
#ifndef GUEST_ASM_H
#define GUEST_ASM_H

#include <cairn/hv_aarch64.h>

#include "../guest_test.h"

/* Where the parts of the interrupt controller are; see hv_aarch64.h. */
enum {
	GUEST_GICD = 0x10000,
	GUEST_GICC = 0x20000,
	GUEST_ITS = 0x40000,
	GUEST_GICR = 0x100000,
};

/* Defines struct guest_code guest_<name>; scope: static, or nothing. */
#define GUEST(scope, name, code)                                                                   \
	__asm__(".pushsection .rodata\n.balign 8\n"                                                \
		".globl guest_" #name "_start, guest_" #name "_end\n"                              \
		".hidden guest_" #name "_start, guest_" #name "_end\n"                             \
		"guest_" #name "_start:\n" code "\nguest_" #name "_end:\n"                         \
		".popsection");                                                                    \
	extern const unsigned char guest_##name##_start[], guest_##name##_end[];                   \
	scope const struct guest_code guest_##name = { guest_##name##_start, guest_##name##_end }

/* PSCI by HVC: function in w0. */
#define PSCI(function)  "ldr w0, =" #function "\nhvc #0\n"
#define PSCI_SYSTEM_OFF PSCI(0x84000008)

/* Of guest_irq.c: it sets its virtual timer, whose interrupt comes soon. */
struct guest guest_timer(void);

#endif
