/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* hv_vcpu_test.c - scripted vcpus: exits in order, answers, doorbells, kicks, registers. */
#include "fake_test.h"

#include <pthread.h>

static void exits_come_as_scripted(void **state)
{
	const struct cairn_hv_fake_step steps[] = {
		cairn_hv_fake_write(CAIRN_HV_EXIT_PIO, 0x3f8, 1, 'x'),
		{ .kind = CAIRN_HV_EXIT_PIO, .len = 2, .count = 3, .addr = 0x1f0 },
		{ .kind = CAIRN_HV_EXIT_RESET, .code = 7 },
	};
	struct cairn_hv_exit *e;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_fake_push(v, steps, 3), 0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_true(e->kind == CAIRN_HV_EXIT_PIO && e->is_write && e->len == 1 && e->count == 1);
	assert_int_equal(e->data[0], 'x');
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_true(!e->is_write && e->len == 2 && e->count == 3 && e->addr == 0x1f0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_true(e->kind == CAIRN_HV_EXIT_RESET && e->code == 7);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), -ENODATA);
	test_end(vm, v);
}

static void answers_are_taken_at_the_next_run(void **state)
{
	const struct cairn_hv_fake_step s = cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0x1000, 4);
	struct cairn_hv_fake_result r;
	struct cairn_hv_exit *e;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_fake_push(v, &s, 1), 0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	cairn_le_store(e->data, 4, 0x12345678);
	assert_int_equal(cairn_hv_fake_result(v, 0, &r), -EAGAIN);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), -ENODATA);
	assert_int_equal(cairn_hv_fake_result(v, 0, &r), 0);
	assert_int_equal(cairn_le_load(r.data, 4), 0x12345678);
	assert_false(r.rang);
	test_end(vm, v);
}

static void a_fault_is_injected_unless_the_caller_says_otherwise(void **state)
{
	const struct cairn_hv_fake_step s = { .kind = CAIRN_HV_EXIT_FAULT, .addr = 0x5000 };
	const struct cairn_hv_fake_step steps[] = { s, s };
	struct cairn_hv_fake_result r;
	struct cairn_hv_exit *e;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_fake_push(v, steps, 2), 0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	e->resume = CAIRN_HV_RETRY;
	assert_int_equal(cairn_hv_vcpu_run(v, &e), -ENODATA);
	assert_int_equal(cairn_hv_fake_result(v, 0, &r), 0);
	assert_int_equal(r.resume, CAIRN_HV_INJECT);
	assert_int_equal(cairn_hv_fake_result(v, 1, &r), 0);
	assert_int_equal(r.resume, CAIRN_HV_RETRY);
	test_end(vm, v);
}

/* The bytes of a page at 0x8000: 1, 2, 3, … */
static struct cairn_hv_region read_only_page(void)
{
	struct cairn_hv_region r = test_region(1, 0x8000, CAIRN_HV_PAGE);

	for (size_t i = 0; i < sizeof(test_page); i++)
		test_page[i] = (unsigned char)(i + 1);
	r.flags = CAIRN_HV_READONLY;
	return r;
}

/* Runs steps to their end; how many left run(). */
static unsigned count_exits(struct cairn_vcpu *v, const struct cairn_hv_fake_step *steps, size_t n)
{
	struct cairn_hv_exit *e;
	unsigned exits = 0;

	assert_int_equal(cairn_hv_fake_push(v, steps, n), 0);
	while (cairn_hv_vcpu_run(v, &e) == 0)
		exits++;
	return exits;
}

static void read_only_memory_answers_reads_and_nothing_else(void **state)
{
	const struct cairn_hv_fake_step steps[] = {
		cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0x8001, 4),
		cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0x8fff, 1),
		{ .kind = CAIRN_HV_EXIT_MMIO, .len = 2, .count = 2, .addr = 0x8000 },
		cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, 0x8000, 1,
				    7), /* exits, as all from here on */
		cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0x7fff, 1),
		cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0x8fff, 2),
		cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0x9000, 1),
		cairn_hv_fake_read(CAIRN_HV_EXIT_PIO, 0x8000, 1),
		cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0, 1), /* memory that may be written */
	};
	static const uint64_t answers[] = { 0x05040302, 0x00, 0x02010201 };
	const struct cairn_hv_region page = read_only_page();
	struct cairn_hv_fake_result r;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_mem_add(vm, &page), 0);
	assert_int_equal(count_exits(v, steps, CAIRN_ARRAY_LEN(steps)), 6);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(steps); i++) {
		assert_int_equal(cairn_hv_fake_result(v, i, &r), 0);
		assert_int_equal(r.is_memory, i < CAIRN_ARRAY_LEN(answers));
		assert_int_equal(cairn_le_load(r.data, 4), r.is_memory ? answers[i]
							   : i == 3    ? 7
								       : 0);
	}
	assert_int_equal(test_page[0], 1);
	test_end(vm, v);
}

