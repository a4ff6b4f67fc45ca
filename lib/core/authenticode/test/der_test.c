/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Values as X.690 has them, and certificates that are not quite right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../src/x509.h"
#include "make.h"

static bool takes(const uint8_t *bytes, size_t n)
{
	struct cairn_der in = { bytes, n };
	bool is_taken = cairn_authenticode_take_(&in, DER_OCTETS, NULL, NULL);

	assert_ptr_equal(in.p, is_taken ? bytes + n : bytes);
	return is_taken;
}

#define TAKES(...) takes((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void only_the_shortest_length_is_taken(void **state)
{
	static const uint8_t longer[0x83] = { 4, 0x81, 0x80 }, padded[0x84] = { 4, 0x82, 0, 0x80 };
	static const uint8_t short_one[0x82] = { 4, 0x81, 0x7f };

	assert_true(TAKES(4, 0));
	assert_true(TAKES(4, 1, 7));
	assert_true(takes(longer, sizeof(longer)));
	assert_false(takes(padded, sizeof(padded)));
	assert_false(takes(short_one, sizeof(short_one)));
	assert_false(TAKES(4, 0x80, 0, 0));
	assert_false(TAKES(4, 0x85, 1, 0, 0, 0, 0));
}

static void values_that_are_cut_are_refused(void **state)
{
	assert_false(TAKES(4));
	assert_false(TAKES(4, 2, 7));
	assert_false(TAKES(4, 0x81));
	assert_false(TAKES(4, 0x82, 1));
	assert_false(TAKES(4, 0x84, 0xff, 0xff, 0xff, 0xff));
	assert_false(TAKES(5, 0));
	assert_false(takes((const uint8_t *)"", 0));
}

static void parameters_of_algorithms_are_none(void **state)
{
	uint8_t sha256[] = { 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0 };
	struct cairn_der in = { sha256, sizeof(sha256) };
	enum cairn_oid oid;

	assert_true(cairn_authenticode_take_algorithm_(&in, &oid));
	assert_int_equal(oid, OID_SHA256);
	sha256[13] = 4;
	in = (struct cairn_der){ sha256, sizeof(sha256) };
	assert_false(cairn_authenticode_take_algorithm_(&in, &oid));
	sha256[1] = 11;
	in = (struct cairn_der){ sha256, sizeof(sha256) - 2 };
	assert_true(cairn_authenticode_take_algorithm_(&in, &oid));
}

static struct blob cert;

static bool is_cert(void)
{
	struct cairn_x509 c;

	return cairn_authenticode_x509_((struct cairn_der){ cert.v, cert.n }, &c);
}

static void make(uint8_t path)
{
	const struct cert_spec spec = { .name = 'A',
					.key = 'a',
					.issuer = 'A',
					.made_by = 'a',
					.is_ca = true,
					.has_path = true,
					.path = path };

	make_cert(&cert, &spec);
}

/* With one byte of what follows the last such bytes changed. */
static void refused_with(const char *bytes, size_t n, size_t at, uint8_t byte)
{
	size_t i = cert.n - n;

	make(3);
	assert_true(is_cert());
	while (memcmp(cert.v + i, bytes, n) != 0)
		i--;
	cert.v[i + at] = byte;
	assert_false(is_cert());
}

static void flags_and_path_lengths_have_one_form(void **state)
{
	make(0x7f);
	assert_true(is_cert());
	make(0x80);
	assert_false(is_cert());
	refused_with("\x01\x01\xff", 3, 2, 1);
}

static void certificates_that_say_two_things_are_refused(void **state)
{
	refused_with("\x01\x01\x0b\x05", 4, 2, 12); /* how it is signed, there and inside */
	refused_with("\x03\x21\x00", 3, 2, 1);      /* a signature of bits that are no bytes */
	make(3);
	put_byte(&cert, 0);
	assert_false(is_cert());
}

static void certificates_cut_anywhere_are_refused(void **state)
{
	make(3);
	for (cert.n--; cert.n > 0; cert.n--)
		assert_false(is_cert());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_shortest_length_is_taken),
		cmocka_unit_test(values_that_are_cut_are_refused),
		cmocka_unit_test(parameters_of_algorithms_are_none),
		cmocka_unit_test(flags_and_path_lengths_have_one_form),
		cmocka_unit_test(certificates_that_say_two_things_are_refused),
		cmocka_unit_test(certificates_cut_anywhere_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
