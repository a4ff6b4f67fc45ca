/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Handles, and reading. */
#include "internal.h"

#include <cairn/math.h>
#include <cairn/utf.h>

static void time_get(cairn_le16 date, cairn_le16 time, struct cairn_civil *t)
{
	uint16_t d = cairn_le16_get(date), c = cairn_le16_get(time);

	*t = (struct cairn_civil){ .year = 1980 + (d >> 9),
				   .month = d >> 5 & 15,
				   .day = d & 31,
				   .hour = c >> 11,
				   .minute = c >> 5 & 63,
				   .second = (c & 31) * 2 };
	if (!cairn_civil_is_valid(t))
		*t = (struct cairn_civil){ 0 };
}

static void time_put(const struct cairn_civil *t, cairn_le16 *date, cairn_le16 *time)
{
	int d = t->year ? (t->year - 1980) << 9 | t->month << 5 | t->day : 0;

	*date = cairn_le16_of((uint16_t)d);
	*time = cairn_le16_of((uint16_t)(t->hour << 11 | t->minute << 5 | t->second / 2));
}

/* What an entry says, but for its name and its clusters. */
static void info_get(const struct cairn_fat_slot_wire_ *w, struct cairn_fat_info *info)
{
	info->attr = w->attr & CAIRN_FAT_ATTR_MASK_;
	info->size_bytes = info->attr & CAIRN_FAT_DIRECTORY ? 0 : cairn_le32_get(w->size);
	time_get(w->created_date, w->created_time, &info->created);
	if (info->created.year && w->created_tenths >= 100 && w->created_tenths < 200)
		info->created.second++;
	time_get(w->accessed_date, cairn_le16_of(0), &info->accessed);
	time_get(w->modified_date, w->modified_time, &info->modified);
}

static void info_put(const struct cairn_fat_info *info, struct cairn_fat_slot_wire_ *w)
{
	cairn_le16 none;

	w->attr = info->attr;
	w->size = cairn_le32_of(info->size_bytes);
	time_put(&info->created, &w->created_date, &w->created_time);
	w->created_tenths = info->created.second & 1 ? 100 : 0;
	time_put(&info->accessed, &w->accessed_date, &none);
	time_put(&info->modified, &w->modified_date, &w->modified_time);
}

static void first_put(uint32_t first, struct cairn_fat_slot_wire_ *w)
{
	w->cluster_high = cairn_le16_of((uint16_t)(first >> 16));
	w->cluster_low = cairn_le16_of((uint16_t)first);
}

void cairn_fat_entry_new_(const struct cairn_fat *fat, uint8_t attr, uint32_t first,
			  struct cairn_fat_slot_wire_ *ret)
{
	static const struct cairn_civil never = { .year = 1980, .month = 1, .day = 1 };
	struct cairn_fat_info info = { .attr = attr };

	info.created = fat->now.year ? fat->now : never;
	info.accessed = info.modified = info.created;
	memset(ret, 0, sizeof(*ret));
	info_put(&info, ret);
	first_put(first, ret);
}

void cairn_fat_root(struct cairn_fat *fat, struct cairn_fat_file *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->fat = fat;
	ret->info.attr = CAIRN_FAT_DIRECTORY;
	cairn_fat_chain_init_(&ret->chain, cairn_fat_root_first_(fat));
}

void cairn_fat_file_init_(struct cairn_fat *fat, uint32_t dir, const struct cairn_fat_entry_ *e,
			  struct cairn_fat_file *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->fat = fat;
	cairn_utf8_of_units(e->name.units, e->name.n, ret->info.name, sizeof(ret->info.name));
	info_get(&e->w, &ret->info);
	cairn_fat_chain_init_(&ret->chain, cairn_fat_entry_first_(fat, &e->w));
	ret->dir = dir;
	ret->slot = e->slot;
	ret->slots = e->slots;
	ret->entry_at = e->at;
	ret->seen = fat->changes;
	memcpy(ret->short_name, e->w.name, sizeof(ret->short_name));
}

int cairn_fat_slot_of_(struct cairn_fat_file *f, struct cairn_fat_slot_wire_ *ret)
{
	struct cairn_fat *fat = f->fat;
	int r = cairn_fat_slots_load_(fat, f->entry_at);

	if (r < 0)
		return r;
	memcpy(ret, fat->slots.bytes + (f->entry_at - fat->slots.at), sizeof(*ret));
	if (memcmp(ret->name, f->short_name, sizeof(ret->name)) != 0 ||
	    (ret->attr ^ f->info.attr) & (CAIRN_FAT_DIRECTORY | CAIRN_FAT_VOLUME))
		return -ENOENT;
	return 0;
}

