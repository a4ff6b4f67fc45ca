/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The disk, and two windows on it: one sector of slots, so that each change of a directory is one
 * write of one sector, and a piece of the table, so that a chain that is made costs few writes.
 */
#include "internal.h"

#include <cairn/math.h>

int cairn_fat_disk_read_(struct cairn_fat *fat, uint64_t at, void *dst, size_t len)
{
	if (!cairn_in_range(at, len, fat->disk.size_bytes))
		return -EPROTO;
	return fat->disk.read_at(fat->disk.ctx, at, dst, len);
}

int cairn_fat_disk_write_(struct cairn_fat *fat, uint64_t at, const void *src, uint64_t len)
{
	static const uint8_t zeroes[512];

	if (!cairn_in_range(at, len, fat->disk.size_bytes))
		return -EPROTO;
	/* clusters change from directory to file and back: a sector in memory may be an old one */
	if (src != fat->slots.bytes && fat->slots.at < at + len &&
	    at < fat->slots.at + fat->slots.len)
		fat->slots.at = UINT64_MAX;
	if (src)
		return fat->disk.write_at(fat->disk.ctx, at, src, (size_t)len);
	for (uint64_t n; len; at += n, len -= n) {
		int ret;

		n = cairn_min_u64(len, sizeof(zeroes));
		ret = fat->disk.write_at(fat->disk.ctx, at, zeroes, (size_t)n);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int cairn_fat_barrier_(struct cairn_fat *fat)
{
	return fat->disk.flush ? fat->disk.flush(fat->disk.ctx) : 0;
}

/* A window that failed to load holds nothing. */
static int load(struct cairn_fat *fat, struct cairn_fat_window *w, uint64_t base, uint64_t at,
		uint32_t len)
{
	int ret;

	w->at = UINT64_MAX;
	ret = cairn_fat_disk_read_(fat, base + at, w->bytes, len);
	if (ret < 0)
		return ret;
	w->at = at;
	w->len = len;
	return 0;
}

int cairn_fat_slots_load_(struct cairn_fat *fat, uint64_t at)
{
	uint64_t sector = cairn_align_down(at, fat->sector_bytes);
	int ret;

	if (fat->slots.at == sector)
		return 0;
	ret = cairn_fat_slots_store_(fat);
	if (ret < 0)
		return ret;
	return load(fat, &fat->slots, 0, sector, fat->sector_bytes);
}

int cairn_fat_slots_store_(struct cairn_fat *fat)
{
	int ret = 0;

	if (fat->slots.is_dirty)
		ret = cairn_fat_disk_write_(fat, fat->slots.at, fat->slots.bytes, fat->slots.len);
	fat->slots.is_dirty = false;
	if (ret < 0)
		fat->slots.at = UINT64_MAX; /* what is there now is not known */
	return ret;
}

int cairn_fat_table_load_(struct cairn_fat *fat, uint64_t at)
{
	uint64_t from = cairn_align_down(at, CAIRN_FAT_SECTOR_MAX);
	int ret;

	if (fat->table.at == from)
		return 0;
	ret = cairn_fat_table_store_(fat);
	if (ret < 0)
		return ret;
	return load(fat, &fat->table, fat->fat_at, from,
		    (uint32_t)cairn_min_u64(CAIRN_FAT_SECTOR_MAX, fat->fat_bytes - from));
}

int cairn_fat_table_store_(struct cairn_fat *fat)
{
	int ret = 0;

	for (uint32_t i = 0; fat->table.is_dirty && ret == 0 && i < fat->n_fats; i++)
		ret = cairn_fat_disk_write_(fat, fat->fat_at + i * fat->fat_bytes + fat->table.at,
					    fat->table.bytes, fat->table.len);
	fat->table.is_dirty = false;
	if (ret < 0)
		fat->table.at = UINT64_MAX;
	return ret;
}
