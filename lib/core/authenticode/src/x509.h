/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* x509.h - what chains need of a certificate (RFC 5280, 4.1). Its key is the caller's to read. */
#ifndef CAIRN_AUTHENTICODE_X509_H
#define CAIRN_AUTHENTICODE_X509_H

#include "der.h"

#include <cairn/authenticode.h>

struct cairn_x509 {
	struct cairn_der whole, tbs, serial, issuer, subject, signature;
	enum cairn_hash_kind kind; /* of the signature */
	bool is_signed;            /* in a way that can be checked: the lines above hold */
	bool is_ca;                /* it may vouch for others */
	uint32_t below_max;        /* authorities between it and the signer */
};

/* False: malformed, followed by something, or with a critical extension that is not known here. */
CAIRN_MUST_USE bool cairn_authenticode_x509_(struct cairn_der whole, struct cairn_x509 *ret);

/* Whether the issuer's key made the signature in c, and it may. below: authorities below it. */
bool cairn_authenticode_vouches_(const struct cairn_authenticode_policy *p,
				 const struct cairn_x509 *issuer, const struct cairn_x509 *c,
				 uint32_t below);

#endif
