/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/memory.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#define PAGE UINT64_C(4096)
#define G4   (UINT64_C(1) << 32)

static struct fw_memory m;

static int start(void **state)
{
	memset(&m, 0, sizeof(m));
	return 0;
}

static void ram(uint64_t at, uint64_t len)
{
	assert_int_equal(fw_memory_describe(&m, at, len, FW_MEM_FREE, FW_MEM_ATTR_WB), 0);
}

static void entry_is(uint32_t i, uint64_t at, uint64_t end, uint32_t type)
{
	assert_true(i < m.n);
	assert_int_equal(m.entries[i].at, at);
	assert_int_equal(m.entries[i].at + m.entries[i].pages * PAGE, end);
	assert_int_equal(m.entries[i].type, type);
}

static void ram_shrinks_and_others_grow_to_pages(void **state)
{
	ram(0x10001, 0x2fff);
	assert_int_equal(fw_memory_describe(&m, 0x20fff, 2, FW_MEM_RESERVED, 0), 0);
	assert_int_equal(m.n, 2);
	entry_is(0, 0x11000, 0x13000, FW_MEM_FREE);
	entry_is(1, 0x20000, 0x22000, FW_MEM_RESERVED);
}

static void odd_ranges_are_left_out(void **state)
{
	ram(0x1000, 0);
	ram(0x1001, 0xfff);
	ram(UINT64_MAX - 0xfff, 0x1000);
	ram(0x1000, UINT64_MAX);
	assert_int_equal(fw_memory_describe(&m, UINT64_MAX - 1, 1, FW_MEM_RESERVED, 0), 0);
	assert_int_equal(m.n, 0);
	assert_null(fw_memory_find(&m, 0));
}

static void what_is_not_ram_wins_whatever_comes_first(void **state)
{
	ram(0x10000, 0x10000);
	assert_int_equal(fw_memory_describe(&m, 0x8000, 0x9000, FW_MEM_ACPI, 0), 0);
	ram(0x0, 0x30000);
	entry_is(0, 0, 0x8000, FW_MEM_FREE);
	entry_is(1, 0x8000, 0x11000, FW_MEM_ACPI);
	entry_is(2, 0x11000, 0x30000, FW_MEM_FREE);
	assert_int_equal(m.n, 3);
}

static void of_two_reservations_the_earlier_stays(void **state)
{
	assert_int_equal(fw_memory_describe(&m, 0x2000, 0x2000, FW_MEM_NVS, 0), 0);
	assert_int_equal(fw_memory_describe(&m, 0x1000, 0x4000, FW_MEM_RESERVED, 0), 0);
	entry_is(0, 0x1000, 0x2000, FW_MEM_RESERVED);
	entry_is(1, 0x2000, 0x4000, FW_MEM_NVS);
	entry_is(2, 0x4000, 0x5000, FW_MEM_RESERVED);
}

static void neighbours_of_a_kind_are_one_entry(void **state)
{
	ram(0x1000, 0x1000);
	ram(0x3000, 0x1000);
	ram(0x2000, 0x1000);
	assert_int_equal(m.n, 1);
	entry_is(0, 0x1000, 0x4000, FW_MEM_FREE);
}

static uint64_t take(enum fw_where where, uint64_t at, uint64_t pages, uint64_t align)
{
	uint64_t got = 1;

	assert_int_equal(fw_memory_alloc(&m, where, at, pages, align, FW_MEM_LOADER_DATA, &got), 0);
	return got;
}

static void alloc_gives_the_highest_below_4g_first(void **state)
{
	ram(0x100000, 0x100000);
	ram(G4, 0x100000);
	assert_int_equal(take(FW_WHERE_ANY, 0, 2, PAGE), 0x1fe000);
	assert_int_equal(take(FW_WHERE_ANY, 0, 0xff, PAGE), G4 + 0x1000);
	assert_int_equal(take(FW_WHERE_BELOW, 0x1fdfff, 1, PAGE), 0x1fd000);
	assert_int_equal(take(FW_WHERE_BELOW, 0x1fcffe, 1, PAGE), 0x1fb000);
}

static void alloc_aligns_downwards(void **state)
{
	ram(0x100000, 0x301000);
	assert_int_equal(take(FW_WHERE_ANY, 0, 1, 0x200000), 0x400000);
	assert_int_equal(take(FW_WHERE_ANY, 0, 1, 0x200000), 0x200000);
}

static void alloc_never_gives_page_0(void **state)
{
	uint64_t at;

	ram(0, 2 * PAGE);
	assert_int_equal(take(FW_WHERE_ANY, 0, 1, PAGE), PAGE);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_ANY, 0, 1, PAGE, FW_MEM_LOADER_DATA, &at),
			 -ENOMEM);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_AT, 0, 1, PAGE, FW_MEM_LOADER_DATA, &at),
			 -ENOENT);
}

