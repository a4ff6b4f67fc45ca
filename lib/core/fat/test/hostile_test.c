/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Volumes that lie. Each is one of mkfs.vfat's with some bytes changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "help.h"

#include "../src/internal.h"

static struct vol v;
static uint8_t bytes[70000];

static int teardown(void **state)
{
	(void)state;
	vol_fini(&v);
	return 0;
}

static const char tree[] = "mmd -i img ::/d ::/d/e\nhead -c 70000 /dev/zero >z\n"
			   "mcopy -i img z ::/big\nmcopy -i img z '::/d/a long name of a file'\n"
			   "mcopy -i img z ::/d/e/x";

static void expect_refusal(uint32_t at, uint32_t len, uint64_t value, const char *what)
{
	struct cairn_fat_disk d = vol_disk(&v);
	struct cairn_err err = { .what = "" };
	struct cairn_fat fat;
	uint8_t was[4];

	memcpy(was, v.disk.bytes + at, len);
	cairn_le_store(v.disk.bytes + at, len, value);
	assert_int_equal(cairn_fat_mount(&d, &fat, &err), -EPROTO);
	assert_string_equal(err.what, what);
	memcpy(v.disk.bytes + at, was, len);
}

static void lying_boot_sectors_are_refused(void **state)
{
	static const struct {
		uint32_t at, len;
		uint64_t value;
		const char *what;
	} lies[] = {
		{ 510, 2, 0, "no FAT boot sector" },
		{ 11, 2, 0, "FAT sectors of no possible size" },
		{ 11, 2, 256, "FAT sectors of no possible size" },
		{ 11, 2, 768, "FAT sectors of no possible size" },
		{ 11, 2, 8192, "FAT sectors of no possible size" },
		{ 13, 1, 0, "FAT clusters of no possible size" },
		{ 13, 1, 3, "FAT clusters of no possible size" },
		{ 14, 2, 0, "FAT volume without a table" },
		{ 16, 1, 0, "FAT volume without a table" },
		{ 16, 1, 5, "FAT volume without a table" },
		{ 32, 4, 0, "FAT volume larger than its disk" },
		{ 32, 4, UINT32_MAX, "FAT volume larger than its disk" },
		{ 17, 2, 512, "FAT root directory of a wrong size" },
		{ 42, 2, 1, "FAT32 of an unknown version" },
		{ 36, 4, 0, "FAT volume without a table" },
		{ 36, 4, 100, "FAT volume of more clusters than its table" },
		{ 36, 4, UINT32_MAX, "FAT volume without clusters" },
		{ 44, 4, 0, "FAT32 root outside the volume" },
		{ 44, 4, 0x0ffffff0, "FAT32 root outside the volume" },
		{ 40, 2, 0x82, "FAT32 without its active table" },
	};

	(void)state;
	vol_make(&v, forms[5], "");
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lies); i++)
		expect_refusal(lies[i].at, lies[i].len, lies[i].value, lies[i].what);
	vol_fini(&v);
	vol_make(&v, forms[3], "");
	expect_refusal(17, 2, 0, "FAT root directory of a wrong size");
	expect_refusal(17, 2, 7, "FAT root directory of a wrong size");
	expect_refusal(22, 2, 1, "FAT volume of more clusters than its table");
}

static void disk_cut_short_is_refused(void **state)
{
	struct cairn_fat_disk d;
	struct cairn_fat fat;

	(void)state;
	vol_make(&v, forms[0], "");
	d = vol_disk(&v);
	d.size_bytes--;
	assert_int_equal(cairn_fat_mount(&d, &fat, NULL), -EPROTO);
	d.size_bytes = 511;
	assert_int_equal(cairn_fat_mount(&d, &fat, NULL), -EPROTO);
}

/* Writes an entry of every table, as a broken volume has it. */
static void set(uint32_t cluster, uint32_t value)
{
	assert_int_equal(cairn_fat_set_(&v.fat, cluster, value), 0);
	assert_int_equal(cairn_fat_table_store_(&v.fat), 0);
}

static int read_all(const char *path)
{
	struct cairn_fat_file f = open_file(&v, path);
	size_t n;

	return cairn_fat_read(&f, 0, bytes, sizeof(bytes), &n);
}

