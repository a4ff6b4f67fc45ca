/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Changes of variables that other programs signed, with real keys: OpenSSL's smime and cms, which
 * also does the RSA here, and sign-efi-sig-list. Skipped (77) where there is no OpenSSL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <cairn/le.h>

#include "make.h"

static char dir[] = "/tmp/cairn-authenticode-XXXXXX"; /* the working directory */

static const uint8_t db_guid[16] = { 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
				     0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f };
static const struct cairn_auth_variable_name db = {
	.name = "d\0b", .name_bytes = 4, .guid = db_guid, .attributes = 0x27
};
static const struct cairn_auth_variable wanted = { .time = { 0xea, 7, 11, 21, 12 },
						   .data = (const uint8_t *)"some data",
						   .data_bytes = 9 };

static struct cairn_err err;
static struct blob made, allow_root;

/* In the shell, quietly; its exit status. */
static int run(const char *script)
{
	char line[1024];
	int status;

	assert_in_range(snprintf(line, sizeof(line), "{ %s; } >>log 2>&1", script), 0,
			sizeof(line) - 1);
	status = system(line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_file(const char *name, const void *bytes, size_t n)
{
	FILE *f = fopen(name, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static struct blob read_file(const char *name)
{
	struct blob b = { 0 };
	FILE *f = fopen(name, "rb");

	assert_non_null(f);
	b.n = fread(b.v, 1, sizeof(b.v), f);
	assert_int_equal(fclose(f), 0);
	return b;
}

static bool is_true(const struct cairn_authenticode_claim *claim)
{
	static const char *const names[] = { "", "sha256", "sha384", "sha512" };
	char script[256];

	write_file("claim.der", claim->certificate, claim->certificate_bytes);
	write_file("claim.digest", claim->digest, cairn_hash_size(claim->kind));
	write_file("claim.sig", claim->signature, claim->signature_bytes);
	snprintf(script, sizeof(script),
		 "openssl x509 -inform DER -in claim.der -noout -pubkey >claim.pub && "
		 "openssl pkeyutl -verify -pubin -inkey claim.pub -in claim.digest "
		 "-sigfile claim.sig -pkeyopt rsa_padding_mode:pkcs1 -pkeyopt digest:%s",
		 names[claim->kind]);
	return run(script) == 0;
}

/* A root, an authority below it, and a signer of the latter. */
static void make_certificates(void)
{
	assert_int_equal(
	    run("openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem "
		"-subj /O=cairn/CN=root -days 99"),
	    0);
	assert_int_equal(
	    run("openssl req -newkey rsa:2048 -nodes -keyout mid.key -out mid.csr "
		"-subj /CN=mid && echo basicConstraints=critical,CA:true >mid.ext && "
		"openssl x509 -req -in mid.csr -CA root.pem -CAkey root.key -set_serial 2 "
		"-extfile mid.ext -out mid.pem"),
	    0);
	assert_int_equal(run("openssl req -newkey rsa:2048 -nodes -keyout end.key -out end.csr "
			     "-subj /CN=end && openssl x509 -req -in end.csr -CA mid.pem "
			     "-CAkey mid.key -set_serial 3 -out end.pem"),
			 0);
	assert_int_equal(run("openssl x509 -in root.pem -outform DER -out root.der"), 0);
}

static int set_up(void **state)
{
	struct blob root;

	make_certificates();
	root = read_file("root.der");
	add_list(&allow_root, LIST_CERT, root.v, root.n);
	return 0;
}

static int check_as(const struct cairn_auth_variable_name *name)
{
	const struct cairn_authenticode_list list = { allow_root.v, allow_root.n };
	struct cairn_auth_variable v;
	int r = cairn_auth_variable_parse(made.v, made.n, &v, &err);

	return r < 0 ? r : cairn_auth_variable_check(&v, name, &list, is_true, &err);
}

static int signer_of(uint8_t *ret_digest)
{
	struct cairn_auth_variable v;
	int r = cairn_auth_variable_parse(made.v, made.n, &v, &err);

	return r < 0 ? r : cairn_auth_variable_signer(&v, &db, is_true, ret_digest, &err);
}

/* Has the tool sign "message" into "signature". */
static void make_by(const char *tool)
{
	struct blob message = { 0 }, signature;

	signed_bytes(&message, &db, &wanted);
	write_file("message", message.v, message.n);
	assert_int_equal(run(tool), 0);
	signature = read_file("signature");
	make_change_of(&made, &signature, &wanted);
}

static void assert_taken(const char *tool)
{
	make_by(tool);
	assert_int_equal(check_as(&db), 0);
	made.v[made.n - 1] ^= 1;
	assert_int_equal(check_as(&db), -EACCES);
	assert_string_equal(err.what, "something else was signed");
}

static void what_openssl_signs_is_taken(void **state)
{
	assert_taken("openssl smime -sign -binary -noattr -md sha256 -in message -outform DER "
		     "-signer root.pem -inkey root.key -out signature");
	assert_taken("openssl smime -sign -binary -md sha384 -in message -outform DER "
		     "-signer root.pem -inkey root.key -out signature");
	assert_taken("openssl cms -sign -binary -md sha512 -in message -outform DER "
		     "-signer root.pem -inkey root.key -out signature");
}

static void what_openssl_signs_through_an_authority_is_taken(void **state)
{
	assert_taken("openssl smime -sign -binary -md sha256 -in message -outform DER "
		     "-signer end.pem -inkey end.key -certfile mid.pem -out signature");
	make_by("openssl smime -sign -binary -md sha256 -in message -outform DER "
		"-signer end.pem -inkey end.key -out signature");
	assert_int_equal(check_as(&db), -EACCES);
	assert_string_equal(err.what, "nobody who is trusted signed it");
}

static void what_openssl_signs_in_other_forms_is_not(void **state)
{
	make_by("openssl smime -sign -binary -nodetach -md sha256 -in message -outform DER "
		"-signer root.pem -inkey root.key -out signature");
	assert_int_equal(check_as(&db), -EPROTO);
	make_by("openssl smime -sign -binary -nocerts -md sha256 -in message -outform DER "
		"-signer root.pem -inkey root.key -out signature");
	assert_int_equal(check_as(&db), -EPROTO);
	make_by("openssl cms -sign -binary -keyid -md sha256 -in message -outform DER "
		"-signer root.pem -inkey root.key -out signature");
	assert_int_equal(check_as(&db), -EPROTO);
	make_by("openssl cms -sign -binary -md sha256 -in message -outform DER -signer root.pem "
		"-inkey root.key -keyopt rsa_padding_mode:pss -out signature");
	assert_int_equal(check_as(&db), -EPROTO);
}

static void signer_of_openssls_chain_is_found(void **state)
{
	uint8_t digest[32], again[32], other[32];

	make_by("openssl smime -sign -binary -md sha256 -in message -outform DER -signer end.pem "
		"-inkey end.key -certfile mid.pem -out signature");
	assert_int_equal(signer_of(digest), 0);
	make_by("openssl cms -sign -binary -md sha512 -in message -outform DER -signer end.pem "
		"-inkey end.key -certfile mid.pem -out signature");
	assert_int_equal(signer_of(again), 0);
	assert_memory_equal(digest, again, sizeof(again));
	make_by("openssl smime -sign -binary -md sha256 -in message -outform DER -signer mid.pem "
		"-inkey mid.key -out signature");
	assert_int_equal(signer_of(other), 0);
	assert_memory_not_equal(digest, other, sizeof(other));
}

static void what_efitools_sign_is_taken(void **state)
{
	struct cairn_auth_variable_name more = db;

	if (run("command -v sign-efi-sig-list && command -v cert-to-efi-sig-list") != 0) {
		print_message("no efitools\n");
		skip();
	}
	assert_int_equal(run("cert-to-efi-sig-list root.pem db.esl"), 0);
	assert_int_equal(run("sign-efi-sig-list -t '2026-11-21 12:00:00' -k root.key -c root.pem "
			     "db db.esl db.auth"),
			 0);
	made = read_file("db.auth");
	assert_int_equal(check_as(&db), 0);
	more.attributes |= 0x40;
	assert_int_equal(check_as(&more), -EACCES);
	assert_int_equal(run("sign-efi-sig-list -a -t '2026-11-21 12:00:00' -k root.key "
			     "-c root.pem db db.esl db.auth"),
			 0);
	made = read_file("db.auth");
	assert_int_equal(check_as(&more), 0);
	assert_int_equal(check_as(&db), -EACCES);
}

static int clean_up(void **state)
{
	char script[64];

	snprintf(script, sizeof(script), "rm -r %s", dir);
	return chdir("/") || system(script) ? 1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_openssl_signs_is_taken),
		cmocka_unit_test(what_openssl_signs_through_an_authority_is_taken),
		cmocka_unit_test(what_openssl_signs_in_other_forms_is_not),
		cmocka_unit_test(signer_of_openssls_chain_is_found),
		cmocka_unit_test(what_efitools_sign_is_taken),
	};

	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	if (run("command -v openssl") != 0) {
		clean_up(NULL);
		return 77;
	}
	return cmocka_run_group_tests(tests, set_up, clean_up);
}
