/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Any volume: the disk is asked only for what it has, and everything ends. Made here: a superblock,
 * one group, a root of two blocks and 15 further inodes; then patches of a 16-bit offset and a
 * byte.
 */
#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/ext4.h>
#include <cairn/image_rig.h>
#include <cairn/le.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLOCKS 24u

static void put(struct cairn_rig_disk *k, size_t at, size_t len, uint64_t v)
{
	cairn_le_store(k->bytes + at, len, v);
}

static void put_inode(struct cairn_rig_disk *k, uint32_t inode, uint32_t mode, uint32_t size,
		      bool has_extents)
{
	size_t at = 3 * 1024 + (inode - 1) * 256;

	put(k, at, 2, mode);
	put(k, at + 4, 4, size);
	put(k, at + 26, 2, 1);
	put(k, at + 128, 2, 32);
	if (has_extents) {
		put(k, at + 32, 4, 0x80000);
		put(k, at + 40, 8, 0xf30a | 1 << 16 | UINT64_C(4) << 32);
		put(k, at + 56, 2, 2);
		put(k, at + 60, 4, inode + 8);
	} else {
		put(k, at + 40, 4, inode + 8);
		put(k, at + 40 + 48, 4, 20);
	}
}

static void put_entry(struct cairn_rig_disk *k, size_t at, uint32_t inode, uint32_t len, char name)
{
	put(k, at, 4, inode);
	put(k, at + 4, 2, len);
	put(k, at + 6, 1, 1);
	put(k, at + 8, 1, (uint8_t)name);
}

static void make_volume(struct cairn_rig_disk *k)
{
	if (cairn_rig_disk_init(k, BLOCKS * 1024) < 0)
		abort();
	put(k, 1024, 4, 16);
	put(k, 1028, 4, BLOCKS);
	put(k, 1044, 4, 1);
	put(k, 1056, 4, 8192);
	put(k, 1064, 4, 16);
	put(k, 1080, 2, 0xef53);
	put(k, 1100, 4, 1);
	put(k, 1112, 2, 256);
	put(k, 1120, 4, 0x8042);
	put(k, 2048 + 8, 4, 3);
	put_inode(k, 2, 0x4000, 2048, true);
	for (uint32_t i = 3; i < 8; i++)
		put_inode(k, i,
			  i == 3   ? 0xa000
			  : i == 4 ? 0x4000
				   : 0x8000,
			  i == 3 ? 3 : 3000, i & 1);
	memcpy(k->bytes + 3 * 1024 + 2 * 256 + 40, "d/b", 3);
	put(k, 3 * 1024 + 2 * 256 + 32, 4, 0);
	for (uint32_t i = 3; i < 8; i++)
		put_entry(k, 10 * 1024 + (i - 3) * 12, i, i == 7 ? 1024 - 48 : 12,
			  (char)('a' + i - 3));
	put_entry(k, 11 * 1024, 0, 1024, 'x');
}

static void look(const struct cairn_ext4_file *root, const char *path)
{
	static uint8_t bytes[9000];
	struct cairn_ext4_cursor at = { 0 };
	struct cairn_ext4_entry e;
	struct cairn_ext4_file f;
	size_t n = 0;
	int ret = cairn_ext4_open(root, path, &f);

	if (ret > 0 || ret == -EIO)
		abort();
	if (ret < 0)
		return;
	for (int i = 0; i < 3000 && cairn_ext4_next(&f, &at, &e) == 1; i++)
		if (strlen(e.name) == 0 || e.inode == 0)
			abort();
	if (cairn_ext4_read(&f, 0, bytes, sizeof(bytes), &n) == 0 && n > sizeof(bytes))
		abort();
	if (cairn_ext4_read(&f, f.size_bytes / 2, bytes, 2000, &n) == 0 && n > 2000)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "", "a", "b", "b/a", "c", "d", "e", "a/..", "b/../a" };
	struct cairn_rig_disk disk;
	struct cairn_image image = { .read_at = cairn_rig_disk_read_at };
	struct cairn_ext4_file root;
	struct cairn_ext4 fs;
	struct cairn_reader r;

	make_volume(&disk);
	cairn_reader_init(&r, data, size);
	while (cairn_reader_left(&r) >= 3) {
		size_t at = cairn_reader_le16(&r) + 1024u;

		disk.bytes[at % disk.len_bytes] = cairn_reader_u8(&r);
	}
	image.size_bytes = disk.len_bytes;
	image.ctx = &disk;
	if (cairn_ext4_mount(&image, &fs, NULL) == 0 && cairn_ext4_root(&fs, &root) == 0)
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(paths); i++)
			look(&root, paths[i]);
	cairn_rig_disk_fini(&disk);
	return 0;
}