static void broken_chains_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_forms; i += i == 3 ? 2 : 3) {
		struct cairn_fat_file f;
		uint32_t first, next = 0;

		vol_make(&v, forms[i], tree);
		f = open_file(&v, "big");
		first = f.chain.first;
		assert_int_equal(cairn_fat_get_(&v.fat, first, &next), 0);
		assert_int_equal(read_all("big"), 0);
		set(first, UINT32_MAX); /* too short for its size */
		assert_int_equal(read_all("big"), -EPROTO);
		set(first, 0); /* goes on in a free cluster */
		assert_int_equal(read_all("big"), -EPROTO);
		set(first, 1);
		assert_int_equal(read_all("big"), -EPROTO);
		set(first, v.fat.n_clusters + 2);
		assert_int_equal(read_all("big"), -EPROTO);
		set(first, first); /* the shortest loop */
		assert_int_equal(read_all("big"), -EPROTO);
		set(first, next);
		set(next, first);
		assert_int_equal(read_all("big"), -EPROTO);
		vol_fini(&v);
	}
}

/* A size of 4 GiB over a loop: it is found after a few rounds, not after millions. */
static void loops_are_found_soon_whatever_the_size_says(void **state)
{
	struct cairn_fat_file f, fresh;
	uint32_t c, next = 0;
	size_t n;
	char b;

	(void)state;
	vol_make(&v, forms[5], tree);
	f = open_file(&v, "big");
	c = f.chain.first;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(cairn_fat_get_(&v.fat, c, &next), 0);
		c = next;
	}
	assert_int_equal(cairn_fat_get_(&v.fat, f.chain.first, &next), 0);
	set(c, next); /* the loop does not hold the first cluster */
	cairn_le_store(v.disk.bytes + f.entry_at + 28, 4, UINT32_MAX);
	v.fat.slots.at = UINT64_MAX;
	fresh = open_file(&v, "big");
	v.disk.reads = 0;
	assert_int_equal(cairn_fat_read(&fresh, UINT32_MAX - 1, &b, 1, &n), -EPROTO);
	assert_true(fresh.chain.index < 400);
	/* without changing anything: to grow it, to shorten it */
	assert_int_equal(cairn_fat_truncate(&fresh, UINT32_MAX - 1), -EPROTO);
	f = open_file(&v, "d/a long name of a file");
	set(f.chain.first + 1, f.chain.first);
	assert_int_equal(cairn_fat_write(&f, 70000, "x", 1), -EPROTO);
	assert_int_equal(cairn_fat_delete(&f), -EPROTO);
	assert_int_equal(cairn_fat_open(&v.root, "d/a long name of a file", &f), -ENOENT);
}

static void directories_that_loop_end(void **state)
{
	struct cairn_fat_cursor at = { 0 };
	struct cairn_fat_file d, f;
	int ret, n = 0;

	(void)state;
	vol_make(&v, forms[5],
		 "mmd -i img ::/d\nmkdir m\nfor i in $(seq 40); do echo >m/file-number-$i; done\n"
		 "mcopy -i img m/* ::/d");
	d = open_file(&v, "d");
	assert_int_equal(cairn_fat_seek_(&v.fat, &d.chain, 1), 0);
	set(d.chain.cluster, d.chain.first);
	d = open_file(&v, "d");
	while ((ret = cairn_fat_next(&d, &at, &f)) == 1)
		n++;
	assert_int_equal(ret, -EPROTO);
	assert_true(n < 100);
	assert_int_equal(cairn_fat_open(&d, "not there", &f), -EPROTO);
	assert_int_equal(cairn_fat_create(&d, "not there", 0, &f), -EPROTO);
	assert_int_equal(cairn_fat_delete(&d), -ENOTEMPTY);
}

static uint8_t *slot_of(const char *path)
{
	struct cairn_fat_file f = open_file(&v, path);

	return v.disk.bytes + f.entry_at;
}

