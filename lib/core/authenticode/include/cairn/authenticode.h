/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * authenticode.h - whether a PE program may be started, as UEFI's Secure Boot asks it: its digest,
 * its signatures (PKCS#7, one after the other in the file), chains of certificates up to one that
 * is trusted, and what was revoked. Microsoft, "Windows Authenticode Portable Executable Signature
 * Format" (2008); UEFI 2.10, 32.4.1 (signature lists) and 32.5.3.3; RFC 2315; RFC 5280.
 *
 * Time is ignored, as UEFI does. RSA comes from the caller: lib/core has no arithmetic of large
 * numbers. Nothing is allocated or kept; every byte may be hostile, the policy's too. What is said
 * of lists below is CAIRN_RESIDENT.
 */
#ifndef CAIRN_AUTHENTICODE_H
#define CAIRN_AUTHENTICODE_H

#include <cairn/err.h>
#include <cairn/hash.h>
#include <cairn/loader_pe.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_AUTHENTICODE_SIGNATURES_MAX   8u  /* of one file; further ones are not looked at */
#define CAIRN_AUTHENTICODE_CERTIFICATES_MAX 16u /* that one signature brings along */
#define CAIRN_AUTHENTICODE_CHAIN_MAX        6u  /* from the signer to the one that is trusted */

struct cairn_authenticode_list { /* EFI_SIGNATURE_LISTs, one behind the other; n 0: none */
	const uint8_t *bytes;
	size_t n;
};

struct cairn_authenticode_entry { /* EFI_SIGNATURE_DATA, with its owner, in a list */
	const uint8_t *bytes;
	size_t n;
};

struct cairn_authenticode_claim {   /* that the owner of a certificate's key signed a digest */
	const uint8_t *certificate; /* DER */
	size_t certificate_bytes;
	enum cairn_hash_kind kind; /* not CAIRN_SHA1 */
	const uint8_t *digest;     /* cairn_hash_size(kind) bytes */
	const uint8_t *signature;
	size_t signature_bytes;
};

struct cairn_authenticode_policy {
	struct cairn_authenticode_list allowed, forbidden; /* "db" and "dbx" */
	/*
	 * True when the signature is RSA's by PKCS#1 v1.5 of just this digest, made with the
	 * certificate's key. False as well for a key that is of another kind, or too short.
	 */
	bool (*is_true)(const struct cairn_authenticode_claim *claim);
};

/*
 * cairn_authenticode_digest() - of the program in a file: not of the checksum and the signatures.
 *
 * @pe: of cairn_loader_pe_parse() on these bytes. @ret_digest: cairn_hash_size(kind) bytes
 * Returns 0, or -EPROTO: signatures that do not end the file, sections that are longer than it.
 * O(n).
 */
CAIRN_MUST_USE int cairn_authenticode_digest(enum cairn_hash_kind kind, const void *file, size_t n,
					     const struct cairn_pe *pe, uint8_t *ret_digest,
					     struct cairn_err *err);

/*
 * cairn_authenticode_list_check() - that every list is whole and all that it says can be obeyed:
 * certificates that are well-formed, hashes by SHA-256, SHA-384 or SHA-512 of programs and of
 * certificates.
 *
 * Returns 0; -EPROTO: malformed; -ENOTSUP: entries of another kind. err->at is the list's place.
 */
CAIRN_MUST_USE int cairn_authenticode_list_check(const struct cairn_authenticode_list *list,
						 struct cairn_err *err);

/* Whether there is one certificate, and nothing else (UEFI 2.10, 32.3.1: PK). O(1). */
bool cairn_authenticode_list_is_certificate(const struct cairn_authenticode_list *list);

/*
 * cairn_authenticode_list_append() - those entries of `more` that are not among the lists yet,
 * behind them, each once (UEFI 2.10, 8.2.3).
 *
 * @lists: n bytes of them, and room for more->n bytes elsewhere than these. Of both:
 * cairn_authenticode_list_check() took them
 *
 * Returns how many bytes they are, at most more->n. O(entries of both * bytes of more).
 */
size_t cairn_authenticode_list_append(uint8_t *lists, size_t n,
				      const struct cairn_authenticode_list *more);

/* The GUIDs of all kinds of entries that lists may have, 16 bytes each. */
const void *cairn_authenticode_kinds(size_t *ret_n);

/*
 * cairn_authenticode_check() - whether the program may be started.
 *
 * It may when its digest is allowed, or when one of its signatures is right and its signer, or one
 * who vouches for the signer, is allowed; unless its digest is forbidden, or a certificate of any
 * of its right signatures' chains is. A revocation counts from the beginning of time.
 *
 * @pe: of cairn_loader_pe_parse() on these bytes. @p: lists that cairn_authenticode_list_check()
 * took. @ret_by: which entry of p->allowed it was: the signer's, the nearest of those that vouch
 * for it, or the digest's; of several signatures the first one's. May be NULL
 *
 * Returns 0; -EACCES: it may not, and err->what says why; -EPROTO as the digest. At most
 * CAIRN_AUTHENTICODE_SIGNATURES_MAX * _CHAIN_MAX * (_CERTIFICATES_MAX + allowed and forbidden
 * certificates) calls of is_true(). Uses up to 4 KiB of stack.
 */
CAIRN_MUST_USE int cairn_authenticode_check(const struct cairn_authenticode_policy *p,
					    const void *file, size_t n, const struct cairn_pe *pe,
					    struct cairn_authenticode_entry *ret_by,
					    struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
