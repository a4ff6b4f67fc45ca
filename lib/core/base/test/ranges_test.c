/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/ids.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { CAP = 4 };

struct space {
	struct cairn_ranges r;
	struct cairn_range taken[CAP];
};

static void space_init(struct space *s, uint64_t base, uint64_t size)
{
	assert_int_equal(cairn_ranges_init(&s->r, s->taken, CAP, base, size), 0);
}

/* Takes len bytes anywhere; the caller asserts on where it landed. */
static uint64_t take(struct space *s, uint64_t len, uint64_t align)
{
	uint64_t at = 0;

	assert_int_equal(cairn_ranges_take(&s->r, len, align, 0, UINT64_MAX, &at), 0);
	return at;
}

static int try_take(struct space *s, uint64_t len, uint64_t align, uint64_t lo, uint64_t hi)
{
	uint64_t at = 0x5a5a, before = at;
	int ret = cairn_ranges_take(&s->r, len, align, lo, hi, &at);

	assert_true(ret == 0 || at == before);
	return ret;
}

static void init_refuses_spaces_that_do_not_exist(void **state)
{
	struct space s;

	(void)state;
	assert_int_equal(cairn_ranges_init(&s.r, s.taken, CAP, 0, 0), -EINVAL);
	assert_int_equal(cairn_ranges_init(&s.r, s.taken, CAP, 2, UINT64_MAX), -EINVAL);
	assert_int_equal(cairn_ranges_init(&s.r, s.taken, CAP, UINT64_MAX, 2), -EINVAL);
	assert_int_equal(cairn_ranges_init(&s.r, s.taken, CAP, 1, UINT64_MAX), 0);
	assert_int_equal(cairn_ranges_init(&s.r, s.taken, CAP, UINT64_MAX, 1), 0);
}

static void take_gives_the_lowest_aligned_range(void **state)
{
	struct space s;

	(void)state;
	space_init(&s, 0x1001, 0x10000);
	assert_true(take(&s, 1, 1) == 0x1001);
	assert_true(take(&s, 0x100, 0x1000) == 0x2000);
	assert_true(take(&s, 0x10, 0x10) == 0x1010);
	assert_true(take(&s, 0xfe0, 0x10) == 0x1020);
	assert_int_equal(s.r.n, 4);
}

static void take_refuses_nonsense(void **state)
{
	struct space s;

	(void)state;
	space_init(&s, 0, 0x1000);
	assert_int_equal(try_take(&s, 0, 1, 0, UINT64_MAX), -EINVAL);
	assert_int_equal(try_take(&s, 1, 0, 0, UINT64_MAX), -EINVAL);
	assert_int_equal(try_take(&s, 1, 3, 0, UINT64_MAX), -EINVAL);
	assert_int_equal(s.r.n, 0);
}

static void take_stays_inside_its_window(void **state)
{
	struct space s;
	uint64_t at;

	(void)state;
	space_init(&s, 0, 0x10000);
	assert_int_equal(try_take(&s, 0x11, 1, 0x100, 0x10f), -ENOSPC);
	assert_int_equal(try_take(&s, 1, 0x200, 0x101, 0x1ff), -ENOSPC);
	assert_int_equal(try_take(&s, 1, 1, 0x200, 0x1ff), -ENOSPC);
	assert_int_equal(try_take(&s, 1, 1, 0x10000, UINT64_MAX), -ENOSPC);
	assert_int_equal(cairn_ranges_take(&s.r, 0x10, 1, 0x100, 0x10f, &at), 0);
	assert_true(at == 0x100);
	assert_int_equal(try_take(&s, 1, 1, 0x100, 0x10f), -ENOSPC);
}

static void take_says_no_space_when_array_or_space_is_full(void **state)
{
	struct space s;

	(void)state;
	space_init(&s, 0, 0x100);
	assert_int_equal(try_take(&s, 0x101, 1, 0, UINT64_MAX), -ENOSPC);
	for (int i = 0; i < CAP; i++)
		assert_true(take(&s, 1, 2) == (uint64_t)i * 2);
	assert_int_equal(try_take(&s, 1, 1, 0, UINT64_MAX), -ENOSPC);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x80, 1), -ENOSPC);
	assert_int_equal(s.r.n, CAP);
}

