/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* hv_vm_test.c - the checks of hv.h on a vm's life, memory and vcpus. */
#include "fake_test.h"

static int open_with(uint32_t max_vcpus, uint32_t n_lines)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = max_vcpus, .n_lines = n_lines };
	struct cairn_err err = { 0 };
	struct cairn_vm *vm;
	int rc = cairn_hv_open(&cairn_hv_fake_ops, NULL, &c, &vm, &err);

	if (rc == 0)
		cairn_hv_close(vm);
	else
		assert_int_equal(err.code, -rc);
	return rc;
}

static void open_rejects_numbers_out_of_range(void **state)
{
	assert_int_equal(open_with(1, 0), 0);
	assert_int_equal(open_with(512, 24), 0);
	assert_int_equal(open_with(0, 0), -EINVAL);
	assert_int_equal(open_with(513, 0), -EINVAL);
	assert_int_equal(open_with(CAIRN_HV_ID_LIMIT + 1, 0), -EINVAL);
	assert_int_equal(open_with(1, 25), -EINVAL);
	assert_int_equal(open_with(1, CAIRN_HV_ID_LIMIT + 1), -EINVAL);
}

static int boundless(struct cairn_vm *vm, enum cairn_hv_cap cap)
{
	return 1 << 20;
}

/* The limits that hv itself has, whatever a back end promises. */
static void open_and_cap_do_not_trust_the_back_end(void **state)
{
	struct cairn_hv_vm_config c = { .max_vcpus = 1, .n_lines = CAIRN_HV_ID_LIMIT };
	struct cairn_hv_ops ops = cairn_hv_fake_ops;
	struct cairn_vm *vm;

	ops.cap = boundless;
	assert_int_equal(cairn_hv_open(&ops, NULL, &c, &vm, NULL), 0);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_LINES), 1 << 20);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_N_CAPS), 0);
	cairn_hv_close(vm);
	c.n_lines++;
	assert_int_equal(cairn_hv_open(&ops, NULL, &c, &vm, NULL), -EINVAL);
	c.n_lines = 0;
	c.max_vcpus = CAIRN_HV_ID_LIMIT + 1;
	assert_int_equal(cairn_hv_open(&ops, NULL, &c, &vm, NULL), -EINVAL);
}

static void open_rejects_a_table_that_is_too_small(void **state)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = 1 };
	struct cairn_hv_ops ops = cairn_hv_fake_ops;
	struct cairn_vm *vm;

	ops.size -= 1;
	assert_int_equal(cairn_hv_open(&ops, NULL, &c, &vm, NULL), -EINVAL);
}

/* The result of adding r to a vm that has one page at 0x10000 in slot 1. */
static int add_beside_a_page(struct cairn_hv_region r)
{
	const struct cairn_hv_region page = test_region(1, 0x10000, CAIRN_HV_PAGE);
	struct cairn_vm *vm = test_vm();
	int rc;

	assert_int_equal(cairn_hv_mem_add(vm, &page), 0);
	rc = cairn_hv_mem_add(vm, &r);
	cairn_hv_close(vm);
	return rc;
}

static void mem_add_takes_neighbours(void **state)
{
	assert_int_equal(add_beside_a_page(test_region(2, 0xf000, CAIRN_HV_PAGE)), 0);
	assert_int_equal(add_beside_a_page(test_region(2, 0x11000, CAIRN_HV_PAGE)), 0);
}

static void mem_add_rejects_overlap_and_taken_slot(void **state)
{
	assert_int_equal(add_beside_a_page(test_region(1, 0, CAIRN_HV_PAGE)), -EEXIST);
	assert_int_equal(add_beside_a_page(test_region(2, 0x10000, CAIRN_HV_PAGE)), -EEXIST);
	assert_int_equal(add_beside_a_page(test_region(2, 0xf000, 2 * CAIRN_HV_PAGE)), -EEXIST);
	assert_int_equal(add_beside_a_page(test_region(2, 0, 0x20000)), -EEXIST);
}

static void mem_add_rejects_bad_shapes(void **state)
{
	struct cairn_hv_region r = test_region(2, 0, CAIRN_HV_PAGE);

	assert_int_equal(add_beside_a_page(test_region(2, 0, 0)), -EINVAL);
	assert_int_equal(add_beside_a_page(test_region(2, 0, CAIRN_HV_PAGE + 1)), -EINVAL);
	assert_int_equal(add_beside_a_page(test_region(2, 0x800, CAIRN_HV_PAGE)), -EINVAL);
	assert_int_equal(add_beside_a_page(test_region(509, 0, CAIRN_HV_PAGE)), -EINVAL);
	r.host = NULL;
	assert_int_equal(add_beside_a_page(r), -EINVAL);
	r.host = test_page + 8;
	assert_int_equal(add_beside_a_page(r), -EINVAL);
	r = test_region(2, 0, CAIRN_HV_PAGE);
	r.flags = 1u << 31;
	assert_int_equal(add_beside_a_page(r), -EINVAL);
}

