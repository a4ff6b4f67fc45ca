/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The boot sector says where everything is (FAT specification 1.03, "Boot Sector and BPB"). */
#include "internal.h"

#include <cairn/math.h>

struct bpb { /* the fields that count; the wire has them at odd places */
	uint32_t sector_bytes, cluster_sectors, reserved, n_fats, root_slots, sectors, fat_sectors;
	uint32_t ext_flags, version, root_cluster, fsinfo; /* FAT32 */
	bool is_32;
};

static uint32_t field(const uint8_t *sector, size_t at, size_t len)
{
	return (uint32_t)cairn_le_load(sector + at, len);
}

static void parse(const uint8_t *s, struct bpb *b)
{
	*b = (struct bpb){
		.sector_bytes = field(s, 11, 2),
		.cluster_sectors = s[13],
		.reserved = field(s, 14, 2),
		.n_fats = s[16],
		.root_slots = field(s, 17, 2),
		.sectors = field(s, 19, 2) ? field(s, 19, 2) : field(s, 32, 4),
		.fat_sectors = field(s, 22, 2),
	};
	if (b->fat_sectors)
		return;
	b->is_32 = true;
	b->fat_sectors = field(s, 36, 4);
	b->ext_flags = field(s, 40, 2);
	b->version = field(s, 42, 2);
	b->root_cluster = field(s, 44, 4);
	b->fsinfo = field(s, 48, 2);
}

static int check_geometry(const struct bpb *b, uint64_t disk_bytes, struct cairn_err *err)
{
	if (!cairn_is_pow2(b->sector_bytes) || b->sector_bytes < 512 ||
	    b->sector_bytes > CAIRN_FAT_SECTOR_MAX)
		return cairn_err_set(err, EPROTO, "FAT sectors of no possible size",
				     b->sector_bytes);
	if (!cairn_is_pow2(b->cluster_sectors) || b->cluster_sectors > 128)
		return cairn_err_set(err, EPROTO, "FAT clusters of no possible size",
				     b->cluster_sectors);
	if (b->reserved == 0 || b->n_fats == 0 || b->n_fats > 4 || b->fat_sectors == 0)
		return cairn_err_set(err, EPROTO, "FAT volume without a table", b->n_fats);
	if (b->sectors == 0 || (uint64_t)b->sectors * b->sector_bytes > disk_bytes)
		return cairn_err_set(err, EPROTO, "FAT volume larger than its disk", b->sectors);
	if (b->root_slots * 32 % b->sector_bytes || (b->root_slots == 0) != b->is_32)
		return cairn_err_set(err, EPROTO, "FAT root directory of a wrong size",
				     b->root_slots);
	if (b->is_32 && b->version != 0)
		return cairn_err_set(err, EPROTO, "FAT32 of an unknown version", b->version);
	return 0;
}

/* Where tables, root and clusters are; the clusters decide between FAT12 and FAT16. */
static int lay_out(struct cairn_fat *fat, const struct bpb *b, struct cairn_err *err)
{
	uint64_t root = b->reserved + (uint64_t)b->n_fats * b->fat_sectors;
	uint64_t data = root + b->root_slots * 32 / b->sector_bytes;
	uint64_t entries, n;

	if (data >= b->sectors)
		return cairn_err_set(err, EPROTO, "FAT volume without clusters", data);
	n = (b->sectors - data) / b->cluster_sectors;
	fat->type = b->is_32 ? CAIRN_FAT_32 : n < 4085 ? CAIRN_FAT_12 : CAIRN_FAT_16;
	entries = (uint64_t)b->fat_sectors * b->sector_bytes * 8 / (b->is_32 ? 32 : fat->type);
	if (n == 0 || n > 0x0ffffff5 || n + 2 > entries || (fat->type == CAIRN_FAT_16 && n > 65524))
		return cairn_err_set(err, EPROTO, "FAT volume of more clusters than its table", n);
	fat->sector_bytes = b->sector_bytes;
	fat->cluster_bytes = b->sector_bytes * b->cluster_sectors;
	fat->n_clusters = (uint32_t)n;
	fat->fat_at = (uint64_t)b->reserved * b->sector_bytes;
	fat->fat_bytes = (uint64_t)b->fat_sectors * b->sector_bytes;
	fat->n_fats = b->n_fats;
	fat->root_at = root * b->sector_bytes;
	fat->root_slots = b->root_slots;
	fat->data_at = data * b->sector_bytes;
	return 0;
}

