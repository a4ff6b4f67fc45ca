/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "make.h"

static struct cairn_err err;

static int check_list(const struct blob *b)
{
	uint8_t *exact = malloc(b->n + !b->n);
	const struct cairn_authenticode_list list = { exact, b->n };
	int r;

	assert_non_null(exact);
	memcpy(exact, b->v, b->n);
	r = cairn_authenticode_list_check(&list, &err);
	free(exact);
	return r;
}

static struct blob good(void)
{
	const struct cert_spec spec = { .name = 'A', .key = 'a', .issuer = 'A', .made_by = 'a' };
	struct blob cert, b = { 0 };

	make_cert(&cert, &spec);
	add_list(&b, LIST_SHA256, "12345678901234567890123456789012", 32);
	add_list(&b, LIST_CERT, cert.v, cert.n);
	add_list(&b, LIST_CERT_SHA512, cert.v, 64);
	return b;
}

static void good_lists_are_taken(void **state)
{
	struct blob b = good(), none = { 0 };

	assert_int_equal(check_list(&b), 0);
	assert_int_equal(check_list(&none), 0);
}

static void several_entries_of_one_list_are_taken(void **state)
{
	struct blob b = { 0 };

	add_list(&b, LIST_SHA256, "12345678901234567890123456789012", 32);
	put(&b, "whoever put it in and a hash of 32 bytes, you see", 48);
	assert_int_equal(check_list(&b), -EPROTO);
	b.v[16] += 47;
	b.n--;
	assert_int_equal(check_list(&b), -EPROTO);
	b.v[16]++;
	b.n++;
	assert_int_equal(check_list(&b), 0);
}

static void lists_cut_anywhere_are_refused(void **state)
{
	struct blob b = good();
	uint32_t n_good = 0;

	for (b.n--; b.n > 0; b.n--)
		n_good += check_list(&b) == 0;
	assert_int_equal(n_good, 2); /* behind the first and the second list */
}

static void refused_with(size_t at, uint8_t byte, int code)
{
	struct blob b = good();

	b.v[at] = byte;
	assert_int_equal(check_list(&b), -code);
}

static void sizes_of_lists_are_checked(void **state)
{
	refused_with(16, 27, EPROTO);   /* shorter than its own head */
	refused_with(16, 12, EPROTO);   /* so that what is left seems to be whole entries */
	refused_with(19, 0xff, EPROTO); /* longer than what is there */
	refused_with(20, 1, EPROTO);    /* a head of its own, which no kind has */
	refused_with(24, 0, EPROTO);    /* entries of nothing */
	refused_with(24, 47, EPROTO);   /* of another size than the hash's */
	refused_with(27, 0xff, EPROTO);
}

static void lists_that_cannot_be_obeyed_are_refused(void **state)
{
	refused_with(0, 0, ENOTSUP);
	assert_string_equal(err.what, "a list of signatures of an unknown kind");
	refused_with(28 + 48 + 28 + 16, 0x31, EPROTO); /* the certificate's first byte */
	assert_string_equal(err.what, "a certificate that is none");
	assert_int_equal(err.at, 28 + 48 + 28 + 16);
}

static void only_one_certificate_is_one(void **state)
{
	const struct cert_spec spec = { .name = 'A', .key = 'a', .issuer = 'A', .made_by = 'a' };
	struct cairn_authenticode_list list = { NULL, 0 };
	struct blob cert, b = { 0 };

	assert_false(cairn_authenticode_list_is_certificate(&list));
	make_cert(&cert, &spec);
	add_list(&b, LIST_CERT, cert.v, cert.n);
	list = (struct cairn_authenticode_list){ b.v, b.n };
	assert_true(cairn_authenticode_list_is_certificate(&list));
	add_list(&b, LIST_CERT, cert.v, cert.n);
	list.n = b.n;
	assert_false(cairn_authenticode_list_is_certificate(&list)); /* two lists */
	b.n = list.n = 28;
	memset(b.v + 16, 0, 12);
	b.v[16] = 28;
	b.v[26] = 1;
	assert_int_equal(check_list(&b), 0);
	assert_false(cairn_authenticode_list_is_certificate(&list)); /* a list of none */
	b.n = 0;
	add_list(&b, LIST_SHA256, "12345678901234567890123456789012", 32);
	list.n = b.n;
	assert_false(cairn_authenticode_list_is_certificate(&list));
}

static void what_is_there_is_not_appended_again(void **state)
{
	struct blob all = { 0 }, more = { 0 };
	struct cairn_authenticode_list list;
	size_t n;

	add_list(&all, LIST_SHA256, "12345678901234567890123456789012", 32);
	n = all.n;
	add_list(&more, LIST_SHA256, "12345678901234567890123456789012", 32);
	put(&more, "whoever put it in and a hash of 32 bytes, you see", 48);
	put(&more, "whoever put it in and a hash of 32 bytes, you see", 48);
	more.v[16] += 96;
	add_list(&more, LIST_CERT_SHA512, more.v, 64);
	assert_int_equal(check_list(&more), 0);
	list = (struct cairn_authenticode_list){ more.v, more.n };
	all.n += cairn_authenticode_list_append(all.v, n, &list);
	assert_int_equal(all.n, n + 28 + 48 + 28 + 96);
	assert_int_equal(check_list(&all), 0);
	assert_memory_equal(all.v + n + 28, "whoever put it in", 17);
	assert_memory_equal(all.v + n + 28 + 48, more.v + 28 + 3 * 48, 28 + 96);
	assert_int_equal(cairn_authenticode_list_append(all.v, all.n, &list), 0);
	list.n = 0;
	assert_int_equal(cairn_authenticode_list_append(all.v, all.n, &list), 0);
}

/* Of one size but two kinds, and of one kind but two sizes. */
static void entries_are_the_same_in_kind_and_size(void **state)
{
	const struct cert_spec large = {
		.name = 'A', .key = 'a', .issuer = 'A', .made_by = 'a', .is_ca = true
	};
	const struct cert_spec spec = { .name = 'A', .key = 'a', .issuer = 'A', .made_by = 'a' };
	const char hash[48] = "12345678901234567890123456789012"; /* behind it: at no time */
	struct blob all = { 0 }, more = { 0 }, cert;
	struct cairn_authenticode_list list;
	uint8_t *exact;

	add_list(&all, LIST_SHA384, hash, 48);
	make_cert(&cert, &large);
	add_list(&all, LIST_CERT, cert.v, cert.n);
	add_list(&more, LIST_CERT_SHA256, hash, 32);
	make_cert(&cert, &spec);
	add_list(&more, LIST_CERT, cert.v, cert.n);
	assert_int_equal(check_list(&all), 0);
	assert_int_equal(check_list(&more), 0);
	exact = malloc(more.n);
	assert_non_null(exact);
	memcpy(exact, more.v, more.n);
	list = (struct cairn_authenticode_list){ exact, more.n };
	assert_int_equal(cairn_authenticode_list_append(all.v, all.n, &list), more.n);
	assert_memory_equal(all.v + all.n, exact, more.n);
	free(exact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lists_are_taken),
		cmocka_unit_test(several_entries_of_one_list_are_taken),
		cmocka_unit_test(lists_cut_anywhere_are_refused),
		cmocka_unit_test(sizes_of_lists_are_checked),
		cmocka_unit_test(lists_that_cannot_be_obeyed_are_refused),
		cmocka_unit_test(only_one_certificate_is_one),
		cmocka_unit_test(what_is_there_is_not_appended_again),
		cmocka_unit_test(entries_are_the_same_in_kind_and_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
