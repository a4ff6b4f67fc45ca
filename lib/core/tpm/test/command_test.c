/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Commands as the standard spells them, and answers that are not what they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <cairn/tpm.h>

static uint8_t command[CAIRN_TPM_COMMAND_MAX];

#define assert_command(n, ...)                                                                     \
	do {                                                                                       \
		static const uint8_t want[] = { __VA_ARGS__ };                                     \
                                                                                                   \
		assert_int_equal(n, sizeof(want));                                                 \
		assert_memory_equal(command, want, sizeof(want));                                  \
	} while (0)

static void simple_commands_are_spelled_right(void **state)
{
	assert_command(cairn_tpm_startup(command), 0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x44, 0, 0);
	assert_command(cairn_tpm_get_banks(command), 0x80, 1, 0, 0, 0, 22, 0, 0, 1, 0x7a, 0, 0, 0,
		       5, 0, 0, 0, 0, 0, 0, 0, 1);
	assert_command(cairn_tpm_get_property(command, CAIRN_TPM_MANUFACTURER), 0x80, 1, 0, 0, 0,
		       22, 0, 0, 1, 0x7a, 0, 0, 0, 6, 0, 0, 1, 5, 0, 0, 0, 1);
	assert_command(cairn_tpm_pcr_read(command, CAIRN_SHA256, 17), 0x80, 1, 0, 0, 0, 20, 0, 0, 1,
		       0x7e, 0, 0, 0, 1, 0, 11, 3, 0, 0, 2);
	assert_command(cairn_tpm_get_random(command, 32), 0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x7b, 0,
		       32);
}

static void commands_with_a_password_are_spelled_right(void **state)
{
	assert_command(cairn_tpm_pcr_event(command, 4, "ab", 2), 0x80, 2, 0, 0, 0, 31, 0, 0, 1,
		       0x3c, 0, 0, 0, 4, 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0, 0, 2, 'a', 'b');
	assert_command(cairn_tpm_set_platform_auth(command, "xyz", 3), 0x80, 2, 0, 0, 0, 32, 0, 0,
		       1, 0x29, 0x40, 0, 0, 0x0c, 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0, 0, 3,
		       'x', 'y', 'z');
}

static void extend_has_a_digest_of_each_bank(void **state)
{
	static const uint8_t head[] = { 0x80, 2, 0, 0, 0, 103, 0, 0,    1, 0x82, 0,
					0,    0, 7, 0, 0, 0,   9, 0x40, 0, 0,    9,
					0,    0, 0, 0, 0, 0,   0, 0,    2, 0,    4 };
	struct cairn_tpm_digests d;
	uint8_t want[CAIRN_HASH_BYTES_MAX];

	cairn_tpm_digest(1u << CAIRN_SHA1 | 1u << CAIRN_SHA384, "abc", 3, &d);
	assert_int_equal(d.kinds, 5);
	assert_int_equal(cairn_tpm_pcr_extend(command, 7, &d), 103);
	assert_memory_equal(command, head, sizeof(head));
	cairn_hash_bytes(CAIRN_SHA1, "abc", 3, want);
	assert_memory_equal(command + 33, want, 20);
	assert_memory_equal(command + 53, "\0\x0c", 2);
	cairn_hash_bytes(CAIRN_SHA384, "abc", 3, want);
	assert_memory_equal(command + 55, want, 48);
}

static void the_longest_commands_fit(void **state)
{
	uint8_t event[CAIRN_TPM_EVENT_MAX] = { 0 };
	struct cairn_tpm_digests d;

	cairn_tpm_digest(15, "", 0, &d);
	assert_true(cairn_tpm_pcr_extend(command, 0, &d) <= sizeof(command));
	assert_true(cairn_tpm_pcr_event(command, 0, event, sizeof(event)) <= sizeof(command));
	assert_true(cairn_tpm_set_platform_auth(command, event, CAIRN_TPM_AUTH_MAX) <=
		    sizeof(command));
}

static void kinds_have_names_on_the_wire(void **state)
{
	enum cairn_hash_kind kind;

	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++) {
		assert_int_equal(cairn_tpm_kind(cairn_tpm_alg((enum cairn_hash_kind)i), &kind), 0);
		assert_int_equal(kind, i);
	}
	assert_int_equal(cairn_tpm_kind(0x12, &kind), -ENOTSUP); /* SM3 */
	assert_int_equal(cairn_tpm_kind(0, &kind), -ENOTSUP);
}

static struct cairn_tpm_response parsed(const void *bytes, size_t n)
{
	struct cairn_tpm_response r = { 0 };

