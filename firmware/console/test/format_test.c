/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/console.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

/* The C library is the judge. */
#define AGREES(...)                                                                                \
	do {                                                                                       \
		char ours[128], theirs[128];                                                       \
                                                                                                   \
		snprintf(theirs, sizeof(theirs), __VA_ARGS__);                                     \
		assert_int_equal(fw_format(ours, sizeof(ours), __VA_ARGS__), strlen(theirs));      \
		assert_string_equal(ours, theirs);                                                 \
	} while (0)

static void formats_what_the_c_library_does(void **state)
{
	AGREES("%s", "");
	AGREES("plain, 100 %% of it");
	AGREES("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
	AGREES("%ld %ld %lld", LONG_MAX, LONG_MIN, LLONG_MIN);
	AGREES("%u %lu %llu %zu", UINT_MAX, ULONG_MAX, 7ull, (size_t)9);
	AGREES("%x %lx %08x|%8x|%-8x|", 0xabcdu, 0x123456789abcdefUL, 0x1fu, 0x1fu, 0x1fu);
	AGREES("%05d|%5d|%-5d|%03d", -42, -42, -42, 12345);
	AGREES("%s|%8s|%-8s|%.2s|%.*s|%5.1s|", "abc", "abc", "abc", "abc", 1, "abc", "abc");
	AGREES("%c%c", 'x', 'y');
	AGREES("%016lx", 0xfee00000UL);
}

static void text_that_does_not_fit_is_cut_and_terminated(void **state)
{
	char text[8] = "zzzzzzz";

	assert_int_equal(fw_format(text, 4, "%s", "abcdef"), 3);
	assert_string_equal(text, "abc");
	assert_int_equal(text[4], 'z');
	assert_int_equal(fw_format(text, 1, "%d", 12345), 0);
	assert_string_equal(text, "");
	assert_int_equal(fw_format(text, 5, "%9999s", "x"), 4);
	assert_string_equal(text, "    ");
}

static void a_string_that_is_not_there_is_said(void **state)
{
	const char *volatile none = NULL;
	char text[16];

	fw_format(text, sizeof(text), "<%s>", none);
	assert_string_equal(text, "<(none)>");
}

static void pointers_are_hexadecimal(void **state)
{
	char text[16];

	fw_format(text, sizeof(text), "%p", (void *)0xabc);
	assert_string_equal(text, "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_what_the_c_library_does),
		cmocka_unit_test(text_that_does_not_fit_is_cut_and_terminated),
		cmocka_unit_test(a_string_that_is_not_there_is_said),
		cmocka_unit_test(pointers_are_hexadecimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
