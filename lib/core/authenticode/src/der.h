/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * der.h - values of ASN.1's distinguished encoding (X.690, 10), taken one after the other off the
 * front of a range of bytes. What is not distinguished, indefinite lengths above all, is refused.
 */
#ifndef CAIRN_AUTHENTICODE_DER_H
#define CAIRN_AUTHENTICODE_DER_H

#include <cairn/hash.h>

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BITS = 0x03,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0xa0, /* and the number: constructed */
};

struct cairn_der {
	const uint8_t *p;
	size_t n;
};

/*
 * The next value, which must have this tag. ret_body: its contents; ret_whole: with tag and length.
 * Either may be NULL. False, and nothing is changed: another tag, malformed, or nothing there.
 */
CAIRN_MUST_USE bool cairn_authenticode_take_(struct cairn_der *in, uint8_t tag,
					     struct cairn_der *ret_body,
					     struct cairn_der *ret_whole);
/* The same, only that the value may be absent: then true, and ret_body->p is NULL. */
CAIRN_MUST_USE bool cairn_authenticode_take_if_(struct cairn_der *in, uint8_t tag,
						struct cairn_der *ret_body);

bool cairn_authenticode_same_(struct cairn_der a, struct cairn_der b);

/* Object identifiers. */
enum cairn_oid {
	OID_UNKNOWN,
	OID_SIGNED_DATA,
	OID_DATA,
	OID_SPC_INDIRECT,
	OID_SPC_PE_IMAGE,
	OID_CONTENT_TYPE,
	OID_MESSAGE_DIGEST,
	OID_RSA,
	OID_RSA_SHA256,
	OID_RSA_SHA384,
	OID_RSA_SHA512,
	OID_SHA256,
	OID_SHA384,
	OID_SHA512,
	OID_COMMON_NAME,
	OID_KEY_USAGE,
	OID_BASIC_CONSTRAINTS,
	OID_EXTENDED_KEY_USAGE,
};
CAIRN_MUST_USE bool cairn_authenticode_take_oid_(struct cairn_der *in, enum cairn_oid *ret_oid);
/* AlgorithmIdentifier: what comes behind the identifier is NULL, or nothing. */
CAIRN_MUST_USE bool cairn_authenticode_take_algorithm_(struct cairn_der *in,
						       enum cairn_oid *ret_oid);
/* Which hash an algorithm is of: SHA-256, -384 and -512, alone or with RSA. False: none of these.
 */
CAIRN_MUST_USE bool cairn_authenticode_hash_of_(enum cairn_oid oid, enum cairn_hash_kind *ret_kind);

#endif
