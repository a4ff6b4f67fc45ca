/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* --firmware-vars: the file, who else may have it, and what a guest writes there. */
#include "scripted.h"

#include <fcntl.h>

enum { NEW_BYTES = 256 << 10 };

static uint8_t image[NEW_BYTES];
static unsigned n_lasting; /* boots at whose end the file had the byte */

static void program(uint64_t off, uint8_t value)
{
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + off, 1, 0x40));
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + off, 1, value));
}

static uint64_t read_image(void)
{
	int fd = open("vars", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, image, sizeof(image));
	struct stat st;

	if (fd < 0 || n < 0 || fstat(fd, &st))
		abort();
	close(fd);
	return (uint64_t)st.st_size;
}

/* The first boot programs the flash's first and last byte; the others read. */
static void write_then_read(unsigned n)
{
	if (n == 0) {
		program(0, 0x5a);
		program(NEW_BYTES - 1, 0xa5);
	} else {
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT, 1));
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + NEW_BYTES - 8, 8));
	}
	if (n < 2)
		push_reset();
	else
		push_power_off();
}

/* While the machine still is: nothing but the programming has brought it there. */
static void look(unsigned n)
{
	static const uint8_t end[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xa5 };
	struct cairn_hv_fake_result first, last;

	n_lasting += read_image() == NEW_BYTES && image[0] == 0x5a && image[1] == 0xff &&
		     image[NEW_BYTES - 1] == 0xa5;
	if (n == 0)
		return;
	if (cairn_hv_fake_result(script.vcpu, 0, &first) ||
	    cairn_hv_fake_result(script.vcpu, 1, &last) || first.data[0] != 0x5a ||
	    memcmp(last.data, end, sizeof(end)) != 0)
		abort();
}

static void what_is_programmed_is_in_the_file_and_lasts(void **state)
{
	struct stat st;

	(void)state;
	script = (struct scripted){ .boot = write_then_read, .closing = look };
	n_lasting = 0;
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_int_equal(script.n_boots, 3);
	assert_int_equal(n_lasting, 3);
	assert_int_equal(stat("vars", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(unlink("vars"), 0);
}

static void no_more(unsigned n)
{
	(void)n;
	push_power_off();
}

static void write_file(uint64_t size)
{
	int fd = open("vars", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static void sizes_that_no_chip_has_are_refused(void **state)
{
	static const uint64_t bad[] = { 1, 32 << 10, 96 << 10, (64 << 10) + 1, 4 << 20 };
	static const uint64_t good[] = { 64 << 10, 2 << 20 };

	(void)state;
	script = (struct scripted){ .boot = no_more };
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		write_file(bad[i]);
		assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_BAD_FILE);
		assert_int_equal(read_image(), bad[i]);
	}
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(good); i++) {
		write_file(good[i]);
		assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
		assert_int_equal(read_image(), good[i]);
	}
	assert_int_equal(unlink("vars"), 0);
}

static void an_empty_file_becomes_an_erased_chip(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more };
	write_file(0);
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_int_equal(read_image(), NEW_BYTES);
	for (size_t i = 0; i < NEW_BYTES; i++)
		assert_int_equal(image[i], 0xff);
	assert_int_equal(unlink("vars"), 0);
}

static void a_second_user_is_refused(void **state)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	(void)state;
	script = (struct scripted){ .boot = no_more };
	write_file(NEW_BYTES);
	fd = open("vars", O_RDWR | O_CLOEXEC);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &l), 0);
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_BAD_FILE);
	close(fd);
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_int_equal(unlink("vars"), 0);
}

static bool was_locked;

static void look_at_lock(unsigned n)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open("vars", O_RDWR | O_CLOEXEC);

	(void)n;
	was_locked = fcntl(fd, F_OFD_SETLK, &l) != 0;
	close(fd);
}

static void the_file_is_locked_while_the_machine_is(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more, .closing = look_at_lock };
	was_locked = false;
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_true(was_locked);
	look_at_lock(0);
	assert_false(was_locked);
	assert_int_equal(unlink("vars"), 0);
}

static void cut_then_write(unsigned n)
{
	(void)n;
	assert_int_equal(truncate("vars", 0), 0);
	program(0, 1);
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT, 1, 0xff));
	program(0x8000, 1);
	push_power_off();
}

static void a_file_that_is_cut_does_not_end_the_machine(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = cut_then_write };
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_int_equal(read_image(), 0);
	assert_int_equal(unlink("vars"), 0);
}

static void read_nothing(unsigned n)
{
	(void)n;
	push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT, 1));
	push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + NEW_BYTES, 1));
	push_power_off();
}

static uint8_t last_read[2];

static void see_nothing(unsigned n)
{
	struct cairn_hv_fake_result r;

	(void)n;
	for (size_t i = 0; i < 2; i++) {
		if (cairn_hv_fake_result(script.vcpu, i, &r))
			abort();
		last_read[i] = r.data[0];
	}
}

static void there_is_no_flash_without_a_file_nor_behind_its_end(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = read_nothing, .closing = see_nothing };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(last_read[0], 0xff);
	write_file(NEW_BYTES);
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_int_equal(last_read[0], 0);
	assert_int_equal(last_read[1], 0xff);
	assert_int_equal(unlink("vars"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_programmed_is_in_the_file_and_lasts),
		cmocka_unit_test(sizes_that_no_chip_has_are_refused),
		cmocka_unit_test(an_empty_file_becomes_an_erased_chip),
		cmocka_unit_test(a_second_user_is_refused),
		cmocka_unit_test(the_file_is_locked_while_the_machine_is),
		cmocka_unit_test(a_file_that_is_cut_does_not_end_the_machine),
		cmocka_unit_test(there_is_no_flash_without_a_file_nor_behind_its_end),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
