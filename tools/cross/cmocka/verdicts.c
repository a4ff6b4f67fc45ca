/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * verdicts.c - tests that are named by the verdict on them: built with cmocka and with the part of
 * it that is here, verdicts.py holds both to the names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define TEST(name, body)                                                                           \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		body;                                                                              \
	}

static const char abc[] = "abc", abd[] = "abd";
static int number = 5;

TEST(OK_true, assert_true(number == 5))
TEST(FAILED_true, assert_true(number == 6))
TEST(OK_false, assert_false(number == 6))
TEST(FAILED_false, assert_false(number))
TEST(OK_true_is_any_bit, assert_true(UINT64_C(1) << 63))
TEST(OK_null, assert_null(NULL))
TEST(FAILED_null, assert_null(abc))
TEST(OK_non_null, assert_non_null(abc))
TEST(FAILED_non_null, assert_non_null(NULL))
TEST(OK_ptr_equal, assert_ptr_equal(abc, &abc[0]))
TEST(FAILED_ptr_equal, assert_ptr_equal(abc, abd))
TEST(OK_ptr_not_equal, assert_ptr_not_equal(abc, abd))
TEST(FAILED_ptr_not_equal, assert_ptr_not_equal(abc, &abc[0]))
TEST(OK_int_equal, assert_int_equal(number, 5u))
TEST(FAILED_int_equal, assert_int_equal(number, 6))
TEST(OK_negative_is_equal, assert_int_equal(-number, INT64_C(-5)))
TEST(FAILED_upper_half, assert_int_equal(UINT64_C(5) << 32 | 5, 5))
TEST(OK_int_not_equal, assert_int_not_equal(number, 6))
TEST(FAILED_int_not_equal, assert_int_not_equal(number, 5))
TEST(OK_in_range, assert_in_range(number, 5, 5))
TEST(FAILED_below_range, assert_in_range(number, 6, 7))
TEST(FAILED_above_range, assert_in_range(number, 3, 4))
TEST(OK_string_equal, assert_string_equal(abc, "abc"))
TEST(FAILED_string_equal, assert_string_equal(abc, abd))
TEST(OK_string_not_equal, assert_string_not_equal(abc, abd))
TEST(FAILED_string_not_equal, assert_string_not_equal(abc, "abc"))
TEST(OK_memory_equal, assert_memory_equal(abc, abd, 2))
TEST(FAILED_memory_equal, assert_memory_equal(abc, abd, 3))
TEST(OK_memory_not_equal, assert_memory_not_equal(abc, abd, 3))
TEST(FAILED_memory_not_equal, assert_memory_not_equal(abc, abd, 2))
TEST(FAILED_fail, fail())
TEST(FAILED_fail_msg, fail_msg("number %d", number))
TEST(SKIPPED_skip, skip())
TEST(OK_message, print_message("number %d\n", number))

/* Fixtures: what each leaves in its test's state, and in order. */
static char order[8];
static size_t at;

static int put(void **state)
{
	*state = order;
	order[at++] = 's';
	return 0;
}

static int take(void **state)
{
	assert_ptr_equal(*state, order);
	order[at++] = 't';
	return 0;
}

static int refuse(void **state)
{
	(void)state;
	return -1;
}

static int wrong(void **state)
{
	(void)state;
	fail();
	return 0;
}

static int group_setup(void **state)
{
	*state = &number;
	return 0;
}

TEST(OK_state_of_the_group, assert_ptr_equal(*state, &number))
TEST(OK_state_of_the_setup, assert_ptr_equal(*state, order))
TEST(FAILED_between_fixtures, fail())
TEST(OK_fixtures_ran_in_order, assert_memory_equal(order, "stst", 5))
TEST(ERROR_setup_refused, fail())
TEST(ERROR_setup_wrong, fail())
TEST(ERROR_teardown_refused, (void)0)
TEST(OK_state_is_the_groups_again, assert_ptr_equal(*state, &number))
TEST(OK_initial_state, assert_ptr_equal(*state, abc))

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(OK_true),
		cmocka_unit_test(FAILED_true),
		cmocka_unit_test(OK_false),
		cmocka_unit_test(FAILED_false),
		cmocka_unit_test(OK_true_is_any_bit),
		cmocka_unit_test(OK_null),
		cmocka_unit_test(FAILED_null),
		cmocka_unit_test(OK_non_null),
		cmocka_unit_test(FAILED_non_null),
		cmocka_unit_test(OK_ptr_equal),
		cmocka_unit_test(FAILED_ptr_equal),
		cmocka_unit_test(OK_ptr_not_equal),
		cmocka_unit_test(FAILED_ptr_not_equal),
		cmocka_unit_test(OK_int_equal),
		cmocka_unit_test(FAILED_int_equal),
		cmocka_unit_test(OK_negative_is_equal),
		cmocka_unit_test(FAILED_upper_half),
		cmocka_unit_test(OK_int_not_equal),
		cmocka_unit_test(FAILED_int_not_equal),
		cmocka_unit_test(OK_in_range),
		cmocka_unit_test(FAILED_below_range),
		cmocka_unit_test(FAILED_above_range),
		cmocka_unit_test(OK_string_equal),
		cmocka_unit_test(FAILED_string_equal),
		cmocka_unit_test(OK_string_not_equal),
		cmocka_unit_test(FAILED_string_not_equal),
		cmocka_unit_test(OK_memory_equal),
		cmocka_unit_test(FAILED_memory_equal),
		cmocka_unit_test(OK_memory_not_equal),
		cmocka_unit_test(FAILED_memory_not_equal),
		cmocka_unit_test(FAILED_fail),
		cmocka_unit_test(FAILED_fail_msg),
		cmocka_unit_test(SKIPPED_skip),
		cmocka_unit_test(OK_message),
		cmocka_unit_test(OK_state_of_the_group),
		cmocka_unit_test_setup_teardown(OK_state_of_the_setup, put, take),
		cmocka_unit_test_setup_teardown(FAILED_between_fixtures, put, take),
		cmocka_unit_test(OK_fixtures_ran_in_order),
		cmocka_unit_test_setup(ERROR_setup_refused, refuse),
		cmocka_unit_test_setup(ERROR_setup_wrong, wrong),
		cmocka_unit_test_teardown(ERROR_teardown_refused, refuse),
		cmocka_unit_test(OK_state_is_the_groups_again),
	};
	const struct CMUnitTest alone[] = {
		{ "OK_initial_state", OK_initial_state, NULL, NULL, (void *)(uintptr_t)abc },
	};
	int bad = cmocka_run_group_tests(tests, group_setup, NULL);

	return bad + cmocka_run_group_tests(alone, NULL, NULL);
}
