/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/bits.h>
#include <cairn/ids.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void init_clears_words_that_were_dirty(void **state)
{
	uint64_t words[2] = { UINT64_MAX, UINT64_MAX };
	struct cairn_ids ids;
	uint32_t id = 77;

	(void)state;
	cairn_ids_init(&ids, words, 10, 65);
	assert_int_equal(cairn_ids_take(&ids, &id), 0);
	assert_int_equal(id, 10);
}

static void take_hands_out_each_id_once_lowest_first(void **state)
{
	uint64_t words[CAIRN_BITS_WORDS(130)];
	struct cairn_ids ids;
	uint32_t id;

	(void)state;
	cairn_ids_init(&ids, words, 5, 130);
	for (uint32_t i = 0; i < 130; i++) {
		assert_int_equal(cairn_ids_take(&ids, &id), 0);
		assert_int_equal(id, 5 + i);
	}
	id = 1234;
	assert_int_equal(cairn_ids_take(&ids, &id), -ENOSPC);
	assert_int_equal(id, 1234);
}

static void take_from_a_full_last_word_says_no_space(void **state)
{
	uint64_t words[1];
	struct cairn_ids ids;
	uint32_t id;

	(void)state;
	cairn_ids_init(&ids, words, 0, 64);
	for (int i = 0; i < 64; i++)
		assert_int_equal(cairn_ids_take(&ids, &id), 0);
	assert_int_equal(cairn_ids_take(&ids, &id), -ENOSPC);
}

static void empty_space_has_nothing(void **state)
{
	struct cairn_ids ids;
	uint32_t id;

	(void)state;
	cairn_ids_init(&ids, NULL, 3, 0);
	assert_int_equal(cairn_ids_take(&ids, &id), -ENOSPC);
	assert_int_equal(cairn_ids_take_one(&ids, 3), -EINVAL);
	assert_int_equal(cairn_ids_give(&ids, 3), -EINVAL);
}

static void take_one_refuses_taken_and_outside(void **state)
{
	uint64_t words[1];
	struct cairn_ids ids;

	(void)state;
	cairn_ids_init(&ids, words, 32, 4);
	assert_int_equal(cairn_ids_take_one(&ids, 31), -EINVAL);
	assert_int_equal(cairn_ids_take_one(&ids, 36), -EINVAL);
	assert_int_equal(cairn_ids_take_one(&ids, UINT32_MAX), -EINVAL);
	assert_int_equal(cairn_ids_take_one(&ids, 35), 0);
	assert_int_equal(cairn_ids_take_one(&ids, 35), -EEXIST);
	assert_int_equal(cairn_ids_take_one(&ids, 32), 0);
}

static void give_takes_back_once(void **state)
{
	uint64_t words[1];
	struct cairn_ids ids;
	uint32_t id;

	(void)state;
	cairn_ids_init(&ids, words, 1, 3);
	assert_int_equal(cairn_ids_take_one(&ids, 2), 0);
	assert_int_equal(cairn_ids_give(&ids, 1), -EINVAL);
	assert_int_equal(cairn_ids_give(&ids, 0), -EINVAL);
	assert_int_equal(cairn_ids_give(&ids, 4), -EINVAL);
	assert_int_equal(cairn_ids_give(&ids, 2), 0);
	assert_int_equal(cairn_ids_give(&ids, 2), -EINVAL);
	assert_int_equal(cairn_ids_take(&ids, &id), 0);
	assert_int_equal(id, 1);
}

static void ids_reach_the_largest_number(void **state)
{
	uint64_t words[1];
	struct cairn_ids ids;
	uint32_t id;

	(void)state;
	cairn_ids_init(&ids, words, UINT32_MAX - 1, 2);
	assert_int_equal(cairn_ids_take_one(&ids, UINT32_MAX), 0);
	assert_int_equal(cairn_ids_take(&ids, &id), 0);
	assert_int_equal(id, UINT32_MAX - 1);
	assert_int_equal(cairn_ids_take(&ids, &id), -ENOSPC);
	assert_int_equal(cairn_ids_give(&ids, UINT32_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_clears_words_that_were_dirty),
		cmocka_unit_test(take_hands_out_each_id_once_lowest_first),
		cmocka_unit_test(take_from_a_full_last_word_says_no_space),
		cmocka_unit_test(empty_space_has_nothing),
		cmocka_unit_test(take_one_refuses_taken_and_outside),
		cmocka_unit_test(give_takes_back_once),
		cmocka_unit_test(ids_reach_the_largest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
