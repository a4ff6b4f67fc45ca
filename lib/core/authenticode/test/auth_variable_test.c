/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cairn/le.h>

#include "family.h"

enum { AT_TIME = 0, AT_BYTES = 16, AT_REVISION = 20, AT_KIND = 22, AT_GUID = 24, AT_PKCS7 = 40 };

static const struct signature_spec by_s = { .certs = { &cert_s },
					    .n_certs = 1,
					    .issuer = 'A',
					    .name = 'S',
					    .key = 's',
					    .kind = CAIRN_SHA256,
					    .has_no_attributes = true,
					    .is_bare = true };
static const uint8_t guid[16] = { 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
				  0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f };
static const struct cairn_auth_variable_name db = {
	.name = "d\0b", .name_bytes = 4, .guid = guid, .attributes = 0x27
};
static const struct cairn_auth_variable wanted = { .time = { 0xea, 7, 11, 21, 23, 59, 58 },
						   .data = (const uint8_t *)"some data",
						   .data_bytes = 9 };

static struct cairn_err err;
static struct blob made;
static const char malformed[] = "its signature is malformed, or of an unknown kind";
static const char changed[] = "something else was signed";

static uint8_t *exact(const void *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	memcpy(copy, bytes, n);
	return copy;
}

/* Parses and checks, in memory that is no longer than they are. */
static int check_as(const struct cairn_auth_variable_name *name, const struct blob *allowed)
{
	uint8_t *bytes = exact(made.v, made.n), *list = exact(allowed->v, allowed->n);
	const struct cairn_authenticode_list lists = { list, allowed->n };
	struct cairn_auth_variable v;
	int r = cairn_auth_variable_parse(bytes, made.n, &v, &err);

	if (r == 0)
		r = cairn_auth_variable_check(&v, name, &lists, pretended_is_true, &err);
	free(bytes);
	free(list);
	return r;
}

static int signer_of(const struct signature_spec *spec, uint8_t *ret_digest)
{
	struct cairn_auth_variable v;
	uint8_t *bytes;
	int r;

	make_change(&made, spec, &db, &wanted);
	bytes = exact(made.v, made.n);
	r = cairn_auth_variable_parse(bytes, made.n, &v, &err);
	if (r == 0)
		r = cairn_auth_variable_signer(&v, &db, pretended_is_true, ret_digest, &err);
	free(bytes);
	return r;
}

static void assert_allowed(const struct signature_spec *spec)
{
	make_change(&made, spec, &db, &wanted);
	assert_int_equal(check_as(&db, &allow_a), 0);
}

static void assert_refused(const struct signature_spec *spec, int r, const char *what)
{
	make_change(&made, spec, &db, &wanted);
	assert_int_equal(check_as(&db, &allow_a), r);
	assert_string_equal(err.what, what);
}

static void parse_says_what_is_where(void **state)
{
	struct cairn_auth_variable v;

	make_change(&made, &by_s, &db, &wanted);
	assert_int_equal(cairn_auth_variable_parse(made.v, made.n, &v, NULL), 0);
	assert_memory_equal(v.time, wanted.time, sizeof(v.time));
	assert_ptr_equal(v.pkcs7, made.v + AT_PKCS7);
	assert_ptr_equal(v.data, v.pkcs7 + v.pkcs7_bytes);
	assert_int_equal(v.data_bytes, wanted.data_bytes);
	assert_memory_equal(v.data, wanted.data, wanted.data_bytes);
}

/* RFC 2315's two wrappings, with and without attributes, by each hash. */
static void each_form_by_one_who_is_allowed_is_taken(void **state)
{
	for (uint32_t form = 0; form < 12; form++) {
		struct signature_spec s = by_s, t = by_t;

		s.is_bare = t.is_bare = form & 1;
		s.has_no_attributes = t.has_no_attributes = form >> 1 & 1;
		s.kind = t.kind = CAIRN_SHA256 + form / 4;
		assert_allowed(&s);
		assert_allowed(&t);
	}
}

