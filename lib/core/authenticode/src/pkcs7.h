/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pkcs7.h - one signature (RFC 2315, 9), as Authenticode or UEFI's variables have it. */
#ifndef CAIRN_AUTHENTICODE_PKCS7_H
#define CAIRN_AUTHENTICODE_PKCS7_H

#include "x509.h"

struct cairn_pkcs7 {
	struct cairn_x509 certs[CAIRN_AUTHENTICODE_CERTIFICATES_MAX];
	uint32_t n_certs, signer; /* certs[signer] */
	/* What the signer signed. */
	enum cairn_oid type;
	enum cairn_hash_kind kind;
	struct cairn_der content;        /* p NULL: it is elsewhere */
	struct cairn_der content_digest; /* as it stands among the attributes */
	struct cairn_der attributes; /* with tag and length; p NULL: just the content is signed */
	struct cairn_der signature;
};

/*
 * False: malformed, or not the one form that signatures of this type of content have, by one
 * signer. OID_SPC_INDIRECT: within ContentInfo, with content and attributes, followed by less than
 * 8 bytes. OID_DATA: bare or within ContentInfo, the content elsewhere, with or without attributes.
 */
CAIRN_MUST_USE bool cairn_authenticode_pkcs7_(struct cairn_der in, enum cairn_oid type,
					      struct cairn_pkcs7 *ret);

/* Whether the signer signed the content that has this digest, of s->kind. */
bool cairn_authenticode_is_signed_(const struct cairn_authenticode_policy *p,
				   const struct cairn_pkcs7 *s, const uint8_t *digest);

#endif
