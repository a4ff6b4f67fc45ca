/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cairn/le.h>

#include "family.h"

enum { CERT_SIGN = 0x04 };

static const struct signature_spec by_s = { .certs = { &cert_s },
					    .n_certs = 1,
					    .issuer = 'A',
					    .name = 'S',
					    .key = 's',
					    .kind = CAIRN_SHA256 };
static struct cairn_err err;
static struct blob file;

static struct blob list_of(enum list_kind kind, const struct blob *cert)
{
	struct blob b = { 0 };

	add_list(&b, kind, cert->v, cert->n);
	return b;
}

static void make_signed(const struct signature_spec *spec)
{
	make_file(&file);
	sign(&file, spec);
}

static void assert_allowed(const struct blob *allowed, const struct blob *forbidden)
{
	assert_int_equal(check(&file, allowed, forbidden, &err), 0);
}

static void assert_refused(const struct blob *allowed, const struct blob *forbidden,
			   const char *what)
{
	assert_int_equal(check(&file, allowed, forbidden, &err), -EACCES);
	assert_string_equal(err.what, what);
}

static void signed_by_whom_an_allowed_one_vouches_for(void **state)
{
	struct blob other = list_of(LIST_CERT, &cert_z);

	make_signed(&by_s);
	assert_allowed(&allow_a, NULL);
	assert_refused(&other, NULL, "nobody who is trusted signed it");
	assert_refused(NULL, NULL, "nobody who is trusted signed it");
	make_signed(&by_t);
	assert_allowed(&allow_a, NULL);
}

static void signer_may_be_allowed_by_itself(void **state)
{
	struct blob list = list_of(LIST_CERT, &cert_s);

	make_signed(&by_s);
	assert_allowed(&list, NULL);
	make_signed(&by_z);
	assert_refused(&list, NULL, "nobody who is trusted signed it");
}

static void other_hashes_are_known(void **state)
{
	struct signature_spec spec = by_s;

	for (spec.kind = CAIRN_SHA384; spec.kind <= CAIRN_SHA512; spec.kind++) {
		make_signed(&spec);
		assert_allowed(&allow_a, NULL);
	}
}

static void unsigned_is_refused(void **state)
{
	make_file(&file);
	assert_refused(&allow_a, NULL, "it is not signed");
}

static void signature_of_another_key_is_refused(void **state)
{
	struct signature_spec spec = by_s;

	spec.key = 'z';
	make_signed(&spec);
	assert_refused(&allow_a, NULL, "it was changed after it was signed");
}

/* Only the checksum and the place of the signatures are not signed; the latter is checked. */
static void changed_byte_anywhere_is_refused(void **state)
{
	uint64_t end;

	make_file(&file);
	end = file.n;
	sign(&file, &by_s);
	for (size_t i = 0; i < end; i++) {
		bool is_free = i >= FILE_CHECKSUM && i < FILE_CHECKSUM + 4;

		file.v[i] ^= 0x10;
		assert_int_equal(check(&file, &allow_a, NULL, &err) == 0, is_free);
		file.v[i] ^= 0x10;
	}
	assert_allowed(&allow_a, NULL);
}

static void bytes_added_anywhere_are_refused(void **state)
{
	make_signed(&by_s);
	put_byte(&file, 0);
	assert_int_equal(check(&file, &allow_a, NULL, &err), -EPROTO);
	assert_string_equal(err.what, "PE signatures that are not at the file's end");
}

/* In the signature itself what is not signed may change: then it still says the same. */
static void changed_signature_never_allows_another_program(void **state)
{
	uint32_t n_allowed = 0;
	uint64_t end;

	make_file(&file);
	end = file.n;
	sign(&file, &by_t);
	for (size_t i = end; i < file.n; i++) {
		for (uint32_t bit = 0; bit < 8; bit++) {
			file.v[i] = (uint8_t)(file.v[i] ^ 1u << bit);
			n_allowed += check(&file, &allow_a, NULL, &err) == 0;
			file.v[FILE_HEADERS] ^= 1;
			assert_int_not_equal(check(&file, &allow_a, NULL, &err), 0);
			file.v[FILE_HEADERS] ^= 1;
			file.v[i] = (uint8_t)(file.v[i] ^ 1u << bit);
		}
	}
	assert_in_range(n_allowed, 1, 8 * 128);
}

