/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <cairn/hv_fake.h>

#include "ends.h"

static struct cairn_vm *fake_vm(void)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = 1, .n_lines = 24 };
	struct cairn_vm *vm;

	assert_int_equal(cairn_hv_open(&cairn_hv_fake_ops, NULL, &c, &vm, NULL), 0);
	return vm;
}

static void a_wired_line_carries_its_level_and_has_no_route(void **state)
{
	struct cairn_vm *vm = fake_vm();
	struct cairn_hv_fake_line seen;
	struct cairn_irq_line *l, *again;

	assert_int_equal(ends_line(vm, 24, &l), -EINVAL);
	assert_int_equal(ends_line(vm, 5, &l), 0);
	assert_int_equal(ends_line(vm, 5, &again), -EEXIST);
	assert_null(l->ops->route);
	assert_int_equal(l->ops->set(l, true), 0);
	cairn_hv_fake_line(vm, 5, &seen);
	assert_true(seen.is_high);
	assert_int_equal(l->ops->set(l, false), 0);
	cairn_hv_fake_line(vm, 5, &seen);
	assert_false(seen.is_high);
	l->ops->put(l);
	cairn_hv_close(vm);
}

static void a_message_goes_where_it_is_routed_sent_or_bound(void **state)
{
	struct cairn_vm *vm = fake_vm();
	struct cairn_msi_source source = ends_messages(vm);
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct cairn_irq_line *l;
	eventfd_t left = 0;

	assert_int_equal(source.take(source.ctx, &l), 0);
	assert_int_equal(l->ops->route(l, 0xfee00000, 0x41), 0);
	assert_int_equal(l->ops->set(l, true), 0);
	assert_int_equal(l->ops->bind(l, fd), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	assert_int_equal(cairn_hv_fake_messages(vm, 0xfee00000, 0x41), 2);
	assert_int_equal(l->ops->unbind(l, fd), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	assert_int_equal(cairn_hv_fake_messages(vm, 0xfee00000, 0x41), 2);
	assert_int_equal(eventfd_read(fd, &left), 0);
	l->ops->put(l);
	cairn_hv_close(vm);
	close(fd);
}

static void a_hypervisor_without_messages_says_so(void **state)
{
	struct cairn_vm *vm = fake_vm();
	struct cairn_msi_source source = ends_messages(vm);
	struct cairn_irq_line *l;

	cairn_hv_fake_set_cap(vm, CAIRN_HV_MSI, 0);
	assert_int_equal(source.take(source.ctx, &l), -ENOTSUP);
	cairn_hv_close(vm);
}

static void a_doorbell_is_added_and_deleted_by_its_tuple(void **state)
{
	const uint64_t one = 1, two = 2;
	struct cairn_vm *vm = fake_vm();
	struct cairn_doorbells d = ends_doorbells(vm);
	struct cairn_hv_fake_call call;

	assert_int_equal(d.add(d.ctx, false, 0x1050, 4, &one, 9), 0);
	assert_int_equal(cairn_hv_fake_call(vm, 0, &call), 1);
	assert_int_equal(call.op, CAIRN_HV_FAKE_DOORBELL_ADD);
	assert_true(call.a == 0x1050 && call.b == 1 && call.fd == 9);
	assert_int_equal(d.add(d.ctx, false, 0x1050, 4, &one, 9), -EEXIST);
	assert_int_equal(d.del(d.ctx, false, 0x1050, 4, &two, 9), -ENOENT);
	assert_int_equal(d.del(d.ctx, false, 0x1050, 4, &one, 9), 0);
	assert_int_equal(d.add(d.ctx, true, 0x50, 0, NULL, 9), 0);
	cairn_hv_close(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wired_line_carries_its_level_and_has_no_route),
		cmocka_unit_test(a_message_goes_where_it_is_routed_sent_or_bound),
		cmocka_unit_test(a_hypervisor_without_messages_says_so),
		cmocka_unit_test(a_doorbell_is_added_and_deleted_by_its_tuple),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
