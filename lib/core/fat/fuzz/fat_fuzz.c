/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Any operations on any volume: nothing but errors comes of it, and the disk is never asked for
 * what it does not have. First byte: FAT12, FAT16 or FAT32, made here small; a number of patches (a
 * 16-bit offset and a byte), then operations of a byte and its arguments.
 */
#include <stdio.h>
#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/fat.h>
#include <cairn/image_rig.h>
#include <cairn/le.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECTORS 160u

static void put(struct cairn_rig_disk *k, size_t at, size_t len, uint64_t v)
{
	cairn_le_store(k->bytes + at, len, v);
}

/* kind 0: FAT12, 1: FAT16 (of 4200 clusters), 2: FAT32. One table, a directory "D" at cluster 3. */
static void make_volume(struct cairn_rig_disk *k, int kind)
{
	uint32_t table = kind == 1 ? 17 : 2, sectors = kind == 1 ? 4240 : SECTORS;
	uint32_t data = 1 + table + (kind < 2), root = kind < 2 ? 1 + table : data;

	if (cairn_rig_disk_init(k, sectors * 512) < 0)
		abort();
	put(k, 11, 2, 512);
	put(k, 13, 3, 1 | 1 << 8);
	put(k, 16, 1, 1);
	put(k, 17, 2, kind < 2 ? 16 : 0);
	put(k, 19, 2, sectors);
	put(k, kind < 2 ? 22 : 36, 2, table);
	put(k, 510, 2, 0xaa55);
	if (kind == 2)
		put(k, 44, 4, 2);
	/* clusters 2 and 3 are chains of one */
	put(k, 512, 8, kind == 0 ? 0xffffffffffff : kind == 1 ? UINT64_MAX : 0x0fffffff0ffffff8);
	put(k, 520, 8, kind == 2 ? UINT64_C(0x0fffffff0fffffff) : 0);
	memcpy(k->bytes + root * 512, "D          \x10", 12);
	put(k, root * 512 + 26, 2, 3);
	memcpy(k->bytes + (data + 1) * 512, ".          \x10", 12);
	put(k, (data + 1) * 512 + 26, 2, 3);
	memcpy(k->bytes + (data + 1) * 512 + 32, "..         \x10", 12);
}

/* A name out of few, so that they meet: its length, and where it begins. */
static const char *name_of(struct cairn_reader *r, char text[300])
{
	static const char *const first[] = { "", "D/", "/", "D/..\\", "x/", "D/x/" };
	uint8_t b = cairn_reader_u8(r), len = cairn_reader_u8(r);
	int n = snprintf(text, 300, "%s", first[b % CAIRN_ARRAY_LEN(first)]);

	memset(text + n, "abxyzABX"[b >> 5], len);
	if (len > 3)
		text[n + len / 2] = '.';
	text[n + len] = '\0';
	return text;
}

static void one(struct cairn_fat *fat, struct cairn_fat_file f[2], struct cairn_reader *r)
{
	static uint8_t bytes[5000];
	struct cairn_fat_file root, got;
	struct cairn_fat_cursor at = { 0 };
	uint8_t op = cairn_reader_u8(r);
	struct cairn_fat_file *file = &f[op >> 7];
	uint32_t off = cairn_reader_le16(r) * 3u, n = 0;
	char text[300];
	size_t len = 0;
	int ret = 0;

	cairn_fat_root(fat, &root);
	switch (op % 12) {
	case 0:
		ret = cairn_fat_open(&root, name_of(r, text), file);
		break;
	case 1:
		ret = cairn_fat_create(&root, name_of(r, text), op & 0x40 ? 0x10 : 0, file);
		break;
	case 2:
		ret = cairn_fat_write(file, off, bytes, off % sizeof(bytes));
		break;
	case 3:
		ret = cairn_fat_read(file, off, bytes, sizeof(bytes), &len);
		break;
	case 4:
		ret = cairn_fat_truncate(file, off);
		break;
	case 5:
		ret = cairn_fat_delete(file);
		break;
	case 6:
		ret = cairn_fat_rename(file, &f[op >> 6 & 1], name_of(r, text));
		break;
	case 7:
		ret = cairn_fat_free_clusters(fat, &n);
		break;
	case 8:
		ret = cairn_fat_flush(fat);
		break;
	case 9:
		ret = cairn_fat_set_info(file, &f[op >> 6 & 1].info);
		break;
	case 10:
		ret = cairn_fat_set_label(fat, name_of(r, text));
		break;
	default:
		for (int i = 0; i < 3000 && ret == 0; i++)
			ret = cairn_fat_next(file, &at, &got) - 1;
		ret = ret < -1 ? ret + 1 : 0;
	}
	if (ret > 0 || ret == -EIO || n > fat->n_clusters)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_fat_file f[2];
	struct cairn_rig_disk disk;
	struct cairn_fat_disk d = { .read_at = cairn_rig_disk_read_at,
				    .write_at = cairn_rig_disk_write_at };
	struct cairn_fat fat;
	struct cairn_reader r;
	uint8_t patches;

	cairn_reader_init(&r, data, size);
	make_volume(&disk, cairn_reader_u8(&r) % 3);
	for (patches = cairn_reader_u8(&r); patches && cairn_reader_left(&r) >= 3; patches--) {
		size_t at = cairn_reader_le16(&r);

		disk.bytes[at % disk.len_bytes] = cairn_reader_u8(&r);
	}
	d.size_bytes = disk.len_bytes;
	d.ctx = &disk;
	if (cairn_fat_mount(&d, &fat, NULL) == 0) {
		cairn_fat_root(&fat, &f[0]);
		cairn_fat_root(&fat, &f[1]);
		for (int i = 0; i < 40 && cairn_reader_left(&r); i++)
			one(&fat, f, &r);
	}
	cairn_rig_disk_fini(&disk);
	return 0;
}