static void truncated_signature_is_refused(void **state)
{
	uint8_t digest[32];
	struct blob signature, cut;

	make_file(&file);
	digest_of_file(&file, CAIRN_SHA256, digest);
	make_signature(&signature, &by_s, digest);
	for (size_t n = 0; n < signature.n; n++) {
		cut = signature;
		cut.n = n;
		make_file(&file);
		add_signature(&file, &cut);
		assert_int_equal(check(&file, &allow_a, NULL, &err), -EACCES);
	}
}

static void one_right_signature_of_several_is_enough(void **state)
{
	struct signature_spec broken = by_s;

	broken.key = 'z';
	make_signed(&by_z);
	sign(&file, &by_s);
	assert_allowed(&allow_a, NULL);
	make_signed(&by_s);
	sign(&file, &broken);
	assert_allowed(&allow_a, NULL);
	make_signed(&broken);
	sign(&file, &by_z);
	assert_refused(&allow_a, NULL, "nobody who is trusted signed it");
}

static void signatures_beyond_the_limit_are_not_looked_at(void **state)
{
	make_signed(&by_z);
	for (uint32_t i = 1; i < CAIRN_AUTHENTICODE_SIGNATURES_MAX; i++)
		sign(&file, &by_z);
	sign(&file, &by_s);
	assert_refused(&allow_a, NULL, "nobody who is trusted signed it");
}

static void signatures_of_other_types_are_passed_over(void **state)
{
	make_signed(&by_s);
	file.v[3 * 0x200 + 24 + 6] = 0xf1;
	assert_refused(&allow_a, NULL, "its signature is malformed, or of an unknown kind");
	sign(&file, &by_s);
	assert_allowed(&allow_a, NULL);
}

/* The entry's revision, and lengths that are none, or too long. */
static void malformed_tables_end(void **state)
{
	static const char malformed[] = "its signature is malformed, or of an unknown kind";
	const size_t at = 3 * 0x200 + 24;

	make_signed(&by_s);
	file.v[at + 5] = 1;
	assert_refused(&allow_a, NULL, malformed);
	make_signed(&by_s);
	file.v[at + 1] ^= 0x10;
	assert_refused(&allow_a, NULL, "it is not signed");
	make_signed(&by_s);
	file.v[at] = 7;
	file.v[at + 1] = 0;
	assert_refused(&allow_a, NULL, "it is not signed");
}

static void last_signature_needs_no_padding(void **state)
{
	uint8_t digest[32];
	struct blob signature;

	make_file(&file);
	digest_of_file(&file, CAIRN_SHA256, digest);
	make_signature(&signature, &by_s, digest);
	while (signature.n % 8 != 1)
		put_byte(&signature, 0);
	make_file(&file);
	add_signature(&file, &signature);
	file.n -= 7;
	cairn_le_store(file.v + FILE_CERTS_ENTRY + 4, 4, 8 + signature.n);
	assert_allowed(&allow_a, NULL);
}

/* Its sections follow each other in the file, if not in its table. */
static void digest_is_of_the_file_in_its_order(void **state)
{
	uint8_t digest[32], known[32];
	struct cairn_hash h;

	make_file(&file);
	cairn_hash_init(&h, CAIRN_SHA256);
	cairn_hash_update(&h, file.v, FILE_CHECKSUM);
	cairn_hash_update(&h, file.v + FILE_CHECKSUM + 4, FILE_CERTS_ENTRY - FILE_CHECKSUM - 4);
	cairn_hash_update(&h, file.v + FILE_CERTS_ENTRY + 8, file.n - FILE_CERTS_ENTRY - 8);
	cairn_hash_final(&h, known);
	digest_of_file(&file, CAIRN_SHA256, digest);
	assert_memory_equal(digest, known, sizeof(known));
}

