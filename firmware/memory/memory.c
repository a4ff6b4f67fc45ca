/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/math.h>
#include <fw/memory.h>

#define BELOW_4G  UINT64_C(0xffffffff)
#define OEM_TYPES 0x70000000u /* and above: whose meaning a loader knows */

static uint64_t end_of(const struct fw_memory_entry *e)
{
	return e->at + e->pages * FW_PAGE_BYTES;
}

static bool is_alike(const struct fw_memory_entry *a, const struct fw_memory_entry *b)
{
	return a->type == b->type && a->attrs == b->attrs && a->is_allocated == b->is_allocated;
}

/* The first entry that ends behind the address; m->n where none does. */
static uint32_t first_behind(const struct fw_memory *m, uint64_t at)
{
	uint32_t lo = 0, hi = m->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (end_of(&m->entries[mid]) > at)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* A neighbour that is alike becomes part of *e. */
static bool join(struct fw_memory_entry *e, const struct fw_memory_entry *neighbour)
{
	bool is_below = end_of(neighbour) == e->at;

	if (!is_alike(e, neighbour) || (!is_below && end_of(e) != neighbour->at))
		return false;
	if (is_below)
		e->at = neighbour->at;
	e->pages += neighbour->pages;
	return true;
}

/* Entries i … j - 1 give way to n new ones. Returns 0, or -ENOSPC. */
static int replace(struct fw_memory *m, uint32_t i, uint32_t j, const struct fw_memory_entry *with,
		   uint32_t n)
{
	if (m->n - (j - i) + n > FW_MEMORY_MAX)
		return -ENOSPC;
	memmove(&m->entries[i + n], &m->entries[j], (m->n - j) * sizeof(*with));
	memcpy(&m->entries[i], with, n * sizeof(*with));
	m->n = m->n - (j - i) + n;
	m->key++;
	return 0;
}

/* The whole of e, whatever was there; what lay half inside keeps its other half. */
static int paint(struct fw_memory *m, struct fw_memory_entry e)
{
	uint64_t end = end_of(&e);
	uint32_t i = first_behind(m, e.at), j = i, n = 0;
	struct fw_memory_entry with[3];
	struct fw_memory_entry before = { 0 }, after = { 0 };

	while (j < m->n && m->entries[j].at < end)
		j++;
	if (i < j && m->entries[i].at < e.at) {
		before = m->entries[i];
		before.pages = (e.at - before.at) / FW_PAGE_BYTES;
	}
	if (i < j && end_of(&m->entries[j - 1]) > end) {
		after = m->entries[j - 1];
		after.pages = (end_of(&after) - end) / FW_PAGE_BYTES;
		after.at = end;
	}
	if (before.pages ? join(&e, &before) : i > 0 && join(&e, &m->entries[i - 1])) {
		i -= !before.pages;
		before.pages = 0;
	}
	if (after.pages ? join(&e, &after) : j < m->n && join(&e, &m->entries[j])) {
		j += !after.pages;
		after.pages = 0;
	}
	if (before.pages)
		with[n++] = before;
	with[n++] = e;
	if (after.pages)
		with[n++] = after;
	return replace(m, i, j, with, n);
}

/* The pages of a range of bytes: RAM only where a page is whole. False: none. */
static bool to_pages(uint64_t at, uint64_t len, bool is_ram, uint64_t *ret_at, uint64_t *ret_end)
{
	uint64_t end;

	if (!len || !cairn_add_u64(at, len, &end))
		return false;
	if (is_ram ? !cairn_align_up(at, FW_PAGE_BYTES, &at)
		   : !cairn_align_up(end, FW_PAGE_BYTES, &end))
		return false;
	*ret_at = cairn_align_down(at, FW_PAGE_BYTES);
	*ret_end = cairn_align_down(end, FW_PAGE_BYTES);
	return *ret_at < *ret_end;
}

int fw_memory_describe(struct fw_memory *m, uint64_t at, uint64_t len_bytes, uint32_t type,
		       uint64_t attrs)
{
	bool is_ram = type == FW_MEM_FREE;
	uint64_t end;
	int r = 0;

	if (!to_pages(at, len_bytes, is_ram, &at, &end))
		return 0;
	while (at < end && r == 0) { /* piece by piece: a gap, or an entry's part */
		uint32_t i = first_behind(m, at);
		const struct fw_memory_entry *e = i < m->n ? &m->entries[i] : NULL;
		bool is_gap = !e || e->at > at;
		uint64_t stop = cairn_min_u64(end, !e ? end : is_gap ? e->at : end_of(e));

		if (is_gap || (!is_ram && e->type == FW_MEM_FREE))
			r = paint(m, (struct fw_memory_entry){ .at = at,
							       .pages = (stop - at) / FW_PAGE_BYTES,
							       .type = type,
							       .attrs = attrs });
		at = stop;
	}
	return r;
}

static bool is_sound(uint64_t at, uint64_t pages, uint64_t *ret_end)
{
	uint64_t bytes;

	return pages && at % FW_PAGE_BYTES == 0 && cairn_mul_u64(pages, FW_PAGE_BYTES, &bytes) &&
	       cairn_add_u64(at, bytes, ret_end);
}

/* Whether the map names the whole range, and with allocated_only as allocated. */
static bool is_covered(const struct fw_memory *m, uint64_t at, uint64_t end, bool allocated_only)
{
	for (uint32_t i = first_behind(m, at); at < end; i++) {
		if (i == m->n || m->entries[i].at > at ||
		    (allocated_only && !m->entries[i].is_allocated))
			return false;
		at = end_of(&m->entries[i]);
	}
	return true;
}

/* How many entries more there may be when the range is cut out of those that it lies in. */
static uint32_t growth(const struct fw_memory *m, uint64_t at, uint64_t end)
{
	return (uint32_t)(m->entries[first_behind(m, at)].at < at) +
	       (uint32_t)(end_of(&m->entries[first_behind(m, end - 1)]) > end);
}

int fw_memory_set_attrs(struct fw_memory *m, uint64_t at, uint64_t pages, uint64_t attrs)
{
	uint64_t end;
	int r = 0;

	if (!is_sound(at, pages, &end))
		return -EINVAL;
	if (!is_covered(m, at, end, false))
		return -ENOENT;
	if (m->n + growth(m, at, end) > FW_MEMORY_MAX)
		return -ENOSPC;
	while (at < end && r == 0) {
		struct fw_memory_entry e = m->entries[first_behind(m, at)];
		uint64_t stop = cairn_min_u64(end, end_of(&e));

		e.at = at;
		e.pages = (stop - at) / FW_PAGE_BYTES;
		e.attrs = attrs;
		r = paint(m, e);
		at = stop;
	}
	return r;
}

static bool is_allocatable(uint32_t type)
{
	return type != FW_MEM_FREE && (type < FW_MEM_PERSISTENT || type >= OEM_TYPES);
}

/* The highest place in free memory whose last byte is not above last. Page 0 is nobody's. */
static bool find_room(const struct fw_memory *m, uint64_t bytes, uint64_t align, uint64_t last,
		      uint64_t *ret_at)
{
	for (uint32_t i = m->n; i-- > 0;) {
		const struct fw_memory_entry *e = &m->entries[i];
		uint64_t lowest = e->at ? e->at : FW_PAGE_BYTES, at;
		uint64_t top = cairn_min_u64(end_of(e) - 1, last);

		if (e->type != FW_MEM_FREE || top < lowest || top - lowest < bytes - 1)
			continue;
		at = cairn_align_down(top - (bytes - 1), align);
		if (at < lowest)
			continue;
		*ret_at = at;
		return true;
	}
	return false;
}

static int alloc_at(const struct fw_memory *m, uint64_t at, uint64_t bytes)
{
	const struct fw_memory_entry *e = fw_memory_find(m, at);

	if (!at || !e || e->type != FW_MEM_FREE || bytes > end_of(e) - at)
		return -ENOENT;
	return 0;
}

int fw_memory_alloc(struct fw_memory *m, enum fw_where where, uint64_t at, uint64_t pages,
		    uint64_t align, uint32_t type, uint64_t *ret_at)
{
	struct fw_memory_entry e = { .pages = pages, .type = type, .is_allocated = true };
	uint64_t bytes, found = at;

	if (!pages || !is_allocatable(type))
		return -EINVAL;
	if (where == FW_WHERE_AT ? at % FW_PAGE_BYTES != 0
				 : !cairn_is_pow2(align) || align < FW_PAGE_BYTES)
		return -EINVAL;
	if (!cairn_mul_u64(pages, FW_PAGE_BYTES, &bytes))
		return -ENOMEM;
	if (where == FW_WHERE_AT) {
		int r = alloc_at(m, at, bytes);

		if (r < 0)
			return r;
	} else if (where == FW_WHERE_BELOW) {
		if (!find_room(m, bytes, align, at, &found))
			return -ENOMEM;
	} else if (!find_room(m, bytes, align, BELOW_4G, &found) &&
		   !find_room(m, bytes, align, UINT64_MAX, &found)) {
		return -ENOMEM;
	}
	e.at = found;
	e.attrs = fw_memory_find(m, found)->attrs;
	if (paint(m, e) < 0)
		return -ENOMEM;
	*ret_at = found;
	return 0;
}

int fw_memory_free(struct fw_memory *m, uint64_t at, uint64_t pages)
{
	const uint64_t ours = FW_MEM_ATTR_RO | FW_MEM_ATTR_XP | FW_MEM_ATTR_RUNTIME;
	uint64_t end;
	int r = 0;

	if (!is_sound(at, pages, &end))
		return -EINVAL;
	if (!is_covered(m, at, end, true))
		return -ENOENT;
	if (m->n + growth(m, at, end) > FW_MEMORY_MAX)
		return -ENOMEM;
	while (at < end && r == 0) {
		struct fw_memory_entry e = m->entries[first_behind(m, at)];
		uint64_t stop = cairn_min_u64(end, end_of(&e));

		r = paint(m, (struct fw_memory_entry){ .at = at,
						       .pages = (stop - at) / FW_PAGE_BYTES,
						       .type = FW_MEM_FREE,
						       .attrs = e.attrs & ~ours });
		at = stop;
	}
	return r;
}

const struct fw_memory_entry *fw_memory_find(const struct fw_memory *m, uint64_t at)
{
	uint32_t i = first_behind(m, at);

	return i < m->n && m->entries[i].at <= at ? &m->entries[i] : NULL;
}
