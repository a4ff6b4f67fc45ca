/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What is written is read again by libfdt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <libfdt.h>

#include <cairn/fdt.h>

/* Larger than any tree may be. */
static _Alignas(8) uint8_t area[CAIRN_FDT_MAX_BYTES + (1 << 16)];

/* The example of the README. */
static int write_tree(struct cairn_fdt *f, void *buf, size_t size, size_t *ret_len,
		      struct cairn_err *err)
{
	static const struct cairn_fdt_range ram = { 0x40000000, 0x8000000 };

	cairn_fdt_init(f, buf, size);
	cairn_fdt_begin(f, "");
	cairn_fdt_child_cells(f, 2, 2);
	cairn_fdt_string(f, "compatible", "linux,dummy-virt");
	cairn_fdt_begin_at(f, "memory", ram.base);
	cairn_fdt_string(f, "device_type", "memory");
	cairn_fdt_reg(f, &ram, 1);
	cairn_fdt_end(f);
	cairn_fdt_end(f);
	return cairn_fdt_finish(f, ret_len, err);
}

static int readme_example(size_t *ret_len)
{
	struct cairn_fdt f;
	struct cairn_err err = { 0 };

	return write_tree(&f, area, sizeof(area), ret_len, &err);
}

static void readme_example_works(void **state)
{
	size_t len = 0;
	int node, n;

	(void)state;
	assert_int_equal(readme_example(&len), 0);
	assert_int_equal(fdt_check_full(area, len), 0);
	assert_int_equal(fdt_totalsize(area), len);
	node = fdt_path_offset(area, "/memory@40000000");
	assert_true(node > 0);
	assert_memory_equal(fdt_getprop(area, node, "reg", &n),
			    "\0\0\0\0\x40\0\0\0\0\0\0\0\x08\0\0\0", 16);
	assert_int_equal(n, 16);
	assert_string_equal(fdt_getprop(area, node, "device_type", NULL), "memory");
}

static void start(struct cairn_fdt *f)
{
	cairn_fdt_init(f, area, sizeof(area));
	cairn_fdt_begin(f, "");
}

/* Ends the root. */
static int finish(struct cairn_fdt *f, struct cairn_err *err)
{
	size_t len;

	cairn_fdt_end(f);
	return cairn_fdt_finish(f, &len, err);
}

static const void *root_value(const char *name, int want_len)
{
	int len = -1;
	const void *v = fdt_getprop(area, 0, name, &len);

	assert_non_null(v);
	assert_int_equal(len, want_len);
	return v;
}

static void values_are_big_endian_and_whole(void **state)
{
	static const uint32_t cells[] = { 1, 0xfedcba98 };
	static const char *const list[] = { "a", "bc", "" };
	struct cairn_fdt f;

	(void)state;
	start(&f);
	cairn_fdt_flag(&f, "flag");
	cairn_fdt_bytes(&f, "bytes", "\1\2\3", 3);
	cairn_fdt_bytes(&f, "nothing", NULL, 0);
	cairn_fdt_u32(&f, "u32", 0x01020304);
	cairn_fdt_u64(&f, "u64", UINT64_C(0x0102030405060708));
	cairn_fdt_cells(&f, "cells", cells, 2);
	cairn_fdt_strings(&f, "strings", list, 3);
	cairn_fdt_phandle(&f, 4095);
	assert_int_equal(finish(&f, NULL), 0);
	root_value("flag", 0);
	root_value("nothing", 0);
	assert_memory_equal(root_value("bytes", 3), "\1\2\3", 3);
	assert_memory_equal(root_value("u32", 4), "\1\2\3\4", 4);
	assert_memory_equal(root_value("u64", 8), "\1\2\3\4\5\6\7\x8", 8);
	assert_memory_equal(root_value("cells", 8), "\0\0\0\1\xfe\xdc\xba\x98", 8);
	assert_memory_equal(root_value("strings", 6), "a\0bc\0", 6);
	assert_int_equal(fdt_get_phandle(area, 0), 4095);
}