static void alloc_at_needs_all_of_it_free(void **state)
{
	uint64_t at;

	ram(0x10000, 0x4000);
	assert_int_equal(take(FW_WHERE_AT, 0x12000, 1, 0), 0x12000);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_AT, 0x11000, 2, 0, FW_MEM_LOADER_DATA, &at),
			 -ENOENT);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_AT, 0x13000, 2, 0, FW_MEM_LOADER_DATA, &at),
			 -ENOENT);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_AT, 0x13800, 1, 0, FW_MEM_LOADER_DATA, &at),
			 -EINVAL);
}

static void alloc_refuses_nonsense(void **state)
{
	static const uint32_t bad[] = { FW_MEM_FREE, FW_MEM_PERSISTENT, FW_MEM_UNACCEPTED, 16,
					0x6fffffff };
	uint64_t at = 7;

	ram(0x10000, 0x4000);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++)
		assert_int_equal(fw_memory_alloc(&m, FW_WHERE_ANY, 0, 1, PAGE, bad[i], &at),
				 -EINVAL);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_ANY, 0, 0, PAGE, 1, &at), -EINVAL);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_ANY, 0, 1, 0x800, 1, &at), -EINVAL);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_ANY, 0, 1, 0x3000, 1, &at), -EINVAL);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_ANY, 0, UINT64_MAX / 2, PAGE, 1, &at),
			 -ENOMEM);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_ANY, 0, 5, PAGE, 1, &at), -ENOMEM);
	assert_int_equal(at, 7);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_ANY, 0, 1, PAGE, 0x80000001, &at), 0);
}

static void free_takes_back_what_was_allocated_and_nothing_else(void **state)
{
	uint64_t a;

	ram(0x10000, 0x4000);
	assert_int_equal(fw_memory_describe(&m, 0x14000, 0x1000, FW_MEM_ACPI, 0), 0);
	a = take(FW_WHERE_AT, 0x11000, 2, 0);
	assert_int_equal(fw_memory_free(&m, a, 0), -EINVAL);
	assert_int_equal(fw_memory_free(&m, a + 1, 1), -EINVAL);
	assert_int_equal(fw_memory_free(&m, a, UINT64_MAX / 2), -EINVAL);
	assert_int_equal(fw_memory_free(&m, a, 3), -ENOENT);
	assert_int_equal(fw_memory_free(&m, 0x14000, 1), -ENOENT);
	assert_int_equal(fw_memory_free(&m, a, 1), 0);
	assert_int_equal(fw_memory_free(&m, a, 1), -ENOENT);
	assert_int_equal(fw_memory_free(&m, a + PAGE, 1), 0);
	entry_is(0, 0x10000, 0x14000, FW_MEM_FREE);
	assert_int_equal(m.entries[0].attrs, FW_MEM_ATTR_WB);
}

static void the_key_tells_each_change(void **state)
{
	uint64_t key, a;

	ram(0x10000, 0x4000);
	key = m.key;
	a = take(FW_WHERE_ANY, 0, 1, PAGE);
	assert_int_not_equal(m.key, key);
	key = m.key;
	assert_int_equal(fw_memory_free(&m, a, 1), 0);
	assert_int_not_equal(m.key, key);
}

static void a_full_table_refuses_and_stays_as_it_is(void **state)
{
	static struct fw_memory before;
	uint64_t at;

	for (uint64_t i = 0; i < FW_MEMORY_MAX; i++)
		ram(0x10000 + i * 8 * PAGE, 4 * PAGE);
	assert_int_equal(m.n, FW_MEMORY_MAX);
	before = m;
	assert_int_equal(fw_memory_describe(&m, 0x1000, PAGE, FW_MEM_FREE, 0), -ENOSPC);
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_ANY, 0, 1, PAGE, 1, &at), -ENOMEM);
	assert_int_equal(fw_memory_set_attrs(&m, 0x11000, 1, 0), -ENOSPC);
	assert_memory_equal(&m, &before, sizeof(m));
	assert_int_equal(fw_memory_alloc(&m, FW_WHERE_ANY, 0, 4, PAGE, 1, &at), 0);
	before = m;
	assert_int_equal(fw_memory_free(&m, at + PAGE, 1), -ENOMEM);
	assert_memory_equal(&m, &before, sizeof(m));
	assert_int_equal(fw_memory_free(&m, at, 4), 0);
}

static void set_attrs_splits_and_joins(void **state)
{
	ram(0x10000, 0x4000);
	assert_int_equal(fw_memory_set_attrs(&m, 0x11000, 1, FW_MEM_ATTR_RO), 0);
	assert_int_equal(m.n, 3);
	assert_int_equal(m.entries[1].attrs, FW_MEM_ATTR_RO);
	assert_int_equal(fw_memory_set_attrs(&m, 0x10000, 4, FW_MEM_ATTR_WB), 0);
	assert_int_equal(m.n, 1);
	assert_int_equal(fw_memory_set_attrs(&m, 0x13000, 2, 0), -ENOENT);
	assert_int_equal(fw_memory_set_attrs(&m, 0x13800, 1, 0), -EINVAL);
}

