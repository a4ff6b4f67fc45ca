/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * BearSSL reads a certificate's key and checks RSA (PKCS#1 v1.5). Its i31 arithmetic is integer
 * code that allocates nothing.
 */
#include <fw/rsa.h>

#include <bearssl/bearssl_rsa.h>
#include <bearssl/bearssl_x509.h>
#include <fw/arch.h>
#include <fw/runtime.h>

#define MODULUS_BYTES_MIN (2048u / 8)
#define MODULUS_BYTES_MAX (4096u / 8)

/* With the length before each, as the library wants them. FIPS 180-4's, of NIST's arc 2.16.840. */
FW_RT_DATA static uint8_t oid_sha256[] = { 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1 };
FW_RT_DATA static uint8_t oid_sha384[] = { 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2 };
FW_RT_DATA static uint8_t oid_sha512[] = { 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3 };

FW_RT_CODE static const uint8_t *oid_of(enum cairn_hash_kind kind)
{
	if (kind == CAIRN_SHA256)
		return oid_sha256;
	if (kind == CAIRN_SHA384)
		return oid_sha384;
	return kind == CAIRN_SHA512 ? oid_sha512 : NULL;
}

FW_RT_CODE static bool is_key_fit(const br_x509_pkey *key)
{
	const uint8_t *n = key->key.rsa.n;
	size_t bytes = key->key.rsa.nlen;

	while (bytes && *n == 0) {
		n++;
		bytes--;
	}
	return bytes >= MODULUS_BYTES_MIN && bytes <= MODULUS_BYTES_MAX;
}

FW_RT_DATA static br_x509_decoder_context decoder = { 0 }; /* large */

FW_RT_CODE static bool check(const struct cairn_authenticode_claim *claim, const uint8_t *oid)
{
	uint8_t digest[CAIRN_HASH_BYTES_MAX];
	uint32_t size = cairn_hash_size(claim->kind);
	const br_x509_pkey *key;

	br_x509_decoder_init(&decoder, NULL, NULL);
	br_x509_decoder_push(&decoder, claim->certificate, claim->certificate_bytes);
	key = br_x509_decoder_get_pkey(&decoder);
	if (!key || key->key_type != BR_KEYTYPE_RSA || !is_key_fit(key))
		return false;
	return br_rsa_i31_pkcs1_vrfy(claim->signature, claim->signature_bytes, oid, size,
				     &key->key.rsa, digest) &&
	       memcmp(digest, claim->digest, size) == 0;
}

FW_RT_CODE bool fw_rsa_is_true(const struct cairn_authenticode_claim *claim)
{
	const uint8_t *oid = oid_of(claim->kind);
	uint64_t before;
	bool is_true;

	if (!oid)
		return false;
	before = fw_arch_library_enter();
	is_true = check(claim, oid);
	fw_arch_library_leave(before);
	return is_true;
}
