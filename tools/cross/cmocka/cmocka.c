/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* cmocka.c - runs the tests of a group one after the other and prints a verdict on each. */
#include "cmocka.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum verdict { OK, FAILED, SKIPPED, ERROR };

static const char *const words[] = { "OK", "FAILED", "SKIPPED", "ERROR" };

/* Of the thread that runs tests, while one runs. */
static _Thread_local sigjmp_buf end_of_test;
static _Thread_local bool is_testing;

static _Noreturn void end_test(enum verdict v)
{
	if (!is_testing) {
		fflush(stdout);
		fprintf(stderr, "an assertion failed outside the thread of the tests\n");
		abort();
	}
	siglongjmp(end_of_test, (int)v);
}

void print_message(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
}

void cmocka_fail_msg_(const char *file, int line, const char *format, ...)
{
	va_list ap;

	printf("%s:%d: ", file, line);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	end_test(FAILED);
}

void cmocka_check_(bool holds, const char *what, const char *file, int line)
{
	if (!holds)
		cmocka_fail_msg_(file, line, "does not hold: %s", what);
}

void cmocka_words_(uintmax_t a, uintmax_t b, bool equal, const char *file, int line)
{
	if ((a == b) != equal)
		cmocka_fail_msg_(file, line, "%#" PRIxMAX " %s %#" PRIxMAX, a,
				 equal ? "!=" : "==", b);
}

void cmocka_range_(uintmax_t value, uintmax_t low, uintmax_t high, const char *file, int line)
{
	if (value < low || value > high)
		cmocka_fail_msg_(file, line, "%ju is not within %ju and %ju", value, low, high);
}

void cmocka_strings_(const char *a, const char *b, bool equal, const char *file, int line)
{
	if ((strcmp(a, b) == 0) != equal)
		cmocka_fail_msg_(file, line, "\"%s\" %s \"%s\"", a, equal ? "!=" : "==", b);
}

void cmocka_bytes_(const void *a, const void *b, size_t n, bool equal, const char *file, int line)
{
	if ((memcmp(a, b, n) == 0) != equal)
		cmocka_fail_msg_(file, line, "%zu bytes %s", n, equal ? "differ" : "are equal");
}

void cmocka_skip_(void)
{
	end_test(SKIPPED);
}

/* Calls a fixture (0: good) or, when there is none, the test itself. */
static enum verdict guarded(int (*fixture)(void **state), void (*test)(void **state), void **state)
{
	volatile enum verdict v = OK;
	int ended = sigsetjmp(end_of_test, 1);

	if (ended) {
		is_testing = false;
		return (enum verdict)ended;
	}
	is_testing = true;
	if (test)
		test(state);
	else if (fixture && fixture(state))
		v = ERROR;
	is_testing = false;
	return v;
}

static enum verdict run(const struct CMUnitTest *t, void *state)
{
	enum verdict v = guarded(t->setup_func, NULL, &state);

	if (v == SKIPPED)
		return v;
	if (v != OK)
		return ERROR;
	v = guarded(NULL, t->test_func, &state);
	if (guarded(t->teardown_func, NULL, &state) != OK)
		v = ERROR;
	return v;
}

int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t n,
			    int (*setup)(void **state), int (*teardown)(void **state))
{
	void *state = NULL;
	int bad = 0;

	if (guarded(setup, NULL, &state) != OK) {
		printf("[ ERROR ] the setup of %s\n", name);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		enum verdict v = run(&tests[i], state ? state : tests[i].initial_state);

		printf("[ %s ] %s\n", words[v], tests[i].name);
		fflush(stdout);
		bad += v == FAILED || v == ERROR;
	}
	if (guarded(teardown, NULL, &state) != OK)
		printf("[ ERROR ] the teardown of %s\n", name);
	return bad;
}
