/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Somebody at a console, and nobody. */
#include "../menu.h"
#include "arch_test.h"
#include "stage.h"

#define SECOND UINT64_C(1000000000)
#define UP     "\033[A"
#define DOWN   "\033[B"
#define A      "b 0 \\va [o=a] \n  selected a.conf\n"
#define B      "b 0 \\vb [o=b] \n  selected b.conf\n"
#define C      "b 0 \\vc [o=c] \n  selected c.conf\n"

/* Entries c, b and a, in this order, and a loader.conf. */
static void make(const char *conf)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "for i in a b c; do entry $i \"linux /v$i\\noptions o=$i\\n\"; done\n"
		 "printf '%s' | put /loader/loader.conf\n",
		 conf);
	stage_make(script, NULL);
}

static void nobody_is_waited_for_without_a_timeout(void **state)
{
	uint64_t before = test_ticks;

	make("timeout 0\\n");
	stage_run_expects(C B A);
	assert_true(test_ticks - before < SECOND);
	make("default c\\n");
	before = test_ticks;
	stage_run_expects(C B A);
	assert_true(test_ticks - before < SECOND);
}

static void timeout_passes_and_all_are_started(void **state)
{
	uint64_t before = test_ticks;

	make("timeout 3\\n");
	stage_run_expects(C B A);
	assert_true(test_ticks - before >= 3 * SECOND);
	assert_non_null(strstr(stage_screen, "starts in 3 s; any key for a menu"));
	assert_non_null(strstr(stage_screen, "starts in 1 s; any key for a menu"));
	assert_null(strstr(stage_screen, "Enter starts"));
}

static void key_within_the_timeout_opens_the_menu(void **state)
{
	make("timeout 3\\n");
	stage_type(" " DOWN "\r" UP "\r\033", 2 * SECOND);
	stage_run_expects(B A C); /* then by itself what was not tried */
	assert_non_null(strstr(stage_screen, ">  1  c"));
	assert_non_null(strstr(stage_screen, ">  2  b"));
	assert_non_null(strstr(stage_screen, " came back"));
}

static void key_that_was_pressed_before_opens_the_menu(void **state)
{
	make("timeout menu-hidden\\n");
	stage_type("x3\r\033", 0);
	stage_run_expects(A C B);
}

static void disabled_menu_is_not_opened(void **state)
{
	make("timeout menu-disabled\\n");
	stage_type("x3\r\033", 0);
	stage_run_expects(C B A);
}

static void forced_menu_waits_for_ever(void **state)
{
	make("timeout menu-force\\n");
	stage_type("2\r\033", 4 * FW_MENU_IDLE_NS);
	stage_run_expects(B C A);
}

static void menu_that_nobody_uses_goes_on(void **state)
{
	make("timeout 5\\n");
	stage_type("x", SECOND);
	stage_run_expects(C B A);
	make("timeout 5\\n");
	stage_type("xe", SECOND); /* within the editor, too */
	stage_run_expects(C B A);
}

static void one_candidate_is_not_waited_for(void **state)
{
	uint64_t before = test_ticks;

	stage_make("entry a 'linux /v\\n'; printf 'timeout 9\\n' | put /loader/loader.conf", NULL);
	stage_run_expects("b 0 \\v [] \n  selected a.conf\n");
	assert_true(test_ticks - before < SECOND);
}

static void variable_goes_before_the_file(void **state)
{
	uint64_t before = test_ticks;

	make("timeout menu-force\\n");
	stage_timeout = 2;
	stage_run_expects(C B A);
	assert_true(test_ticks - before >= 2 * SECOND);
	stage_timeout = 0;
	before = test_ticks;
	stage_run_expects(C B A);
	assert_true(test_ticks - before < SECOND);
	stage_timeout = 0xffff;
	stage_type("2\r\033", 4 * FW_MENU_IDLE_NS);
	stage_run_expects(B C A);
}

static void program_that_comes_first_waits_itself(void **state)
{
	uint64_t before = test_ticks;

	stage_make("mmd -i b ::/EFI/BOOT; echo x | put /EFI/BOOT/PROGRAM.EFI\n"
		   "entry a 'linux /v\\n'; printf 'timeout 9\\n' | put /loader/loader.conf",
		   NULL);
	stage_run_expects("b 0 " PATH " [] \nb 0 \\v [] \n  selected a.conf\n");
	assert_true(test_ticks - before < SECOND);
}

static void expect_first(const char *line)
{
	stage_run();
	assert_memory_equal(stage_started, line, strlen(line));
}

static void numbers_choose(void **state)
{
	stage_make("for i in $(seq 10 29); do entry e$i \"linux /v$i\\n\"; done", NULL);
	stage_type("x15\r\033", 0);
	expect_first("b 0 \\v15 []");
	stage_type("x25\r\033", 0); /* there is no such one: the last digit */
	expect_first("b 0 \\v25 []");
	stage_type("x0\r\033", 0);
	expect_first("b 0 \\v29 []");
	stage_type("x1" DOWN "5\r\033", 0); /* another number begins */
	expect_first("b 0 \\v25 []");
	assert_non_null(strstr(stage_screen, ">  5  e25"));
}

static void long_list_is_scrolled(void **state)
{
	stage_make("for i in $(seq 10 29); do entry e$i \"linux /v$i\\n\"; done", NULL);
	stage_type("x" UP "\r\033", 0);
	expect_first("b 0 \\v10 []");
	assert_non_null(strstr(stage_screen, "> 20  e10"));
}

static void options_are_edited(void **state)
{
	make("timeout 3\\n");
	stage_type(" e\b\bx y\033" /* not so */ "e\bd é\r\033", SECOND);
	stage_run_expects("b 0 \\vc [o=d ] \n  selected c.conf\n" B A);
	stage_type(" e\025\r\033", SECOND);
	stage_run_expects("b 0 \\vc [] \n  selected c.conf\n" B A);
}

static void options_are_not_edited_where_that_is_forbidden(void **state)
{
	make("timeout 3\\neditor no\\n");
	stage_type(" e\b\r\033", SECOND);
	stage_run_expects(C B A);
	assert_null(strstr(stage_screen, "e edits"));
}

static void edited_text_ends_where_there_is_no_room(void **state)
{
	char text[8] = "abc";

	stage_type("defghijk\r", 0);
	assert_int_equal(fw_edit(text, sizeof(text)), 0);
	assert_string_equal(text, "abcdefg");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(nobody_is_waited_for_without_a_timeout),
		STAGE_TEST(timeout_passes_and_all_are_started),
		STAGE_TEST(key_within_the_timeout_opens_the_menu),
		STAGE_TEST(key_that_was_pressed_before_opens_the_menu),
		STAGE_TEST(disabled_menu_is_not_opened),
		STAGE_TEST(forced_menu_waits_for_ever),
		STAGE_TEST(menu_that_nobody_uses_goes_on),
		STAGE_TEST(one_candidate_is_not_waited_for),
		STAGE_TEST(variable_goes_before_the_file),
		STAGE_TEST(program_that_comes_first_waits_itself),
		STAGE_TEST(numbers_choose),
		STAGE_TEST(long_list_is_scrolled),
		STAGE_TEST(options_are_edited),
		STAGE_TEST(options_are_not_edited_where_that_is_forbidden),
		STAGE_TEST(edited_text_ends_where_there_is_no_room),
	};

	if (!cairn_rig_has("mkfs.vfat") || !cairn_rig_has("mcopy") || !cairn_rig_has("mke2fs")) {
		puts("dosfstools, mtools and e2fsprogs are not installed: run tools/setup");
		return 77;
	}
	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
