/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * auth_variable.h - whether a change of a UEFI variable with time based authenticated writing is
 * signed as it must be: UEFI 2.10, 8.2.2; RFC 2315, 9. Beside signatures of programs because only
 * what is signed differs.
 *
 * The caller compares times, and keeps who may change what. Nothing is allocated or kept; every
 * byte may be hostile, the list's too. All of it is CAIRN_RESIDENT, err->what too; is_true() must
 * be as well where it has to run there.
 */
#ifndef CAIRN_AUTH_VARIABLE_H
#define CAIRN_AUTH_VARIABLE_H

#include <cairn/authenticode.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_AUTH_VARIABLE_DIGEST_BYTES 32u /* SHA-256's */

struct cairn_auth_variable { /* into the bytes that it was parsed of */
	uint8_t time[16];    /* EFI_TIME: fields that have no meaning here are zero */
	const uint8_t *pkcs7;
	size_t pkcs7_bytes;
	const uint8_t *data; /* behind the signature, up to the end: what the variable is to hold */
	size_t data_bytes;
};

struct cairn_auth_variable_name { /* as SetVariable() has been given them */
	const void *name;
	size_t name_bytes;   /* UTF-16LE, without NUL */
	const uint8_t *guid; /* 16 bytes */
	uint32_t attributes; /* with EFI_VARIABLE_APPEND_WRITE if it was there */
};

/*
 * cairn_auth_variable_parse() - EFI_VARIABLE_AUTHENTICATION_2, and the data behind it.
 *
 * Returns 0; -EPROTO: shorter than it says, fields of the time that must be zero are not, or a
 * certificate that is not EFI_CERT_TYPE_PKCS7_GUID's; err->at is the place. O(1).
 */
CAIRN_MUST_USE int cairn_auth_variable_parse(const void *bytes, size_t n,
					     struct cairn_auth_variable *ret,
					     struct cairn_err *err);

/*
 * cairn_auth_variable_check() - whether one who is allowed signed the change.
 *
 * The signature is a SignedData without content, alone or within ContentInfo, of one signer, with
 * or without attributes, by SHA-256, SHA-384 or SHA-512. Its signer, or one who vouches for the
 * signer, must be among the certificates in `allowed`; other entries there count for nothing.
 *
 * @allowed: cairn_authenticode_list_check() took it. @is_true: as cairn_authenticode_policy's
 *
 * Returns 0; -EACCES: something else was signed, or by somebody else; -EPROTO: no such signature.
 * err->what says which. Calls is_true() at most 1 + CAIRN_AUTHENTICODE_CHAIN_MAX *
 * (CAIRN_AUTHENTICODE_CERTIFICATES_MAX + certificates in `allowed`) times. Uses up to 4 KiB of
 * stack beside is_true()'s.
 */
CAIRN_MUST_USE int cairn_auth_variable_check(
    const struct cairn_auth_variable *v, const struct cairn_auth_variable_name *name,
    const struct cairn_authenticode_list *allowed,
    bool (*is_true)(const struct cairn_authenticode_claim *claim), struct cairn_err *err);

/*
 * cairn_auth_variable_signer() - whose change it is, by the certificates that it brings: of a
 * variable that belongs to whoever made it ("private"). Nobody is trusted: who may change it is who
 * has the same digest.
 *
 * @ret_digest: SHA-256 of the first common name of the signer's subject (its characters alone) and
 * of the certificate (tbsCertificate) at the end of the chain: the signer's own if it brings no
 * other
 *
 * Returns 0; -EACCES: something else was signed, a signer without common name, more than
 * CAIRN_AUTHENTICODE_CHAIN_MAX certificates above each other; -EPROTO: as
 * cairn_auth_variable_check(), and the same of is_true() and stack.
 */
CAIRN_MUST_USE int cairn_auth_variable_signer(
    const struct cairn_auth_variable *v, const struct cairn_auth_variable_name *name,
    bool (*is_true)(const struct cairn_authenticode_claim *claim),
    uint8_t ret_digest[CAIRN_AUTH_VARIABLE_DIGEST_BYTES], struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
