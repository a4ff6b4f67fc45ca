/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Entries are created, renamed, deleted and marked. */
#include "internal.h"

/* f becomes the entry that was put at `slot`. */
static int adopt(struct cairn_fat_dir_ *d, uint32_t slot, const struct cairn_fat_set_ *set,
		 const struct cairn_fat_name_ *name, struct cairn_fat_file *f)
{
	struct cairn_fat_entry_ e = { .slot = slot, .slots = set->n, .name = *name };
	int ret = cairn_fat_slot_at_(d, slot + set->n - 1, &e.at);

	if (ret != 0)
		return ret < 0 ? ret : -EPROTO;
	memcpy(&e.w, set->bytes[set->n - 1], sizeof(e.w));
	d->fat->changes++;
	cairn_fat_file_init_(d->fat, d->chain.first, &e, f);
	return 0;
}

static void put_dots(struct cairn_fat *fat, uint8_t *slots, uint32_t own, uint32_t up)
{
	struct cairn_fat_slot_wire_ w;

	cairn_fat_entry_new_(fat, CAIRN_FAT_DIRECTORY, own, &w);
	memcpy(w.name, ".          ", sizeof(w.name));
	memcpy(slots, &w, sizeof(w));
	/* the root is 0 here, on FAT32 too */
	cairn_fat_entry_new_(fat, CAIRN_FAT_DIRECTORY, up == cairn_fat_root_first_(fat) ? 0 : up,
			     &w);
	memcpy(w.name, "..         ", sizeof(w.name));
	memcpy(slots + CAIRN_FAT_SLOT_BYTES_, &w, sizeof(w));
}

/* A cluster that is an empty directory, of which nothing knows. */
static int make_directory(struct cairn_fat_dir_ *parent, uint32_t *ret_first)
{
	struct cairn_fat *fat = parent->fat;
	uint8_t slots[2 * CAIRN_FAT_SLOT_BYTES_];
	uint32_t first = 0;
	int ret = cairn_fat_reserve_(fat, 1, &first);

	if (ret < 0)
		return ret;
	put_dots(fat, slots, first, parent->chain.first);
	ret =
	    cairn_fat_disk_write_(fat, cairn_fat_cluster_at_(fat, first), NULL, fat->cluster_bytes);
	if (ret == 0)
		ret = cairn_fat_disk_write_(fat, cairn_fat_cluster_at_(fat, first), slots,
					    sizeof(slots));
	if (ret == 0)
		ret = cairn_fat_barrier_(fat);
	*ret_first = first;
	return ret;
}

static int make_entry(struct cairn_fat_dir_ *d, const struct cairn_fat_name_ *name, uint8_t attr,
		      uint32_t first, struct cairn_fat_file *ret)
{
	struct cairn_fat_slot_wire_ w;
	struct cairn_fat_room_ room = { 0 };
	struct cairn_fat_set_ set;
	int r;

	cairn_fat_entry_new_(d->fat, attr, first, &w);
	r = cairn_fat_set_make_(d, name, &w, CAIRN_FAT_NO_SLOT_, &set);
	if (r == 0)
		r = cairn_fat_room_find_(d, set.n, &room);
	if (r == 0)
		r = cairn_fat_set_put_(d, &room, &set);
	return r < 0 ? r : adopt(d, room.slot, &set, name, ret);
}

/*
 * The directory and the name that a path names for something new. *ret_same is the entry that has
 * the name already, if it has one, then -EEXIST is returned.
 */
static int find_place(const struct cairn_fat_file *dir, const char *path,
		      struct cairn_fat_dir_ *ret_d, struct cairn_fat_name_ *ret_name,
		      struct cairn_fat_entry_ *ret_same)
{
	struct cairn_fat_file at = *dir;
	int ret = cairn_fat_change_begin_(&at);

