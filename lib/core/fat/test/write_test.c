/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What we write: fsck.vfat finds nothing wrong with it, and mtools reads the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "help.h"

static struct vol v;
static uint8_t bytes[200000];

static int teardown(void **state)
{
	(void)state;
	vol_fini(&v);
	return 0;
}

static struct cairn_fat_file create(const char *path, uint8_t attr)
{
	struct cairn_fat_file f = { 0 };
	int ret = cairn_fat_create(&v.root, path, attr, &f);

	if (ret != 0)
		fail_msg("%s: %d", path, ret);
	return f;
}

static void expect_both(size_t form, const char *path, const uint8_t *b, size_t len)
{
	expect_bytes(&v, path, b, len);
	if (form < N_MTOOLS)
		expect_mtools(&v, path, b, len);
}

static void files_of_every_size_are_written_to_every_form(void **state)
{
	static const size_t lens[] = { 0, 1, 511, 512, 513, 4096, 4097, 33000, 200000 };

	(void)state;
	fill(bytes, sizeof(bytes), 1);
	for (size_t form = 0; form < n_forms; form++) {
		vol_make(&v, forms[form], "");
		create("/New Folder", CAIRN_FAT_DIRECTORY);
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(lens); i++) {
			char path[64];

			snprintf(path, sizeof(path), "/New Folder/file of %zu bytes", lens[i]);
			put_file(&v, path, bytes, lens[i]);
		}
		expect_clean(&v);
		vol_mount(&v);
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(lens); i++) {
			char path[64];

			snprintf(path, sizeof(path), "/New Folder/file of %zu bytes", lens[i]);
			expect_both(form, path, bytes, lens[i]);
		}
		vol_fini(&v);
	}
}

static void names_are_kept_and_found(void **state)
{
	static const char *const names[] = {
		"README.TXT",
		"lower.txt",
		"Mixed Case.conf",
		"no_ext",
		".hidden",
		"two.dots.txt",
		"a+b,c;d=e[f]",
		"\xc3\xbc\x62\x65r.txt",
		"emoji \xf0\x9f\x98\x80",
		"twelve chars",
		"exactly thirt",
		"fourteen chars",
		"vmlinuz-6.1.0-18-amd64",
	};

	(void)state;
	for (size_t form = 0; form < n_forms; form += 5) {
		vol_make(&v, forms[form], "");
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++)
			put_file(&v, names[i], (const uint8_t *)names[i], strlen(names[i]));
		expect_clean(&v);
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++) {
			struct cairn_fat_file f = open_file(&v, names[i]);

			assert_string_equal(f.info.name, names[i]);
			expect_bytes(&v, names[i], (const uint8_t *)names[i], strlen(names[i]));
			if (!strstr(names[i], "emoji") && !strstr(names[i], "+"))
				expect_mtools(&v, names[i], (const uint8_t *)names[i],
					      strlen(names[i]));
		}
		vol_fini(&v);
	}
}

static void longest_names_work(void **state)
{
	char path[300];

	(void)state;
	vol_make(&v, forms[0], "");
	memset(path, 'n', sizeof(path));
	path[255] = '\0';
	for (char c = 'a'; c < 'f'; c++) {
		path[254] = c;
		put_file(&v, path, bytes, 600);
	}
	expect_clean(&v);
	expect_mtools(&v, path, bytes, 600);
	path[255] = 'x';
	path[256] = '\0';
	assert_int_equal(cairn_fat_create(&v.root, path, 0, &v.root), -ENAMETOOLONG);
}

static void impossible_names_are_refused(void **state)
{
	static const char *const bad[] = {
		"a:b", "a*", "a?", "<", ">", "a|b", "\"", "a\tb", "\x7f"
	};
	struct cairn_fat_file f;

	(void)state;
	vol_make(&v, forms[0], "");
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++)
		assert_int_equal(cairn_fat_create(&v.root, bad[i], 0, &f), -EINVAL);
	assert_int_equal(cairn_fat_create(&v.root, "", 0, &f), -EINVAL);
	assert_int_equal(cairn_fat_create(&v.root, "/", 0, &f), -EEXIST);
	assert_int_equal(cairn_fat_create(&v.root, "none/x", 0, &f), -ENOENT);
	assert_int_equal(cairn_fat_create(&v.root, "x", CAIRN_FAT_VOLUME, &f), -EINVAL);
	put_file(&v, "Some Thing", bytes, 1);
	assert_int_equal(cairn_fat_create(&v.root, "some thing", 0, &f), -EEXIST);
	assert_int_equal(cairn_fat_create(&v.root, "SOMETH~1", 0, &f), -EEXIST);
	assert_int_equal(cairn_fat_create(&v.root, "Some Thing/x", 0, &f), -ENOTDIR);
	expect_clean(&v);
}

