/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The table: entries of 12, 16 or 28 bits. */
#include "internal.h"

bool cairn_fat_is_cluster_(const struct cairn_fat *fat, uint32_t cluster)
{
	return cluster >= 2 && cluster - 2 < fat->n_clusters;
}

uint64_t cairn_fat_cluster_at_(const struct cairn_fat *fat, uint32_t cluster)
{
	return fat->data_at + (uint64_t)(cluster - 2) * fat->cluster_bytes;
}

/* Bytes of the table, one by one: an entry of 12 bits may lie in two windows. */
static int get_bytes(struct cairn_fat *fat, uint64_t at, uint32_t n, uint32_t *ret_v)
{
	uint8_t bytes[4] = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		int ret = cairn_fat_table_load_(fat, at + i);

		if (ret < 0)
			return ret;
		bytes[i] = fat->table.bytes[at + i - fat->table.at];
	}
	*ret_v = (uint32_t)cairn_le_load(bytes, 4);
	return 0;
}

static int set_bytes(struct cairn_fat *fat, uint64_t at, uint32_t n, uint32_t v)
{
	for (uint32_t i = 0; i < n; i++) {
		int ret = cairn_fat_table_load_(fat, at + i);

		if (ret < 0)
			return ret;
		fat->table.bytes[at + i - fat->table.at] = (uint8_t)(v >> (8 * i));
		fat->table.is_dirty = true;
	}
	return 0;
}

/* Where an entry is, how many bytes it touches, and which bits of them are its own. */
static uint64_t place(const struct cairn_fat *fat, uint32_t cluster, uint32_t *ret_n,
		      uint32_t *ret_shift, uint32_t *ret_mask)
{
	*ret_shift = 0;
	if (fat->type == CAIRN_FAT_12) {
		*ret_n = 2;
		*ret_shift = cluster & 1 ? 4 : 0;
		*ret_mask = 0xfff;
		return cluster + cluster / 2;
	}
	*ret_n = fat->type == CAIRN_FAT_16 ? 2 : 4;
	*ret_mask = fat->type == CAIRN_FAT_16 ? 0xffff : 0x0fffffff;
	return (uint64_t)cluster * *ret_n;
}

int cairn_fat_get_(struct cairn_fat *fat, uint32_t cluster, uint32_t *ret_next)
{
	uint32_t n, shift, mask, v = 0;
	uint64_t at = place(fat, cluster, &n, &shift, &mask);
	int ret = get_bytes(fat, at, n, &v);

	if (ret < 0)
		return ret;
	v = v >> shift & mask;
	if (v >= (mask & ~7u))
		*ret_next = CAIRN_FAT_END_;
	else if (v == CAIRN_FAT_FREE_ || cairn_fat_is_cluster_(fat, v))
		*ret_next = v;
	else
		*ret_next = CAIRN_FAT_BAD_;
	return 0;
}

int cairn_fat_set_(struct cairn_fat *fat, uint32_t cluster, uint32_t next)
{
	uint32_t n, shift, mask, v = 0;
	uint64_t at = place(fat, cluster, &n, &shift, &mask);
	int ret = get_bytes(fat, at, n, &v);

	if (ret < 0)
		return ret;
	v = (v & ~(mask << shift)) | (next & mask) << shift;
	return set_bytes(fat, at, n, v);
}

int cairn_fat_free_clusters(struct cairn_fat *fat, uint32_t *ret_n)
{
	uint32_t n = 0;

	for (uint32_t i = 0; fat->n_free == UINT32_MAX && i < fat->n_clusters; i++) {
		uint32_t next = 0;
		int ret = cairn_fat_get_(fat, i + 2, &next);

		if (ret < 0)
			return ret;
		n += next == CAIRN_FAT_FREE_;
	}
	if (fat->n_free == UINT32_MAX)
		fat->n_free = n;
	*ret_n = fat->n_free;
	return 0;
}
