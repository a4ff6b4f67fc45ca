/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* UEFI 2.10, 32.5.3.3: what is forbidden comes first, whatever else holds. */
#include <cairn/le.h>

#include "list.h"
#include "pkcs7.h"

enum { CERT_HEADER_BYTES = 8, CERT_REVISION = 0x0200, CERT_PKCS7 = 2, CERT_ALIGN = 8 };

struct program {
	const struct cairn_authenticode_policy *policy;
	const uint8_t *file;
	size_t n;
	const struct cairn_pe *pe;
	struct { /* each is made once, when it is asked for */
		bool is_there;
		uint8_t bytes[CAIRN_HASH_BYTES_MAX];
	} digests[CAIRN_SHA512 + 1];
};

static int digest_of(struct program *prog, enum cairn_hash_kind kind, struct cairn_der *ret,
		     struct cairn_err *err)
{
	uint8_t *bytes = prog->digests[kind].bytes;
	int r = 0;

	if (!prog->digests[kind].is_there)
		r = cairn_authenticode_digest(kind, prog->file, prog->n, prog->pe, bytes, err);
	if (r < 0)
		return r;
	prog->digests[kind].is_there = true;
	*ret = (struct cairn_der){ bytes, cairn_hash_size(kind) };
	return 0;
}

/* Returns 1: the program's digest is in the list; 0; or as the digest. */
static int is_listed(struct program *prog, const struct cairn_authenticode_list *list,
		     struct cairn_err *err)
{
	struct cairn_list_walk w = cairn_authenticode_walk_(list);
	struct cairn_der digest;

	while (cairn_authenticode_next_(&w) > 0) {
		int r;

		if (w.entry.kind != ENTRY_IMAGE_HASH)
			continue;
		r = digest_of(prog, w.entry.hash, &digest, err);
		if (r < 0)
			return r;
		if (cairn_authenticode_same_(digest, w.entry.data))
			return 1;
	}
	return 0;
}

/* Whether the certificate's hash is in "dbx". */
static bool is_hash_forbidden(const struct cairn_authenticode_policy *p, const struct cairn_x509 *c)
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

enum verdict { NOT_KNOWN, ALLOWED, FORBIDDEN };

/* Whether the certificate is in the list, or one that vouches for it. */
static enum verdict ends_in(const struct cairn_authenticode_policy *p,
			    const struct cairn_authenticode_list *list, const struct cairn_x509 *c,
			    uint32_t below)
{
	struct cairn_list_walk w = cairn_authenticode_walk_(list);
	enum verdict found = NOT_KNOWN;
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
		found = ALLOWED;
	}
	return found;
}

/* Out of those that the signature brought along; NULL: none. */
static const struct cairn_x509 *issuer_of(const struct cairn_authenticode_policy *p,
					  const struct cairn_pkcs7 *s, const struct cairn_x509 *c,
					  uint32_t below)
{
	for (uint32_t i = 0; i < s->n_certs; i++)
		if (&s->certs[i] != c && cairn_authenticode_vouches_(p, &s->certs[i], c, below))
			return &s->certs[i];
	return NULL;
}

/* From the signer upwards, to the end: above one that is allowed there may be a forbidden one. */
static enum verdict follow_chain(const struct cairn_authenticode_policy *p,
				 const struct cairn_pkcs7 *s)
{
	const struct cairn_x509 *c = &s->certs[s->signer];
	enum verdict verdict = NOT_KNOWN, here;

	for (uint32_t below = 0; c && below < CAIRN_AUTHENTICODE_CHAIN_MAX; below++) {
		if (is_hash_forbidden(p, c) || ends_in(p, &p->forbidden, c, below) != NOT_KNOWN)
			return FORBIDDEN;
		here = ends_in(p, &p->allowed, c, below);
		if (here == FORBIDDEN)
			return FORBIDDEN;
		if (here == ALLOWED)
			verdict = ALLOWED;
		c = issuer_of(p, s, c, below);
	}
	return verdict;
}

/* *why: what was wrong, when NOT_KNOWN is returned. */
static int judge_signature(struct program *prog, struct cairn_der der, enum verdict *ret,
			   const char **why, struct cairn_err *err)
{
	struct cairn_pkcs7 s;
	struct cairn_der digest;
	int r;

	*ret = NOT_KNOWN;
	*why = "its signature is malformed, or of an unknown kind";
	if (!cairn_authenticode_pkcs7_(der, &s))
		return 0;
	r = digest_of(prog, s.image_kind, &digest, err);
	if (r < 0)
		return r;
	*why = "it was changed after it was signed";
	if (!cairn_authenticode_same_(digest, s.image_digest) ||
	    !cairn_authenticode_is_signed_(prog->policy, &s))
		return 0;
	*why = "nobody who is trusted signed it";
	*ret = follow_chain(prog->policy, &s);
	return 0;
}

/* PE/COFF, 5.7: the next one's PKCS#7, empty where it is something else. False: there is none. */
static bool next_signature(struct cairn_der *table, struct cairn_der *ret)
{
	uint64_t bytes, step;

	if (table->n < CERT_HEADER_BYTES)
		return false;
	bytes = cairn_le_load(table->p, 4);
	if (bytes < CERT_HEADER_BYTES || bytes > table->n)
		return false;
	*ret = (struct cairn_der){ table->p + CERT_HEADER_BYTES, bytes - CERT_HEADER_BYTES };
	if (cairn_le_load(table->p + 4, 2) != CERT_REVISION ||
	    cairn_le_load(table->p + 6, 2) != CERT_PKCS7)
		ret->n = 0;
	step = (bytes + CERT_ALIGN - 1) & ~(uint64_t)(CERT_ALIGN - 1);
	if (step > table->n)
		step = table->n;
	table->p += step;
	table->n -= step;
	return true;
}

static int judge_signatures(struct program *prog, enum verdict *ret, const char **why,
			    struct cairn_err *err)
{
	struct cairn_der table = { prog->file + prog->pe->certs_at, prog->pe->certs_len }, der;

	*ret = NOT_KNOWN;
	*why = "it is not signed";
	for (uint32_t i = 0; i < CAIRN_AUTHENTICODE_SIGNATURES_MAX && next_signature(&table, &der);
	     i++) {
		enum verdict one;
		int r = judge_signature(prog, der, &one, why, err);

		if (r < 0)
			return r;
		if (one != NOT_KNOWN)
			*ret = one;
		if (one == FORBIDDEN)
			break;
	}
	return 0;
}

int cairn_authenticode_check(const struct cairn_authenticode_policy *p, const void *file, size_t n,
			     const struct cairn_pe *pe, struct cairn_err *err)
{
	struct program prog = { .policy = p, .file = file, .n = n, .pe = pe };
	enum verdict verdict;
	const char *why;
	int r = is_listed(&prog, &p->forbidden, err);

	if (r < 0)
		return r;
	if (r > 0)
		return cairn_err_set(err, EACCES, "it is revoked", 0);
	r = judge_signatures(&prog, &verdict, &why, err);
	if (r < 0)
		return r;
	if (verdict == FORBIDDEN)
		return cairn_err_set(err, EACCES, "its signature is revoked", 0);
	if (verdict == ALLOWED)
		return 0;
	r = is_listed(&prog, &p->allowed, err);
	if (r < 0)
		return r;
	return r > 0 ? 0 : cairn_err_set(err, EACCES, why, 0);
}