static void short_names_are_numbered(void **state)
{
	struct cairn_fat_file f;
	char name[64];

	(void)state;
	vol_make(&v, forms[5], "");
	create("d", CAIRN_FAT_DIRECTORY);
	for (int i = 1; i <= 1005; i++) {
		snprintf(name, sizeof(name), "d/a long name number %d.text", i);
		create(name, 0);
	}
	f = open_file(&v, "d/ALONGN~1.TEX");
	assert_string_equal(f.info.name, "a long name number 1.text");
	f = open_file(&v, "d/ALONG~10.TEX");
	assert_string_equal(f.info.name, "a long name number 10.text");
	f = open_file(&v, "d/ALON~999.TEX");
	assert_string_equal(f.info.name, "a long name number 999.text");
	assert_int_equal(cairn_fat_open(&v.root, "d/ALO~1000.TEX", &f), -ENOENT);
	expect_clean(&v);
	f = open_file(&v, "d/ALONGN~7.TEX");
	assert_int_equal(cairn_fat_delete(&f), 0);
	create("d/a long name again.text", 0);
	f = open_file(&v, "d/ALONGN~7.TEX");
	assert_string_equal(f.info.name, "a long name again.text");
	expect_clean(&v);
}

static void files_grow_in_pieces_and_gaps_are_zeroes(void **state)
{
	static const uint8_t dirt[3000] = { 0 };

	(void)state;
	for (size_t form = 0; form < n_forms; form++) {
		struct cairn_fat_file f;

		vol_make(&v, forms[form], "");
		memset(bytes, 0xee, sizeof(bytes));
		put_file(&v, "old", bytes, 60000); /* its clusters come again, full of this */
		f = open_file(&v, "old");
		assert_int_equal(cairn_fat_delete(&f), 0);
		v.fat.next_free = 2;
		memset(bytes, 0, sizeof(bytes));
		f = create("f", 0);
		for (uint32_t i = 0, at = 0; i < 40; i++, at += 700 + i * 10) {
			assert_int_equal(cairn_fat_write(&f, at, "piece", 5), 0);
			memcpy(bytes + at, "piece", 5);
		}
		expect_both(form, "f", bytes, f.info.size_bytes);
		assert_int_equal(cairn_fat_truncate(&f, 50000), 0);
		expect_both(form, "f", bytes, 50000);
		assert_int_equal(cairn_fat_write(&f, 100, dirt, sizeof(dirt)), 0);
		memcpy(bytes + 100, dirt, sizeof(dirt));
		expect_both(form, "f", bytes, 50000);
		expect_clean(&v);
		vol_fini(&v);
	}
}

static void files_shrink_and_give_clusters_back(void **state)
{
	static const uint32_t sizes[] = { 199999, 131072, 131071, 4096, 513, 512, 1, 0, 0 };

	(void)state;
	fill(bytes, sizeof(bytes), 2);
	for (size_t form = 0; form < n_forms; form++) {
		struct cairn_fat_file f;
		uint32_t before = 0, after = 0;

		vol_make(&v, forms[form], "");
		assert_int_equal(cairn_fat_free_clusters(&v.fat, &before), 0);
		put_file(&v, "f", bytes, sizeof(bytes));
		f = open_file(&v, "f");
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(sizes); i++) {
			assert_int_equal(cairn_fat_truncate(&f, sizes[i]), 0);
			expect_bytes(&v, "f", bytes, sizes[i]);
			if (i % 3 == 0)
				expect_clean(&v);
		}
		expect_clean(&v);
		assert_int_equal(cairn_fat_free_clusters(&v.fat, &after), 0);
		assert_int_equal(before, after);
		vol_fini(&v);
	}
}

