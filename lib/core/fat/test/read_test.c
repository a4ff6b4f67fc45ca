/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Volumes of mkfs.vfat, filled by mtools, as we read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "help.h"

static struct vol v;

static int teardown(void **state)
{
	(void)state;
	vol_fini(&v);
	return 0;
}

/* Reads /loader/entries/a.conf. The example of the README. */
static int read_entry(const struct cairn_fat_disk *disk, char *text, size_t room, size_t *ret_len)
{
	struct cairn_fat fat;
	struct cairn_fat_file root, file;
	struct cairn_err err = { 0 };
	int ret;

	ret = cairn_fat_mount(disk, &fat, &err); /* err.what: "no FAT boot sector" */
	if (ret < 0)
		return ret;
	cairn_fat_root(&fat, &root);
	ret = cairn_fat_open(&root, "/loader/entries/a.conf", &file);
	if (ret < 0)
		return ret;
	return cairn_fat_read(&file, 0, text, room, ret_len);
}

static void readme_example_works(void **state)
{
	struct cairn_fat_disk disk;
	char text[32];
	size_t len = 0;

	(void)state;
	vol_make(&v, forms[0],
		 "mmd -i img ::/LOADER ::/LOADER/entries\n"
		 "printf 'title A' | mcopy -i img - ::/loader/entries/A.conf");
	disk = vol_disk(&v);
	assert_int_equal(read_entry(&disk, text, sizeof(text), &len), 0);
	assert_int_equal(len, 7);
	assert_memory_equal(text, "title A", 7);
}

static const char sizes[] =
    "mmd -i img ::/a ::/a/b ::/a/b/c\n"
    "for n in 0 1 511 512 513 2048 4095 4096 4097 32767 70000; do\n"
    "  awk -v n=$n 'BEGIN { for (i = 0; i < n; i++) printf \"%c\", 65 + (i * 7 + "
    "int(i / 512)) % 26 }' >f$n\n"
    "  mcopy -i img f$n ::/a/b/c/f$n\n"
    "done";

static void expect_pattern(const char *path, uint32_t len)
{
	uint8_t *want = malloc(len + 1);

	assert_non_null(want);
	for (uint32_t i = 0; i < len; i++)
		want[i] = (uint8_t)(65 + (i * 7 + i / 512) % 26);
	expect_bytes(&v, path, want, len);
	free(want);
}

static void files_of_every_size_are_read_from_every_form(void **state)
{
	static const uint32_t lens[] = {
		0, 1, 511, 512, 513, 2048, 4095, 4096, 4097, 32767, 70000
	};

	(void)state;
	for (size_t i = 0; i < N_MTOOLS; i++) {
		vol_make(&v, forms[i], sizes);
		assert_int_equal(v.fat.type, (forms[i][3] - '0') * 10 + forms[i][4] - '0');
		assert_string_equal(v.fat.label, "CAIRN");
		for (size_t k = 0; k < CAIRN_ARRAY_LEN(lens); k++) {
			char path[64];

			snprintf(path, sizeof(path), "\\A/b\\\\c//F%u", lens[k]);
			expect_pattern(path, lens[k]);
		}
		vol_fini(&v);
	}
}

/* Clusters behind one another come by one read, so that a large file is not a million of them. */
static void contiguous_clusters_are_read_at_once(void **state)
{
	struct cairn_fat_file f;
	uint8_t *got = malloc(1 << 20);
	size_t n = 0;

	(void)state;
	vol_make(&v, "-F 32 -s 1 -C img 34816",
		 "head -c 1048576 /dev/zero | tr '\\0' x >f; mcopy -i img f ::/f");
	f = open_file(&v, "f");
	v.disk.reads = 0;
	assert_int_equal(cairn_fat_read(&f, 0, got, 1 << 20, &n), 0);
	assert_int_equal(n, 1 << 20);
	assert_true(v.disk.reads <= 1 + 3); /* the data, and 8 KiB of table in windows of 4 */
	free(got);
}