static void digest_may_be_allowed(void **state)
{
	static const enum list_kind kinds[] = { LIST_SHA256, LIST_SHA384, LIST_SHA512 };

	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(kinds); i++) {
		struct blob digest = { 0 }, list;

		make_file(&file);
		digest_of_file(&file, CAIRN_SHA256 + i, digest.v);
		digest.n = cairn_hash_size(CAIRN_SHA256 + i);
		list = list_of(kinds[i], &digest);
		assert_allowed(&list, NULL);
		sign(&file, &by_z);
		assert_allowed(&list, NULL);
		assert_refused(&list, &list, "it is revoked");
		file.v[FILE_HEADERS] ^= 1;
		assert_int_equal(check(&file, &list, NULL, &err), -EACCES);
	}
}

/* The digest of a program may stand in the list of any other kind without meaning anything. */
static void hash_of_a_certificate_allows_no_program(void **state)
{
	struct blob digest = { .n = 32 }, list;

	make_file(&file);
	digest_of_file(&file, CAIRN_SHA256, digest.v);
	list = list_of(LIST_CERT_SHA256, &digest);
	assert_refused(&list, NULL, "it is not signed");
}

static void each_certificate_of_the_chain_may_be_revoked(void **state)
{
	const struct blob *const certs[] = { &cert_t, &cert_b, &cert_a };

	make_signed(&by_t);
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(certs); i++) {
		struct blob list = list_of(LIST_CERT, certs[i]);

		assert_refused(&allow_a, &list, "its signature is revoked");
	}
}

static struct blob hash_of_cert(const struct blob *cert, enum cairn_hash_kind kind)
{
	struct blob b = { .n = cairn_hash_size(kind) };
	size_t n;
	const uint8_t *tbs = tbs_of(cert, &n);

	cairn_hash_bytes(kind, tbs, n, b.v);
	return b;
}

static void each_certificate_may_be_revoked_by_its_hash(void **state)
{
	const struct blob *const certs[] = { &cert_t, &cert_b, &cert_a };

	make_signed(&by_t);
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(certs); i++) {
		for (uint32_t k = 0; k < 3; k++) {
			struct blob hash = hash_of_cert(certs[i], CAIRN_SHA256 + k), list;

			list = list_of(LIST_CERT_SHA256 + k, &hash);
			assert_refused(&allow_a, &list, "its signature is revoked");
			hash.v[hash.n - 1] ^= 1;
			list = list_of(LIST_CERT_SHA256 + k, &hash);
			assert_allowed(&allow_a, &list);
		}
	}
}

static void revoked_one_above_the_allowed_one_counts(void **state)
{
	struct blob allow_t = list_of(LIST_CERT, &cert_t), forbid_a = list_of(LIST_CERT, &cert_a);

	make_signed(&by_t);
	assert_allowed(&allow_t, NULL);
	assert_refused(&allow_t, &forbid_a, "its signature is revoked");
}

static void one_revoked_signature_of_several_is_enough(void **state)
{
	struct blob list = list_of(LIST_CERT, &cert_z);

	make_signed(&by_s);
	sign(&file, &by_z);
	assert_refused(&allow_a, &list, "its signature is revoked");
	make_signed(&by_z);
	sign(&file, &by_s);
	assert_refused(&allow_a, &list, "its signature is revoked");
}

static void revoked_signature_is_not_saved_by_the_digest(void **state)
{
	struct blob digest = { .n = 32 }, allowed, list = list_of(LIST_CERT, &cert_s);

	make_signed(&by_s);
	digest_of_file(&file, CAIRN_SHA256, digest.v);
	allowed = list_of(LIST_SHA256, &digest);
	assert_allowed(&allowed, NULL);
	assert_refused(&allowed, &list, "its signature is revoked");
}

/* T's chain with B as the test says. */
static void assert_chain(const struct cert_spec *b, bool is_good)
{
	struct blob saved = cert_b;

	make_cert(&cert_b, b);
	make_signed(&by_t);
	assert_int_equal(check(&file, &allow_a, NULL, &err), is_good ? 0 : -EACCES);
	cert_b = saved;
}