static void directories_are_made_filled_and_emptied(void **state)
{
	(void)state;
	for (size_t form = 0; form < n_forms; form++) {
		struct cairn_fat_file d, f;
		char path[64];
		uint32_t before = 0, after = 0;

		vol_make(&v, forms[form], "");
		assert_int_equal(cairn_fat_free_clusters(&v.fat, &before), 0);
		create("d", CAIRN_FAT_DIRECTORY);
		d = create("d/e", CAIRN_FAT_DIRECTORY);
		for (int i = 0; i < 150; i++) {
			snprintf(path, sizeof(path), "a name of two slots %d", i);
			assert_int_equal(cairn_fat_create(&d, path, 0, &f), 0);
		}
		assert_int_equal(cairn_fat_delete(&d), -ENOTEMPTY);
		expect_clean(&v);
		for (int i = 149; i >= 0; i--) {
			snprintf(path, sizeof(path), "d/e/a name of two slots %d", i);
			f = open_file(&v, path);
			assert_int_equal(cairn_fat_delete(&f), 0);
			assert_int_equal(cairn_fat_delete(&f), -ENOENT);
		}
		assert_int_equal(cairn_fat_delete(&d), 0);
		d = open_file(&v, "d");
		assert_int_equal(cairn_fat_delete(&d), 0);
		assert_int_equal(cairn_fat_delete(&v.root), -EINVAL);
		expect_clean(&v);
		assert_int_equal(cairn_fat_free_clusters(&v.fat, &after), 0);
		assert_int_equal(before, after);
		vol_fini(&v);
	}
}

/* Behind the slot that ends a directory there may be anything. */
static void what_lies_behind_the_end_stays_hidden(void **state)
{
	struct cairn_fat_file f;
	uint8_t *slot;

	(void)state;
	vol_make(&v, forms[5], ": >e\nfor n in A B C D E F; do mcopy -i img e ::/$n.TXT; done");
	for (slot = v.disk.bytes; memcmp(slot, "B       TXT", 11) != 0; slot += 32)
		assert_true(slot < v.disk.bytes + v.disk.len_bytes - 64);
	slot[0] = 0;
	vol_mount(&v);
	assert_int_equal(cairn_fat_open(&v.root, "C.TXT", &f), -ENOENT);
	create("N.TXT", 0);
	open_file(&v, "A.TXT");
	open_file(&v, "N.TXT");
	assert_int_equal(cairn_fat_open(&v.root, "C.TXT", &f), -ENOENT);
	create("a name of two slots", 0);
	assert_int_equal(cairn_fat_open(&v.root, "E.TXT", &f), -ENOENT);
	assert_int_equal(cairn_fat_open(&v.root, "F.TXT", &f), -ENOENT);
	expect_clean(&v);
}

/* Boot counting: the same directory, a longer name, one write of one sector. */
static void rename_in_a_directory_is_one_write(void **state)
{
	struct cairn_fat_file f;
	uint64_t before;

	(void)state;
	vol_make(&v, forms[5],
		 "mmd -i img ::/loader ::/loader/entries\n"
		 "echo e | mcopy -i img - ::/loader/entries/debian+3.conf");
	f = open_file(&v, "loader/entries/debian+3.conf");
	before = v.disk.writes;
	assert_int_equal(cairn_fat_rename(&f, &v.root, "loader/entries/debian+2-1.conf"), 0);
	assert_int_equal(v.disk.writes, before + 1);
	assert_string_equal(f.info.name, "debian+2-1.conf");
	assert_int_equal(cairn_fat_open(&v.root, "loader/entries/debian+3.conf", &f), -ENOENT);
	expect_mtools(&v, "loader/entries/debian+2-1.conf", (const uint8_t *)"e\n", 2);
	f = open_file(&v, "loader/entries/debian+2-1.conf");
	assert_int_equal(cairn_fat_rename(&f, &v.root, "loader/entries/DEBIAN+2-1.conf"), 0);
	assert_string_equal(f.info.name, "DEBIAN+2-1.conf");
	assert_int_equal(cairn_fat_rename(&f, &v.root, "loader/entries/a"), 0);
	expect_clean(&v);
	expect_mtools(&v, "loader/entries/a", (const uint8_t *)"e\n", 2);
}

