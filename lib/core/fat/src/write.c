/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Bytes of files, and their sizes. The order of writes is that of the header. */
#include "internal.h"

#include <cairn/math.h>

/* A file that is about to grow: its own clusters, and behind them those that are not joined yet. */
struct growth {
	struct cairn_fat_file *f;
	uint32_t have; /* clusters of its own */
	struct cairn_fat_chain fresh;
};

static int begin(struct cairn_fat_file *f)
{
	int ret = cairn_fat_change_begin_(f);

	if (ret < 0)
		return ret;
	if (f->info.attr & CAIRN_FAT_DIRECTORY)
		return -EISDIR;
	return f->info.attr & CAIRN_FAT_READONLY ? -EACCES : 0;
}

static uint32_t clusters_of(const struct cairn_fat *fat, uint64_t bytes)
{
	return (uint32_t)((bytes + fat->cluster_bytes - 1) / fat->cluster_bytes);
}

/* len bytes of src (NULL: zeroes) at off, all of it in clusters that are there. */
static int put(struct growth *g, uint64_t off, const uint8_t *src, uint64_t len)
{
	struct cairn_fat *fat = g->f->fat;

	for (uint64_t n; len; off += n, len -= n) {
		uint32_t index = (uint32_t)(off / fat->cluster_bytes), cluster = 0, run = 0;
		uint64_t within = off % fat->cluster_bytes;
		uint32_t max = clusters_of(fat, within + len);
		int ret;

		if (index < g->have)
			ret = cairn_fat_run_(fat, &g->f->chain, index,
					     max < g->have - index ? max : g->have - index,
					     &cluster, &run);
		else
			ret = cairn_fat_run_(fat, &g->fresh, index - g->have, max, &cluster, &run);
		if (ret != 0)
			return ret < 0 ? ret : -EPROTO;
		n = cairn_min_u64(len, (uint64_t)run * fat->cluster_bytes - within);
		ret = cairn_fat_disk_write_(fat, cairn_fat_cluster_at_(fat, cluster) + within, src,
					    n);
		if (ret < 0)
			return ret;
		if (src)
			src += n;
	}
	return 0;
}

/* How long the chain is, which may be more than the size needs. */
static int count(struct cairn_fat_file *f, uint32_t *ret_n)
{
	int ret = cairn_fat_seek_(f->fat, &f->chain, 0);

	if (ret == 1) {
		*ret_n = 0;
		return 0;
	}
	while (ret == 0)
		ret = cairn_fat_seek_(f->fat, &f->chain, f->chain.index + 1);
	*ret_n = f->chain.index + 1;
	return ret < 0 ? ret : 0;
}

static int join(struct growth *g)
{
	struct cairn_fat *fat = g->f->fat;
	int ret;

	if (g->have == 0) {
		g->f->chain = g->fresh; /* the entry joins it */
		return 0;
	}
	ret = cairn_fat_seek_(fat, &g->f->chain, g->have - 1);
	if (ret == 0)
		ret = cairn_fat_set_(fat, g->f->chain.cluster, g->fresh.first);
	if (ret == 0)
		ret = cairn_fat_table_store_(fat);
	return ret < 0 ? ret : cairn_fat_barrier_(fat);
}

static int finish(struct cairn_fat_file *f, uint64_t size)
{
	f->info.size_bytes = (uint32_t)size;
	f->info.attr |= CAIRN_FAT_ARCHIVE;
	if (f->fat->now.year)
		f->info.modified = f->info.accessed = f->fat->now;
	return cairn_fat_entry_store_(f);
}

/* Zeroes from the old end to off, then src; size becomes off + len, more than it was. */
static int grow(struct cairn_fat_file *f, uint64_t off, const void *src, uint64_t len)
{
	struct growth g = { .f = f };
	uint64_t zeroes = off > f->info.size_bytes ? off - f->info.size_bytes : 0;
	uint32_t need = clusters_of(f->fat, off + len), first = 0;
	int ret = count(f, &g.have);

	if (ret == 0 && need > g.have)
		ret = cairn_fat_reserve_(f->fat, need - g.have, &first);
	if (ret < 0)
		return ret;
	cairn_fat_chain_init_(&g.fresh, first);
	ret = put(&g, f->info.size_bytes, NULL, zeroes);
	if (ret == 0)
		ret = put(&g, off, src, len);
	if (ret == 0)
		ret = cairn_fat_barrier_(f->fat);
	if (ret < 0) {
		/* nobody knows of them yet; the first error says more than a second would */
		if (first && cairn_fat_release_(f->fat, first) < 0)
			f->fat->n_free = UINT32_MAX;
		return ret;
	}
	if (first)
		ret = join(&g);
	return ret < 0 ? ret : finish(f, off + len);
}

int cairn_fat_write(struct cairn_fat_file *f, uint64_t off, const void *src, size_t len)
{
	struct growth g = { .f = f, .have = UINT32_MAX };
	uint64_t end;
	int ret = begin(f);

	if (ret < 0 || len == 0)
		return ret;
	if (!cairn_add_u64(off, len, &end) || end > UINT32_MAX)
		return -EFBIG;
	if (end > f->info.size_bytes)
		return grow(f, off, src, len);
	ret = put(&g, off, src, len);
	return ret < 0 ? ret : finish(f, f->info.size_bytes);
}

/* The entry first; then the chain ends earlier; then what was behind is free. */
static int shrink(struct cairn_fat_file *f, uint64_t size)
{
	struct cairn_fat *fat = f->fat;
	uint32_t keep = clusters_of(fat, size), rest = f->chain.first, last = 0;
	int ret = 0;

	if (keep) {
		ret = cairn_fat_seek_(fat, &f->chain, keep - 1);
		last = f->chain.cluster;
		if (ret == 0)
			ret = cairn_fat_get_(fat, last, &rest);
		if (ret != 0)
			return ret < 0 ? ret : -EPROTO;
	}
	cairn_fat_chain_init_(&f->chain, keep ? f->chain.first : 0);
	ret = finish(f, size);
	if (ret == 0)
		ret = cairn_fat_barrier_(fat);
	if (ret < 0 || rest == CAIRN_FAT_END_ || rest == 0)
		return ret;
	if (keep) {
		ret = cairn_fat_set_(fat, last, CAIRN_FAT_END_);
		if (ret == 0)
			ret = cairn_fat_table_store_(fat);
		if (ret == 0)
			ret = cairn_fat_barrier_(fat);
	}
	return ret < 0 ? ret : cairn_fat_release_(fat, rest);
}

int cairn_fat_truncate(struct cairn_fat_file *f, uint64_t size_bytes)
{
	int ret = begin(f);

	if (ret < 0 || size_bytes == f->info.size_bytes)
		return ret;
	if (size_bytes > UINT32_MAX)
		return -EFBIG;
	if (size_bytes > f->info.size_bytes)
		return grow(f, size_bytes, NULL, 0);
	return shrink(f, size_bytes);
}
