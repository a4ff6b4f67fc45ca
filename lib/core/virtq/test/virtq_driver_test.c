/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The driver's end: against our own device's end, and against a device that lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <cairn/virtq_driver.h>

#include "raw_ring.h"

#define ALL_FEATURES (CAIRN_VIRTIO_F_EVENT_IDX | CAIRN_VIRTIO_F_INDIRECT_DESC)

static struct cairn_virtq q;
static struct cairn_virtq_driver d;
static struct cairn_virtq_slot slots[RAW_SIZE];
static struct cairn_span spans[RAW_SIZE];
static struct cairn_virtq_chain chain = { .spans = spans, .cap = RAW_SIZE };
static uint16_t head;
static uint32_t written;

static const struct cairn_virtq_buf one_out[] = { { .at = { 0x5000 }, .len = 4 } };
static const struct cairn_virtq_buf one_in[] = { { .at = { 0x5000 }, .len = 4, .writable = true } };
static const struct cairn_virtq_buf three[] = {
	{ .at = { 0x5000 }, .len = 10 },
	{ .at = { 0x6000 }, .len = 20, .writable = true },
	{ .at = { 0x7000 }, .len = 30, .writable = true },
};

static struct cairn_virtq_driver_cfg driver_cfg(uint64_t features)
{
	return (struct cairn_virtq_driver_cfg){ .size = RAW_SIZE,
						.desc = raw_ram + RAW_DESC,
						.driver = raw_ram + RAW_DRIVER,
						.device = raw_ram + RAW_DEVICE,
						.slots = slots,
						.features = features };
}

static int start(uint64_t features)
{
	struct cairn_virtq_driver_cfg cfg = driver_cfg(features);

	if (raw_start(&q, features) < 0)
		return -1;
	return cairn_virtq_driver_init(&d, &cfg);
}

static int set_up(void **state)
{
	return start(0);
}

static int set_up_all(void **state)
{
	return start(ALL_FEATURES);
}

static void offer(const struct cairn_virtq_buf *bufs, uint16_t n)
{
	assert_int_equal(cairn_virtq_driver_add(&d, bufs, n, NULL, &head), 0);
	cairn_virtq_driver_publish(&d);
}

static int get(void)
{
	return cairn_virtq_driver_get(&d, &head, &written);
}

/* The device pops the next chain and gives it back with n bytes written. */
static void serve(uint32_t n)
{
	assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
	assert_int_equal(cairn_virtq_push(&q, &chain, n), 0);
}

static void lie(uint32_t id, uint32_t len, uint16_t used_idx)
{
	raw_used()->ring[0] = (struct ring_used_elem){ cairn_le32_of(id), cairn_le32_of(len) };
	cairn_store_release16(&raw_used()->idx, used_idx);
}

static void expect_broken(void)
{
	assert_int_equal(get(), -EPROTO);
	assert_int_equal(get(), -EPROTO);
	assert_int_equal(cairn_virtq_driver_add(&d, one_in, 1, NULL, &head), -EPROTO);
	assert_false(cairn_virtq_driver_enable_interrupts(&d));
	cairn_virtq_driver_disable_interrupts(&d);
}

static void init_refuses_bad_sizes_and_alignment(void **state)
{
	struct cairn_virtq_driver_cfg cfg = driver_cfg(0);

	cfg.size = 6;
	assert_int_equal(cairn_virtq_driver_init(&d, &cfg), -EINVAL);
	cfg = driver_cfg(0);
	cfg.desc = raw_ram + 8;
	assert_int_equal(cairn_virtq_driver_init(&d, &cfg), -EINVAL);
	cfg = driver_cfg(0);
	cfg.driver = raw_ram + 1;
	assert_int_equal(cairn_virtq_driver_init(&d, &cfg), -EINVAL);
	cfg = driver_cfg(0);
	cfg.device = raw_ram + 2;
	assert_int_equal(cairn_virtq_driver_init(&d, &cfg), -EINVAL);
	expect_broken();
}

static void init_clears_the_rings(void **state)
{
	struct cairn_virtq_driver_cfg cfg = driver_cfg(0);

	raw_avail_idx(5);
	raw_used()->idx = cairn_le16_of(5);
	assert_int_equal(cairn_virtq_driver_init(&d, &cfg), 0);
	assert_int_equal(cairn_le16_get(raw_avail()->idx), 0);
	assert_int_equal(get(), 0);
	assert_int_equal(cairn_virtq_driver_free(&d), RAW_SIZE);
}

