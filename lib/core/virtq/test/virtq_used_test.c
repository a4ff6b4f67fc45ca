/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Used elements, kicks and interrupts, the inflight hook, dirty marks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "raw_ring.h"

#define N RING_DESC_NEXT
#define W RING_DESC_WRITE

static struct cairn_virtq q;
static struct cairn_span spans[4];
static struct cairn_virtq_chain chain;

static int start(uint64_t features)
{
	chain = (struct cairn_virtq_chain){ .spans = spans, .cap = 4 };
	if (raw_start(&q, features) < 0)
		return -1;
	for (uint16_t i = 0; i < RAW_SIZE; i++)
		raw_desc(i, 0x5000, 16, W, 0);
	return 0;
}

static int set_up(void **state)
{
	return start(0);
}

static int set_up_event_idx(void **state)
{
	return start(CAIRN_VIRTIO_F_EVENT_IDX);
}

static void pop_one(uint16_t head)
{
	raw_offer(head);
	assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
}

static void pass_one(void)
{
	pop_one(0);
	assert_int_equal(cairn_virtq_push(&q, &chain, 0), 0);
}

static uint16_t used_idx(void)
{
	return cairn_le16_get(raw_used()->idx);
}

static void put_is_not_visible_before_publish(void **state)
{
	pop_one(5);
	assert_int_equal(cairn_virtq_put(&q, &chain, 7), 0);
	assert_int_equal(cairn_le32_get(raw_used()->ring[0].id), 5);
	assert_int_equal(cairn_le32_get(raw_used()->ring[0].len), 7);
	assert_int_equal(used_idx(), 0);
	cairn_virtq_publish(&q);
	assert_int_equal(used_idx(), 1);
	assert_int_equal(cairn_virtq_pos(&q).used, 1);
}

static void chains_come_back_in_any_order(void **state)
{
	struct cairn_virtq_chain other = { .spans = spans, .cap = 4 };

	pop_one(2);
	raw_offer(6);
	assert_int_equal(cairn_virtq_pop(&q, &other), 1);
	assert_int_equal(cairn_virtq_put(&q, &other, 16), 0);
	assert_int_equal(cairn_virtq_put(&q, &chain, 1), 0);
	cairn_virtq_publish(&q);
	assert_int_equal(used_idx(), 2);
	assert_int_equal(cairn_le32_get(raw_used()->ring[0].id), 6);
	assert_int_equal(cairn_le32_get(raw_used()->ring[1].id), 2);
}

static void put_refuses_more_than_was_writable(void **state)
{
	pop_one(0);
	assert_int_equal(cairn_virtq_push(&q, &chain, 17), -EINVAL);
	assert_int_equal(used_idx(), 0);
	assert_int_equal(cairn_virtq_push(&q, &chain, 16), 0);
}

static void put_twice_is_refused(void **state)
{
	pop_one(0);
	assert_int_equal(cairn_virtq_push(&q, &chain, 0), 0);
	assert_int_equal(cairn_virtq_push(&q, &chain, 0), -EINVAL);
	assert_int_equal(used_idx(), 1);
}

static void used_ring_is_never_read_back(void **state)
{
	pass_one();
	raw_used()->idx = cairn_le16_of(0x7777);
	pass_one();
	assert_int_equal(used_idx(), 2);
}

static void broken_queue_publishes_what_was_put(void **state)
{
	pop_one(0);
	assert_int_equal(cairn_virtq_put(&q, &chain, 0), 0);
	raw_offer(RAW_SIZE);
	assert_int_equal(cairn_virtq_pop(&q, &chain), -EPROTO);
	assert_int_equal(cairn_virtq_put(&q, &chain, 0), -EPROTO);
	cairn_virtq_publish(&q);
	assert_int_equal(used_idx(), 1);
}

