/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "chain.h"

#include "list.h"

/* Whether the certificate's hash is in "dbx". */
CAIRN_RESIDENT static bool is_hash_forbidden(const struct cairn_authenticode_policy *p,
					     const struct cairn_x509 *c)
{
	struct cairn_list_walk w = cairn_authenticode_walk_(&p->forbidden);

	while (cairn_authenticode_next_(&w) > 0) {
		uint8_t digest[CAIRN_HASH_BYTES_MAX];

		if (w.entry.kind != ENTRY_CERTIFICATE_HASH)
			continue;
		cairn_hash_bytes(w.entry.hash, c->tbs.p, c->tbs.n, digest);
		if (memcmp(digest, w.entry.data.p, w.entry.data.n) == 0)
			return true;
	}
	return false;
}

/* Whether the certificate is in the list, or one that vouches for it: *ret_by is the first. */
CAIRN_RESIDENT static enum cairn_verdict ends_in(const struct cairn_authenticode_policy *p,
						 const struct cairn_authenticode_list *list,
						 const struct cairn_x509 *c, uint32_t below,
						 struct cairn_authenticode_entry *ret_by)
{
	struct cairn_list_walk w = cairn_authenticode_walk_(list);
	enum cairn_verdict found = NOT_KNOWN;
	struct cairn_x509 anchor;

	while (cairn_authenticode_next_(&w) > 0) {
		if (w.entry.kind != ENTRY_CERTIFICATE ||
		    !cairn_authenticode_x509_(w.entry.data, &anchor))
			continue;
		if (!cairn_authenticode_same_(anchor.whole, c->whole) &&
		    !cairn_authenticode_vouches_(p, &anchor, c, below))
			continue;
		if (is_hash_forbidden(p, &anchor))
			return FORBIDDEN;
		if (found == NOT_KNOWN)
			*ret_by = w.entry.whole;
		found = ALLOWED;
	}
	return found;
}

/* Out of those that the signature brought along; NULL: none. */
CAIRN_RESIDENT static const struct cairn_x509 *issuer_of(const struct cairn_authenticode_policy *p,
							 const struct cairn_pkcs7 *s,
							 const struct cairn_x509 *c, uint32_t below)
{
	for (uint32_t i = 0; i < s->n_certs; i++)
		if (!cairn_authenticode_same_(s->certs[i].whole, c->whole) &&
		    cairn_authenticode_vouches_(p, &s->certs[i], c, below))
			return &s->certs[i];
	return NULL;
}

/* From the signer upwards, to the end: above one that is allowed there may be a forbidden one. */
CAIRN_RESIDENT enum cairn_verdict cairn_authenticode_follow_(
    const struct cairn_authenticode_policy *p, const struct cairn_pkcs7 *s,
    struct cairn_authenticode_entry *ret_by)
{
	const struct cairn_x509 *c = &s->certs[s->signer];
	enum cairn_verdict verdict = NOT_KNOWN, here;
	struct cairn_authenticode_entry by;

	for (uint32_t below = 0; c && below < CAIRN_AUTHENTICODE_CHAIN_MAX; below++) {
		if (is_hash_forbidden(p, c) ||
		    ends_in(p, &p->forbidden, c, below, &by) != NOT_KNOWN)
			return FORBIDDEN;
		here = ends_in(p, &p->allowed, c, below, &by);
		if (here == FORBIDDEN)
			return FORBIDDEN;
		if (here == ALLOWED && verdict == NOT_KNOWN)
			*ret_by = by;
		if (here == ALLOWED)
			verdict = ALLOWED;
		c = issuer_of(p, s, c, below);
	}
	return verdict;
}

CAIRN_RESIDENT const struct cairn_x509 *cairn_authenticode_top_(
    const struct cairn_authenticode_policy *p, const struct cairn_pkcs7 *s)
{
	const struct cairn_x509 *c = &s->certs[s->signer], *above;

	for (uint32_t below = 0; below < CAIRN_AUTHENTICODE_CHAIN_MAX; below++) {
		above = issuer_of(p, s, c, below);
		if (!above)
			return c;
		c = above;
	}
	return NULL;
}