static void directories_that_cannot_be_are_refused(void **state)
{
	static const uint32_t bad[] = { 0, 1, 2, 0x0ffffff0 }; /* 2: the root itself */
	struct cairn_fat_cursor at = { 0 };
	struct cairn_fat_file f;

	(void)state;
	vol_make(&v, forms[5], tree);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		uint8_t *slot = slot_of("d");

		cairn_le_store(slot + 26, 2, bad[i]);
		cairn_le_store(slot + 20, 2, bad[i] >> 16);
		v.fat.slots.at = UINT64_MAX;
		assert_int_equal(cairn_fat_open(&v.root, "d/e", &f), -EPROTO);
		f = open_file(&v, "d");
		assert_int_equal(cairn_fat_next(&f, &at, &f), -EPROTO);
		assert_int_equal(cairn_fat_delete(&f), -EPROTO);
	}
}

static void lying_parents_are_refused(void **state)
{
	struct cairn_fat_file e, f;
	uint8_t *dots;

	(void)state;
	vol_make(&v, forms[5], tree);
	e = open_file(&v, "d/e");
	dots = v.disk.bytes + cairn_fat_cluster_at_(&v.fat, e.chain.first) + 32;
	cairn_le_store(dots + 26, 2, e.chain.first); /* is its own parent */
	v.fat.slots.at = UINT64_MAX;
	assert_int_equal(cairn_fat_open(&e, "..", &f), -EPROTO);
	f = open_file(&v, "d");
	assert_int_equal(cairn_fat_rename(&f, &e, "new"), -EPROTO); /* the way up has no end */
	dots[0] = 'x';
	v.fat.slots.at = UINT64_MAX;
	assert_int_equal(cairn_fat_open(&e, "..", &f), -EPROTO);
}

static void broken_long_names_give_way_to_short_ones(void **state)
{
	static const uint8_t at[] = { 0, 11, 13 }; /* number, attributes, sum */
	struct cairn_fat_file f;

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(at); i++) {
		vol_make(&v, forms[0], tree);
		slot_of("d/a long name of a file")[(int)at[i] - 32] ^= 0x10;
		v.fat.slots.at = UINT64_MAX;
		assert_int_equal(cairn_fat_open(&v.root, "d/a long name of a file", &f), -ENOENT);
		f = open_file(&v, "d/ALONGN~1");
		assert_string_equal(f.info.name, "ALONGN~1");
		vol_fini(&v);
	}
}

static void names_are_never_paths(void **state)
{
	struct cairn_fat_cursor at = { 0 };
	struct cairn_fat_file d, f;
	uint8_t *slot;

	(void)state;
	vol_make(&v, forms[0], tree);
	slot = slot_of("d/a long name of a file");
	slot[-32 + 1] = '/';
	slot[2] = '\\';
	slot[3] = 0x01;
	slot[-32 + 13] = slot[-64 + 13] = cairn_fat_short_sum_(slot);
	v.fat.slots.at = UINT64_MAX;
	d = open_file(&v, "d");
	while (cairn_fat_next(&d, &at, &f) == 1)
		for (const char *c = f.info.name; *c; c++)
			assert_true(*c != '/' && *c != '\\' && (uint8_t)*c >= 0x20);
}

/* A file whose cluster is its directory's: what was in memory of it does not come back. */
static void a_file_written_over_its_directory_is_noticed(void **state)
{
	struct cairn_fat_file f;
	uint8_t *slot;

	(void)state;
	vol_make(&v, forms[2], "mmd -i img ::/d\necho 1 | mcopy -i img - ::/d/x");
	slot = slot_of("d/x");
	memcpy(slot + 26, slot_of("d") + 26, 2);
	cairn_le_store(slot + 28, 4, 512);
	v.fat.slots.at = UINT64_MAX;
	f = open_file(&v, "d/x");
	memset(bytes, 0, 512);
	assert_int_not_equal(cairn_fat_write(&f, 0, bytes, 512), 0);
	assert_memory_equal(slot, bytes, 32);
}

static void directory_of_a_million_slots_ends(void **state)
{
	struct cairn_fat_cursor at = { 0 };
	struct cairn_fat_file d, f;
	uint32_t first, n = 0;
	int ret;

	(void)state;
	vol_make(&v, forms[5], "mmd -i img ::/d");
	d = open_file(&v, "d");
	first = d.chain.first;
	for (uint32_t c = first; c < first + 8000; c++) {
		assert_int_equal(cairn_fat_set_(&v.fat, c, c + 1), 0);
		for (int i = 0; i < 16; i++)
			memcpy(v.disk.bytes + cairn_fat_cluster_at_(&v.fat, c) + i * 32,
			       "NAME    EXT", 11);
	}
	v.fat.slots.at = UINT64_MAX;
	d = open_file(&v, "d");
	at.slot = CAIRN_FAT_SLOTS_MAX - 20;
	while ((ret = cairn_fat_next(&d, &at, &f)) == 1)
		n++;
	assert_int_equal(ret, 0);
	assert_int_equal(n, 20);
	assert_int_equal(cairn_fat_create(&d, "x", 0, &f), -ENOSPC);
}

