/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "x509.h"

#define VERSION_TAG        (DER_CONTEXT | 0)
#define EXTENSIONS_TAG     (DER_CONTEXT | 3)
#define ISSUER_ID_TAG      0x81
#define SUBJECT_ID_TAG     0x82
#define KEY_CERT_SIGN      0x04 /* RFC 5280, 4.2.1.3: bit 5, from the left */
#define EXTENSIONS_MAX     32u
#define PATH_WITHOUT_LIMIT UINT32_MAX

CAIRN_RESIDENT static bool read_basic_constraints(struct cairn_der value, struct cairn_x509 *c)
{
	struct cairn_der body, flag, path;

	if (!cairn_authenticode_take_(&value, DER_SEQUENCE, &body, NULL) || value.n ||
	    !cairn_authenticode_take_if_(&body, DER_BOOLEAN, &flag) ||
	    !cairn_authenticode_take_if_(&body, DER_INTEGER, &path) || body.n)
		return false;
	if (flag.p && (flag.n != 1 || flag.p[0] != 0xff))
		return false;
	if (path.p && (path.n != 1 || path.p[0] > 0x7f))
		return false;
	c->is_ca = flag.p != NULL;
	c->below_max = path.p ? path.p[0] : PATH_WITHOUT_LIMIT;
	return true;
}

CAIRN_RESIDENT static bool read_key_usage(struct cairn_der value, bool *ret_may_certify)
{
	struct cairn_der bits;

	if (!cairn_authenticode_take_(&value, DER_BITS, &bits, NULL) || value.n || bits.n < 1)
		return false;
	*ret_may_certify = bits.n > 1 && (bits.p[1] & KEY_CERT_SIGN);
	return true;
}

/* 4.2. The same extension twice makes a certificate that says two things: none. */
CAIRN_RESIDENT static bool read_extensions(struct cairn_der list, struct cairn_x509 *c)
{
	struct cairn_der body, flag, value;
	bool may_certify = true;
	uint32_t seen = 0;
	enum cairn_oid oid;

	for (uint32_t i = 0; list.n; i++) {
		if (i == EXTENSIONS_MAX ||
		    !cairn_authenticode_take_(&list, DER_SEQUENCE, &body, NULL) ||
		    !cairn_authenticode_take_oid_(&body, &oid) ||
		    !cairn_authenticode_take_if_(&body, DER_BOOLEAN, &flag) ||
		    !cairn_authenticode_take_(&body, DER_OCTETS, &value, NULL) || body.n)
			return false;
		if (oid != OID_UNKNOWN && (seen & 1u << oid))
			return false;
		seen |= 1u << oid;
		if (oid == OID_BASIC_CONSTRAINTS && !read_basic_constraints(value, c))
			return false;
		if (oid == OID_KEY_USAGE && !read_key_usage(value, &may_certify))
			return false;
		if (flag.p && oid != OID_BASIC_CONSTRAINTS && oid != OID_KEY_USAGE &&
		    oid != OID_EXTENDED_KEY_USAGE)
			return false;
	}
	c->is_ca = c->is_ca && may_certify;
	return true;
}

CAIRN_RESIDENT static bool read_tbs(struct cairn_der tbs, struct cairn_x509 *c,
				    struct cairn_der *ret_algorithm)
{
	struct cairn_der ignored, extensions, list;

	if (!cairn_authenticode_take_if_(&tbs, VERSION_TAG, &ignored) ||
	    !cairn_authenticode_take_(&tbs, DER_INTEGER, &c->serial, NULL) ||
	    !cairn_authenticode_take_(&tbs, DER_SEQUENCE, NULL, ret_algorithm) ||
	    !cairn_authenticode_take_(&tbs, DER_SEQUENCE, &c->issuer, NULL) ||
	    !cairn_authenticode_take_(&tbs, DER_SEQUENCE, NULL, NULL) || /* validity */
	    !cairn_authenticode_take_(&tbs, DER_SEQUENCE, &c->subject, NULL) ||
	    !cairn_authenticode_take_(&tbs, DER_SEQUENCE, NULL, NULL) || /* the key */
	    !cairn_authenticode_take_if_(&tbs, ISSUER_ID_TAG, &ignored) ||
	    !cairn_authenticode_take_if_(&tbs, SUBJECT_ID_TAG, &ignored) ||
	    !cairn_authenticode_take_if_(&tbs, EXTENSIONS_TAG, &extensions) || tbs.n)
		return false;
	if (!extensions.p)
		return true;
	return cairn_authenticode_take_(&extensions, DER_SEQUENCE, &list, NULL) && !extensions.n &&
	       read_extensions(list, c);
}

CAIRN_RESIDENT bool cairn_authenticode_x509_(struct cairn_der whole, struct cairn_x509 *ret)
{
	struct cairn_der rest = whole, body, tbs, inner, outer, bits;
	enum cairn_oid oid;

	*ret = (struct cairn_x509){ .whole = whole };
	if (!cairn_authenticode_take_(&rest, DER_SEQUENCE, &body, NULL) || rest.n ||
	    !cairn_authenticode_take_(&body, DER_SEQUENCE, &tbs, &ret->tbs) ||
	    !cairn_authenticode_take_(&body, DER_SEQUENCE, NULL, &outer) ||
	    !cairn_authenticode_take_(&body, DER_BITS, &bits, NULL) || body.n || bits.n < 1 ||
	    bits.p[0] != 0 || !read_tbs(tbs, ret, &inner) ||
	    !cairn_authenticode_same_(inner, outer))
		return false;
	ret->signature = (struct cairn_der){ bits.p + 1, bits.n - 1 };
	ret->is_signed = cairn_authenticode_take_algorithm_(&outer, &oid) &&
			 oid >= OID_RSA_SHA256 && oid <= OID_RSA_SHA512 &&
			 cairn_authenticode_hash_of_(oid, &ret->kind);
	return true;
}

CAIRN_RESIDENT bool cairn_authenticode_vouches_(const struct cairn_authenticode_policy *p,
						const struct cairn_x509 *issuer,
						const struct cairn_x509 *c, uint32_t below)
{
	uint8_t digest[CAIRN_HASH_BYTES_MAX];

	if (!c->is_signed || !issuer->is_ca || below > issuer->below_max ||
	    !cairn_authenticode_same_(c->issuer, issuer->subject))
		return false;
	cairn_hash_bytes(c->kind, c->tbs.p, c->tbs.n, digest);
	return p->is_true(&(struct cairn_authenticode_claim){
	    .certificate = issuer->whole.p,
	    .certificate_bytes = issuer->whole.n,
	    .kind = c->kind,
	    .digest = digest,
	    .signature = c->signature.p,
	    .signature_bytes = c->signature.n,
	});
}