/* FAT32: the root is a chain, one table alone may count, and a sector has the number of free. */
static int lay_out_32(struct cairn_fat *fat, const struct bpb *b, struct cairn_err *err)
{
	uint32_t active = b->ext_flags & 15;
	uint8_t s[512];
	int ret;

	fat->root_cluster = b->root_cluster;
	if (!cairn_fat_is_cluster_(fat, b->root_cluster))
		return cairn_err_set(err, EPROTO, "FAT32 root outside the volume", b->root_cluster);
	if (b->ext_flags & 0x80) {
		if (active >= b->n_fats)
			return cairn_err_set(err, EPROTO, "FAT32 without its active table", active);
		fat->fat_at += active * fat->fat_bytes;
		fat->n_fats = 1;
	}
	if (b->fsinfo == 0 || b->fsinfo >= b->reserved)
		return 0;
	ret = cairn_fat_disk_read_(fat, (uint64_t)b->fsinfo * b->sector_bytes, s, sizeof(s));
	if (ret < 0)
		return cairn_err_set(err, -ret, "cannot read the disk", b->fsinfo);
	if (field(s, 0, 4) != 0x41615252 || field(s, 484, 4) != 0x61417272)
		return 0;
	fat->fsinfo_at = (uint64_t)b->fsinfo * b->sector_bytes;
	if (field(s, 488, 4) <= fat->n_clusters)
		fat->n_free = field(s, 488, 4);
	if (cairn_fat_is_cluster_(fat, field(s, 492, 4)))
		fat->next_free = field(s, 492, 4);
	return 0;
}

int cairn_fat_mount(const struct cairn_fat_disk *disk, struct cairn_fat *ret, struct cairn_err *err)
{
	uint8_t sector[512];
	struct bpb b;
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->disk = *disk;
	ret->is_readonly = !disk->write_at;
	ret->table.at = ret->slots.at = UINT64_MAX;
	ret->n_free = UINT32_MAX;
	ret->next_free = 2;
	r = cairn_fat_disk_read_(ret, 0, sector, sizeof(sector));
	if (r < 0)
		return cairn_err_set(err, -r, "cannot read a FAT boot sector", 0);
	if (sector[510] != 0x55 || sector[511] != 0xaa)
		return cairn_err_set(err, EPROTO, "no FAT boot sector", 0);
	parse(sector, &b);
	r = check_geometry(&b, disk->size_bytes, err);
	if (r == 0)
		r = lay_out(ret, &b, err);
	if (r == 0 && b.is_32)
		r = lay_out_32(ret, &b, err);
	if (r < 0)
		return r;
	r = cairn_fat_label_read_(ret);
	return r < 0 ? cairn_err_set(err, -r, "FAT root directory cannot be read", 0) : 0;
}

void cairn_fat_set_now(struct cairn_fat *fat, const struct cairn_civil *now)
{
	fat->now = *now;
}

void cairn_fat_forget(struct cairn_fat *fat)
{
	fat->table.at = fat->slots.at = UINT64_MAX;
	fat->table.is_dirty = fat->slots.is_dirty = false;
	fat->n_free = UINT32_MAX;
	fat->changes++;
}

int cairn_fat_flush(struct cairn_fat *fat)
{
	uint8_t counts[8];
	int ret = 0;

	if (fat->is_fsinfo_stale) {
		cairn_le_store(counts, 4, fat->n_free);
		cairn_le_store(counts + 4, 4, fat->next_free);
		ret = cairn_fat_disk_write_(fat, fat->fsinfo_at + 488, counts, sizeof(counts));
		if (ret == 0)
			fat->is_fsinfo_stale = false;
	}
	return ret < 0 ? ret : cairn_fat_barrier_(fat);
}
