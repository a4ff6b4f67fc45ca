/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What the code of a distribution's library takes for granted on a system of System V's ABI: its
 * stack protector's word at 0x28 of the segment FS, and the C library's checked copy and fill. Of
 * the runtime sections, like the library's own code (fw.ld).
 */
#include <fw/arch.h>
#include <fw/runtime.h>

#include "x86.h"

#define MSR_FS_BASE UINT32_C(0xc0000100)

FW_RT_DATA static struct {
	uint8_t others[0x28];
	uint64_t guard;
} thread = { .guard = 0 };

void fw_arch_library_init(void)
{
	if (fw_arch_random(&thread.guard) < 0)
		thread.guard = fw_arch_ticks() * UINT64_C(0x9e3779b97f4a7c15);
}

FW_RT_CODE uint64_t fw_arch_library_enter(void)
{
	uint64_t before = x86_rdmsr(MSR_FS_BASE);

	x86_wrmsr(MSR_FS_BASE, (uintptr_t)&thread);
	return before;
}

FW_RT_CODE void fw_arch_library_leave(uint64_t before)
{
	x86_wrmsr(MSR_FS_BASE, before);
}

void __stack_chk_fail(void) __attribute__((noreturn));
void *__memcpy_chk(void *dst, const void *src, size_t n, size_t room);
void *__memset_chk(void *dst, int c, size_t n, size_t room);

/* An invalid instruction: said by whoever has the exceptions, the firmware or the system. */
FW_RT_CODE void __stack_chk_fail(void)
{
	__asm__ volatile("ud2");
	__builtin_unreachable();
}

FW_RT_CODE void *__memcpy_chk(void *dst, const void *src, size_t n, size_t room)
{
	if (n > room)
		__stack_chk_fail();
	return memcpy(dst, src, n);
}

FW_RT_CODE void *__memset_chk(void *dst, int c, size_t n, size_t room)
{
	if (n > room)
		__stack_chk_fail();
	return memset(dst, c, n);
}
