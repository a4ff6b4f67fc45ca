/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Chains taken from the ring: what they become, and what a driver cannot get away with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "raw_ring.h"

#define N RING_DESC_NEXT
#define W RING_DESC_WRITE
#define I RING_DESC_INDIRECT

static struct cairn_virtq q;
static struct cairn_span spans[16];
static struct cairn_virtq_chain chain;

static int start(uint64_t features)
{
	chain = (struct cairn_virtq_chain){ .spans = spans, .cap = 16 };
	return raw_start(&q, features);
}

static int set_up(void **state)
{
	return start(CAIRN_VIRTIO_F_INDIRECT_DESC);
}

static int pop(void)
{
	return cairn_virtq_pop(&q, &chain);
}

static void expect_broken(int rc)
{
	assert_int_equal(pop(), rc);
	assert_true(cairn_virtq_is_broken(&q));
	assert_int_equal(pop(), -EPROTO);
	assert_int_equal(cairn_virtq_peek(&q, &chain), -EPROTO);
	assert_int_equal(cairn_virtq_available(&q), 0);
}

static void pop_of_an_empty_ring_is_0(void **state)
{
	assert_int_equal(pop(), 0);
	assert_int_equal(cairn_virtq_available(&q), 0);
}

static void pop_gives_readable_then_writable(void **state)
{
	raw_desc(3, 0x5000, 10, N, 1);
	raw_desc(1, 0x6000, 20, N, 7);
	raw_desc(7, 0x7000, 30, N | W, 0);
	raw_desc(0, 0x8000, 40, W, 5);
	raw_offer(3);
	assert_int_equal(cairn_virtq_available(&q), 1);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.n_read, 2);
	assert_int_equal(chain.n_write, 2);
	assert_int_equal(chain.read_bytes, 30);
	assert_int_equal(chain.write_bytes, 70);
	assert_ptr_equal(spans[1].base, raw_ram + 0x6000);
	assert_int_equal(spans[2].at.v, 0x7000);
	assert_int_equal(spans[3].len, 40);
	assert_int_equal(pop(), 0);
}

static void pop_splits_pieces_where_regions_touch(void **state)
{
	raw_desc(0, RAW_NEXT - 8, 24, N, 1);
	raw_desc(1, RAW_NEXT - 8, 16, W, 0);
	raw_offer(0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.n_read, 2);
	assert_int_equal(chain.n_write, 2);
	assert_int_equal(chain.read_bytes, 24);
	assert_ptr_equal(spans[1].base, raw_next);
	assert_int_equal(spans[1].len, 16);
}

static void pop_takes_empty_descriptors_for_nothing(void **state)
{
	raw_desc(0, UINT64_MAX, 0, N, 1);
	raw_desc(1, 0x5000, 1, N | W, 2);
	raw_desc(2, 0, 0, W, 0);
	raw_offer(0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.n_read, 0);
	assert_int_equal(chain.n_write, 1);
	assert_int_equal(chain.read_bytes, 0);
}

static void pop_takes_a_chain_of_all_descriptors(void **state)
{
	for (uint16_t i = 0; i < RAW_SIZE; i++)
		raw_desc(i, 0x5000, 1, i + 1 < RAW_SIZE ? N : 0, (uint16_t)(i + 1));
	raw_offer(0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.n_read, RAW_SIZE);
}

static void pop_refuses_a_loop(void **state)
{
	raw_desc(0, 0x5000, 1, N, 1);
	raw_desc(1, 0x5000, 1, N, 0);
	raw_offer(0);
	expect_broken(-EPROTO);
}

/* Nothing else ends this one: it has no pieces to run out of room for. */
static void pop_refuses_a_loop_of_empty_descriptors(void **state)
{
	raw_desc(0, 0x5000, 0, N, 1);
	raw_desc(1, 0x5000, 0, N, 0);
	raw_offer(0);
	expect_broken(-EPROTO);
}

static void pop_refuses_a_head_beyond_the_table(void **state)
{
	raw_offer(RAW_SIZE);
	expect_broken(-EPROTO);
}