static void unit_addresses_are_hexadecimal_without_zeroes(void **state)
{
	struct cairn_fdt f;

	(void)state;
	start(&f);
	cairn_fdt_begin_at(&f, "a", 0);
	cairn_fdt_end(&f);
	cairn_fdt_begin_at(&f, "b", 0x10);
	cairn_fdt_end(&f);
	cairn_fdt_begin_at(&f, "c", UINT64_MAX);
	cairn_fdt_end(&f);
	assert_int_equal(finish(&f, NULL), 0);
	assert_true(fdt_path_offset(area, "/a@0") > 0);
	assert_true(fdt_path_offset(area, "/b@10") > 0);
	assert_true(fdt_path_offset(area, "/c@ffffffffffffffff") > 0);
}

static void reg_has_the_cells_of_the_parent(void **state)
{
	static const struct cairn_fdt_range two[] = { { 1, 2 }, { 3, UINT32_MAX } }, one = { 7, 0 };
	struct cairn_fdt f;
	int len;

	(void)state;
	start(&f);
	cairn_fdt_begin(&f, "plain"); /* two cells and one, without being told */
	cairn_fdt_reg(&f, two, 2);
	cairn_fdt_child_cells(&f, 1, 0);
	cairn_fdt_begin_at(&f, "cpu", 7);
	cairn_fdt_reg(&f, &one, 1);
	cairn_fdt_end(&f);
	cairn_fdt_end(&f);
	assert_int_equal(finish(&f, NULL), 0);
	assert_memory_equal(fdt_getprop(area, fdt_path_offset(area, "/plain"), "reg", &len),
			    "\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0\3\xff\xff\xff\xff", 24);
	assert_int_equal(len, 24);
	assert_memory_equal(fdt_getprop(area, fdt_path_offset(area, "/plain/cpu@7"), "reg", &len),
			    "\0\0\0\7", 4);
	assert_int_equal(len, 4);
}

static void reservations_are_kept(void **state)
{
	struct cairn_fdt f;
	uint64_t base, len;

	(void)state;
	cairn_fdt_init(&f, area, sizeof(area));
	cairn_fdt_reserve(&f, 0x1000, 0x2000);
	cairn_fdt_begin(&f, "");
	assert_int_equal(finish(&f, NULL), 0);
	assert_int_equal(fdt_num_mem_rsv(area), 1);
	assert_int_equal(fdt_get_mem_rsv(area, 0, &base, &len), 0);
	assert_int_equal(base, 0x1000);
	assert_int_equal(len, 0x2000);
}

static void size_0_asks_and_the_answer_is_enough(void **state)
{
	struct cairn_fdt ask, f;
	struct cairn_err err = { 0 };
	size_t len = 77;

	(void)state;
	assert_int_equal(write_tree(&ask, NULL, 0, &len, &err), -ENOSPC);
	assert_int_equal(err.at, ask.need);
	assert_int_equal(len, 77);
	assert_int_equal(write_tree(&f, area, ask.need, &len, &err), 0);
	assert_int_equal(f.need, ask.need);
	assert_true(len <= ask.need);
	/* Only names that occur twice ("#size-cells" does not) make a difference: none here. */
	assert_int_equal(len, ask.need);
}

static void shared_names_are_counted_each_time(void **state)
{
	struct cairn_fdt f;
	size_t len;

	(void)state;
	start(&f);
	cairn_fdt_flag(&f, "seven77");
	cairn_fdt_begin(&f, "x");
	cairn_fdt_flag(&f, "seven77");
	cairn_fdt_end(&f);
	cairn_fdt_end(&f);
	assert_int_equal(cairn_fdt_finish(&f, &len, NULL), 0);
	assert_int_equal(len + 8, f.need);
}

static void short_buffer_is_not_overrun(void **state)
{
	struct cairn_fdt f;
	struct cairn_err err;
	size_t need, len;

	(void)state;
	assert_int_equal(write_tree(&f, NULL, 0, &len, NULL), -ENOSPC);
	need = f.need;
	for (size_t size = 0; size < need; size++) {
		memset(area, 0xaa, need + 16);
		assert_int_equal(write_tree(&f, area, size, &len, &err), -ENOSPC);
		assert_int_equal(f.need, need);
		for (size_t i = size; i < need + 16; i++)
			assert_int_equal(area[i], 0xaa);
	}
}

