/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* From paths to entries. */
#include "internal.h"

#include <cairn/utf.h>

static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

int cairn_fat_lookup_(struct cairn_fat_dir_ *d, const struct cairn_fat_name_ *name,
		      struct cairn_fat_entry_ *ret)
{
	uint32_t slot = 0;
	int r;

	while ((r = cairn_fat_entry_next_(d, &slot, ret)) == 1) {
		struct cairn_fat_name_ other;

		if (cairn_fat_is_dots_(&ret->w))
			continue;
		cairn_fat_name_of_short_(ret->w.name, 0, &other);
		if (cairn_fat_name_is_equal_(name, &ret->name) ||
		    cairn_fat_name_is_equal_(name, &other))
			return 0;
	}
	return r < 0 ? r : -ENOENT;
}

int cairn_fat_parent_(struct cairn_fat *fat, uint32_t first, uint32_t *ret_first)
{
	struct cairn_fat_slot_wire_ w;
	struct cairn_fat_dir_ d;
	uint64_t at;
	uint32_t up;
	int ret;

	cairn_fat_dir_init_(&d, fat, first);
	ret = cairn_fat_slot_read_(&d, 1, &w, &at);
	if (ret != 0)
		return ret < 0 ? ret : -EPROTO;
	if (memcmp(w.name, "..         ", sizeof(w.name)) != 0 || !(w.attr & CAIRN_FAT_DIRECTORY))
		return -EPROTO;
	up = cairn_fat_entry_first_(fat, &w);
	*ret_first = up ? up : cairn_fat_root_first_(fat);
	return 0;
}

/* The directory above f, whose own entry is one of the directory above that. */
static int go_up(struct cairn_fat_file *f)
{
	struct cairn_fat *fat = f->fat;
	uint32_t root = cairn_fat_root_first_(fat), up = 0, above = 0, slot = 0;
	struct cairn_fat_entry_ e;
	struct cairn_fat_dir_ d;
	int ret;

	if (cairn_fat_is_root_(f))
		return -ENOENT;
	ret = cairn_fat_parent_(fat, f->chain.first, &up);
	if (ret < 0)
		return ret;
	if (up == root) {
		cairn_fat_root(fat, f);
		return 0;
	}
	ret = cairn_fat_parent_(fat, up, &above);
	if (ret < 0)
		return ret;
	cairn_fat_dir_init_(&d, fat, above);
	while ((ret = cairn_fat_entry_next_(&d, &slot, &e)) == 1)
		if (e.w.attr & CAIRN_FAT_DIRECTORY && !cairn_fat_is_dots_(&e.w) &&
		    cairn_fat_entry_first_(fat, &e.w) == up) {
			cairn_fat_file_init_(fat, above, &e, f);
			return 0;
		}
	return ret < 0 ? ret : -EPROTO;
}

/* Takes the next name off a path; name->n 0 for "", "." and "..", of which *ret_up tells. */
static int next_name(const char **path, struct cairn_fat_name_ *name, bool *ret_up)
{
	const char *s = *path;
	size_t len = 0;
	int n;

	while (s[len] && !is_separator(s[len]))
		len++;
	*path = s + len;
	*ret_up = len == 2 && s[0] == '.' && s[1] == '.';
	n = cairn_utf8_to_units(s, len, name->units, CAIRN_FAT_NAME_UNITS);
	if (n < 0)
		return n == -ENOSPC ? -ENAMETOOLONG : n;
	while (n > 0 && (name->units[n - 1] == '.' || name->units[n - 1] == ' '))
		n--;
	name->n = (uint32_t)n;
	return 0;
}

static int enter(struct cairn_fat_file *f, const struct cairn_fat_name_ *name)
{
	struct cairn_fat_entry_ e;
	struct cairn_fat_dir_ d;
	int ret = cairn_fat_dir_of_(f, &d);

	if (ret == 0)
		ret = cairn_fat_lookup_(&d, name, &e);
	if (ret == 0)
		cairn_fat_file_init_(f->fat, d.chain.first, &e, f);
	return ret;
}

int cairn_fat_walk_(const struct cairn_fat_file *dir, const char *path,
		    struct cairn_fat_file *ret_dir, struct cairn_fat_name_ *ret_name)
{
	struct cairn_fat_file at = *dir;
	struct cairn_fat_name_ name = { .n = 0 };
	int ret = 0;

	if (is_separator(*path))
		cairn_fat_root(dir->fat, &at);
	while (ret == 0 && *path) {
		bool is_up = false;

		if (name.n)
			ret = enter(&at, &name);
		while (is_separator(*path))
			path++;
		name.n = 0;
		if (ret == 0 && *path)
			ret = next_name(&path, &name, &is_up);
		if (ret == 0 && is_up)
			ret = go_up(&at);
	}
	if (ret < 0)
		return ret;
	*ret_dir = at;
	*ret_name = name;
	return 0;
}

int cairn_fat_open(const struct cairn_fat_file *dir, const char *path, struct cairn_fat_file *ret)
{
	struct cairn_fat_file at = *dir;
	struct cairn_fat_name_ name;
	int r = cairn_fat_refresh(&at);

	if (r == 0)
		r = cairn_fat_walk_(&at, path, &at, &name);
	if (r == 0 && name.n)
		r = enter(&at, &name);
	if (r == 0)
		*ret = at;
	return r;
}