static void pop_refuses_a_next_beyond_the_table(void **state)
{
	raw_desc(0, 0x5000, 1, N, RAW_SIZE);
	raw_offer(0);
	expect_broken(-EPROTO);
}

static void pop_refuses_readable_after_writable(void **state)
{
	raw_desc(0, 0x5000, 1, N | W, 1);
	raw_desc(1, 0x5000, 1, 0, 0);
	raw_offer(0);
	expect_broken(-EPROTO);
}

static void pop_refuses_more_pieces_than_room(void **state)
{
	for (uint16_t i = 0; i < 5; i++)
		raw_desc(i, 0x5000, 1, i < 4 ? N : 0, (uint16_t)(i + 1));
	chain.cap = 4;
	raw_offer(0);
	expect_broken(-EPROTO);
}

static void pop_refuses_a_split_piece_without_room(void **state)
{
	raw_desc(0, RAW_NEXT - 8, 24, 0, 0);
	chain.cap = 1;
	raw_offer(0);
	expect_broken(-EPROTO);
}

/* A map of 2 GiB that is never touched: lengths count, not bytes. */
static void pop_limits_the_sum_to_32_bits(void **state)
{
	static const uint32_t last[] = { 0x7fffffff, 0x80000000 };
	const struct cairn_mem_region r[] = {
		raw_regions[0],
		{ .at = { UINT64_C(1) << 40 }, .len_bytes = UINT64_C(1) << 32, .host = raw_ram },
	};
	struct cairn_virtq_cfg cfg = raw_cfg(0);
	struct cairn_mem mem;

	cfg.mem = &mem;
	assert_int_equal(cairn_mem_init(&mem, r, 2, NULL), 0);
	raw_desc(0, UINT64_C(1) << 40, 0x80000000, N, 1);
	for (size_t i = 0; i < 2; i++) {
		raw_desc(1, UINT64_C(1) << 40, last[i], W, 0);
		raw_avail_idx(0);
		raw_offer(0);
		assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
		assert_int_equal(pop(), i == 0 ? 1 : -EPROTO);
	}
	assert_int_equal(chain.read_bytes, 0x80000000);
	assert_int_equal(chain.write_bytes, 0x7fffffff);
}

static void pop_refuses_buffers_outside_memory(void **state)
{
	static const struct {
		uint64_t at;
		uint32_t len, flags;
	} bad[] = {
		{ 0x30000, 1, 0 },    { RAW_END - 1, 2, 0 }, { UINT64_MAX, 1, 0 },
		{ UINT64_MAX, 2, W }, { RAW_ROM, 1, W },     { RAW_ROM - 1, 2, 0 },
		{ 0, 0xfffffffe, W },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		assert_int_equal(start(0), 0);
		raw_desc(0, 0x5000, 1, bad[i].flags | N, 1);
		raw_desc(1, bad[i].at, bad[i].len, bad[i].flags, 0);
		raw_offer(0);
		expect_broken(-EFAULT);
	}
}

static void pop_reads_rom(void **state)
{
	raw_desc(0, RAW_ROM + 4, 4, N, 1);
	raw_desc(1, 0x5000, 4, W, 0);
	raw_offer(0);
	assert_int_equal(pop(), 1);
	assert_ptr_equal(spans[0].base, raw_rom + 4);
}

static void rom_seen_before_is_not_written(void **state)
{
	raw_desc(0, RAW_ROM, 4, N, 1);
	raw_desc(1, RAW_ROM + 8, 4, W, 0);
	raw_offer(0);
	expect_broken(-EFAULT);
}

static void pop_refuses_more_offers_than_entries(void **state)
{
	raw_desc(0, 0x5000, 1, 0, 0);
	raw_avail_idx(RAW_SIZE + 1);
	assert_int_equal(cairn_virtq_available(&q), RAW_SIZE);
	expect_broken(-EPROTO);
}