static void counts_that_lie_are_forgotten(void **state)
{
	/* 5000 bytes are 10 clusters */
	static const uint32_t lies[] = { 0, 1, 9, 0x10000000, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lies); i++) {
		struct cairn_fat_file f;
		uint32_t n = 0;

		vol_make(&v, forms[5], "");
		cairn_le_store(v.disk.bytes + 512 + 488, 4, lies[i]);
		cairn_le_store(v.disk.bytes + 512 + 492, 4, lies[i]);
		vol_mount(&v);
		put_file(&v, "f", bytes, 5000);
		f = open_file(&v, "f");
		assert_int_equal(cairn_fat_delete(&f), 0);
		assert_int_equal(cairn_fat_free_clusters(&v.fat, &n), 0);
		assert_int_equal(n, v.fat.n_clusters - 1);
		vol_fini(&v);
	}
}

/* FAT32 with one active table: the others are left alone. */
static void only_the_active_table_is_written(void **state)
{
	uint64_t at, len;
	uint8_t *copy;

	(void)state;
	vol_make(&v, forms[5], "");
	cairn_le_store(v.disk.bytes + 40, 2, 0x81);
	vol_mount(&v);
	assert_int_equal(v.fat.n_fats, 1);
	len = v.fat.fat_bytes;
	at = v.fat.fat_at - len;
	copy = malloc(len);
	assert_non_null(copy);
	memcpy(copy, v.disk.bytes + at, len);
	put_file(&v, "f", bytes, 5000);
	assert_memory_equal(v.disk.bytes + at, copy, len);
	assert_true(memcmp(v.disk.bytes + at + len, copy, len) != 0);
	free(copy);
}

/* Any byte of the first sectors, of tables and directories: nothing but an error comes of it. */
static void every_changed_byte_is_survived(void **state)
{
	struct cairn_rig_disk spoilt;

	(void)state;
	vol_make(&v, forms[2], tree);
	assert_int_equal(cairn_rig_disk_init(&spoilt, v.disk.len_bytes), 0);
	for (uint32_t at = 0; at < 24 * 512; at += at < 512 ? 1 : 7) {
		struct cairn_fat_disk d = vol_disk(&v);
		struct cairn_fat_file root, f;
		struct cairn_fat fat;
		size_t n;

		memcpy(spoilt.bytes, v.disk.bytes, v.disk.len_bytes);
		spoilt.bytes[at] ^= 0xff;
		d.ctx = &spoilt;
		if (cairn_fat_mount(&d, &fat, NULL) < 0)
			continue;
		cairn_fat_root(&fat, &root);
		if (cairn_fat_open(&root, "d/a long name of a file", &f) == 0 &&
		    cairn_fat_read(&f, 0, bytes, sizeof(bytes), &n) == 0)
			assert_true(n <= sizeof(bytes));
		if (cairn_fat_create(&root, "d/e/new one", 0, &f) == 0 &&
		    cairn_fat_write(&f, 10, bytes, 5000) == 0 && cairn_fat_delete(&f) == 0)
			continue;
	}
	cairn_rig_disk_fini(&spoilt);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lying_boot_sectors_are_refused),
		T(disk_cut_short_is_refused),
		T(broken_chains_end),
		T(loops_are_found_soon_whatever_the_size_says),
		T(directories_that_loop_end),
		T(directories_that_cannot_be_are_refused),
		T(lying_parents_are_refused),
		T(broken_long_names_give_way_to_short_ones),
		T(names_are_never_paths),
		T(a_file_written_over_its_directory_is_noticed),
		T(directory_of_a_million_slots_ends),
		T(counts_that_lie_are_forgotten),
		T(only_the_active_table_is_written),
		T(every_changed_byte_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
