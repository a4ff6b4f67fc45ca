/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* `reg` and `ranges`, through buses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tree.h"

static void begin_with_cells(struct tree *t, const char *name, uint32_t address, uint32_t size)
{
	tree_begin(t, name);
	tree_cells(t, "#address-cells", address);
	tree_cells(t, "#size-cells", size);
}

static void finish(struct tree *t, struct cairn_fdt_reader *r, uint32_t depth)
{
	while (depth--)
		tree_end(t);
	tree_finish(t);
	*r = tree_open(t);
}

static void is_range(const struct cairn_fdt_node *n, uint32_t i, uint64_t at, uint64_t len)
{
	struct cairn_fdt_reader_range range;

	assert_true(cairn_fdt_reader_reg(n, i, &range));
	assert_int_equal(range.at, at);
	assert_int_equal(range.len, len);
}

static void is_no_range(const struct cairn_fdt_node *n, uint32_t i)
{
	struct cairn_fdt_reader_range range;

	assert_false(cairn_fdt_reader_reg(n, i, &range));
}

static void ranges_are_counted_in_the_parents_cells(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	tree_init(&t);
	begin_with_cells(&t, "", 2, 1);
	begin_with_cells(&t, "a", 1, 1);
	tree_cells(&t, "reg", 1, 0x40000000, 0x1000, 2, 0, 0x2000, 7);
	finish(&t, &r, 2);
	n = tree_node(&r, "/a");
	is_range(&n, 0, 0x140000000, 0x1000);
	is_range(&n, 1, 0x200000000, 0x2000);
	is_no_range(&n, 2);
	is_no_range(&n, UINT32_MAX);
	n = tree_node(&r, "/");
	is_no_range(&n, 0);
}

static void cells_that_nobody_says_are_two_and_one(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	tree_init(&t);
	tree_begin(&t, "");
	tree_begin(&t, "a");
	tree_cells(&t, "reg", 0, 5, 6);
	finish(&t, &r, 2);
	n = tree_node(&r, "/a");
	is_range(&n, 0, 5, 6);
}

static void odd_cells_are_no_range(void **state)
{
	static const uint32_t odd[][2] = { { 3, 1 }, { 4, 0 },          { 1, 3 },
					   { 0, 0 }, { UINT32_MAX, 1 }, { 1, UINT32_MAX } };
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(odd); i++) {
		tree_init(&t);
		begin_with_cells(&t, "", odd[i][0], odd[i][1]);
		tree_begin(&t, "a");
		tree_cells(&t, "reg", 1, 2, 3, 4, 5, 6, 7, 8);
		finish(&t, &r, 2);
		n = tree_node(&r, "/a");
		is_no_range(&n, 0);
	}
}

static void range_that_wraps_is_none(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	tree_init(&t);
	begin_with_cells(&t, "", 2, 2);
	tree_begin(&t, "a");
	tree_cells(&t, "reg", UINT32_MAX, 0xfffff000, 0, 0x1000, UINT32_MAX, 0xffffe000, 0, 0x1000);
	finish(&t, &r, 2);
	n = tree_node(&r, "/a");
	is_no_range(&n, 0);
	is_range(&n, 1, UINT64_C(0xffffffffffffe000), 0x1000);
}

/* A bus in a bus: the outer leads 0x1000 … 0x1fff to 0x8000_0000, the inner 0 … to 0x1000. */
static struct cairn_fdt_node in_two_buses(struct tree *t, struct cairn_fdt_reader *r, uint32_t reg,
					  uint32_t len)
{
	tree_init(t);
	begin_with_cells(t, "", 2, 2);
	begin_with_cells(t, "outer", 1, 1);
	tree_cells(t, "ranges", 0x9000, 1, 0, 0x100, 0x1000, 0, 0x80000000, 0x1000);
	begin_with_cells(t, "inner", 1, 1);
	tree_cells(t, "ranges", 0, 0x1000, 0x1000);
	tree_begin(t, "a");
	tree_cells(t, "reg", reg, len);
	finish(t, r, 4);
	return tree_node(r, "/outer/inner/a");
}

static void buses_are_gone_through(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n = in_two_buses(&t, &r, 0x10, 0x20);

	is_range(&n, 0, 0x80000010, 0x20);
	n = in_two_buses(&t, &r, 0xfe0, 0x20);
	is_range(&n, 0, 0x80000fe0, 0x20);
}

