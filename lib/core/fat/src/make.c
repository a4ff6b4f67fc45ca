/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Slots of a new entry, room for them, and how they come and go. A set that fits into one sector is
 * put into one: then it is made, replaced and taken away by one write.
 */
#include "internal.h"

#include <cairn/bits.h>

#define NUMBERS 1000u /* NAME~1 to ~999; then the name's first letters become a sum of it */

/* --- the short name --- */

/* The lowest number that no short name in the directory has with this basis; 0: all are taken. */
static int free_number(struct cairn_fat_dir_ *d, const uint8_t basis[11], uint32_t own,
		       uint32_t *ret_number)
{
	uint64_t taken[CAIRN_BITS_WORDS(NUMBERS)] = { 1 }; /* there is no 0 */
	struct cairn_fat_entry_ e;
	uint32_t slot = 0, number;
	int ret;

	while ((ret = cairn_fat_entry_next_(d, &slot, &e)) == 1) {
		number = cairn_fat_short_number_(e.w.name, basis);
		if (e.slot != own && number < NUMBERS)
			cairn_bits_set(taken, number);
	}
	if (ret < 0)
		return ret;
	for (number = 1; number < NUMBERS && cairn_bits_test(taken, number);)
		number++;
	*ret_number = number < NUMBERS ? number : 0;
	return 0;
}

/* Two letters stay, the next four are a sum of the whole name. */
static void hash_basis(const struct cairn_fat_name_ *name, uint8_t basis[11])
{
	static const char digits[] = "0123456789ABCDEF";
	uint32_t sum = 0, at = 0;

	for (uint32_t i = 0; i < name->n; i++)
		sum = sum * 31 + name->units[i];
	while (at < 2 && basis[at] != ' ')
		at++;
	for (uint32_t i = 0; i < 4; i++, sum >>= 4)
		basis[at + i] = (uint8_t)digits[sum & 15];
	memset(basis + at + 4, ' ', 4 - at);
}

static int pick_short(struct cairn_fat_dir_ *d, const struct cairn_fat_name_ *name, uint32_t own,
		      uint8_t raw[11], bool *ret_is_same)
{
	bool is_exact = false;
	uint8_t basis[11];
	uint32_t number = 0;

	cairn_fat_name_to_short_(name, basis, &is_exact, ret_is_same);
	memcpy(raw, basis, sizeof(basis));
	if (is_exact)
		return 0;
	for (int round = 0; round < 2; round++) {
		int ret = free_number(d, basis, own, &number);

		if (ret < 0)
			return ret;
		if (number) {
			cairn_fat_short_with_number_(basis, number, raw);
			return 0;
		}
		hash_basis(name, basis);
	}
	return -ENOSPC;
}

/* --- the slots --- */

/* Slot number ord (from 1) of a long name: 13 units; behind the name a 0, then all ones. */
static void fill_long(const struct cairn_fat_name_ *name, uint32_t ord, uint32_t last, uint8_t sum,
		      uint8_t slot[CAIRN_FAT_SLOT_BYTES_])
{
	static const uint8_t places[CAIRN_FAT_LONG_UNITS_] = { 1,  3,  5,  7,  9,  14, 16,
							       18, 20, 22, 24, 28, 30 };
	uint32_t from = (ord - 1) * CAIRN_FAT_LONG_UNITS_;

	memset(slot, 0, CAIRN_FAT_SLOT_BYTES_);
	slot[0] = (uint8_t)(ord | (ord == last ? CAIRN_FAT_LONG_LAST_ : 0));
	slot[11] = CAIRN_FAT_ATTR_LONG_;
	slot[13] = sum;
	for (uint32_t i = 0; i < CAIRN_FAT_LONG_UNITS_; i++) {
		uint32_t at = from + i;
		uint16_t unit = at < name->n ? name->units[at] : at == name->n ? 0 : 0xffff;

		cairn_le_store(slot + places[i], 2, unit);
	}
}

int cairn_fat_set_make_(struct cairn_fat_dir_ *d, const struct cairn_fat_name_ *name,
			const struct cairn_fat_slot_wire_ *w, uint32_t own,
			struct cairn_fat_set_ *ret)
{
	uint32_t n_long = (name->n + CAIRN_FAT_LONG_UNITS_ - 1) / CAIRN_FAT_LONG_UNITS_;
	struct cairn_fat_slot_wire_ entry = *w;
	bool is_same = false;
	int r = pick_short(d, name, own, entry.name, &is_same);