/* The lists, one of one entry each. */
static size_t entry_at(const struct blob *lists, uint32_t i)
{
	size_t at = 0;

	while (i--)
		at += cairn_le_load(lists->v + at + 16, 4);
	return at + 28;
}

static void assert_by(const struct blob *allowed, uint32_t entry)
{
	size_t at = entry_at(allowed, entry);

	assert_allowed(allowed, NULL);
	assert_int_equal(check_by_at, at);
	assert_int_equal(check_by_bytes, cairn_le_load(allowed->v + at - 4, 4));
}

/* Z, A, B and the digest of the program as it is. */
static void entry_that_counts_is_told(void **state)
{
	struct blob lists = list_of(LIST_CERT, &cert_z), digest = { .n = 32 };

	make_file(&file);
	digest_of_file(&file, CAIRN_SHA256, digest.v);
	add_list(&lists, LIST_CERT, cert_a.v, cert_a.n);
	add_list(&lists, LIST_CERT, cert_b.v, cert_b.n);
	add_list(&lists, LIST_CERT, cert_a.v, cert_a.n);
	add_list(&lists, LIST_SHA256, digest.v, digest.n);
	assert_by(&lists, 4);
	sign(&file, &by_t); /* B vouches for it, A for B */
	assert_by(&lists, 2);
	sign(&file, &by_z);
	assert_by(&lists, 2);
	make_signed(&by_s);
	assert_by(&lists, 1);
	make_signed(&by_z);
	assert_by(&lists, 0);
}

static void only_authorities_vouch(void **state)
{
	struct cert_spec b = spec_b;

	assert_chain(&b, true);
	b.usage = CERT_SIGN;
	assert_chain(&b, true);
	b.usage = 0x80;
	assert_chain(&b, false);
	b = spec_b;
	b.is_ca = false;
	assert_chain(&b, false);
	b = spec_b;
	b.has_path = true;
	assert_chain(&b, true);
	b = spec_b;
	b.key = 'z';
	assert_chain(&b, false);
	b = spec_b;
	b.made_by = 'z';
	assert_chain(&b, false);
	b = spec_b;
	b.name = 'C';
	assert_chain(&b, false);
}

static void certificates_that_cannot_be_judged_help_nobody(void **state)
{
	struct cert_spec b = spec_b;

	b.is_critical = true;
	assert_chain(&b, false);
	b = spec_b;
	b.is_twice = true;
	assert_chain(&b, false);
	b = spec_b;
	b.is_sha1 = true;
	assert_chain(&b, false);
	b = spec_b;
	b.is_unsigned = true;
	assert_chain(&b, false);
	b = spec_b;
	b.n_more = 32;
	assert_chain(&b, false);
	b.n_more = 20;
	assert_chain(&b, true);
}

static void path_lengths_hold(void **state)
{
	struct cert_spec a = spec_a;
	struct blob allowed;

	a.has_path = true;
	for (a.path = 0; a.path < 2; a.path++) {
		make_cert(&cert_a, &a);
		allowed = list_of(LIST_CERT, &cert_a);
		make_signed(&by_s);
		assert_allowed(&allowed, NULL);
		make_signed(&by_t);
		assert_int_equal(check(&file, &allowed, NULL, &err), a.path ? 0 : -EACCES);
	}
	make_cert(&cert_a, &spec_a);
}

/* S <- 1 <- 2 <- ... <- A */
static void make_long_chain(uint32_t n_between)
{
	static struct blob links[CAIRN_AUTHENTICODE_CHAIN_MAX + 1];
	struct signature_spec spec = {
		.issuer = n_between ? '1' : 'A', .name = 'S', .key = 's', .kind = CAIRN_SHA256
	};

	for (uint32_t i = 0; i <= n_between; i++) {
		bool is_last = i == n_between;
		struct cert_spec c = { .name = i ? (char)('0' + i) : 'S',
				       .key = i ? (char)('0' + i) : 's',
				       .issuer = is_last ? 'A' : (char)('1' + i),
				       .made_by = is_last ? 'a' : (char)('1' + i),
				       .is_ca = true };

		make_cert(&links[i], &c);
		spec.certs[i] = &links[i];
	}
	spec.n_certs = n_between + 1;
	make_signed(&spec);
}

