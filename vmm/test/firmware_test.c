/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware.h"

static char folder[] = "/tmp/cairn-firmware-XXXXXX";
static struct run_options o;

static void path(char *ret, const char *name)
{
	snprintf(ret, 128, "%s/%s", folder, name);
}

static void make_file(const char *name)
{
	char p[128];
	int fd;

	path(p, name);
	fd = open(p, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void remove_file(const char *name)
{
	char p[128];

	path(p, name);
	assert_int_equal(unlink(p), 0);
}

static int make(void **state)
{
	static const char *const folders[] = { "bin", "vmm", "share", "share/cairn" };
	char p[128];

	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(folders); i++) {
		path(p, folders[i]);
		mkdir(p, 0700);
	}
	make_file("vmm/cairn");
	return 0;
}

static int clean(void **state)
{
	static const char *const folders[] = { "share/cairn", "share", "vmm", "bin", "" };
	char p[128];

	remove_file("vmm/cairn");
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(folders); i++) {
		path(p, folders[i]);
		rmdir(p);
	}
	return 0;
}

/* What is found, of a program in vmm/, ends like this. */
static void finds(const char *name)
{
	char program[128], wanted[128], found[PATH_MAX];

	path(program, "vmm/cairn");
	path(wanted, name);
	o = (struct run_options){ 0 };
	assert_int_equal(firmware_default(&o, program), 0);
	assert_non_null(realpath(o.firmware, found));
	assert_string_equal(found, wanted);
	options_free(&o);
}

static void is_found_beside_the_program_and_where_it_is_installed(void **state)
{
	make_file("share/cairn/" ARCH_FIRMWARE);
	finds("share/cairn/" ARCH_FIRMWARE);
	make_file("bin/" ARCH_FIRMWARE);
	finds("bin/" ARCH_FIRMWARE);
	make_file("vmm/" ARCH_FIRMWARE);
	finds("vmm/" ARCH_FIRMWARE);
	remove_file("share/cairn/" ARCH_FIRMWARE);
	remove_file("bin/" ARCH_FIRMWARE);
	remove_file("vmm/" ARCH_FIRMWARE);
}

static void without_one_a_kernel_is_asked_for(void **state)
{
	char program[128];

	path(program, "vmm/cairn");
	o = (struct run_options){ 0 };
	assert_int_equal(firmware_default(&o, program), EXIT_USAGE);
	assert_int_equal(firmware_default(&o, "/nowhere/at all"), EXIT_USAGE);
	assert_null(o.firmware);
}

static void what_was_given_stays(void **state)
{
	char kernel[] = "k";

	o = (struct run_options){ .kernel = kernel };
	assert_int_equal(firmware_default(&o, "/nowhere"), 0);
	assert_null(o.firmware);
	o = (struct run_options){ .firmware = kernel };
	assert_int_equal(firmware_default(&o, "/nowhere"), 0);
	assert_ptr_equal(o.firmware, kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_found_beside_the_program_and_where_it_is_installed),
		cmocka_unit_test(without_one_a_kernel_is_asked_for),
		cmocka_unit_test(what_was_given_stays),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
