/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cairn/bls.h>

static struct cairn_bls_text text(const char *s)
{
	return (struct cairn_bls_text){ s, (uint32_t)strlen(s) };
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void versions_compare_as_the_standard_says(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} cases[] = {
		{ "11", "11", 0 },
		{ "systemd-123", "systemd-123", 0 },
		{ "bar-123", "foo-123", -1 },
		{ "123a", "123", 1 },
		{ "123.a", "123", 1 },
		{ "123.a", "123.b", -1 },
		{ "123a", "123.a", 1 },
		{ "11\xce\xb1", "11\xce\xb2", 0 },
		{ "A", "a", -1 },
		{ "", "0", -1 },
		{ "0.", "0", 1 },
		{ "0.0", "0", 1 },
		{ "0", "~", 1 },
		{ "", "~", 1 },
		{ "1_", "1", 0 },
		{ "_1", "1", 0 },
		{ "1_", "1.2", -1 },
		{ "1_2_3", "1.3.3", 1 },
		{ "1+2+3", "1.3.3", 1 },
		{ "9", "10", -1 },
		{ "009", "9", 0 },
		{ "1~rc1", "1", -1 },
		{ "0x", "x", 0 },
		{ "ab", "abc", -1 },
		{ "6.1.0-9-amd64", "6.1.0-18-amd64", -1 },
		{ "99999999999999999999998", "99999999999999999999999", -1 },
		{ "~~", "~", 1 },
		{ "..", ".", 1 },
	};

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
		int got = sign(cairn_bls_version_compare(text(cases[i].a), text(cases[i].b)));

		if (got != cases[i].order)
			fail_msg("'%s' and '%s': %d", cases[i].a, cases[i].b, got);
		assert_int_equal(
		    sign(cairn_bls_version_compare(text(cases[i].b), text(cases[i].a))), -got);
	}
}

/* One chain that shows what each mark does: each is lower than all behind it. */
static void marks_order_as_the_standard_says(void **state)
{
	static const char *const chain[] = {
		"122.1",   "123~rc1-1", "123",     "123-a",   "123-a.1", "123-1",
		"123-1.1", "123^post1", "123.a-1", "123.1-1", "123a-1",  "124-1",
	};

	(void)state;
	for (int i = 0; i < (int)CAIRN_ARRAY_LEN(chain); i++)
		for (int k = 0; k < (int)CAIRN_ARRAY_LEN(chain); k++)
			assert_int_equal(
			    sign(cairn_bls_version_compare(text(chain[i]), text(chain[k]))),
			    (i > k) - (i < k));
}

static struct cairn_bls_entry make(const char *file, const char *words)
{
	struct cairn_bls_entry e;

	assert_int_equal(cairn_bls_entry_parse(file, strlen(file), words, strlen(words), &e, NULL),
			 0);
	return e;
}

static void entries_stand_in_the_order_of_the_standard(void **state)
{
	const struct cairn_bls_entry in_order[] = {
		make("z.conf", "linux /k\nsort-key a\nmachine-id 1\nversion 2"),
		make("y.conf", "linux /k\nsort-key a\nmachine-id 1\nversion 1"),
		make("x-10.conf", "linux /k\nsort-key a\nmachine-id 2"),
		make("x-9.conf", "linux /k\nsort-key a\nmachine-id 2"),
		make("w+1.conf", "linux /k\nsort-key b"),
		make("v-10.conf", "linux /k"),
		make("v-9+3.conf", "linux /k"),
		make("v-9+2-1.conf", "linux /k"),
		make("a.conf", "linux /k"),
		make("u+0-1.conf", "linux /k\nsort-key a"),
		make("zz+0-2.conf", "linux /k"),
	};

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(in_order); i++)
		for (size_t k = 0; k < CAIRN_ARRAY_LEN(in_order); k++)
			assert_int_equal(sign(cairn_bls_entry_compare(&in_order[i], &in_order[k])),
					 (i > k) - (i < k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_compare_as_the_standard_says),
		cmocka_unit_test(marks_order_as_the_standard_says),
		cmocka_unit_test(entries_stand_in_the_order_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
