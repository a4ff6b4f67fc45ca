/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Copies, zeroing and the dirty hook on one map:
 *   0x1000 A 16 bytes, 0x1010 B 16 bytes (touch), 0x1020 ROM 16 bytes (touches), 0x2000 LENT,
 *   2^64 - 16 … 2^64 - 1 TOP.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <cairn/mem.h>

static _Alignas(8) uint8_t a[16], b[16], rom[16], lent[16], top[16];

static const struct cairn_mem_region regions[] = {
	{ .at = { 0x1000 }, .len_bytes = 16, .host = a },
	{ .at = { 0x1010 }, .len_bytes = 16, .host = b },
	{ .at = { 0x1020 }, .len_bytes = 16, .host = rom, .flags = CAIRN_MEM_READ_ONLY },
	{ .at = { 0x2000 }, .len_bytes = 16, .host = lent, .flags = CAIRN_MEM_LENT },
	{ .at = { UINT64_MAX - 15 }, .len_bytes = 16, .host = top },
};

static struct cairn_mem mem;
static struct marks {
	unsigned int n;
	uint64_t at, len;
	uint8_t first; /* the byte at a[15] when the mark came: marks come after the write */
} marks;

static void mark(void *ctx, cairn_gpa at, uint64_t len)
{
	struct marks *mk = ctx;

	mk->n++;
	mk->at = at.v;
	mk->len = len;
	mk->first = a[15];
}

static int set_up(void **state)
{
	memset(a, 0xaa, 16);
	memset(b, 0xbb, 16);
	memset(rom, 0xcc, 16);
	memset(top, 0xdd, 16);
	marks = (struct marks){ 0 };
	if (cairn_mem_init(&mem, regions, CAIRN_ARRAY_LEN(regions), NULL) < 0)
		return -1;
	mem.dirty = (struct cairn_mem_dirty){ .mark = mark, .ctx = &marks };
	return 0;
}

static int read_at(uint64_t at, void *dst, size_t len)
{
	return cairn_mem_read(&mem, dst, cairn_gpa_of(at), len);
}

static int write_at(uint64_t at, const void *src, size_t len)
{
	return cairn_mem_write(&mem, cairn_gpa_of(at), src, len);
}

static void every_region_is_found(void **state)
{
	static uint8_t host[37];
	static struct cairn_mem_region many[37];
	struct cairn_mem m;
	uint8_t v;

	for (size_t n = 1; n <= 37; n++) {
		for (size_t i = 0; i < n; i++) {
			many[i] = (struct cairn_mem_region){ .at = { 100 + 2 * i },
							     .len_bytes = 1,
							     .host = &host[i] };
			host[i] = (uint8_t)(i + 1);
		}
		assert_int_equal(cairn_mem_init(&m, many, n, NULL), 0);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(cairn_mem_read(&m, &v, cairn_gpa_of(100 + 2 * i), 1), 0);
			assert_int_equal(v, i + 1);
			assert_ptr_equal(cairn_mem_find(&m, cairn_gpa_of(100 + 2 * i)), &many[i]);
			assert_null(cairn_mem_find(&m, cairn_gpa_of(101 + 2 * i)));
			assert_int_equal(cairn_mem_read(&m, &v, cairn_gpa_of(99 + 2 * i), 1),
					 -EFAULT);
		}
		assert_int_equal(cairn_mem_read(&m, &v, cairn_gpa_of(99 + 2 * n), 1), -EFAULT);
	}
}

static void read_straddles_regions_that_touch(void **state)
{
	uint8_t got[48], want[48];

	memset(want, 0xaa, 16);
	memset(want + 16, 0xbb, 16);
	memset(want + 32, 0xcc, 16);
	assert_int_equal(read_at(0x1000, got, 48), 0);
	assert_memory_equal(got, want, 48);
	assert_int_equal(read_at(0x100f, got, 2), 0);
	assert_memory_equal(got, want + 15, 2);
}