static void largest_tree_is_the_kernels_limit(void **state)
{
	struct cairn_fdt f;
	struct cairn_err err;

	(void)state;
	start(&f);
	cairn_fdt_bytes(&f, "big", area, (size_t)CAIRN_FDT_MAX_BYTES + 1);
	assert_int_equal(finish(&f, &err), -ENOSPC);
	assert_true(err.at > CAIRN_FDT_MAX_BYTES);
	start(&f); /* there would be room */
	cairn_fdt_bytes(&f, "as large", area, (size_t)CAIRN_FDT_MAX_BYTES);
	assert_int_equal(finish(&f, &err), -ENOSPC);
	start(&f);
	cairn_fdt_cells(&f, "wraps", NULL, SIZE_MAX / 4 + 2);
	assert_int_equal(finish(&f, &err), -ENOSPC);
}

#define LONG "abcdefghijklmnopqrstuvwxyzabcdef" /* 32 */

static void long_node(struct cairn_fdt *f)
{
	cairn_fdt_begin(f, LONG);
}

static void long_node_with_unit(struct cairn_fdt *f)
{
	cairn_fdt_begin_at(f, LONG, 1);
}

static void nameless_node(struct cairn_fdt *f)
{
	cairn_fdt_begin(f, "");
}

static void long_property(struct cairn_fdt *f)
{
	cairn_fdt_flag(f, LONG);
}

static void nameless_property(struct cairn_fdt *f)
{
	cairn_fdt_flag(f, "");
}

static void property_behind_child(struct cairn_fdt *f)
{
	cairn_fdt_begin(f, "child");
	cairn_fdt_end(f);
	cairn_fdt_flag(f, "late");
}

static void open_child(struct cairn_fdt *f)
{
	cairn_fdt_begin(f, "child");
}

static void second_root(struct cairn_fdt *f)
{
	cairn_fdt_end(f);
	cairn_fdt_begin(f, "");
}

static void one_end_too_many(struct cairn_fdt *f)
{
	cairn_fdt_end(f);
}

static void property_outside(struct cairn_fdt *f)
{
	cairn_fdt_end(f);
	cairn_fdt_flag(f, "late");
}

static void too_deep(struct cairn_fdt *f)
{
	for (unsigned i = 0; i < CAIRN_FDT_MAX_DEPTH; i++)
		cairn_fdt_begin(f, "deeper");
}

static void phandle_zero(struct cairn_fdt *f)
{
	cairn_fdt_phandle(f, 0);
}

static void phandle_too_large(struct cairn_fdt *f)
{
	cairn_fdt_phandle(f, CAIRN_FDT_MAX_PHANDLE + 1);
}

static void phandle_twice(struct cairn_fdt *f)
{
	cairn_fdt_phandle(f, 5);
	cairn_fdt_begin(f, "child");
	cairn_fdt_phandle(f, 5);
	cairn_fdt_end(f);
}

static void many_address_cells(struct cairn_fdt *f)
{
	cairn_fdt_child_cells(f, 4, 0);
}

static void many_size_cells(struct cairn_fdt *f)
{
	cairn_fdt_child_cells(f, 2, 3);
}

static void reg_under(struct cairn_fdt *f, uint32_t address, uint32_t size, uint64_t base,
		      uint64_t len)
{
	const struct cairn_fdt_range r = { base, len };

	cairn_fdt_child_cells(f, address, size);
	cairn_fdt_begin(f, "child");
	cairn_fdt_reg(f, &r, 1);
	cairn_fdt_end(f);
}

static void reg_of_the_root(struct cairn_fdt *f)
{
	cairn_fdt_reg(f, NULL, 0);
}

static void wide_base(struct cairn_fdt *f)
{
	reg_under(f, 1, 2, UINT64_C(1) << 32, 1);
}

