/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_arm64_test.c - configuration, PSCI, and what else only aarch64 has. */
#include "guest_asm.h"

#include <stdlib.h>

#include <cairn/hv_ops.h>

static int open_arm64(uint32_t max_vcpus, uint32_t n_lines, struct cairn_hv_aarch64 a)
{
	struct cairn_hv_vm_config c = guest_config(max_vcpus, n_lines);
	struct cairn_vm *vm = NULL;
	struct cairn_err err = { 0 };
	int rc;

	c.arch = &a;
	rc = cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, &err);
	assert_int_equal(rc, -err.code);
	assert_true(rc == 0 || err.what);
	cairn_hv_close(vm);
	return rc;
}

static struct cairn_hv_aarch64 arch(void)
{
	return *(const struct cairn_hv_aarch64 *)guest_arch();
}

static void the_machine_must_make_sense(void **state)
{
	struct cairn_hv_aarch64 a = arch();

	assert_int_equal(open_arm64(1, 1, a), 0);
	assert_int_equal(open_arm64(1, CAIRN_HV_ARM64_LINES, a), 0);
	assert_int_equal(open_arm64(1, CAIRN_HV_ARM64_LINES + 1, a), -EINVAL);
	a.gic = 4;
	assert_int_equal(open_arm64(1, 64, a), -EINVAL);
	a = arch(), a.gicd.v = 0;
	assert_int_equal(open_arm64(1, 64, a), -EINVAL);
	assert_int_equal(open_arm64(1, 0, a), 0);
	a = arch(), a.gicd.v += 0x1000;
	assert_int_equal(open_arm64(1, 64, a), -EINVAL);
	a = arch(), a.gicr.v = a.gicc.v = 0;
	assert_int_equal(open_arm64(1, 64, a), -EINVAL);
	a = arch(), a.gpa_bits = 31;
	assert_int_equal(open_arm64(1, 64, a), -EINVAL);
	a = arch(), a.gpa_bits = 53;
	assert_int_equal(open_arm64(1, 64, a), -EINVAL);
}

/* Whichever the host has: it is told, asked for by number it is the same, the other is not had. */
static void the_gic_is_the_newest_that_the_host_has(void **state)
{
	struct cairn_hv_aarch64 a = arch();
	struct cairn_vm *vm = guest_vm(1, guest_lines), *none = guest_vm(1, 0);
	int gic = cairn_hv_cap(vm, CAIRN_HV_GIC);

	assert_in_range(gic, 2, 3);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_ITS), gic == 3);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_MSI_DEVID), gic == 3);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_MSI) > 0, gic == 3);
	assert_int_equal(cairn_hv_cap(none, CAIRN_HV_GIC), 0);
	cairn_hv_close(vm);
	cairn_hv_close(none);
	a.gic = (uint8_t)gic;
	assert_int_equal(open_arm64(1, 64, a), 0);
	a.its.v += 0x1000;
	assert_int_equal(open_arm64(1, 64, a), gic == 3 ? -EINVAL : 0);
	if (gic == 2) {
		a.gic = 3;
		assert_int_equal(open_arm64(1, 64, a), -ENOTSUP);
	}
}

static void as_many_vcpus_as_the_gic_serves(void **state)
{
	struct cairn_vm *vm = guest_vm(1, guest_lines);
	int gic = cairn_hv_cap(vm, CAIRN_HV_GIC);

	assert_true(gic == 2 || cairn_hv_cap(vm, CAIRN_HV_MAX_VCPUS) >= 64);
	cairn_hv_close(vm);
	assert_int_equal(open_arm64(64, 64, arch()), gic == 3 ? 0 : -EINVAL);
	assert_int_equal(open_arm64(8, 64, arch()), 0);
	assert_int_equal(open_arm64(9, 64, arch()), gic == 3 ? 0 : -EINVAL);
}

/* GICR_TYPER of the 64th (Arm IHI 0069, 12.11.37), 8 bytes. */
GUEST(static, typer,
      "ldr x1, =0x8e0008\n"
      "ldr x0, [x1]\n"
      "mov x1, #0x9000\n"
      "str x0, [x1]\n"
      "b .\n"
      ".ltorg");