static void rename_moves_files_and_directories(void **state)
{
	(void)state;
	for (size_t form = 0; form < n_forms; form++) {
		struct cairn_fat_file a, b, f;

		vol_make(&v, forms[form], "");
		fill(bytes, 3000, 3);
		a = create("a", CAIRN_FAT_DIRECTORY);
		b = create("a/b", CAIRN_FAT_DIRECTORY);
		put_file(&v, "a/b/file", bytes, 3000);
		assert_int_equal(cairn_fat_rename(&a, &b, "inside itself"), -EINVAL);
		assert_int_equal(cairn_fat_rename(&a, &a, "inside itself"), -EINVAL);
		assert_int_equal(cairn_fat_rename(&v.root, &b, "root"), -EINVAL);
		assert_int_equal(cairn_fat_rename(&b, &v.root, "a"), -EEXIST);
		assert_int_equal(cairn_fat_rename(&b, &v.root, "Another Name For It"), 0);
		assert_int_equal(cairn_fat_open(&b, "..", &f), 0);
		assert_string_equal(f.info.name, "");
		assert_int_equal(cairn_fat_rename(&b, &a, "b again"), 0);
		assert_int_equal(cairn_fat_open(&b, "..", &f), 0);
		assert_string_equal(f.info.name, "a");
		f = open_file(&v, "a/b again/file");
		assert_int_equal(cairn_fat_rename(&f, &v.root, "/at the top"), 0);
		expect_both(form, "at the top", bytes, 3000);
		assert_int_equal(cairn_fat_write(&f, 3000, "more", 4), 0);
		assert_int_equal(f.info.size_bytes, 3004);
		expect_clean(&v);
		vol_fini(&v);
	}
}

/* Sets of slots that straddle sectors, as others make them, and names of more than a sector. */
static void renames_of_every_length_work(void **state)
{
	struct cairn_fat_file f;
	char name[256];

	(void)state;
	vol_make(&v, forms[0],
		 "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i | "
		 "mcopy -i img - \"::/a name that has three slots $i\"; done");
	for (int i = 1; i <= 12; i++) {
		uint8_t text[8];
		int n;

		snprintf(name, sizeof(name), "a name that has three slots %d", i);
		n = snprintf((char *)text, sizeof(text), "%d\n", i);
		f = open_file(&v, name);
		for (int len = 1; len < 256; len = len * 2 + i) {
			memset(name, 'a' + i, sizeof(name));
			name[len] = '\0';
			assert_int_equal(cairn_fat_rename(&f, &v.root, name), 0);
			assert_string_equal(f.info.name, name);
		}
		expect_bytes(&v, name[0] ? f.info.name : name, text, (size_t)n);
	}
	expect_clean(&v);
}