static void interrupt_is_wanted_unless_forbidden(void **state)
{
	assert_false(cairn_virtq_must_signal(&q));
	pass_one();
	assert_true(cairn_virtq_must_signal(&q));
	assert_false(cairn_virtq_must_signal(&q));
	raw_avail()->flags = cairn_le16_of(RING_AVAIL_NO_INTERRUPT);
	pass_one();
	assert_false(cairn_virtq_must_signal(&q));
	raw_avail()->flags = cairn_le16_of((uint16_t)~RING_AVAIL_NO_INTERRUPT);
	pass_one();
	assert_true(cairn_virtq_must_signal(&q));
}

static void put_alone_asks_for_no_interrupt(void **state)
{
	pop_one(0);
	assert_int_equal(cairn_virtq_put(&q, &chain, 0), 0);
	assert_false(cairn_virtq_must_signal(&q));
}

static void event_idx_ignores_the_flag(void **state)
{
	raw_avail()->flags = cairn_le16_of(RING_AVAIL_NO_INTERRUPT);
	pass_one();
	assert_true(cairn_virtq_must_signal(&q));
}

static void interrupt_comes_when_used_event_is_passed(void **state)
{
	*ring_used_event(raw_avail(), RAW_SIZE) = cairn_le16_of(2);
	for (int i = 0; i < 6; i++) {
		pass_one();
		assert_int_equal(cairn_virtq_must_signal(&q), i == 2);
	}
}

static void interrupt_covers_a_batch(void **state)
{
	*ring_used_event(raw_avail(), RAW_SIZE) = cairn_le16_of(1);
	for (int i = 0; i < 4; i++)
		pass_one();
	assert_true(cairn_virtq_must_signal(&q));
	for (int i = 0; i < 4; i++)
		pass_one();
	assert_false(cairn_virtq_must_signal(&q));
}

static void interrupt_is_not_lost_after_a_whole_round(void **state)
{
	*ring_used_event(raw_avail(), RAW_SIZE) = cairn_le16_of(5);
	for (uint32_t i = 0; i < 65536 + 3; i++)
		pass_one();
	assert_true(cairn_virtq_must_signal(&q));
}

/* The reference: walk from the old index to the new one, and look whether the event is met. */
static bool passes(uint16_t event, uint16_t old, uint32_t moved)
{
	for (uint32_t i = 0; i < moved; i++)
		if ((uint16_t)(old + i) == event)
			return true;
	return false;
}

static void event_formula_equals_a_walk(void **state)
{
	static const uint16_t olds[] = { 0, 1, 7, 32767, 32768, 65529, 65535 };

	for (size_t o = 0; o < CAIRN_ARRAY_LEN(olds); o++)
		for (uint32_t moved = 1; moved <= 64; moved++)
			for (uint32_t event = 0; event < 65536; event += moved < 4 ? 1 : 97)
				assert_int_equal(ring_event_passed((uint16_t)event,
								   (uint16_t)(olds[o] + moved),
								   moved),
						 passes((uint16_t)event, olds[o], moved));
	for (uint32_t event = 0; event < 65536; event++)
		assert_true(ring_event_passed((uint16_t)event, (uint16_t)(event * 3), 65536));
}

static void kicks_are_asked_for_by_flag(void **state)
{
	cairn_virtq_disable_kicks(&q);
	assert_int_equal(cairn_le16_get(raw_used()->flags), RING_USED_NO_NOTIFY);
	assert_false(cairn_virtq_enable_kicks(&q));
	assert_int_equal(cairn_le16_get(raw_used()->flags), 0);
	raw_offer(0);
	assert_true(cairn_virtq_enable_kicks(&q));
}

static void kicks_are_asked_for_by_index(void **state)
{
	for (int i = 0; i < 3; i++)
		pass_one();
	assert_false(cairn_virtq_enable_kicks(&q));
	assert_int_equal(cairn_le16_get(*ring_avail_event(raw_used(), RAW_SIZE)), 3);
	cairn_virtq_disable_kicks(&q);
	assert_int_equal(cairn_le16_get(raw_used()->flags), 0);
	pop_one(0);
	raw_offer(1);
	assert_true(cairn_virtq_enable_kicks(&q));
	assert_int_equal(cairn_le16_get(*ring_avail_event(raw_used(), RAW_SIZE)), 4);
}