	assert_int_equal(cairn_tpm_parse(bytes, n, &r), 0);
	return r;
}

/* The answer with this body, of code 0. */
static struct cairn_tpm_response answer(const void *body, size_t n)
{
	static uint8_t bytes[256];

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "\x80\1\0\0\0", 5);
	bytes[5] = (uint8_t)(n + 10);
	memcpy(bytes + 10, body, n);
	return parsed(bytes, n + 10);
}

static void headers_are_checked(void **state)
{
	struct cairn_tpm_response r;

	r = parsed("\x80\1\0\0\0\x0a\0\0\1\1", 10);
	assert_int_equal(r.rc, 0x101);
	assert_int_equal(r.n, 0);
	assert_int_equal(parsed("\x80\2\0\0\0\x0b\0\0\0\0x", 11).n, 1);
	assert_int_equal(cairn_tpm_parse((const uint8_t *)"\x80\1\0\0\0\x09\0\0\0", 9, &r),
			 -EPROTO);
	assert_int_equal(cairn_tpm_parse((const uint8_t *)"", 0, &r), -EPROTO);
	assert_int_equal(cairn_tpm_parse((const uint8_t *)"\x80\1\0\0\0\x0b\0\0\0\0", 10, &r),
			 -EPROTO);
	assert_int_equal(cairn_tpm_parse((const uint8_t *)"\x80\1\0\0\0\x0a\0\0\0\0x", 11, &r),
			 -EPROTO);
	assert_int_equal(cairn_tpm_parse((const uint8_t *)"\x00\xc4\0\0\0\x0a\0\0\0\0", 10, &r),
			 -EPROTO);
}

static const uint8_t banks_answer[] = {
	0, 0,    0, 0,    5,    0,    0, 0, 3, /* three of them */
	0, 4,    3, 0,    0,    0,             /* SHA-1: there, off */
	0, 11,   3, 0xff, 0xff, 0xff,          /* SHA-256 */
	0, 0x12, 3, 0,    0,    0,             /* SM3, off */
};

static void banks_are_told_apart(void **state)
{
	struct cairn_tpm_response r = answer(banks_answer, sizeof(banks_answer));
	uint8_t changed[sizeof(banks_answer)];
	struct cairn_tpm_banks b;

	assert_int_equal(cairn_tpm_banks(&r, &b), 0);
	assert_int_equal(b.supported, 1u << CAIRN_SHA1 | 1u << CAIRN_SHA256);
	assert_int_equal(b.active, 1u << CAIRN_SHA256);
	assert_int_equal(b.n_supported, 3);
	assert_false(b.has_unknown);
	memcpy(changed, banks_answer, sizeof(changed));
	changed[25] = 1;
	r = answer(changed, sizeof(changed));
	assert_int_equal(cairn_tpm_banks(&r, &b), 0);
	assert_true(b.has_unknown);
}

static void banks_that_cannot_be_are_refused(void **state)
{
	uint8_t changed[sizeof(banks_answer)];
	struct cairn_tpm_banks b;
	struct cairn_tpm_response r;

	for (size_t n = 0; n < sizeof(banks_answer); n++) {
		r = answer(banks_answer, n);
		assert_int_equal(cairn_tpm_banks(&r, &b), -EPROTO);
	}
	memcpy(changed, banks_answer, sizeof(changed));
	changed[4] = 6; /* properties */
	r = answer(changed, sizeof(changed));
	assert_int_equal(cairn_tpm_banks(&r, &b), -EPROTO);
	memcpy(changed, banks_answer, sizeof(changed));
	changed[5] = 0xff; /* four thousand million of them */
	r = answer(changed, sizeof(changed));
	assert_int_equal(cairn_tpm_banks(&r, &b), -EPROTO);
}

static void property_must_be_the_one_asked_for(void **state)
{
	static const uint8_t body[] = { 0, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 1, 5, 'I', 'B', 'M', 0 };
	struct cairn_tpm_response r = answer(body, sizeof(body));
	uint32_t v = 0;

	assert_int_equal(cairn_tpm_property(&r, CAIRN_TPM_MANUFACTURER, &v), 0);
	assert_int_equal(v, 0x49424d00);
	assert_int_equal(cairn_tpm_property(&r, CAIRN_TPM_MAX_COMMAND, &v), -EPROTO);
	r = answer(body, sizeof(body) - 1);
	assert_int_equal(cairn_tpm_property(&r, CAIRN_TPM_MANUFACTURER, &v), -EPROTO);
}