static void chain_arrives_as_it_was_added(void **state)
{
	offer(three, 3);
	assert_int_equal(cairn_virtq_driver_free(&d), RAW_SIZE - 3);
	assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
	assert_int_equal(chain.n_read, 1);
	assert_int_equal(chain.n_write, 2);
	assert_int_equal(spans[0].at.v, 0x5000);
	assert_int_equal(spans[2].len, 30);
	assert_int_equal(cairn_virtq_push(&q, &chain, 50), 0);
	assert_int_equal(get(), 1);
	assert_int_equal(written, 50);
	assert_int_equal(cairn_virtq_driver_free(&d), RAW_SIZE);
	assert_int_equal(get(), 0);
}

static void added_is_not_visible_before_publish(void **state)
{
	assert_int_equal(cairn_virtq_driver_add(&d, one_out, 1, NULL, &head), 0);
	assert_int_equal(cairn_virtq_available(&q), 0);
	assert_false(cairn_virtq_driver_must_kick(&d));
	cairn_virtq_driver_publish(&d);
	cairn_virtq_driver_publish(&d);
	assert_int_equal(cairn_virtq_available(&q), 1);
}

static void indirect_chain_takes_one_descriptor(void **state)
{
	struct cairn_virtq_table table = { .host = raw_ram + 0x9000, .at = { 0x9000 }, .cap = 3 };

	assert_int_equal(cairn_virtq_driver_add(&d, three, 3, &table, &head), 0);
	cairn_virtq_driver_publish(&d);
	assert_int_equal(cairn_virtq_driver_free(&d), RAW_SIZE - 1);
	assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
	assert_int_equal(chain.n_write, 2);
	assert_int_equal(chain.write_bytes, 50);
	table.cap = 2;
	assert_int_equal(cairn_virtq_driver_add(&d, three, 3, &table, &head), -EINVAL);
}

static void indirect_without_the_feature_is_refused(void **state)
{
	struct cairn_virtq_table table = { .host = raw_ram + 0x9000, .at = { 0x9000 }, .cap = 3 };

	assert_int_equal(cairn_virtq_driver_add(&d, three, 3, &table, &head), -EINVAL);
}

static void add_refuses_chains_that_break_the_rules(void **state)
{
	const struct cairn_virtq_buf empty[] = { { .at = { 0x5000 } } };
	const struct cairn_virtq_buf late[] = { three[1], three[0] };
	const struct cairn_virtq_buf huge[] = { { .len = UINT32_MAX }, { .len = 1 } };
	struct cairn_virtq_buf many[RAW_SIZE + 1];

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(many); i++)
		many[i] = one_out[0];
	assert_int_equal(cairn_virtq_driver_add(&d, one_out, 0, NULL, &head), -EINVAL);
	assert_int_equal(cairn_virtq_driver_add(&d, empty, 1, NULL, &head), -EINVAL);
	assert_int_equal(cairn_virtq_driver_add(&d, late, 2, NULL, &head), -EINVAL);
	assert_int_equal(cairn_virtq_driver_add(&d, huge, 2, NULL, &head), -EINVAL);
	assert_int_equal(cairn_virtq_driver_add(&d, many, RAW_SIZE + 1, NULL, &head), -EINVAL);
	assert_int_equal(cairn_virtq_driver_free(&d), RAW_SIZE);
}

static void full_queue_says_so(void **state)
{
	offer(three, 3);
	offer(three, 3);
	assert_int_equal(cairn_virtq_driver_add(&d, three, 3, NULL, &head), -ENOSPC);
	serve(0);
	assert_int_equal(get(), 1);
	offer(three, 3);
}

static void queue_survives_many_rounds_out_of_order(void **state)
{
	struct cairn_virtq_chain other = { .spans = spans, .cap = RAW_SIZE };

	for (uint32_t i = 0; i < 40000; i++) {
		uint16_t first, second;

		offer(three, (uint16_t)(1 + i % 3));
		first = head;
		offer(one_in, 1);
		second = head;
		assert_int_equal(cairn_virtq_pop(&q, &other), 1);
		serve(4);
		assert_int_equal(cairn_virtq_push(&q, &other, 0), 0);
		assert_int_equal(get(), 1);
		assert_int_equal(head, second);
		assert_int_equal(get(), 1);
		assert_int_equal(head, first);
		assert_int_equal(cairn_virtq_driver_free(&d), RAW_SIZE);
	}
}

static void kick_is_wanted_unless_forbidden(void **state)
{
	offer(one_out, 1);
	assert_true(cairn_virtq_driver_must_kick(&d));
	assert_false(cairn_virtq_driver_must_kick(&d));
	cairn_virtq_disable_kicks(&q);
	offer(one_out, 1);
	assert_false(cairn_virtq_driver_must_kick(&d));
	assert_true(cairn_virtq_enable_kicks(&q));
	offer(one_out, 1);
	assert_true(cairn_virtq_driver_must_kick(&d));
}

