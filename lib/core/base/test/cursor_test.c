/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/cursor.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void writer_appends_little_endian(void **state)
{
	static const uint8_t want[] = { 1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8, 0xee };
	struct cairn_writer w;
	uint8_t buf[sizeof(want)];

	(void)state;
	cairn_writer_init(&w, buf, sizeof(buf));
	cairn_writer_u8(&w, 1);
	cairn_writer_le16(&w, 0x0203);
	cairn_writer_le32(&w, 0x04050607);
	cairn_writer_le64(&w, UINT64_C(0x08090a0b0c0d0e0f));
	cairn_writer_fill(&w, 0xee, 1);
	assert_int_equal(w.need, sizeof(want));
	assert_true(cairn_writer_is_whole(&w));
	assert_memory_equal(buf, want, sizeof(want));
}

static void writer_of_size_zero_counts(void **state)
{
	struct cairn_writer w;

	(void)state;
	cairn_writer_init(&w, NULL, 0);
	assert_true(cairn_writer_is_whole(&w));
	cairn_writer_bytes(&w, "abc", 3);
	cairn_writer_fill(&w, 0, 1000);
	cairn_writer_le64(&w, 1);
	cairn_writer_patch(&w, 0, "x", 1);
	assert_int_equal(w.need, 1011);
	assert_false(cairn_writer_is_whole(&w));
}

static void writer_fills_to_the_last_byte_and_counts_on(void **state)
{
	struct cairn_writer w;
	char buf[5] = "....#";

	(void)state;
	cairn_writer_init(&w, buf, 4);
	cairn_writer_bytes(&w, "abc", 3);
	cairn_writer_bytes(&w, "def", 3);
	assert_memory_equal(buf, "abcd#", 5);
	cairn_writer_fill(&w, 'x', 9);
	cairn_writer_u8(&w, 'y');
	assert_memory_equal(buf, "abcd#", 5);
	assert_int_equal(w.need, 16);
	assert_false(cairn_writer_is_whole(&w));
}

static void writer_fill_stops_at_the_end(void **state)
{
	struct cairn_writer w;
	char buf[4] = "...#";

	(void)state;
	cairn_writer_init(&w, buf, 3);
	cairn_writer_fill(&w, 'z', 7);
	assert_memory_equal(buf, "zzz#", 4);
	assert_int_equal(w.need, 7);
}

static void writer_count_stays_at_its_maximum(void **state)
{
	struct cairn_writer w;

	(void)state;
	cairn_writer_init(&w, NULL, 0);
	cairn_writer_fill(&w, 0, SIZE_MAX - 1);
	cairn_writer_le32(&w, 0);
	assert_true(w.need == SIZE_MAX);
	cairn_writer_u8(&w, 0);
	assert_true(w.need == SIZE_MAX);
	assert_false(cairn_writer_is_whole(&w));
}

static void writer_patch_drops_what_lies_beyond(void **state)
{
	struct cairn_writer w;
	char buf[5] = "....#";

	(void)state;
	cairn_writer_init(&w, buf, 4);
	cairn_writer_bytes(&w, "abcd", 4);
	cairn_writer_patch(&w, 1, "XY", 2);
	assert_memory_equal(buf, "aXYd#", 5);
	cairn_writer_patch(&w, 3, "PQ", 2);
	cairn_writer_patch(&w, 4, "R", 1);
	cairn_writer_patch(&w, SIZE_MAX, "S", 1);
	assert_memory_equal(buf, "aXYP#", 5);
	assert_int_equal(w.need, 4);
}

static void reader_reads_little_endian_to_the_end(void **state)
{
	static const uint8_t in[] = {
		1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8, 0, 99, 98
	};
	struct cairn_reader r;
	uint8_t two[2];

	(void)state;
	cairn_reader_init(&r, in, sizeof(in));
	assert_int_equal(cairn_reader_u8(&r), 1);
	assert_int_equal(cairn_reader_le16(&r), 0x0203);
	assert_int_equal(cairn_reader_le32(&r), 0x04050607);
	assert_true(cairn_reader_le64(&r) == UINT64_C(0x08090a0b0c0d0e0f));
	cairn_reader_skip(&r, 1);
	assert_int_equal(cairn_reader_left(&r), 2);
	cairn_reader_bytes(&r, two, 2);
	assert_memory_equal(two, in + 16, 2);
	assert_int_equal(cairn_reader_left(&r), 0);
	assert_false(r.failed);
}

static void reader_past_its_end_yields_zeroes_for_ever(void **state)
{
	static const uint8_t in[] = { 1, 2, 3 };
	struct cairn_reader r;
	uint8_t out[4] = { 9, 9, 9, 9 };

	(void)state;
	cairn_reader_init(&r, in, sizeof(in));
	cairn_reader_bytes(&r, out, 4);
	assert_true(r.failed);
	assert_memory_equal(out, "\0\0\0\0", 4);
	assert_int_equal(cairn_reader_left(&r), 0);
	assert_int_equal(cairn_reader_u8(&r), 0);
	assert_int_equal(cairn_reader_le16(&r), 0);
	assert_int_equal(cairn_reader_le32(&r), 0);
	assert_true(cairn_reader_le64(&r) == 0);
	assert_true(r.failed);
}

static void reader_skip_past_the_end_fails(void **state)
{
	struct cairn_reader r;

	(void)state;
	cairn_reader_init(&r, "abc", 3);
	cairn_reader_skip(&r, 2);
	assert_false(r.failed);
	cairn_reader_skip(&r, SIZE_MAX);
	assert_true(r.failed);
	cairn_reader_skip(&r, 0);
	assert_true(r.failed);
	assert_int_equal(r.at, 2);
}

static void empty_reader_reads_nothing_and_is_not_failed(void **state)
{
	struct cairn_reader r;

	(void)state;
	cairn_reader_init(&r, NULL, 0);
	cairn_reader_bytes(&r, NULL, 0);
	cairn_reader_skip(&r, 0);
	assert_false(r.failed);
	assert_int_equal(cairn_reader_u8(&r), 0);
	assert_true(r.failed);
	cairn_reader_bytes(&r, NULL, 0);
	assert_true(r.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writer_appends_little_endian),
		cmocka_unit_test(writer_of_size_zero_counts),
		cmocka_unit_test(writer_fills_to_the_last_byte_and_counts_on),
		cmocka_unit_test(writer_fill_stops_at_the_end),
		cmocka_unit_test(writer_count_stays_at_its_maximum),
		cmocka_unit_test(writer_patch_drops_what_lies_beyond),
		cmocka_unit_test(reader_reads_little_endian_to_the_end),
		cmocka_unit_test(reader_past_its_end_yields_zeroes_for_ever),
		cmocka_unit_test(reader_skip_past_the_end_fails),
		cmocka_unit_test(empty_reader_reads_nothing_and_is_not_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
