/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* hv_irq_test.c - interrupts and doorbells: the checks of hv.h, and what the fake makes of them. */
#include "fake_test.h"

static void lines_are_in_range_and_taken_once(void **state)
{
	struct cairn_vm *vm = test_vm();
	struct cairn_irq *i, *j;

	assert_int_equal(cairn_hv_irq_line(vm, 24, &i), -EINVAL);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_LINE, 0, ENOMEM);
	assert_int_equal(cairn_hv_irq_line(vm, 5, &i), -ENOMEM);
	assert_int_equal(cairn_hv_irq_line(vm, 5, &i), 0);
	assert_int_equal(cairn_hv_irq_line(vm, 5, &j), -EEXIST);
	cairn_hv_irq_put(i);
	assert_int_equal(cairn_hv_irq_line(vm, 5, &i), 0);
	cairn_hv_irq_put(i);
	cairn_hv_irq_put(NULL);
	cairn_hv_close(vm);
}

static void level_shows_on_the_line(void **state)
{
	struct cairn_vm *vm = test_vm();
	struct cairn_hv_fake_line l;
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_line(vm, 5, &i), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	cairn_hv_fake_line(vm, 5, &l);
	assert_true(l.is_high);
	assert_int_equal(l.rises, 1);
	assert_int_equal(cairn_hv_irq_level(i, false), 0);
	cairn_hv_fake_line(vm, 5, &l);
	assert_false(l.is_high);
	cairn_hv_irq_put(i);
	cairn_hv_close(vm);
}

static void messages_need_the_capability(void **state)
{
	struct cairn_vm *vm = test_vm();
	struct cairn_irq *i;

	cairn_hv_fake_set_cap(vm, CAIRN_HV_MSI, 0);
	assert_int_equal(cairn_hv_irq_msi(vm, &i), -ENOTSUP);
	cairn_hv_close(vm);
}

static void a_message_without_a_route_goes_nowhere(void **state)
{
	struct cairn_vm *vm = test_vm();
	int fd = test_eventfd();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_msi(vm, &i), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), -EINVAL);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), -EINVAL);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_ROUTE, 0, EIO);
	assert_int_equal(cairn_hv_irq_route(i, 0xfee00000, 0x41, 0), -EIO);
	assert_int_equal(cairn_hv_irq_level(i, true), -EINVAL);
	cairn_hv_irq_put(i);
	cairn_hv_close(vm);
	close(fd);
}

static void a_message_is_sent_once_per_high(void **state)
{
	struct cairn_vm *vm = test_vm();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_msi(vm, &i), 0);
	assert_int_equal(cairn_hv_irq_route(i, 0xfee00000, 0x41, 0), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	assert_int_equal(cairn_hv_irq_level(i, false), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	assert_int_equal(cairn_hv_fake_messages(vm, 0xfee00000, 0x41), 2);
	assert_int_equal(cairn_hv_fake_messages(vm, 0xfee00000, 0x42), 0);
	cairn_hv_irq_put(i);
	cairn_hv_close(vm);
}

static void a_bound_fd_follows_the_route_of_its_time(void **state)
{
	struct cairn_vm *vm = test_vm();
	int fd = test_eventfd();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_msi(vm, &i), 0);
	assert_int_equal(cairn_hv_irq_route(i, 0xfee00000, 0x41, 0), 0);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	assert_int_equal(cairn_hv_irq_route(i, 0xfee01000, 0x42, 0), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	assert_int_equal(cairn_hv_fake_messages(vm, 0xfee00000, 0x41), 1);
	assert_int_equal(cairn_hv_fake_messages(vm, 0xfee01000, 0x42), 2);
	cairn_hv_irq_put(i);
	cairn_hv_close(vm);
	close(fd);
}

static void after_unbind_the_fd_keeps_what_comes(void **state)
{
	struct cairn_vm *vm = test_vm();
	int fd = test_eventfd();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_msi(vm, &i), 0);
	assert_int_equal(cairn_hv_irq_route(i, 0xfee00000, 0x41, 0), 0);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	assert_int_equal(cairn_hv_irq_unbind(i), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	assert_int_equal(cairn_hv_fake_messages(vm, 0xfee00000, 0x41), 1);
	assert_int_equal(test_taken(fd), 1);
	cairn_hv_irq_put(i);
	cairn_hv_close(vm);
	close(fd);
}

static void bind_and_unbind_alternate(void **state)
{
	struct cairn_vm *vm = test_vm();
	int fd = test_eventfd();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_line(vm, 5, &i), 0);
	assert_int_equal(cairn_hv_irq_unbind(i), -EINVAL);
	assert_int_equal(cairn_hv_irq_bind(i, -1, -1), -EINVAL);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -2), -EINVAL);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_BIND, 0, EMFILE);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), -EMFILE);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), -EINVAL);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_UNBIND, 0, EIO);
	assert_int_equal(cairn_hv_irq_unbind(i), -EIO);
	assert_int_equal(cairn_hv_irq_unbind(i), 0);
	assert_int_equal(cairn_hv_irq_route(i, 0, 0, 0), -EINVAL);
	cairn_hv_irq_put(i);
	cairn_hv_close(vm);
	close(fd);
}