static void kick_comes_when_avail_event_is_passed(void **state)
{
	offer(one_out, 1);
	assert_true(cairn_virtq_driver_must_kick(&d));
	offer(one_out, 1);
	assert_false(cairn_virtq_driver_must_kick(&d));
	serve(0);
	serve(0);
	assert_false(cairn_virtq_enable_kicks(&q));
	offer(one_out, 1);
	assert_true(cairn_virtq_driver_must_kick(&d));
}

static void interrupts_are_asked_for_by_flag(void **state)
{
	cairn_virtq_driver_disable_interrupts(&d);
	offer(one_out, 1);
	serve(0);
	assert_false(cairn_virtq_must_signal(&q));
	assert_true(cairn_virtq_driver_enable_interrupts(&d));
	assert_int_equal(get(), 1);
	assert_false(cairn_virtq_driver_enable_interrupts(&d));
	offer(one_out, 1);
	serve(0);
	assert_true(cairn_virtq_must_signal(&q));
}

static void interrupts_are_asked_for_by_index(void **state)
{
	offer(one_out, 1);
	offer(one_out, 1);
	serve(0);
	assert_true(cairn_virtq_must_signal(&q));
	cairn_virtq_driver_disable_interrupts(&d);
	assert_int_equal(get(), 1);
	serve(0);
	assert_false(cairn_virtq_must_signal(&q));
	assert_int_equal(get(), 1);
	assert_false(cairn_virtq_driver_enable_interrupts(&d));
	offer(one_out, 1);
	serve(0);
	assert_true(cairn_virtq_must_signal(&q));
}

static void device_that_names_no_descriptor_is_found_out(void **state)
{
	offer(one_in, 1);
	lie(RAW_SIZE, 0, 1);
	expect_broken();
	assert_int_equal(set_up(NULL), 0);
	offer(one_in, 1);
	lie(0x10000, 0, 1); /* 0 if it were cut to 16 bits */
	expect_broken();
}

static void device_that_names_no_head_is_found_out(void **state)
{
	offer(three, 3);
	lie(head + 1u, 0, 1);
	expect_broken();
}

static void device_that_returns_a_chain_twice_is_found_out(void **state)
{
	offer(one_in, 1);
	offer(one_in, 1);
	serve(0);
	assert_int_equal(get(), 1);
	raw_used()->ring[1] = raw_used()->ring[0];
	raw_used()->idx = cairn_le16_of(2);
	expect_broken();
}

static void device_that_claims_too_many_bytes_is_found_out(void **state)
{
	offer(three, 3);
	lie(head, 51, 1);
	expect_broken();
}

static void too_many_bytes_are_cut_where_any_length_will_do(void **state)
{
	struct cairn_virtq_driver_cfg cfg = driver_cfg(0);

	cfg.any_length = true;
	assert_int_equal(cairn_virtq_driver_init(&d, &cfg), 0);
	offer(three, 3);
	lie(head, UINT32_MAX, 1);
	assert_int_equal(get(), 1);
	assert_int_equal(written, 50);
}

static void device_that_returns_more_than_it_got_is_found_out(void **state)
{
	offer(one_in, 1);
	lie(head, 0, 2);
	expect_broken();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(init_refuses_bad_sizes_and_alignment, set_up),
		cmocka_unit_test_setup(init_clears_the_rings, set_up),
		cmocka_unit_test_setup(chain_arrives_as_it_was_added, set_up),
		cmocka_unit_test_setup(added_is_not_visible_before_publish, set_up),
		cmocka_unit_test_setup(indirect_chain_takes_one_descriptor, set_up_all),
		cmocka_unit_test_setup(indirect_without_the_feature_is_refused, set_up),
		cmocka_unit_test_setup(add_refuses_chains_that_break_the_rules, set_up),
		cmocka_unit_test_setup(full_queue_says_so, set_up),
		cmocka_unit_test_setup(queue_survives_many_rounds_out_of_order, set_up),
		cmocka_unit_test_setup(kick_is_wanted_unless_forbidden, set_up),
		cmocka_unit_test_setup(kick_comes_when_avail_event_is_passed, set_up_all),
		cmocka_unit_test_setup(interrupts_are_asked_for_by_flag, set_up),
		cmocka_unit_test_setup(interrupts_are_asked_for_by_index, set_up_all),
		cmocka_unit_test_setup(device_that_names_no_descriptor_is_found_out, set_up),
		cmocka_unit_test_setup(device_that_names_no_head_is_found_out, set_up),
		cmocka_unit_test_setup(device_that_returns_a_chain_twice_is_found_out, set_up),
		cmocka_unit_test_setup(device_that_claims_too_many_bytes_is_found_out, set_up),
		cmocka_unit_test_setup(too_many_bytes_are_cut_where_any_length_will_do, set_up),
		cmocka_unit_test_setup(device_that_returns_more_than_it_got_is_found_out, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
