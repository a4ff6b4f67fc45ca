/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_regs_test.c - registers of an aarch64 vcpu: by name, by word, and all of them. */
#include "guest_asm.h"

#include <stdlib.h>

static void registers_of_every_place_read_back(void **state)
{
	const struct cairn_hv_reg set[] = {
		{ CAIRN_HV_ARM64_X(0), 0x1122334455667788 },
		{ CAIRN_HV_ARM64_X(30), 30 },
		{ CAIRN_HV_ARM64_SP_EL0, 0x7000 },
		{ CAIRN_HV_ARM64_PC, 0x123450 },
		{ CAIRN_HV_ARM64_PSTATE, 0x3c5 },
		{ CAIRN_HV_ARM64_SP_EL1, 0x6000 },
		{ CAIRN_HV_ARM64_ELR_EL1, 0x5000 },
		{ CAIRN_HV_ARM64_SPSR_EL1, 0x3c4 },
		{ CAIRN_HV_ARM64_FPSR, 0x08000000 },
		{ CAIRN_HV_ARM64_FPCR, 0x00400000 },
		{ CAIRN_HV_ARM64_V(0, 0), 0x0101010101010101 },
		{ CAIRN_HV_ARM64_V(0, 1), 0x0202020202020202 },
		{ CAIRN_HV_ARM64_V(31, 1), 0x3131313131313131 },
		{ CAIRN_HV_ARM64_VBAR_EL1, 0x2000 },
		{ CAIRN_HV_ARM64_TTBR0_EL1, 0x4000 },
		{ CAIRN_HV_ARM64_CNTV_CVAL_EL0, 0x123456789 },
	};
	struct cairn_hv_reg get[CAIRN_ARRAY_LEN(set)];
	struct guest g = guest_open(1, guest_lines, &guest_hello);

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(set); i++)
		get[i] = (struct cairn_hv_reg){ set[i].id, 0 };
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], set, CAIRN_ARRAY_LEN(set)), 0);
	assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], get, CAIRN_ARRAY_LEN(set)), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(set); i++)
		assert_int_equal(get[i].value, set[i].value);
	guest_close(&g);
}

static void setting_half_a_vector_keeps_the_other(void **state)
{
	const struct cairn_hv_reg both[] = { { CAIRN_HV_ARM64_V(5, 1), 0x11 },
					     { CAIRN_HV_ARM64_V(5, 0), 0x22 } };
	const struct cairn_hv_reg other[] = { { CAIRN_HV_ARM64_V(6, 0), 0x44 },
					      { CAIRN_HV_ARM64_V(6, 1), 0x55 } };
	const struct cairn_hv_reg half = { CAIRN_HV_ARM64_V(5, 0), 0x33 };
	struct guest g = guest_open(1, 0, &guest_hello);

	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], both, 2), 0);
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], other, 2), 0);
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &half, 1), 0);
	assert_int_equal(guest_reg(g.vcpu[0], CAIRN_HV_ARM64_V(5, 0)), 0x33);
	assert_int_equal(guest_reg(g.vcpu[0], CAIRN_HV_ARM64_V(5, 1)), 0x11);
	guest_close(&g);
}

/* KVM has these two under each other's numbers. */
static void counter_and_comparator_are_told_apart(void **state)
{
	const struct cairn_hv_reg cval = { CAIRN_HV_ARM64_CNTV_CVAL_EL0, UINT64_MAX };
	struct guest g = guest_open(1, guest_lines, &guest_hello);
	uint64_t before;

	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &cval, 1), 0);
	before = guest_reg(g.vcpu[0], CAIRN_HV_ARM64_CNTVCT_EL0);
	assert_true(before < UINT64_MAX / 2);
	while (guest_reg(g.vcpu[0], CAIRN_HV_ARM64_CNTVCT_EL0) == before)
		;
	assert_true(guest_reg(g.vcpu[0], CAIRN_HV_ARM64_CNTV_CVAL_EL0) == UINT64_MAX);
	guest_close(&g);
}

static void unknown_registers_change_nothing(void **state)
{
	static const uint64_t unknown[] = {
		CAIRN_HV_ARM64_N_GENERAL,
		CAIRN_HV_ARM64_FIRST_V - 1,
		CAIRN_HV_ARM64_END_V,
		CAIRN_HV_ARM64_FIRST_SYS - 1,
		CAIRN_HV_ARM64_END_SYS,
		UINT64_C(0x2030000000100000), /* another architecture's */
		UINT64_C(0x6030000100100000), /* second word of a register that has one */
		UINT64_C(0x60a0000000150000), /* 8192 bits */
		UINT64_MAX,
	};
	struct guest g = guest_open(1, 0, &guest_hello);

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(unknown); i++) {
		struct cairn_hv_reg r[] = { { CAIRN_HV_ARM64_PC, 0x999 }, { unknown[i], 1 } };

		assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], r, 2), -EINVAL);
		assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], r, 2), -EINVAL);
	}
	assert_int_equal(guest_reg(g.vcpu[0], CAIRN_HV_ARM64_PC), GUEST_CODE_AT);
	guest_close(&g);
}