static void queue_continues_where_another_stopped(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	for (int i = 0; i < 11; i++)
		pass_one();
	cfg.pos = cairn_virtq_pos(&q);
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
	assert_false(cairn_virtq_must_signal(&q));
	pop_one(4);
	assert_int_equal(cairn_virtq_push(&q, &chain, 0), 0);
	assert_int_equal(used_idx(), 12);
	assert_int_equal(cairn_le32_get(raw_used()->ring[11 % RAW_SIZE].id), 4);
}

static void reset_is_a_second_init(void **state)
{
	raw_offer(RAW_SIZE);
	assert_int_equal(cairn_virtq_pop(&q, &chain), -EPROTO);
	assert_int_equal(start(CAIRN_VIRTIO_F_EVENT_IDX), 0);
	assert_false(cairn_virtq_is_broken(&q));
	pass_one();
	assert_int_equal(used_idx(), 1);
}

/* What the inflight hook was told, as text: p pop, u unpop, i pushing, o pushed. */
static struct log {
	char text[32];
	size_t n;
	uint16_t used_when_pushing;
} told;

static void tell(char what, uint16_t number)
{
	told.text[told.n++] = what;
	told.text[told.n++] = (char)('0' + number);
}

static void on_popped(void *ctx, uint16_t head)
{
	tell('p', head);
}

static void on_unpopped(void *ctx, uint16_t head)
{
	tell('u', head);
}

static void on_pushing(void *ctx, uint16_t head)
{
	told.used_when_pushing = used_idx();
	tell('i', head);
}

static void on_pushed(void *ctx, uint16_t idx)
{
	assert_int_equal(idx, used_idx());
	tell('o', idx);
}

static void inflight_hook_is_told_in_order(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	told = (struct log){ 0 };
	cfg.inflight = (struct cairn_virtq_inflight){ .popped = on_popped,
						      .unpopped = on_unpopped,
						      .pushing = on_pushing,
						      .pushed = on_pushed };
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
	pop_one(3);
	assert_int_equal(cairn_virtq_unpop(&q, &chain), 0);
	assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
	assert_int_equal(cairn_virtq_put(&q, &chain, 0), 0);
	pop_one(4);
	assert_int_equal(cairn_virtq_put(&q, &chain, 0), 0);
	cairn_virtq_publish(&q);
	cairn_virtq_publish(&q);
	assert_string_equal(told.text, "p3u3p3i3p4i4o2");
	assert_int_equal(told.used_when_pushing, 0);
}

static uint8_t dirty[0x11000];

static void on_mark(void *ctx, cairn_gpa at, uint64_t len)
{
	memset(dirty + at.v, 1, len);
}

static size_t count_dirty(size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += dirty[i];
	return n;
}

static void all_that_is_written_is_marked(void **state)
{
	raw_desc(0, 0x6000, 8, N, 1);
	raw_desc(1, RAW_NEXT - 8, 16, N | W, 2);
	raw_desc(2, 0x7000, 16, W, 0);
	memset(dirty, 0, sizeof(dirty));
	raw_mem.dirty.mark = on_mark;
	pop_one(0);
	assert_int_equal(count_dirty(0, sizeof(dirty)), 0);
	assert_int_equal(cairn_virtq_put(&q, &chain, 20), 0);
	assert_int_equal(count_dirty(RAW_NEXT - 8, RAW_NEXT + 8), 16);
	assert_int_equal(count_dirty(0x7000, 0x7004), 4);
	assert_int_equal(count_dirty(RAW_DEVICE + 4, RAW_DEVICE + 12), 8);
	assert_int_equal(count_dirty(0, sizeof(dirty)), 28);
	cairn_virtq_publish(&q);
	assert_int_equal(count_dirty(RAW_DEVICE + 2, RAW_DEVICE + 4), 2);
	(void)cairn_virtq_enable_kicks(&q);
	assert_int_equal(count_dirty(RAW_DEVICE, RAW_DEVICE + 2), 2);
	memset(dirty, 0, sizeof(dirty));
	cairn_virtq_disable_kicks(&q);
	assert_int_equal(count_dirty(0, sizeof(dirty)), 2);
}