static void put_unbinds_first(void **state)
{
	struct cairn_vm *vm = test_vm();
	struct cairn_hv_fake_call c;
	int fd = test_eventfd();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_line(vm, 5, &i), 0);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	cairn_hv_irq_put(i);
	assert_int_equal(cairn_hv_fake_call(vm, 2, &c), 4);
	assert_int_equal(c.op, CAIRN_HV_FAKE_UNBIND);
	assert_int_equal(c.fd, fd);
	cairn_hv_fake_call(vm, 3, &c);
	assert_int_equal(c.op, CAIRN_HV_FAKE_PUT);
	cairn_hv_close(vm);
	close(fd);
}

static void resample_holds_the_line_until_the_guest_ends_it(void **state)
{
	int fd = test_eventfd(), resample = test_eventfd();
	struct cairn_vm *vm = test_vm();
	struct cairn_hv_fake_line l;
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_line(vm, 5, &i), 0);
	assert_int_equal(cairn_hv_irq_bind(i, fd, resample), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	cairn_hv_fake_line(vm, 5, &l);
	assert_true(l.is_high);
	assert_int_equal(test_taken(resample), 0);
	cairn_hv_fake_eoi(vm, 5);
	cairn_hv_fake_line(vm, 5, &l);
	assert_false(l.is_high);
	assert_int_equal(l.rises, 1);
	assert_int_equal(test_taken(resample), 1);
	cairn_hv_irq_put(i);
	cairn_hv_close(vm);
	close(fd);
	close(resample);
}

static void resample_is_for_lines_and_a_capability(void **state)
{
	struct cairn_vm *vm = test_vm();
	int fd = test_eventfd();
	struct cairn_irq *line, *msi;

	assert_int_equal(cairn_hv_irq_line(vm, 5, &line), 0);
	assert_int_equal(cairn_hv_irq_msi(vm, &msi), 0);
	assert_int_equal(cairn_hv_irq_route(msi, 0xfee00000, 0x41, 0), 0);
	assert_int_equal(cairn_hv_irq_bind(msi, fd, fd), -EINVAL);
	cairn_hv_fake_set_cap(vm, CAIRN_HV_IRQ_RESAMPLE, 0);
	assert_int_equal(cairn_hv_irq_bind(line, fd, fd), -ENOTSUP);
	cairn_hv_irq_put(line);
	cairn_hv_irq_put(msi);
	cairn_hv_close(vm);
	close(fd);
}

static void late_binding_is_a_capability(void **state)
{
	int fd = test_eventfd();
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_line(vm, 5, &i), 0);
	cairn_hv_fake_set_cap(vm, CAIRN_HV_IRQ_LATE, 0);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), -ENOTSUP);
	assert_int_equal(cairn_hv_irq_unbind(i), -ENOTSUP);
	cairn_hv_irq_put(i);
	test_end(vm, v);
	close(fd);
}

static int add(struct cairn_hv_doorbell d)
{
	struct cairn_vm *vm = test_vm();
	int rc = cairn_hv_doorbell_add(vm, &d);

	cairn_hv_close(vm);
	return rc;
}

