/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* hv_aarch64_test.c - the fake as KVM on aarch64, on whatever machine this is: PSCI, registers. */
#include "fake_test.h"

#include <pthread.h>
#include <stdlib.h>

#include <cairn/hv_aarch64.h>
#include <cairn/hv_x86_64.h>

enum { ENTRY = 0x80000, DENIED = -3 };

#define VERSION        0x84000000
#define CPU_OFF        0x84000002
#define CPU_ON         0xc4000003
#define AFFINITY_INFO  0xc4000004
#define SYSTEM_OFF     0x84000008
#define SYSTEM_RESET   0x84000009
#define FEATURES       0x8400000a
#define SYSTEM_SUSPEND 0xc400000e
#define SYSTEM_RESET2  0xc4000012

static const struct cairn_hv_aarch64 usual = {
	.gicd = { 0x8000000 }, .gicr = { 0x80a0000 }, .gicc = { 0x8010000 }, .its = { 0x8080000 }
};

static int arm64_open(struct cairn_hv_aarch64 a, uint32_t max_vcpus, uint32_t n_lines,
		      struct cairn_vm **ret)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = max_vcpus,
					      .n_lines = n_lines,
					      .arch = &a };
	struct cairn_err err = { 0 };
	int rc = cairn_hv_open(&cairn_hv_fake_aarch64_ops, NULL, &c, ret, &err);

	assert_int_equal(rc, -err.code);
	return rc;
}

static int arm64_try(struct cairn_hv_aarch64 a, uint32_t max_vcpus, uint32_t n_lines)
{
	struct cairn_vm *vm = NULL;
	int rc = arm64_open(a, max_vcpus, n_lines, &vm);

	cairn_hv_close(vm);
	return rc;
}

/* Two vcpus, started. */
static struct cairn_vm *arm64_vm(struct cairn_hv_aarch64 a, struct cairn_vcpu **v)
{
	const struct cairn_hv_region r = test_region(0, 0, CAIRN_HV_PAGE);
	const struct cairn_hv_start s = { 0 };
	struct cairn_vm *vm;

	assert_int_equal(arm64_open(a, 2, 64, &vm), 0);
	assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(cairn_hv_vcpu_open(vm, i, &v[i]), 0);
	assert_int_equal(cairn_hv_start(vm, &s, NULL), 0);
	return vm;
}

static void arm64_end(struct cairn_vm *vm, struct cairn_vcpu **v)
{
	cairn_hv_vcpu_close(v[0]);
	test_end(vm, v[1]);
}

static void push(struct cairn_vcpu *v, struct cairn_hv_fake_step s)
{
	assert_int_equal(cairn_hv_fake_push(v, &s, 1), 0);
}

static void push_parked(struct cairn_vcpu *v)
{
	push(v, (struct cairn_hv_fake_step){ .special = CAIRN_HV_FAKE_PARKED });
}

/* What the guest found in X0 after step i. */
static int64_t answer(struct cairn_vcpu *v, size_t i)
{
	struct cairn_hv_fake_result r;

	assert_int_equal(cairn_hv_fake_result(v, i, &r), 0);
	return (int64_t)cairn_le_load(r.data, 8);
}

static uint64_t reg(struct cairn_vcpu *v, uint64_t id)
{
	struct cairn_hv_reg r = { id, 0 };

	assert_int_equal(cairn_hv_vcpu_get_regs(v, &r, 1), 0);
	return r.value;
}

static struct cairn_hv_exit *run(struct cairn_vcpu *v, enum cairn_hv_exit_kind kind)
{
	struct cairn_hv_exit *e;

	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(e->kind, kind);
	return e;
}

static void run_out(struct cairn_vcpu *v)
{
	struct cairn_hv_exit *e;

	assert_int_equal(cairn_hv_vcpu_run(v, &e), -ENODATA);
}

