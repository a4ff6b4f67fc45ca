/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The hypervisor's interrupts and doorbells as carriers see them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <cairn/hv_fake.h>

#include "lines.h"

enum { LINE = 5 };

static struct cairn_vm *fake_vm(void)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = 1, .n_lines = 24 };
	struct cairn_vm *vm;

	assert_int_equal(cairn_hv_open(&cairn_hv_fake_ops, NULL, &c, &vm, NULL), 0);
	return vm;
}

static struct cairn_hv_fake_line look(struct cairn_vm *vm)
{
	struct cairn_hv_fake_line seen;

	cairn_hv_fake_line(vm, LINE, &seen);
	return seen;
}

static void a_shared_line_is_high_while_any_end_is(void **state)
{
	struct cairn_vm *vm = fake_vm();
	struct cairn_irq_line *a, *b;
	struct line_shared *s;

	(void)state;
	assert_int_equal(line_shared_new(vm, LINE, &s), 0);
	assert_int_equal(line_shared_take(s, &a), 0);
	assert_int_equal(line_shared_take(s, &b), 0);
	assert_int_equal(a->ops->set(a, true), 0);
	assert_int_equal(b->ops->set(b, true), 0);
	assert_int_equal(a->ops->set(a, true), 0); /* again means nothing */
	assert_int_equal(a->ops->set(a, false), 0);
	assert_true(look(vm).is_high);
	assert_int_equal(b->ops->set(b, false), 0);
	assert_false(look(vm).is_high);
	a->ops->put(a);
	b->ops->put(b);
	line_shared_free(s);
	line_shared_free(NULL);
	cairn_hv_close(vm);
}

static void an_end_that_is_put_lowers_the_line(void **state)
{
	struct cairn_vm *vm = fake_vm();
	struct cairn_irq_line *a;
	struct line_shared *s;

	(void)state;
	assert_int_equal(line_shared_new(vm, LINE, &s), 0);
	assert_int_equal(line_shared_take(s, &a), 0);
	assert_int_equal(a->ops->set(a, true), 0);
	a->ops->put(a);
	assert_false(look(vm).is_high);
	line_shared_free(s);
	cairn_hv_close(vm);
}

static void a_pulse_is_one_edge(void **state)
{
	struct cairn_vm *vm = fake_vm();
	struct cairn_irq_line *l;

	(void)state;
	assert_int_equal(line_pulse(vm, LINE, &l), 0);
	assert_null(l->ops->bind);
	assert_int_equal(l->ops->set(l, true), 0);
	assert_int_equal(l->ops->set(l, false), 0);
	assert_int_equal(look(vm).rises, 1);
	l->ops->put(l);
	assert_int_equal(line_pulse(vm, LINE, &l), 0); /* the line is free again */
	l->ops->put(l);
	cairn_hv_close(vm);
}

static void a_line_that_is_refused_is_not_made(void **state)
{
	struct cairn_vm *vm = fake_vm();
	struct cairn_irq_line *l;
	struct line_shared *s;

	(void)state;
	assert_int_equal(line_pulse(vm, 24, &l), -EINVAL);
	assert_int_equal(line_shared_new(vm, 24, &s), -EINVAL);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_BIND, 0, EPERM);
	assert_int_equal(line_pulse(vm, LINE, &l), -EPERM);
	assert_int_equal(line_pulse(vm, LINE, &l), 0);
	l->ops->put(l);
	cairn_hv_close(vm);
}

static void a_message_goes_where_it_is_routed_sent_or_bound(void **state)
{
	struct cairn_vm *vm = fake_vm();
	struct line_messages messages = { .vm = vm, .devid = 8 };
	struct cairn_msi_source source = line_msi_source(&messages);
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct cairn_irq_line *l;
	eventfd_t left = 0;

	(void)state;
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
	struct line_messages messages = { .vm = vm, .devid = 8 };
	struct cairn_msi_source source = line_msi_source(&messages);
	struct cairn_irq_line *l;

	(void)state;
	cairn_hv_fake_set_cap(vm, CAIRN_HV_MSI, 0);
	assert_int_equal(source.take(source.ctx, &l), -ENOTSUP);
	assert_null(line_msi_source(&messages).take);
	cairn_hv_close(vm);
}

static void a_doorbell_is_added_and_deleted_by_its_tuple(void **state)
{
	const uint64_t one = 1, two = 2;
	struct cairn_vm *vm = fake_vm();
	struct cairn_doorbells d = line_doorbells(vm);
	struct cairn_hv_fake_call call;

	(void)state;
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
		cmocka_unit_test(a_shared_line_is_high_while_any_end_is),
		cmocka_unit_test(an_end_that_is_put_lowers_the_line),
		cmocka_unit_test(a_pulse_is_one_edge),
		cmocka_unit_test(a_line_that_is_refused_is_not_made),
		cmocka_unit_test(a_message_goes_where_it_is_routed_sent_or_bound),
		cmocka_unit_test(a_hypervisor_without_messages_says_so),
		cmocka_unit_test(a_doorbell_is_added_and_deleted_by_its_tuple),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
