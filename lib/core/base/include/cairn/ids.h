/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ids.h - who has which number, and who has which range. Both live in arrays of the caller's; no
 * number and no byte is ever handed out twice, and only what was handed out can be given back.
 */
#ifndef CAIRN_IDS_H
#define CAIRN_IDS_H

#include <cairn/env.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_ids {
	uint64_t *words; /* caller's, CAIRN_BITS_WORDS(n) of them */
	uint32_t n;      /* ids are first … first + n - 1 */
	uint32_t first;
};

/* All free. words is cleared. */
void cairn_ids_init(struct cairn_ids *ids, uint64_t *words, uint32_t first, uint32_t n);
/* Lowest free id into *ret_id. Returns 0, or -ENOSPC. Cost O(n / 64). */
CAIRN_MUST_USE int cairn_ids_take(struct cairn_ids *ids, uint32_t *ret_id);
/* This id. Returns 0, -EEXIST (taken), -EINVAL (out of range). */
CAIRN_MUST_USE int cairn_ids_take_one(struct cairn_ids *ids, uint32_t id);
/* Returns 0, or -EINVAL: out of range, or not taken. */
CAIRN_MUST_USE int cairn_ids_give(struct cairn_ids *ids, uint32_t id);

struct cairn_range {
	uint64_t at, len;
};

struct cairn_ranges {
	struct cairn_range *taken; /* caller's, cap entries; kept sorted by address */
	size_t n, cap;
	uint64_t base, size; /* the space: [base, base + size) */
};

/* Empty space. Returns 0, or -EINVAL: size 0, or base + size - 1 does not fit. */
CAIRN_MUST_USE int cairn_ranges_init(struct cairn_ranges *r, struct cairn_range *array, size_t cap,
				     uint64_t base, uint64_t size);
/*
 * The lowest free range of len bytes at a multiple of align (a power of two), inside [lo, hi].
 * Returns 0, -ENOSPC (no room, or the array is full), -EINVAL (len 0, align no power of two).
 * Cost O(n).
 */
CAIRN_MUST_USE int cairn_ranges_take(struct cairn_ranges *r, uint64_t len, uint64_t align,
				     uint64_t lo, uint64_t hi, uint64_t *ret_at);
/* Exactly this range. Returns 0, -EEXIST (overlaps one taken), -EINVAL (outside), -ENOSPC. */
CAIRN_MUST_USE int cairn_ranges_take_at(struct cairn_ranges *r, uint64_t at, uint64_t len);
/* Gives back a range that was taken, exactly. Returns 0 or -EINVAL. */
CAIRN_MUST_USE int cairn_ranges_give(struct cairn_ranges *r, uint64_t at, uint64_t len);

#ifdef __cplusplus
}
#endif
#endif