static void the_configuration_is_checked(void **state)
{
	struct cairn_hv_aarch64 a = usual;

	assert_int_equal(arm64_try(a, 64, 960), 0);
	assert_int_equal(arm64_try(a, 64, 961), -EINVAL);
	a.gic = 1;
	assert_int_equal(arm64_try(a, 1, 64), -EINVAL);
	a = usual, a.gpa_bits = 31;
	assert_int_equal(arm64_try(a, 1, 64), -EINVAL);
	a.gpa_bits = 52;
	assert_int_equal(arm64_try(a, 1, 64), -ENOTSUP);
	a.gpa_bits = 53;
	assert_int_equal(arm64_try(a, 1, 64), -EINVAL);
	a = usual, a.pmu = true;
	assert_int_equal(arm64_try(a, 1, 64), 0);
	assert_int_equal(arm64_try(a, 1, 0), -EINVAL);
	a.pmu_intid = 15;
	assert_int_equal(arm64_try(a, 1, 64), -EINVAL);
	a.pmu_intid = 32;
	assert_int_equal(arm64_try(a, 1, 64), -EINVAL);
	a.pmu_intid = 31;
	assert_int_equal(arm64_try(a, 1, 64), 0);
}

static void the_interrupt_controller_has_its_places(void **state)
{
	struct cairn_hv_aarch64 a = usual;

	a.gicd.v = 0;
	assert_int_equal(arm64_try(a, 1, 64), -EINVAL);
	assert_int_equal(arm64_try(a, 1, 0), 0);
	a = usual, a.gicr.v += 0x1000;
	assert_int_equal(arm64_try(a, 1, 64), -EINVAL);
	a.gic = 2;
	assert_int_equal(arm64_try(a, 8, 64), 0);
	assert_int_equal(arm64_try(a, 9, 64), -EINVAL);
	assert_int_equal(cairn_hv_arm64_gic_check(&a, 2, 8, NULL), 0);
	assert_int_equal(cairn_hv_arm64_gic_check(&a, 2, 9, NULL), -EINVAL);
	a.gicc.v = 0;
	assert_int_equal(arm64_try(a, 1, 64), -EINVAL);
	a = usual, a.its.v += 1;
	assert_int_equal(arm64_try(a, 1, 64), -EINVAL);
	a.gic = 2;
	assert_int_equal(arm64_try(a, 1, 64), 0);
}

static void capabilities_are_what_was_asked_for(void **state)
{
	struct cairn_hv_aarch64 a = usual;
	struct cairn_vm *vm;

	a.gpa_bits = 36;
	assert_int_equal(arm64_open(a, 1, 64, &vm), 0);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_GPA_BITS), 36);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_GIC), 3);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_MSI_DEVID), 1);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_STEAL_TIME), 0);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_DOORBELL_PIO), 0);
	cairn_hv_close(vm);
	a.gic = 2;
	a.steal.v = 0x1000;
	assert_int_equal(arm64_open(a, 1, 64, &vm), 0);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_GIC), 2);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_ITS), 0);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_MSI), 0);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_STEAL_TIME), 1);
	cairn_hv_close(vm);
	assert_int_equal(arm64_open(usual, 1, 0, &vm), 0);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_GIC), 0);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_MSI), 0);
	cairn_hv_close(vm);
}

static void without_a_configuration_there_is_a_gicv3(void **state)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = 1, .n_lines = 64 };
	struct cairn_vm *vm;

	assert_int_equal(cairn_hv_open(&cairn_hv_fake_aarch64_ops, NULL, &c, &vm, NULL), 0);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_GIC), 3);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_ITS), 1);
	cairn_hv_close(vm);
}

static void system_calls_leave_run(void **state)
{
	struct cairn_vcpu *v[2];
	struct cairn_vm *vm = arm64_vm(usual, v);

	push(v[0], cairn_hv_fake_psci(SYSTEM_OFF, 0, 0, 0));
	push(v[0], cairn_hv_fake_psci(SYSTEM_RESET, 0, 0, 0));
	push(v[0], cairn_hv_fake_psci(SYSTEM_RESET2, 0x80000001, 7, 0));
	run(v[0], CAIRN_HV_EXIT_OFF);
	assert_false(run(v[0], CAIRN_HV_EXIT_RESET)->code & CAIRN_HV_ARM64_RESET2);
	assert_true(run(v[0], CAIRN_HV_EXIT_RESET)->code & CAIRN_HV_ARM64_RESET2);
	assert_int_equal(reg(v[0], CAIRN_HV_ARM64_X(1)), 0x80000001);
	assert_int_equal(reg(v[0], CAIRN_HV_ARM64_X(2)), 7);
	arm64_end(vm, v);
}

