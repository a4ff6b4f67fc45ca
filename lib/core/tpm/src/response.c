/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/cursor.h>
#include <cairn/le.h>
#include <cairn/tpm.h>

#include "wire.h"

#define BANKS_MAX 16u /* HASH_COUNT is 3 to 8; a TPM that claims more is not believed */

static uint16_t get16(struct cairn_reader *r)
{
	return cairn_swap16_(cairn_reader_le16(r));
}

static uint32_t get32(struct cairn_reader *r)
{
	return cairn_swap32_(cairn_reader_le32(r));
}

static struct cairn_reader body_of(const struct cairn_tpm_response *response)
{
	struct cairn_reader r;

	cairn_reader_init(&r, response->body, response->n);
	return r;
}

int cairn_tpm_parse(const uint8_t *bytes, size_t n, struct cairn_tpm_response *ret)
{
	struct cairn_reader r;
	uint32_t tag, size, rc;

	cairn_reader_init(&r, bytes, n);
	tag = get16(&r);
	size = get32(&r);
	rc = get32(&r);
	if (r.failed || size != n || (tag != ST_NO_SESSIONS && tag != ST_SESSIONS))
		return -EPROTO;
	*ret = (struct cairn_tpm_response){ .rc = rc, .body = bytes + r.at, .n = n - r.at };
	return 0;
}

/* Part 2, 10.6.2: TPMS_PCR_SELECTION. Returns whether any PCR is in it. */
static bool get_selection(struct cairn_reader *r, uint16_t *ret_alg)
{
	uint8_t n, any = 0;

	*ret_alg = get16(r);
	n = cairn_reader_u8(r);
	for (uint8_t i = 0; i < n; i++)
		any |= cairn_reader_u8(r);
	return any;
}

int cairn_tpm_banks(const struct cairn_tpm_response *response, struct cairn_tpm_banks *ret)
{
	struct cairn_reader r = body_of(response);
	struct cairn_tpm_banks banks = { 0 };
	uint32_t capability;

	(void)cairn_reader_u8(&r); /* more data */
	capability = get32(&r);
	banks.n_supported = get32(&r);
	if (r.failed || capability != CAP_PCRS || banks.n_supported > BANKS_MAX)
		return -EPROTO;
	for (uint32_t i = 0; i < banks.n_supported; i++) {
		enum cairn_hash_kind kind;
		uint16_t alg;
		bool is_active = get_selection(&r, &alg);

		if (cairn_tpm_kind(alg, &kind) < 0) {
			banks.has_unknown |= is_active;
			continue;
		}
		banks.supported |= 1u << kind;
		banks.active |= is_active ? 1u << kind : 0;
	}
	if (r.failed)
		return -EPROTO;
	*ret = banks;
	return 0;
}

int cairn_tpm_property(const struct cairn_tpm_response *response, enum cairn_tpm_property which,
		       uint32_t *ret_value)
{
	struct cairn_reader r = body_of(response);
	uint32_t capability, n, property, value;

	(void)cairn_reader_u8(&r); /* more data */
	capability = get32(&r);
	n = get32(&r);
	property = get32(&r);
	value = get32(&r);
	if (r.failed || capability != CAP_PROPERTIES || n != 1 || property != which)
		return -EPROTO;
	*ret_value = value;
	return 0;
}

int cairn_tpm_pcr_value(const struct cairn_tpm_response *response, enum cairn_hash_kind kind,
			uint8_t *ret_digest)
{
	struct cairn_reader r = body_of(response);
	uint32_t size = cairn_hash_size(kind), n;
	uint16_t alg;
	bool any;

	cairn_reader_skip(&r, 4); /* how often PCRs have changed */
	n = get32(&r);
	if (n != 1)
		return -EPROTO;
	any = get_selection(&r, &alg);
	n = get32(&r);
	if (!any || alg != cairn_tpm_alg(kind) || n != 1 || get16(&r) != size ||
	    cairn_reader_left(&r) < size)
		return -EPROTO;
	cairn_reader_bytes(&r, ret_digest, size);
	return 0;
}

int cairn_tpm_random(const struct cairn_tpm_response *response, uint8_t *dst, size_t cap,
		     size_t *ret_n)
{
	struct cairn_reader r = body_of(response);
	size_t n = get16(&r);

	if (n == 0 || n > cap || n > cairn_reader_left(&r))
		return -EPROTO;
	cairn_reader_bytes(&r, dst, n);
	*ret_n = n;
	return 0;
}
