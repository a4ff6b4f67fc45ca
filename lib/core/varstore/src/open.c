/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "half.h"

#define FIRST_GENERATION 1u

uint32_t cairn_varstore_half_bytes(uint32_t block_bytes, uint32_t bytes, uint32_t most)
{
	uint32_t half;

	if (block_bytes == 0 || bytes / 2 < block_bytes)
		return 0;
	if (most < block_bytes)
		most = block_bytes;
	half = bytes / 2 < most ? bytes / 2 : most;
	half -= half % block_bytes;
	return half < CAIRN_VARSTORE_HALF_BYTES_MIN || half > CAIRN_VARSTORE_HALF_BYTES_MAX ? 0
											    : half;
}

/* Where the next record would be, and what lives before it. */
static int look_through(struct cairn_varstore *s, struct varstore_record *last)
{
	uint32_t at = VARSTORE_HEADER_BYTES;
	struct varstore_record r;
	int ret;

	last->bytes = 0;
	s->live = 0;
	for (;; at += r.bytes) {
		ret = cairn_varstore_record_(s, at, &r);
		if (ret != VARSTORE_RECORD)
			break;
		ret = cairn_varstore_is_whole_(s, &r);
		if (ret < 0)
			return ret;
		if (ret > 0) {
			s->live += r.bytes;
			*last = r;
		}
	}
	s->used = ret == VARSTORE_TORN ? s->half_bytes : at;
	return ret < 0 ? ret : 0;
}

/*
 * The power may have gone between a new record and the end of the old one. A region that cannot be
 * written says so when it is to be changed; until then the later record counts.
 */
static void finish_last(struct cairn_varstore *s, const struct varstore_record *last)
{
	uint8_t name[CAIRN_VARSTORE_NAME_BYTES_MAX];
	struct cairn_varstore_key key = { .name = name, .name_bytes = last->e.name_bytes };
	int ret;

	memcpy(key.guid, last->e.guid, sizeof(key.guid));
	ret = cairn_varstore_read(s, &last->e, name, NULL);
	if (ret == 0)
		(void)cairn_varstore_kill_(s, &key, last->e.at);
}

static int use(struct cairn_varstore *s, uint32_t base, uint32_t generation)
{
	struct varstore_record last;
	int ret;

	s->base = base;
	s->generation = generation;
	ret = look_through(s, &last);
	if (ret == 0 && last.bytes)
		finish_last(s, &last);
	return ret;
}

/* 1: the first header was begun here and not finished: some of its zeroes are missing; 0. */
static int is_begun(const struct cairn_varstore *s)
{
	struct varstore_half_wire want;
	uint8_t raw[sizeof(want)], bytes[sizeof(want)], all = VARSTORE_ERASED;
	int ret = s->region.read(s->region.ctx, 0, raw, sizeof(raw));

	if (ret < 0)
		return ret;
	cairn_varstore_header_of_(s, FIRST_GENERATION, &want);
	memcpy(bytes, &want, sizeof(bytes));
	for (uint32_t i = 0; i < sizeof(raw); i++) {
		if ((raw[i] & bytes[i]) != bytes[i])
			return 0;
		all &= raw[i];
	}
	return all != VARSTORE_ERASED;
}

static int is_blank(const struct cairn_varstore *s)
{
	uint8_t piece[VARSTORE_COPY_BYTES];

	for (uint32_t at = 0; at < 2 * s->half_bytes; at += (uint32_t)sizeof(piece)) {
		uint32_t left = 2 * s->half_bytes - at;
		uint32_t n = left < sizeof(piece) ? left : (uint32_t)sizeof(piece);
		int ret = s->region.read(s->region.ctx, at, piece, n);

		if (ret < 0)
			return ret;
		for (uint32_t i = 0; i < n; i++)
			if (piece[i] != VARSTORE_ERASED && piece[i] != 0)
				return 0;
	}
	return 1;
}

static int format(struct cairn_varstore *s, struct cairn_err *err)
{
	int ret = is_begun(s);

	if (ret == 0)
		ret = is_blank(s);
	if (ret < 0)
		return cairn_err_set(err, -ret, "variables cannot be read", 0);
	if (ret == 0)
		return cairn_err_set(err, EEXIST, "something else is where variables would be", 0);
	ret = s->region.erase(s->region.ctx, 0, s->half_bytes);
	if (ret == 0)
		ret = cairn_varstore_commit_(s, 0, FIRST_GENERATION);
	s->used = VARSTORE_HEADER_BYTES;
	s->live = 0;
	return ret < 0 ? cairn_err_set(err, -ret, "variables cannot be written", 0) : 0;
}

int cairn_varstore_open(struct cairn_varstore *s, const struct cairn_varstore_region *region,
			struct cairn_err *err)
{
	uint32_t generation[2], half = region->bytes / 2;
	int whole[2];

	if (region->bytes % 2 ||
	    cairn_varstore_half_bytes(region->block_bytes, region->bytes, half) != half || !half)
		return cairn_err_set(err, EINVAL, "no room for variables", region->bytes);
	*s = (struct cairn_varstore){ .region = *region, .half_bytes = half };
	for (uint32_t i = 0; i < 2; i++) {
		whole[i] = cairn_varstore_header_(s, i * half, &generation[i]);
		if (whole[i] < 0)
			return cairn_err_set(err, -whole[i], "variables cannot be read", i * half);
	}
	if (!whole[0] && !whole[1])
		return format(s, err);
	/* The later one, in a count that goes round. */
	if (whole[1] && (!whole[0] || (int32_t)(generation[1] - generation[0]) > 0))
		return use(s, half, generation[1]);
	return use(s, 0, generation[0]);
}