static void handles_see_what_others_do(void **state)
{
	struct cairn_fat_file one, two, three;
	struct cairn_fat_cursor at = { 0 };
	uint8_t got[8];
	size_t n = 0;

	(void)state;
	vol_make(&v, forms[5], "");
	one = create("f", 0);
	two = open_file(&v, "f");
	assert_int_equal(cairn_fat_write(&one, 0, "abc", 3), 0);
	assert_int_equal(cairn_fat_read(&two, 0, got, 8, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(cairn_fat_write(&two, 3, "def", 3), 0);
	assert_int_equal(cairn_fat_refresh(&one), 0);
	assert_int_equal(one.info.size_bytes, 6);
	assert_int_equal(cairn_fat_rename(&two, &v.root, "g"), 0);
	assert_int_equal(cairn_fat_read(&one, 0, got, 8, &n), -ENOENT);
	assert_int_equal(cairn_fat_write(&one, 0, got, 1), -ENOENT);
	assert_int_equal(cairn_fat_read(&two, 0, got, 8, &n), 0);
	assert_memory_equal(got, "abcdef", 6);
	three = create("d", CAIRN_FAT_DIRECTORY);
	one = open_file(&v, "d");
	assert_int_equal(cairn_fat_delete(&one), 0);
	assert_int_equal(cairn_fat_next(&three, &at, &one), -ENOENT);
	assert_int_equal(cairn_fat_create(&three, "x", 0, &one), -ENOENT);
}

static void attributes_and_times_are_kept(void **state)
{
	struct cairn_fat_info info;
	struct cairn_fat_file f;

	(void)state;
	vol_make(&v, forms[0], "");
	f = create("f", CAIRN_FAT_HIDDEN);
	assert_int_equal(f.info.created.year, 2024);
	assert_int_equal(f.info.created.hour, 12);
	info = f.info;
	info.attr = CAIRN_FAT_READONLY;
	info.created = (struct cairn_civil){ .year = 1999, .month = 12, .day = 31, .second = 59 };
	info.modified = (struct cairn_civil){ 0 };
	assert_int_equal(cairn_fat_set_info(&f, &info), 0);
	f = open_file(&v, "f");
	assert_int_equal(f.info.attr, CAIRN_FAT_READONLY);
	assert_int_equal(f.info.created.year, 1999);
	assert_int_equal(f.info.created.second, 59);
	assert_int_equal(f.info.modified.year, 0);
	assert_int_equal(cairn_fat_write(&f, 0, "x", 1), -EACCES);
	assert_int_equal(cairn_fat_truncate(&f, 1), -EACCES);
	assert_int_equal(cairn_fat_delete(&f), -EACCES);
	info.attr = CAIRN_FAT_DIRECTORY;
	assert_int_equal(cairn_fat_set_info(&f, &info), -EINVAL);
	info.attr = 0;
	info.modified = (struct cairn_civil){ .year = 1979, .month = 1, .day = 1 };
	assert_int_equal(cairn_fat_set_info(&f, &info), -EINVAL);
	info.modified = (struct cairn_civil){ .year = 2023, .month = 2, .day = 29 };
	assert_int_equal(cairn_fat_set_info(&f, &info), -EINVAL);
	assert_int_equal(cairn_fat_set_info(&v.root, &v.root.info), -EINVAL);
	expect_clean(&v);
}

static void full_volume_says_so_and_stays_whole(void **state)
{
	(void)state;
	fill(bytes, sizeof(bytes), 4);
	for (size_t form = 0; form < 5; form += 2) {
		struct cairn_fat_file f, g;
		uint32_t left = 0;
		int ret, i = 0;

		vol_make(&v, forms[form], "");
		do {
			char name[32];

			snprintf(name, sizeof(name), "file %d", i++);
			f = create(name, 0);
			ret = cairn_fat_write(&f, 0, bytes, sizeof(bytes));
		} while (ret == 0);
		assert_int_equal(ret, -ENOSPC);
		assert_int_equal(f.info.size_bytes, 0);
		expect_clean(&v);
		assert_int_equal(cairn_fat_free_clusters(&v.fat, &left), 0);
		assert_int_equal(cairn_fat_truncate(&f, (uint64_t)left * v.fat.cluster_bytes), 0);
		assert_int_equal(cairn_fat_create(&v.root, "d", CAIRN_FAT_DIRECTORY, &g), -ENOSPC);
		expect_clean(&v);
		expect_bytes(&v, "file 0", bytes, sizeof(bytes));
		vol_fini(&v);
	}
}

static void full_root_directory_says_so(void **state)
{
	struct cairn_fat_file f;
	int ret, n = 0;

	(void)state;
	vol_make(&v, "-F 12 -r 64 -C img 2048", "");
	do {
		char name[16];

		snprintf(name, sizeof(name), "F%d", n);
		ret = cairn_fat_create(&v.root, name, 0, &f);
	} while (ret == 0 && ++n < 1000);
	assert_int_equal(ret, -ENOSPC);
	assert_int_equal(n, 63); /* and the label */
	assert_int_equal(cairn_fat_create(&v.root, "d", CAIRN_FAT_DIRECTORY, &f), -ENOSPC);
	expect_clean(&v);
}

static void file_of_4_gib_is_refused(void **state)
{
	struct cairn_fat_file f;

	(void)state;
	vol_make(&v, forms[0], "");
	f = create("f", 0);
	assert_int_equal(cairn_fat_write(&f, UINT32_MAX, "x", 1), -EFBIG);
	assert_int_equal(cairn_fat_write(&f, UINT64_MAX, "x", 1), -EFBIG);
	assert_int_equal(cairn_fat_truncate(&f, UINT64_C(1) << 32), -EFBIG);
	assert_int_equal(cairn_fat_truncate(&f, UINT32_MAX), -ENOSPC);
	f = create("d", CAIRN_FAT_DIRECTORY);
	assert_int_equal(cairn_fat_write(&f, 0, "x", 1), -EISDIR);
	assert_int_equal(cairn_fat_truncate(&f, 1), -EISDIR);
	expect_clean(&v);
}

static void what_somebody_else_wrote_is_seen_when_told(void **state)
{
	struct cairn_fat_file f, gone, root;
	struct cairn_fat other;
	struct cairn_fat_disk d;
	uint32_t n_free, n;
	char got[8];
	size_t len;

	(void)state;
	vol_make(&v, forms[5], "printf old | mcopy -i img - ::/f; echo x | mcopy -i img - ::/g");
	f = open_file(&v, "f");
	gone = open_file(&v, "g");
	assert_int_equal(cairn_fat_read(&f, 0, got, sizeof(got), &len), 0);
	assert_int_equal(cairn_fat_free_clusters(&v.fat, &n_free), 0);
	d = vol_disk(&v);
	assert_int_equal(cairn_fat_mount(&d, &other, NULL), 0);
	cairn_fat_root(&other, &root);
	{
		struct cairn_fat_file theirs;

		assert_int_equal(cairn_fat_open(&root, "g", &theirs), 0);
		assert_int_equal(cairn_fat_delete(&theirs), 0);
		assert_int_equal(cairn_fat_open(&root, "f", &theirs), 0);
		assert_int_equal(cairn_fat_write(&theirs, 0, "newer", 5), 0);
		assert_int_equal(cairn_fat_flush(&other), 0);
	}
	cairn_fat_forget(&v.fat);
	assert_int_equal(cairn_fat_read(&f, 0, got, sizeof(got), &len), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(got, "newer", 5);
	assert_int_equal(cairn_fat_read(&gone, 0, got, sizeof(got), &len), -ENOENT);
	assert_int_equal(cairn_fat_free_clusters(&v.fat, &n), 0);
	assert_int_equal(n, n_free + 1);
}

static void read_only_disk_refuses_every_change(void **state)
{
	struct cairn_fat_disk d;
	struct cairn_fat_file f, root;
	struct cairn_fat fat;

	(void)state;
	vol_make(&v, forms[5], "echo x | mcopy -i img - ::/f");
	d = vol_disk(&v);
	d.write_at = NULL;
	d.flush = NULL;
	assert_int_equal(cairn_fat_mount(&d, &fat, NULL), 0);
	assert_true(fat.is_readonly);
	cairn_fat_root(&fat, &root);
	assert_int_equal(cairn_fat_open(&root, "f", &f), 0);
	assert_int_equal(cairn_fat_write(&f, 0, "x", 1), -EROFS);
	assert_int_equal(cairn_fat_truncate(&f, 0), -EROFS);
	assert_int_equal(cairn_fat_delete(&f), -EROFS);
	assert_int_equal(cairn_fat_rename(&f, &root, "g"), -EROFS);
	assert_int_equal(cairn_fat_set_info(&f, &f.info), -EROFS);
	assert_int_equal(cairn_fat_create(&root, "g", 0, &f), -EROFS);
	assert_int_equal(cairn_fat_flush(&fat), 0);
	assert_int_equal(v.disk.writes, 0);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(files_of_every_size_are_written_to_every_form),
		T(names_are_kept_and_found),
		T(longest_names_work),
		T(impossible_names_are_refused),
		T(short_names_are_numbered),
		T(files_grow_in_pieces_and_gaps_are_zeroes),
		T(files_shrink_and_give_clusters_back),
		T(directories_are_made_filled_and_emptied),
		T(what_lies_behind_the_end_stays_hidden),
		T(rename_in_a_directory_is_one_write),
		T(rename_moves_files_and_directories),
		T(renames_of_every_length_work),
		T(handles_see_what_others_do),
		T(attributes_and_times_are_kept),
		T(full_volume_says_so_and_stays_whole),
		T(full_root_directory_says_so),
		T(file_of_4_gib_is_refused),
		T(what_somebody_else_wrote_is_seen_when_told),
		T(read_only_disk_refuses_every_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
