/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * cmocka.h - the part of cmocka's interface that the unit tests use, for architectures that Debian
 * has no cmocka for. Names and meanings are cmocka's; verdicts.c holds both to the same.
 *
 * An assertion that fails ends the test from the thread that runs it, by a long jump; from another
 * thread it ends the program.
 */
#ifndef CMOCKA_H
#define CMOCKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct CMUnitTest {
	const char *name;
	void (*test_func)(void **state);
	int (*setup_func)(void **state); /* or NULL; other than 0: the test is not run, an error */
	int (*teardown_func)(void **state);
	void *initial_state; /* where the group's setup leaves none */
};

#define cmocka_unit_test_setup_teardown(f, s, t)                                                   \
	{                                                                                          \
		.name = #f, .test_func = f, .setup_func = s, .teardown_func = t                    \
	}
#define cmocka_unit_test_setup(f, s)    cmocka_unit_test_setup_teardown(f, s, NULL)
#define cmocka_unit_test_teardown(f, t) cmocka_unit_test_setup_teardown(f, NULL, t)
#define cmocka_unit_test(f)             cmocka_unit_test_setup_teardown(f, NULL, NULL)

#define cmocka_run_group_tests(tests, setup, teardown)                                             \
	_cmocka_run_group_tests(#tests, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

/* Behind the macro, and for whoever has tests in a list of another form.
 * Returns how many tests failed or could not be run; -1: the group's setup failed. */
int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t n,
			    int (*setup)(void **state), int (*teardown)(void **state));

#define CMOCKA_WORD(value) ((uintmax_t)(value))

#define assert_true(c)     cmocka_check_(CMOCKA_WORD(c) != 0, #c, __FILE__, __LINE__)
#define assert_false(c)    cmocka_check_(CMOCKA_WORD(c) == 0, "not " #c, __FILE__, __LINE__)
#define assert_non_null(p)                                                                         \
	cmocka_check_((const void *)(p) != NULL, #p " is not null", __FILE__, __LINE__)
#define assert_null(p) cmocka_check_((const void *)(p) == NULL, #p " is null", __FILE__, __LINE__)
#define assert_ptr_equal(a, b)                                                                     \
	cmocka_words_((uintptr_t)(a), (uintptr_t)(b), true, __FILE__, __LINE__)
#define assert_ptr_not_equal(a, b)                                                                 \
	cmocka_words_((uintptr_t)(a), (uintptr_t)(b), false, __FILE__, __LINE__)
#define assert_int_equal(a, b)                                                                     \
	cmocka_words_(CMOCKA_WORD(a), CMOCKA_WORD(b), true, __FILE__, __LINE__)
#define assert_int_not_equal(a, b)                                                                 \
	cmocka_words_(CMOCKA_WORD(a), CMOCKA_WORD(b), false, __FILE__, __LINE__)
#define assert_in_range(value, low, high)                                                          \
	cmocka_range_(CMOCKA_WORD(value), CMOCKA_WORD(low), CMOCKA_WORD(high), __FILE__, __LINE__)
#define assert_string_equal(a, b)            cmocka_strings_(a, b, true, __FILE__, __LINE__)
#define assert_string_not_equal(a, b)        cmocka_strings_(a, b, false, __FILE__, __LINE__)
#define assert_memory_equal(a, b, bytes)     cmocka_bytes_(a, b, bytes, true, __FILE__, __LINE__)
#define assert_memory_not_equal(a, b, bytes) cmocka_bytes_(a, b, bytes, false, __FILE__, __LINE__)
/* Nothing is watched: sanitizers do that in another build. */
#define test_malloc                          malloc
#define test_calloc                          calloc
#define test_free                            free
#define fail()                               cmocka_check_(false, "fail()", __FILE__, __LINE__)
#define fail_msg(...)                        cmocka_fail_msg_(__FILE__, __LINE__, __VA_ARGS__)
#define skip()                               cmocka_skip_()

void print_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

void cmocka_check_(bool holds, const char *what, const char *file, int line);
void cmocka_words_(uintmax_t a, uintmax_t b, bool equal, const char *file, int line);
void cmocka_range_(uintmax_t value, uintmax_t low, uintmax_t high, const char *file, int line);
void cmocka_strings_(const char *a, const char *b, bool equal, const char *file, int line);
void cmocka_bytes_(const void *a, const void *b, size_t n, bool equal, const char *file, int line);
void cmocka_fail_msg_(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void cmocka_skip_(void);

#endif