static void read_only_memory_that_has_gone_answers_no_more(void **state)
{
	const struct cairn_hv_fake_step s = cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0x8000, 1);
	const struct cairn_hv_region page = read_only_page();
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_mem_add(vm, &page), 0);
	assert_int_equal(count_exits(v, &s, 1), 0);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_MEM_DEL, 0, ENOMEM);
	assert_int_equal(cairn_hv_mem_del(vm, 1), -ENOMEM);
	assert_int_equal(count_exits(v, &s, 1), 0);
	assert_int_equal(cairn_hv_mem_del(vm, 1), 0);
	assert_int_equal(count_exits(v, &s, 1), 1);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_MEM_ADD, 0, ENOMEM);
	assert_int_equal(cairn_hv_mem_add(vm, &page), -ENOMEM);
	assert_int_equal(count_exits(v, &s, 1), 1);
	assert_int_equal(cairn_hv_mem_add(vm, &page), 0);
	assert_int_equal(count_exits(v, &s, 1), 0);
	test_end(vm, v);
}

static void a_write_that_meets_a_doorbell_does_not_exit(void **state)
{
	const struct cairn_hv_fake_step steps[] = {
		cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, 0x1050, 4, 0), /* exits: not the value */
		cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, 0x1050, 4, 1), /* rings */
		cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, 0x1050, 2, 1), /* exits: not the length */
		cairn_hv_fake_write(CAIRN_HV_EXIT_PIO, 0x1050, 4, 1),  /* exits: not memory */
		cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0x1050, 4),     /* exits: a read */
	};
	struct cairn_hv_doorbell d = { .len = 4, .has_match = true, .match = 1, .addr = 0x1050 };
	struct cairn_hv_fake_result r;
	struct cairn_hv_exit *e;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	d.fd = test_eventfd();
	assert_int_equal(cairn_hv_doorbell_add(vm, &d), 0);
	assert_int_equal(cairn_hv_fake_push(v, steps, 5), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), -ENODATA);
	assert_int_equal(test_taken(d.fd), 1);
	assert_int_equal(cairn_hv_fake_result(v, 1, &r), 0);
	assert_true(r.rang);
	test_end(vm, v);
	close(d.fd);
}

static void a_doorbell_of_any_length_takes_any_write(void **state)
{
	const struct cairn_hv_fake_step steps[] = {
		cairn_hv_fake_write(CAIRN_HV_EXIT_PIO, 0x50, 1, 3),
		cairn_hv_fake_write(CAIRN_HV_EXIT_PIO, 0x50, 4, 9),
		{ .kind = CAIRN_HV_EXIT_PIO, .is_write = true, .len = 1, .count = 2, .addr = 0x50 },
	};
	struct cairn_hv_doorbell d = { .pio = true, .addr = 0x50 };
	struct cairn_hv_exit *e;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	d.fd = test_eventfd();
	assert_int_equal(cairn_hv_doorbell_add(vm, &d), 0);
	assert_int_equal(cairn_hv_fake_push(v, steps, 3), 0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(e->count, 2);
	assert_int_equal(test_taken(d.fd), 2);
	test_end(vm, v);
	close(d.fd);
}

static void a_kick_before_run_is_kept(void **state)
{
	const struct cairn_hv_fake_step s = { .kind = CAIRN_HV_EXIT_OFF };
	struct cairn_hv_exit *e;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_fake_push(v, &s, 1), 0);
	cairn_hv_vcpu_kick(v);
	cairn_hv_vcpu_kick(v);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(e->kind, CAIRN_HV_EXIT_KICKED);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(e->kind, CAIRN_HV_EXIT_OFF);
	test_end(vm, v);
}

static void a_kick_before_run_ends_a_wait_too(void **state)
{
	const struct cairn_hv_fake_step s = { .kind = CAIRN_HV_EXIT_KICKED };
	struct cairn_hv_exit *e;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_fake_push(v, &s, 1), 0);
	cairn_hv_vcpu_kick(v);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(e->kind, CAIRN_HV_EXIT_KICKED);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), -ENODATA);
	test_end(vm, v);
}

static void *run_once(void *arg)
{
	struct cairn_hv_exit *e;
	intptr_t rc = cairn_hv_vcpu_run(arg, &e);

	return (void *)(rc ? rc : (intptr_t)e->kind);
}

static void a_kick_ends_a_waiting_run(void **state)
{
	const struct cairn_hv_fake_step s = { .kind = CAIRN_HV_EXIT_KICKED };
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);
	void *result = NULL;
	pthread_t t;

	assert_int_equal(cairn_hv_fake_push(v, &s, 1), 0);
	assert_int_equal(pthread_create(&t, NULL, run_once, v), 0);
	usleep(2000);
	cairn_hv_vcpu_kick(v);
	assert_int_equal(pthread_join(t, &result), 0);
	assert_int_equal((intptr_t)result, CAIRN_HV_EXIT_KICKED);
	test_end(vm, v);
}

