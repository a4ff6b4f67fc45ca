/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The power goes after each single write of each operation. What is on the disk then is the old
 * state or the new one, and fsck.vfat finds at worst clusters that nobody has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "help.h"

static struct vol v;
static uint8_t bytes[9000];

static int teardown(void **state)
{
	(void)state;
	vol_fini(&v);
	return 0;
}

static int op_create(void)
{
	struct cairn_fat_file f;

	return cairn_fat_create(&v.root, "d/a new file with a long name", 0, &f);
}

static int op_mkdir(void)
{
	struct cairn_fat_file f;

	return cairn_fat_create(&v.root, "d/a new folder", CAIRN_FAT_DIRECTORY, &f);
}

static int op_append(void)
{
	struct cairn_fat_file f = open_file(&v, "d/file");

	return cairn_fat_write(&f, f.info.size_bytes, bytes, 6000);
}

static int op_write_first(void)
{
	struct cairn_fat_file f = open_file(&v, "d/empty");

	return cairn_fat_write(&f, 700, bytes, 3000);
}

static int op_shrink(void)
{
	struct cairn_fat_file f = open_file(&v, "d/file");

	return cairn_fat_truncate(&f, 900);
}

static int op_clear(void)
{
	struct cairn_fat_file f = open_file(&v, "d/file");

	return cairn_fat_truncate(&f, 0);
}

static int op_delete(void)
{
	struct cairn_fat_file f = open_file(&v, "d/file");

	return cairn_fat_delete(&f);
}

static int op_rename(void)
{
	struct cairn_fat_file f = open_file(&v, "d/file");

	return cairn_fat_rename(&f, &v.root, "d/file with another name");
}

static int op_move(void)
{
	struct cairn_fat_file f = open_file(&v, "d/sub");

	return cairn_fat_rename(&f, &v.root, "moved");
}

/* More names than a cluster holds: the directory grows. */
static int op_fill(void)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < 20; i++) {
		struct cairn_fat_file f;
		char name[64];

		snprintf(name, sizeof(name), "d/name of three slots number %d", i);
		ret = cairn_fat_create(&v.root, name, 0, &f);
	}
	return ret;
}

static const struct op {
	int (*run)(void);
	bool keeps_file, keeps_sub; /* "d/file" is there with all its bytes, whenever power went */
} ops[] = {
	{ op_create, true, true },      { op_mkdir, true, true },   { op_append, true, true },
	{ op_write_first, true, true }, { op_shrink, false, true }, { op_clear, false, true },
	{ op_delete, false, true },     { op_rename, false, true }, { op_move, true, false },
	{ op_fill, true, true },
};

/* Small, so that it is checked quickly: too small a FAT32 for mtools, so the tree is made by us. */
static void make_tree(const char *form)
{
	struct cairn_fat_file f;
	uint8_t old[5000];

	vol_make(&v, form, "");
	memset(old, 'x', sizeof(old));
	assert_int_equal(cairn_fat_create(&v.root, "d", CAIRN_FAT_DIRECTORY, &f), 0);
	assert_int_equal(cairn_fat_create(&v.root, "d/sub", CAIRN_FAT_DIRECTORY, &f), 0);
	assert_int_equal(cairn_fat_create(&v.root, "d/empty", 0, &f), 0);
	put_file(&v, "d/file", old, sizeof(old));
	put_file(&v, "d/other", old, sizeof(old));
	put_file(&v, "d/sub/f", old, sizeof(old));
	expect_clean(&v);
}

static void expect_old_bytes(const char *path)
{
	struct cairn_fat_file f = open_file(&v, path);
	uint8_t got[5000];
	size_t n = 0;

	assert_int_equal(cairn_fat_read(&f, 0, got, sizeof(got), &n), 0);
	assert_int_equal(n, sizeof(got));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(got[i], 'x');
}

/*
 * Whatever fsck finds is a consequence of clusters that belong to nobody or lie behind a file, or
 * of a second table that is one write behind the first.
 */
static void expect_only_lost_clusters(void)
{
	static const char script[] =
	    "fsck.vfat -n img >said || true\n"
	    "grep -vE '^fsck.fat |^img: [0-9]+ files, |^Leaving filesystem unchanged|"
	    "^Reclaimed [0-9]+ unused cluster|^Free cluster summary |"
	    "^FATs differ but appear to be intact|^  Using first FAT|^/d/|cluster chain length is "
	    "> |^  Truncating file to |^  Auto-correcting|^$' said >more || exit 0\n"
	    "cat more; exit 1";

	assert_int_equal(cairn_rig_disk_store(&v.disk, &v.dir, "img"), 0);
	assert_int_equal(cairn_rig_run(&v.dir, script), 0);
}