static void no_data_is_signed_too(void **state)
{
	struct cairn_auth_variable nothing = wanted;

	nothing.data_bytes = 0;
	make_change(&made, &by_s, &db, &nothing);
	assert_int_equal(check_as(&db, &allow_a), 0);
	put_byte(&made, 0);
	assert_int_equal(check_as(&db, &allow_a), -EACCES);
}

static void only_who_is_allowed_counts(void **state)
{
	static const char stranger[] = "nobody who is trusted signed it";
	struct blob list = { 0 };

	assert_refused(&by_z, -EACCES, stranger);
	make_change(&made, &by_s, &db, &wanted);
	assert_int_equal(check_as(&db, &list), -EACCES);
	assert_string_equal(err.what, stranger);
	add_list(&list, LIST_CERT, cert_s.v, cert_s.n);
	assert_int_equal(check_as(&db, &list), 0);
	make_change(&made, &by_t, &db, &wanted);
	assert_int_equal(check_as(&db, &list), -EACCES);
}

static void signature_by_another_key_is_refused(void **state)
{
	struct signature_spec spec = by_s;

	spec.key = 'z';
	assert_refused(&spec, -EACCES, changed);
	spec = by_t;
	spec.key = 'z';
	assert_refused(&spec, -EACCES, changed);
}

/* The hash of a certificate is an entry of another kind. */
static void other_entries_allow_nobody(void **state)
{
	struct blob list = { 0 }, digest = { .n = 32 };

	cairn_hash_bytes(CAIRN_SHA256, cert_s.v, cert_s.n, digest.v);
	add_list(&list, LIST_SHA256, digest.v, digest.n);
	add_list(&list, LIST_CERT_SHA256, digest.v, digest.n);
	make_change(&made, &by_s, &db, &wanted);
	assert_int_equal(check_as(&db, &list), -EACCES);
}

static void chain_needs_each_of_its_links(void **state)
{
	struct signature_spec spec = by_t;
	struct cert_spec b = spec_b;

	spec.n_certs = 1;
	assert_refused(&spec, -EACCES, "nobody who is trusted signed it");
	b.is_ca = false;
	make_cert(&cert_b, &b);
	assert_refused(&by_t, -EACCES, "nobody who is trusted signed it");
	make_cert(&cert_b, &spec_b);
	assert_allowed(&by_t);
}

static void other_name_guid_or_attributes_are_refused(void **state)
{
	struct cairn_auth_variable_name name = db;
	uint8_t other[16];

	make_change(&made, &by_s, &db, &wanted);
	name.name = "d\0c";
	assert_int_equal(check_as(&name, &allow_a), -EACCES);
	name = db;
	name.name_bytes = 2;
	assert_int_equal(check_as(&name, &allow_a), -EACCES);
	for (uint32_t bit = 0; bit < 8 * sizeof(other); bit++) {
		name = db;
		name.guid = other;
		memcpy(other, guid, sizeof(other));
		other[bit / 8] = (uint8_t)(other[bit / 8] ^ 1u << bit % 8);
		assert_int_equal(check_as(&name, &allow_a), -EACCES);
	}
	for (uint32_t bit = 0; bit < 32; bit++) {
		name = db;
		name.attributes ^= 1u << bit;
		assert_int_equal(check_as(&name, &allow_a), -EACCES);
		assert_string_equal(err.what, changed);
	}
}

/* Within the signature, what is not signed may say the same in other words. */
static void changed_bit_anywhere_is_refused(const struct signature_spec *spec)
{
	uint32_t n_allowed = 0;
	size_t data_at;

	make_change(&made, spec, &db, &wanted);
	data_at = made.n - wanted.data_bytes;
	for (size_t bit = 0; bit < 8 * made.n; bit++) {
		uint8_t *byte = &made.v[bit / 8], mask = (uint8_t)(1u << bit % 8);
		bool is_signature = bit / 8 >= AT_PKCS7 && bit / 8 < data_at;

		*byte ^= mask;
		if (check_as(&db, &allow_a) == 0) {
			assert_true(is_signature);
			n_allowed++;
			made.v[AT_TIME + 6]++;
			assert_int_equal(check_as(&db, &allow_a), -EACCES);
			made.v[AT_TIME + 6]--;
		}
		*byte ^= mask;
	}
	assert_in_range(n_allowed, 1, 8 * 128);
}