static void chains_have_a_limit(void **state)
{
	make_long_chain(CAIRN_AUTHENTICODE_CHAIN_MAX - 1);
	assert_allowed(&allow_a, NULL);
	make_long_chain(CAIRN_AUTHENTICODE_CHAIN_MAX);
	assert_refused(&allow_a, NULL, "nobody who is trusted signed it");
}

static void authorities_that_vouch_for_each_other_end(void **state)
{
	const struct cert_spec spec_p = {
		.name = 'P', .key = 'p', .issuer = 'Q', .made_by = 'q', .is_ca = true
	};
	const struct cert_spec spec_q = {
		.name = 'Q', .key = 'q', .issuer = 'P', .made_by = 'p', .is_ca = true
	};
	static struct blob p, q;
	const struct signature_spec spec = { .certs = { &p, &q },
					     .n_certs = 2,
					     .issuer = 'Q',
					     .name = 'P',
					     .key = 'p',
					     .kind = CAIRN_SHA256 };

	make_cert(&p, &spec_p);
	make_cert(&q, &spec_q);
	make_signed(&spec);
	assert_refused(&allow_a, NULL, "nobody who is trusted signed it");
}

static void assert_form_is_refused(const struct signature_spec *spec, const char *what)
{
	make_signed(spec);
	assert_refused(&allow_a, NULL, what);
}

static void only_authenticodes_one_form_is_taken(void **state)
{
	static const char malformed[] = "its signature is malformed, or of an unknown kind";
	struct signature_spec spec = by_s;

	spec.n_padding = 7;
	make_signed(&spec);
	assert_allowed(&allow_a, NULL);
	spec.n_padding = 8;
	assert_form_is_refused(&spec, malformed);
#define REFUSED_WITH(field, what)                                                                  \
	do {                                                                                       \
		spec = by_s;                                                                       \
		spec.field = true;                                                                 \
		assert_form_is_refused(&spec, what);                                               \
	} while (0)
	REFUSED_WITH(is_of_sha1, malformed);
	REFUSED_WITH(has_other_type, malformed);
	REFUSED_WITH(has_other_kind, malformed);
	REFUSED_WITH(has_other_attribute, malformed);
	REFUSED_WITH(has_other_form, malformed);
	REFUSED_WITH(has_short_digest, malformed);
	REFUSED_WITH(has_other_rsa, malformed);
	REFUSED_WITH(has_rest, malformed);
	REFUSED_WITH(has_no_attributes, malformed);
	REFUSED_WITH(has_no_digest, malformed);
	REFUSED_WITH(has_twice, malformed);
	REFUSED_WITH(has_two_signers, malformed);
	REFUSED_WITH(has_no_certs, malformed);
	REFUSED_WITH(is_bare, malformed);
	REFUSED_WITH(has_wrong_digest, "it was changed after it was signed");
	spec = by_s;
	spec.n_attributes = 13;
	make_signed(&spec);
	assert_allowed(&allow_a, NULL);
	spec.n_attributes = 14;
	assert_form_is_refused(&spec, malformed);
	spec = by_s;
	spec.name = 'X';
	assert_form_is_refused(&spec, malformed);
	spec = by_s;
	spec.issuer = 'X';
	assert_form_is_refused(&spec, malformed);
}

static void certificates_beyond_the_limit_are_refused(void **state)
{
	struct signature_spec spec = by_s;

	while (spec.n_certs < CAIRN_AUTHENTICODE_CERTIFICATES_MAX)
		spec.certs[spec.n_certs++] = &cert_z;
	make_signed(&spec);
	assert_allowed(&allow_a, NULL);
	spec.certs[spec.n_certs++] = &cert_z;
	assert_form_is_refused(&spec, "its signature is malformed, or of an unknown kind");
}

