/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Volumes that lie. Each is one of mke2fs's with some bytes changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cairn/image_rig.h>

#include "../src/internal.h"

#define SUPER 1024

static struct cairn_rig_dir dir;
static struct cairn_rig_disk disk;
static struct cairn_image image;
static struct cairn_ext4 fs;
static struct cairn_ext4_file root;
static struct cairn_err err;

static int teardown(void **state)
{
	(void)state;
	cairn_rig_disk_fini(&disk);
	cairn_rig_dir_fini(&dir);
	return 0;
}

static void make(const char *form)
{
	char script[1000];

	if (!cairn_rig_has("mke2fs")) {
		printf("no mke2fs here (Debian package e2fsprogs)\n");
		skip();
	}
	assert_int_equal(cairn_rig_dir_init(&dir), 0);
	snprintf(script, sizeof(script),
		 "mkdir -p t/d/e; head -c 400000 /dev/zero | tr '\\0' z >t/big; echo x >t/d/small\n"
		 "ln -s d/small t/link; mke2fs -q -F %s -d t img 1M",
		 form);
	assert_int_equal(cairn_rig_run(&dir, script), 0);
	assert_int_equal(cairn_rig_disk_load(&disk, &dir, "img"), 0);
	image = (struct cairn_image){ .read_at = cairn_rig_disk_read_at,
				      .size_bytes = disk.len_bytes,
				      .ctx = &disk };
	assert_int_equal(cairn_ext4_mount(&image, &fs, &err), 0);
	assert_int_equal(cairn_ext4_root(&fs, &root), 0);
}

static void put(uint64_t at, size_t len, uint64_t v)
{
	cairn_le_store(disk.bytes + at, len, v);
}

static void lying_superblocks_are_refused(void **state)
{
	static const struct {
		uint32_t at, len;
		uint64_t v;
		int code;
		const char *what;
	} lies[] = {
		{ 56, 2, 0xef54, -EPROTO, "no ext4 superblock" },
		{ 24, 4, 7, -EPROTO, "ext4 blocks of no possible size" },
		{ 24, 4, UINT32_MAX, -EPROTO, "ext4 blocks of no possible size" },
		{ 4, 4, 0, -EPROTO, "ext4 volume larger than its disk" },
		{ 4, 4, 1025, -EPROTO, "ext4 volume larger than its disk" },
		{ 336, 4, 1, -EPROTO, "ext4 volume larger than its disk" },
		{ 88, 2, 0, -EPROTO, "ext4 inodes of no possible size" },
		{ 88, 2, 64, -EPROTO, "ext4 inodes of no possible size" },
		{ 88, 2, 384, -EPROTO, "ext4 inodes of no possible size" },
		{ 88, 2, 2048, -EPROTO, "ext4 inodes of no possible size" },
		{ 254, 2, 0, -EPROTO, "ext4 group descriptors of no possible size" },
		{ 254, 2, 2048, -EPROTO, "ext4 group descriptors of no possible size" },
		{ 20, 4, 1024, -EPROTO, "ext4 groups of no possible size" },
		{ 32, 4, 0, -EPROTO, "ext4 groups of no possible size" },
		{ 40, 4, 0, -EPROTO, "ext4 groups of no possible size" },
		{ 0, 4, UINT32_MAX, -EPROTO, "ext4 inodes beyond the last group" },
		{ 96, 4, 0x2c3, -ENOTSUP, "ext4 with compression" },
		{ 96, 4, 0x2ca, -ENOTSUP, "ext4 journal device" },
		{ 96, 4, 0x12c2, -ENOTSUP, "ext4 with data in directory entries (dirdata)" },
		{ 96, 4, 0x402c2, -ENOTSUP, "ext4 with an unknown feature" },
		{ 96, 4, 0x800002c2, -ENOTSUP, "ext4 with an unknown feature" },
	};
	struct cairn_ext4 again;

	(void)state;
	make("-t ext4 -b 1024 -O ^metadata_csum,64bit");
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lies); i++) {
		uint8_t was[8];

		memcpy(was, disk.bytes + SUPER + lies[i].at, sizeof(was));
		put(SUPER + lies[i].at, lies[i].len, lies[i].v);
		assert_int_equal(cairn_ext4_mount(&image, &again, &err), lies[i].code);
		assert_string_equal(err.what, lies[i].what);
		memcpy(disk.bytes + SUPER + lies[i].at, was, sizeof(was));
	}
	image.size_bytes = 2047;
	assert_int_equal(cairn_ext4_mount(&image, &again, &err), -EPROTO);
	image.size_bytes = disk.len_bytes - 1;
	assert_int_equal(cairn_ext4_mount(&image, &again, &err), -EPROTO);
}

static int open_and_read(const char *path)
{
	static uint8_t got[400000];
	struct cairn_ext4_file f;
	size_t n;
	int ret = cairn_ext4_open(&root, path, &f);

	return ret < 0 ? ret : cairn_ext4_read(&f, 0, got, sizeof(got), &n);
}

