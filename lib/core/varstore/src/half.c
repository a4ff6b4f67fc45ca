/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/crc.h>
#include <cairn/le.h>

#include "half.h"

#define RECORD_MARK_VALUE 0x56u
#define NAME_BYTES_MIN    4u /* a character and the NUL */

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

CAIRN_RESIDENT static uint32_t record_crc(const uint8_t *raw)
{
	return cairn_crc_ieee(0, raw + RECORD_MARK, RECORD_CRC - RECORD_MARK);
}

/* Lengths first: nothing may be beyond the half, nor a sum beyond 32 bits. */
CAIRN_RESIDENT static bool parse(const struct cairn_varstore *s, uint32_t at, const uint8_t *raw,
				 struct varstore_record *r)
{
	uint32_t name = (uint32_t)cairn_le_load(raw + RECORD_NAME_BYTES, 2);
	uint32_t data = (uint32_t)cairn_le_load(raw + RECORD_DATA_BYTES, 4);

	if (raw[RECORD_MARK] != RECORD_MARK_VALUE ||
	    cairn_le_load(raw + RECORD_CRC, 4) != record_crc(raw))
		return false;
	if (name < NAME_BYTES_MIN || name > CAIRN_VARSTORE_NAME_BYTES_MAX || name % 2 ||
	    data > s->half_bytes || cairn_varstore_cost(name, data) > s->half_bytes - at)
		return false;
	r->e.name_bytes = name;
	r->e.data_bytes = data;
	r->e.attributes = (uint32_t)cairn_le_load(raw + RECORD_ATTRIBUTES, 4);
	r->e.at = at;
	memcpy(r->e.guid, raw + RECORD_GUID, sizeof(r->e.guid));
	memcpy(r->e.time, raw + RECORD_TIME, sizeof(r->e.time));
	r->bytes = cairn_varstore_cost(name, data);
	r->body_crc = (uint32_t)cairn_le_load(raw + RECORD_BODY_CRC, 4);
	r->is_live = raw[RECORD_STATE] == VARSTORE_ERASED;
	return true;
}

CAIRN_RESIDENT int cairn_varstore_record_(const struct cairn_varstore *s, uint32_t at,
					  struct varstore_record *ret)
{
	uint8_t raw[VARSTORE_RECORD_BYTES], all = VARSTORE_ERASED;
	int r;

	if (s->half_bytes - at < sizeof(raw))
		return VARSTORE_END;
	r = read_at(s, s->base + at, raw, sizeof(raw));
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < sizeof(raw); i++)
		all &= raw[i];
	if (all == VARSTORE_ERASED)
		return VARSTORE_END;
	return parse(s, at, raw, ret) ? VARSTORE_RECORD : VARSTORE_TORN;
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
	ret = program_at(s, s->base + r->e.at + RECORD_STATE, &zero, 1);
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
					      uint8_t *raw)
{
	memset(raw, VARSTORE_ERASED, VARSTORE_HEADER_BYTES);
	cairn_le_store(raw + HALF_MAGIC, 8, VARSTORE_MAGIC);
	cairn_le_store(raw + HALF_VERSION, 4, VARSTORE_VERSION);
	cairn_le_store(raw + HALF_GENERATION, 4, generation);
	cairn_le_store(raw + HALF_BYTES, 4, s->half_bytes);
	cairn_le_store(raw + HALF_CRC, 4, cairn_crc_ieee(0, raw, HALF_CRC));
}

CAIRN_RESIDENT int cairn_varstore_header_(const struct cairn_varstore *s, uint32_t base,
					  uint32_t *ret_generation)
{
	uint8_t raw[VARSTORE_HEADER_BYTES], want[VARSTORE_HEADER_BYTES];
	int ret = read_at(s, base, raw, sizeof(raw));

	if (ret < 0)
		return ret;
	*ret_generation = (uint32_t)cairn_le_load(raw + HALF_GENERATION, 4);
	cairn_varstore_header_of_(s, *ret_generation, want);
	return memcmp(raw, want, sizeof(raw)) == 0;
}

CAIRN_RESIDENT int cairn_varstore_commit_(struct cairn_varstore *s, uint32_t base,
					  uint32_t generation)
{
	uint8_t raw[VARSTORE_HEADER_BYTES];
	uint32_t got;
	int ret;

	cairn_varstore_header_of_(s, generation, raw);
	ret = program_at(s, base, raw, sizeof(raw));
	if (ret == 0)
		ret = cairn_varstore_header_(s, base, &got);
	if (ret <= 0)
		return ret < 0 ? ret : -EIO;
	s->base = base;
	s->generation = generation;
	return 0;
}

/* The header first: where it is torn nothing behind it is looked at, and a torn body has no CRC. */
CAIRN_RESIDENT int cairn_varstore_write_(struct cairn_varstore *s, uint32_t at,
					 const struct cairn_varstore_key *key,
					 const struct cairn_varstore_value *value)
{
	uint8_t raw[VARSTORE_RECORD_BYTES];
	struct varstore_record r;
	uint32_t crc = cairn_crc_ieee(0, key->name, key->name_bytes);
	int ret;

	memset(raw, VARSTORE_ERASED, sizeof(raw));
	raw[RECORD_MARK] = RECORD_MARK_VALUE;
	cairn_le_store(raw + RECORD_NAME_BYTES, 2, key->name_bytes);
	cairn_le_store(raw + RECORD_DATA_BYTES, 4, value->data_bytes);
	cairn_le_store(raw + RECORD_ATTRIBUTES, 4, value->attributes);
	cairn_le_store(raw + RECORD_BODY_CRC, 4,
		       cairn_crc_ieee(crc, value->data, value->data_bytes));
	memcpy(raw + RECORD_GUID, key->guid, sizeof(key->guid));
	memcpy(raw + RECORD_TIME, value->time, sizeof(value->time));
	cairn_le_store(raw + RECORD_CRC, 4, record_crc(raw));
	ret = program_at(s, s->base + at, raw, sizeof(raw));
	at += VARSTORE_RECORD_BYTES;
	if (ret == 0)
		ret = program_at(s, s->base + at, key->name, key->name_bytes);
	if (ret == 0)
		ret = program_at(s, s->base + at + key->name_bytes, value->data, value->data_bytes);
	if (ret == 0)
		ret = cairn_varstore_record_(s, at - VARSTORE_RECORD_BYTES, &r);
	if (ret != VARSTORE_RECORD)
		return ret < 0 ? ret : -EIO;
	ret = cairn_varstore_is_whole_(s, &r);
	return ret < 0 ? ret : ret == 0 ? -EIO : 0;
}
