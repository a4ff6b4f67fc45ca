/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Value types, arithmetic, errors and hooks: everything of base that lives in its headers. */
#include <cairn/base.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void le_types_hold_little_endian_bytes(void **state)
{
	cairn_le16 a = cairn_le16_of(0x0102);
	cairn_le32 b = cairn_le32_of(0x01020304);
	cairn_le64 c = cairn_le64_of(UINT64_C(0x0102030405060708));

	(void)state;
	assert_memory_equal(&a, "\2\1", 2);
	assert_memory_equal(&b, "\4\3\2\1", 4);
	assert_memory_equal(&c, "\10\7\6\5\4\3\2\1", 8);
	assert_int_equal(cairn_le16_get(a), 0x0102);
	assert_int_equal(cairn_le32_get(b), 0x01020304);
	assert_true(cairn_le64_get(c) == UINT64_C(0x0102030405060708));
}

static void be_types_hold_big_endian_bytes(void **state)
{
	cairn_be16 a = cairn_be16_of(0x0102);
	cairn_be32 b = cairn_be32_of(0x01020304);
	cairn_be64 c = cairn_be64_of(UINT64_C(0x0102030405060708));

	(void)state;
	assert_memory_equal(&a, "\1\2", 2);
	assert_memory_equal(&b, "\1\2\3\4", 4);
	assert_memory_equal(&c, "\1\2\3\4\5\6\7\10", 8);
	assert_int_equal(cairn_be16_get(a), 0x0102);
	assert_int_equal(cairn_be32_get(b), 0x01020304);
	assert_true(cairn_be64_get(c) == UINT64_C(0x0102030405060708));
}

static void le_load_and_store_take_any_length_to_eight(void **state)
{
	uint8_t p[10] = { 0 };

	(void)state;
	cairn_le_store(p + 1, 3, 0xaabbccdd);
	assert_memory_equal(p, "\0\xdd\xcc\xbb\0", 5);
	assert_true(cairn_le_load(p + 1, 3) == 0xbbccdd);
	assert_true(cairn_le_load(p, 0) == 0);
	cairn_le_store(p, 10, UINT64_MAX);
	assert_true(cairn_le_load(p, 10) == UINT64_MAX);
	assert_int_equal(p[8], 0);
	cairn_le_store(p, 8, 0);
	p[8] = 1;
	assert_true(cairn_le_load(p, 9) == 0);
}

static void gpa_add_refuses_to_wrap(void **state)
{
	cairn_gpa a = cairn_gpa_of(UINT64_MAX - 1), r = cairn_gpa_of(7);

	(void)state;
	assert_false(cairn_gpa_add(a, 2, &r));
	assert_true(r.v == 7);
	assert_true(cairn_gpa_add(a, 1, &r));
	assert_true(r.v == UINT64_MAX);
}

static bool inside(uint64_t a, uint64_t len, uint64_t base, uint64_t size)
{
	return cairn_gpa_inside(cairn_gpa_of(a), len, cairn_gpa_of(base), size);
}

static void gpa_inside_holds_at_every_edge(void **state)
{
	(void)state;
	assert_true(inside(0x1000, 0x1000, 0x1000, 0x1000));
	assert_false(inside(0x1000, 0x1001, 0x1000, 0x1000));
	assert_false(inside(0xfff, 1, 0x1000, 0x1000));
	assert_false(inside(0x2000, 1, 0x1000, 0x1000));
	assert_true(inside(0x2000, 0, 0x1000, 0x1000));
	assert_false(inside(0x2001, 0, 0x1000, 0x1000));
	assert_true(inside(UINT64_MAX, 1, UINT64_MAX - 9, 10));
	assert_false(inside(UINT64_MAX, 2, UINT64_MAX - 9, 10));
	assert_false(inside(0x1800, UINT64_MAX, 0x1000, 0x1000));
	assert_true(inside(0, UINT64_MAX, 0, UINT64_MAX));
	assert_false(inside(0xfff, 0, 0x1000, UINT64_MAX));
}

static void gpa_alignment(void **state)
{
	(void)state;
	assert_true(cairn_gpa_is_aligned(cairn_gpa_of(0), 4096));
	assert_true(cairn_gpa_is_aligned(cairn_gpa_of(0x3000), 4096));
	assert_false(cairn_gpa_is_aligned(cairn_gpa_of(0x3001), 4096));
	assert_true(cairn_gpa_is_aligned(cairn_gpa_of(UINT64_MAX), 1));
}

static void checked_sums_and_products(void **state)
{
	uint64_t r = 5;

	(void)state;
	assert_false(cairn_add_u64(UINT64_MAX, 1, &r));
	assert_false(cairn_mul_u64(UINT64_C(1) << 32, UINT64_C(1) << 32, &r));
	assert_true(r == 5);
	assert_true(cairn_add_u64(UINT64_MAX - 1, 1, &r));
	assert_true(r == UINT64_MAX);
	assert_true(cairn_mul_u64(UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1, &r));
	assert_true(r == UINT64_MAX - UINT32_MAX);
}

static void powers_of_two_and_rounding(void **state)
{
	uint64_t r = 5;

	(void)state;
	assert_false(cairn_is_pow2(0));
	assert_true(cairn_is_pow2(1));
	assert_false(cairn_is_pow2(3));
	assert_true(cairn_is_pow2(UINT64_C(1) << 63));
	assert_false(cairn_align_up(UINT64_MAX, 2, &r));
	assert_true(r == 5);
	assert_true(cairn_align_up(UINT64_MAX, 1, &r));
	assert_true(r == UINT64_MAX);
	assert_true(cairn_align_up(0x1001, 0x1000, &r));
	assert_true(r == 0x2000);
	assert_true(cairn_align_down(0x1fff, 0x1000) == 0x1000);
	assert_true(cairn_min_u64(1, 2) == 1);
	assert_true(cairn_min_u64(UINT64_MAX, 2) == 2);
}

