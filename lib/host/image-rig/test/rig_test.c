/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include <cairn/image_rig.h>

static void readme_example_works(void **state)
{
	struct cairn_rig_dir dir;
	struct cairn_rig_disk disk;
	char three[3];

	(void)state;
	assert_int_equal(cairn_rig_dir_init(&dir), 0);
	assert_true(cairn_rig_has("sh"));
	assert_int_equal(cairn_rig_run(&dir, "printf abcdef >made.img"), 0);
	assert_int_equal(cairn_rig_disk_load(&disk, &dir, "made.img"), 0);
	assert_int_equal(cairn_rig_disk_read_at(&disk, 2, three, 3), 0);
	assert_memory_equal(three, "cde", 3);
	cairn_rig_disk_fini(&disk);
	cairn_rig_dir_fini(&dir);
}

static void failing_scripts_say_so(void **state)
{
	struct cairn_rig_dir dir;
	char path[sizeof(dir.path)];

	(void)state;
	assert_int_equal(cairn_rig_dir_init(&dir), 0);
	memcpy(path, dir.path, sizeof(path));
	assert_int_equal(cairn_rig_run(&dir, "exit 3"), 3);
	assert_int_equal(cairn_rig_run(&dir, "false; true"), 1);
	assert_int_equal(cairn_rig_run(&dir, "kill -9 $$"), 128);
	assert_false(cairn_rig_has("no-such-program-anywhere"));
	cairn_rig_dir_fini(&dir);
	assert_int_equal(access(path, F_OK), -1);
	cairn_rig_dir_fini(&dir);
}

static void power_goes_where_it_is_told(void **state)
{
	struct cairn_rig_disk disk;
	char c;

	(void)state;
	assert_int_equal(cairn_rig_disk_init(&disk, 3), 0);
	disk.writes_left = 2;
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(cairn_rig_disk_write_at(&disk, i, "x", 1), 0);
	assert_int_equal(cairn_rig_disk_flush(&disk), 0);
	assert_memory_equal(disk.bytes, "xx\0", 3);
	assert_int_equal(disk.writes + disk.flushes, 4);
	disk.fail_write = 4;
	assert_int_equal(cairn_rig_disk_write_at(&disk, 0, "y", 1), -EIO);
	disk.reads_left = 1;
	assert_int_equal(cairn_rig_disk_read_at(&disk, 0, &c, 1), 0);
	assert_int_equal(c, 'x');
	assert_int_equal(cairn_rig_disk_read_at(&disk, 0, &c, 1), -EIO);
	cairn_rig_disk_fini(&disk);
}

static void disks_go_into_files_and_come_back(void **state)
{
	struct cairn_rig_dir dir;
	struct cairn_rig_disk disk = { 0 };

	(void)state;
	assert_int_equal(cairn_rig_dir_init(&dir), 0);
	assert_int_equal(cairn_rig_disk_load(&disk, &dir, "none"), -ENOENT);
	assert_int_equal(cairn_rig_disk_init(&disk, 5), 0);
	memcpy(disk.bytes, "hello", 5);
	assert_int_equal(cairn_rig_disk_store(&disk, &dir, "h"), 0);
	assert_int_equal(cairn_rig_disk_store(&disk, &dir, "none/h"), -ENOENT);
	cairn_rig_disk_fini(&disk);
	assert_int_equal(cairn_rig_disk_load(&disk, &dir, "h"), 0);
	assert_int_equal(disk.len_bytes, 5);
	assert_memory_equal(disk.bytes, "hello", 5);
	cairn_rig_disk_fini(&disk);
	cairn_rig_dir_fini(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readme_example_works),
		cmocka_unit_test(failing_scripts_say_so),
		cmocka_unit_test(power_goes_where_it_is_told),
		cmocka_unit_test(disks_go_into_files_and_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
