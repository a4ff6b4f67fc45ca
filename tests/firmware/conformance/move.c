/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "move.h"

/* A table of the top level of our own; below it, all is shared with the firmware's. */
static uint64_t top[512] __attribute__((aligned(4096)));

#if defined(__x86_64__)
static uint64_t *present_top(void)
{
	uint64_t cr3;

	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	return (uint64_t *)(uintptr_t)(cr3 & UINT64_C(0xffffffffff000));
}

void make_moved_addresses(void)
{
	memcpy(top, present_top(), sizeof(top));
	top[256] = top[0];
	__asm__ volatile("cli; mov %0, %%cr3" ::"r"((uint64_t)(uintptr_t)top) : "memory");
}

void go_to_moved_addresses(void (*fn)(void *context), void *context)
{
	void (*there)(void *) = (void (*)(void *))moved((void *)(uintptr_t)fn);
	uint64_t *first = moved(top);

	__asm__ volatile("add %0, %%rsp\n"
			 "	lea 1f(%%rip), %%rax\n"
			 "	add %0, %%rax\n"
			 "	jmp *%%rax\n"
			 "1:	movq $0, (%1)\n"
			 "	mov %%cr3, %%rax\n"
			 "	mov %%rax, %%cr3\n"
			 "	and $-16, %%rsp\n"
			 "	sub $32, %%rsp\n"
			 "	mov %3, %%rcx\n"
			 "	call *%2\n"
			 "	ud2\n" ::"r"(MOVED_BY),
			 "r"(first), "r"(there), "r"(context)
			 : "rax", "rcx", "memory");
	__builtin_unreachable();
}
#else
/* Addresses of 48 bits, pages of 4 KiB: both firmwares have four levels. */
void make_moved_addresses(void)
{
	uint64_t ttbr;

	__asm__ volatile("mrs %0, ttbr0_el1" : "=r"(ttbr));
	memcpy(top, (const void *)(uintptr_t)(ttbr & UINT64_C(0xfffffffff000)), sizeof(top));
	top[256] = top[0];
	__asm__ volatile("msr daifset, #15\n"
			 "	dsb ishst\n"
			 "	msr ttbr0_el1, %0\n"
			 "	isb\n"
			 "	tlbi vmalle1\n"
			 "	dsb nsh\n"
			 "	isb\n" ::"r"((uint64_t)(uintptr_t)top)
			 : "memory");
}

void go_to_moved_addresses(void (*fn)(void *context), void *context)
{
	void (*there)(void *) = (void (*)(void *))moved((void *)(uintptr_t)fn);
	uint64_t *first = moved(top);

	__asm__ volatile("add sp, sp, %0\n"
			 "	adr x9, 1f\n"
			 "	add x9, x9, %0\n"
			 "	br x9\n"
			 "1:	str xzr, [%1]\n"
			 "	dsb ishst\n"
			 "	tlbi vmalle1\n"
			 "	dsb nsh\n"
			 "	isb\n"
			 "	mov x29, xzr\n"
			 "	mov x0, %3\n"
			 "	blr %2\n"
			 "	brk #0\n" ::"r"(MOVED_BY),
			 "r"(first), "r"(there), "r"(context)
			 : "x0", "x9", "memory");
	__builtin_unreachable();
}
#endif