	if (r < 0)
		return r;
	if (is_same)
		n_long = 0;
	entry.lower = 0; /* the long name has it */
	for (uint32_t ord = n_long; ord > 0; ord--)
		fill_long(name, ord, n_long, cairn_fat_short_sum_(entry.name),
			  ret->bytes[n_long - ord]);
	memcpy(ret->bytes[n_long], &entry, sizeof(entry));
	ret->n = n_long + 1;
	return 0;
}

/* --- room --- */

/* One more cluster of zeroes, joined when it is one. `slots` is what the directory has. */
static int grow(struct cairn_fat_dir_ *d, uint32_t slots)
{
	struct cairn_fat *fat = d->fat;
	uint32_t cluster = 0;
	int ret;

	if (d->chain.first == 0 || slots >= CAIRN_FAT_SLOTS_MAX)
		return -ENOSPC;
	ret = cairn_fat_reserve_(fat, 1, &cluster);
	if (ret < 0)
		return ret;
	ret = cairn_fat_disk_write_(fat, cairn_fat_cluster_at_(fat, cluster), NULL,
				    fat->cluster_bytes);
	if (ret == 0)
		ret = cairn_fat_barrier_(fat);
	if (ret == 0)
		ret = cairn_fat_seek_(fat, &d->chain,
				      (slots - 1) * CAIRN_FAT_SLOT_BYTES_ / fat->cluster_bytes);
	if (ret != 0) /* cannot be 1: those slots were read */
		return ret < 0 ? ret : -EPROTO;
	ret = cairn_fat_set_(fat, d->chain.cluster, cluster);
	if (ret == 0)
		ret = cairn_fat_table_store_(fat);
	return ret < 0 ? ret : cairn_fat_barrier_(fat);
}

/* Whether a slot can be had; behind the directory's end all can. As slot_at. */
static int is_slot_free(struct cairn_fat_dir_ *d, uint32_t slot, uint32_t *end, bool *ret_is_free)
{
	struct cairn_fat_slot_wire_ w;
	uint64_t at;
	int ret;

	*ret_is_free = true;
	if (*end != CAIRN_FAT_NO_SLOT_)
		return cairn_fat_slot_at_(d, slot, &at);
	ret = cairn_fat_slot_read_(d, slot, &w, &at);
	if (ret != 0)
		return ret;
	if (w.name[0] == CAIRN_FAT_SLOT_END_)
		*end = slot;
	else if (w.name[0] != CAIRN_FAT_SLOT_DELETED_)
		*ret_is_free = false;
	return 0;
}

int cairn_fat_room_find_(struct cairn_fat_dir_ *d, uint32_t n, struct cairn_fat_room_ *ret)
{
	uint32_t per_sector = d->fat->sector_bytes / CAIRN_FAT_SLOT_BYTES_, run = 0, slot = 0;

	ret->end = CAIRN_FAT_NO_SLOT_;
	while (run < n) {
		bool is_free = false;
		int r = is_slot_free(d, slot, &ret->end, &is_free);

		if (r == 1)
			r = grow(d, slot);
		else if (r == 0) {
			if (n <= per_sector && slot % per_sector == 0)
				run = 0;
			run = is_free ? run + 1 : 0;
			slot++;
		}
		if (r < 0)
			return r;
	}
	ret->slot = slot - n;
	return 0;
}

/* --- putting and taking --- */

/*
 * n slots from `first` on: those of `bytes`, or (NULL) all deleted. Each sector is written once, in
 * the order of the slots or backwards.
 */
static int put(struct cairn_fat_dir_ *d, uint32_t first, uint32_t n,
	       const uint8_t (*bytes)[CAIRN_FAT_SLOT_BYTES_], bool is_backwards)
{
	struct cairn_fat_window *w = &d->fat->slots;

	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = is_backwards ? n - 1 - k : k;
		uint64_t at = 0;
		int ret = cairn_fat_slot_at_(d, first + i, &at);

		if (ret == 0)
			ret = cairn_fat_slots_load_(d->fat, at);
		if (ret != 0)
			return ret < 0 ? ret : -EPROTO;
		if (bytes)
			memcpy(w->bytes + (at - w->at), bytes[i], CAIRN_FAT_SLOT_BYTES_);
		else
			w->bytes[at - w->at] = CAIRN_FAT_SLOT_DELETED_;
		w->is_dirty = true;
	}
	return cairn_fat_slots_store_(d->fat);
}