	if (ret == 0)
		ret = cairn_fat_walk_(&at, path, &at, ret_name);
	if (ret == 0 && ret_name->n == 0)
		return *path ? -EEXIST : -EINVAL; /* "/", "..": a directory that is there */
	if (ret == 0 && !cairn_fat_name_is_good_(ret_name))
		ret = -EINVAL;
	if (ret == 0)
		ret = cairn_fat_dir_of_(&at, ret_d);
	if (ret < 0)
		return ret;
	ret = cairn_fat_lookup_(ret_d, ret_name, ret_same);
	return ret == 0 ? -EEXIST : ret == -ENOENT ? 0 : ret;
}

int cairn_fat_create(const struct cairn_fat_file *dir, const char *path, uint8_t attr,
		     struct cairn_fat_file *ret)
{
	struct cairn_fat_name_ name;
	struct cairn_fat_entry_ same;
	struct cairn_fat_dir_ d = { 0 };
	uint32_t first = 0;
	int r;

	if (attr & ~(CAIRN_FAT_ATTR_SETTABLE | CAIRN_FAT_DIRECTORY))
		return -EINVAL;
	r = find_place(dir, path, &d, &name, &same);
	if (r < 0)
		return r;
	if (attr & CAIRN_FAT_DIRECTORY)
		r = make_directory(&d, &first);
	if (r == 0)
		r = make_entry(&d, &name, attr, first, ret);
	if (r == -ENOSPC && first) {
		int undone = cairn_fat_release_(d.fat, first);

		return undone < 0 ? undone : r;
	}
	return r;
}

/* Whether the directory d is f itself or below it. */
static int check_not_inside(struct cairn_fat_dir_ *d, const struct cairn_fat_file *f)
{
	uint32_t at = d->chain.first, root = cairn_fat_root_first_(d->fat);

	for (uint32_t depth = 0; depth < CAIRN_FAT_DEPTH_MAX; depth++) {
		int ret;

		if (at == root)
			return 0;
		if (at == f->chain.first)
			return -EINVAL;
		ret = cairn_fat_parent_(d->fat, at, &at);
		if (ret < 0)
			return ret;
	}
	return -EPROTO;
}

/* The ".." of a directory that moves. */
static int turn_dots(struct cairn_fat_file *f, uint32_t up)
{
	struct cairn_fat *fat = f->fat;
	struct cairn_fat_slot_wire_ w;
	struct cairn_fat_dir_ d;
	uint8_t slots[2 * CAIRN_FAT_SLOT_BYTES_];
	uint64_t at = 0;
	int ret;

	cairn_fat_dir_init_(&d, fat, f->chain.first);
	ret = cairn_fat_slot_read_(&d, 1, &w, &at);
	if (ret != 0)
		return ret < 0 ? ret : -EPROTO;
	put_dots(fat, slots, f->chain.first, up);
	memcpy(fat->slots.bytes + (at - fat->slots.at), slots + CAIRN_FAT_SLOT_BYTES_,
	       CAIRN_FAT_SLOT_BYTES_);
	fat->slots.is_dirty = true;
	return cairn_fat_slots_store_(fat);
}

/* The old name goes, then the new one comes. */
static int move(struct cairn_fat_file *f, struct cairn_fat_dir_ *d,
		const struct cairn_fat_set_ *set, uint32_t *ret_slot)
{
	struct cairn_fat_room_ room = { 0 };
	struct cairn_fat_dir_ old;
	int ret = cairn_fat_room_find_(d, set->n, &room);

	if (ret < 0)
		return ret;
	cairn_fat_dir_init_(&old, f->fat, f->dir);
	ret = cairn_fat_set_take_(&old, f->slot, f->slots);
	if (ret == 0 && f->info.attr & CAIRN_FAT_DIRECTORY && d->chain.first != f->dir)
		ret = turn_dots(f, d->chain.first);
	if (ret == 0)
		ret = cairn_fat_barrier_(f->fat);
	if (ret == 0)
		ret = cairn_fat_set_put_(d, &room, set);
	*ret_slot = room.slot;
	return ret;
}

