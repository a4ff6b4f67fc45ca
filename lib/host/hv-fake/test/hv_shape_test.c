/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hv_shape_test.c - hypervisors of other shapes behind hv.h: one that lends memory and starts from
 * a device tree, and one that runs its guests by itself and takes devices only.
 */
#include "fake_test.h"

/* The fake without what this shape has not. */
static void ops_of_lender(struct cairn_hv_ops *ops)
{
	*ops = cairn_hv_fake_aarch64_ops;
	ops->mem_del = NULL;
	ops->msi = NULL;
	ops->irq_route = NULL;
	ops->get_regs = NULL;
	ops->set_regs = NULL;
	ops->paused = NULL;
	ops->list_regs = NULL;
}

static void be_lender(struct cairn_vm *vm)
{
	static const enum cairn_hv_cap none[] = {
		CAIRN_HV_MEM_LATE,      CAIRN_HV_MEM_READONLY,
		CAIRN_HV_MSI,           CAIRN_HV_MSI_DEVID,
		CAIRN_HV_IRQ_LATE,      CAIRN_HV_IRQ_RESAMPLE,
		CAIRN_HV_DOORBELL_LATE, CAIRN_HV_DOORBELL_MATCH,
		CAIRN_HV_BOOT_REGS,     CAIRN_HV_REG_LIST,
		CAIRN_HV_ITS,
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(none); i++)
		cairn_hv_fake_set_cap(vm, none[i], 0);
	cairn_hv_fake_set_cap(vm, CAIRN_HV_DTB_START, 1);
}

/* Memory lent but for a shared window, a doorbell, a line with an fd; all of it before start. */
static void a_hypervisor_that_lends_memory_runs_a_guest(void **state)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = 1, .n_lines = 64 };
	const struct cairn_hv_fake_step steps[] = {
		cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, 0xa000050, 4, 0),
		{ .kind = CAIRN_HV_EXIT_FAULT, .addr = 0x5000, .is_write = true },
		{ .kind = CAIRN_HV_EXIT_OFF, .code = 1 },
	};
	const struct cairn_hv_doorbell bell = { .addr = 0xa000050, .len = 4, .fd = test_eventfd() };
	struct cairn_hv_start s = { .entry = { 0x80000000 }, .arg0 = { 0x80001000 } };
	struct cairn_hv_region lent = test_region(0, 0x80000000, CAIRN_HV_PAGE);
	struct cairn_hv_region window = test_region(1, 0x90000000, CAIRN_HV_PAGE);
	struct cairn_hv_reg r = { 0, 0 };
	struct cairn_hv_ops ops;
	struct cairn_hv_exit *e;
	int fd = test_eventfd();
	struct cairn_vcpu *v;
	struct cairn_irq *i;
	struct cairn_vm *vm;

	ops_of_lender(&ops);
	assert_int_equal(cairn_hv_open(&ops, NULL, &c, &vm, NULL), 0);
	be_lender(vm);
	lent.flags = CAIRN_HV_LEND;
	assert_int_equal(cairn_hv_mem_add(vm, &lent), 0);
	assert_int_equal(cairn_hv_mem_add(vm, &window), 0);
	assert_int_equal(cairn_hv_mem_del(vm, 1), -ENOTSUP);
	assert_int_equal(cairn_hv_doorbell_add(vm, &bell), 0);
	assert_int_equal(cairn_hv_irq_msi(vm, &i), -ENOTSUP);
	assert_int_equal(cairn_hv_irq_line(vm, 5, &i), 0);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(cairn_hv_vcpu_open(vm, 0, &v), 0);
	assert_int_equal(cairn_hv_vcpu_set_regs(v, &r, 1), -ENOTSUP);
	assert_int_equal(cairn_hv_vcpu_get_regs(v, &r, 1), -ENOTSUP);
	assert_int_equal(cairn_hv_vcpu_list_regs(v, NULL, 0), -ENOTSUP);
	assert_int_equal(cairn_hv_start(vm, &s, NULL), -EINVAL);
	s.dtb = s.arg0;
	s.dtb_room_bytes = CAIRN_HV_PAGE;
	assert_int_equal(cairn_hv_start(vm, &s, NULL), 0);
	assert_int_equal(cairn_hv_irq_unbind(i), -ENOTSUP);
	assert_int_equal(cairn_hv_fake_push(v, steps, 3), 0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(e->kind, CAIRN_HV_EXIT_FAULT);
	assert_int_equal(test_taken(bell.fd), 1);
	assert_int_equal(cairn_hv_vcpu_paused(v), 0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(e->kind, CAIRN_HV_EXIT_OFF);
	cairn_hv_irq_put(i);
	test_end(vm, v);
	close(fd);
	close(bell.fd);
}

/* No vcpus and no memory of ours: lines and doorbells are all there is. */
static void a_hypervisor_may_take_devices_only(void **state)
{
	struct cairn_hv_vm_config c = { .n_lines = 24 };
	const struct cairn_hv_doorbell bell = { .addr = 0xa000050, .len = 4, .fd = test_eventfd() };
	const struct cairn_hv_region r = test_region(0, 0, CAIRN_HV_PAGE);
	const struct cairn_hv_start s = { 0 };
	struct cairn_hv_ops ops = cairn_hv_fake_ops;
	struct cairn_hv_fake_line l;
	int fd = test_eventfd();
	struct cairn_vcpu *v;
	struct cairn_irq *i;
	struct cairn_vm *vm;

	assert_int_equal(cairn_hv_open(&ops, NULL, &c, &vm, NULL), -EINVAL);
	ops.vcpu_open = NULL;
	ops.mem_add = NULL;
	ops.mem_del = NULL;
	assert_int_equal(cairn_hv_open(&ops, NULL, &c, &vm, NULL), 0);
	assert_int_equal(cairn_hv_vcpu_open(vm, 0, &v), -EINVAL);
	assert_int_equal(cairn_hv_mem_add(vm, &r), -ENOTSUP);
	assert_int_equal(cairn_hv_mem_del(vm, 0), -ENOTSUP);
	assert_int_equal(cairn_hv_doorbell_add(vm, &bell), 0);
	assert_int_equal(cairn_hv_irq_line(vm, 5, &i), 0);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(cairn_hv_start(vm, &s, NULL), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	cairn_hv_fake_line(vm, 5, &l);
	assert_int_equal(l.rises, 1);
	cairn_hv_irq_put(i);
	assert_int_equal(cairn_hv_doorbell_del(vm, &bell), 0);
	cairn_hv_close(vm);
	c.max_vcpus = 1;
	assert_int_equal(cairn_hv_open(&ops, NULL, &c, &vm, NULL), -EINVAL);
	close(fd);
	close(bell.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hypervisor_that_lends_memory_runs_a_guest),
		cmocka_unit_test(a_hypervisor_may_take_devices_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