static void wrong_sums_are_found(void **state)
{
	struct cairn_ext4_file f;
	struct cairn_ext4 again;

	(void)state;
	make("-t ext4 -b 1024 -O metadata_csum,64bit");
	disk.bytes[SUPER + 130] ^= 1; /* the label */
	assert_int_equal(cairn_ext4_mount(&image, &again, &err), -EPROTO);
	assert_string_equal(err.what, "ext4 superblock with a wrong sum");
	disk.bytes[SUPER + 130] ^= 1;
	disk.bytes[2048 + 20] ^= 1; /* of the first group: bits that nobody needs */
	assert_int_equal(open_and_read("big"), -EPROTO);
	disk.bytes[2048 + 20] ^= 1;
	assert_int_equal(open_and_read("big"), 0);
	assert_int_equal(cairn_ext4_open(&root, "big", &f), 0);
	for (uint32_t at = 0; at < fs.inode_bytes; at += 3) {
		disk.bytes[f.at + at] ^= 0x80;
		assert_int_equal(open_and_read("big"), -EPROTO);
		disk.bytes[f.at + at] ^= 0x80;
	}
}

/* Without sums: what the fields alone can say. */
static void lying_extents_are_refused(void **state)
{
	static const struct {
		uint32_t at, len; /* in the 60 bytes of the map */
		uint64_t v;
	} lies[] = {
		{ 0, 2, 0 },  /* no magic */
		{ 2, 2, 5 },  /* more entries than room */
		{ 4, 2, 5 },  /* more room than there is */
		{ 6, 2, 6 },  /* too deep */
		{ 6, 2, 1 },  /* the extent is taken for a node, which it is not */
		{ 18, 2, 1 }, /* beyond the volume */
		{ 20, 4, UINT32_MAX }, { 20, 4, 0 }, { 20, 4, 1023 }, /* ends beyond it */
	};
	struct cairn_ext4_file f;

	(void)state;
	make("-t ext4 -b 1024 -O ^metadata_csum");
	assert_int_equal(cairn_ext4_open(&root, "big", &f), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lies); i++) {
		uint8_t was[60];

		memcpy(was, disk.bytes + f.at + 40, sizeof(was));
		put(f.at + 40 + lies[i].at, lies[i].len, lies[i].v);
		assert_int_equal(open_and_read("big"), -EPROTO);
		memcpy(disk.bytes + f.at + 40, was, sizeof(was));
	}
	assert_int_equal(open_and_read("big"), 0);
}

/* A node that is its own child: the depth must go down, so that it cannot be. */
static void trees_that_loop_are_refused(void **state)
{
	struct cairn_ext4_file f;
	uint64_t at;

	(void)state;
	make("-t ext4 -b 1024 -O ^metadata_csum");
	assert_int_equal(cairn_ext4_open(&root, "big", &f), 0);
	at = cairn_le_load(f.block + 20, 4);
	put(f.at + 40 + 6, 2, 3);   /* depth */
	put(f.at + 40 + 16, 4, at); /* a node where the file's data is */
	put(f.at + 40 + 20, 4, 0);
	for (uint32_t depth = 0; depth < 4; depth++) {
		put(at * 1024, 8, 0xf30a | 1 << 16 | UINT64_C(4) << 32 | (uint64_t)depth << 48);
		put(at * 1024 + 12, 8, at << 32); /* itself */
		put(at * 1024 + 20, 4, 0);
		assert_int_equal(open_and_read("big"), -EPROTO);
	}
}

static void lying_pointers_are_refused(void **state)
{
	struct cairn_ext4_file f;
	uint64_t at;

	(void)state;
	make("-t ext2 -b 1024");
	assert_int_equal(cairn_ext4_open(&root, "big", &f), 0);
	for (uint32_t i = 0; i < 14; i++) { /* direct, indirect, twice indirect */
		uint32_t was = (uint32_t)cairn_le_load(f.block + i * 4, 4);

		put(f.at + 40 + i * 4, 4, fs.n_blocks);
		assert_int_equal(open_and_read("big"), -EPROTO);
		put(f.at + 40 + i * 4, 4, was);
	}
	at = cairn_le_load(f.block + 48, 4); /* the block of pointers */
	put(at * 1024, 4, UINT32_MAX);
	assert_int_equal(open_and_read("big"), -EPROTO);
	put(f.at + 4, 4, UINT32_MAX); /* a size beyond all pointers */
	put(f.at + 108, 4, 0xffff);
	assert_int_equal(cairn_ext4_open(&root, "big", &f), 0);
	assert_int_equal(cairn_ext4_bytes_(&f, UINT64_C(1) << 46, &at, 8), -EPROTO);
}

