/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Exceptions: the registers are printed, and that is the end. Intel SDM 3A, chapter 6. */
#include <fw/console.h>

#include "../image.h"
#include "x86.h"

enum { VECTORS = 32, CODE64 = 0x10, TSS = 0x20, STACK_BYTES = 8192, VECTOR_BYTES = 16 };

struct gate { /* 6.14.1 */
	uint16_t offset_0, selector;
	uint8_t ist, type;
	uint16_t offset_16;
	uint32_t offset_32, reserved;
};

struct tss { /* 7.7 */
	uint32_t reserved;
	uint64_t rsp[3], reserved2, ist[7], reserved3;
	uint16_t reserved4, io_map;
} __attribute__((packed));

struct pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

struct registers { /* as start.S pushes them */
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

static struct gate idt[VECTORS];
static struct tss tss;
/* One of their own: the firmware's stack may be what is wrong. */
static uint8_t trap_stack[STACK_BYTES] __attribute__((aligned(16)));

void fw_x86_trap(const struct registers *r) __attribute__((noreturn));

void fw_x86_trap(const struct registers *r)
{
	static const char *const names[VECTORS] = {
		[0] = "division",
		[2] = "NMI",
		[3] = "breakpoint",
		[6] = "invalid opcode",
		[8] = "double fault",
		[12] = "stack",
		[13] = "general protection",
		[14] = "page fault",
		[18] = "machine check",
	};
	const char *name = r->vector < VECTORS && names[r->vector] ? names[r->vector] : "exception";
	uint64_t cr2, cr3;

	__asm__ volatile("mov %%cr2, %0; mov %%cr3, %1" : "=r"(cr2), "=r"(cr3));
	fw_print("\ncairn-fw: %s (vector %lu, error %lx) at %lx:%016lx\n", name, r->vector,
		 r->error, r->cs, r->rip);
	fw_print("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	fw_print("rsi %016lx rdi %016lx rbp %016lx rsp %016lx\n", r->rsi, r->rdi, r->rbp, r->rsp);
	fw_print("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", r->r8, r->r9, r->r10, r->r11);
	fw_print("r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", r->r12, r->r13, r->r14, r->r15);
	fw_print("cr2 %016lx cr3 %016lx flags %lx%s\n", cr2, cr3, r->rflags,
		 cr2 - (uintptr_t)fw_stack_guard < 4096 && r->vector == 14
		     ? "; the firmware's stack is full"
		     : "");
	fw_arch_halt();
}

static void load_tss(void)
{
	uint64_t base = (uintptr_t)&tss;

	tss.ist[0] = (uintptr_t)trap_stack + sizeof(trap_stack);
	tss.io_map = sizeof(tss);
	fw_x86_gdt[4] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | UINT64_C(0x89) << 40 |
			(base >> 24 & 0xff) << 56;
	fw_x86_gdt[5] = base >> 32;
	__asm__ volatile("ltr %w0" ::"r"(TSS) : "memory");
}

void x86_traps_init(void)
{
	const struct pointer p = { sizeof(idt) - 1, (uintptr_t)idt };

	load_tss();
	for (uint32_t i = 0; i < VECTORS; i++) {
		uint64_t at = (uintptr_t)fw_x86_vectors + i * VECTOR_BYTES;

		idt[i] = (struct gate){ .offset_0 = (uint16_t)at,
					.selector = CODE64,
					.ist = 1,
					.type = 0x8e, /* interrupt gate, present */
					.offset_16 = (uint16_t)(at >> 16),
					.offset_32 = (uint32_t)(at >> 32) };
	}
	__asm__ volatile("lidt %0" ::"m"(p) : "memory");
}