static void cut(const struct op *op, uint64_t writes)
{
	v.disk.writes_left = writes;
	assert_int_equal(op->run(), 0);
	v.disk.writes_left = UINT64_MAX;
	vol_mount(&v);
	expect_only_lost_clusters();
	expect_old_bytes("d/other");
	if (op->keeps_file)
		expect_old_bytes("d/file");
	if (op->keeps_sub)
		expect_old_bytes("d/sub/f");
}

static void power_cut_after_each_write_loses_clusters_at_most(void **state)
{
	struct cairn_rig_disk first;

	(void)state;
	make_tree("-F 32 -s 1 -C img 1024");
	assert_int_equal(cairn_rig_disk_load(&first, &v.dir, "img"), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ops); i++) {
		uint64_t needed = v.disk.writes;

		assert_int_equal(ops[i].run(), 0);
		needed = v.disk.writes - needed;
		for (uint64_t n = 0; n <= needed; n += needed > 60 ? 5 : 1) {
			memcpy(v.disk.bytes, first.bytes, first.len_bytes);
			vol_mount(&v);
			cut(&ops[i], n);
		}
		memcpy(v.disk.bytes, first.bytes, first.len_bytes);
		vol_mount(&v);
	}
	cairn_rig_disk_fini(&first);
}

/* The file has its old name or its new one at every moment. */
static void rename_in_a_directory_never_loses_the_file(void **state)
{
	struct cairn_rig_disk first;
	struct cairn_fat_file f;

	(void)state;
	make_tree("-F 12 -s 1 -C img 512");
	assert_int_equal(cairn_rig_disk_load(&first, &v.dir, "img"), 0);
	for (uint64_t n = 0; n < 4; n++) {
		memcpy(v.disk.bytes, first.bytes, first.len_bytes);
		vol_mount(&v);
		v.disk.writes_left = n;
		assert_int_equal(op_rename(), 0);
		v.disk.writes_left = UINT64_MAX;
		vol_mount(&v);
		expect_old_bytes(cairn_fat_open(&v.root, "d/file", &f) == 0
				     ? "d/file"
				     : "d/file with another name");
		expect_clean(&v);
	}
	cairn_rig_disk_fini(&first);
}

/* Flushes come between the steps: a disk may write what it has in any order up to each. */
static void steps_are_kept_apart_by_flushes(void **state)
{
	uint64_t flushes;

	(void)state;
	make_tree("-F 32 -s 1 -C img 1024");
	flushes = v.disk.flushes;
	assert_int_equal(op_append(), 0);
	assert_int_equal(v.disk.flushes, flushes + 2); /* data; table; then the entry */
	flushes = v.disk.flushes;
	assert_int_equal(op_shrink(), 0);
	assert_int_equal(v.disk.flushes, flushes + 2); /* entry; end; then the rest is free */
	flushes = v.disk.flushes;
	assert_int_equal(op_delete(), 0);
	assert_int_equal(v.disk.flushes, flushes + 1);
	flushes = v.disk.flushes;
	assert_int_equal(op_mkdir(), 0);
	assert_int_equal(v.disk.flushes, flushes + 1);
}

/* A write that fails is an error; the volume is one that a power cut could have left. */
static void failing_writes_end_the_operation(void **state)
{
	struct cairn_rig_disk first;

	(void)state;
	make_tree("-F 12 -s 1 -C img 512");
	assert_int_equal(cairn_rig_disk_load(&first, &v.dir, "img"), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ops); i++) {
		int ret = -EIO;

		for (uint64_t n = 1; ret != 0 && n < 500; n++) {
			memcpy(v.disk.bytes, first.bytes, first.len_bytes);
			vol_mount(&v);
			v.disk.fail_write = v.disk.writes + n;
			ret = ops[i].run();
			v.disk.fail_write = 0;
			assert_true(ret == 0 || ret == -EIO);
			vol_mount(&v);
			expect_old_bytes("d/other");
		}
		assert_int_equal(ret, 0);
	}
	cairn_rig_disk_fini(&first);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(power_cut_after_each_write_loses_clusters_at_most),
		T(rename_in_a_directory_never_loses_the_file),
		T(steps_are_kept_apart_by_flushes),
		T(failing_writes_end_the_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