static void changed_bit_is_refused_with_and_without_attributes(void **state)
{
	changed_bit_anywhere_is_refused(&by_s);
	changed_bit_anywhere_is_refused(&by_t);
}

static void change_cut_anywhere_is_refused(void **state)
{
	size_t whole, pkcs7_end;

	make_change(&made, &by_s, &db, &wanted);
	whole = made.n;
	pkcs7_end = whole - wanted.data_bytes;
	for (made.n = 0; made.n < whole; made.n++)
		assert_int_equal(check_as(&db, &allow_a), made.n < pkcs7_end ? -EPROTO : -EACCES);
}

/* The signature alone, with a length that says so. */
static void signature_cut_anywhere_is_refused(void **state)
{
	for (uint32_t form = 0; form < 2; form++) {
		struct cairn_auth_variable v;
		uint64_t whole;

		make_change(&made, form ? &by_t : &by_s, &db, &wanted);
		assert_int_equal(cairn_auth_variable_parse(made.v, made.n, &v, &err), 0);
		whole = v.pkcs7_bytes;
		for (uint64_t n = 0; n < whole; n++) {
			made.n = AT_PKCS7 + n;
			cairn_le_store(made.v + AT_BYTES, 4, 24 + n);
			assert_int_equal(check_as(&db, &allow_a), -EPROTO);
			assert_string_equal(err.what, malformed);
		}
	}
}

static void bytes_behind_the_signature_are_refused(void **state)
{
	struct signature_spec spec = by_s;

	spec.n_padding = 1;
	assert_refused(&spec, -EPROTO, malformed);
	spec = by_t;
	spec.n_padding = 1;
	assert_refused(&spec, -EPROTO, malformed);
}

static void only_the_one_form_is_taken(void **state)
{
	struct signature_spec spec;

#define REFUSED_WITH(field, r, what)                                                               \
	do {                                                                                       \
		spec = by_t;                                                                       \
		spec.field = true;                                                                 \
		assert_refused(&spec, r, what);                                                    \
	} while (0)
	REFUSED_WITH(has_two_signers, -EPROTO, malformed);
	REFUSED_WITH(is_with_content, -EPROTO, malformed);
	REFUSED_WITH(has_other_type, -EPROTO, malformed);
	REFUSED_WITH(has_other_attribute, -EPROTO, malformed);
	REFUSED_WITH(has_other_form, -EPROTO, malformed);
	REFUSED_WITH(has_other_rsa, -EPROTO, malformed);
	REFUSED_WITH(has_rest, -EPROTO, malformed);
	REFUSED_WITH(has_no_digest, -EPROTO, malformed);
	REFUSED_WITH(has_twice, -EPROTO, malformed);
	REFUSED_WITH(has_no_certs, -EPROTO, malformed);
	REFUSED_WITH(has_wrong_digest, -EACCES, changed);
	spec = by_s;
	spec.has_two_signers = true;
	assert_refused(&spec, -EPROTO, malformed);
	spec = by_s;
	spec.name = 'X';
	assert_refused(&spec, -EPROTO, malformed);
}

static void assert_parse_refuses(size_t at, uint8_t byte, uint64_t err_at)
{
	struct cairn_auth_variable v;
	uint8_t saved = made.v[at];

	made.v[at] = byte;
	assert_int_equal(cairn_auth_variable_parse(made.v, made.n, &v, &err), -EPROTO);
	assert_int_equal(err.at, err_at);
	made.v[at] = saved;
	assert_int_equal(cairn_auth_variable_parse(made.v, made.n, &v, &err), 0);
}