int cairn_fat_rename(struct cairn_fat_file *f, const struct cairn_fat_file *dir, const char *path)
{
	struct cairn_fat_name_ name;
	struct cairn_fat_entry_ same = { 0 };
	struct cairn_fat_slot_wire_ w;
	struct cairn_fat_set_ set;
	struct cairn_fat_dir_ d = { 0 };
	uint32_t slot = 0;
	bool stays;
	int ret = cairn_fat_change_begin_(f);

	if (ret == 0 && cairn_fat_is_root_(f))
		return -EINVAL;
	if (ret == 0)
		ret = find_place(dir, path, &d, &name, &same);
	if (ret == -EEXIST && same.at == f->entry_at)
		ret = 0; /* its own: other letters are capitals now */
	if (ret == 0 && f->info.attr & CAIRN_FAT_DIRECTORY)
		ret = check_not_inside(&d, f);
	if (ret == 0)
		ret = cairn_fat_slot_of_(f, &w);
	if (ret < 0)
		return ret;
	stays = d.chain.first == f->dir;
	ret = cairn_fat_set_make_(&d, &name, &w, stays ? f->slot : CAIRN_FAT_NO_SLOT_, &set);
	if (ret == 0 && stays)
		ret = cairn_fat_set_replace_(&d, f->slot, f->slots, &set, &slot);
	if (ret == 0)
		ret = move(f, &d, &set, &slot);
	return ret < 0 ? ret : adopt(&d, slot, &set, &name, f);
}

static int check_empty(struct cairn_fat_file *f)
{
	struct cairn_fat_entry_ e;
	struct cairn_fat_dir_ d;
	uint32_t slot = 0;
	int ret = cairn_fat_dir_of_(f, &d);

	if (ret < 0)
		return ret;
	while ((ret = cairn_fat_entry_next_(&d, &slot, &e)) == 1)
		if (!cairn_fat_is_dots_(&e.w))
			return -ENOTEMPTY;
	return ret;
}

int cairn_fat_delete(struct cairn_fat_file *f)
{
	struct cairn_fat_dir_ d;
	int ret = cairn_fat_change_begin_(f);

	if (ret < 0)
		return ret;
	if (cairn_fat_is_root_(f))
		return -EINVAL;
	if (f->info.attr & CAIRN_FAT_READONLY)
		return -EACCES;
	if (f->info.attr & CAIRN_FAT_DIRECTORY)
		ret = check_empty(f);
	if (ret < 0)
		return ret;
	cairn_fat_dir_init_(&d, f->fat, f->dir);
	ret = cairn_fat_set_take_(&d, f->slot, f->slots);
	f->fat->changes++;
	if (ret == 0)
		ret = cairn_fat_barrier_(f->fat);
	if (ret == 0 && f->chain.first)
		ret = cairn_fat_release_(f->fat, f->chain.first);
	return ret;
}

static bool is_time_good(const struct cairn_civil *t)
{
	return t->year == 0 || (t->year >= 1980 && t->year <= 2107 && cairn_civil_is_valid(t));
}

int cairn_fat_set_info(struct cairn_fat_file *f, const struct cairn_fat_info *info)
{
	uint8_t settable = CAIRN_FAT_ATTR_SETTABLE;
	int ret = cairn_fat_change_begin_(f);

	if (ret < 0)
		return ret;
	if (cairn_fat_is_root_(f) || (info->attr ^ f->info.attr) & ~settable ||
	    !is_time_good(&info->created) || !is_time_good(&info->accessed) ||
	    !is_time_good(&info->modified))
		return -EINVAL;
	f->info.attr = info->attr;
	f->info.created = info->created;
	f->info.accessed = info->accessed;
	f->info.modified = info->modified;
	return cairn_fat_entry_store_(f);
}