static void sections_longer_than_the_file_are_refused(void **state)
{
	const size_t raw_at = 0x40 + 24 + 240 + 20;
	uint8_t digest[32];
	struct cairn_pe pe;
	struct cairn_image image;

	make_file(&file);
	file.v[raw_at + 1] = 2; /* both sections are the same bytes now, which is no harm */
	image = cairn_loader_image_mem(file.v, file.n);
	assert_int_equal(cairn_loader_pe_parse(&image, &pe, &err), 0);
	assert_int_equal(cairn_authenticode_digest(CAIRN_SHA256, file.v, file.n, &pe, digest, &err),
			 0);
	file.n = 0x400;
	image = cairn_loader_image_mem(file.v, file.n);
	assert_int_equal(cairn_loader_pe_parse(&image, &pe, &err), 0);
	assert_int_equal(cairn_authenticode_digest(CAIRN_SHA256, file.v, file.n, &pe, digest, &err),
			 -EPROTO);
	assert_string_equal(err.what, "PE sections longer than their file");
}

static void example(const void *bytes, size_t n, const struct cairn_pe *pe,
		    struct cairn_authenticode_list db, struct cairn_authenticode_list dbx,
		    const char **ret_why)
{
	bool (*const rsa)(const struct cairn_authenticode_claim *claim) = pretended_is_true;
	const struct cairn_authenticode_policy policy = { .allowed = db,
							  .forbidden = dbx,
							  .is_true = rsa };
	struct cairn_err why = { 0 };

	if (cairn_authenticode_check(&policy, bytes, n, pe, NULL, &why) < 0)
		*ret_why = why.what; /* "it was changed after it was signed" */
}

static void readme_example_works(void **state)
{
	struct cairn_image image;
	struct cairn_pe pe;
	const char *why = NULL;

	make_signed(&by_s);
	file.v[FILE_HEADERS] ^= 1;
	image = cairn_loader_image_mem(file.v, file.n);
	assert_int_equal(cairn_loader_pe_parse(&image, &pe, &err), 0);
	example(file.v, file.n, &pe, (struct cairn_authenticode_list){ allow_a.v, allow_a.n },
		(struct cairn_authenticode_list){ 0 }, &why);
	assert_string_equal(why, "it was changed after it was signed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signed_by_whom_an_allowed_one_vouches_for),
		cmocka_unit_test(signer_may_be_allowed_by_itself),
		cmocka_unit_test(other_hashes_are_known),
		cmocka_unit_test(unsigned_is_refused),
		cmocka_unit_test(signature_of_another_key_is_refused),
		cmocka_unit_test(changed_byte_anywhere_is_refused),
		cmocka_unit_test(bytes_added_anywhere_are_refused),
		cmocka_unit_test(changed_signature_never_allows_another_program),
		cmocka_unit_test(truncated_signature_is_refused),
		cmocka_unit_test(one_right_signature_of_several_is_enough),
		cmocka_unit_test(signatures_beyond_the_limit_are_not_looked_at),
		cmocka_unit_test(signatures_of_other_types_are_passed_over),
		cmocka_unit_test(malformed_tables_end),
		cmocka_unit_test(last_signature_needs_no_padding),
		cmocka_unit_test(digest_is_of_the_file_in_its_order),
		cmocka_unit_test(digest_may_be_allowed),
		cmocka_unit_test(hash_of_a_certificate_allows_no_program),
		cmocka_unit_test(each_certificate_of_the_chain_may_be_revoked),
		cmocka_unit_test(each_certificate_may_be_revoked_by_its_hash),
		cmocka_unit_test(revoked_one_above_the_allowed_one_counts),
		cmocka_unit_test(one_revoked_signature_of_several_is_enough),
		cmocka_unit_test(revoked_signature_is_not_saved_by_the_digest),
		cmocka_unit_test(entry_that_counts_is_told),
		cmocka_unit_test(only_authorities_vouch),
		cmocka_unit_test(certificates_that_cannot_be_judged_help_nobody),
		cmocka_unit_test(path_lengths_hold),
		cmocka_unit_test(chains_have_a_limit),
		cmocka_unit_test(authorities_that_vouch_for_each_other_end),
		cmocka_unit_test(only_authenticodes_one_form_is_taken),
		cmocka_unit_test(certificates_beyond_the_limit_are_refused),
		cmocka_unit_test(sections_longer_than_the_file_are_refused),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, make_family, NULL);
}
