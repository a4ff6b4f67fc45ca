/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pkcs7.h - one signature of a program: RFC 2315, 9, as Authenticode fills it. */
#ifndef CAIRN_AUTHENTICODE_PKCS7_H
#define CAIRN_AUTHENTICODE_PKCS7_H

#include "x509.h"

struct cairn_pkcs7 {
	enum cairn_hash_kind image_kind; /* what it says about the program */
	struct cairn_der image_digest;
	struct cairn_x509 certs[CAIRN_AUTHENTICODE_CERTIFICATES_MAX];
	uint32_t n_certs, signer; /* certs[signer] */
	/* What the signer signed. */
	enum cairn_hash_kind kind;
	struct cairn_der content;        /* whose digest is content_digest */
	struct cairn_der content_digest; /* as it stands among the attributes */
	struct cairn_der attributes;     /* with tag and length */
	struct cairn_der signature;
};

/* False: malformed, or not the one form that Authenticode has: one signer, with attributes. */
CAIRN_MUST_USE bool cairn_authenticode_pkcs7_(struct cairn_der in, struct cairn_pkcs7 *ret);

/* Whether the signer signed what stands there. What is true of the program is the caller's. */
bool cairn_authenticode_is_signed_(const struct cairn_authenticode_policy *p,
				   const struct cairn_pkcs7 *s);

#endif
