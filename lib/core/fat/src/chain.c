/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Chains of clusters. To find loops, a chain remembers one cluster that it passed and moves that
 * mark when it has gone twice as far (Brent): a loop meets the mark after a few rounds.
 */
#include "internal.h"

void cairn_fat_chain_init_(struct cairn_fat_chain *ch, uint32_t first)
{
	*ch = (struct cairn_fat_chain){ .first = first };
}

/* One cluster on. Returns 0; 1: there is none; -EPROTO; or the disk's. */
static int step(struct cairn_fat *fat, struct cairn_fat_chain *ch)
{
	uint32_t next = 0;
	int ret = cairn_fat_get_(fat, ch->cluster, &next);

	if (ret < 0)
		return ret;
	if (next == CAIRN_FAT_END_)
		return 1;
	if (!cairn_fat_is_cluster_(fat, next) || next == ch->mark || ch->index == fat->n_clusters)
		return -EPROTO;
	ch->cluster = next;
	ch->index++;
	if (ch->index >= 2 * ch->mark_index) {
		ch->mark = next;
		ch->mark_index = ch->index;
	}
	return 0;
}

int cairn_fat_seek_(struct cairn_fat *fat, struct cairn_fat_chain *ch, uint32_t index)
{
	int ret = 0;

	if (ch->first == 0)
		return 1;
	if (!cairn_fat_is_cluster_(fat, ch->first))
		return -EPROTO;
	if (ch->cluster == 0 || index < ch->index) {
		ch->cluster = ch->mark = ch->first;
		ch->index = ch->mark_index = 0;
	}
	while (ret == 0 && ch->index < index)
		ret = step(fat, ch);
	return ret;
}

int cairn_fat_run_(struct cairn_fat *fat, struct cairn_fat_chain *ch, uint32_t index, uint32_t max,
		   uint32_t *ret_cluster, uint32_t *ret_n)
{
	uint32_t first, n = 1;
	int ret = cairn_fat_seek_(fat, ch, index);

	if (ret != 0)
		return ret;
	first = ch->cluster;
	while (n < max) {
		uint32_t next = 0;

		/* whatever is wrong with the next one is found when it is wanted */
		if (cairn_fat_get_(fat, ch->cluster, &next) < 0 || next != first + n ||
		    step(fat, ch) != 0)
			break;
		n++;
	}
	*ret_cluster = first;
	*ret_n = n;
	return 0;
}

static void count_free(struct cairn_fat *fat, bool is_more)
{
	if (fat->n_free == UINT32_MAX)
		return;
	if (is_more ? fat->n_free == fat->n_clusters : fat->n_free == 0)
		fat->n_free = UINT32_MAX; /* it was a lie */
	else
		fat->n_free += is_more ? 1 : UINT32_MAX;
}

/* The volume's count is no longer right until cairn_fat_flush(), and says so. */
static int spoil_fsinfo(struct cairn_fat *fat)
{
	static const uint8_t unknown[4] = { 0xff, 0xff, 0xff, 0xff };

	if (fat->fsinfo_at == 0 || fat->is_fsinfo_stale)
		return 0;
	fat->is_fsinfo_stale = true;
	return cairn_fat_disk_write_(fat, fat->fsinfo_at + 488, unknown, sizeof(unknown));
}

/* The cluster behind c; the first behind the last. */
static uint32_t after(const struct cairn_fat *fat, uint32_t c)
{
	return c - 1 < fat->n_clusters ? c + 1 : 2;
}

int cairn_fat_release_(struct cairn_fat *fat, uint32_t first)
{
	uint32_t c = first;
	int ret = spoil_fsinfo(fat), stored;

	while (ret == 0) {
		uint32_t next = 0;

		ret = cairn_fat_is_cluster_(fat, c) ? cairn_fat_get_(fat, c, &next) : -EPROTO;
		if (ret == 0 && next == CAIRN_FAT_FREE_)
			ret = -EPROTO; /* joins a chain that was freed, perhaps just now */
		if (ret == 0)
			ret = cairn_fat_set_(fat, c, CAIRN_FAT_FREE_);
		if (ret < 0)
			break;
		count_free(fat, true);
		if (next == CAIRN_FAT_END_)
			break;
		c = next;
	}
	stored = cairn_fat_table_store_(fat);
	return ret < 0 ? ret : stored;
}

/* Takes one cluster as the end of the chain at *last; *last 0: the first. */
static int take(struct cairn_fat *fat, uint32_t c, uint32_t *last)
{
	int ret = cairn_fat_set_(fat, c, CAIRN_FAT_END_);

	if (ret == 0 && *last)
		ret = cairn_fat_set_(fat, *last, c);
	if (ret == 0) {
		*last = c;
		count_free(fat, false);
	}
	return ret;
}

int cairn_fat_reserve_(struct cairn_fat *fat, uint32_t n, uint32_t *ret_first)
{
	uint32_t first = 0, last = 0, got = 0, c = fat->next_free;
	int ret = spoil_fsinfo(fat);

	for (uint32_t i = 0; ret == 0 && got < n && i < fat->n_clusters; i++, c = after(fat, c)) {
		uint32_t next = 0;

		ret = cairn_fat_get_(fat, c, &next);
		if (ret < 0 || next != CAIRN_FAT_FREE_)
			continue;
		ret = take(fat, c, &last);
		if (got++ == 0)
			first = c;
	}
	if (ret == 0 && got < n)
		ret = -ENOSPC;
	if (ret == 0)
		ret = cairn_fat_table_store_(fat);
	if (ret < 0) {
		/* nobody knows of them yet; if this fails too, they are lost and nothing else is */
		if (first && cairn_fat_release_(fat, first) < 0)
			fat->n_free = UINT32_MAX;
		return ret;
	}
	fat->next_free = c;
	*ret_first = first;
	return 0;
}