static void lying_directories_are_refused(void **state)
{
	static const struct {
		uint32_t at, len;
		uint64_t v;
	} lies[] = {
		{ 4, 2, 0 }, { 4, 2, 4 }, { 4, 2, 13 }, { 4, 2, 1028 }, { 6, 1, 5 },
	};
	struct cairn_ext4_cursor at = { 0 };
	struct cairn_ext4_entry e;
	uint64_t block, n, got;

	(void)state;
	make("-t ext4 -b 1024 -O ^metadata_csum");
	assert_int_equal(cairn_ext4_map_(&root, 0, &block, &n), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lies); i++) {
		uint8_t was[8];

		memcpy(was, disk.bytes + block * 1024, sizeof(was));
		put(block * 1024 + lies[i].at, lies[i].len, lies[i].v);
		at.off = 0;
		assert_int_equal(cairn_ext4_next(&root, &at, &e), -EPROTO);
		assert_int_equal(open_and_read("big"), -EPROTO);
		memcpy(disk.bytes + block * 1024, was, sizeof(was));
	}
	for (got = 24; memcmp(disk.bytes + block * 1024 + got + 8, "big", 3) != 0;)
		got += cairn_le_load(disk.bytes + block * 1024 + got + 4, 2);
	disk.bytes[block * 1024 + got + 9] = '/';
	for (at.off = 0; cairn_ext4_next(&root, &at, &e) == 1;)
		for (const char *c = e.name; *c; c++)
			assert_int_not_equal(*c, '/');
	root.size_bytes = (uint64_t)CAIRN_EXT4_DIR_BYTES_MAX + 1024;
	at.off = 0;
	assert_int_equal(cairn_ext4_next(&root, &at, &e), -EPROTO);
}

static void lying_inline_data_is_refused(void **state)
{
	struct cairn_ext4_file f;
	size_t n;
	char got[200];

	(void)state;
	make("-t ext4 -b 1024 -I 256 -O ^metadata_csum,inline_data");
	assert_int_equal(cairn_ext4_open(&root, "d/small", &f), 0);
	assert_int_equal(cairn_ext4_read(&f, 0, got, sizeof(got), &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(cairn_ext4_read(&f, 0, NULL, 0, &n), 0); /* no bytes, to nowhere */
	assert_int_equal(n, 0);
	put(f.at + 4, 4, 150); /* longer than what there is */
	assert_int_equal(cairn_ext4_open(&root, "d/small", &f), 0);
	assert_int_equal(cairn_ext4_read(&f, 0, got, sizeof(got), &n), -EPROTO);
	put(f.at + 128, 2, 0xffff); /* fields beyond the inode */
	assert_int_equal(open_and_read("d/small"), -EPROTO);
}

static void links_of_no_length_are_refused(void **state)
{
	struct cairn_ext4_file d;
	struct cairn_ext4_cursor at = { 0 };
	struct cairn_ext4_entry e;

	(void)state;
	make("-t ext4 -b 1024 -O ^metadata_csum");
	while (cairn_ext4_next(&root, &at, &e) == 1 && strcmp(e.name, "link") != 0)
		;
	assert_int_equal(cairn_ext4_open_inode(&fs, e.inode, &d), 0);
	assert_int_equal(d.type, CAIRN_EXT4_LINK);
	put(d.at + 4, 4, 0);
	assert_int_equal(open_and_read("link"), -EPROTO);
	put(d.at + 4, 4, 2000);
	assert_int_equal(open_and_read("link"), -ENAMETOOLONG);
	put(d.at + 32, 4, CAIRN_EXT4_FL_ENCRYPT_);
	assert_int_equal(open_and_read("link"), -ENOTSUP);
	put(d.at + 26, 2, 0);
	assert_int_equal(open_and_read("link"), -EPROTO); /* deleted */
}

/* Any byte of superblock, descriptors, inodes and directories: nothing but an error comes of it. */
static void every_changed_byte_is_survived(void **state)
{
	(void)state;
	make("-t ext4 -b 1024 -O ^metadata_csum");
	for (uint64_t at = SUPER; at < 40 * 1024; at += at < 3 * 1024 ? 1 : 5) {
		struct cairn_ext4_cursor cursor = { 0 };
		struct cairn_ext4_entry e;

		disk.bytes[at] ^= 0xff;
		if (cairn_ext4_mount(&image, &fs, &err) == 0 && cairn_ext4_root(&fs, &root) == 0) {
			while (cairn_ext4_next(&root, &cursor, &e) == 1)
				;
			assert_true(open_and_read("big") <= 0);
			assert_true(open_and_read("link") <= 0);
		}
		disk.bytes[at] ^= 0xff;
	}
}

#define T(f) cmocka_unit_test_teardown(f, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lying_superblocks_are_refused),  T(wrong_sums_are_found),
		T(lying_extents_are_refused),      T(trees_that_loop_are_refused),
		T(lying_pointers_are_refused),     T(lying_directories_are_refused),
		T(lying_inline_data_is_refused),   T(links_of_no_length_are_refused),
		T(every_changed_byte_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
