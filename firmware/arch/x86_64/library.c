/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What the code of a library for System V's ABI reads: the stack protector's word at 0x28 of FS. */
#include "../library.h"

#include <fw/runtime.h>

#include "x86.h"

#define MSR_FS_BASE UINT32_C(0xc0000100)

FW_RT_DATA static struct {
	uint8_t others[0x28];
	uint64_t guard;
} thread = { .guard = 0 };

void fw_arch_library_init(void)
{
	thread.guard = library_guard();
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
