/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "der.h"

#define LENGTH_BYTES_MAX 4u

/* Behind the tag: X.690, 8.1.3 and 10.1. False: not the shortest form, or longer than what is
 * there. */
CAIRN_RESIDENT static bool take_length(struct cairn_der *in, size_t *ret_length)
{
	size_t length, bytes;

	if (in->n < 1)
		return false;
	length = *in->p++;
	in->n--;
	if (length >= 0x80) {
		bytes = length & 0x7f;
		if (bytes < 1 || bytes > LENGTH_BYTES_MAX || bytes > in->n || in->p[0] == 0)
			return false;
		length = 0;
		for (size_t i = 0; i < bytes; i++)
			length = length << 8 | in->p[i];
		in->p += bytes;
		in->n -= bytes;
		if (length < 0x80)
			return false;
	}
	*ret_length = length;
	return length <= in->n;
}

CAIRN_RESIDENT bool cairn_authenticode_take_(struct cairn_der *in, uint8_t tag,
					     struct cairn_der *ret_body,
					     struct cairn_der *ret_whole)
{
	struct cairn_der rest = *in, body;

	if (in->n < 1 || in->p[0] != tag)
		return false;
	rest.p++;
	rest.n--;
	if (!take_length(&rest, &body.n))
		return false;
	body.p = rest.p;
	rest.p += body.n;
	rest.n -= body.n;
	if (ret_body)
		*ret_body = body;
	if (ret_whole)
		*ret_whole = (struct cairn_der){ in->p, in->n - rest.n };
	*in = rest;
	return true;
}

CAIRN_RESIDENT bool cairn_authenticode_take_if_(struct cairn_der *in, uint8_t tag,
						struct cairn_der *ret_body)
{
	*ret_body = (struct cairn_der){ 0 };
	if (in->n == 0 || in->p[0] != tag)
		return true;
	return cairn_authenticode_take_(in, tag, ret_body, NULL);
}

CAIRN_RESIDENT bool cairn_authenticode_same_(struct cairn_der a, struct cairn_der b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static const struct {
	uint8_t n, bytes[10];
} oids[] CAIRN_RESIDENT_DATA = {
	[OID_SIGNED_DATA] = { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2 } },
	[OID_DATA] = { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1 } },
	[OID_SPC_INDIRECT] = { 10, { 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4 } },
	[OID_SPC_PE_IMAGE] = { 10, { 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 15 } },
	[OID_CONTENT_TYPE] = { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3 } },
	[OID_MESSAGE_DIGEST] = { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4 } },
	[OID_RSA] = { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1 } },
	[OID_RSA_SHA256] = { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11 } },
	[OID_RSA_SHA384] = { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12 } },
	[OID_RSA_SHA512] = { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13 } },
	[OID_SHA256] = { 9, { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1 } },
	[OID_SHA384] = { 9, { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2 } },
	[OID_SHA512] = { 9, { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3 } },
	[OID_COMMON_NAME] = { 3, { 0x55, 4, 3 } },
	[OID_KEY_USAGE] = { 3, { 0x55, 0x1d, 15 } },
	[OID_BASIC_CONSTRAINTS] = { 3, { 0x55, 0x1d, 19 } },
	[OID_EXTENDED_KEY_USAGE] = { 3, { 0x55, 0x1d, 37 } },
};

CAIRN_RESIDENT bool cairn_authenticode_take_oid_(struct cairn_der *in, enum cairn_oid *ret_oid)
{
	struct cairn_der body;

	if (!cairn_authenticode_take_(in, DER_OID, &body, NULL))
		return false;
	*ret_oid = OID_UNKNOWN;
	for (uint32_t i = OID_UNKNOWN + 1; i < CAIRN_ARRAY_LEN(oids); i++)
		if (oids[i].n == body.n && memcmp(oids[i].bytes, body.p, body.n) == 0)
			*ret_oid = (enum cairn_oid)i;
	return true;
}

CAIRN_RESIDENT bool cairn_authenticode_take_algorithm_(struct cairn_der *in,
						       enum cairn_oid *ret_oid)
{
	struct cairn_der rest = *in, body;

	if (!cairn_authenticode_take_(&rest, DER_SEQUENCE, &body, NULL) ||
	    !cairn_authenticode_take_oid_(&body, ret_oid))
		return false;
	if (*ret_oid != OID_UNKNOWN && body.n != 0 &&
	    !(body.n == 2 && body.p[0] == 0x05 && body.p[1] == 0))
		return false;
	*in = rest;
	return true;
}

CAIRN_RESIDENT bool cairn_authenticode_hash_of_(enum cairn_oid oid, enum cairn_hash_kind *ret_kind)
{
	if (oid == OID_SHA256 || oid == OID_RSA_SHA256)
		*ret_kind = CAIRN_SHA256;
	else if (oid == OID_SHA384 || oid == OID_RSA_SHA384)
		*ret_kind = CAIRN_SHA384;
	else if (oid == OID_SHA512 || oid == OID_RSA_SHA512)
		*ret_kind = CAIRN_SHA512;
	else
		return false;
	return true;
}
