/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* guest.c - see ../guest_test.h. */
#include "guest_asm.h"

#include <stdlib.h>

/* as large a page as a host may have */
_Alignas(0x10000) unsigned char guest_mem[GUEST_MEM];

const enum cairn_hv_exit_kind guest_end = CAIRN_HV_EXIT_OFF;
const uint64_t guest_pc = CAIRN_HV_ARM64_PC, guest_answer = CAIRN_HV_ARM64_X(0);
const uint64_t guest_pc_parked = 0;
const uint32_t guest_lines = 64;

GUEST(, mmio,
      "mov x1, #0x9000\n"
      "mov w0, #0x1234\n"
      "strh w0, [x1]\n"
      "ldrh w0, [x1, #4]\n"
      "ldr w2, =0x89abcdef\n"
      "str w2, [x1, #8]\n"
      "strb w0, [x1, #12]\n" PSCI_SYSTEM_OFF ".ltorg");

GUEST(, hello,
      "mov x1, #0x9000\n"
      "mov w0, #1\n"
      "strb w0, [x1]\n"
      "b .");

GUEST(, loop, "b .");

GUEST(, readonly,
      "mov x1, #0x8000\n"
      "mov x2, #0x9000\n"
      "mov w0, #7\n"
      "strb w0, [x1]\n"
      "ldrb w0, [x1, #1]\n"
      "strb w0, [x2]\n"
      "b .");

GUEST(, watch,
      "mov x1, #0x8000\n"
      "mov x2, #0x9000\n"
      "1: ldrb w0, [x1]\n"
      "cmp w0, #0x11\n"
      "b.eq 1b\n"
      "strb w0, [x2]\n"
      "b 1b");

GUEST(, bell,
      "mov x1, #0x9050\n"
      "mov x2, #0x9060\n"
      "mov w0, #1\n"
      "strh w0, [x1]\n"
      "mov w0, #2\n"
      "strh w0, [x1]\n"
      "mov w0, #7\n"
      "strh w0, [x2]\n"
      "strb w0, [x2]\n"
      "ldrh w0, [x1]\n"
      "b .");

/* CPU_ON of affinity 1 at 0x2000, with argument 7. */
GUEST(, smp,
      "mov x1, #1\n"
      "mov x2, #0x2000\n"
      "mov x3, #7\n" PSCI(0xc4000003) "mov x1, #0x9000\n"
				      "mov w0, #1\n"
				      "strb w0, [x1]\n"
				      "b .\n"
				      ".ltorg\n"
				      ".org guest_smp_start + 0x1000\n"
				      "mov x1, #0x9010\n"
				      "strb w0, [x1]\n"
				      "b .");

const void *guest_arch(void)
{
	static const struct cairn_hv_aarch64 c = {
		.gicd = { GUEST_GICD },
		.gicr = { GUEST_GICR },
		.gicc = { GUEST_GICC },
		.its = { GUEST_ITS },
	};

	return &c;
}

void guest_boot_regs(struct cairn_vcpu *v)
{
	const struct cairn_hv_reg regs[] = {
		{ CAIRN_HV_ARM64_PC, GUEST_CODE_AT },
		{ CAIRN_HV_ARM64_SP_EL1, 0x7000 },
	};

	assert_int_equal(cairn_hv_vcpu_set_regs(v, regs, CAIRN_ARRAY_LEN(regs)), 0);
}

static bool is_clock(uint64_t id)
{
	return id == CAIRN_HV_ARM64_CNTVCT_EL0 || id == CAIRN_HV_ARM64_SYS(3, 3, 14, 0, 1);
}

unsigned char *guest_state(struct cairn_vcpu *v, size_t *ret_len)
{
	int n = cairn_hv_vcpu_list_regs(v, NULL, 0);
	struct cairn_hv_reg *regs;
	uint64_t *ids;

	assert_true(n > 100);
	ids = calloc((size_t)n, sizeof(*ids));
	regs = calloc((size_t)n, sizeof(*regs));
	assert_true(ids && regs);
	assert_int_equal(cairn_hv_vcpu_list_regs(v, ids, (size_t)n), n);
	for (int i = 0; i < n; i++)
		regs[i].id = ids[i];
	assert_int_equal(cairn_hv_vcpu_get_regs(v, regs, (size_t)n), 0);
	for (int i = 0; i < n; i++)
		if (is_clock(ids[i]))
			regs[i].value = 0;
	free(ids);
	*ret_len = (size_t)n * sizeof(*regs);
	return (unsigned char *)regs;
}
