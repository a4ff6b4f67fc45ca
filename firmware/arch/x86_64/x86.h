/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* x86.h - what the files of this folder share. */
#ifndef FW_X86_H
#define FW_X86_H

#include <fw/arch.h>

struct x86_cpuid {
	uint32_t a, b, c, d;
};

static inline struct x86_cpuid x86_cpuid(uint32_t leaf, uint32_t sub)
{
	struct x86_cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
			 : "a"(leaf), "c"(sub));
	return r;
}

static inline __attribute__((always_inline)) uint64_t x86_rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline __attribute__((always_inline)) void x86_wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

#define X86_MSR_EFER 0xc0000080u
#define X86_EFER_NXE (UINT64_C(1) << 11)
#define X86_FOUR_GIB (UINT64_C(1) << 32)
#define X86_BELOW_4G (X86_FOUR_GIB - 1)

/* start.S */
extern uint64_t fw_x86_pml4[512], fw_x86_gdt[6];
extern const uint8_t fw_x86_vectors[];

/* Exceptions are printed from now on. */
void x86_traps_init(void);
/* What the processor can do: before anything is mapped, or looked at in memory. */
void x86_paging_start(void);
/* The page tables that last: all RAM, the image W^X, the guard page. Returns 0, -ENOMEM, -EINVAL.
 */
CAIRN_MUST_USE int x86_paging_init(void);
/* Finds out how fast the time stamp counter is. pm_timer: a port, or 0. */
void x86_calibrate(uint16_t pm_timer);

#endif
