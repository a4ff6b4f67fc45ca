/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What the code of a library that was compiled for shared objects reads: the stack protector's
 * word, by a table of addresses (.got), which lies in fw_rt_data. The table was relocated at the
 * start (start.S), and is moved again where an operating system has moved the firmware.
 */
#include "../library.h"

#include <fw/runtime.h>

extern uint64_t fw_got_start[], fw_got_end[];
extern uint64_t __stack_chk_guard;

FW_RT_DATA uint64_t __stack_chk_guard = 0;
FW_RT_DATA static uint64_t table_at = 0; /* where it was when its addresses were right */

void fw_arch_library_init(void)
{
	__stack_chk_guard = library_guard();
	table_at = (uintptr_t)fw_got_start;
}

FW_RT_CODE uint64_t fw_arch_library_enter(void)
{
	uint64_t moved = (uintptr_t)fw_got_start - table_at;

	for (volatile uint64_t *slot = fw_got_start; moved && slot < fw_got_end; slot++)
		if (*slot)
			*slot += moved;
	table_at += moved;
	return 0;
}

FW_RT_CODE void fw_arch_library_leave(uint64_t before)
{
	(void)before; /* no register is the library's */
}