static void mem_add_keeps_to_the_address_space(void **state)
{
	const uint64_t end = UINT64_C(1) << 46;

	assert_int_equal(add_beside_a_page(test_region(2, end - CAIRN_HV_PAGE, CAIRN_HV_PAGE)), 0);
	assert_int_equal(add_beside_a_page(test_region(2, end, CAIRN_HV_PAGE)), -EINVAL);
	assert_int_equal(add_beside_a_page(test_region(2, end - CAIRN_HV_PAGE, 2 * CAIRN_HV_PAGE)),
			 -EINVAL);
	assert_int_equal(
	    add_beside_a_page(test_region(2, UINT64_MAX - CAIRN_HV_PAGE + 1, CAIRN_HV_PAGE)),
	    -EINVAL);
}

/* Adds a page with flags where the capability is value. */
static int add_flagged(uint32_t flags, enum cairn_hv_cap cap, int value, int fd)
{
	struct cairn_hv_region r = test_region(0, 0, CAIRN_HV_PAGE);
	struct cairn_vm *vm = test_vm();
	int rc;

	cairn_hv_fake_set_cap(vm, cap, value);
	r.flags = flags;
	r.fd = fd;
	rc = cairn_hv_mem_add(vm, &r);
	cairn_hv_close(vm);
	return rc;
}

static void mem_flags_need_their_capability(void **state)
{
	assert_int_equal(add_flagged(CAIRN_HV_LEND, CAIRN_HV_MEM_LEND, 1, -1), 0);
	assert_int_equal(add_flagged(CAIRN_HV_LEND, CAIRN_HV_MEM_LEND, 0, -1), -ENOTSUP);
	assert_int_equal(add_flagged(CAIRN_HV_READONLY, CAIRN_HV_MEM_READONLY, 1, -1), 0);
	assert_int_equal(add_flagged(CAIRN_HV_READONLY, CAIRN_HV_MEM_READONLY, 0, -1), -ENOTSUP);
	assert_int_equal(add_flagged(CAIRN_HV_FD, CAIRN_HV_MEM_FD, 1, 5), 0);
	assert_int_equal(add_flagged(CAIRN_HV_FD, CAIRN_HV_MEM_FD, 1, -1), -EINVAL);
	assert_int_equal(add_flagged(CAIRN_HV_FD, CAIRN_HV_MEM_FD, 0, 5), -ENOTSUP);
}

static void mem_del_gives_slot_and_addresses_back(void **state)
{
	const struct cairn_hv_region r = test_region(3, 0x1000, CAIRN_HV_PAGE);
	struct cairn_vm *vm = test_vm();

	assert_int_equal(cairn_hv_mem_del(vm, 3), -EINVAL);
	assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_MEM_DEL, 0, EIO);
	assert_int_equal(cairn_hv_mem_del(vm, 3), -EIO);
	assert_int_equal(cairn_hv_mem_add(vm, &r), -EEXIST);
	assert_int_equal(cairn_hv_mem_del(vm, 3), 0);
	assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	cairn_hv_close(vm);
}

static void mem_takes_more_regions_than_its_first_table(void **state)
{
	struct cairn_vm *vm = test_vm();

	for (uint32_t i = 0; i < 40; i++) {
		const struct cairn_hv_region r = test_region(i, i * 0x10000, CAIRN_HV_PAGE);

		assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	}
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_MEM_ADD, 0, ENOMEM);
	assert_int_equal(cairn_hv_mem_add(vm, &(struct cairn_hv_region){ .slot = 50,
									 .at = { 0x800000 },
									 .len_bytes = 0x1000,
									 .host = test_page }),
			 -ENOMEM);
	assert_int_equal(cairn_hv_fake_count(vm, CAIRN_HV_FAKE_MEM_ADD), 40);
	cairn_hv_close(vm);
}

static void late_memory_is_a_capability(void **state)
{
	const struct cairn_hv_region r = test_region(1, 0x1000, CAIRN_HV_PAGE);
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	assert_int_equal(cairn_hv_mem_del(vm, 1), 0);
	cairn_hv_fake_set_cap(vm, CAIRN_HV_MEM_LATE, 0);
	assert_int_equal(cairn_hv_mem_add(vm, &r), -ENOTSUP);
	assert_int_equal(cairn_hv_mem_del(vm, 0), -ENOTSUP);
	test_end(vm, v);
}

