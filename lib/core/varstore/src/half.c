/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/crc.h>

#include "half.h"

#define RECORD_MARK    0x56u
#define NAME_BYTES_MIN 4u /* a character and the NUL */

static const uint8_t magic[8] CAIRN_RESIDENT_DATA = { 'C', 'A', 'I', 'R', 'N', 'V', 'A', 'R' };

CAIRN_RESIDENT static int read_at(const struct cairn_varstore *s, uint32_t at, void *dst,
				  uint32_t len)
{
	return s->region.read(s->region.ctx, at, dst, len);
}

CAIRN_RESIDENT static int program_at(const struct cairn_varstore *s, uint32_t at, const void *src,
				     uint32_t len)
{
	return len ? s->region.program(s->region.ctx, at, src, len) : 0;
}

CAIRN_RESIDENT uint32_t cairn_varstore_cost(uint32_t name_bytes, uint32_t data_bytes)
{
	return (VARSTORE_RECORD_BYTES + name_bytes + data_bytes + 7) & ~UINT32_C(7);
}

CAIRN_RESIDENT static uint32_t record_crc(const struct varstore_record_wire *w)
{
	return cairn_crc_ieee(0, &w->mark, offsetof(struct varstore_record_wire, crc) - 1);
}

/* Lengths first: nothing may be beyond the half, nor a sum beyond 32 bits. */
CAIRN_RESIDENT static bool parse(const struct cairn_varstore *s, uint32_t at,
				 const struct varstore_record_wire *w, struct varstore_record *r)
{
	uint32_t name = cairn_le16_get(w->name_bytes), data = cairn_le32_get(w->data_bytes);

	if (w->mark != RECORD_MARK || cairn_le32_get(w->crc) != record_crc(w))
		return false;
	if (name < NAME_BYTES_MIN || name > CAIRN_VARSTORE_NAME_BYTES_MAX || name % 2 ||
	    data > s->half_bytes || cairn_varstore_cost(name, data) > s->half_bytes - at)
		return false;
	r->e.name_bytes = name;
	r->e.data_bytes = data;
	r->e.attributes = cairn_le32_get(w->attributes);
	r->e.at = at;
	memcpy(r->e.guid, w->guid, sizeof(r->e.guid));
	memcpy(r->e.time, w->time, sizeof(r->e.time));
	r->bytes = cairn_varstore_cost(name, data);
	r->body_crc = cairn_le32_get(w->body_crc);
	r->is_live = w->state == VARSTORE_ERASED;
	return true;
}

CAIRN_RESIDENT static bool is_erased(const void *bytes, uint32_t len)
{
	const uint8_t *p = bytes;

	for (uint32_t i = 0; i < len; i++)
		if (p[i] != VARSTORE_ERASED)
			return false;
	return true;
}

CAIRN_RESIDENT int cairn_varstore_record_(const struct cairn_varstore *s, uint32_t at,
					  struct varstore_record *ret)
{
	struct varstore_record_wire w;
	int r;

	if (s->half_bytes - at < sizeof(w))
		return VARSTORE_END;
	r = read_at(s, s->base + at, &w, sizeof(w));
	if (r < 0)
		return r;
	if (is_erased(&w, sizeof(w)))
		return VARSTORE_END;
	return parse(s, at, &w, ret) ? VARSTORE_RECORD : VARSTORE_TORN;
}

CAIRN_RESIDENT int cairn_varstore_is_whole_(const struct cairn_varstore *s,
					    const struct varstore_record *r)
{
	uint32_t left = r->e.name_bytes + r->e.data_bytes, crc = 0;
	uint32_t at = s->base + r->e.at + VARSTORE_RECORD_BYTES;
	uint8_t piece[VARSTORE_COPY_BYTES];

	if (!r->is_live)
		return 0;
	while (left) {
		uint32_t n = left < sizeof(piece) ? left : (uint32_t)sizeof(piece);
		int ret = read_at(s, at, piece, n);

		if (ret < 0)
			return ret;
		crc = cairn_crc_ieee(crc, piece, n);
		at += n;
		left -= n;
	}
	return crc == r->body_crc;
}

CAIRN_RESIDENT int cairn_varstore_is_called_(const struct cairn_varstore *s,
					     const struct varstore_record *r,
					     const struct cairn_varstore_key *key)
{
	uint8_t piece[VARSTORE_COPY_BYTES];

	if (r->e.name_bytes != key->name_bytes ||
	    memcmp(r->e.guid, key->guid, sizeof(key->guid)) != 0)
		return 0;
	for (uint32_t off = 0; off < key->name_bytes; off += (uint32_t)sizeof(piece)) {
		uint32_t left = key->name_bytes - off;
		uint32_t n = left < sizeof(piece) ? left : (uint32_t)sizeof(piece);
		int ret = read_at(s, s->base + r->e.at + VARSTORE_RECORD_BYTES + off, piece, n);

		if (ret < 0)
			return ret;
		if (memcmp(piece, (const uint8_t *)key->name + off, n) != 0)
			return 0;
	}
	return 1;
}

