/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Spans out of the map, and lists of them as streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <cairn/mem.h>

static _Alignas(8) uint8_t a[16], b[16], rom[16], top[16];

static const struct cairn_mem_region regions[] = {
	{ .at = { 0x1000 }, .len_bytes = 16, .host = a },
	{ .at = { 0x1010 }, .len_bytes = 16, .host = b },
	{ .at = { 0x1020 }, .len_bytes = 16, .host = rom, .flags = CAIRN_MEM_READ_ONLY },
	{ .at = { 0x2000 }, .len_bytes = 16, .flags = CAIRN_MEM_LENT },
	{ .at = { UINT64_MAX - 15 }, .len_bytes = 16, .host = top },
};
static struct cairn_mem mem;

static int set_up(void **state)
{
	for (uint8_t i = 0; i < 16; i++) {
		a[i] = i;
		b[i] = (uint8_t)(16 + i);
	}
	return cairn_mem_init(&mem, regions, CAIRN_ARRAY_LEN(regions), NULL);
}

static int span_of(uint64_t at, size_t len, enum cairn_perm want, struct cairn_span *s)
{
	return cairn_mem_span(&mem, cairn_gpa_of(at), len, want, s);
}

static void span_is_where_the_bytes_are(void **state)
{
	struct cairn_span s;

	assert_int_equal(span_of(0x1014, 12, CAIRN_PERM_RW, &s), 0);
	assert_ptr_equal(s.base, b + 4);
	assert_int_equal(s.len, 12);
	assert_int_equal(s.at.v, 0x1014);
	assert_int_equal(span_of(UINT64_MAX, 1, CAIRN_PERM_RW, &s), 0);
	assert_ptr_equal(s.base, top + 15);
}

static void span_stays_in_one_region(void **state)
{
	struct cairn_span s = { .len = 77 };

	assert_int_equal(span_of(0x1014, 13, CAIRN_PERM_READ, &s), -EFAULT);
	assert_int_equal(span_of(0x3000, 1, CAIRN_PERM_READ, &s), -EFAULT);
	assert_int_equal(span_of(UINT64_MAX, 2, CAIRN_PERM_READ, &s), -EFAULT);
	assert_int_equal(span_of(0x1000, SIZE_MAX, CAIRN_PERM_READ, &s), -EFAULT);
	assert_int_equal(s.len, 77);
}

static void span_of_length_0_is_refused(void **state)
{
	struct cairn_span s;

	assert_int_equal(span_of(0x1000, 0, CAIRN_PERM_READ, &s), -EINVAL);
}

static void span_holds_the_permissions(void **state)
{
	struct cairn_span s;

	assert_int_equal(span_of(0x1020, 1, CAIRN_PERM_READ, &s), 0);
	assert_int_equal(span_of(0x1020, 1, CAIRN_PERM_WRITE, &s), -EFAULT);
	assert_int_equal(span_of(0x1020, 1, CAIRN_PERM_RW, &s), -EFAULT);
	assert_int_equal(span_of(0x2000, 1, CAIRN_PERM_READ, &s), -EFAULT);
}

static void spans_follow_the_regions(void **state)
{
	struct cairn_span s[4] = { { .len = 1 } };
	size_t n = 1;

	assert_int_equal(
	    cairn_mem_spans(&mem, cairn_gpa_of(0x1008), 0x20, CAIRN_PERM_READ, s, 4, &n), 0);
	assert_int_equal(n, 4);
	assert_ptr_equal(s[1].base, a + 8);
	assert_int_equal(s[1].len, 8);
	assert_ptr_equal(s[2].base, b);
	assert_int_equal(s[2].len, 16);
	assert_int_equal(s[3].at.v, 0x1020);
	assert_int_equal(s[3].len, 8);
}

static void spans_that_fail_leave_the_list(void **state)
{
	struct cairn_span s[2];
	size_t n = 0;
	cairn_gpa at = cairn_gpa_of(0x1000);

	assert_int_equal(cairn_mem_spans(&mem, at, 0x21, CAIRN_PERM_READ, s, 2, &n), -ENOSPC);
	assert_int_equal(cairn_mem_spans(&mem, at, 0x21, CAIRN_PERM_WRITE, s, 2, &n), -EFAULT);
	assert_int_equal(cairn_mem_spans(&mem, at, 0x31, CAIRN_PERM_READ, s, 2, &n), -EFAULT);
	assert_int_equal(cairn_mem_spans(&mem, at, UINT64_MAX, CAIRN_PERM_READ, s, 2, &n), -EFAULT);
	assert_int_equal(n, 0);
	assert_int_equal(cairn_mem_spans(&mem, cairn_gpa_of(0x7000), 0, CAIRN_PERM_RW, s, 2, &n),
			 0);
	assert_int_equal(n, 0);
}