static void pop_refuses_an_index_that_goes_back(void **state)
{
	raw_desc(0, 0x5000, 1, 0, 0);
	raw_offer(0);
	assert_int_equal(pop(), 1);
	raw_avail_idx(0);
	expect_broken(-EPROTO);
}

static void no_more_chains_are_out_than_entries(void **state)
{
	raw_desc(0, 0x5000, 1, 0, 0);
	raw_avail_idx(RAW_SIZE);
	for (int i = 0; i < RAW_SIZE; i++)
		assert_int_equal(pop(), 1);
	assert_int_equal(cairn_virtq_push(&q, &chain, 0), 0);
	raw_avail_idx(RAW_SIZE + 1);
	assert_int_equal(pop(), 1);
	raw_avail_idx(RAW_SIZE + 2);
	expect_broken(-EPROTO);
}

static void pop_goes_round_the_16_bit_index(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	cfg.pos = (struct cairn_vq_pos){ .avail = 65534, .used = 65534 };
	raw_avail_idx(65534);
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
	for (uint16_t i = 0; i < 5; i++) {
		raw_desc(i, 0x5000u + i, 1, 0, 0);
		raw_offer(i);
		assert_int_equal(pop(), 1);
		assert_int_equal(spans[0].at.v, 0x5000 + i);
	}
	assert_int_equal(cairn_virtq_pos(&q).avail, 3);
}

static void indirect_table_is_followed(void **state)
{
	raw_desc_in(0x9008, 0, 0x5000, 5, N, 2); /* 16-byte alignment is not asked for */
	raw_desc_in(0x9008, 2, 0x6000, 6, W, 0);
	raw_desc(4, 0x9008, 48, I, 0);
	raw_offer(4);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.n_read, 1);
	assert_int_equal(chain.write_bytes, 6);
}

static void indirect_table_may_stand_at_any_byte(void **state)
{
	raw_desc_in(0x9003, 0, 0x5000, 5, N, 1);
	raw_desc_in(0x9003, 1, 0x6000, 6, W, 0);
	raw_desc(0, 0x9003, 32, I, 0);
	raw_offer(0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.write_bytes, 6);
}

static void indirect_table_may_straddle_regions(void **state)
{
	raw_desc_in(RAW_NEXT - 16, 0, 0x5000, 5, N, 1);
	raw_desc_in(RAW_NEXT - 16, 1, 0x6000, 6, W, 0);
	raw_desc(0, RAW_NEXT - 16, 32, I, 0);
	raw_offer(0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.write_bytes, 6);
}

static void indirect_table_may_follow_direct_ones(void **state)
{
	raw_desc(0, 0x5000, 1, N, 1);
	raw_desc(1, 0x9000, 32, I, 0);
	raw_desc_in(0x9000, 0, 0x6000, 2, N, 1);
	raw_desc_in(0x9000, 1, 0x7000, 4, W, 0);
	raw_offer(0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.read_bytes, 3);
	assert_int_equal(chain.write_bytes, 4);
}

static void indirect_write_flag_means_nothing(void **state)
{
	raw_desc(0, 0x9000, 16, I | W, 0);
	raw_desc_in(0x9000, 0, 0x6000, 2, 0, 0);
	raw_offer(0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.n_read, 1);
	assert_int_equal(chain.n_write, 0);
}

static void indirect_table_may_be_longer_than_the_queue(void **state)
{
	for (uint16_t i = 0; i < 16; i++)
		raw_desc_in(0x9000, i, 0x6000, 1, i < 15 ? N : 0, (uint16_t)(i + 1));
	raw_desc(0, 0x9000, 256, I, 0);
	raw_offer(0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.n_read, 16);
}

static void indirect_order_is_held_across_tables(void **state)
{
	raw_desc(0, 0x5000, 1, N | W, 1);
	raw_desc(1, 0x9000, 16, I, 0);
	raw_desc_in(0x9000, 0, 0x6000, 2, 0, 0);
	raw_offer(0);
	expect_broken(-EPROTO);
}