int cairn_fat_refresh(struct cairn_fat_file *f)
{
	struct cairn_fat_slot_wire_ w;
	int ret;

	if (cairn_fat_is_root_(f) || f->seen == f->fat->changes)
		return 0;
	ret = cairn_fat_slot_of_(f, &w);
	if (ret < 0)
		return ret;
	info_get(&w, &f->info);
	cairn_fat_chain_init_(&f->chain, cairn_fat_entry_first_(f->fat, &w));
	f->seen = f->fat->changes;
	return 0;
}

int cairn_fat_change_begin_(struct cairn_fat_file *f)
{
	if (f->fat->is_readonly)
		return -EROFS;
	return cairn_fat_refresh(f);
}

int cairn_fat_entry_store_(struct cairn_fat_file *f)
{
	struct cairn_fat *fat = f->fat;
	struct cairn_fat_slot_wire_ w;
	int ret = cairn_fat_slot_of_(f, &w);

	if (ret < 0)
		return ret;
	info_put(&f->info, &w);
	first_put(f->chain.first, &w);
	memcpy(fat->slots.bytes + (f->entry_at - fat->slots.at), &w, sizeof(w));
	fat->slots.is_dirty = true;
	ret = cairn_fat_slots_store_(fat);
	f->seen = ++fat->changes;
	return ret;
}

int cairn_fat_dir_of_(struct cairn_fat_file *f, struct cairn_fat_dir_ *ret)
{
	int r = cairn_fat_refresh(f);

	if (r < 0)
		return r;
	if (!(f->info.attr & CAIRN_FAT_DIRECTORY))
		return -ENOTDIR;
	/* one that says it is the root would be a loop, and deleting it the end of the volume */
	if (!cairn_fat_is_root_(f) && (!cairn_fat_is_cluster_(f->fat, f->chain.first) ||
				       f->chain.first == cairn_fat_root_first_(f->fat)))
		return -EPROTO;
	cairn_fat_dir_init_(ret, f->fat, f->chain.first);
	return 0;
}

int cairn_fat_next(struct cairn_fat_file *dir, struct cairn_fat_cursor *at,
		   struct cairn_fat_file *ret)
{
	struct cairn_fat_entry_ e;
	struct cairn_fat_dir_ d;
	int r = cairn_fat_dir_of_(dir, &d);

	if (r < 0)
		return r;
	do
		r = cairn_fat_entry_next_(&d, &at->slot, &e);
	while (r == 1 && cairn_fat_is_dots_(&e.w));
	if (r == 1)
		cairn_fat_file_init_(dir->fat, d.chain.first, &e, ret);
	return r;
}

/* As many bytes at off as lie together, of at most len > 0. */
static int read_piece(struct cairn_fat_file *f, uint64_t off, uint8_t *dst, size_t len,
		      size_t *ret_len)
{
	struct cairn_fat *fat = f->fat;
	uint32_t index = (uint32_t)(off / fat->cluster_bytes), cluster = 0, n = 0;
	uint64_t within = off % fat->cluster_bytes;
	uint64_t max = (within + len + fat->cluster_bytes - 1) / fat->cluster_bytes;
	int ret = cairn_fat_run_(fat, &f->chain, index, (uint32_t)max, &cluster, &n);

	if (ret != 0)
		return ret < 0 ? ret : -EPROTO; /* shorter than the size that the entry claims */
	*ret_len = (size_t)cairn_min_u64(len, (uint64_t)n * fat->cluster_bytes - within);
	return cairn_fat_disk_read_(fat, cairn_fat_cluster_at_(fat, cluster) + within, dst,
				    *ret_len);
}

int cairn_fat_read(struct cairn_fat_file *f, uint64_t off, void *dst, size_t len, size_t *ret_len)
{
	size_t done = 0;
	int ret = cairn_fat_refresh(f);

	if (ret < 0)
		return ret;
	if (f->info.attr & CAIRN_FAT_DIRECTORY)
		return -EISDIR;
	if (off >= f->info.size_bytes)
		len = 0;
	len = (size_t)cairn_min_u64(len, f->info.size_bytes - off);
	for (size_t n = 0; done < len; done += n) {
		ret = read_piece(f, off + done, (uint8_t *)dst + done, len - done, &n);
		if (ret < 0)
			return ret;
	}
	*ret_len = done;
	return 0;
}

static int image_read_at(void *ctx, uint64_t off, void *dst, size_t len)
{
	size_t n = 0;
	int ret = cairn_fat_read(ctx, off, dst, len, &n);

	if (ret < 0)
		return ret;
	return n == len ? 0 : -EIO;
}

struct cairn_image cairn_fat_image(struct cairn_fat_file *f)
{
	return (struct cairn_image){ .read_at = image_read_at,
				     .size_bytes = f->info.size_bytes,
				     .ctx = f };
}
