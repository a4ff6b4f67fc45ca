/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "internal.h"

#include <cairn/loader_memmap.h>
#include <cairn/loader_x86.h>
#include <cairn/math.h>

#define PAGE   UINT64_C(4096)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB4   (UINT64_C(1) << 32)
#define TOP    (UINT64_C(1) << 52) /* as far as x86_64 page tables reach */

static uint64_t end_of(const struct cairn_memmap_entry *e)
{
	return e->at.v + e->len_bytes;
}

static void insert(struct cairn_memmap *map, uint32_t i, const struct cairn_memmap_entry *e)
{
	memmove(&map->entries[i + 1], &map->entries[i], (map->n - i) * sizeof(*e));
	map->entries[i] = *e;
	map->n++;
}

int cairn_loader_memmap_add(struct cairn_memmap *map, cairn_gpa at, uint64_t len_bytes,
			    enum cairn_memmap_type type)
{
	struct cairn_memmap_entry e = { .at = at, .len_bytes = len_bytes, .type = type };
	cairn_gpa end;
	uint32_t i = 0;

	if (len_bytes == 0 || !cairn_gpa_add(at, len_bytes, &end))
		return -EINVAL;
	while (i < map->n && end_of(&map->entries[i]) <= at.v)
		i++;
	if (i < map->n && map->entries[i].at.v < end.v)
		return -EEXIST;
	if (map->n == CAIRN_MEMMAP_MAX)
		return -ENOSPC;
	insert(map, i, &e);
	return 0;
}

static uint32_t index_of(const struct cairn_memmap *map, cairn_gpa at)
{
	uint32_t i = 0;

	while (i < map->n &&
	       !cairn_gpa_inside(at, 1, map->entries[i].at, map->entries[i].len_bytes))
		i++;
	return i;
}

const struct cairn_memmap_entry *cairn_loader_memmap_find(const struct cairn_memmap *map,
							  cairn_gpa at)
{
	uint32_t i = index_of(map, at);

	return i < map->n ? &map->entries[i] : NULL;
}

int cairn_loader_memmap_carve(struct cairn_memmap *map, cairn_gpa at, uint64_t len_bytes,
			      enum cairn_memmap_type type)
{
	uint32_t i = index_of(map, at), n_more;
	struct cairn_memmap_entry was, part = { .at = at, .len_bytes = len_bytes, .type = type };
	uint64_t before, behind;

	if (len_bytes == 0)
		return -EINVAL;
	if (i == map->n || map->entries[i].type != CAIRN_MEMMAP_RAM ||
	    !cairn_gpa_inside(at, len_bytes, map->entries[i].at, map->entries[i].len_bytes))
		return -EFAULT;
	was = map->entries[i];
	before = at.v - was.at.v;
	behind = was.len_bytes - before - len_bytes;
	n_more = (before != 0) + (behind != 0);
	if (n_more > CAIRN_MEMMAP_MAX - map->n)
		return -ENOSPC;
	map->entries[i] = part;
	if (behind) {
		struct cairn_memmap_entry e = { cairn_gpa_of(at.v + len_bytes), behind, was.type };

		insert(map, i + 1, &e);
	}
	if (before) {
		struct cairn_memmap_entry e = { was.at, before, was.type };

		insert(map, i, &e);
	}
	return 0;
}

static int check_memory(const struct cairn_x86_memory *m, struct cairn_err *err)
{
	cairn_gpa hole = cairn_gpa_of(m->hole.at);

	if (m->ram_bytes % PAGE || m->ram_bytes < MIB(2))
		return cairn_err_set(err, EINVAL, "memory is not whole pages, or below 2 MiB",
				     m->ram_bytes);
	if (m->hole.at % PAGE || m->hole.len % PAGE || m->hole.len == 0 ||
	    !cairn_gpa_inside(hole, m->hole.len, cairn_gpa_of(MIB(2)), GIB4 - MIB(2)))
		return cairn_err_set(err, EINVAL, "memory hole outside 2 MiB to 4 GiB", m->hole.at);
	if (m->ecam.len &&
	    !cairn_gpa_inside(cairn_gpa_of(m->ecam.at), m->ecam.len, hole, m->hole.len))
		return cairn_err_set(err, EINVAL, "PCI configuration space outside the hole",
				     m->ecam.at);
	if (m->ram_bytes > TOP - GIB4)
		return cairn_err_set(err, EINVAL, "more memory than addresses", m->ram_bytes);
	return 0;
}

