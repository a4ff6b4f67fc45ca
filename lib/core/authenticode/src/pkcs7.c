/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "pkcs7.h"

#define ATTRIBUTES_MAX 16u
#define PADDING_MAX    7u

/* Data are elsewhere; any other type's content is here. */
CAIRN_RESIDENT static bool read_content(struct cairn_der in, struct cairn_pkcs7 *s)
{
	struct cairn_der rest;
	enum cairn_oid oid;

	if (!cairn_authenticode_take_oid_(&in, &oid) || oid != s->type)
		return false;
	if (s->type == OID_DATA)
		return in.n == 0;
	return cairn_authenticode_take_(&in, DER_CONTEXT | 0, &rest, NULL) && in.n == 0 &&
	       cairn_authenticode_take_(&rest, DER_SEQUENCE, &s->content, NULL) && rest.n == 0;
}

/* A certificate that is not understood helps nobody; the others may do. */
CAIRN_RESIDENT static bool read_certificates(struct cairn_der in, struct cairn_pkcs7 *s)
{
	struct cairn_der whole;

	while (in.n && s->n_certs < CAIRN_AUTHENTICODE_CERTIFICATES_MAX) {
		if (!cairn_authenticode_take_(&in, DER_SEQUENCE, NULL, &whole))
			return false;
		if (cairn_authenticode_x509_(whole, &s->certs[s->n_certs]))
			s->n_certs++;
	}
	return in.n == 0;
}

CAIRN_RESIDENT static bool find_signer(struct cairn_der name_and_serial, struct cairn_pkcs7 *s)
{
	struct cairn_der issuer, serial;

	if (!cairn_authenticode_take_(&name_and_serial, DER_SEQUENCE, &issuer, NULL) ||
	    !cairn_authenticode_take_(&name_and_serial, DER_INTEGER, &serial, NULL) ||
	    name_and_serial.n)
		return false;
	for (uint32_t i = 0; i < s->n_certs; i++) {
		if (!cairn_authenticode_same_(s->certs[i].issuer, issuer) ||
		    !cairn_authenticode_same_(s->certs[i].serial, serial))
			continue;
		s->signer = i;
		return true;
	}
	return false;
}

CAIRN_RESIDENT static bool read_attribute(enum cairn_oid type, struct cairn_der set,
					  struct cairn_pkcs7 *s, uint32_t *seen)
{
	enum cairn_oid oid;

	if (type != OID_CONTENT_TYPE && type != OID_MESSAGE_DIGEST)
		return true;
	if (*seen & 1u << type)
		return false;
	*seen |= 1u << type;
	if (type == OID_CONTENT_TYPE)
		return cairn_authenticode_take_oid_(&set, &oid) && oid == s->type && set.n == 0;
	return cairn_authenticode_take_(&set, DER_OCTETS, &s->content_digest, NULL) && set.n == 0;
}

/* RFC 2315, 9.2: only of data may there be none, and if there are some, then these two. */
CAIRN_RESIDENT static bool read_attributes(struct cairn_der in, struct cairn_pkcs7 *s)
{
	const uint32_t both = 1u << OID_CONTENT_TYPE | 1u << OID_MESSAGE_DIGEST;
	struct cairn_der body, set;
	uint32_t seen = 0;
	enum cairn_oid type;

	if (!in.p)
		return s->type == OID_DATA;
	for (uint32_t i = 0; in.n; i++)
		if (i == ATTRIBUTES_MAX ||
		    !cairn_authenticode_take_(&in, DER_SEQUENCE, &body, NULL) ||
		    !cairn_authenticode_take_oid_(&body, &type) ||
		    !cairn_authenticode_take_(&body, DER_SET, &set, NULL) || body.n ||
		    !read_attribute(type, set, s, &seen))
			return false;
	return seen == both;
}

CAIRN_RESIDENT static bool take_attributes(struct cairn_der *in, struct cairn_der *ret_body,
					   struct cairn_der *ret_whole)
{
	const uint8_t *start = in->p;

	if (!cairn_authenticode_take_if_(in, DER_CONTEXT | 0, ret_body))
		return false;
	*ret_whole = (struct cairn_der){ 0 };
	if (ret_body->p)
		*ret_whole = (struct cairn_der){ start, (size_t)(in->p - start) };
	return true;
}

