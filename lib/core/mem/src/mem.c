/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The address map and the copies. Every function asks range_start() first, which sees the whole
 * range; the loops behind it then copy without any check. That order is what makes an access all or
 * nothing.
 */
#include <cairn/mem.h>

/* Flags that forbid an access. */
enum {
	NO_READ = CAIRN_MEM_LENT,
	NO_WRITE = CAIRN_MEM_LENT | CAIRN_MEM_READ_ONLY,
};

static int check_region(const struct cairn_mem_region *r, struct cairn_err *err)
{
	if (r->len_bytes == 0)
		return cairn_err_set(err, EINVAL, "memory region of length 0", r->at.v);
	if (r->len_bytes - 1 > UINT64_MAX - r->at.v)
		return cairn_err_set(err, EINVAL, "memory region beyond 2^64", r->at.v);
	if (r->flags & CAIRN_MEM_LENT)
		return 0;
	if (!r->host)
		return cairn_err_set(err, EINVAL, "memory region without a mapping", r->at.v);
	if (r->len_bytes > PTRDIFF_MAX)
		return cairn_err_set(err, EINVAL, "memory region larger than any mapping", r->at.v);
	return 0;
}

int cairn_mem_init(struct cairn_mem *m, const struct cairn_mem_region *regions, size_t n,
		   struct cairn_err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct cairn_mem_region *r = &regions[i];
		int rc = check_region(r, err);

		if (rc < 0)
			return rc;
		if (i == 0)
			continue;
		if (r->at.v < r[-1].at.v)
			return cairn_err_set(err, EINVAL, "memory regions not sorted", r->at.v);
		if (r->at.v - r[-1].at.v < r[-1].len_bytes)
			return cairn_err_set(err, EINVAL, "memory regions overlap", r->at.v);
	}
	*m = (struct cairn_mem){ .regions = regions, .n_regions = n };
	return 0;
}

/* The region that holds address `at`, or NULL. */
static inline const struct cairn_mem_region *find(const struct cairn_mem *m, uint64_t at)
{
	const struct cairn_mem_region *r = m->regions;
	size_t n = m->n_regions;

	if (n == 0)
		return NULL;
	while (n > 1) { /* the answer is among r[0 … n); a conditional move, not a branch */
		size_t half = n / 2;

		r = r[half].at.v <= at ? r + half : r;
		n -= half;
	}
	/* Below r the difference wraps to at least 2^64 - r->at, which no len_bytes exceeds. */
	return at - r->at.v < r->len_bytes ? r : NULL;
}

const struct cairn_mem_region *cairn_mem_find(const struct cairn_mem *m, cairn_gpa at)
{
	return find(m, at.v);
}

/* The region in which [at, at + len) begins, if all of it is there and permitted; else NULL. */
static inline const struct cairn_mem_region *range_start(const struct cairn_mem *m, uint64_t at,
							 uint64_t len, uint32_t forbidden)
{
	const struct cairn_mem_region *r = find(m, at), *first = r;
	uint64_t room;

	if (!r)
		return NULL;
	room = r->len_bytes - (at - r->at.v);
	for (;;) {
		if (r->flags & forbidden)
			return NULL;
		if (len <= room)
			return first;
		len -= room;
		if (r + 1 == m->regions + m->n_regions || r[1].at.v - r->at.v != r->len_bytes)
			return NULL;
		r++;
		room = r->len_bytes;
	}
}

/* Where address `at` of region r is in the host. */
static inline uint8_t *host_of(const struct cairn_mem_region *r, uint64_t at)
{
	return (uint8_t *)r->host + (at - r->at.v);
}

/* How much of a range that was checked lies in r, from `at` on. */
static inline uint64_t part_in(const struct cairn_mem_region *r, uint64_t at, uint64_t len)
{
	return cairn_min_u64(len, r->len_bytes - (at - r->at.v));
}

int cairn_mem_read(const struct cairn_mem *m, void *dst, cairn_gpa at, size_t len)
{
	const struct cairn_mem_region *r;

	if (len == 0)
		return 0;
	r = range_start(m, at.v, len, NO_READ);
	if (!r)
		return -EFAULT;
	for (uint64_t pos = at.v;; r++) {
		size_t n = (size_t)part_in(r, pos, len);

		cairn_copy_in(dst, host_of(r, pos), n);
		len -= n;
		if (len == 0)
			return 0;
		dst = (uint8_t *)dst + n;
		pos += n;
	}
}

int cairn_mem_write(const struct cairn_mem *m, cairn_gpa at, const void *src, size_t len)
{
	const struct cairn_mem_region *r;
	size_t left = len;

	if (len == 0)
		return 0;
	r = range_start(m, at.v, len, NO_WRITE);
	if (!r)
		return -EFAULT;
	for (uint64_t pos = at.v;; r++) {
		size_t n = (size_t)part_in(r, pos, left);

		cairn_copy_out(host_of(r, pos), src, n);
		left -= n;
		if (left == 0)
			break;
		src = (const uint8_t *)src + n;
		pos += n;
	}
	cairn_mem_mark(m, at, len);
	return 0;
}

int cairn_mem_zero(const struct cairn_mem *m, cairn_gpa at, uint64_t len)
{
	const struct cairn_mem_region *r;
	uint64_t left = len;

	if (len == 0)
		return 0;
	r = range_start(m, at.v, len, NO_WRITE);
	if (!r)
		return -EFAULT;
	for (uint64_t pos = at.v; left; r++) {
		size_t n = (size_t)part_in(r, pos, left);

		cairn_copy_zero(host_of(r, pos), n);
		left -= n;
		pos += n;
	}
	cairn_mem_mark(m, at, len);
	return 0;
}

static inline uint32_t forbidden_for(enum cairn_perm want)
{
	return want & CAIRN_PERM_WRITE ? NO_WRITE : NO_READ;
}

int cairn_mem_span(const struct cairn_mem *m, cairn_gpa at, size_t len, enum cairn_perm want,
		   struct cairn_span *ret_span)
{
	const struct cairn_mem_region *r;

	if (len == 0)
		return -EINVAL;
	r = find(m, at.v);
	if (!r || r->flags & forbidden_for(want) || len > r->len_bytes - (at.v - r->at.v))
		return -EFAULT;
	*ret_span = (struct cairn_span){ .base = (struct cairn_guest_byte *)host_of(r, at.v),
					 .len = len,
					 .at = at };
	return 0;
}

int cairn_mem_spans(const struct cairn_mem *m, cairn_gpa at, uint64_t len, enum cairn_perm want,
		    struct cairn_span *spans, size_t cap, size_t *n)
{
	const struct cairn_mem_region *r;
	size_t used = *n;

	if (len == 0)
		return 0;
	r = range_start(m, at.v, len, forbidden_for(want));
	if (!r)
		return -EFAULT;
	for (uint64_t pos = at.v;; r++) {
		size_t part = (size_t)part_in(r, pos, len);

		if (used >= cap)
			return -ENOSPC;
		spans[used++] = (struct cairn_span){
			.base = (struct cairn_guest_byte *)host_of(r, pos),
			.len = part,
			.at = cairn_gpa_of(pos),
		};
		len -= part;
		if (len == 0)
			break;
		pos += part;
	}
	*n = used;
	return 0;
}
