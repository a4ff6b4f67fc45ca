/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What the code of a distribution's library takes for granted on a system of System V's ABI: its
 * stack protector's word at 0x28 of the segment FS, and the C library's checked copy and fill.
 */
#include <fw/console.h>

#include "x86.h"

#define MSR_FS_BASE UINT32_C(0xc0000100)

static struct {
	uint8_t others[0x28];
	uint64_t guard;
} thread;

uint64_t fw_arch_library_enter(void)
{
	uint64_t before = x86_rdmsr(MSR_FS_BASE);

	if (!thread.guard && fw_arch_random(&thread.guard) < 0)
		thread.guard = fw_arch_ticks() * UINT64_C(0x9e3779b97f4a7c15);
	x86_wrmsr(MSR_FS_BASE, (uintptr_t)&thread);
	return before;
}

void fw_arch_library_leave(uint64_t before)
{
	x86_wrmsr(MSR_FS_BASE, before);
}

void __stack_chk_fail(void) __attribute__((noreturn));
void *__memcpy_chk(void *dst, const void *src, size_t n, size_t room);
void *__memset_chk(void *dst, int c, size_t n, size_t room);

void __stack_chk_fail(void)
{
	fw_print("cairn-fw: a library overwrote its stack\n");
	fw_arch_halt();
}

void *__memcpy_chk(void *dst, const void *src, size_t n, size_t room)
{
	if (n > room)
		__stack_chk_fail();
	return memcpy(dst, src, n);
}

void *__memset_chk(void *dst, int c, size_t n, size_t room)
{
	if (n > room)
		__stack_chk_fail();
	return memset(dst, c, n);
}