int cairn_loader_x86_ram(const struct cairn_x86_memory *m, struct cairn_x86_ram *ret_ram,
			 struct cairn_err *err)
{
	int ret = check_memory(m, err);

	if (ret < 0)
		return ret;
	ret_ram->low_bytes = cairn_min_u64(m->ram_bytes, m->hole.at);
	ret_ram->high_at = cairn_gpa_of(m->hole.at + m->hole.len);
	ret_ram->high_bytes = m->ram_bytes - ret_ram->low_bytes;
	return 0;
}

int cairn_loader_x86_memmap(const struct cairn_x86_memory *m, struct cairn_memmap *ret_map,
			    struct cairn_err *err)
{
	struct cairn_memmap map = { 0 };
	struct cairn_x86_ram ram;
	int ret = cairn_loader_x86_ram(m, &ram, err);

	if (ret < 0)
		return ret;
	const struct cairn_memmap_entry entries[] = {
		{ cairn_gpa_of(0), CAIRN_X86_EBDA_AT, CAIRN_MEMMAP_RAM },
		{ cairn_gpa_of(CAIRN_X86_EBDA_AT), CAIRN_X86_HIGH_AT - CAIRN_X86_EBDA_AT,
		  CAIRN_MEMMAP_RESERVED },
		{ cairn_gpa_of(CAIRN_X86_HIGH_AT), ram.low_bytes - CAIRN_X86_HIGH_AT,
		  CAIRN_MEMMAP_RAM },
		{ cairn_gpa_of(m->ecam.at), m->ecam.len, CAIRN_MEMMAP_RESERVED },
		{ ram.high_at, ram.high_bytes, CAIRN_MEMMAP_RAM },
	};
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(entries); i++)
		if (entries[i].len_bytes)
			insert(&map, map.n, &entries[i]);
	*ret_map = map;
	return 0;
}

bool cairn_loader_fit_top_(uint64_t lo, uint64_t hi, struct cairn_range avoid, uint64_t len,
			   uint64_t *ret_at)
{
	for (int i = 0; i < 2; i++) { /* at the top, then below what is avoided */
		uint64_t at;

		if (hi < lo || hi - lo < len)
			return false;
		at = cairn_align_down(hi - len, PAGE);
		if (at < lo)
			return false;
		if (at + len <= avoid.at || at >= avoid.at + avoid.len) {
			*ret_at = at;
			return true;
		}
		hi = avoid.at;
	}
	return false;
}

int cairn_loader_initrd_place(const struct cairn_memmap *map, struct cairn_range kernel,
			      uint64_t len_bytes, uint64_t max, cairn_gpa *ret_at,
			      struct cairn_err *err)
{
	if (len_bytes == 0)
		return cairn_err_set(err, EINVAL, "initrd is empty", 0);
	for (uint32_t i = map->n; i-- > 0;) {
		const struct cairn_memmap_entry *e = &map->entries[i];
		uint64_t lo = e->at.v < CAIRN_X86_HIGH_AT ? CAIRN_X86_HIGH_AT : e->at.v;
		uint64_t hi = end_of(e) - 1 > max ? max + 1 : end_of(e);

		if (e->type == CAIRN_MEMMAP_RAM &&
		    cairn_loader_fit_top_(lo, hi, kernel, len_bytes, &ret_at->v))
			return 0;
	}
	return cairn_err_set(err, ENOSPC, "initrd does not fit into guest memory", len_bytes);
}
