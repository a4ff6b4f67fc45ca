/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * mem.h - guest memory: the address map, and the one door from an address to bytes.
 *
 * A struct cairn_mem is a sorted array of regions, immutable once published: whoever changes the
 * map builds another and swaps it (lib/host/hostmem counts who still uses the old one). What lies
 * between regions is absent. Any thread may use a published map.
 *
 * Most code copies: cairn_mem_read() and cairn_mem_write(). Data that goes to the kernel as it is
 * takes spans, whose base points to an incomplete type: it can be handed to an iovec or to the copy
 * functions below, but not dereferenced, because the guest may be rewriting it right now.
 */
#ifndef CAIRN_MEM_H
#define CAIRN_MEM_H

#include <cairn/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cairn_perm {
	CAIRN_PERM_READ = 1,
	CAIRN_PERM_WRITE = 2,
	CAIRN_PERM_RW = 3,
};

enum cairn_mem_flags {
	CAIRN_MEM_READ_ONLY = 1u << 0, /* ROM to devices: writes are -EFAULT */
	CAIRN_MEM_LENT = 1u << 1,      /* the host may not touch it now: every access is -EFAULT */
};

struct cairn_mem_region {
	cairn_gpa at;
	uint64_t len_bytes; /* > 0 */
	void *host;         /* mapping of at least len_bytes; may be NULL when LENT */
	uint32_t flags;     /* enum cairn_mem_flags */
};

/* Told after bytes were written, by every writing path of this component and of virtq. */
struct cairn_mem_dirty {
	void (*mark)(void *ctx, cairn_gpa at, uint64_t len_bytes);
	void *ctx;
};

struct cairn_mem {
	const struct cairn_mem_region *regions; /* the caller's, sorted by address, no overlap */
	size_t n_regions;
	struct cairn_mem_dirty dirty; /* mark NULL: nobody listens */
};

struct cairn_guest_byte; /* never completed: guest bytes are not C objects of this program */

/* len bytes of guest memory, contiguous in the host; `at` is where the guest sees the first. */
struct cairn_span {
	struct cairn_guest_byte *base;
	size_t len;
	cairn_gpa at;
};

/*
 * cairn_mem_init() - describe guest memory.
 *
 * @regions: sorted, without overlap; outlives @m; n 0 is a map with nothing in it
 *
 * Returns 0; -EINVAL: unsorted or overlapping, length 0, address + length beyond 2^64, a region
 * that is not LENT without a mapping, or larger than any mapping (err->at: its address). @m is
 * then as before. dirty is set by the caller, after init. Cost O(n).
 */
CAIRN_MUST_USE int cairn_mem_init(struct cairn_mem *m, const struct cairn_mem_region *regions,
				  size_t n, struct cairn_err *err);

/*
 * Copy len bytes out of / into / zero guest memory. The range may straddle regions that touch.
 * Returns 0, or -EFAULT: part of it is absent, lent or (writing) read-only; then nothing is copied.
 * len 0 succeeds anywhere. Naturally aligned 1, 2, 4, 8 bytes inside one region are one access
 * (host mappings start at a multiple of 8, as their regions do).
 * Cost O(log regions + len).
 */
CAIRN_MUST_USE int cairn_mem_read(const struct cairn_mem *m, void *dst, cairn_gpa at, size_t len);
CAIRN_MUST_USE int cairn_mem_write(const struct cairn_mem *m, cairn_gpa at, const void *src,
				   size_t len);
CAIRN_MUST_USE int cairn_mem_zero(const struct cairn_mem *m, cairn_gpa at, uint64_t len);

/* The region that holds `at`, whatever its flags, or NULL. O(log regions). For those who look up
 * many addresses near each other; access still goes through the functions here. */
const struct cairn_mem_region *cairn_mem_find(const struct cairn_mem *m, cairn_gpa at);

/*
 * cairn_mem_span() - the door for a range that must be contiguous in the host (rings, tables).
 *
 * Returns 0; -EFAULT as above, or the range leaves one region; -EINVAL: len 0.
 * The span is valid as long as the map it came from. The caller who writes through it marks it
 * dirty with cairn_mem_mark().
 */
CAIRN_MUST_USE int cairn_mem_span(const struct cairn_mem *m, cairn_gpa at, size_t len,
				  enum cairn_perm want, struct cairn_span *ret_span);

/*
 * cairn_mem_spans() - the same for a range of any layout, appended to a list of pieces.
 *
 * @spans, @cap, @n: list, its capacity, and its length, advanced by what is appended
 * Returns 0; -EFAULT; -ENOSPC: more pieces than room (the list is as before). len 0 appends
 * nothing.
 */
CAIRN_MUST_USE int cairn_mem_spans(const struct cairn_mem *m, cairn_gpa at, uint64_t len,
				   enum cairn_perm want, struct cairn_span *spans, size_t cap,
				   size_t *n);

/* Tell the dirty hook, if any. For those who wrote through spans. */
static inline void cairn_mem_mark(const struct cairn_mem *m, cairn_gpa at, uint64_t len)
{
	if (m->dirty.mark && len)
		m->dirty.mark(m->dirty.ctx, at, len);
}

/*
 * Lists of spans as one stream of bytes, whatever their boundaries (framing never depends on them).
 * read and write return how many bytes were copied, less than len only where the stream ended.
 */
uint64_t cairn_spans_bytes(const struct cairn_span *spans, size_t n);
size_t cairn_spans_read(const struct cairn_span *spans, size_t n, uint64_t off, void *dst,
			size_t len);
size_t cairn_spans_write(const struct cairn_span *spans, size_t n, uint64_t off, const void *src,
			 size_t len);
/* Drop `bytes` from the front (moves *spans and *n, shortens the first) or from the back. Bytes
 * beyond the stream leave it empty. */
void cairn_spans_drop_front(struct cairn_span **spans, size_t *n, uint64_t bytes);
void cairn_spans_drop_back(struct cairn_span *spans, size_t *n, uint64_t bytes);

#ifdef __cplusplus
}
#endif
#endif
