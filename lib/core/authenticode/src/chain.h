/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* chain.h - who vouches for a signer, among the certificates that a signature brings and lists. */
#ifndef CAIRN_AUTHENTICODE_CHAIN_H
#define CAIRN_AUTHENTICODE_CHAIN_H

#include "pkcs7.h"

enum cairn_verdict { NOT_KNOWN, ALLOWED, FORBIDDEN };

/*
 * Whether the signer, or one who vouches for it, is allowed, and none of them forbidden. ret_by, if
 * ALLOWED is returned: the entry of whoever is nearest to the signer.
 */
enum cairn_verdict cairn_authenticode_follow_(const struct cairn_authenticode_policy *p,
					      const struct cairn_pkcs7 *s,
					      struct cairn_authenticode_entry *ret_by);

/*
 * The last of those that vouch for the signer out of the certificates that the signature brings;
 * the signer, if nobody does. NULL: after CAIRN_AUTHENTICODE_CHAIN_MAX certificates there are still
 * more.
 */
const struct cairn_x509 *cairn_authenticode_top_(const struct cairn_authenticode_policy *p,
						 const struct cairn_pkcs7 *s);

#endif
