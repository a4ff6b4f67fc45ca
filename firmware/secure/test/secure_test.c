/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Keys that are handed over, and RSA as the library does it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fw/rsa.h>
#include <fw/secure.h>

#include "keys.h"
#include "vector.h"

enum { CERTIFICATE = 0, SHA256 = 1 };

static struct cairn_err err;
static struct keys archive, cert, hash;

static int set_up(void **state)
{
	archive.n = cert.n = hash.n = 0;
	keys_list(&cert, CERTIFICATE, vector_certificate, sizeof(vector_certificate));
	keys_list(&hash, SHA256, vector_certificate, 32);
	return 0;
}

static void member(const char *name, const struct keys *lists)
{
	keys_member(&archive, name, lists);
}

static int init(void)
{
	keys_hand_over(&archive);
	return fw_secure_init(&fw_platform, &err);
}

static void refused(int code, const char *what)
{
	assert_int_equal(init(), -code);
	assert_string_equal(err.what, what);
	assert_false(fw_secure_is_on());
}

static void without_keys_it_is_off(void **state)
{
	struct cairn_pe pe = { 0 };
	size_t n;

	fw_platform.initrd.len = 0;
	assert_int_equal(fw_secure_init(&fw_platform, &err), 0);
	assert_false(fw_secure_is_on());
	assert_null(fw_secure_list(FW_SECURE_DB, &n));
	assert_int_equal(n, 0);
	assert_int_equal(fw_secure_check("anything", 8, &pe), 0);
}

static void keys_are_found_by_their_names(void **state)
{
	size_t n;

	member("readme", &hash);
	member("./PK", &cert);
	member("KEK", &cert);
	member("db", &cert);
	member("dbx", &hash);
	keys_end(&archive);
	assert_int_equal(init(), 0);
	assert_true(fw_secure_is_on());
	assert_memory_equal(fw_secure_list(FW_SECURE_PK, &n), cert.bytes, cert.n);
	assert_memory_equal(fw_secure_list(FW_SECURE_DB, &n), cert.bytes, cert.n);
	assert_memory_equal(fw_secure_list(FW_SECURE_DBX, &n), hash.bytes, hash.n);
	assert_int_equal(n, hash.n);
}

static void without_pk_or_db_they_are_refused(void **state)
{
	static const char what[] = "keys for Secure Boot without PK or db";

	member("db", &cert);
	keys_end(&archive);
	refused(EPROTO, what);
	archive.n = 0;
	member("PK", &cert);
	keys_end(&archive);
	refused(EPROTO, what);
	archive.n = 0;
	member("PK", &cert);
	member("db", &(struct keys){ .n = 0 });
	keys_end(&archive);
	refused(EPROTO, what);
}

static void archives_that_are_cut_or_none_are_refused(void **state)
{
	static const char what[] = "keys for Secure Boot that are no cpio archive";
	size_t whole;

	member("PK", &cert);
	member("db", &cert);
	keys_end(&archive);
	for (whole = archive.n--; archive.n > 0; archive.n--)
		refused(EPROTO, what);
	archive.n = whole;
	archive.bytes[6 + 6 * 8] = 'g'; /* the first length, no digit */
	refused(EPROTO, what);
	archive.bytes[6 + 6 * 8] = 'f'; /* longer than memory */
	refused(EPROTO, what);
}

static void keys_that_are_nowhere_are_refused(void **state)
{
	member("PK", &cert);
	member("db", &cert);
	keys_end(&archive);
	keys_hand_over(&archive);
	fw_platform.initrd.len++;
	assert_int_equal(fw_secure_init(&fw_platform, &err), -EPROTO);
	assert_string_equal(err.what, "keys for Secure Boot that are nowhere");
}

static void keys_that_cannot_be_obeyed_are_refused(void **state)
{
	member("PK", &cert);
	member("db", &cert);
	member("db", &cert);
	keys_end(&archive);
	refused(EPROTO, "keys for Secure Boot that are there twice");
	archive.n = 0;
	hash.bytes[0] ^= 1;
	member("PK", &cert);
	member("db", &cert);
	member("dbx", &hash);
	keys_end(&archive);
	refused(ENOTSUP, "a list of signatures of an unknown kind");
	archive.n = 0;
	cert.bytes[16]++;
	member("PK", &cert);
	keys_end(&archive);
	refused(EPROTO, "a malformed list of signatures");
}

static bool is_true(enum cairn_hash_kind kind, const char *text, const uint8_t *signature)
{
	uint8_t digest[CAIRN_HASH_BYTES_MAX];

	cairn_hash_bytes(kind, text, strlen(text), digest);
	return fw_rsa_is_true(&(struct cairn_authenticode_claim){
	    .certificate = vector_certificate,
	    .certificate_bytes = sizeof(vector_certificate),
	    .kind = kind,
	    .digest = digest,
	    .signature = signature,
	    .signature_bytes = sizeof(vector_sha256),
	});
}

static void signatures_of_the_vector_are_true(void **state)
{
	assert_true(is_true(CAIRN_SHA256, "abc", vector_sha256));
	assert_true(is_true(CAIRN_SHA384, "abc", vector_sha384));
	assert_true(is_true(CAIRN_SHA512, "abc", vector_sha512));
	assert_false(is_true(CAIRN_SHA256, "abd", vector_sha256));
	assert_false(is_true(CAIRN_SHA256, "abc", vector_sha384));
	assert_false(is_true(CAIRN_SHA384, "abc", vector_sha256));
	assert_false(is_true(CAIRN_SHA1, "abc", vector_sha256));
}

static void changed_signature_is_false(void **state)
{
	uint8_t changed[sizeof(vector_sha256)];

	for (size_t i = 0; i < sizeof(changed); i += 17) {
		memcpy(changed, vector_sha256, sizeof(changed));
		changed[i] ^= 1;
		assert_false(is_true(CAIRN_SHA256, "abc", changed));
	}
}

static void certificate_cut_anywhere_is_no_key(void **state)
{
	uint8_t digest[32];

	cairn_hash_bytes(CAIRN_SHA256, "abc", 3, digest);
	for (size_t n = 0; n < sizeof(vector_certificate); n++)
		assert_false(fw_rsa_is_true(&(struct cairn_authenticode_claim){
		    .certificate = vector_certificate,
		    .certificate_bytes = n,
		    .kind = CAIRN_SHA256,
		    .digest = digest,
		    .signature = vector_sha256,
		    .signature_bytes = sizeof(vector_sha256),
		}));
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(without_keys_it_is_off),
		T(keys_are_found_by_their_names),
		T(without_pk_or_db_they_are_refused),
		T(archives_that_are_cut_or_none_are_refused),
		T(keys_that_are_nowhere_are_refused),
		T(keys_that_cannot_be_obeyed_are_refused),
		T(signatures_of_the_vector_are_true),
		T(changed_signature_is_false),
		T(certificate_cut_anywhere_is_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