static void write_straddles_regions_that_touch(void **state)
{
	const uint8_t src[4] = { 1, 2, 3, 4 };

	assert_int_equal(write_at(0x100e, src, 4), 0);
	assert_memory_equal(a + 14, src, 2);
	assert_memory_equal(b, src + 2, 2);
	assert_int_equal(a[13], 0xaa);
	assert_int_equal(b[2], 0xbb);
}

static void access_into_a_hole_copies_nothing(void **state)
{
	uint8_t got[49];
	uint8_t src[40] = { 0 };

	memset(got, 0x11, sizeof(got));
	assert_int_equal(read_at(0x1000, got, 49), -EFAULT);
	assert_int_equal(got[0], 0x11);
	assert_int_equal(read_at(0x0fff, got, 2), -EFAULT);
	assert_int_equal(read_at(0x1030, got, 1), -EFAULT);
	assert_int_equal(read_at(0, got, 1), -EFAULT);
	assert_int_equal(write_at(0x0fff, src, 2), -EFAULT);
	assert_int_equal(a[0], 0xaa);
}

static void hole_between_regions_is_not_skipped(void **state)
{
	static const struct cairn_mem_region apart[] = {
		{ .at = { 0x1000 }, .len_bytes = 16, .host = a },
		{ .at = { 0x1011 }, .len_bytes = 16, .host = b },
	};
	struct cairn_mem m;
	uint8_t got[17];

	assert_int_equal(cairn_mem_init(&m, apart, 2, NULL), 0);
	assert_int_equal(cairn_mem_read(&m, got, cairn_gpa_of(0x1000), 16), 0);
	assert_int_equal(cairn_mem_read(&m, got, cairn_gpa_of(0x1000), 17), -EFAULT);
	assert_int_equal(cairn_mem_read(&m, got, cairn_gpa_of(0x1010), 1), -EFAULT);
}

static void write_to_rom_is_refused_whole(void **state)
{
	const uint8_t src[4] = { 1, 2, 3, 4 };

	assert_int_equal(write_at(0x1020, src, 1), -EFAULT);
	assert_int_equal(write_at(0x101e, src, 4), -EFAULT);
	assert_int_equal(b[14], 0xbb);
	assert_int_equal(rom[0], 0xcc);
	assert_int_equal(cairn_mem_zero(&mem, cairn_gpa_of(0x101e), 4), -EFAULT);
	assert_int_equal(b[14], 0xbb);
	assert_int_equal(marks.n, 0);
}

static void lent_memory_is_absent(void **state)
{
	uint8_t v = 0x11;

	assert_int_equal(read_at(0x2000, &v, 1), -EFAULT);
	assert_int_equal(v, 0x11);
	assert_int_equal(write_at(0x2000, &v, 1), -EFAULT);
	assert_int_equal(lent[0], 0);
}

static void last_address_can_be_used(void **state)
{
	uint8_t v = 0x42;
	uint64_t w;

	assert_int_equal(write_at(UINT64_MAX, &v, 1), 0);
	assert_int_equal(top[15], 0x42);
	assert_int_equal(read_at(UINT64_MAX - 7, &w, 8), 0);
	assert_int_equal(w >> 56, 0x42);
}

static void range_beyond_the_last_address_does_not_wrap(void **state)
{
	static const struct cairn_mem_region ends[] = {
		{ .at = { 0 }, .len_bytes = 16, .host = a },
		{ .at = { UINT64_MAX - 15 }, .len_bytes = 16, .host = top },
	};
	struct cairn_mem m;
	uint8_t got[18];

	assert_int_equal(cairn_mem_init(&m, ends, 2, NULL), 0);
	assert_int_equal(cairn_mem_read(&m, got, cairn_gpa_of(UINT64_MAX), 2), -EFAULT);
	assert_int_equal(cairn_mem_read(&m, got, cairn_gpa_of(UINT64_MAX - 15), 17), -EFAULT);
	assert_int_equal(cairn_mem_zero(&m, cairn_gpa_of(8), UINT64_MAX), -EFAULT);
	assert_int_equal(cairn_mem_zero(&m, cairn_gpa_of(UINT64_MAX), UINT64_MAX), -EFAULT);
	assert_int_equal(top[15], 0xdd);
}

