/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * make.h - programs, certificates, signatures and lists of them, as tests want them. Their
 * cryptography is pretended: a signature by the key K of a digest D is the SHA-256 of K and D.
 */
#ifndef AUTHENTICODE_MAKE_H
#define AUTHENTICODE_MAKE_H

#include <cairn/auth_variable.h>

#define BLOB_BYTES 12288u

struct blob {
	size_t n;
	uint8_t v[BLOB_BYTES];
};

void put(struct blob *b, const void *bytes, size_t n);
void put_byte(struct blob *b, uint8_t byte);
void put_blob(struct blob *b, const struct blob *other);
/* All of it becomes the contents of one value. */
void wrap(struct blob *b, uint8_t tag);

struct cert_spec {
	char name, key;       /* whose, and with which key */
	char issuer, made_by; /* who vouches, with which key */
	bool is_ca;
	bool has_path; /* may have `path` authorities below it */
	uint8_t path;
	uint8_t usage;    /* key usage bits; 0: no such extension */
	bool is_critical; /* has a critical extension that nobody knows */
	bool is_twice;    /* says twice whether it is an authority */
	bool is_unsigned; /* says a hash where its signature's kind should be */
	uint32_t n_more;  /* further extensions, of no meaning */
	bool is_sha1;     /* signed so */
	bool is_nameless; /* its subject has no common name */
};
void make_cert(struct blob *b, const struct cert_spec *spec);

/* What is signed of it, with tag and length. */
const uint8_t *tbs_of(const struct blob *cert, size_t *ret_n);

struct signature_spec {
	const struct blob *certs[20];
	uint32_t n_certs;
	char issuer; /* of the signer's certificate, whose serial number is its name */
	char name, key;
	enum cairn_hash_kind kind;
	/* What may be wrong with it. */
	bool is_of_sha1, has_other_type, has_other_attribute, has_other_form, has_short_digest,
	    has_rest, has_other_rsa, has_other_kind, has_no_attributes, has_no_digest, has_twice,
	    has_two_signers, has_wrong_digest, has_no_certs;
	/* What variables' may be. */
	bool is_bare, is_with_content;
	uint32_t n_padding, n_attributes; /* further ones */
};
/* The PKCS#7 alone, over a program's digest. */
void make_signature(struct blob *b, const struct signature_spec *spec, const uint8_t *digest);

/* What the signature of a change is over, of v's time and data. */
void signed_bytes(struct blob *b, const struct cairn_auth_variable_name *name,
		  const struct cairn_auth_variable *v);
/* EFI_VARIABLE_AUTHENTICATION_2 with v's time and this signature, and v's data. */
void make_change_of(struct blob *b, const struct blob *signature,
		    const struct cairn_auth_variable *v);
/* The same, signed as the spec says. */
void make_change(struct blob *b, const struct signature_spec *spec,
		 const struct cairn_auth_variable_name *name, const struct cairn_auth_variable *v);

enum {
	FILE_HEADERS = 0x200,
	FILE_CHECKSUM = 0x40 + 24 + 64,
	FILE_CERTS_ENTRY = 0x40 + 24 + 112 + 32
};
/* An unsigned program: two sections, the second first in the file, and some bytes behind them. */
void make_file(struct blob *b);
/* Adds a signature to its table. */
void add_signature(struct blob *file, const struct blob *signature);
/* Signs it as it is. */
void sign(struct blob *file, const struct signature_spec *spec);

enum list_kind {
	LIST_CERT,
	LIST_SHA256,
	LIST_SHA384,
	LIST_SHA512,
	LIST_CERT_SHA256,
	LIST_CERT_SHA384,
	LIST_CERT_SHA512
};
/* One list of one entry, with the owner and, for a certificate's hash, the time before and behind.
 */
void add_list(struct blob *b, enum list_kind kind, const void *data, size_t n);

bool pretended_is_true(const struct cairn_authenticode_claim *claim);
/*
 * Parses and checks, in memory that is no longer than they are. Returns as these do; check_by_at is
 * then where in `allowed` the entry that counts is, check_by_bytes how long.
 */
extern size_t check_by_at, check_by_bytes;
int check(const struct blob *file, const struct blob *allowed, const struct blob *forbidden,
	  struct cairn_err *err);
void digest_of_file(const struct blob *file, enum cairn_hash_kind kind, uint8_t *ret);

#endif