/* One that is not whole does not count, but could not be told from one that does by its state. */
CAIRN_RESIDENT static int kill_one(struct cairn_varstore *s, const struct varstore_record *r)
{
	const uint8_t zero = 0;
	int whole = cairn_varstore_is_whole_(s, r), ret;

	if (whole < 0)
		return whole;
	ret = program_at(s, s->base + r->e.at, &zero, sizeof(zero));
	if (ret == 0 && whole)
		s->live -= r->bytes;
	return ret;
}

/* The last one last: until then the variable is what it was. */
CAIRN_RESIDENT int cairn_varstore_kill_(struct cairn_varstore *s,
					const struct cairn_varstore_key *key, uint32_t end)
{
	struct varstore_record r;

	for (uint32_t at = VARSTORE_HEADER_BYTES; at < end; at += r.bytes) {
		int ret = cairn_varstore_record_(s, at, &r);

		if (ret != VARSTORE_RECORD)
			return ret < 0 ? ret : 0;
		if (!r.is_live)
			continue;
		ret = cairn_varstore_is_called_(s, &r, key);
		if (ret > 0)
			ret = kill_one(s, &r);
		if (ret < 0)
			return ret;
	}
	return 0;
}

CAIRN_RESIDENT void cairn_varstore_header_of_(const struct cairn_varstore *s, uint32_t generation,
					      struct varstore_half_wire *ret)
{
	memset(ret, VARSTORE_ERASED, sizeof(*ret));
	memcpy(ret->magic, magic, sizeof(ret->magic));
	ret->version = cairn_le32_of(VARSTORE_VERSION);
	ret->generation = cairn_le32_of(generation);
	ret->half_bytes = cairn_le32_of(s->half_bytes);
	ret->crc = cairn_le32_of(cairn_crc_ieee(0, ret, offsetof(struct varstore_half_wire, crc)));
}

CAIRN_RESIDENT int cairn_varstore_header_(const struct cairn_varstore *s, uint32_t base,
					  uint32_t *ret_generation)
{
	struct varstore_half_wire got, want;
	int ret = read_at(s, base, &got, sizeof(got));

	if (ret < 0)
		return ret;
	*ret_generation = cairn_le32_get(got.generation);
	cairn_varstore_header_of_(s, *ret_generation, &want);
	return memcmp(&got, &want, sizeof(got)) == 0;
}

CAIRN_RESIDENT int cairn_varstore_commit_(struct cairn_varstore *s, uint32_t base,
					  uint32_t generation)
{
	struct varstore_half_wire w;
	uint32_t got;
	int ret;

	cairn_varstore_header_of_(s, generation, &w);
	ret = program_at(s, base, &w, sizeof(w));
	if (ret == 0)
		ret = cairn_varstore_header_(s, base, &got);
	if (ret <= 0)
		return ret < 0 ? ret : -EIO;
	s->base = base;
	s->generation = generation;
	return 0;
}

CAIRN_RESIDENT static void record_of(const struct cairn_varstore_key *key,
				     const struct cairn_varstore_value *value,
				     struct varstore_record_wire *ret)
{
	uint32_t crc = cairn_crc_ieee(0, key->name, key->name_bytes);

	memset(ret, VARSTORE_ERASED, sizeof(*ret));
	ret->mark = RECORD_MARK;
	ret->name_bytes = cairn_le16_of((uint16_t)key->name_bytes);
	ret->data_bytes = cairn_le32_of(value->data_bytes);
	ret->attributes = cairn_le32_of(value->attributes);
	ret->body_crc = cairn_le32_of(cairn_crc_ieee(crc, value->data, value->data_bytes));
	memcpy(ret->guid, key->guid, sizeof(ret->guid));
	memcpy(ret->time, value->time, sizeof(ret->time));
	ret->crc = cairn_le32_of(record_crc(ret));
}

/* The header first: where it is torn nothing behind it is looked at, and a torn body has no CRC. */
CAIRN_RESIDENT int cairn_varstore_write_(struct cairn_varstore *s, uint32_t at,
					 const struct cairn_varstore_key *key,
					 const struct cairn_varstore_value *value)
{
	uint32_t body = s->base + at + VARSTORE_RECORD_BYTES;
	struct varstore_record_wire w;
	struct varstore_record r;
	int ret;

	record_of(key, value, &w);
	ret = program_at(s, s->base + at, &w, sizeof(w));
	if (ret == 0)
		ret = program_at(s, body, key->name, key->name_bytes);
	if (ret == 0)
		ret = program_at(s, body + key->name_bytes, value->data, value->data_bytes);
	if (ret == 0)
		ret = cairn_varstore_record_(s, at, &r);
	if (ret != VARSTORE_RECORD)
		return ret < 0 ? ret : -EIO;
	ret = cairn_varstore_is_whole_(s, &r);
	return ret < 0 ? ret : ret == 0 ? -EIO : 0;
}
