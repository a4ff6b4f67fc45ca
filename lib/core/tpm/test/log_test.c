/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The event log: written, taken over from somebody else, replayed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <cairn/tpm_log.h>

#define BOTH      (1u << CAIRN_SHA1 | 1u << CAIRN_SHA256)
#define SPEC_SIZE (32u + 29 + 2 * 4) /* of a log with two hashes */

static uint8_t bytes[1024], copy[1024];

static struct cairn_tpm_log begun(void)
{
	struct cairn_tpm_log log;

	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(cairn_tpm_log_init(&log, bytes, sizeof(bytes), BOTH), 0);
	return log;
}

static void append(struct cairn_tpm_log *log, uint32_t pcr, uint32_t type, const char *text)
{
	struct cairn_tpm_digests d;

	cairn_tpm_digest(log->kinds, text, strlen(text), &d);
	assert_int_equal(cairn_tpm_log_append(log, pcr, type, &d, text, strlen(text)), 0);
}

/* A log of three events; its length. */
static size_t sample(void)
{
	struct cairn_tpm_log log = begun();

	append(&log, 4, CAIRN_EV_EFI_ACTION, "one");
	append(&log, 7, CAIRN_EV_NO_ACTION, "not extended");
	append(&log, 4, CAIRN_EV_SEPARATOR, "\xff\xff\xff\xff");
	return log.used;
}

static void first_event_names_the_hashes(void **state)
{
	static const uint8_t want[SPEC_SIZE] =
	    "\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x25\0\0\0"
	    "Spec ID Event03\0\0\0\0\0\0\2\x69\2\2\0\0\0\4\0\x14\0\x0b\0\x20\0";
	struct cairn_tpm_log log = begun();

	assert_int_equal(log.used, SPEC_SIZE);
	assert_int_equal(log.last, 0);
	assert_memory_equal(bytes, want, SPEC_SIZE);
	assert_int_equal(cairn_tpm_log_init(&log, bytes, SPEC_SIZE - 1, BOTH), -ENOSPC);
}

static void events_have_a_digest_of_each_hash(void **state)
{
	struct cairn_tpm_log log = begun();
	uint8_t want[32];

	append(&log, 5, CAIRN_EV_EFI_ACTION, "abc");
	assert_int_equal(log.last, SPEC_SIZE);
	assert_int_equal(log.used - log.last, cairn_tpm_event_size(BOTH, 3));
	assert_memory_equal(bytes + SPEC_SIZE, "\5\0\0\0\7\0\0\x80\2\0\0\0\4\0", 14);
	cairn_hash_bytes(CAIRN_SHA1, "abc", 3, want);
	assert_memory_equal(bytes + SPEC_SIZE + 14, want, 20);
	assert_memory_equal(bytes + SPEC_SIZE + 34, "\x0b\0", 2);
	cairn_hash_bytes(CAIRN_SHA256, "abc", 3, want);
	assert_memory_equal(bytes + SPEC_SIZE + 36, want, 32);
	assert_memory_equal(bytes + SPEC_SIZE + 68, "\3\0\0\0abc", 7);
}

static void full_log_stays_as_it_is(void **state)
{
	struct cairn_tpm_digests d;
	struct cairn_tpm_log log;
	size_t room = SPEC_SIZE + cairn_tpm_event_size(BOTH, 2);

	assert_int_equal(cairn_tpm_log_init(&log, bytes, room, BOTH), 0);
	cairn_tpm_digest(BOTH, "abc", 3, &d);
	assert_int_equal(cairn_tpm_log_append(&log, 0, 1, &d, "abc", 3), -ENOSPC);
	assert_int_equal(cairn_tpm_log_append(&log, 0, 1, &d, "abc", SIZE_MAX - 8), -ENOSPC);
	assert_int_equal(log.used, SPEC_SIZE);
	assert_int_equal(cairn_tpm_log_append(&log, 0, 1, &d, "ab", 2), 0);
	assert_int_equal(log.used, room);
	assert_int_equal(cairn_tpm_log_append(&log, 0, 1, &d, "", 0), -ENOSPC);
}

