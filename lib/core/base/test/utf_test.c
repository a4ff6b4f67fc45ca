/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/utf.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void known_texts_go_both_ways(void **state)
{
	static const uint16_t units[] = { 'a', 0xfc, 0x20ac, 0xd83d, 0xde00, 'z' };
	static const char text[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80z";
	uint16_t back[6];
	char s[CAIRN_UTF8_ROOM(6)];

	(void)state;
	assert_int_equal(cairn_utf8_of_units(units, 6, s, sizeof(s)), sizeof(text) - 1);
	assert_string_equal(s, text);
	assert_int_equal(cairn_utf8_to_units(text, sizeof(text) - 1, back, 6), 6);
	assert_memory_equal(back, units, sizeof(units));
}

/* All units, alone and behind each kind of surrogate: 16-bit names may hold anything. */
static void every_unit_comes_back(void **state)
{
	static const uint16_t before[] = { 'a', 0xd800, 0xdbff, 0xdc00, 0xdfff };

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(before); i++)
		for (uint32_t c = 1; c < 0x10000; c++) {
			uint16_t units[2] = { before[i], (uint16_t)c }, back[2] = { 0 };
			char s[CAIRN_UTF8_ROOM(2)];
			size_t len = cairn_utf8_of_units(units, 2, s, sizeof(s));

			assert_int_equal(cairn_utf8_to_units(s, len, back, 2), 2);
			assert_memory_equal(back, units, sizeof(units));
		}
}

static void zero_unit_ends_the_text(void **state)
{
	static const uint16_t units[] = { 'a', 0, 'b' };
	char s[8];

	(void)state;
	assert_int_equal(cairn_utf8_of_units(units, 3, s, sizeof(s)), 1);
	assert_string_equal(s, "a");
}

static void text_is_cut_between_characters(void **state)
{
	static const uint16_t units[] = { 'a', 0x20ac };
	char s[4] = "???";

	(void)state;
	assert_int_equal(cairn_utf8_of_units(units, 2, s, sizeof(s)), 1);
	assert_string_equal(s, "a");
	assert_int_equal(cairn_utf8_of_units(units, 2, s, 1), 0);
}

static void what_is_not_utf8_is_refused(void **state)
{
	static const char *const bad[] = {
		"\x80",             /* a byte that only follows */
		"\xc3",             /* cut short */
		"\xc3(",            /* no following byte */
		"\xc0\xaf",         /* '/' in two bytes */
		"\xe0\x80\xaf",     /* and in three */
		"\xf0\x80\x80\xaf", /* and in four */
		"\xf4\x90\x80\x80", /* beyond U+10FFFF */
		"\xf8\x88\x80\x80\x80",
	};
	uint16_t units[8];

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++)
		assert_int_equal(cairn_utf8_to_units(bad[i], strlen(bad[i]), units, 8), -EINVAL);
	assert_int_equal(cairn_utf8_to_units("a\0b", 3, units, 8), -EINVAL);
}

static void room_is_counted_in_units(void **state)
{
	uint16_t units[2] = { 0, 7 };

	(void)state;
	assert_int_equal(cairn_utf8_to_units("ab", 2, units, 1), -ENOSPC);
	assert_int_equal(units[1], 7);
	assert_int_equal(cairn_utf8_to_units("\xf0\x9f\x98\x80", 4, units, 1), -ENOSPC);
	assert_int_equal(cairn_utf8_to_units("", 0, units, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts_go_both_ways),
		cmocka_unit_test(every_unit_comes_back),
		cmocka_unit_test(zero_unit_ends_the_text),
		cmocka_unit_test(text_is_cut_between_characters),
		cmocka_unit_test(what_is_not_utf8_is_refused),
		cmocka_unit_test(room_is_counted_in_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
