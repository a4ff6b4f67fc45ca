/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/bits.h>
#include <cairn/ids.h>
#include <cairn/math.h>

void cairn_ids_init(struct cairn_ids *ids, uint64_t *words, uint32_t first, uint32_t n)
{
	*ids = (struct cairn_ids){ .words = words, .n = n, .first = first };
	for (size_t i = 0; i < CAIRN_BITS_WORDS(n); i++)
		words[i] = 0;
}

int cairn_ids_take(struct cairn_ids *ids, uint32_t *ret_id)
{
	for (uint32_t w = 0; w < CAIRN_BITS_WORDS(ids->n); w++) {
		uint32_t bit;

		if (ids->words[w] == UINT64_MAX)
			continue;
		bit = w * 64 + cairn_bits_lowest(~ids->words[w]);
		if (bit >= ids->n)
			break;
		cairn_bits_set(ids->words, bit);
		*ret_id = ids->first + bit;
		return 0;
	}
	return -ENOSPC;
}

static bool in_space(const struct cairn_ids *ids, uint32_t id)
{
	return id - ids->first < ids->n; /* an id below the first wraps to a large one */
}

int cairn_ids_take_one(struct cairn_ids *ids, uint32_t id)
{
	if (!in_space(ids, id))
		return -EINVAL;
	if (cairn_bits_test(ids->words, id - ids->first))
		return -EEXIST;
	cairn_bits_set(ids->words, id - ids->first);
	return 0;
}

int cairn_ids_give(struct cairn_ids *ids, uint32_t id)
{
	if (!in_space(ids, id) || !cairn_bits_test(ids->words, id - ids->first))
		return -EINVAL;
	cairn_bits_clear(ids->words, id - ids->first);
	return 0;
}

int cairn_ranges_init(struct cairn_ranges *r, struct cairn_range *array, size_t cap, uint64_t base,
		      uint64_t size)
{
	if (size == 0 || size - 1 > UINT64_MAX - base)
		return -EINVAL;
	*r = (struct cairn_ranges){ .taken = array, .cap = cap, .base = base, .size = size };
	return 0;
}

static int insert(struct cairn_ranges *r, size_t i, uint64_t at, uint64_t len)
{
	if (r->n == r->cap)
		return -ENOSPC;
	memmove(&r->taken[i + 1], &r->taken[i], (r->n - i) * sizeof(r->taken[0]));
	r->taken[i] = (struct cairn_range){ .at = at, .len = len };
	r->n++;
	return 0;
}

/* Last byte of the free gap before taken[i] (or of the space, when i is behind the last). */
static bool gap_end(const struct cairn_ranges *r, size_t i, uint64_t *ret_last)
{
	if (i == r->n) {
		*ret_last = r->base + (r->size - 1);
		return true;
	}
	if (r->taken[i].at == 0)
		return false;
	*ret_last = r->taken[i].at - 1;
	return true;
}

/* First byte behind taken[i - 1] (or of the space); false when nothing is behind it. */
static bool gap_start(const struct cairn_ranges *r, size_t i, uint64_t *ret_at)
{
	*ret_at = r->base;
	return i == 0 || cairn_add_u64(r->taken[i - 1].at, r->taken[i - 1].len, ret_at);
}

int cairn_ranges_take(struct cairn_ranges *r, uint64_t len, uint64_t align, uint64_t lo,
		      uint64_t hi, uint64_t *ret_at)
{
	if (len == 0 || !cairn_is_pow2(align))
		return -EINVAL;
	for (size_t i = 0; i <= r->n; i++) {
		uint64_t at, last;

		if (!gap_start(r, i, &at) || !gap_end(r, i, &last))
			continue;
		if (at < lo)
			at = lo;
		if (last > hi)
			last = hi;
		if (!cairn_align_up(at, align, &at) || at > last || last - at < len - 1)
			continue;
		if (insert(r, i, at, len))
			return -ENOSPC;
		*ret_at = at;
		return 0;
	}
	return -ENOSPC;
}

int cairn_ranges_take_at(struct cairn_ranges *r, uint64_t at, uint64_t len)
{
	size_t i = 0;

	/* an address below the base wraps to one beyond the end */
	if (len == 0 || !cairn_in_range(at - r->base, len, r->size))
		return -EINVAL;
	while (i < r->n && r->taken[i].at < at)
		i++;
	if (i < r->n && r->taken[i].at - at < len)
		return -EEXIST;
	if (i > 0 && at - r->taken[i - 1].at < r->taken[i - 1].len)
		return -EEXIST;
	return insert(r, i, at, len);
}

int cairn_ranges_give(struct cairn_ranges *r, uint64_t at, uint64_t len)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->taken[i].at != at || r->taken[i].len != len)
			continue;
		memmove(&r->taken[i], &r->taken[i + 1], (r->n - i - 1) * sizeof(r->taken[0]));
		r->n--;
		return 0;
	}
	return -EINVAL;
}