static void registers_read_back(void **state)
{
	const struct cairn_hv_reg set[] = { { 1, 10 }, { 2, 20 } };
	struct cairn_hv_reg get[] = { { 2, 0 }, { 3, 5 }, { 1, 0 } };
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_vcpu_set_regs(v, set, 2), 0);
	assert_int_equal(cairn_hv_vcpu_get_regs(v, get, 3), 0);
	assert_int_equal(get[0].value, 20);
	assert_int_equal(get[1].value, 0);
	assert_int_equal(get[2].value, 10);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_SET_REGS, 0, ENOTSUP);
	assert_int_equal(cairn_hv_vcpu_set_regs(v, set, 2), -ENOTSUP);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_GET_REGS, 1, EIO);
	assert_int_equal(cairn_hv_vcpu_get_regs(v, get, 3), 0);
	assert_int_equal(cairn_hv_vcpu_get_regs(v, get, 3), -EIO);
	test_end(vm, v);
}

static void push_rejects_accesses_without_room(void **state)
{
	struct cairn_hv_fake_step s = { .kind = CAIRN_HV_EXIT_PIO, .len = 4, .count = 17 };
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_fake_push(v, &s, 1), -EINVAL);
	s.count = 16;
	assert_int_equal(cairn_hv_fake_push(v, &s, 1), 0);
	s.len = 0;
	assert_int_equal(cairn_hv_fake_push(v, &s, 1), -EINVAL);
	s.len = 9, s.count = 1;
	assert_int_equal(cairn_hv_fake_push(v, &s, 1), -EINVAL);
	test_end(vm, v);
}

static void a_pause_is_told_where_there_is_a_way(void **state)
{
	struct cairn_hv_ops ops = cairn_hv_fake_ops;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_vcpu_paused(v), 0);
	assert_int_equal(cairn_hv_fake_count(vm, CAIRN_HV_FAKE_PAUSED), 1);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_PAUSED, 0, EIO);
	assert_int_equal(cairn_hv_vcpu_paused(v), -EIO);
	ops.paused = NULL;
	vm->ops = &ops;
	assert_int_equal(cairn_hv_vcpu_paused(v), 0);
	assert_int_equal(cairn_hv_fake_count(vm, CAIRN_HV_FAKE_PAUSED), 1);
	test_end(vm, v);
}

static unsigned char example_out[8];
static size_t example_n;

static int run_until_off(struct cairn_vm *vm, struct cairn_vcpu *v)
{
	struct cairn_hv_exit *e;
	int rc;

	while ((rc = cairn_hv_vcpu_run(v, &e)) == 0 && e->kind != CAIRN_HV_EXIT_OFF)
		if (e->kind == CAIRN_HV_EXIT_PIO && e->is_write && e->addr == 0x3f8)
			example_out[example_n++] = e->data[0];
	return rc;
}

static void readme_example_works(void **state)
{
	const struct cairn_hv_fake_step steps[] = {
		cairn_hv_fake_write(CAIRN_HV_EXIT_PIO, 0x3f8, 1, 'x'),
		cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0xd0000000, 4),
		{ .kind = CAIRN_HV_EXIT_OFF },
	};
	struct cairn_hv_fake_result result;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_fake_push(v, steps, 3), 0);
	assert_int_equal(run_until_off(vm, v), 0);
	assert_int_equal(cairn_hv_fake_result(v, 1, &result), 0);
	assert_int_equal(example_n, 1);
	assert_int_equal(example_out[0], 'x');
	assert_int_equal(cairn_le_load(result.data, 4), 0);
	test_end(vm, v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exits_come_as_scripted),
		cmocka_unit_test(answers_are_taken_at_the_next_run),
		cmocka_unit_test(a_fault_is_injected_unless_the_caller_says_otherwise),
		cmocka_unit_test(read_only_memory_answers_reads_and_nothing_else),
		cmocka_unit_test(read_only_memory_that_has_gone_answers_no_more),
		cmocka_unit_test(a_write_that_meets_a_doorbell_does_not_exit),
		cmocka_unit_test(a_doorbell_of_any_length_takes_any_write),
		cmocka_unit_test(a_kick_before_run_is_kept),
		cmocka_unit_test(a_kick_before_run_ends_a_wait_too),
		cmocka_unit_test(a_kick_ends_a_waiting_run),
		cmocka_unit_test(registers_read_back),
		cmocka_unit_test(a_pause_is_told_where_there_is_a_way),
		cmocka_unit_test(readme_example_works),
		cmocka_unit_test(push_rejects_accesses_without_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