static void every_vcpu_has_its_redistributor(void **state)
{
	struct cairn_vm *vm = guest_vm(1, guest_lines);
	bool is_v2 = cairn_hv_cap(vm, CAIRN_HV_GIC) == 2;
	struct guest g;
	uint64_t typer;

	cairn_hv_close(vm);
	if (is_v2)
		skip();
	assert_int_equal(GUEST_GICR + 63 * CAIRN_HV_ARM64_GICR_LEN + 8, 0x8e0008);
	g = guest_start(guest_vm(64, guest_lines), 1, &guest_typer);
	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	typer = cairn_le_load(g.e->data, 8);
	assert_true(typer >> 32 == cairn_hv_arm64_mpidr(63));
	assert_int_equal(typer >> 8 & 0xffff, 63);
	assert_true(typer & 1u << 4); /* the last */
	guest_close(&g);
}

static void guest_addresses_have_as_many_bits_as_asked(void **state)
{
	const struct cairn_hv_region r = {
		.at = { UINT64_C(1) << 36 }, .len_bytes = GUEST_MEM, .host = guest_mem, .fd = -1
	};
	struct cairn_hv_aarch64 a = arch();
	struct cairn_hv_vm_config c = guest_config(1, 0);
	struct cairn_vm *vm;
	int host;

	a.gpa_bits = 36;
	c.arch = &a;
	assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL), 0);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_GPA_BITS), 36);
	assert_int_equal(cairn_hv_mem_add(vm, &r), -EINVAL);
	assert_true(cairn_hv_kvm_ops.mem_add(vm, &r) < 0); /* nor does KVM take it */
	cairn_hv_close(vm);
	vm = guest_vm(1, 0);
	host = cairn_hv_cap(vm, CAIRN_HV_GPA_BITS);
	assert_true(host > 36);
	assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	cairn_hv_close(vm);
	a.gpa_bits = (uint8_t)(host + 1);
	assert_int_equal(open_arm64(1, 0, a), host < 52 ? -ENOTSUP : -EINVAL);
}

/* PSCI_VERSION */
GUEST(static, version,
      PSCI(0x84000000) "mov x1, #0x9000\n"
		       "str w0, [x1]\n"
		       "b .\n"
		       ".ltorg");

static void the_guest_finds_the_psci_that_is_told(void **state)
{
	struct guest g = guest_open(1, guest_lines, &guest_version);
	int psci = cairn_hv_cap(g.vm, CAIRN_HV_PSCI);

	assert_true(psci >= 2);
	guest_expect_mmio(&g, 0x9000, 4, (uint64_t)psci);
	guest_close(&g);
}

GUEST(static, off, PSCI_SYSTEM_OFF ".ltorg");
GUEST(static, reset, PSCI(0x84000009) ".ltorg");
GUEST(static, reset2, "mov w1, #0x80000001\nmov x2, #0x77\n" PSCI(0xc4000012) ".ltorg");

static void system_calls_of_psci_leave_run(void **state)
{
	struct guest g = guest_open(1, 0, &guest_off);

	guest_run(&g, CAIRN_HV_EXIT_OFF);
	guest_close(&g);
	g = guest_open(1, 0, &guest_reset);
	assert_false(guest_run(&g, CAIRN_HV_EXIT_RESET)->code & CAIRN_HV_ARM64_RESET2);
	guest_close(&g);
	g = guest_open(1, 0, &guest_reset2);
	assert_true(guest_run(&g, CAIRN_HV_EXIT_RESET)->code & CAIRN_HV_ARM64_RESET2);
	assert_int_equal(guest_reg(g.vcpu[0], CAIRN_HV_ARM64_X(1)), 0x80000001);
	assert_int_equal(guest_reg(g.vcpu[0], CAIRN_HV_ARM64_X(2)), 0x77);
	guest_close(&g);
}

/* SYSTEM_SUSPEND to wake at 0x2000 with 0x55; what it answers, or that argument, at 0x9000. */
GUEST(static, suspend,
      "mov x1, #0x2000\n"
      "mov x2, #0x55\n" PSCI(0xc400000e) "mov x1, #0x9000\n"
					 "str x0, [x1]\n"
					 "b .\n"
					 ".ltorg\n"
					 ".org guest_suspend_start + 0x1000\n"
					 "mov x1, #0x9000\n"
					 "strb w0, [x1]\n"
					 "b .");

