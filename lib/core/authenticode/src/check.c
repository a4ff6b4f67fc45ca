/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* UEFI 2.10, 32.5.3.3: what is forbidden comes first, whatever else holds. */
#include <cairn/le.h>

#include "chain.h"
#include "list.h"

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

/* Returns 1: the program's digest is in the list, and *ret_by is where; 0; or as the digest. */
static int is_listed(struct program *prog, const struct cairn_authenticode_list *list,
		     struct cairn_authenticode_entry *ret_by, struct cairn_err *err)
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
		if (!cairn_authenticode_same_(digest, w.entry.data))
			continue;
		*ret_by = w.entry.whole;
		return 1;
	}
	return 0;
}

/* Authenticode, "SpcIndirectDataContent": what kind of thing, and its digest. */
static bool read_content(struct cairn_der in, enum cairn_hash_kind *ret_kind,
			 struct cairn_der *ret_digest)
{
	struct cairn_der data, info;
	enum cairn_oid oid;

	return cairn_authenticode_take_(&in, DER_SEQUENCE, &data, NULL) &&
	       cairn_authenticode_take_oid_(&data, &oid) && oid == OID_SPC_PE_IMAGE &&
	       cairn_authenticode_take_(&in, DER_SEQUENCE, &info, NULL) && in.n == 0 &&
	       cairn_authenticode_take_algorithm_(&info, &oid) &&
	       cairn_authenticode_hash_of_(oid, ret_kind) &&
	       cairn_authenticode_take_(&info, DER_OCTETS, ret_digest, NULL) && info.n == 0 &&
	       ret_digest->n == cairn_hash_size(*ret_kind);
}

struct judgement {
	enum cairn_verdict verdict;         /* NOT_KNOWN until somebody is found */
	const char *why;                    /* NOT_KNOWN: what was wrong */
	struct cairn_authenticode_entry by; /* ALLOWED: whose word it is */
};

static int judge_signature(struct program *prog, struct cairn_der der, struct judgement *ret,
			   struct cairn_err *err)
{
	enum cairn_hash_kind kind;
	struct cairn_der digest, said;
	uint8_t of_content[CAIRN_HASH_BYTES_MAX];
	struct cairn_pkcs7 s;
	int r;

	*ret = (struct judgement){ .why = "its signature is malformed, or of an unknown kind" };
	if (!cairn_authenticode_pkcs7_(der, OID_SPC_INDIRECT, &s) ||
	    !read_content(s.content, &kind, &said))
		return 0;
	r = digest_of(prog, kind, &digest, err);
	if (r < 0)
		return r;
	cairn_hash_bytes(s.kind, s.content.p, s.content.n, of_content);
	ret->why = "it was changed after it was signed";
	if (!cairn_authenticode_same_(digest, said) ||
	    !cairn_authenticode_is_signed_(prog->policy, &s, of_content))
		return 0;
	ret->why = "nobody who is trusted signed it";
	ret->verdict = cairn_authenticode_follow_(prog->policy, &s, &ret->by);
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

static int judge_signatures(struct program *prog, struct judgement *ret, struct cairn_err *err)
{
	struct cairn_der table = { prog->file + prog->pe->certs_at, prog->pe->certs_len }, der;

	*ret = (struct judgement){ .why = "it is not signed" };
	for (uint32_t i = 0; i < CAIRN_AUTHENTICODE_SIGNATURES_MAX && next_signature(&table, &der);
	     i++) {
		struct judgement one;
		int r = judge_signature(prog, der, &one, err);

		if (r < 0)
			return r;
		if (ret->verdict == NOT_KNOWN || one.verdict == FORBIDDEN)
			*ret = one;
		if (one.verdict == FORBIDDEN)
			break;
	}
	return 0;
}

int cairn_authenticode_check(const struct cairn_authenticode_policy *p, const void *file, size_t n,
			     const struct cairn_pe *pe, struct cairn_authenticode_entry *ret_by,
			     struct cairn_err *err)
{
	struct program prog = { .policy = p, .file = file, .n = n, .pe = pe };
	struct judgement signatures;
	int r = is_listed(&prog, &p->forbidden, &signatures.by, err);

	if (r < 0)
		return r;
	if (r > 0)
		return cairn_err_set(err, EACCES, "it is revoked", 0);
	r = judge_signatures(&prog, &signatures, err);
	if (r < 0)
		return r;
	if (signatures.verdict == FORBIDDEN)
		return cairn_err_set(err, EACCES, "its signature is revoked", 0);
	if (signatures.verdict == NOT_KNOWN) {
		r = is_listed(&prog, &p->allowed, &signatures.by, err);
		if (r < 0)
			return r;
		if (r == 0)
			return cairn_err_set(err, EACCES, signatures.why, 0);
	}
	if (ret_by)
		*ret_by = signatures.by;
	return 0;
}
