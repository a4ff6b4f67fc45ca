/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* guest_asm.h - guests of 16-bit code. FS reaches the local APIC. */
#ifndef GUEST_ASM_H
#define GUEST_ASM_H

#include <cairn/hv_x86_64.h>

#include "../guest_test.h"

/* Defines struct guest_code guest_<name>, assembled for 16-bit mode; scope: static, or nothing. */
#define GUEST(scope, name, code)                                                                   \
	__asm__(".pushsection .rodata\n"                                                           \
		".globl guest_" #name "_start, guest_" #name "_end\n"                              \
		".hidden guest_" #name "_start, guest_" #name "_end\n"                             \
		"guest_" #name "_start:\n.code16\n" code "\n.code64\nguest_" #name "_end:\n"       \
		".popsection");                                                                    \
	extern const unsigned char guest_##name##_start[], guest_##name##_end[];                   \
	scope const struct guest_code guest_##name = { guest_##name##_start, guest_##name##_end }

/* Vectors of the guest's table that it uses point to the code at `at`. */
static inline void guest_vector(unsigned vector, uint16_t at)
{
	cairn_le_store(guest_mem + vector * 4, 4, at);
}

#endif