static void wide_len(struct cairn_fdt *f)
{
	reg_under(f, 2, 1, 0, UINT64_C(1) << 32);
}

static void len_without_cells(struct cairn_fdt *f)
{
	reg_under(f, 1, 0, 0, 1);
}

static void three_cells(struct cairn_fdt *f)
{
	reg_under(f, 3, 2, 0, 1);
}

static void late_reservation(struct cairn_fdt *f)
{
	cairn_fdt_reserve(f, 0, 1);
}

static const struct {
	void (*make)(struct cairn_fdt *f);
	const char *what;
} mistakes[] = {
	{ long_node, "a node's name is too long or missing" },
	{ long_node_with_unit, "a node's name is too long or missing" },
	{ nameless_node, "a node's name is too long or missing" },
	{ long_property, "a property's name is too long or missing" },
	{ nameless_property, "a property's name is too long or missing" },
	{ property_behind_child, "a property behind a child node" },
	{ open_child, "nodes are left open, or there is none" },
	{ second_root, "a second root" },
	{ one_end_too_many, "a node ends that did not begin" },
	{ property_outside, "a property outside the root" },
	{ too_deep, "nodes too deep inside each other" },
	{ phandle_zero, "a phandle out of range" },
	{ phandle_too_large, "a phandle out of range" },
	{ phandle_twice, "a phandle twice" },
	{ many_address_cells, "cells that nothing has" },
	{ many_size_cells, "cells that nothing has" },
	{ reg_of_the_root, "the root has no address" },
	{ wide_base, "a number does not fit its parent's cells" },
	{ wide_len, "a number does not fit its parent's cells" },
	{ len_without_cells, "a number does not fit its parent's cells" },
	{ three_cells, "addresses of three cells have no single number" },
	{ late_reservation, "a reservation behind the root" },
};

/* Also where nothing is written, so that the first pass finds them. */
static void mistakes_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * CAIRN_ARRAY_LEN(mistakes); i++) {
		struct cairn_fdt f;
		struct cairn_err err = { 0 };

		cairn_fdt_init(&f, area, i % 2 ? sizeof(area) : 0);
		cairn_fdt_begin(&f, "");
		mistakes[i / 2].make(&f);
		assert_int_equal(finish(&f, &err), -EINVAL);
		assert_int_equal(err.code, EINVAL);
		assert_string_equal(err.what, mistakes[i / 2].what);
	}
}

static void first_mistake_is_the_one_told(void **state)
{
	struct cairn_fdt f;
	struct cairn_err err = { 0 };

	(void)state;
	start(&f);
	phandle_too_large(&f);
	phandle_zero(&f);
	assert_int_equal(finish(&f, &err), -EINVAL);
	assert_string_equal(err.what, "a phandle out of range");
	assert_int_equal(err.at, CAIRN_FDT_MAX_PHANDLE + 1);
}

static void finish_works_once_and_needs_a_root(void **state)
{
	struct cairn_fdt f;
	size_t len;

	(void)state;
	cairn_fdt_init(&f, area, sizeof(area));
	assert_int_equal(cairn_fdt_finish(&f, &len, NULL), -EINVAL);
	start(&f);
	assert_int_equal(finish(&f, NULL), 0);
	assert_int_equal(cairn_fdt_finish(&f, &len, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readme_example_works),
		cmocka_unit_test(values_are_big_endian_and_whole),
		cmocka_unit_test(unit_addresses_are_hexadecimal_without_zeroes),
		cmocka_unit_test(reg_has_the_cells_of_the_parent),
		cmocka_unit_test(reservations_are_kept),
		cmocka_unit_test(size_0_asks_and_the_answer_is_enough),
		cmocka_unit_test(shared_names_are_counted_each_time),
		cmocka_unit_test(short_buffer_is_not_overrun),
		cmocka_unit_test(largest_tree_is_the_kernels_limit),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(first_mistake_is_the_one_told),
		cmocka_unit_test(finish_works_once_and_needs_a_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