static void pcr_must_be_of_the_bank_asked_for(void **state)
{
	uint8_t body[64] = { 0, 0, 0, 9, 0, 0, 0, 1, 0, 4, 3, 1, 0, 0, 0, 0, 0, 1, 0, 20 };
	uint8_t v[CAIRN_HASH_BYTES_MAX];
	struct cairn_tpm_response r;

	body[20] = 0xaa;
	r = answer(body, 40);
	assert_int_equal(cairn_tpm_pcr_value(&r, CAIRN_SHA1, v), 0);
	assert_memory_equal(v, body + 20, 20);
	assert_int_equal(cairn_tpm_pcr_value(&r, CAIRN_SHA256, v), -EPROTO);
	r = answer(body, 39);
	assert_int_equal(cairn_tpm_pcr_value(&r, CAIRN_SHA1, v), -EPROTO);
	body[11] = 0; /* the bank does not have it */
	r = answer(body, 40);
	assert_int_equal(cairn_tpm_pcr_value(&r, CAIRN_SHA1, v), -EPROTO);
	body[11] = 1;
	body[9] = 0x12; /* SM3 is as long as SHA-256 */
	body[19] = 32;
	r = answer(body, 52);
	assert_int_equal(cairn_tpm_pcr_value(&r, CAIRN_SHA256, v), -EPROTO);
	body[9] = 0x0b;
	r = answer(body, 52);
	assert_int_equal(cairn_tpm_pcr_value(&r, CAIRN_SHA256, v), 0);
	body[9] = 4;
	body[19] = 21;
	r = answer(body, 41);
	assert_int_equal(cairn_tpm_pcr_value(&r, CAIRN_SHA1, v), -EPROTO);
}

static void random_bytes_are_no_more_than_asked_for(void **state)
{
	uint8_t out[4] = { 0 };
	struct cairn_tpm_response r = answer("\0\4abcd", 6);
	size_t n = 0;

	assert_int_equal(cairn_tpm_random(&r, out, 4, &n), 0);
	assert_int_equal(n, 4);
	assert_memory_equal(out, "abcd", 4);
	assert_int_equal(cairn_tpm_random(&r, out, 3, &n), -EPROTO);
	r = answer("\0\4abc", 5);
	assert_int_equal(cairn_tpm_random(&r, out, 4, &n), -EPROTO);
	r = answer("\0\0", 2);
	assert_int_equal(cairn_tpm_random(&r, out, 4, &n), -EPROTO);
}

/* As in the component's README. */
static int extend(int (*carry)(const uint8_t *bytes, size_t n, uint8_t *answer, size_t *ret_n),
		  const void *bytes, size_t n)
{
	struct cairn_tpm_response response;
	struct cairn_tpm_digests digests;
	uint8_t request[CAIRN_TPM_COMMAND_MAX], reply[64];
	size_t len = sizeof(reply);
	int ret;

	cairn_tpm_digest(1u << CAIRN_SHA256, bytes, n, &digests);
	ret = carry(request, cairn_tpm_pcr_extend(request, 4, &digests), reply, &len);
	if (ret == 0)
		ret = cairn_tpm_parse(reply, len, &response);
	return ret < 0 || response.rc == CAIRN_TPM_RC_SUCCESS ? ret : -EIO;
}

static int carry_well(const uint8_t *bytes, size_t n, uint8_t *ret, size_t *ret_n)
{
	*ret_n = 10;
	memcpy(ret, "\x80\2\0\0\0\x0a\0\0\0\0", 10);
	return n == 31 + 34 ? 0 : -EINVAL;
}

static int carry_badly(const uint8_t *bytes, size_t n, uint8_t *ret, size_t *ret_n)
{
	*ret_n = 10;
	memcpy(ret, "\x80\1\0\0\0\x0a\0\0\1\1", 10);
	return 0;
}

static void readme_example_works(void **state)
{
	assert_int_equal(extend(carry_well, "abc", 3), 0);
	assert_int_equal(extend(carry_badly, "abc", 3), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple_commands_are_spelled_right),
		cmocka_unit_test(commands_with_a_password_are_spelled_right),
		cmocka_unit_test(extend_has_a_digest_of_each_bank),
		cmocka_unit_test(the_longest_commands_fit),
		cmocka_unit_test(kinds_have_names_on_the_wire),
		cmocka_unit_test(headers_are_checked),
		cmocka_unit_test(banks_are_told_apart),
		cmocka_unit_test(banks_that_cannot_be_are_refused),
		cmocka_unit_test(property_must_be_the_one_asked_for),
		cmocka_unit_test(pcr_must_be_of_the_bank_asked_for),
		cmocka_unit_test(random_bytes_are_no_more_than_asked_for),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