/* A guest that asked to be suspended; false: this KVM has not that call. */
static bool suspend_guest(bool allowed, struct guest *ret)
{
	struct cairn_hv_aarch64 a = arch();
	struct cairn_hv_vm_config c = guest_config(1, guest_lines);
	struct cairn_vm *vm;
	int rc;

	a.suspend = allowed;
	c.arch = &a;
	rc = cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL);
	if (rc == -ENOTSUP)
		return false;
	assert_int_equal(rc, 0);
	*ret = guest_start(vm, 1, &guest_suspend);
	return true;
}

static void a_suspended_guest_wakes_where_it_said(void **state)
{
	struct guest g;

	if (!suspend_guest(true, &g))
		skip();
	guest_run(&g, CAIRN_HV_EXIT_SUSPEND);
	assert_int_equal(guest_reg(g.vcpu[0], CAIRN_HV_ARM64_X(1)), 0x2000);
	assert_int_equal(guest_reg(g.vcpu[0], CAIRN_HV_ARM64_X(2)), 0x55);
	assert_int_equal(
	    cairn_hv_vcpu_set_regs(g.vcpu[0],
				   (struct cairn_hv_reg[]){ { CAIRN_HV_ARM64_PC, 0x2000 },
							    { CAIRN_HV_ARM64_X(0), 0x55 } },
				   2),
	    0);
	guest_expect_mmio(&g, 0x9000, 1, 0x55);
	guest_close(&g);
}

static void a_suspend_can_be_denied_or_not_be_there(void **state)
{
	const struct cairn_hv_reg denied = { CAIRN_HV_ARM64_X(0), (uint64_t)-3 };
	struct guest g;

	if (!suspend_guest(true, &g))
		skip();
	guest_run(&g, CAIRN_HV_EXIT_SUSPEND);
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &denied, 1), 0);
	guest_expect_mmio(&g, 0x9000, 8, denied.value);
	guest_close(&g);
	assert_true(suspend_guest(false, &g));
	guest_expect_mmio(&g, 0x9000, 8, (uint64_t)-1); /* NOT_SUPPORTED */
	guest_close(&g);
}

/* A pair of registers at once is not told in the syndrome. 0x2200: exceptions; ESR to 0x9010. */
GUEST(static, pair,
      "mov x1, #0x9000\n"
      "mov x0, #0x2000\n"
      "msr vbar_el1, x0\n"
      "isb\n"
      "ldp x2, x3, [x1]\n"
      "mov w0, #0x11\n"
      "strb w0, [x1, #8]\n"
      "b .\n"
      ".org guest_pair_start + 0x1200\n"
      "mrs x0, esr_el1\n"
      "str w0, [x1, #16]\n"
      "b .");

static struct guest pair_guest(void)
{
	struct guest g = guest_open(1, guest_lines, &guest_pair);

	guest_run(&g, CAIRN_HV_EXIT_FAULT);
	assert_int_equal(g.e->addr, 0x9000);
	assert_false(g.e->is_write);
	assert_int_equal(g.e->resume, CAIRN_HV_INJECT);
	return g;
}

static void a_fault_ends_as_the_program_says(void **state)
{
	struct guest g = pair_guest();

	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	assert_true(g.e->is_write && g.e->addr == 0x9010);
	assert_int_equal(cairn_le_load(g.e->data, 4) >> 26, 0x25); /* data abort, same level */
	guest_close(&g);
	g = pair_guest();
	g.e->resume = CAIRN_HV_RETRY;
	guest_run(&g, CAIRN_HV_EXIT_FAULT);
	assert_int_equal(g.e->addr, 0x9000);
	g.e->resume = CAIRN_HV_HANDLED;
	guest_expect_mmio(&g, 0x9008, 1, 0x11);
	guest_close(&g);
}

/* PV_TIME_FEATURES of PV_TIME_ST, then PV_TIME_ST itself. */
GUEST(static, steal,
      "ldr w1, =0xc5000021\n" PSCI(0xc5000020) "mov x1, #0x9000\n"
					       "str x0, [x1]\n" PSCI(0xc5000021) "mov x1, #0x9000\n"
										 "str x0, [x1]\n"
										 "b .\n"
										 ".ltorg");

