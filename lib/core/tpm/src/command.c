/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/cursor.h>
#include <cairn/le.h>
#include <cairn/tpm.h>

#include "wire.h"

enum { /* TPM_CC, part 2, 6.5.2 */
       CC_HIERARCHY_CHANGE_AUTH = 0x129,
       CC_PCR_EVENT = 0x13c,
       CC_STARTUP = 0x144,
       CC_GET_CAPABILITY = 0x17a,
       CC_GET_RANDOM = 0x17b,
       CC_PCR_READ = 0x17e,
       CC_PCR_EXTEND = 0x182,

       RH_PLATFORM = 0x4000000c,
       RS_PASSWORD = 0x40000009,
};

static const uint16_t algs[CAIRN_TPM_KINDS] = {
	[CAIRN_SHA1] = 0x0004,
	[CAIRN_SHA256] = 0x000b,
	[CAIRN_SHA384] = 0x000c,
	[CAIRN_SHA512] = 0x000d,
};

uint16_t cairn_tpm_alg(enum cairn_hash_kind kind)
{
	return algs[kind];
}

int cairn_tpm_kind(uint16_t alg, enum cairn_hash_kind *ret_kind)
{
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++)
		if (algs[i] == alg) {
			*ret_kind = (enum cairn_hash_kind)i;
			return 0;
		}
	return -ENOTSUP;
}

void cairn_tpm_digest(cairn_tpm_kinds kinds, const void *bytes, size_t n,
		      struct cairn_tpm_digests *ret)
{
	ret->kinds = kinds;
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++)
		if (kinds & 1u << i)
			cairn_hash_bytes((enum cairn_hash_kind)i, bytes, n, ret->v[i]);
}

static void put16(struct cairn_writer *w, uint32_t v)
{
	cairn_be16 wire = cairn_be16_of((uint16_t)v);

	cairn_writer_bytes(w, &wire, sizeof(wire));
}

static void put32(struct cairn_writer *w, uint32_t v)
{
	cairn_be32 wire = cairn_be32_of(v);

	cairn_writer_bytes(w, &wire, sizeof(wire));
}

/* The size follows in finish(). */
static struct cairn_writer begin(uint8_t *dst, uint32_t tag, uint32_t code)
{
	struct cairn_writer w;

	cairn_writer_init(&w, dst, CAIRN_TPM_COMMAND_MAX);
	put16(&w, tag);
	put32(&w, 0);
	put32(&w, code);
	return w;
}

static size_t finish(struct cairn_writer *w)
{
	cairn_be32 size = cairn_be32_of((uint32_t)w->need);

	cairn_writer_patch(w, 2, &size, sizeof(size));
	return w->need;
}

/* Part 1, 19.4: the empty password, for what nobody has given another one. */
static void put_no_password(struct cairn_writer *w)
{
	put32(w, 9);
	put32(w, RS_PASSWORD);
	put16(w, 0); /* nonce */
	cairn_writer_u8(w, 0);
	put16(w, 0); /* password */
}

size_t cairn_tpm_startup(uint8_t *dst)
{
	struct cairn_writer w = begin(dst, ST_NO_SESSIONS, CC_STARTUP);

	put16(&w, 0);
	return finish(&w);
}

static size_t get_capability(uint8_t *dst, uint32_t capability, uint32_t property)
{
	struct cairn_writer w = begin(dst, ST_NO_SESSIONS, CC_GET_CAPABILITY);

	put32(&w, capability);
	put32(&w, property);
	put32(&w, 1);
	return finish(&w);
}

size_t cairn_tpm_get_banks(uint8_t *dst)
{
	return get_capability(dst, CAP_PCRS, 0);
}

size_t cairn_tpm_get_property(uint8_t *dst, enum cairn_tpm_property property)
{
	return get_capability(dst, CAP_PROPERTIES, property);
}

size_t cairn_tpm_pcr_read(uint8_t *dst, enum cairn_hash_kind kind, uint32_t pcr)
{
	struct cairn_writer w = begin(dst, ST_NO_SESSIONS, CC_PCR_READ);

	put32(&w, 1);
	put16(&w, algs[kind]);
	cairn_writer_u8(&w, PCR_SELECT_BYTES);
	for (uint32_t i = 0; i < PCR_SELECT_BYTES; i++)
		cairn_writer_u8(&w, (uint8_t)(pcr / 8 == i ? 1u << pcr % 8 : 0));
	return finish(&w);
}

size_t cairn_tpm_pcr_extend(uint8_t *dst, uint32_t pcr, const struct cairn_tpm_digests *digests)
{
	struct cairn_writer w = begin(dst, ST_SESSIONS, CC_PCR_EXTEND);
	uint32_t n = 0;

	put32(&w, pcr);
	put_no_password(&w);
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++)
		n += digests->kinds >> i & 1;
	put32(&w, n);
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++) {
		if (!(digests->kinds & 1u << i))
			continue;
		put16(&w, algs[i]);
		cairn_writer_bytes(&w, digests->v[i], cairn_hash_size((enum cairn_hash_kind)i));
	}
	return finish(&w);
}

size_t cairn_tpm_pcr_event(uint8_t *dst, uint32_t pcr, const void *bytes, size_t n)
{
	struct cairn_writer w = begin(dst, ST_SESSIONS, CC_PCR_EVENT);

	put32(&w, pcr);
	put_no_password(&w);
	put16(&w, (uint32_t)n);
	cairn_writer_bytes(&w, bytes, n);
	return finish(&w);
}

size_t cairn_tpm_get_random(uint8_t *dst, uint16_t n)
{
	struct cairn_writer w = begin(dst, ST_NO_SESSIONS, CC_GET_RANDOM);

	put16(&w, n);
	return finish(&w);
}

size_t cairn_tpm_set_platform_auth(uint8_t *dst, const void *auth, size_t n)
{
	struct cairn_writer w = begin(dst, ST_SESSIONS, CC_HIERARCHY_CHANGE_AUTH);

	put32(&w, RH_PLATFORM);
	put_no_password(&w);
	put16(&w, (uint32_t)n);
	cairn_writer_bytes(&w, auth, n);
	return finish(&w);
}