static void other_calls_are_answered(void **state)
{
	struct cairn_vcpu *v[2];
	struct cairn_vm *vm = arm64_vm(usual, v);

	push_parked(v[1]);
	push(v[0], cairn_hv_fake_psci(VERSION, 0, 0, 0));
	push(v[0], cairn_hv_fake_psci(FEATURES, SYSTEM_RESET2, 0, 0));
	push(v[0], cairn_hv_fake_psci(FEATURES, SYSTEM_SUSPEND, 0, 0));
	push(v[0], cairn_hv_fake_psci(SYSTEM_SUSPEND, ENTRY, 0, 0));
	push(v[0], cairn_hv_fake_psci(0x84000099, 0, 0, 0));
	push(v[0], cairn_hv_fake_psci(0x84000006, 0, 0, 0));
	push(v[0], cairn_hv_fake_psci(0xc4000001, 0, 0, 0));
	push(v[0], cairn_hv_fake_psci(AFFINITY_INFO, 0, 0, 0));
	push(v[0], cairn_hv_fake_psci(AFFINITY_INFO, 1, 0, 0));
	push(v[0], cairn_hv_fake_psci(AFFINITY_INFO, 0x100, 0, 0));
	run_out(v[0]);
	assert_int_equal(answer(v[0], 0), cairn_hv_cap(vm, CAIRN_HV_PSCI));
	assert_int_equal(answer(v[0], 1), 0);
	for (size_t i = 2; i < 5; i++)
		assert_int_equal(answer(v[0], i), -1);
	assert_int_equal(answer(v[0], 5), 2);
	assert_int_equal(answer(v[0], 6), 0);
	assert_int_equal(answer(v[0], 7), 0);
	assert_int_equal(answer(v[0], 8), 1);
	assert_int_equal(answer(v[0], 9), -2);
	arm64_end(vm, v);
}

static void a_suspend_is_woken_or_denied_by_the_program(void **state)
{
	struct cairn_hv_aarch64 a = usual;
	struct cairn_hv_reg x0 = { CAIRN_HV_ARM64_X(0), (uint64_t)DENIED };
	struct cairn_vcpu *v[2];
	struct cairn_vm *vm;

	a.suspend = true;
	vm = arm64_vm(a, v);
	push(v[0], cairn_hv_fake_psci(SYSTEM_SUSPEND, ENTRY, 0x55, 0));
	push(v[0], cairn_hv_fake_psci(SYSTEM_SUSPEND, ENTRY, 0x55, 0));
	run(v[0], CAIRN_HV_EXIT_SUSPEND);
	assert_int_equal(reg(v[0], CAIRN_HV_ARM64_X(1)), ENTRY);
	assert_int_equal(cairn_hv_vcpu_set_regs(v[0], &x0, 1), 0);
	run(v[0], CAIRN_HV_EXIT_SUSPEND);
	assert_int_equal(answer(v[0], 0), DENIED);
	x0.value = reg(v[0], CAIRN_HV_ARM64_X(2));
	assert_int_equal(cairn_hv_vcpu_set_regs(v[0], &x0, 1), 0);
	run_out(v[0]);
	assert_int_equal(answer(v[0], 1), 0x55);
	arm64_end(vm, v);
}

static void *run_it(void *arg)
{
	struct cairn_hv_exit *e;
	intptr_t rc = cairn_hv_vcpu_run(arg, &e);

	return (void *)(rc ? rc : (intptr_t)e->kind);
}

