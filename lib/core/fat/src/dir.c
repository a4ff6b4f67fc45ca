/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A directory is an array of slots of 32 bytes. A long name is in slots before its entry, the end
 * of the name first; they belong to the entry when they count down to 1 and carry the sum of its
 * short name, otherwise nobody has them.
 */
#include "internal.h"

struct long_wire { /* FAT specification 1.03, "FAT Long Directory Entries" */
	uint8_t ord, units1[10], attr, type, sum, units2[12], cluster[2], units3[4];
};
CAIRN_STATIC_ASSERT(sizeof(struct long_wire) == 32, "FAT 1.03");

struct gathering {
	uint16_t units[20 * CAIRN_FAT_LONG_UNITS_];
	uint32_t slot; /* where it began */
	uint32_t want; /* the number that comes next; 0: whole */
	uint32_t n;    /* slots; 0: nothing was begun */
	uint8_t sum;
};

void cairn_fat_dir_init_(struct cairn_fat_dir_ *d, struct cairn_fat *fat, uint32_t first)
{
	d->fat = fat;
	cairn_fat_chain_init_(&d->chain, first);
}

uint32_t cairn_fat_root_first_(const struct cairn_fat *fat)
{
	return fat->type == CAIRN_FAT_32 ? fat->root_cluster : 0;
}

int cairn_fat_slot_at_(struct cairn_fat_dir_ *d, uint32_t slot, uint64_t *ret_at)
{
	struct cairn_fat *fat = d->fat;
	uint32_t off = slot * CAIRN_FAT_SLOT_BYTES_;
	int ret;

	if (slot >= CAIRN_FAT_SLOTS_MAX)
		return 1;
	if (d->chain.first == 0) {
		if (slot >= fat->root_slots)
			return 1;
		*ret_at = fat->root_at + off;
		return 0;
	}
	ret = cairn_fat_seek_(fat, &d->chain, off / fat->cluster_bytes);
	if (ret == 0)
		*ret_at = cairn_fat_cluster_at_(fat, d->chain.cluster) + off % fat->cluster_bytes;
	return ret;
}

int cairn_fat_slot_read_(struct cairn_fat_dir_ *d, uint32_t slot, struct cairn_fat_slot_wire_ *ret,
			 uint64_t *ret_at)
{
	struct cairn_fat *fat = d->fat;
	uint64_t at = 0;
	int r = cairn_fat_slot_at_(d, slot, &at);

	if (r == 0)
		r = cairn_fat_slots_load_(fat, at);
	if (r != 0)
		return r;
	memcpy(ret, fat->slots.bytes + (at - fat->slots.at), sizeof(*ret));
	*ret_at = at;
	return 0;
}

static void gather(struct gathering *g, const struct cairn_fat_slot_wire_ *slot, uint32_t at)
{
	struct long_wire w;
	uint16_t *to;

	memcpy(&w, slot, sizeof(w));
	if (w.ord & CAIRN_FAT_LONG_LAST_) {
		g->n = g->want = w.ord & 0x3f;
		g->slot = at;
		g->sum = w.sum;
		if (g->n > 20)
			g->n = 0;
	}
	if (g->n == 0 || g->want == 0 || (w.ord & 0x3fu) != g->want || w.sum != g->sum) {
		g->n = 0;
		return;
	}
	to = g->units + --g->want * CAIRN_FAT_LONG_UNITS_;
	for (size_t i = 0; i < 5; i++)
		to[i] = (uint16_t)cairn_le_load(w.units1 + 2 * i, 2);
	for (size_t i = 0; i < 6; i++)
		to[5 + i] = (uint16_t)cairn_le_load(w.units2 + 2 * i, 2);
	for (size_t i = 0; i < 2; i++)
		to[11 + i] = (uint16_t)cairn_le_load(w.units3 + 2 * i, 2);
}

/* The long name, if it is whole, of this entry, and one that can be. */
static bool take_long(const struct gathering *g, struct cairn_fat_entry_ *e)
{
	uint32_t n = 0, max = g->n * CAIRN_FAT_LONG_UNITS_;

	if (g->n == 0 || g->want != 0 || g->sum != cairn_fat_short_sum_(e->w.name))
		return false;
	while (n < max && g->units[n] != 0)
		n++;
	if (n > CAIRN_FAT_NAME_UNITS)
		return false;
	memcpy(e->name.units, g->units, n * sizeof(g->units[0]));
	e->name.n = n;
	return cairn_fat_name_is_good_(&e->name);
}

static void fill(const struct gathering *g, uint32_t slot, struct cairn_fat_entry_ *e)
{
	if (take_long(g, e)) {
		e->slot = g->slot;
		e->slots = g->n + 1;
		return;
	}
	e->slot = slot;
	e->slots = 1;
	cairn_fat_name_of_short_(e->w.name, e->w.lower, &e->name);
}

int cairn_fat_entry_next_(struct cairn_fat_dir_ *d, uint32_t *slot, struct cairn_fat_entry_ *ret)
{
	struct gathering g = { .n = 0 };

	for (;; (*slot)++) {
		int r = cairn_fat_slot_read_(d, *slot, &ret->w, &ret->at);
		const struct cairn_fat_slot_wire_ *w = &ret->w;

		if (r != 0)
			return r < 0 ? r : 0;
		if (w->name[0] == CAIRN_FAT_SLOT_END_)
			return 0;
		if (w->name[0] == CAIRN_FAT_SLOT_DELETED_) {
			g.n = 0;
		} else if ((w->attr & CAIRN_FAT_ATTR_MASK_) == CAIRN_FAT_ATTR_LONG_) {
			gather(&g, w, *slot);
		} else if (w->attr & CAIRN_FAT_VOLUME) {
			g.n = 0;
		} else {
			fill(&g, (*slot)++, ret);
			return 1;
		}
	}
}

uint32_t cairn_fat_entry_first_(const struct cairn_fat *fat, const struct cairn_fat_slot_wire_ *w)
{
	uint32_t high = fat->type == CAIRN_FAT_32 ? cairn_le16_get(w->cluster_high) : 0;

	return high << 16 | cairn_le16_get(w->cluster_low);
}