/* One byte for each of a few pages: what the table must say, worked out the simple way. */
enum { PAGES = 48, NONE = 0xff };
static struct {
	uint8_t type, allocated;
} model[PAGES];

static void table_says_what_the_model_says(void)
{
	for (uint32_t i = 0; i < PAGES; i++) {
		const struct fw_memory_entry *e = fw_memory_find(&m, i * PAGE);

		assert_int_equal(e ? e->type : NONE, model[i].type);
		assert_int_equal(e ? e->is_allocated : 0, model[i].allocated);
	}
	for (uint32_t i = 1; i < m.n; i++) {
		uint64_t end = m.entries[i - 1].at + m.entries[i - 1].pages * PAGE;

		assert_true(end <= m.entries[i].at);
		assert_false(end == m.entries[i].at && m.entries[i - 1].type == m.entries[i].type &&
			     m.entries[i - 1].is_allocated == m.entries[i].is_allocated);
	}
}

static void model_describe(uint32_t first, uint32_t n, uint8_t type)
{
	for (uint32_t i = first; i < first + n; i++)
		if (model[i].type == NONE || (model[i].type == FW_MEM_FREE && type != FW_MEM_FREE))
			model[i].type = type;
}

static bool model_change(uint32_t first, uint32_t n, bool was_allocated, uint8_t type)
{
	for (uint32_t i = first; i < first + n; i++)
		if (was_allocated ? !model[i].allocated : model[i].type != FW_MEM_FREE || i == 0)
			return false;
	for (uint32_t i = first; i < first + n; i++) {
		model[i].type = type;
		model[i].allocated = !was_allocated;
	}
	return true;
}

static void thousands_of_calls_agree_with_a_simple_model(void **state)
{
	uint64_t at;

	srand(1);
	for (uint32_t turn = 0; turn < 20000; turn++) {
		uint32_t first = (uint32_t)rand() % PAGES;
		uint32_t n = 1 + (uint32_t)rand() % (PAGES - first), what = (uint32_t)rand() % 8;
		uint8_t type = (uint8_t)(1 + rand() % 3);

		if (turn % 200 == 0) {
			memset(&m, 0, sizeof(m));
			memset(model, NONE, sizeof(model));
			for (uint32_t i = 0; i < PAGES; i++)
				model[i].allocated = 0;
		}
		if (what == 0) {
			model_describe(first, n, FW_MEM_FREE);
			ram(first * PAGE, n * PAGE);
		} else if (what == 1 && n < 4) {
			model_describe(first, n, FW_MEM_RESERVED);
			assert_int_equal(fw_memory_describe(&m, first * PAGE, n * PAGE,
							    FW_MEM_RESERVED, FW_MEM_ATTR_WB),
					 0);
		} else if (what < 5) {
			n = n % 5 + 1 <= PAGES - first ? n % 5 + 1 : 1;
			assert_int_equal(
			    fw_memory_alloc(&m, FW_WHERE_AT, first * PAGE, n, 0, type, &at),
			    model_change(first, n, false, type) ? 0 : -ENOENT);
		} else {
			n = n % 5 + 1 <= PAGES - first ? n % 5 + 1 : 1;
			assert_int_equal(fw_memory_free(&m, first * PAGE, n),
					 model_change(first, n, true, FW_MEM_FREE) ? 0 : -ENOENT);
		}
		table_says_what_the_model_says();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ram_shrinks_and_others_grow_to_pages, start),
		cmocka_unit_test_setup(odd_ranges_are_left_out, start),
		cmocka_unit_test_setup(what_is_not_ram_wins_whatever_comes_first, start),
		cmocka_unit_test_setup(of_two_reservations_the_earlier_stays, start),
		cmocka_unit_test_setup(neighbours_of_a_kind_are_one_entry, start),
		cmocka_unit_test_setup(alloc_gives_the_highest_below_4g_first, start),
		cmocka_unit_test_setup(alloc_aligns_downwards, start),
		cmocka_unit_test_setup(alloc_never_gives_page_0, start),
		cmocka_unit_test_setup(alloc_at_needs_all_of_it_free, start),
		cmocka_unit_test_setup(alloc_refuses_nonsense, start),
		cmocka_unit_test_setup(free_takes_back_what_was_allocated_and_nothing_else, start),
		cmocka_unit_test_setup(the_key_tells_each_change, start),
		cmocka_unit_test_setup(a_full_table_refuses_and_stays_as_it_is, start),
		cmocka_unit_test_setup(set_attrs_splits_and_joins, start),
		cmocka_unit_test_setup(thousands_of_calls_agree_with_a_simple_model, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