static void steal_time_is_where_it_was_put(void **state)
{
	struct cairn_hv_aarch64 a = arch();
	struct cairn_hv_vm_config c = guest_config(1, guest_lines);
	struct cairn_vm *vm;
	struct guest g;

	a.steal.v = 0x6040;
	c.arch = &a;
	assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL), 0);
	g = guest_start(vm, 1, &guest_steal);
	if (cairn_hv_cap(vm, CAIRN_HV_STEAL_TIME)) {
		guest_expect_mmio(&g, 0x9000, 8, 0);
		guest_expect_mmio(&g, 0x9000, 8, 0x6040);
	} else {
		guest_expect_mmio(&g, 0x9000, 8, UINT64_MAX);
	}
	guest_close(&g);
	g = guest_open(1, guest_lines, &guest_steal);
	assert_int_equal(cairn_hv_cap(g.vm, CAIRN_HV_STEAL_TIME), 0);
	guest_expect_mmio(&g, 0x9000, 8, UINT64_MAX);
	guest_close(&g);
}

static void steal_time_must_be_in_memory(void **state)
{
	const struct cairn_hv_region r = { .len_bytes = GUEST_MEM, .host = guest_mem, .fd = -1 };
	const struct cairn_hv_start s = { 0 };
	struct cairn_hv_aarch64 a = arch();
	struct cairn_hv_vm_config c = guest_config(1, 0);
	struct cairn_err err = { 0 };
	struct cairn_vcpu *v;
	struct cairn_vm *vm;

	a.steal.v = 0x400000;
	c.arch = &a;
	assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL), 0);
	assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	assert_int_equal(cairn_hv_vcpu_open(vm, 0, &v), 0);
	assert_int_equal(cairn_hv_start(vm, &s, &err),
			 cairn_hv_cap(vm, CAIRN_HV_STEAL_TIME) ? -EINVAL : 0);
	cairn_hv_vcpu_close(v);
	cairn_hv_close(vm);
}

/* A field of an id register, 4 bits from shift on, of a vm with this configuration; -1: no vm. */
static int id_field(struct cairn_hv_aarch64 a, uint64_t id, unsigned shift)
{
	struct cairn_hv_vm_config c = guest_config(2, guest_lines);
	struct cairn_vcpu *v;
	struct cairn_vm *vm;
	int rc, field;

	c.arch = &a;
	rc = cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL);
	assert_true(rc == 0 || rc == -ENOTSUP);
	if (rc < 0)
		return -1;
	assert_int_equal(cairn_hv_vcpu_open(vm, 1, &v), 0);
	field = (int)(guest_reg(v, id) >> shift & 0xf);
	cairn_hv_vcpu_close(v);
	cairn_hv_close(vm);
	return field;
}

/* Not asked for, a vcpu has not got it; asked for, it has, or there is no vm. */
static void what_is_not_asked_for_is_not_there(void **state)
{
	struct cairn_hv_aarch64 a = arch();
	int got;

	assert_int_equal(id_field(a, CAIRN_HV_ARM64_ID_PFR0_EL1, 32), 0);
	assert_int_equal(id_field(a, CAIRN_HV_ARM64_ID_ISAR1_EL1, 4), 0);
	assert_int_equal(id_field(a, CAIRN_HV_ARM64_ID_ISAR1_EL1, 8), 0);
	assert_int_equal(id_field(a, CAIRN_HV_ARM64_ID_DFR0_EL1, 8), 0);
	a.sve = true;
	got = id_field(a, CAIRN_HV_ARM64_ID_PFR0_EL1, 32);
	print_message("SVE %d\n", got);
	assert_int_not_equal(got, 0);
	a = arch(), a.pauth = true;
	got = id_field(a, CAIRN_HV_ARM64_ID_ISAR1_EL1, 4); /* APA; else API */
	got = got ? got : id_field(a, CAIRN_HV_ARM64_ID_ISAR1_EL1, 8);
	print_message("pointer authentication %d\n", got);
	assert_int_not_equal(got, 0);
	a = arch(), a.pmu = true;
	got = id_field(a, CAIRN_HV_ARM64_ID_DFR0_EL1, 8);
	print_message("PMU %d\n", got);
	assert_int_not_equal(got, 0);
}

