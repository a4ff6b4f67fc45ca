/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What cairn_mem_init() takes and refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <cairn/mem.h>

static uint8_t host[64];

#define REGION(address, length)                                                                    \
	{                                                                                          \
		.at = { address }, .len_bytes = length, .host = host                               \
	}

static void expect_refusal(const struct cairn_mem_region *regions, size_t n, uint64_t at)
{
	struct cairn_mem m;
	struct cairn_err err;

	assert_int_equal(cairn_mem_init(&m, regions, n, &err), -EINVAL);
	assert_int_equal(err.code, EINVAL);
	assert_int_equal(err.at, at);
}

static void init_takes_an_empty_map(void **state)
{
	struct cairn_mem m;
	uint8_t b;

	assert_int_equal(cairn_mem_init(&m, NULL, 0, NULL), 0);
	assert_int_equal(cairn_mem_read(&m, &b, cairn_gpa_of(0), 1), -EFAULT);
}

static void init_takes_regions_that_touch(void **state)
{
	const struct cairn_mem_region r[] = { REGION(0, 16), REGION(16, 16), REGION(64, 16) };
	struct cairn_mem m;

	assert_int_equal(cairn_mem_init(&m, r, 3, NULL), 0);
	assert_int_equal(m.n_regions, 3);
	assert_null(m.dirty.mark);
}

static void init_takes_a_region_that_ends_at_the_last_address(void **state)
{
	const struct cairn_mem_region r[] = { REGION(UINT64_MAX - 15, 16) };
	struct cairn_mem m;

	assert_int_equal(cairn_mem_init(&m, r, 1, NULL), 0);
}

static void init_takes_a_lent_region_without_mapping(void **state)
{
	const struct cairn_mem_region r[] = {
		{ .at = { 1 }, .len_bytes = UINT64_MAX, .flags = CAIRN_MEM_LENT },
	};
	struct cairn_mem m;

	assert_int_equal(cairn_mem_init(&m, r, 1, NULL), 0);
}

static void init_refuses_unsorted_regions(void **state)
{
	const struct cairn_mem_region r[] = { REGION(32, 16), REGION(0, 16) };

	expect_refusal(r, 2, 0);
}

static void init_refuses_overlap(void **state)
{
	const struct cairn_mem_region r[] = { REGION(0, 17), REGION(16, 16) };
	const struct cairn_mem_region same[] = { REGION(8, 16), REGION(8, 16) };

	expect_refusal(r, 2, 16);
	expect_refusal(same, 2, 8);
}

static void init_refuses_length_0(void **state)
{
	const struct cairn_mem_region r[] = { REGION(0, 16), REGION(48, 0) };

	expect_refusal(r, 2, 48);
}

static void init_refuses_a_region_beyond_the_last_address(void **state)
{
	const struct cairn_mem_region r[] = { REGION(UINT64_MAX - 15, 17) };

	expect_refusal(r, 1, UINT64_MAX - 15);
}

static void init_refuses_a_region_without_mapping(void **state)
{
	const struct cairn_mem_region r[] = { { .at = { 4096 }, .len_bytes = 16 } };

	expect_refusal(r, 1, 4096);
}

static void init_refuses_a_region_larger_than_any_mapping(void **state)
{
	const struct cairn_mem_region r[] = { REGION(0, UINT64_MAX) };

	expect_refusal(r, 1, 0);
}

static void refused_init_leaves_the_map(void **state)
{
	const struct cairn_mem_region bad[] = { REGION(0, 0) };
	struct cairn_mem m = { .n_regions = 7 };

	assert_int_equal(cairn_mem_init(&m, bad, 1, NULL), -EINVAL);
	assert_int_equal(m.n_regions, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_takes_an_empty_map),
		cmocka_unit_test(init_takes_regions_that_touch),
		cmocka_unit_test(init_takes_a_region_that_ends_at_the_last_address),
		cmocka_unit_test(init_takes_a_lent_region_without_mapping),
		cmocka_unit_test(init_refuses_unsorted_regions),
		cmocka_unit_test(init_refuses_overlap),
		cmocka_unit_test(init_refuses_length_0),
		cmocka_unit_test(init_refuses_a_region_beyond_the_last_address),
		cmocka_unit_test(init_refuses_a_region_without_mapping),
		cmocka_unit_test(init_refuses_a_region_larger_than_any_mapping),
		cmocka_unit_test(refused_init_leaves_the_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