static void indirect_without_the_feature_is_refused(void **state)
{
	assert_int_equal(start(0), 0);
	raw_desc(0, 0x9000, 16, I, 0);
	raw_offer(0);
	expect_broken(-EPROTO);
}

static void indirect_tables_of_wrong_length_are_refused(void **state)
{
	static const uint32_t bad[] = { 0, 15, 17, 24, 65536 * 16, 0xfffffff0 };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		assert_int_equal(set_up(NULL), 0);
		raw_desc(0, 0x9000, bad[i], I, 0);
		raw_desc_in(0x9000, 0, 0x6000, 1, 0, 0);
		raw_offer(0);
		expect_broken(-EPROTO);
	}
}

static void indirect_inside_indirect_is_refused(void **state)
{
	raw_desc(0, 0x9000, 16, I, 0);
	raw_desc_in(0x9000, 0, 0xa000, 16, I, 0);
	raw_desc_in(0xa000, 0, 0x6000, 1, 0, 0);
	raw_offer(0);
	expect_broken(-EPROTO);
}

static void indirect_with_next_is_refused(void **state)
{
	raw_desc(0, 0x9000, 16, I | N, 1);
	raw_desc_in(0x9000, 0, 0x6000, 1, 0, 0);
	raw_desc(1, 0x6000, 1, 0, 0);
	raw_offer(0);
	expect_broken(-EPROTO);
}

static void indirect_loops_and_overruns_are_refused(void **state)
{
	raw_desc(0, 0x9000, 32, I, 0);
	raw_desc_in(0x9000, 0, 0x6000, 1, N, 1);
	raw_desc_in(0x9000, 1, 0x6000, 1, N, 0);
	raw_offer(0);
	expect_broken(-EPROTO);
	assert_int_equal(set_up(NULL), 0);
	raw_desc(0, 0x9000, 32, I, 0);
	raw_desc_in(0x9000, 0, 0x6000, 1, N, 2);
	raw_offer(0);
	expect_broken(-EPROTO);
}

static void indirect_tables_outside_memory_are_refused(void **state)
{
	static const uint64_t bad[] = { 0x40000, RAW_END - 8, UINT64_MAX - 7, UINT64_MAX };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		assert_int_equal(set_up(NULL), 0);
		raw_desc(0, bad[i], 32, I, 0);
		raw_offer(0);
		expect_broken(-EFAULT);
	}
}

static void indirect_entry_that_wraps_is_refused(void **state)
{
	static uint8_t top[16];
	const struct cairn_mem_region r[] = {
		raw_regions[0],
		{ .at = { UINT64_MAX - 15 }, .len_bytes = 16, .host = top },
	};
	struct cairn_virtq_cfg cfg = raw_cfg(CAIRN_VIRTIO_F_INDIRECT_DESC);
	struct ring_desc d = { .len = cairn_le32_of(1), .flags = cairn_le16_of(N) };
	struct cairn_mem mem;

	d.next = cairn_le16_of(1);
	memcpy(top, &d, sizeof(d));
	cfg.mem = &mem;
	assert_int_equal(cairn_mem_init(&mem, r, 2, NULL), 0);
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
	raw_desc(0, UINT64_MAX - 15, 32, I, 0);
	raw_offer(0);
	expect_broken(-EFAULT);
}

static void peek_does_not_take(void **state)
{
	raw_desc(0, 0x5000, 9, 0, 0);
	raw_offer(0);
	assert_int_equal(cairn_virtq_peek(&q, &chain), 1);
	assert_int_equal(chain.read_bytes, 9);
	assert_int_equal(cairn_virtq_unpop(&q, &chain), -EINVAL);
	assert_int_equal(cairn_virtq_put(&q, &chain, 0), -EINVAL);
	raw_desc(0, 0x5000, 11, 0, 0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.read_bytes, 11);
}

