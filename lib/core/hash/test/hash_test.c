/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/hash.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const enum cairn_hash_kind kinds[] = { CAIRN_SHA1, CAIRN_SHA256, CAIRN_SHA384,
					      CAIRN_SHA512 };

static void assert_digest(enum cairn_hash_kind kind, const uint8_t *digest, const char *hex)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * CAIRN_HASH_BYTES_MAX + 1];
	uint32_t n = cairn_hash_size(kind);

	for (uint32_t i = 0; i < n; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	text[2 * n] = '\0';
	assert_string_equal(text, hex);
}

/* The examples that NIST gives with FIPS 180-4. */
static void nists_examples_have_their_digests(void **state)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static const char *const known[][3] = {
		{ "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		  "a9993e364706816aba3e25717850c26c9cd0d89d",
		  "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
		{ "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fb"
		  "d51ad2f14898b95b",
		  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc23"
		  "58baeca134c825a7",
		  "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f"
		  "5fe95b1fe3c8452b" },
		{ "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0"
		  "ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a8"
		  "36ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		  "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c33596fd15c13b1b07f9"
		  "aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445" },
	};
	uint8_t digest[CAIRN_HASH_BYTES_MAX];

	(void)state;
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(kinds); i++) {
		cairn_hash_bytes(kinds[i], "", 0, digest);
		assert_digest(kinds[i], digest, known[i][0]);
		cairn_hash_bytes(kinds[i], "abc", 3, digest);
		assert_digest(kinds[i], digest, known[i][1]);
		cairn_hash_bytes(kinds[i], two_blocks, sizeof(two_blocks) - 1, digest);
		assert_digest(kinds[i], digest, known[i][2]);
	}
}

static void a_million_letters_in_odd_pieces_have_their_digests(void **state)
{
	static const char *const known[] = {
		"34aa973cd4c4daa4f61eeb2bdbad27316534016f",
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
		"9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4eb"
		"ae97ddd87f3d8985",
		"e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a"
		"4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
	};
	static char letters[1009];

	(void)state;
	memset(letters, 'a', sizeof(letters));
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(kinds); i++) {
		uint8_t digest[CAIRN_HASH_BYTES_MAX];
		struct cairn_hash h;
		size_t piece;

		cairn_hash_init(&h, kinds[i]);
		for (size_t done = 0, n = 1; done < 1000000; done += piece, n = n * 7 % 1009) {
			piece = n < 1000000 - done ? n : 1000000 - done;
			cairn_hash_update(&h, letters, piece);
		}
		cairn_hash_final(&h, digest);
		assert_digest(kinds[i], digest, known[i]);
	}
}

/* The digest of the digests of 0 to 300 bytes, as Python's hashlib gives it: every padding. */
static void every_length_up_to_some_blocks_has_its_digest(void **state)
{
	static const char *const known[] = {
		"270bb19c120ce88431ce17590a2e0ac5f037b72a",
		"bb7d6d0d6592ab7edb752459c835ecac860ed253b337ce29b780d8e0bb3a76d5",
		"1aa18ba385cc365b70f51419756289ffb322cbd475a82bfd3905cfeb770d223e0abb2b9ad23ee67c"
		"2972f4e9d3717e31",
		"d6893c238a1cd927b0afc061ba3144a4594f1818915248156d2da60760cbce2863dfb44f10354301"
		"8e6c3b14159fbb3087aefd7ca803d832c212e5a396817f75",
	};
	uint8_t bytes[300], digest[CAIRN_HASH_BYTES_MAX];
	struct cairn_hash all;

	(void)state;
	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(kinds); i++) {
		cairn_hash_init(&all, kinds[i]);
		for (size_t n = 0; n <= sizeof(bytes); n++) {
			cairn_hash_bytes(kinds[i], bytes, n, digest);
			cairn_hash_update(&all, digest, cairn_hash_size(kinds[i]));
		}
		cairn_hash_final(&all, digest);
		assert_digest(kinds[i], digest, known[i]);
	}
}

static void readme_example_works(void **state)
{
	const char first[] = { 'a' }, rest[] = { 'b', 'c' };
	uint8_t digest[CAIRN_HASH_BYTES_MAX];

	(void)state;
	struct cairn_hash h;

	cairn_hash_init(&h, CAIRN_SHA256);
	cairn_hash_update(&h, first, sizeof(first));
	cairn_hash_update(&h, rest, sizeof(rest));
	cairn_hash_final(&h, digest); /* of "abc": ba7816bf… */
	assert_int_equal(digest[0], 0xba);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nists_examples_have_their_digests),
		cmocka_unit_test(a_million_letters_in_odd_pieces_have_their_digests),
		cmocka_unit_test(every_length_up_to_some_blocks_has_its_digest),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
