/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What the code of a distribution's library calls: the stack protector's end, and the C library's
 * checked copy and fill. Of the runtime sections, like the library's own code (fw.ld).
 */
#include "library.h"

#include <fw/runtime.h>

void __stack_chk_fail(void) __attribute__((noreturn));
void *__memcpy_chk(void *dst, const void *src, size_t n, size_t room);
void *__memset_chk(void *dst, int c, size_t n, size_t room);

uint64_t library_guard(void)
{
	uint64_t word;

	return fw_arch_random(&word) < 0 ? fw_arch_ticks() * UINT64_C(0x9e3779b97f4a7c15) : word;
}

/* An invalid instruction: said by whoever has the exceptions, the firmware or the system. */
FW_RT_CODE void __stack_chk_fail(void)
{
	__builtin_trap();
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