static void a_register_that_the_vcpu_has_not_is_not_supported(void **state)
{
	struct cairn_hv_reg r = { CAIRN_HV_ARM64_SYS(3, 7, 15, 15, 7), 1 };
	struct guest g = guest_open(1, 0, &guest_hello);

	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &r, 1), -ENOTSUP);
	assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], &r, 1), -ENOTSUP);
	guest_close(&g);
}

static void every_vcpu_has_the_affinity_that_its_id_says(void **state)
{
	static const uint32_t ids[] = { 0, 1, 15, 16, 33, 63 };
	struct cairn_vm *vm = guest_vm(1, 0);
	uint32_t n = (uint32_t)cairn_hv_cap(vm, CAIRN_HV_MAX_VCPUS); /* 8 with a GICv2 */

	cairn_hv_close(vm);
	n = n < 64 ? n : 64;
	vm = guest_vm(n, 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ids); i++) {
		struct cairn_vcpu *v;

		if (ids[i] >= n)
			break;
		assert_int_equal(cairn_hv_vcpu_open(vm, ids[i], &v), 0);
		assert_true((guest_reg(v, CAIRN_HV_ARM64_MPIDR_EL1) & 0xffffff) ==
			    cairn_hv_arm64_mpidr(ids[i]));
		cairn_hv_vcpu_close(v);
	}
	cairn_hv_close(vm);
}

static void the_list_has_every_register_once(void **state)
{
	struct guest g = guest_open(1, guest_lines, &guest_hello);
	uint64_t few[3] = { 0 }, *ids;
	int n = cairn_hv_vcpu_list_regs(g.vcpu[0], NULL, 0), named = 0;

	assert_in_range(n, 100, 10000);
	ids = calloc((size_t)n + 1, sizeof(*ids));
	assert_non_null(ids);
	ids[n] = 4711;
	assert_int_equal(cairn_hv_vcpu_list_regs(g.vcpu[0], ids, (size_t)n), n);
	assert_int_equal(ids[n], 4711);
	assert_int_equal(cairn_hv_vcpu_list_regs(g.vcpu[0], few, 2), n);
	assert_true(few[1] == ids[1] && few[2] == 0);
	for (int i = 0; i < n; i++) {
		named += ids[i] == CAIRN_HV_ARM64_X(0) || ids[i] == CAIRN_HV_ARM64_PC ||
			 ids[i] == CAIRN_HV_ARM64_FPCR || ids[i] == CAIRN_HV_ARM64_V(31, 1) ||
			 ids[i] == CAIRN_HV_ARM64_TCR_EL1 || ids[i] == CAIRN_HV_ARM64_CNTVCT_EL0;
		for (int j = 0; j < i; j++)
			assert_true(ids[i] != ids[j]);
	}
	assert_int_equal(named, 6);
	free(ids);
	guest_close(&g);
}

/* What one vcpu was in the middle of, another goes on with. */
static void all_registers_saved_and_loaded_make_the_same_vcpu(void **state)
{
	struct guest g = guest_open(1, guest_lines, &guest_mmio);
	struct cairn_hv_reg *saved, *again;
	size_t len, len_again;

	guest_expect_mmio(&g, 0x9000, 2, 0x1234);
	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	cairn_le_store(g.e->data, 2, 0x5678);
	cairn_hv_vcpu_kick(g.vcpu[0]);
	guest_run(&g, CAIRN_HV_EXIT_KICKED);
	saved = (void *)guest_state(g.vcpu[0], &len);
	guest_close(&g);
	g = guest_open(1, guest_lines, &guest_mmio);
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], saved, len / sizeof(*saved)), 0);
	again = (void *)guest_state(g.vcpu[0], &len_again);
	assert_int_equal(len, len_again);
	assert_memory_equal(saved, again, len);
	guest_expect_mmio(&g, 0x9008, 4, 0x89abcdef);
	guest_expect_mmio(&g, 0x900c, 1, 0x78);
	guest_run(&g, CAIRN_HV_EXIT_OFF);
	guest_close(&g);
	free(saved);
	free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_of_every_place_read_back),
		cmocka_unit_test(setting_half_a_vector_keeps_the_other),
		cmocka_unit_test(counter_and_comparator_are_told_apart),
		cmocka_unit_test(unknown_registers_change_nothing),
		cmocka_unit_test(a_register_that_the_vcpu_has_not_is_not_supported),
		cmocka_unit_test(every_vcpu_has_the_affinity_that_its_id_says),
		cmocka_unit_test(the_list_has_every_register_once),
		cmocka_unit_test(all_registers_saved_and_loaded_make_the_same_vcpu),
	};

	if (!guest_has_kvm())
		return GUEST_TEST_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