static void headers_that_say_something_else_are_refused(void **state)
{
	make_change(&made, &by_s, &db, &wanted);
	for (size_t at = 7; at < 16; at++)
		assert_parse_refuses(at, 1, AT_TIME);
	assert_parse_refuses(AT_REVISION, 1, AT_REVISION);
	assert_parse_refuses(AT_REVISION + 1, 1, AT_REVISION);
	assert_parse_refuses(AT_KIND, 0xf0, AT_REVISION);
	assert_parse_refuses(AT_KIND + 1, 0, AT_REVISION);
	for (size_t i = 0; i < 16; i++)
		assert_parse_refuses(AT_GUID + i, 0, AT_REVISION);
	assert_parse_refuses(AT_BYTES + 3, 0xff, AT_BYTES);
}

static void lengths_are_taken_up_to_the_last_byte(void **state)
{
	struct cairn_auth_variable v;

	make_change(&made, &by_s, &db, &wanted);
	cairn_le_store(made.v + AT_BYTES, 4, 23);
	assert_int_equal(cairn_auth_variable_parse(made.v, made.n, &v, &err), -EPROTO);
	cairn_le_store(made.v + AT_BYTES, 4, 24);
	assert_int_equal(cairn_auth_variable_parse(made.v, made.n, &v, &err), 0);
	assert_int_equal(v.pkcs7_bytes, 0);
	cairn_le_store(made.v + AT_BYTES, 4, made.n - 16);
	assert_int_equal(cairn_auth_variable_parse(made.v, made.n, &v, &err), 0);
	assert_int_equal(v.data_bytes, 0);
	cairn_le_store(made.v + AT_BYTES, 4, made.n - 15);
	assert_int_equal(cairn_auth_variable_parse(made.v, made.n, &v, &err), -EPROTO);
}

static void digest_of_signer(const char *name, const struct blob *top, uint8_t *ret)
{
	struct cairn_hash h;
	size_t n;
	const uint8_t *tbs = tbs_of(top, &n);

	cairn_hash_init(&h, CAIRN_SHA256);
	cairn_hash_update(&h, name, strlen(name));
	cairn_hash_update(&h, tbs, n);
	cairn_hash_final(&h, ret);
}

static void signer_is_its_name_and_the_top_of_its_chain(void **state)
{
	struct signature_spec spec = by_t;
	uint8_t digest[32], known[32];

	assert_int_equal(signer_of(&by_t, digest), 0);
	digest_of_signer("name T", &cert_b, known);
	assert_memory_equal(digest, known, sizeof(known));
	spec.certs[spec.n_certs++] = &cert_a;
	assert_int_equal(signer_of(&spec, digest), 0);
	digest_of_signer("name T", &cert_a, known);
	assert_memory_equal(digest, known, sizeof(known));
	spec.certs[spec.n_certs++] = &cert_a;
	assert_int_equal(signer_of(&spec, digest), 0);
	assert_memory_equal(digest, known, sizeof(known));
	assert_int_equal(signer_of(&by_z, digest), 0);
	digest_of_signer("name Z", &cert_z, known);
	assert_memory_equal(digest, known, sizeof(known));
}

static void certificate_that_vouches_for_nobody_is_no_top(void **state)
{
	struct signature_spec spec = by_s;
	uint8_t digest[32], known[32];

	spec.certs[spec.n_certs++] = &cert_z;
	assert_int_equal(signer_of(&spec, digest), 0);
	digest_of_signer("name S", &cert_s, known);
	assert_memory_equal(digest, known, sizeof(known));
}

static void signer_must_have_signed(void **state)
{
	struct signature_spec spec = by_s;
	uint8_t digest[32];

	spec.key = 'z';
	assert_int_equal(signer_of(&spec, digest), -EACCES);
	assert_string_equal(err.what, changed);
	spec = by_s;
	spec.has_two_signers = true;
	assert_int_equal(signer_of(&spec, digest), -EPROTO);
}