static void unpop_gives_back_in_reverse_order(void **state)
{
	struct cairn_virtq_chain first = { .spans = spans, .cap = 4 }, second = first;

	raw_desc(0, 0x5000, 1, 0, 0);
	raw_desc(1, 0x5000, 2, 0, 0);
	raw_offer(0);
	raw_offer(1);
	assert_int_equal(cairn_virtq_pop(&q, &first), 1);
	assert_int_equal(cairn_virtq_pop(&q, &second), 1);
	assert_int_equal(cairn_virtq_unpop(&q, &first), -EINVAL);
	assert_int_equal(cairn_virtq_unpop(&q, &second), 0);
	assert_int_equal(cairn_virtq_unpop(&q, &second), -EINVAL);
	assert_int_equal(cairn_virtq_unpop(&q, &first), 0);
	assert_int_equal(cairn_virtq_pos(&q).avail, 0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.read_bytes, 1);
	assert_int_equal(cairn_virtq_push(&q, &chain, 0), 0);
	assert_int_equal(cairn_virtq_unpop(&q, &chain), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(pop_of_an_empty_ring_is_0, set_up),
		cmocka_unit_test_setup(pop_gives_readable_then_writable, set_up),
		cmocka_unit_test_setup(pop_splits_pieces_where_regions_touch, set_up),
		cmocka_unit_test_setup(pop_takes_empty_descriptors_for_nothing, set_up),
		cmocka_unit_test_setup(pop_takes_a_chain_of_all_descriptors, set_up),
		cmocka_unit_test_setup(pop_refuses_a_loop, set_up),
		cmocka_unit_test_setup(pop_refuses_a_loop_of_empty_descriptors, set_up),
		cmocka_unit_test_setup(pop_refuses_a_head_beyond_the_table, set_up),
		cmocka_unit_test_setup(pop_refuses_a_next_beyond_the_table, set_up),
		cmocka_unit_test_setup(pop_refuses_readable_after_writable, set_up),
		cmocka_unit_test_setup(pop_refuses_more_pieces_than_room, set_up),
		cmocka_unit_test_setup(pop_refuses_a_split_piece_without_room, set_up),
		cmocka_unit_test_setup(pop_limits_the_sum_to_32_bits, set_up),
		cmocka_unit_test_setup(pop_refuses_buffers_outside_memory, set_up),
		cmocka_unit_test_setup(pop_reads_rom, set_up),
		cmocka_unit_test_setup(rom_seen_before_is_not_written, set_up),
		cmocka_unit_test_setup(pop_refuses_more_offers_than_entries, set_up),
		cmocka_unit_test_setup(pop_refuses_an_index_that_goes_back, set_up),
		cmocka_unit_test_setup(no_more_chains_are_out_than_entries, set_up),
		cmocka_unit_test_setup(pop_goes_round_the_16_bit_index, set_up),
		cmocka_unit_test_setup(indirect_table_is_followed, set_up),
		cmocka_unit_test_setup(indirect_table_may_stand_at_any_byte, set_up),
		cmocka_unit_test_setup(indirect_table_may_straddle_regions, set_up),
		cmocka_unit_test_setup(indirect_table_may_follow_direct_ones, set_up),
		cmocka_unit_test_setup(indirect_write_flag_means_nothing, set_up),
		cmocka_unit_test_setup(indirect_table_may_be_longer_than_the_queue, set_up),
		cmocka_unit_test_setup(indirect_order_is_held_across_tables, set_up),
		cmocka_unit_test(indirect_without_the_feature_is_refused),
		cmocka_unit_test(indirect_tables_of_wrong_length_are_refused),
		cmocka_unit_test_setup(indirect_inside_indirect_is_refused, set_up),
		cmocka_unit_test_setup(indirect_with_next_is_refused, set_up),
		cmocka_unit_test_setup(indirect_loops_and_overruns_are_refused, set_up),
		cmocka_unit_test(indirect_tables_outside_memory_are_refused),
		cmocka_unit_test_setup(indirect_entry_that_wraps_is_refused, set_up),
		cmocka_unit_test_setup(peek_does_not_take, set_up),
		cmocka_unit_test_setup(unpop_gives_back_in_reverse_order, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