CAIRN_RESIDENT static bool read_signer(struct cairn_der in, struct cairn_pkcs7 *s)
{
	struct cairn_der body, id, attributes, ignored;
	enum cairn_hash_kind again;
	enum cairn_oid oid;

	if (!cairn_authenticode_take_(&in, DER_SEQUENCE, &body, NULL) || in.n ||
	    !cairn_authenticode_take_(&body, DER_INTEGER, NULL, NULL) ||
	    !cairn_authenticode_take_(&body, DER_SEQUENCE, &id, NULL) ||
	    !cairn_authenticode_take_algorithm_(&body, &oid) ||
	    !cairn_authenticode_hash_of_(oid, &s->kind) ||
	    !take_attributes(&body, &attributes, &s->attributes) ||
	    !cairn_authenticode_take_algorithm_(&body, &oid) ||
	    !cairn_authenticode_take_(&body, DER_OCTETS, &s->signature, NULL) ||
	    !cairn_authenticode_take_if_(&body, DER_CONTEXT | 1, &ignored) || body.n)
		return false;
	if (oid != OID_RSA && (!cairn_authenticode_hash_of_(oid, &again) || again != s->kind ||
			       oid < OID_RSA_SHA256 || oid > OID_RSA_SHA512))
		return false;
	return find_signer(id, s) && read_attributes(attributes, s);
}

/* The SignedData, out of its ContentInfo where it has one. */
CAIRN_RESIDENT static bool unwrap(struct cairn_der in, enum cairn_oid type, struct cairn_der *ret)
{
	struct cairn_der inner;
	enum cairn_oid oid;

	if (!cairn_authenticode_take_(&in, DER_SEQUENCE, ret, NULL) ||
	    in.n > (type == OID_DATA ? 0 : PADDING_MAX))
		return false;
	if (type == OID_DATA && ret->n && ret->p[0] == DER_INTEGER)
		return true;
	return cairn_authenticode_take_oid_(ret, &oid) && oid == OID_SIGNED_DATA &&
	       cairn_authenticode_take_(ret, DER_CONTEXT | 0, &inner, NULL) && ret->n == 0 &&
	       cairn_authenticode_take_(&inner, DER_SEQUENCE, ret, NULL) && inner.n == 0;
}

CAIRN_RESIDENT bool cairn_authenticode_pkcs7_(struct cairn_der in, enum cairn_oid type,
					      struct cairn_pkcs7 *ret)
{
	struct cairn_der body, content, certs, ignored, signers;

	memset(ret, 0, sizeof(*ret));
	ret->type = type;
	return unwrap(in, type, &body) &&
	       cairn_authenticode_take_(&body, DER_INTEGER, NULL, NULL) &&
	       cairn_authenticode_take_(&body, DER_SET, NULL, NULL) &&
	       cairn_authenticode_take_(&body, DER_SEQUENCE, &content, NULL) &&
	       cairn_authenticode_take_(&body, DER_CONTEXT | 0, &certs, NULL) &&
	       cairn_authenticode_take_if_(&body, DER_CONTEXT | 1, &ignored) &&
	       cairn_authenticode_take_(&body, DER_SET, &signers, NULL) && body.n == 0 &&
	       read_content(content, ret) && read_certificates(certs, ret) &&
	       read_signer(signers, ret);
}

/* The attributes are signed as the set that they are, not as the field that holds them (9.3). */
CAIRN_RESIDENT static void hash_attributes(const struct cairn_pkcs7 *s, uint8_t *ret_digest)
{
	const uint8_t set = DER_SET;
	struct cairn_hash h;

	cairn_hash_init(&h, s->kind);
	cairn_hash_update(&h, &set, 1);
	cairn_hash_update(&h, s->attributes.p + 1, s->attributes.n - 1);
	cairn_hash_final(&h, ret_digest);
}

CAIRN_RESIDENT bool cairn_authenticode_is_signed_(const struct cairn_authenticode_policy *p,
						  const struct cairn_pkcs7 *s,
						  const uint8_t *digest)
{
	const struct cairn_x509 *signer = &s->certs[s->signer];
	uint8_t of_attributes[CAIRN_HASH_BYTES_MAX];

	if (s->attributes.p) {
		if (s->content_digest.n != cairn_hash_size(s->kind) ||
		    memcmp(digest, s->content_digest.p, s->content_digest.n) != 0)
			return false;
		hash_attributes(s, of_attributes);
		digest = of_attributes;
	}
	return p->is_true(&(struct cairn_authenticode_claim){
	    .certificate = signer->whole.p,
	    .certificate_bytes = signer->whole.n,
	    .kind = s->kind,
	    .digest = digest,
	    .signature = s->signature.p,
	    .signature_bytes = s->signature.n,
	});
}
