/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* x86_64.c - register tables of hv_x86_64.h. */
#include <cairn/hv_x86_64.h>

enum {
	MISC_ENABLE_FAST_STRING = 1u << 0, /* SDM 4, table 2-2, 0x1a0 */
	MTRR_ENABLE = 1u << 11,            /* SDM 3A, 12.11.2.1 */
	MTRR_WRITE_BACK = 6,
};

const struct cairn_hv_reg cairn_hv_x86_boot_msrs[CAIRN_HV_X86_N_BOOT_MSRS] = {
	{ CAIRN_HV_X86_MSR(CAIRN_HV_X86_MSR_MISC_ENABLE), MISC_ENABLE_FAST_STRING },
	{ CAIRN_HV_X86_MSR(CAIRN_HV_X86_MSR_MTRR_DEF_TYPE), MTRR_ENABLE | MTRR_WRITE_BACK },
};