static void start_wants_memory_and_a_vcpu_and_happens_once(void **state)
{
	const struct cairn_hv_region r = test_region(0, 0, CAIRN_HV_PAGE);
	const struct cairn_hv_start s = { .entry = { 0x100 } };
	struct cairn_vm *vm = test_vm();
	struct cairn_vcpu *v;

	assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	assert_int_equal(cairn_hv_start(vm, &s, NULL), -EINVAL);
	assert_int_equal(cairn_hv_vcpu_open(vm, 0, &v), 0);
	assert_int_equal(cairn_hv_mem_del(vm, 0), 0);
	assert_int_equal(cairn_hv_start(vm, &s, NULL), -EINVAL);
	assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_START, 0, EIO);
	assert_int_equal(cairn_hv_start(vm, &s, NULL), -EIO);
	assert_int_equal(cairn_hv_start(vm, &s, NULL), 0);
	assert_int_equal(cairn_hv_start(vm, &s, NULL), -EINVAL);
	assert_int_equal(cairn_hv_fake_count(vm, CAIRN_HV_FAKE_START), 1);
	test_end(vm, v);
}

static void start_asks_for_the_device_tree_where_it_is_needed(void **state)
{
	const struct cairn_hv_region r = test_region(0, 0, CAIRN_HV_PAGE);
	struct cairn_hv_start s = { .dtb = { 0x100 } };
	struct cairn_vm *vm = test_vm();
	struct cairn_err err = { 0 };
	struct cairn_vcpu *v;

	cairn_hv_fake_set_cap(vm, CAIRN_HV_DTB_START, 1);
	assert_int_equal(cairn_hv_vcpu_open(vm, 0, &v), 0);
	assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	assert_int_equal(cairn_hv_start(vm, &s, &err), -EINVAL);
	assert_int_equal(err.code, EINVAL);
	s.dtb_room_bytes = 0x1000;
	assert_int_equal(cairn_hv_start(vm, &s, NULL), 0);
	test_end(vm, v);
}

static void vcpu_ids_are_in_range_and_used_once(void **state)
{
	struct cairn_vm *vm = test_vm();
	struct cairn_vcpu *v, *w;

	assert_int_equal(cairn_hv_vcpu_open(vm, 4, &v), -EINVAL);
	cairn_hv_fake_fail(vm, CAIRN_HV_FAKE_VCPU_OPEN, 0, EMFILE);
	assert_int_equal(cairn_hv_vcpu_open(vm, 3, &v), -EMFILE);
	assert_int_equal(cairn_hv_vcpu_open(vm, 3, &v), 0);
	assert_int_equal(cairn_hv_vcpu_open(vm, 3, &w), -EEXIST);
	cairn_hv_vcpu_close(v);
	cairn_hv_vcpu_close(NULL);
	cairn_hv_close(vm);
	cairn_hv_close(NULL);
}

static void vcpus_run_and_stay_as_they_are_once_live(void **state)
{
	struct cairn_hv_exit *e;
	struct cairn_vm *vm = test_vm();
	struct cairn_vcpu *v;

	assert_int_equal(cairn_hv_vcpu_open(vm, 0, &v), 0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), -EINVAL);
	test_end(vm, v);
	vm = test_live_vm(&v);
	assert_int_equal(cairn_hv_vcpu_open(vm, 1, &(struct cairn_vcpu *){ NULL }), -EINVAL);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), -ENODATA);
	test_end(vm, v);
}

static void registers_wait_for_an_unfinished_access(void **state)
{
	const struct cairn_hv_fake_step s = cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, 0x1000, 4);
	struct cairn_hv_reg r = { .id = 7, .value = 9 };
	struct cairn_hv_exit *e;
	struct cairn_vcpu *v;
	struct cairn_vm *vm = test_live_vm(&v);

	assert_int_equal(cairn_hv_fake_push(v, &s, 1), 0);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(cairn_hv_vcpu_get_regs(v, &r, 1), -EBUSY);
	assert_int_equal(cairn_hv_vcpu_set_regs(v, &r, 1), -EBUSY);
	cairn_hv_vcpu_kick(v);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(e->kind, CAIRN_HV_EXIT_KICKED);
	assert_int_equal(cairn_hv_vcpu_set_regs(v, &r, 1), 0);
	test_end(vm, v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_rejects_numbers_out_of_range),
		cmocka_unit_test(open_rejects_a_table_that_is_too_small),
		cmocka_unit_test(open_and_cap_do_not_trust_the_back_end),
		cmocka_unit_test(mem_add_takes_neighbours),
		cmocka_unit_test(mem_add_rejects_overlap_and_taken_slot),
		cmocka_unit_test(mem_add_rejects_bad_shapes),
		cmocka_unit_test(mem_add_keeps_to_the_address_space),
		cmocka_unit_test(mem_flags_need_their_capability),
		cmocka_unit_test(mem_del_gives_slot_and_addresses_back),
		cmocka_unit_test(mem_takes_more_regions_than_its_first_table),
		cmocka_unit_test(late_memory_is_a_capability),
		cmocka_unit_test(start_wants_memory_and_a_vcpu_and_happens_once),
		cmocka_unit_test(start_asks_for_the_device_tree_where_it_is_needed),
		cmocka_unit_test(vcpu_ids_are_in_range_and_used_once),
		cmocka_unit_test(vcpus_run_and_stay_as_they_are_once_live),
		cmocka_unit_test(registers_wait_for_an_unfinished_access),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