static void in_range_holds_at_every_edge(void **state)
{
	(void)state;
	assert_true(cairn_in_range(0, 8, 8));
	assert_true(cairn_in_range(8, 0, 8));
	assert_false(cairn_in_range(9, 0, 8));
	assert_false(cairn_in_range(1, 8, 8));
	assert_false(cairn_in_range(0, 9, 8));
	assert_false(cairn_in_range(UINT64_MAX, 2, 8));
	assert_false(cairn_in_range(2, UINT64_MAX, 8));
	assert_true(cairn_in_range(UINT64_MAX - 1, 1, UINT64_MAX));
}

static void bits_touch_only_their_own(void **state)
{
	uint64_t words[CAIRN_BITS_WORDS(65)] = { 0 };

	(void)state;
	assert_int_equal(CAIRN_ARRAY_LEN(words), 2);
	assert_false(cairn_bits_any(words, 2));
	assert_false(cairn_bits_any(words, 0));
	cairn_bits_set(words, 64);
	assert_true(cairn_bits_any(words, 2));
	assert_false(cairn_bits_any(words, 1));
	cairn_bits_set(words, 63);
	assert_true(cairn_bits_test(words, 63));
	assert_true(cairn_bits_test(words, 64));
	assert_false(cairn_bits_test(words, 62));
	cairn_bits_clear(words, 64);
	assert_false(cairn_bits_test(words, 64));
	assert_true(words[0] == UINT64_C(1) << 63);
	for (uint32_t i = 0; i < 64; i++)
		assert_int_equal(cairn_bits_lowest(UINT64_MAX << i), i);
}

static void err_set_fills_all_and_returns_the_negative_code(void **state)
{
	struct cairn_err err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	assert_int_equal(cairn_err_set(&err, EPROTO, "bad magic", 12), -EPROTO);
	assert_int_equal(err.code, EPROTO);
	assert_string_equal(err.what, "bad magic");
	assert_true(err.at == 12);
	assert_int_equal(err.detail[0], '\0');
	assert_int_equal(cairn_err_set(NULL, EFAULT, "no one listens", 0), -EFAULT);
}

struct outer {
	int before;
	struct inner {
		cairn_gpa at;
	} inner;
};

static void container_of_finds_the_outer_struct(void **state)
{
	struct outer o = { .before = 1 };
	struct inner *inner = &o.inner;

	(void)state;
	assert_ptr_equal(cairn_container_of(inner, struct outer, inner), &o);
}

static void count_fire(void *ctx)
{
	*(int *)ctx += 1;
}

static void note_level(void *ctx, bool high)
{
	*(int *)ctx = high ? 100 : -100;
}

static void hooks_call_with_their_context_or_do_nothing(void **state)
{
	int fired = 0, level = 0;
	struct cairn_trigger t = { .fn = count_fire, .ctx = &fired };
	struct cairn_line l = { .set = note_level, .ctx = &level };

	(void)state;
	cairn_trigger_fire(&t);
	cairn_trigger_fire(&(struct cairn_trigger){ 0 });
	assert_int_equal(fired, 1);
	cairn_line_set(&l, true);
	assert_int_equal(level, 100);
	cairn_line_set(&l, false);
	cairn_line_set(&(struct cairn_line){ 0 }, true);
	assert_int_equal(level, -100);
}

/* A table entry as another party wrote it, and the room it is allowed. */
struct entry_wire {
	cairn_le32 offset, len;
};

static int entry_check(const volatile void *shared, uint64_t room, uint64_t *ret_end)
{
	struct entry_wire w;

	cairn_copy_in(&w, shared, sizeof(w)); /* once: nobody can change what is checked below */
	if (!cairn_in_range(cairn_le32_get(w.offset), cairn_le32_get(w.len), room))
		return -EPROTO;
	*ret_end = (uint64_t)cairn_le32_get(w.offset) + cairn_le32_get(w.len);
	return 0;
}

static void readme_example_works(void **state)
{
	static const uint8_t good[8] = { 16, 0, 0, 0, 8 }, bad[8] = { 16, 0, 0, 0, 9 };
	uint64_t end = 0;

	(void)state;
	assert_int_equal(entry_check(good, 24, &end), 0);
	assert_true(end == 24);
	assert_int_equal(entry_check(bad, 24, &end), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(le_types_hold_little_endian_bytes),
		cmocka_unit_test(be_types_hold_big_endian_bytes),
		cmocka_unit_test(le_load_and_store_take_any_length_to_eight),
		cmocka_unit_test(gpa_add_refuses_to_wrap),
		cmocka_unit_test(gpa_inside_holds_at_every_edge),
		cmocka_unit_test(gpa_alignment),
		cmocka_unit_test(checked_sums_and_products),
		cmocka_unit_test(powers_of_two_and_rounding),
		cmocka_unit_test(in_range_holds_at_every_edge),
		cmocka_unit_test(bits_touch_only_their_own),
		cmocka_unit_test(err_set_fills_all_and_returns_the_negative_code),
		cmocka_unit_test(container_of_finds_the_outer_struct),
		cmocka_unit_test(readme_example_works),
		cmocka_unit_test(hooks_call_with_their_context_or_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