static void length_0_succeeds_anywhere(void **state)
{
	assert_int_equal(read_at(0x5000, NULL, 0), 0);
	assert_int_equal(write_at(0x1020, NULL, 0), 0);
	assert_int_equal(cairn_mem_zero(&mem, cairn_gpa_of(0x2000), 0), 0);
	assert_int_equal(marks.n, 0);
}

static void zero_straddles_and_stops(void **state)
{
	const uint8_t zero[4] = { 0 };

	assert_int_equal(cairn_mem_zero(&mem, cairn_gpa_of(0x100e), 4), 0);
	assert_memory_equal(a + 14, zero, 2);
	assert_memory_equal(b, zero, 2);
	assert_int_equal(a[13], 0xaa);
	assert_int_equal(b[2], 0xbb);
	assert_int_equal(marks.at, 0x100e);
	assert_int_equal(marks.len, 4);
}

static void write_is_marked_once_and_afterwards(void **state)
{
	const uint8_t src[4] = { 1, 2, 3, 4 };

	assert_int_equal(write_at(0x100e, src, 4), 0);
	assert_int_equal(marks.n, 1);
	assert_int_equal(marks.at, 0x100e);
	assert_int_equal(marks.len, 4);
	assert_int_equal(marks.first, 2);
}

static void mark_passes_on_what_was_written_through_spans(void **state)
{
	cairn_mem_mark(&mem, cairn_gpa_of(0x1000), 0);
	assert_int_equal(marks.n, 0);
	cairn_mem_mark(&mem, cairn_gpa_of(0x1008), 3);
	assert_int_equal(marks.at, 0x1008);
	assert_int_equal(marks.len, 3);
	mem.dirty.mark = NULL;
	cairn_mem_mark(&mem, cairn_gpa_of(0x1000), 1);
	assert_int_equal(marks.n, 1);
}

static void readme_example_works(void **state)
{
	static _Alignas(4096) uint8_t low[4096], high[4096];
	const struct cairn_mem_region map[] = {
		{ .at = { 0 }, .len_bytes = sizeof(low), .host = low },
		{ .at = { 0x100000000 }, .len_bytes = sizeof(high), .host = high },
	};
	struct cairn_mem m;
	cairn_le32 word = cairn_le32_of(42);

	assert_int_equal(cairn_mem_init(&m, map, 2, NULL), 0);
	assert_int_equal(cairn_mem_write(&m, cairn_gpa_of(0x100000010), &word, sizeof(word)), 0);
	assert_int_equal(cairn_mem_read(&m, &word, cairn_gpa_of(0x1000), sizeof(word)), -EFAULT);
	assert_int_equal(high[16], 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_region_is_found, set_up),
		cmocka_unit_test_setup(read_straddles_regions_that_touch, set_up),
		cmocka_unit_test_setup(write_straddles_regions_that_touch, set_up),
		cmocka_unit_test_setup(access_into_a_hole_copies_nothing, set_up),
		cmocka_unit_test(hole_between_regions_is_not_skipped),
		cmocka_unit_test_setup(write_to_rom_is_refused_whole, set_up),
		cmocka_unit_test_setup(lent_memory_is_absent, set_up),
		cmocka_unit_test_setup(last_address_can_be_used, set_up),
		cmocka_unit_test_setup(range_beyond_the_last_address_does_not_wrap, set_up),
		cmocka_unit_test_setup(length_0_succeeds_anywhere, set_up),
		cmocka_unit_test_setup(zero_straddles_and_stops, set_up),
		cmocka_unit_test_setup(write_is_marked_once_and_afterwards, set_up),
		cmocka_unit_test_setup(mark_passes_on_what_was_written_through_spans, set_up),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