static void last_byte_of_the_address_space_is_usable(void **state)
{
	struct space s;

	(void)state;
	space_init(&s, UINT64_MAX - 1, 2);
	assert_true(take(&s, 1, 1) == UINT64_MAX - 1);
	assert_true(take(&s, 1, 1) == UINT64_MAX);
	assert_int_equal(try_take(&s, 1, 1, 0, UINT64_MAX), -ENOSPC);
	assert_int_equal(cairn_ranges_give(&s.r, UINT64_MAX, 1), 0);
	assert_int_equal(cairn_ranges_take_at(&s.r, UINT64_MAX, 1), 0);
	assert_int_equal(cairn_ranges_take_at(&s.r, UINT64_MAX, 1), -EEXIST);
}

static void alignment_past_the_end_does_not_wrap(void **state)
{
	struct space s;

	(void)state;
	space_init(&s, UINT64_MAX - 0xfff, 0x1000);
	assert_int_equal(cairn_ranges_take_at(&s.r, UINT64_MAX - 0xfff, 1), 0);
	assert_int_equal(try_take(&s, 1, 0x1000, 0, UINT64_MAX), -ENOSPC);
	assert_int_equal(try_take(&s, UINT64_MAX, 1, 0, UINT64_MAX), -ENOSPC);
}

static void space_from_zero_and_range_at_zero(void **state)
{
	struct space s;

	(void)state;
	space_init(&s, 0, UINT64_MAX);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0, 1), 0);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0, 1), -EEXIST);
	assert_int_equal(cairn_ranges_take_at(&s.r, UINT64_MAX, 1), -EINVAL);
	assert_true(take(&s, UINT64_MAX - 1, 1) == 1);
	assert_int_equal(try_take(&s, 1, 1, 0, UINT64_MAX), -ENOSPC);
}

static void take_at_refuses_every_overlap(void **state)
{
	struct space s;

	(void)state;
	space_init(&s, 0x1000, 0x1000);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x1400, 0x100), 0);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x1400, 0x100), -EEXIST);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x13ff, 2), -EEXIST);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x14ff, 1), -EEXIST);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x1410, 1), -EEXIST);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x1000, 0x1000), -EEXIST);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x13ff, 1), 0);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x1500, 1), 0);
	assert_int_equal(s.r.n, 3);
	assert_true(s.r.taken[0].at < s.r.taken[1].at && s.r.taken[1].at < s.r.taken[2].at);
}

static void take_at_refuses_what_is_outside(void **state)
{
	struct space s;

	(void)state;
	space_init(&s, 0x1000, 0x1000);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0xfff, 1), -EINVAL);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x1fff, 2), -EINVAL);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x2000, 1), -EINVAL);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x1000, 0), -EINVAL);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x1800, UINT64_MAX), -EINVAL);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x1fff, 1), 0);
}

static void give_needs_the_exact_range_and_only_once(void **state)
{
	struct space s;

	(void)state;
	space_init(&s, 0, 0x1000);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x10, 0x10), 0);
	assert_int_equal(cairn_ranges_take_at(&s.r, 0x20, 0x10), 0);
	assert_int_equal(cairn_ranges_give(&s.r, 0x10, 0x20), -EINVAL);
	assert_int_equal(cairn_ranges_give(&s.r, 0x11, 0xf), -EINVAL);
	assert_int_equal(cairn_ranges_give(&s.r, 0x10, 0x10), 0);
	assert_int_equal(cairn_ranges_give(&s.r, 0x10, 0x10), -EINVAL);
	assert_int_equal(s.r.n, 1);
	assert_true(s.r.taken[0].at == 0x20);
	assert_true(take(&s, 0x21, 1) == 0x30);
	assert_true(take(&s, 0x20, 1) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_refuses_spaces_that_do_not_exist),
		cmocka_unit_test(take_gives_the_lowest_aligned_range),
		cmocka_unit_test(take_refuses_nonsense),
		cmocka_unit_test(take_stays_inside_its_window),
		cmocka_unit_test(take_says_no_space_when_array_or_space_is_full),
		cmocka_unit_test(last_byte_of_the_address_space_is_usable),
		cmocka_unit_test(alignment_past_the_end_does_not_wrap),
		cmocka_unit_test(space_from_zero_and_range_at_zero),
		cmocka_unit_test(take_at_refuses_every_overlap),
		cmocka_unit_test(take_at_refuses_what_is_outside),
		cmocka_unit_test(give_needs_the_exact_range_and_only_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