static void pieces_in_any_order_are_the_same_bytes(void **state)
{
	uint8_t whole[40000], piece[3001];
	struct cairn_fat_file f;
	struct cairn_image image;
	size_t n = 0;

	(void)state;
	vol_make(&v, forms[3], sizes);
	f = open_file(&v, "/a/b/c/f70000");
	assert_int_equal(cairn_fat_read(&f, 0, whole, sizeof(whole), &n), 0);
	for (uint32_t i = 0, at = 11; i < 200; i++, at = (at * 7919 + 13) % 36000) {
		assert_int_equal(cairn_fat_read(&f, at, piece, sizeof(piece), &n), 0);
		assert_memory_equal(piece, whole + at, sizeof(piece));
	}
	assert_int_equal(cairn_fat_read(&f, 69999, piece, 10, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(cairn_fat_read(&f, UINT64_MAX, piece, 10, &n), 0);
	assert_int_equal(n, 0);
	image = cairn_fat_image(&f);
	assert_int_equal(image.size_bytes, 70000);
	assert_int_equal(image.read_at(image.ctx, 5, piece, 100), 0);
	assert_memory_equal(piece, whole + 5, 100);
	assert_int_equal(image.read_at(image.ctx, 69990, piece, 100), -EIO);
}

static void names_match_without_regard_to_case(void **state)
{
	static const char *const good[] = {
		"Long File Name.Configuration",    "LONG file NAME.configuration", "longfi~1.con",
		"gr\xc3\xbc\xc3\x9f\x65.txt",      "GR\xc3\x9c\xc3\x9f\x45.TXT",   "/mixed.TXT",
		"long file name.configuration. .",
	};
	static const char *const bad[] = {
		"Long File Name", "longfi~2.con", "long", "x/mixed.txt", "\xe2\x82\xac",
	};
	struct cairn_fat_file f;

	(void)state;
	vol_make(&v, forms[0],
		 "echo a >a\nmcopy -i img a '::/Long File Name.Configuration'\n"
		 "mcopy -i img a '::/Gr\xc3\xbc\xc3\x9f\x65.txt'\nmcopy -i img a ::/mixed.TXT");
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(good); i++)
		if (cairn_fat_open(&v.root, good[i], &f) != 0)
			fail_msg("%s is not found", good[i]);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++)
		assert_int_equal(cairn_fat_open(&v.root, bad[i], &f), -ENOENT);
	assert_int_equal(cairn_fat_open(&v.root, "mixed.txt", &f), 0);
	assert_string_equal(f.info.name, "mixed.TXT");
}

static void paths_go_up_and_down(void **state)
{
	static const struct {
		const char *from, *path, *name;
		int ret;
	} cases[] = {
		{ "/", "", "", 0 },
		{ "/", "/", "", 0 },
		{ "/", ".", "", 0 },
		{ "/", "..", "", -ENOENT },
		{ "/a/b/c", "", "c", 0 },
		{ "/a/b/c", "..", "b", 0 },
		{ "/a/b/c", "../..", "a", 0 },
		{ "/a/b/c", "..\\..\\..", "", 0 },
		{ "/a/b/c", "../../../..", "", -ENOENT },
		{ "/a/b/c", "../c/./../c/f512/", "f512", 0 },
		{ "/a/b/c", "\\a", "a", 0 },
		{ "/a/b/c", "f512/x", "", -ENOTDIR },
		{ "/a/b/c/f512", "x", "", -ENOTDIR },
		{ "/a/b/c", "none/x", "", -ENOENT },
		{ "/a/b/c", "\xff", "", -EINVAL },
	};

	(void)state;
	for (size_t form = 0; form < N_MTOOLS; form += 5) {
		vol_make(&v, forms[form], sizes);
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
			struct cairn_fat_file from = open_file(&v, cases[i].from), f = { 0 };

			assert_int_equal(cairn_fat_open(&from, cases[i].path, &f), cases[i].ret);
			assert_string_equal(f.info.name, cases[i].name);
		}
		vol_fini(&v);
	}
}

static void too_long_a_name_is_refused(void **state)
{
	struct cairn_fat_file f;
	char path[300];

	(void)state;
	vol_make(&v, forms[0], "");
	memset(path, 'x', sizeof(path));
	path[256] = '\0';
	assert_int_equal(cairn_fat_open(&v.root, path, &f), -ENAMETOOLONG);
	path[255] = '\0';
	assert_int_equal(cairn_fat_open(&v.root, path, &f), -ENOENT);
}

