/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Exceptions: the registers are printed, and that is the end. DDI 0487, D1.3, D24.2.40 (ESR). */
#include <fw/console.h>

#include "../image.h"
#include "arm64.h"

struct registers { /* as start.S stores them */
	uint64_t x[31], sp, pc, pstate, syndrome, address, vector, pad;
};
CAIRN_STATIC_ASSERT(sizeof(struct registers) == 304, "start.S");

enum { CLASS_SHIFT = 26, DATA_ABORT = 0x25, PAGE_BYTES = 4096 };

static const char *name_of(uint64_t class)
{
	switch (class) {
	case 0x00:
		return "undefined instruction";
	case 0x07:
		return "floating point";
	case 0x15:
		return "system call";
	case 0x16:
		return "hypervisor call";
	case 0x20:
	case 0x21:
		return "instruction abort";
	case 0x22:
		return "misaligned PC";
	case 0x24:
	case DATA_ABORT:
		return "data abort";
	case 0x26:
		return "misaligned SP";
	case 0x3c:
		return "breakpoint";
	default:
		return "exception";
	}
}

void fw_arm64_trap(const struct registers *r) __attribute__((noreturn));

void fw_arm64_trap(const struct registers *r)
{
	static bool is_second; /* what is printed on may be what is wrong */
	uint64_t class = r->syndrome >> CLASS_SHIFT & 0x3f;
	bool is_full = class == DATA_ABORT && r->address - (uintptr_t)fw_stack_guard < PAGE_BYTES;

	if (is_second)
		fw_arch_halt();
	is_second = true;
	fw_print("\ncairn-fw: %s (vector %lu, syndrome %lx) at %016lx, in the image at %lx\n",
		 r->vector % 4 ? "interrupt or error" : name_of(class), r->vector, r->syndrome,
		 r->pc, r->pc - (uintptr_t)fw_text_start);
	for (uint32_t i = 0; i < 30; i += 3)
		fw_print("x%-2u %016lx x%-2u %016lx x%-2u %016lx\n", i, r->x[i], i + 1, r->x[i + 1],
			 i + 2, r->x[i + 2]);
	fw_print("x30 %016lx sp  %016lx far %016lx\n", r->x[30], r->sp, r->address);
	fw_print("pstate %lx%s\n", r->pstate, is_full ? "; the firmware's stack is full" : "");
	fw_arch_halt();
}
