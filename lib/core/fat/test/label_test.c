/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The label, as fsck.vfat, fatlabel and mlabel see what we wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "help.h"

static struct vol v;

static int teardown(void **state)
{
	(void)state;
	vol_fini(&v);
	return 0;
}

/* After a mount anew, too; where the whole volume is right. */
static void expect_label(const char *label)
{
	char script[128];

	assert_string_equal(v.fat.label, label);
	expect_clean(&v);
	snprintf(script, sizeof(script), "test \"$(fatlabel img | sed 's/ *$//')\" = '%s'", label);
	assert_int_equal(cairn_rig_run(&v.dir, script), 0);
	vol_mount(&v);
	assert_string_equal(v.fat.label, label);
}

static void label_is_changed_taken_and_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_forms; i++) {
		vol_make(&v, forms[i], "");
		assert_int_equal(cairn_fat_set_label(&v.fat, "Other name"), 0);
		expect_label("OTHER NAME");
		assert_int_equal(cairn_fat_set_label(&v.fat, ""), 0);
		expect_label("");
		assert_int_equal(cairn_fat_set_label(&v.fat, "11 LETTERS!"), 0);
		expect_label("11 LETTERS!");
		if (i + 1 < n_forms)
			vol_fini(&v);
	}
}

/* What mtools says that the root has, where it can read the volume. */
static void mtools_reads_it(void **state)
{
	(void)state;
	vol_make(&v, forms[0], "");
	assert_int_equal(cairn_fat_set_label(&v.fat, "x-y_z"), 0);
	assert_int_equal(cairn_rig_disk_store(&v.disk, &v.dir, "img"), 0);
	assert_int_equal(cairn_rig_run(&v.dir, "mlabel -s -i img :: | grep -q ' X-Y_Z *$'"), 0);
}

static void impossible_labels_are_refused(void **state)
{
	static const char *const bad[] = { "12 LETTERS!!", " A",  "A.B", "A/B", "a\\b",
					   "a\"b",         "a|b", "[",   "é",   "a\n" };
	uint64_t writes;

	(void)state;
	vol_make(&v, forms[0], "");
	writes = v.disk.writes;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++)
		assert_int_equal(cairn_fat_set_label(&v.fat, bad[i]), -EINVAL);
	assert_int_equal(v.disk.writes, writes);
	v.fat.is_readonly = true;
	assert_int_equal(cairn_fat_set_label(&v.fat, "OTHER"), -EROFS);
	assert_int_equal(v.disk.writes, writes);
	v.fat.is_readonly = false;
	expect_label("CAIRN");
}

/* No other entry is the label's, nor a piece of a long name. */
static void root_without_room_says_so(void **state)
{
	struct cairn_fat_file f;
	int ret, n = 0;

	(void)state;
	vol_make(&v, "-F 12 -r 64 -C img 2048", "");
	assert_int_equal(cairn_fat_set_label(&v.fat, ""), 0);
	do {
		char name[24];

		snprintf(name, sizeof(name), n ? "F%d" : "a long name.txt", n);
		ret = cairn_fat_create(&v.root, name, 0, &f);
	} while (ret == 0 && ++n < 100);
	assert_int_equal(ret, -ENOSPC);
	assert_int_equal(cairn_fat_set_label(&v.fat, "LABEL"), -ENOSPC);
	expect_label("");
	assert_int_equal(cairn_fat_open(&v.root, "F5", &f), 0);
	assert_int_equal(cairn_fat_delete(&f), 0);
	assert_int_equal(cairn_fat_set_label(&v.fat, "LABEL"), 0);
	expect_label("LABEL");
	assert_int_equal(cairn_fat_open(&v.root, "a long name.txt", &f), 0);
}

/* The root has the old one or the new one, wherever power goes or a write fails. */
static void half_done_is_old_or_new(void **state)
{
	struct cairn_rig_disk first;
	int ret = -EIO;

	(void)state;
	vol_make(&v, "-F 32 -s 1 -C img 34816", "");
	assert_int_equal(cairn_rig_disk_load(&first, &v.dir, "img"), 0);
	for (uint64_t n = 1; ret != 0 && n < 10; n++) {
		memcpy(v.disk.bytes, first.bytes, first.len_bytes);
		vol_mount(&v);
		v.disk.fail_write = v.disk.writes + n;
		ret = cairn_fat_set_label(&v.fat, "OTHER");
		v.disk.fail_write = 0;
		assert_true(ret == 0 || ret == -EIO);
		vol_mount(&v);
		assert_string_equal(v.fat.label, n == 1 ? "CAIRN" : "OTHER");
	}
	assert_int_equal(ret, 0);
	cairn_rig_disk_fini(&first);
}

/* A boot sector whose spare lies behind what is reserved: no such copy is written. */
static void lying_spare_is_let_alone(void **state)
{
	uint8_t before[512];

	(void)state;
	vol_make(&v, "-F 32 -s 1 -C img 34816", "");
	v.disk.bytes[50] = 200;
	v.disk.bytes[200 * 512 + 66] = 0x29;
	memcpy(before, v.disk.bytes + 200 * 512, sizeof(before));
	assert_int_equal(cairn_fat_set_label(&v.fat, "OTHER"), 0);
	assert_memory_equal(v.disk.bytes + 200 * 512, before, sizeof(before));
	assert_memory_equal(v.disk.bytes + 71, "OTHER      ", 11);
	v.disk.bytes[66] = 0x28; /* and no place for one */
	assert_int_equal(cairn_fat_set_label(&v.fat, "AGAIN"), 0);
	assert_memory_equal(v.disk.bytes + 71, "OTHER      ", 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(label_is_changed_taken_and_made, teardown),
		cmocka_unit_test_teardown(mtools_reads_it, teardown),
		cmocka_unit_test_teardown(impossible_labels_are_refused, teardown),
		cmocka_unit_test_teardown(root_without_room_says_so, teardown),
		cmocka_unit_test_teardown(half_done_is_old_or_new, teardown),
		cmocka_unit_test_teardown(lying_spare_is_let_alone, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