/* What lies behind the directory's end may be anything: it ends at `slot` from now on. */
static int terminate(struct cairn_fat_dir_ *d, uint32_t slot)
{
	struct cairn_fat_slot_wire_ w;
	uint64_t at;
	int ret = cairn_fat_slot_read_(d, slot, &w, &at);

	if (ret != 0)
		return ret < 0 ? ret : 0; /* the directory is not that long */
	if (w.name[0] == CAIRN_FAT_SLOT_END_)
		return 0;
	w.name[0] = CAIRN_FAT_SLOT_END_;
	return put(d, slot, 1, (const uint8_t(*)[CAIRN_FAT_SLOT_BYTES_])(const void *)&w, false);
}

/*
 * Beyond the end, slots are invisible until the one that ends the directory is written over: the
 * sector with that one comes last.
 */
int cairn_fat_set_put_(struct cairn_fat_dir_ *d, const struct cairn_fat_room_ *room,
		       const struct cairn_fat_set_ *set)
{
	uint32_t behind = room->slot + set->n;
	bool passes_end = room->end < behind;
	int ret = passes_end ? terminate(d, behind) : 0;

	if (ret == 0)
		ret = put(d, room->slot, set->n, set->bytes, passes_end);
	if (ret == 0 && room->end < room->slot)
		ret = put(d, room->end, room->slot - room->end, NULL, false);
	return ret;
}

int cairn_fat_set_take_(struct cairn_fat_dir_ *d, uint32_t slot, uint32_t n)
{
	return put(d, slot, n, NULL, true);
}

/* The first of n slots together that are free in a sector, the old ones counting as free. */
static uint32_t fit(const uint8_t *sector, uint32_t per_sector, uint32_t old, uint32_t n_old,
		    uint32_t n, uint32_t *ret_end)
{
	uint32_t run = 0, i;

	*ret_end = per_sector;
	for (i = 0; i < per_sector && run < n; i++) {
		uint8_t first = sector[i * CAIRN_FAT_SLOT_BYTES_];

		if (first == CAIRN_FAT_SLOT_END_ && *ret_end == per_sector)
			*ret_end = i;
		if (i >= *ret_end || first == CAIRN_FAT_SLOT_DELETED_ ||
		    (i >= old && i - old < n_old))
			run++;
		else
			run = 0;
	}
	return run == n ? i - n : per_sector;
}

int cairn_fat_set_replace_(struct cairn_fat_dir_ *d, uint32_t slot, uint32_t n,
			   const struct cairn_fat_set_ *set, uint32_t *ret_slot)
{
	struct cairn_fat_window *w = &d->fat->slots;
	uint32_t per_sector = d->fat->sector_bytes / CAIRN_FAT_SLOT_BYTES_;
	uint32_t old = slot % per_sector, at, end;
	uint64_t disk_at = 0;
	int ret = cairn_fat_slot_at_(d, slot, &disk_at);

	if (ret == 0)
		ret = cairn_fat_slots_load_(d->fat, disk_at);
	if (ret != 0)
		return ret < 0 ? ret : -EPROTO;
	at = fit(w->bytes, per_sector, old, n, set->n, &end);
	/* the directory's new end must be in this sector too */
	if (old + n > per_sector || at == per_sector ||
	    (at + set->n > end && at + set->n == per_sector))
		return 0;
	for (uint32_t i = 0; i < n; i++)
		w->bytes[(old + i) * CAIRN_FAT_SLOT_BYTES_] = CAIRN_FAT_SLOT_DELETED_;
	memcpy(w->bytes + at * CAIRN_FAT_SLOT_BYTES_, set->bytes, set->n * CAIRN_FAT_SLOT_BYTES_);
	if (at + set->n > end)
		w->bytes[(at + set->n) * CAIRN_FAT_SLOT_BYTES_] = CAIRN_FAT_SLOT_END_;
	w->is_dirty = true;
	*ret_slot = slot - old + at;
	ret = cairn_fat_slots_store_(d->fat);
	return ret < 0 ? ret : 1;
}
