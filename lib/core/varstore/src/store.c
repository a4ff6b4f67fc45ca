/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "half.h"

CAIRN_RESIDENT uint32_t cairn_varstore_capacity(const struct cairn_varstore *s)
{
	return s->half_bytes - VARSTORE_HEADER_BYTES;
}

CAIRN_RESIDENT uint32_t cairn_varstore_free(const struct cairn_varstore *s)
{
	return cairn_varstore_capacity(s) - s->live;
}

CAIRN_RESIDENT int cairn_varstore_next(const struct cairn_varstore *s, uint32_t *at,
				       struct cairn_varstore_entry *ret)
{
	struct varstore_record r;
	int got;

	if (*at < VARSTORE_HEADER_BYTES)
		*at = VARSTORE_HEADER_BYTES;
	while (*at < s->used) {
		got = cairn_varstore_record_(s, *at, &r);
		if (got != VARSTORE_RECORD)
			return got < 0 ? got : 0;
		*at += r.bytes;
		got = cairn_varstore_is_whole_(s, &r);
		if (got < 0)
			return got;
		if (got > 0) {
			*ret = r.e;
			return 1;
		}
	}
	return 0;
}

CAIRN_RESIDENT int cairn_varstore_find(const struct cairn_varstore *s,
				       const struct cairn_varstore_key *key,
				       struct cairn_varstore_entry *ret)
{
	struct varstore_record r;
	bool is_found = false;

	for (uint32_t at = VARSTORE_HEADER_BYTES; at < s->used; at += r.bytes) {
		int got = cairn_varstore_record_(s, at, &r);

		if (got < 0)
			return got;
		if (got != VARSTORE_RECORD)
			break;
		got = cairn_varstore_is_called_(s, &r, key);
		if (got > 0)
			got = cairn_varstore_is_whole_(s, &r);
		if (got < 0)
			return got;
		if (got > 0) {
			*ret = r.e;
			is_found = true;
		}
	}
	return is_found ? 0 : -ENOENT;
}

CAIRN_RESIDENT int cairn_varstore_read(const struct cairn_varstore *s,
				       const struct cairn_varstore_entry *e, void *name, void *data)
{
	const struct cairn_varstore_region *r = &s->region;
	uint32_t at = s->base + e->at + VARSTORE_RECORD_BYTES;
	int ret = name ? r->read(r->ctx, at, name, e->name_bytes) : 0;

	if (ret == 0 && data && e->data_bytes)
		ret = r->read(r->ctx, at + e->name_bytes, data, e->data_bytes);
	return ret;
}

CAIRN_RESIDENT static int copy(struct cairn_varstore *s, uint32_t from, uint32_t to, uint32_t len)
{
	const struct cairn_varstore_region *r = &s->region;
	uint8_t piece[VARSTORE_COPY_BYTES];
	int ret = 0;

	for (uint32_t off = 0; off < len && ret == 0; off += (uint32_t)sizeof(piece)) {
		uint32_t n = len - off < sizeof(piece) ? len - off : (uint32_t)sizeof(piece);

		ret = r->read(r->ctx, from + off, piece, n);
		if (ret == 0)
			ret = r->program(r->ctx, to + off, piece, n);
	}
	return ret;
}

/* What counts but the variable that changes, to the other half. */
CAIRN_RESIDENT static int copy_live(struct cairn_varstore *s, struct cairn_varstore *to,
				    const struct cairn_varstore_key *but)
{
	struct varstore_record r;

	for (uint32_t at = VARSTORE_HEADER_BYTES; at < s->half_bytes; at += r.bytes) {
		int ret = cairn_varstore_record_(s, at, &r);

		if (ret != VARSTORE_RECORD)
			return ret < 0 ? ret : 0;
		ret = cairn_varstore_is_whole_(s, &r);
		if (ret > 0) {
			int same = cairn_varstore_is_called_(s, &r, but);

			ret = same < 0 ? same : !same;
		}
		if (ret > 0)
			ret = copy(s, s->base + at, to->base + to->used, r.bytes);
		else if (ret == 0)
			continue;
		if (ret < 0)
			return ret;
		to->used += r.bytes;
	}
	return 0;
}

/* All of it is tried in a store of its own: this one stays as it is until that is whole. */
CAIRN_RESIDENT static int reclaim(struct cairn_varstore *s, const struct cairn_varstore_key *key,
				  const struct cairn_varstore_value *value)
{
	uint32_t cost = cairn_varstore_cost(key->name_bytes, value->data_bytes);
	struct cairn_varstore to = *s;
	int ret;

	to.base = s->base ? 0 : s->half_bytes;
	to.used = VARSTORE_HEADER_BYTES;
	ret = to.region.erase(to.region.ctx, to.base, to.half_bytes);
	if (ret == 0)
		ret = copy_live(s, &to, key);
	if (ret == 0 && cost > to.half_bytes - to.used) /* the region changed by itself */
		ret = -EIO;
	if (ret == 0)
		ret = cairn_varstore_write_(&to, to.used, key, value);
	if (ret == 0)
		ret = cairn_varstore_commit_(&to, to.base, s->generation + 1);
	if (ret < 0)
		return ret;
	to.used += cost;
	to.live = to.used - VARSTORE_HEADER_BYTES;
	*s = to;
	return 0;
}

/* What could not be written may be torn: nothing comes behind it. */
CAIRN_RESIDENT static int append(struct cairn_varstore *s, const struct cairn_varstore_key *key,
				 const struct cairn_varstore_value *value)
{
	uint32_t at = s->used, cost = cairn_varstore_cost(key->name_bytes, value->data_bytes);
	int ret = cairn_varstore_write_(s, at, key, value);

	if (ret < 0) {
		s->used = s->half_bytes;
		return ret;
	}
	s->used += cost;
	s->live += cost;
	return cairn_varstore_kill_(s, key, at);
}

/* What the old value takes does not count: it goes when the half is changed. */
CAIRN_RESIDENT int cairn_varstore_put(struct cairn_varstore *s,
				      const struct cairn_varstore_key *key,
				      const struct cairn_varstore_value *value)
{
	uint32_t cost, kept = s->live;
	struct cairn_varstore_entry old;
	int ret;

	if (key->name_bytes < 4 || key->name_bytes % 2 ||
	    key->name_bytes > CAIRN_VARSTORE_NAME_BYTES_MAX)
		return -EINVAL;
	if (value->data_bytes > s->half_bytes)
		return -ENOSPC;
	cost = cairn_varstore_cost(key->name_bytes, value->data_bytes);
	if (cost <= s->half_bytes - s->used)
		return append(s, key, value);
	ret = cairn_varstore_find(s, key, &old);
	if (ret == 0)
		kept -= cairn_varstore_cost(old.name_bytes, old.data_bytes);
	else if (ret != -ENOENT)
		return ret;
	if (cost > cairn_varstore_capacity(s) - kept)
		return -ENOSPC;
	return reclaim(s, key, value);
}

CAIRN_RESIDENT int cairn_varstore_delete(struct cairn_varstore *s,
					 const struct cairn_varstore_key *key)
{
	struct cairn_varstore_entry old;
	int ret = cairn_varstore_find(s, key, &old);

	return ret < 0 ? ret : cairn_varstore_kill_(s, key, s->used);
}