/* Vector length in bytes; or the undefined instruction's ESR, at 0x9010. */
GUEST(static, vectors,
      ".arch armv8-a+sve\n"
      "mov x1, #0x9000\n"
      "mov x0, #0x2000\n"
      "msr vbar_el1, x0\n"
      "mov x0, #3 << 20\n"
      "orr x0, x0, #3 << 16\n"
      "msr cpacr_el1, x0\n"
      "isb\n"
      "rdvl x0, #1\n"
      "ptrue p0.b\n"
      "mov z7.b, #0x5a\n"
      "str x0, [x1]\n"
      "b .\n"
      ".org guest_vectors_start + 0x1200\n"
      "mrs x0, esr_el1\n"
      "str w0, [x1, #16]\n"
      "b .");

static void scalable_vectors_are_saved_with_the_rest(void **state)
{
	struct cairn_hv_aarch64 a = arch();
	struct cairn_hv_vm_config c = guest_config(1, guest_lines);
	unsigned char *saved, *again;
	size_t n_plain, n, n_again;
	struct cairn_vm *vm;
	struct guest g = guest_open(1, guest_lines, &guest_vectors);

	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	assert_int_equal(g.e->addr, 0x9010);
	cairn_hv_vcpu_kick(g.vcpu[0]);
	guest_run(&g, CAIRN_HV_EXIT_KICKED);
	free(guest_state(g.vcpu[0], &n_plain));
	guest_close(&g);
	a.sve = true;
	c.arch = &a;
	if (cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL) == -ENOTSUP)
		skip();
	g = guest_start(vm, 1, &guest_vectors);
	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	assert_int_equal(g.e->addr, 0x9000);
	assert_in_range(cairn_le_load(g.e->data, 8), 16, 256);
	cairn_hv_vcpu_kick(g.vcpu[0]);
	guest_run(&g, CAIRN_HV_EXIT_KICKED);
	saved = guest_state(g.vcpu[0], &n);
	assert_true(n > n_plain);
	guest_close(&g);
	assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL), 0);
	g = guest_start(vm, 1, &guest_loop);
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], (struct cairn_hv_reg *)(void *)saved,
						n / sizeof(struct cairn_hv_reg)),
			 0);
	again = guest_state(g.vcpu[0], &n_again);
	assert_int_equal(n, n_again);
	assert_memory_equal(saved, again, n);
	guest_close(&g);
	free(saved);
	free(again);
}

static void a_pmu_needs_lines_and_a_private_interrupt(void **state)
{
	struct cairn_hv_vm_config c = guest_config(1, guest_lines);
	struct cairn_hv_aarch64 a = arch();
	struct cairn_vm *vm;
	struct guest g;

	a.pmu = true;
	if (open_arm64(2, guest_lines, a) == -ENOTSUP)
		skip();
	c.arch = &a;
	assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL), 0);
	g = guest_start(vm, 1, &guest_hello);
	guest_expect_mmio(&g, 0x9000, 1, 1);
	guest_close(&g);
	assert_int_equal(open_arm64(2, 0, a), -EINVAL);
	a.pmu_intid = 15;
	assert_int_equal(open_arm64(2, guest_lines, a), -EINVAL);
	a.pmu_intid = 32;
	assert_int_equal(open_arm64(2, guest_lines, a), -EINVAL);
	a.pmu_intid = 22;
	assert_int_equal(open_arm64(2, guest_lines, a), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine_must_make_sense),
		cmocka_unit_test(the_gic_is_the_newest_that_the_host_has),
		cmocka_unit_test(as_many_vcpus_as_the_gic_serves),
		cmocka_unit_test(every_vcpu_has_its_redistributor),
		cmocka_unit_test(guest_addresses_have_as_many_bits_as_asked),
		cmocka_unit_test(the_guest_finds_the_psci_that_is_told),
		cmocka_unit_test(system_calls_of_psci_leave_run),
		cmocka_unit_test(a_suspended_guest_wakes_where_it_said),
		cmocka_unit_test(a_suspend_can_be_denied_or_not_be_there),
		cmocka_unit_test(a_fault_ends_as_the_program_says),
		cmocka_unit_test(steal_time_is_where_it_was_put),
		cmocka_unit_test(steal_time_must_be_in_memory),
		cmocka_unit_test(what_is_not_asked_for_is_not_there),
		cmocka_unit_test(scalable_vectors_are_saved_with_the_rest),
		cmocka_unit_test(a_pmu_needs_lines_and_a_private_interrupt),
	};

	if (!guest_has_kvm())
		return GUEST_TEST_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