static void what_a_bus_does_not_lead_on_is_no_range(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n = in_two_buses(&t, &r, 0x1000, 4);

	is_no_range(&n, 0);
	n = in_two_buses(&t, &r, 0xfff, 2); /* half of it */
	is_no_range(&n, 0);
	n = in_two_buses(&t, &r, 0, UINT32_MAX);
	is_no_range(&n, 0);
}

static struct cairn_fdt_node in_a_bus(struct tree *t, struct cairn_fdt_reader *r, bool has_ranges)
{
	tree_init(t);
	begin_with_cells(t, "", 1, 1);
	begin_with_cells(t, "bus", 1, 1);
	if (has_ranges)
		tree_bytes(t, "ranges", "", 0);
	tree_begin(t, "a");
	tree_cells(t, "reg", 5, 6);
	finish(t, r, 3);
	return tree_node(r, "/bus/a");
}

static void empty_ranges_change_nothing_and_none_lead_nowhere(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n = in_a_bus(&t, &r, true);

	is_range(&n, 0, 5, 6);
	n = in_a_bus(&t, &r, false);
	is_no_range(&n, 0);
}

static void windows_of_pci_have_their_space(void **state)
{
	struct cairn_fdt_reader_window w;
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	tree_init(&t);
	begin_with_cells(&t, "", 2, 2);
	begin_with_cells(&t, "pcie", 3, 2);
	tree_cells(&t, "ranges", 0x02000000, 0, 0x10000000, 0, 0x20000000, 0, 0x5000, 0x03000000,
		   0x80, 0, 0x80, 0, 1, 0, 0x03000000, UINT32_MAX, 0, 0, 0, 1, 0);
	tree_begin(&t, "dev");
	tree_cells(&t, "reg", 0, 0, 0, 0, 0);
	finish(&t, &r, 3);
	n = tree_node(&r, "/pcie");
	assert_true(cairn_fdt_reader_window(&n, 0, &w));
	assert_int_equal(w.space, 0x02000000);
	assert_int_equal(w.from, 0x10000000);
	assert_int_equal(w.at, 0x20000000);
	assert_int_equal(w.len, 0x5000);
	assert_true(cairn_fdt_reader_window(&n, 1, &w));
	assert_int_equal(w.space, 0x03000000);
	assert_int_equal(w.at, 0x8000000000);
	assert_int_equal(w.len, 0x100000000);
	assert_false(cairn_fdt_reader_window(&n, 2, &w)); /* wraps */
	assert_false(cairn_fdt_reader_window(&n, 3, &w));
	n = tree_node(&r, "/pcie/dev");
	is_no_range(&n, 0);
	n = tree_node(&r, "/");
	assert_false(cairn_fdt_reader_window(&n, 0, &w));
}

static void window_goes_through_the_buses_above(void **state)
{
	struct cairn_fdt_reader_window w;
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	tree_init(&t);
	begin_with_cells(&t, "", 1, 1);
	begin_with_cells(&t, "soc", 1, 1);
	tree_cells(&t, "ranges", 0x1000, 0x50000000, 0x1000);
	begin_with_cells(&t, "bus", 1, 1);
	tree_cells(&t, "ranges", 0, 0x1800, 0x100, 0x100, 0x3000, 0x100);
	finish(&t, &r, 3);
	n = tree_node(&r, "/soc/bus");
	assert_true(cairn_fdt_reader_window(&n, 0, &w));
	assert_int_equal(w.space, 0);
	assert_int_equal(w.at, 0x50000800);
	assert_false(cairn_fdt_reader_window(&n, 1, &w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_counted_in_the_parents_cells),
		cmocka_unit_test(cells_that_nobody_says_are_two_and_one),
		cmocka_unit_test(odd_cells_are_no_range),
		cmocka_unit_test(range_that_wraps_is_none),
		cmocka_unit_test(buses_are_gone_through),
		cmocka_unit_test(what_a_bus_does_not_lead_on_is_no_range),
		cmocka_unit_test(empty_ranges_change_nothing_and_none_lead_nowhere),
		cmocka_unit_test(windows_of_pci_have_their_space),
		cmocka_unit_test(window_goes_through_the_buses_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
