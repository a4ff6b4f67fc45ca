/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* x86_64.c - the fake as KVM on x86_64. */
#include <cairn/hv_x86_64.h>

#include "fake_.h"

static const int caps[CAIRN_HV_N_CAPS] = {
	[CAIRN_HV_MAX_VCPUS] = 512,  [CAIRN_HV_GPA_BITS] = 46,     [CAIRN_HV_MEM_SLOTS] = 509,
	[CAIRN_HV_MEM_LATE] = 1,     [CAIRN_HV_MEM_LEND] = 1,      [CAIRN_HV_MEM_READONLY] = 1,
	[CAIRN_HV_LINES] = 24,       [CAIRN_HV_MSI] = 4072,        [CAIRN_HV_IRQ_LATE] = 1,
	[CAIRN_HV_IRQ_RESAMPLE] = 1, [CAIRN_HV_DOORBELL_LATE] = 1, [CAIRN_HV_DOORBELL_MATCH] = 1,
	[CAIRN_HV_DOORBELL_PIO] = 1, [CAIRN_HV_BOOT_REGS] = 2,     [CAIRN_HV_REG_LIST] = 1,
};

/* The last two segments have base and limit only. */
static const struct fake_reg_range regs[] = {
	{ CAIRN_HV_X86_RAX, CAIRN_HV_X86_RFLAGS },
	{ CAIRN_HV_X86_CR0, CAIRN_HV_X86_APIC_BASE },
	{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_CS, 0),
	  CAIRN_HV_X86_SEG(CAIRN_HV_X86_LDT, CAIRN_HV_X86_ATTR) },
	{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_GDTR, 0),
	  CAIRN_HV_X86_SEG(CAIRN_HV_X86_GDTR, CAIRN_HV_X86_LIMIT) },
	{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_IDTR, 0),
	  CAIRN_HV_X86_SEG(CAIRN_HV_X86_IDTR, CAIRN_HV_X86_LIMIT) },
	{ CAIRN_HV_X86_MSR(CAIRN_HV_X86_MSR_MISC_ENABLE),
	  CAIRN_HV_X86_MSR(CAIRN_HV_X86_MSR_MISC_ENABLE) },
	{ CAIRN_HV_X86_MSR(CAIRN_HV_X86_MSR_MTRR_DEF_TYPE),
	  CAIRN_HV_X86_MSR(CAIRN_HV_X86_MSR_MTRR_DEF_TYPE) },
};

void cairn_hv_fake_x86_64_init_(struct fake_vm *f)
{
	memcpy(f->caps, caps, sizeof(f->caps));
	f->reg_ranges = regs;
	f->n_reg_ranges = CAIRN_ARRAY_LEN(regs);
}