/* The second processor waits on its thread; the first starts it. */
static void cpu_on_starts_a_parked_vcpu(void **state)
{
	struct cairn_vcpu *v[2];
	struct cairn_vm *vm = arm64_vm(usual, v);
	void *kind = NULL;
	pthread_t t;

	push_parked(v[1]);
	push(v[1], (struct cairn_hv_fake_step){ .kind = CAIRN_HV_EXIT_OFF });
	push(v[0], cairn_hv_fake_psci(CPU_ON, 1, ENTRY, 0x77));
	push(v[0], cairn_hv_fake_psci(CPU_ON, 1, 0, 0));
	push(v[0], cairn_hv_fake_psci(CPU_ON, 0, 0, 0));
	push(v[0], cairn_hv_fake_psci(CPU_ON, 2, 0, 0));
	assert_int_equal(pthread_create(&t, NULL, run_it, v[1]), 0);
	run_out(v[0]);
	assert_int_equal(pthread_join(t, &kind), 0);
	assert_int_equal((intptr_t)kind, CAIRN_HV_EXIT_OFF);
	assert_int_equal(reg(v[1], CAIRN_HV_ARM64_PC), ENTRY);
	assert_int_equal(reg(v[1], CAIRN_HV_ARM64_X(0)), 0x77);
	assert_int_equal(answer(v[0], 0), 0);
	assert_int_equal(answer(v[0], 1), -4);
	assert_int_equal(answer(v[0], 2), -4);
	assert_int_equal(answer(v[0], 3), -2);
	arm64_end(vm, v);
}

static void a_parked_vcpu_is_kicked_and_stays_parked(void **state)
{
	struct cairn_vcpu *v[2];
	struct cairn_vm *vm = arm64_vm(usual, v);
	void *kind = NULL;
	pthread_t t;

	push_parked(v[1]);
	push(v[1], (struct cairn_hv_fake_step){ .kind = CAIRN_HV_EXIT_OFF });
	assert_int_equal(pthread_create(&t, NULL, run_it, v[1]), 0);
	usleep(2000);
	cairn_hv_vcpu_kick(v[1]);
	assert_int_equal(pthread_join(t, &kind), 0);
	assert_int_equal((intptr_t)kind, CAIRN_HV_EXIT_KICKED);
	cairn_hv_vcpu_kick(v[1]);
	run(v[1], CAIRN_HV_EXIT_KICKED);
	push(v[0], cairn_hv_fake_psci(CPU_ON, 1, ENTRY, 0));
	run_out(v[0]);
	assert_int_equal(answer(v[0], 0), 0);
	run(v[1], CAIRN_HV_EXIT_OFF);
	arm64_end(vm, v);
}

/* X0 of the second is the argument of the call that started it again. */
static void cpu_off_waits_for_cpu_on(void **state)
{
	struct cairn_vcpu *v[2];
	struct cairn_vm *vm = arm64_vm(usual, v);
	void *kind = NULL;
	size_t n = 0;
	pthread_t t;

	push(v[1], cairn_hv_fake_psci(CPU_OFF, 0, 0, 0));
	push(v[1], (struct cairn_hv_fake_step){ .kind = CAIRN_HV_EXIT_OFF });
	assert_int_equal(pthread_create(&t, NULL, run_it, v[1]), 0);
	do { /* until the other is off */
		push(v[0], cairn_hv_fake_psci(CPU_ON, 1, ENTRY, 0x99));
		run_out(v[0]);
	} while (answer(v[0], n++) != 0);
	assert_int_equal(pthread_join(t, &kind), 0);
	assert_int_equal((intptr_t)kind, CAIRN_HV_EXIT_OFF);
	assert_int_equal(answer(v[1], 0), 0x99);
	arm64_end(vm, v);
}

static void a_vcpu_begins_as_after_a_reset(void **state)
{
	struct cairn_vcpu *v[2];
	struct cairn_vm *vm = arm64_vm(usual, v);

	assert_int_equal(reg(v[1], CAIRN_HV_ARM64_MPIDR_EL1) & 0xffffff, 1);
	assert_int_equal(reg(v[1], CAIRN_HV_ARM64_PSTATE), 0x3c5);
	assert_int_equal(reg(v[1], CAIRN_HV_ARM64_PC), 0);
	arm64_end(vm, v);
}

