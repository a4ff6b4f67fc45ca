/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/crc.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The check values that every catalogue of CRCs gives for these nine digits. */
static void the_nine_digits_have_their_known_sums(void **state)
{
	(void)state;
	assert_int_equal(cairn_crc_ieee(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(~cairn_crc_castagnoli(~0u, "123456789", 9), 0xe3069283);
}

static void pieces_give_the_sum_of_the_whole(void **state)
{
	static const char text[] = "pieces of any length, one behind another";

	(void)state;
	for (size_t i = 0; i <= sizeof(text); i++) {
		uint32_t whole = cairn_crc_ieee(0, text, sizeof(text));
		uint32_t whole_c = cairn_crc_castagnoli(~0u, text, sizeof(text));

		assert_int_equal(
		    cairn_crc_ieee(cairn_crc_ieee(0, text, i), text + i, sizeof(text) - i), whole);
		assert_int_equal(cairn_crc_castagnoli(cairn_crc_castagnoli(~0u, text, i), text + i,
						      sizeof(text) - i),
				 whole_c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nine_digits_have_their_known_sums),
		cmocka_unit_test(pieces_give_the_sum_of_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