static void directory_gives_each_entry_once(void **state)
{
	struct cairn_fat_cursor at = { 0 };
	struct cairn_fat_file dir, f;
	bool seen[300] = { 0 };
	unsigned k;

	(void)state;
	vol_make(&v, forms[5],
		 "mmd -i img ::/many\nmkdir d\n"
		 "for i in $(seq 0 299); do echo $i >\"d/a file with a long name $i\"; done\n"
		 "mcopy -i img d/* ::/many");
	dir = open_file(&v, "many");
	for (int i = 0; i < 300; i++) {
		assert_int_equal(cairn_fat_next(&dir, &at, &f), 1);
		assert_int_equal(sscanf(f.info.name, "a file with a long name %u", &k), 1);
		assert_true(k < 300 && !seen[k]);
		seen[k] = true;
		assert_int_equal(f.info.size_bytes, k < 10 ? 2 : k < 100 ? 3 : 4);
		assert_int_equal(f.info.attr, CAIRN_FAT_ARCHIVE);
		assert_int_equal(f.info.modified.year / 100, 20);
	}
	assert_int_equal(cairn_fat_next(&dir, &at, &f), 0);
	assert_int_equal(cairn_fat_next(&dir, &at, &f), 0);
	at = (struct cairn_fat_cursor){ 0 };
	assert_int_equal(cairn_fat_next(&v.root, &at, &f), 1); /* the label is none */
	assert_string_equal(f.info.name, "many");
	assert_int_equal(cairn_fat_next(&v.root, &at, &f), 0);
}

static void directory_is_not_read_and_file_not_listed(void **state)
{
	struct cairn_fat_cursor at = { 0 };
	struct cairn_fat_file f, got;
	size_t n;
	char c;

	(void)state;
	vol_make(&v, forms[0], sizes);
	f = open_file(&v, "a");
	assert_int_equal(cairn_fat_read(&f, 0, &c, 1, &n), -EISDIR);
	f = open_file(&v, "a/b/c/f1");
	assert_int_equal(cairn_fat_next(&f, &at, &got), -ENOTDIR);
}

static void free_clusters_are_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_MTOOLS; i++) {
		uint32_t known = 0, counted = 0;

		vol_make(&v, forms[i], sizes);
		assert_int_equal(cairn_fat_free_clusters(&v.fat, &known), 0);
		v.fat.n_free = UINT32_MAX;
		assert_int_equal(cairn_fat_free_clusters(&v.fat, &counted), 0);
		assert_int_equal(known, counted);
		assert_true(counted > 0 && counted < v.fat.n_clusters);
		vol_fini(&v);
	}
}

static void errors_of_the_disk_come_through(void **state)
{
	struct cairn_fat_disk d;
	struct cairn_fat_file f, root;
	struct cairn_fat fat;
	uint64_t n = 0;
	uint32_t k;
	size_t len;
	char c;

	(void)state;
	vol_make(&v, forms[5], sizes);
	d = vol_disk(&v);
	for (; n < 3; n++) {
		v.disk.reads_left = n;
		assert_int_equal(cairn_fat_mount(&d, &fat, NULL), -EIO);
	}
	v.disk.reads_left = 3;
	assert_int_equal(cairn_fat_mount(&d, &fat, NULL), 0);
	cairn_fat_root(&fat, &root);
	assert_int_equal(cairn_fat_open(&root, "a/b", &f), -EIO);
	v.disk.reads_left = UINT64_MAX;
	assert_int_equal(cairn_fat_open(&root, "a/b/c/f4097", &f), 0);
	v.disk.reads_left = 0;
	assert_int_equal(cairn_fat_read(&f, 4096, &c, 1, &len), -EIO);
	fat.n_free = UINT32_MAX;
	assert_int_equal(cairn_fat_free_clusters(&fat, &k), -EIO);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(readme_example_works),
		T(files_of_every_size_are_read_from_every_form),
		T(contiguous_clusters_are_read_at_once),
		T(pieces_in_any_order_are_the_same_bytes),
		T(names_match_without_regard_to_case),
		T(paths_go_up_and_down),
		T(too_long_a_name_is_refused),
		T(directory_gives_each_entry_once),
		T(directory_is_not_read_and_file_not_listed),
		T(free_clusters_are_counted),
		T(errors_of_the_disk_come_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