static void log_of_somebody_else_is_gone_on_with(void **state)
{
	size_t n = sample(), at = 0;
	struct cairn_tpm_event e;
	struct cairn_tpm_log log;

	assert_int_equal(cairn_tpm_log_adopt(&log, bytes, sizeof(bytes)), 0);
	assert_int_equal(log.used, n);
	assert_int_equal(log.last, n - cairn_tpm_event_size(BOTH, 4));
	assert_int_equal(log.kinds, BOTH);
	append(&log, 1, CAIRN_EV_IPL, "mine");
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(cairn_tpm_log_next(&log, &at, &e), 1);
	assert_int_equal(e.type, CAIRN_EV_SEPARATOR);
	assert_int_equal(cairn_tpm_log_next(&log, &at, &e), 1);
	assert_int_equal(e.pcr, 1);
	assert_memory_equal(e.data, "mine", 4);
	assert_int_equal(cairn_tpm_log_next(&log, &at, &e), 0);
	assert_int_equal(cairn_tpm_log_next(&log, &at, &e), 0);
}

static void log_may_fill_its_buffer(void **state)
{
	size_t n = sample();
	struct cairn_tpm_log log;

	assert_int_equal(cairn_tpm_log_adopt(&log, bytes, n), 0);
	assert_int_equal(log.used, n);
}

static void cut_log_is_refused(void **state)
{
	size_t n = sample(), last = cairn_tpm_event_size(BOTH, 4);
	struct cairn_tpm_log log;

	for (size_t i = 0; i < SPEC_SIZE; i++)
		assert_int_equal(cairn_tpm_log_adopt(&log, bytes, i), -EPROTO);
	/* What is shorter than an event without digests may be the end. */
	for (size_t i = n - last + 16; i < n; i++)
		assert_int_equal(cairn_tpm_log_adopt(&log, bytes, i), -EPROTO);
}

struct change {
	size_t at;
	uint8_t value;
	int code;
};

static void logs_that_lie_are_refused(void **state)
{
	static const struct change changes[] = {
		{ 0, 1, -EPROTO },                    /* PCR of the first event */
		{ 4, 4, -EPROTO },                    /* its type */
		{ 28, 0x24, -EPROTO },                /* its size */
		{ 32, 'X', -EPROTO },                 /* its signature */
		{ 56, 0, -EPROTO },                   /* no hashes */
		{ 56, 5, -ENOTSUP },                  /* more than are known */
		{ 60, 0x12, -ENOTSUP },               /* SM3 */
		{ 62, 21, -EPROTO },                  /* the size of SHA-1 */
		{ 64, 4, -EPROTO },                   /* SHA-1 twice */
		{ 68, 1, -EPROTO },                   /* a vendor's byte too many */
		{ SPEC_SIZE, 24, -EPROTO },           /* PCR 24 */
		{ SPEC_SIZE + 8, 1, -EPROTO },        /* one digest instead of two */
		{ SPEC_SIZE + 12, 0x0c, -EPROTO },    /* SHA-384, which is not of the log */
		{ SPEC_SIZE + 34, 4, -EPROTO },       /* SHA-1 twice */
		{ SPEC_SIZE + 68 + 2, 1, -EPROTO },   /* 64 KiB of data */
		{ SPEC_SIZE + 68 + 3, 0xff, -EPROTO } /* 4 GiB of them */
	};
	struct cairn_tpm_log log;
	size_t n = sample();

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(changes); i++) {
		memcpy(copy, bytes, n);
		copy[changes[i].at] = changes[i].value;
		assert_int_equal(cairn_tpm_log_adopt(&log, copy, n), changes[i].code);
	}
}