static void event_word_is_marked(void **state)
{
	size_t at = RAW_DEVICE + CAIRN_VIRTQ_DEVICE_BYTES(RAW_SIZE) - 2;

	memset(dirty, 0, sizeof(dirty));
	raw_mem.dirty.mark = on_mark;
	(void)cairn_virtq_enable_kicks(&q);
	assert_int_equal(count_dirty(0, sizeof(dirty)), 2);
	assert_int_equal(count_dirty(at, at + 2), 2);
}

static int serve(struct cairn_virtq *queue, struct cairn_virtq_chain *c)
{
	int rc;

	do {
		cairn_virtq_disable_kicks(queue);
		while ((rc = cairn_virtq_pop(queue, c)) == 1) {
			const struct cairn_span *out = c->spans + c->n_read;
			size_t n = cairn_spans_write(out, c->n_write, 0, "moin", 4);

			rc = cairn_virtq_push(queue, c, (uint32_t)n);
			if (rc < 0)
				return rc;
		}
		if (rc < 0)
			return rc;
	} while (cairn_virtq_enable_kicks(queue));
	return cairn_virtq_must_signal(queue);
}

static void readme_example_works(void **state)
{
	raw_offer(0);
	raw_offer(1);
	assert_int_equal(serve(&q, &chain), 1);
	assert_int_equal(used_idx(), 2);
	assert_int_equal(cairn_le32_get(raw_used()->ring[1].len), 4);
	assert_memory_equal(raw_ram + 0x5000, "moin", 4);
	assert_int_equal(serve(&q, &chain), 0);
	raw_offer(RAW_SIZE);
	assert_int_equal(serve(&q, &chain), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(put_is_not_visible_before_publish, set_up),
		cmocka_unit_test_setup(chains_come_back_in_any_order, set_up),
		cmocka_unit_test_setup(put_refuses_more_than_was_writable, set_up),
		cmocka_unit_test_setup(put_twice_is_refused, set_up),
		cmocka_unit_test_setup(used_ring_is_never_read_back, set_up),
		cmocka_unit_test_setup(broken_queue_publishes_what_was_put, set_up),
		cmocka_unit_test_setup(interrupt_is_wanted_unless_forbidden, set_up),
		cmocka_unit_test_setup(put_alone_asks_for_no_interrupt, set_up),
		cmocka_unit_test_setup(event_idx_ignores_the_flag, set_up_event_idx),
		cmocka_unit_test_setup(interrupt_comes_when_used_event_is_passed, set_up_event_idx),
		cmocka_unit_test_setup(interrupt_covers_a_batch, set_up_event_idx),
		cmocka_unit_test_setup(interrupt_is_not_lost_after_a_whole_round, set_up_event_idx),
		cmocka_unit_test(event_formula_equals_a_walk),
		cmocka_unit_test_setup(kicks_are_asked_for_by_flag, set_up),
		cmocka_unit_test_setup(kicks_are_asked_for_by_index, set_up_event_idx),
		cmocka_unit_test_setup(queue_continues_where_another_stopped, set_up),
		cmocka_unit_test_setup(reset_is_a_second_init, set_up),
		cmocka_unit_test_setup(inflight_hook_is_told_in_order, set_up),
		cmocka_unit_test_setup(all_that_is_written_is_marked, set_up),
		cmocka_unit_test_setup(event_word_is_marked, set_up_event_idx),
		cmocka_unit_test_setup(readme_example_works, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
