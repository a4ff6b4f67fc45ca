/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "options.h"

static struct options o;
static char why[256];

/* Words after the program's name, up to NULL. */
static enum options_result parse(const char *word, ...)
{
	const char *argv[16] = { "cairn-device" };
	int argc = 1;
	va_list args;

	options_free(&o);
	va_start(args, word);
	for (; word && argc < 16; word = va_arg(args, const char *))
		argv[argc++] = word;
	va_end(args);
	why[0] = '\0';
	return options_parse(argc, argv, &o, why, sizeof(why));
}

static int teardown(void **state)
{
	options_free(&o);
	return 0;
}

static void bad(const char *part, enum options_result r)
{
	assert_int_equal(r, OPTIONS_BAD);
	assert_non_null(strstr(why, part));
}

static void disk_has_defaults(void **state)
{
	assert_int_equal(parse("blk", "--socket", "s", "--disk", "path=a", NULL), OPTIONS_OK);
	assert_int_equal(o.kind, DEVICE_BLK);
	assert_string_equal(o.socket, "s");
	assert_string_equal(o.path, "a");
	assert_int_equal(o.fd, -1);
	assert_int_equal(o.queues, 1);
	assert_false(o.read_only || o.direct);
	assert_int_equal(o.engine, CAIRN_BLOCK_AUTO);
	assert_int_equal(o.seccomp, SECCOMP_ON);
	assert_false(o.once);
}

static void everything_may_be_said(void **state)
{
	assert_int_equal(parse("blk", "--fd=3", "--once", "--queues=16", "--seccomp=log",
			       "--disk=path=a,,b=c,readonly,direct,engine=threads,"
			       "serial=12345678901234567890",
			       NULL),
			 OPTIONS_OK);
	assert_int_equal(o.fd, 3);
	assert_true(o.once);
	assert_int_equal(o.queues, 16);
	assert_int_equal(o.seccomp, SECCOMP_LOG);
	assert_string_equal(o.path, "a,b=c");
	assert_string_equal(o.serial, "12345678901234567890");
	assert_true(o.read_only && o.direct);
	assert_int_equal(o.engine, CAIRN_BLOCK_THREADS);
	assert_int_equal(parse("rng", "--socket=s", "--seccomp", "off", NULL), OPTIONS_OK);
	assert_int_equal(o.kind, DEVICE_RNG);
	assert_int_equal(o.seccomp, SECCOMP_OFF);
}

static void help_and_capabilities_need_nothing_else(void **state)
{
	assert_int_equal(parse("--help", NULL), OPTIONS_HELP);
	assert_int_equal(parse("blk", "--queues", "--help", NULL), OPTIONS_HELP);
	assert_int_equal(parse("blk", "--print-capabilities", NULL), OPTIONS_CAPABILITIES);
	assert_non_null(strstr(options_capabilities(DEVICE_BLK), "\"block\""));
	assert_non_null(strstr(options_capabilities(DEVICE_RNG), "\"rng\""));
	assert_int_equal(parse("help", NULL), OPTIONS_HELP);
	assert_int_equal(parse("version", NULL), OPTIONS_VERSION);
	assert_int_equal(parse("blk", "--version", NULL), OPTIONS_VERSION);
}

static void help_names_both_devices_and_the_codes(void **state)
{
	char text[8192] = "";
	struct cairn_writer w;

	cairn_writer_init(&w, text, sizeof(text) - 1);
	options_help(&w);
	assert_true(cairn_writer_is_whole(&w));
	assert_non_null(strstr(text, "cairn-device blk --socket PATH"));
	assert_non_null(strstr(text, "cairn-device rng --socket PATH"));
	assert_non_null(strstr(text, "Exit codes: 0 "));
}

static void bad_words_are_named(void **state)
{
	bad("which device", parse(NULL));
	bad("'net': must be blk or rng", parse("net", NULL));
	bad("did you mean blk", parse("block", NULL));
	bad("the first word is the device", parse("--socket=s", NULL));
	bad("--socket PATH is missing (or --fd N)", parse("rng", NULL));
	bad("one of them", parse("rng", "--socket=s", "--fd=1", NULL));
	bad("--disk path=FILE[,readonly]", parse("blk", "--socket=s", NULL));
	bad("'--frob'", parse("rng", "--frob", NULL));
	bad("needs a value", parse("rng", "--socket", NULL));
	bad("empty", parse("rng", "--socket=", NULL));
	bad("'x'", parse("rng", "--fd=x", NULL));
	bad("'-1'", parse("rng", "--fd", "-1", NULL));
	bad("'99999999999999999999'", parse("rng", "--fd", "99999999999999999999", NULL));
	bad("'maybe'", parse("rng", "--seccomp=maybe", NULL));
}

static void bad_disks_are_named(void **state)
{
	bad("only for blk", parse("rng", "--disk=path=a", NULL));
	bad("'0'", parse("blk", "--queues=0", NULL));
	bad("'17'", parse("blk", "--queues=17", NULL));
	bad("path=FILE is missing", parse("blk", "--disk=readonly", NULL));
	bad("empty", parse("blk", "--disk=path=", NULL));
	bad("'frob'", parse("blk", "--disk=path=a,frob", NULL));
	bad("'frob'", parse("blk", "--disk=path=a,frob=1", NULL));
	bad("'aio'", parse("blk", "--disk=path=a,engine=aio", NULL));
	bad("20 bytes", parse("blk", "--disk=path=a,serial=123456789012345678901", NULL));
	bad("1 to 20", parse("blk", "--disk=path=a,serial=", NULL));
	bad("twice", parse("blk", "--disk=path=a", "--disk=path=b", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(disk_has_defaults, teardown),
		cmocka_unit_test_teardown(everything_may_be_said, teardown),
		cmocka_unit_test_teardown(help_and_capabilities_need_nothing_else, teardown),
		cmocka_unit_test_teardown(help_names_both_devices_and_the_codes, teardown),
		cmocka_unit_test_teardown(bad_words_are_named, teardown),
		cmocka_unit_test_teardown(bad_disks_are_named, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