static void event_lacks_no_digest(void **state)
{
	struct cairn_tpm_digests d;
	struct cairn_tpm_log log;
	size_t n = sample();

	/* An event that is whole but for a bank, at the end of a log of two. */
	cairn_tpm_digest(1u << CAIRN_SHA1, "x", 1, &d);
	cairn_tpm_event_write(bytes + n, 4, CAIRN_EV_IPL, &d, "x", 1);
	n += cairn_tpm_event_size(1u << CAIRN_SHA1, 1);
	assert_int_equal(cairn_tpm_log_adopt(&log, bytes, n), -EPROTO);
}

/* The values that a TPM had after one separator of the old kind. */
static void replay_is_what_a_tpm_does(void **state)
{
	static const uint8_t sha1[20] = { 0x3a, 0x3f, 0x78, 0x0f, 0x11, 0xa4, 0xb4,
					  0x99, 0x69, 0xfc, 0xaa, 0x80, 0xcd, 0x6e,
					  0x39, 0x57, 0xc3, 0x3b, 0x22, 0x75 };
	static const uint8_t sha256[32] = { 0xe2, 0x1b, 0x70, 0x3e, 0xe6, 0x9c, 0x77, 0x47,
					    0x6b, 0xcc, 0xb4, 0x3e, 0xc0, 0x33, 0x6a, 0x9a,
					    0x1b, 0x29, 0x14, 0xb3, 0x78, 0x94, 0x4f, 0x7b,
					    0x00, 0xa1, 0x02, 0x14, 0xca, 0x8f, 0xea, 0x93 };
	static const uint8_t zeroes[32];
	struct cairn_tpm_log log = begun();
	uint8_t v[CAIRN_HASH_BYTES_MAX];

	append(&log, 6, CAIRN_EV_NO_ACTION, "nothing");
	append(&log, 6, CAIRN_EV_SEPARATOR, "\xff\xff\xff\xff");
	append(&log, 5, CAIRN_EV_SEPARATOR, "\xff\xff\xff\xff");
	cairn_tpm_log_replay(&log, CAIRN_SHA1, 6, v);
	assert_memory_equal(v, sha1, sizeof(sha1));
	cairn_tpm_log_replay(&log, CAIRN_SHA256, 6, v);
	assert_memory_equal(v, sha256, sizeof(sha256));
	cairn_tpm_log_replay(&log, CAIRN_SHA256, 4, v);
	assert_memory_equal(v, zeroes, sizeof(zeroes));
}

static void replay_depends_on_the_order(void **state)
{
	struct cairn_tpm_log log = begun();
	uint8_t one[32], other[32], want[64];

	append(&log, 4, CAIRN_EV_IPL, "a");
	append(&log, 4, CAIRN_EV_IPL, "b");
	cairn_tpm_log_replay(&log, CAIRN_SHA256, 4, one);
	memset(want, 0, 32);
	cairn_hash_bytes(CAIRN_SHA256, "a", 1, want + 32);
	cairn_hash_bytes(CAIRN_SHA256, want, 64, want);
	cairn_hash_bytes(CAIRN_SHA256, "b", 1, want + 32);
	cairn_hash_bytes(CAIRN_SHA256, want, 64, want);
	assert_memory_equal(one, want, 32);
	log = begun();
	append(&log, 4, CAIRN_EV_IPL, "b");
	append(&log, 4, CAIRN_EV_IPL, "a");
	cairn_tpm_log_replay(&log, CAIRN_SHA256, 4, other);
	assert_memory_not_equal(one, other, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_event_names_the_hashes),
		cmocka_unit_test(events_have_a_digest_of_each_hash),
		cmocka_unit_test(full_log_stays_as_it_is),
		cmocka_unit_test(log_of_somebody_else_is_gone_on_with),
		cmocka_unit_test(log_may_fill_its_buffer),
		cmocka_unit_test(cut_log_is_refused),
		cmocka_unit_test(logs_that_lie_are_refused),
		cmocka_unit_test(event_lacks_no_digest),
		cmocka_unit_test(replay_is_what_a_tpm_does),
		cmocka_unit_test(replay_depends_on_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