/* Every register of v gets a value of its own; they are saved, and loaded into w. */
static void save_and_load(struct cairn_vcpu *v, struct cairn_vcpu *w, size_t at_least)
{
	int n = cairn_hv_vcpu_list_regs(v, NULL, 0);
	struct cairn_hv_reg *regs = calloc((size_t)n, sizeof(*regs));
	uint64_t *ids = calloc((size_t)n, sizeof(*ids)), one = 0;

	assert_true(regs && ids && n >= (int)at_least);
	assert_int_equal(cairn_hv_vcpu_list_regs(v, &one, 1), n);
	assert_int_equal(cairn_hv_vcpu_list_regs(v, ids, (size_t)n), n);
	assert_true(one == ids[0]);
	for (int i = 0; i < n; i++) {
		for (int j = 0; j < i; j++)
			assert_true(ids[i] != ids[j]);
		regs[i] = (struct cairn_hv_reg){ ids[i], 1000 + (uint64_t)i };
	}
	assert_int_equal(cairn_hv_vcpu_set_regs(v, regs, (size_t)n), 0);
	for (int i = 0; i < n; i++)
		regs[i].value = 0;
	assert_int_equal(cairn_hv_vcpu_get_regs(v, regs, (size_t)n), 0);
	assert_int_equal(cairn_hv_vcpu_set_regs(w, regs, (size_t)n), 0);
	for (int i = 0; i < n; i++)
		assert_int_equal(reg(w, ids[i]), 1000 + i);
	free(regs);
	free(ids);
}

static void all_registers_are_saved_and_loaded(void **state)
{
	struct cairn_vcpu *v[2];
	struct cairn_vm *vm = arm64_vm(usual, v);

	save_and_load(v[0], v[1], 43 + 64);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_LIST_REGS, 0, EIO);
	assert_int_equal(cairn_hv_vcpu_list_regs(v[0], NULL, 0), -EIO);
	arm64_end(vm, v);
	vm = test_vm();
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(cairn_hv_vcpu_open(vm, i, &v[i]), 0);
	save_and_load(v[0], v[1], 18 + 7 + 36);
	arm64_end(vm, v);
}

static void psci_is_for_aarch64(void **state)
{
	const struct cairn_hv_fake_step s = cairn_hv_fake_psci(SYSTEM_OFF, 0, 0, 0);
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_fake_push(v, &s, 1), -EINVAL);
	test_end(vm, v);
}

static void a_route_brings_the_device(void **state)
{
	struct cairn_vcpu *v[2];
	struct cairn_vm *vm = arm64_vm(usual, v);
	struct cairn_hv_fake_call call;
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_msi(vm, &i), 0);
	assert_int_equal(cairn_hv_irq_route(i, 0x8090040, 3, 0x18), 0);
	cairn_hv_fake_call(vm, cairn_hv_fake_call(vm, 0, NULL) - 1, &call);
	assert_int_equal(call.op, CAIRN_HV_FAKE_ROUTE);
	assert_true(call.a == 0x8090040 && call.b == 3 && call.devid == 0x18);
	cairn_hv_irq_put(i);
	arm64_end(vm, v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_configuration_is_checked),
		cmocka_unit_test(the_interrupt_controller_has_its_places),
		cmocka_unit_test(capabilities_are_what_was_asked_for),
		cmocka_unit_test(without_a_configuration_there_is_a_gicv3),
		cmocka_unit_test(system_calls_leave_run),
		cmocka_unit_test(other_calls_are_answered),
		cmocka_unit_test(a_suspend_is_woken_or_denied_by_the_program),
		cmocka_unit_test(cpu_on_starts_a_parked_vcpu),
		cmocka_unit_test(a_parked_vcpu_is_kicked_and_stays_parked),
		cmocka_unit_test(cpu_off_waits_for_cpu_on),
		cmocka_unit_test(a_vcpu_begins_as_after_a_reset),
		cmocka_unit_test(all_registers_are_saved_and_loaded),
		cmocka_unit_test(psci_is_for_aarch64),
		cmocka_unit_test(a_route_brings_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