/* a[4 … 8), nothing, b[0 … 4): the stream 4 5 6 7 16 17 18 19. */
static void make_stream(struct cairn_span *s)
{
	assert_int_equal(span_of(0x1004, 4, CAIRN_PERM_RW, &s[0]), 0);
	s[1] = (struct cairn_span){ .base = s[0].base };
	assert_int_equal(span_of(0x1010, 4, CAIRN_PERM_RW, &s[2]), 0);
}

static void stream_is_counted_and_saturates(void **state)
{
	struct cairn_span s[3];
	struct cairn_span huge[2] = { { .len = SIZE_MAX }, { .len = 2 } };

	make_stream(s);
	assert_int_equal(cairn_spans_bytes(s, 3), 8);
	assert_int_equal(cairn_spans_bytes(NULL, 0), 0);
	assert_true(cairn_spans_bytes(huge, 2) == UINT64_MAX);
}

static void stream_is_read_across_pieces(void **state)
{
	const uint8_t want[8] = { 4, 5, 6, 7, 16, 17, 18, 19 };
	struct cairn_span s[3];
	uint8_t got[12];

	make_stream(s);
	for (size_t off = 0; off <= 8; off++) {
		for (size_t len = 0; len <= 12; len++) {
			size_t n = len < 8 - off ? len : 8 - off;

			assert_int_equal(cairn_spans_read(s, 3, off, got, len), n);
			assert_memory_equal(got, want + off, n);
		}
	}
	assert_int_equal(cairn_spans_read(s, 3, UINT64_MAX, got, 1), 0);
}

static void stream_is_written_across_pieces(void **state)
{
	const uint8_t src[8] = { 91, 92, 93, 94, 95, 96, 97, 98 };
	struct cairn_span s[3];

	make_stream(s);
	assert_int_equal(cairn_spans_write(s, 3, 2, src, 4), 4);
	assert_int_equal(a[5], 5);
	assert_memory_equal(a + 6, src, 2);
	assert_memory_equal(b, src + 2, 2);
	assert_int_equal(b[2], 18);
	assert_int_equal(cairn_spans_write(s, 3, 6, src, 8), 2);
	assert_int_equal(b[4], 20);
	assert_int_equal(cairn_spans_write(s, 3, 8, src, 1), 0);
}

static void front_is_dropped_at_any_byte(void **state)
{
	for (uint64_t drop = 0; drop <= 9; drop++) {
		struct cairn_span s[3], *p = s;
		size_t n = 3;
		uint8_t got[8];
		const uint8_t want[8] = { 4, 5, 6, 7, 16, 17, 18, 19 };
		uint64_t left = drop < 8 ? 8 - drop : 0;

		make_stream(s);
		cairn_spans_drop_front(&p, &n, drop);
		assert_int_equal(cairn_spans_bytes(p, n), left);
		assert_int_equal(cairn_spans_read(p, n, 0, got, 8), left);
		assert_memory_equal(got, want + 8 - left, left);
		assert_true(left == 0 ? n == 0 : p[0].at.v == (drop < 4 ? 0x1004 : 0x100c) + drop);
	}
}

static void back_is_dropped_at_any_byte(void **state)
{
	for (uint64_t drop = 0; drop <= 9; drop++) {
		struct cairn_span s[3];
		size_t n = 3;
		uint8_t got[8];
		const uint8_t want[8] = { 4, 5, 6, 7, 16, 17, 18, 19 };
		uint64_t left = drop < 8 ? 8 - drop : 0;

		make_stream(s);
		cairn_spans_drop_back(s, &n, drop);
		assert_int_equal(cairn_spans_read(s, n, 0, got, 8), left);
		assert_memory_equal(got, want, left);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(span_is_where_the_bytes_are, set_up),
		cmocka_unit_test_setup(span_stays_in_one_region, set_up),
		cmocka_unit_test_setup(span_of_length_0_is_refused, set_up),
		cmocka_unit_test_setup(span_holds_the_permissions, set_up),
		cmocka_unit_test_setup(spans_follow_the_regions, set_up),
		cmocka_unit_test_setup(spans_that_fail_leave_the_list, set_up),
		cmocka_unit_test_setup(stream_is_counted_and_saturates, set_up),
		cmocka_unit_test_setup(stream_is_read_across_pieces, set_up),
		cmocka_unit_test_setup(stream_is_written_across_pieces, set_up),
		cmocka_unit_test_setup(front_is_dropped_at_any_byte, set_up),
		cmocka_unit_test_setup(back_is_dropped_at_any_byte, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
