/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hv_x86_64.h - what hv.h leaves to the architecture: register ids, and the machine's configuration
 * that a hypervisor must know before its first vcpu.
 */
#ifndef CAIRN_HV_X86_64_H
#define CAIRN_HV_X86_64_H

#include <cairn/hv.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * General and control registers. Segments: CAIRN_HV_X86_SEG(which, field); the GDTR and IDTR have
 * BASE and LIMIT only. Model-specific registers: CAIRN_HV_X86_MSR(number).
 */
enum cairn_hv_x86_reg {
	CAIRN_HV_X86_RAX,
	CAIRN_HV_X86_RBX,
	CAIRN_HV_X86_RCX,
	CAIRN_HV_X86_RDX,
	CAIRN_HV_X86_RSI,
	CAIRN_HV_X86_RDI,
	CAIRN_HV_X86_RSP,
	CAIRN_HV_X86_RBP,
	CAIRN_HV_X86_R8,
	CAIRN_HV_X86_R9,
	CAIRN_HV_X86_R10,
	CAIRN_HV_X86_R11,
	CAIRN_HV_X86_R12,
	CAIRN_HV_X86_R13,
	CAIRN_HV_X86_R14,
	CAIRN_HV_X86_R15,
	CAIRN_HV_X86_RIP,
	CAIRN_HV_X86_RFLAGS,
	CAIRN_HV_X86_N_GENERAL,
	CAIRN_HV_X86_CR0 = 0x100,
	CAIRN_HV_X86_CR2,
	CAIRN_HV_X86_CR3,
	CAIRN_HV_X86_CR4,
	CAIRN_HV_X86_CR8,
	CAIRN_HV_X86_EFER,
	CAIRN_HV_X86_APIC_BASE,
	CAIRN_HV_X86_END_CONTROL,
	CAIRN_HV_X86_FIRST_SEG = 0x200, /* … + which * 4 + field */
};

/* APIC_BASE: the local APIC is an x2APIC, as it must be where a kernel is told of ids over 254. */
enum { CAIRN_HV_X86_APIC_BASE_X2APIC = 1 << 10 };

enum cairn_hv_x86_seg {
	CAIRN_HV_X86_CS,
	CAIRN_HV_X86_DS,
	CAIRN_HV_X86_ES,
	CAIRN_HV_X86_FS,
	CAIRN_HV_X86_GS,
	CAIRN_HV_X86_SS,
	CAIRN_HV_X86_TR,
	CAIRN_HV_X86_LDT,
	CAIRN_HV_X86_GDTR,
	CAIRN_HV_X86_IDTR,
	CAIRN_HV_X86_N_SEGS,
};

enum cairn_hv_x86_seg_field {
	CAIRN_HV_X86_BASE,
	CAIRN_HV_X86_LIMIT, /* in bytes, last valid offset, whatever the granularity */
	CAIRN_HV_X86_SELECTOR,
	CAIRN_HV_X86_ATTR, /* the bits below */
};

/* Attributes: bits 8 to 23 of a descriptor's second word, moved to 0 (SDM 3A, 3.4.5). */
enum cairn_hv_x86_attr {
	CAIRN_HV_X86_ATTR_TYPE = 0xf,
	CAIRN_HV_X86_ATTR_S = 1u << 4, /* code or data */
	CAIRN_HV_X86_ATTR_DPL = 3u << 5,
	CAIRN_HV_X86_ATTR_P = 1u << 7,
	CAIRN_HV_X86_ATTR_AVL = 1u << 12,
	CAIRN_HV_X86_ATTR_L = 1u << 13,
	CAIRN_HV_X86_ATTR_DB = 1u << 14,
	CAIRN_HV_X86_ATTR_G = 1u << 15, /* may be read back as the limit implies */
	CAIRN_HV_X86_ATTR_UNUSABLE = 1u << 16,
};

#define CAIRN_HV_X86_SEG(which, field)                                                             \
	((uint64_t)CAIRN_HV_X86_FIRST_SEG + (uint64_t)(which)*4 + (uint64_t)(field))
#define CAIRN_HV_X86_MSR_FLAG    (UINT64_C(1) << 32)
#define CAIRN_HV_X86_MSR(number) (CAIRN_HV_X86_MSR_FLAG | (uint32_t)(number))

enum cairn_hv_x86_msr {
	CAIRN_HV_X86_MSR_MISC_ENABLE = 0x1a0,
	CAIRN_HV_X86_MSR_MTRR_DEF_TYPE = 0x2ff,
};

/*
 * What firmware leaves behind on every processor and a kernel that is started directly expects:
 * memory is write-back by default, fast string operations are on. Set on each vcpu.
 */
enum { CAIRN_HV_X86_N_BOOT_MSRS = 2 };
extern const struct cairn_hv_reg cairn_hv_x86_boot_msrs[CAIRN_HV_X86_N_BOOT_MSRS];

/*
 * Four pages below 4 GiB that the hypervisor may need for itself (identity map, TSS). The machine
 * puts neither memory nor a device there, and tells the guest that they are reserved.
 */
enum { CAIRN_HV_X86_RESERVED_LEN = 4 * CAIRN_HV_PAGE };
#define CAIRN_HV_X86_RESERVED_AT UINT64_C(0xfeffc000)

/*
 * The usual lines of the PC's interrupt controllers: 0 … 15 reach both PICs and the I/O APIC, whose
 * registers are the hypervisor's. With more than 255 vcpus there are no PICs, and messages and the
 * I/O APIC take destinations of 15 bits (bits 11 to 5 of an address, 55 to 49 of an entry).
 */
enum { CAIRN_HV_X86_LINES = 24 };
#define CAIRN_HV_X86_IOAPIC_AT UINT64_C(0xfec00000)

struct cairn_hv_x86_64 {
	/*
	 * 1 (or 0) or 2; divides max_vcpus. CPUID tells of one package with max_vcpus threads, and
	 * the APIC id of each is its vcpu id.
	 */
	uint8_t threads_per_core;
	bool pit; /* an 8254 at ports 0x40 … 0x43 and 0x61, on line 0; at most 255 vcpus */
};

#ifdef __cplusplus
}
#endif
#endif