static void doorbell_rejects_bad_shapes(void **state)
{
	const struct cairn_hv_doorbell ok = { .len = 4, .fd = 3, .addr = 0x1000 };
	struct cairn_hv_doorbell d = ok;

	assert_int_equal(add(d), 0);
	d.fd = -1;
	assert_int_equal(add(d), -EINVAL);
	d = ok, d.len = 3;
	assert_int_equal(add(d), -EINVAL);
	d = ok, d.len = 16;
	assert_int_equal(add(d), -EINVAL);
	d = ok, d.len = 0, d.has_match = true;
	assert_int_equal(add(d), -EINVAL);
	d = ok, d.has_match = true, d.match = UINT64_C(1) << 32;
	assert_int_equal(add(d), -EINVAL);
	d = ok, d.has_match = true, d.match = UINT32_MAX;
	assert_int_equal(add(d), 0);
	d = ok, d.pio = true, d.addr = 0xfffd;
	assert_int_equal(add(d), -EINVAL);
	d = ok, d.addr = UINT64_MAX;
	assert_int_equal(add(d), -EINVAL);
}

static void doorbell_capabilities_are_asked(void **state)
{
	struct cairn_hv_doorbell d = { .len = 4, .fd = 3, .addr = 0x1000, .has_match = true };
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	cairn_hv_fake_set_cap(vm, CAIRN_HV_DOORBELL_MATCH, 0);
	assert_int_equal(cairn_hv_doorbell_add(vm, &d), -ENOTSUP);
	d.has_match = false;
	cairn_hv_fake_set_cap(vm, CAIRN_HV_DOORBELL_LATE, 0);
	assert_int_equal(cairn_hv_doorbell_add(vm, &d), -ENOTSUP);
	cairn_hv_fake_set_cap(vm, CAIRN_HV_DOORBELL_LATE, 1);
	cairn_hv_fake_set_cap(vm, CAIRN_HV_DOORBELL_PIO, 0);
	assert_int_equal(cairn_hv_doorbell_add(vm, &d), 0);
	d.pio = true;
	assert_int_equal(cairn_hv_doorbell_add(vm, &d), -ENOTSUP);
	test_end(vm, v);
}

static void doorbells_are_told_apart_by_the_whole_tuple(void **state)
{
	struct cairn_hv_doorbell d = { .len = 4, .fd = 3, .addr = 0x1000, .has_match = true };
	struct cairn_hv_doorbell other = d;
	struct cairn_vm *vm = test_vm();

	other.match = 1;
	assert_int_equal(cairn_hv_doorbell_add(vm, &d), 0);
	assert_int_equal(cairn_hv_doorbell_add(vm, &d), -EEXIST);
	assert_int_equal(cairn_hv_doorbell_del(vm, &other), -ENOENT);
	assert_int_equal(cairn_hv_doorbell_add(vm, &other), 0);
	d.fd = 4;
	assert_int_equal(cairn_hv_doorbell_del(vm, &d), -ENOENT);
	d.fd = 3;
	assert_int_equal(cairn_hv_doorbell_del(vm, &d), 0);
	assert_int_equal(cairn_hv_doorbell_del(vm, &d), -ENOENT);
	d.len = 5;
	assert_int_equal(cairn_hv_doorbell_del(vm, &d), -EINVAL);
	cairn_hv_close(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_in_range_and_taken_once),
		cmocka_unit_test(level_shows_on_the_line),
		cmocka_unit_test(messages_need_the_capability),
		cmocka_unit_test(a_message_without_a_route_goes_nowhere),
		cmocka_unit_test(a_message_is_sent_once_per_high),
		cmocka_unit_test(a_bound_fd_follows_the_route_of_its_time),
		cmocka_unit_test(after_unbind_the_fd_keeps_what_comes),
		cmocka_unit_test(bind_and_unbind_alternate),
		cmocka_unit_test(put_unbinds_first),
		cmocka_unit_test(resample_holds_the_line_until_the_guest_ends_it),
		cmocka_unit_test(resample_is_for_lines_and_a_capability),
		cmocka_unit_test(late_binding_is_a_capability),
		cmocka_unit_test(doorbell_rejects_bad_shapes),
		cmocka_unit_test(doorbell_capabilities_are_asked),
		cmocka_unit_test(doorbells_are_told_apart_by_the_whole_tuple),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