static void signer_without_common_name_is_refused(void **state)
{
	struct cert_spec nameless = spec_s;
	uint8_t digest[32];

	nameless.is_nameless = true;
	make_cert(&cert_s, &nameless);
	assert_int_equal(signer_of(&by_s, digest), -EACCES);
	assert_string_equal(err.what, "its signer has no name");
	make_cert(&cert_s, &spec_s);
}

/* P and Q, each of which vouches for the other. */
static void chain_without_end_has_no_top(void **state)
{
	const struct cert_spec p = {
		.name = 'P', .key = 'p', .issuer = 'Q', .made_by = 'q', .is_ca = true
	};
	const struct cert_spec q = {
		.name = 'Q', .key = 'q', .issuer = 'P', .made_by = 'p', .is_ca = true
	};
	static struct blob cert_p, cert_q;
	const struct signature_spec spec = { .certs = { &cert_p, &cert_q },
					     .n_certs = 2,
					     .issuer = 'Q',
					     .name = 'P',
					     .key = 'p',
					     .kind = CAIRN_SHA256 };
	uint8_t digest[32];

	make_cert(&cert_p, &p);
	make_cert(&cert_q, &q);
	assert_int_equal(signer_of(&spec, digest), -EACCES);
	assert_string_equal(err.what, "its signer has too many authorities");
}

static int example(const void *bytes, size_t n, const struct cairn_auth_variable_name *name,
		   struct cairn_authenticode_list kek, struct cairn_err *ret_err,
		   struct cairn_auth_variable *change)
{
	bool (*const rsa)(const struct cairn_authenticode_claim *claim) = pretended_is_true;

	if (cairn_auth_variable_parse(bytes, n, change, ret_err) < 0 ||
	    cairn_auth_variable_check(change, name, &kek, rsa, ret_err) < 0)
		return -EACCES; /* ret_err->what: "something else was signed" */
	return 0;               /* change->data is what the variable holds now */
}

static void readme_example_of_a_variable_works(void **state)
{
	const struct cairn_authenticode_list kek = { allow_a.v, allow_a.n };
	struct cairn_auth_variable v;

	make_change(&made, &by_s, &db, &wanted);
	assert_int_equal(example(made.v, made.n, &db, kek, &err, &v), 0);
	assert_memory_equal(v.data, wanted.data, wanted.data_bytes);
	made.v[made.n - 1] ^= 1;
	assert_int_equal(example(made.v, made.n, &db, kek, &err, &v), -EACCES);
	assert_string_equal(err.what, changed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_says_what_is_where),
		cmocka_unit_test(each_form_by_one_who_is_allowed_is_taken),
		cmocka_unit_test(no_data_is_signed_too),
		cmocka_unit_test(only_who_is_allowed_counts),
		cmocka_unit_test(signature_by_another_key_is_refused),
		cmocka_unit_test(other_entries_allow_nobody),
		cmocka_unit_test(chain_needs_each_of_its_links),
		cmocka_unit_test(other_name_guid_or_attributes_are_refused),
		cmocka_unit_test(changed_bit_is_refused_with_and_without_attributes),
		cmocka_unit_test(change_cut_anywhere_is_refused),
		cmocka_unit_test(signature_cut_anywhere_is_refused),
		cmocka_unit_test(bytes_behind_the_signature_are_refused),
		cmocka_unit_test(only_the_one_form_is_taken),
		cmocka_unit_test(headers_that_say_something_else_are_refused),
		cmocka_unit_test(lengths_are_taken_up_to_the_last_byte),
		cmocka_unit_test(signer_is_its_name_and_the_top_of_its_chain),
		cmocka_unit_test(certificate_that_vouches_for_nobody_is_no_top),
		cmocka_unit_test(signer_must_have_signed),
		cmocka_unit_test(signer_without_common_name_is_refused),
		cmocka_unit_test(chain_without_end_has_no_top),
		cmocka_unit_test(readme_example_of_a_variable_works),
	};

	return cmocka_run_group_tests(tests, make_family, NULL);
}
