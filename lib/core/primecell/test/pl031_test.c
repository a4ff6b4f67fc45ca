/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "primecell_test.h"

#include <cairn/pl031.h>

#define S UINT64_C(1000000000)

enum {
	DR = 0x00,
	MR = 0x04,
	LR = 0x08,
	CR = 0x0c,
	IMSC = 0x10,
	RIS = 0x14,
	MIS = 0x18,
	ICR = 0x1c,
};

struct world {
	struct cairn_pl031 p;
	uint64_t now_ns, asked_ns;
	bool irq;
};

static uint64_t realtime(void *ctx)
{
	return ((struct world *)ctx)->now_ns;
}

static void set_irq(void *ctx, bool high)
{
	((struct world *)ctx)->irq = high;
}

static void set_alarm(void *ctx, uint64_t in_ns)
{
	((struct world *)ctx)->asked_ns = in_ns;
}

static uint32_t in(struct world *w, uint64_t off)
{
	return peek(&cairn_pl031_bus_ops, &w->p, off);
}

static void out(struct world *w, uint64_t off, uint32_t v)
{
	poke(&cairn_pl031_bus_ops, &w->p, off, v);
}

static void start(struct world *w)
{
	*w = (struct world){ .now_ns = 1700000000 * S + S / 2, .asked_ns = 1 };
	cairn_pl031_init(&w->p, (struct cairn_clock){ .realtime_ns = realtime, .ctx = w },
			 (struct cairn_line){ set_irq, w },
			 (struct cairn_pl031_alarm){ set_alarm, w });
}

static void time_is_the_clocks_and_goes_on(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(in(&w, DR), 1700000000);
	assert_int_equal(in(&w, LR), 1700000000);
	w.now_ns += S / 2;
	assert_int_equal(in(&w, DR), 1700000001);
	assert_int_equal(in(&w, CR), 1);
	out(&w, CR, 0); /* can not be stopped */
	assert_int_equal(in(&w, CR), 1);
	assert_ids(&cairn_pl031_bus_ops, &w.p, 0x00141031);
	assert_odd_accesses_are_bad(&cairn_pl031_bus_ops, &w.p);
}

static void loaded_time_counts_from_there(void **state)
{
	struct world w;

	start(&w);
	out(&w, LR, 5);
	assert_int_equal(in(&w, DR), 5);
	w.now_ns += 10 * S;
	assert_int_equal(in(&w, DR), 15);
	assert_int_equal(in(&w, LR), 5);
	out(&w, LR, UINT32_MAX);
	w.now_ns += 2 * S;
	assert_int_equal(in(&w, DR), 1); /* 32 bits go round */
}

static void match_interrupts_at_its_second(void **state)
{
	struct world w;

	start(&w);
	out(&w, MR, 1700000010);
	out(&w, IMSC, 1);
	assert_int_equal(w.asked_ns, 9 * S + S / 2);
	w.now_ns += 9 * S + S / 2 - 1;
	cairn_pl031_expired(&w.p); /* too early: asks again */
	assert_false(w.irq);
	assert_int_equal(w.asked_ns, 1);
	w.now_ns++;
	cairn_pl031_expired(&w.p);
	assert_true(w.irq);
	assert_int_equal(in(&w, RIS), 1);
	assert_int_equal(in(&w, MIS), 1);
	out(&w, ICR, 0);
	assert_true(w.irq);
	out(&w, ICR, 1);
	assert_false(w.irq);
	cairn_pl031_expired(&w.p); /* once, not for the whole second and ever after */
	assert_false(w.irq);
}

static void masked_match_asks_for_nothing_and_is_seen_in_the_status(void **state)
{
	struct world w;

	start(&w);
	out(&w, MR, 1700000001);
	assert_int_equal(w.asked_ns, UINT64_MAX);
	w.now_ns += 3 * S;
	assert_int_equal(in(&w, RIS), 1);
	assert_int_equal(in(&w, MIS), 0);
	assert_false(w.irq);
	out(&w, IMSC, 1);
	assert_true(w.irq);
}

static void match_of_this_second_interrupts_at_once(void **state)
{
	struct world w;

	start(&w);
	out(&w, IMSC, 1);
	out(&w, MR, 1700000000);
	assert_true(w.irq);
}

static void match_follows_the_loaded_time(void **state)
{
	struct world w;

	start(&w);
	out(&w, IMSC, 1);
	out(&w, MR, 100);
	out(&w, LR, 98);
	assert_int_equal(w.asked_ns, S + S / 2);
	out(&w, LR, 101); /* beyond it: nearly once round */
	assert_int_equal(w.asked_ns, ((UINT64_C(1) << 32) - 1) * S - S / 2);
	assert_false(w.irq);
}

static void what_was_due_is_not_lost_by_a_new_match(void **state)
{
	struct world w;

	start(&w);
	out(&w, MR, 1700000001);
	w.now_ns += 2 * S;
	out(&w, MR, 1800000000);
	assert_int_equal(in(&w, RIS), 1);
}

static void reset_keeps_the_time_and_drops_the_interrupt(void **state)
{
	struct world w;

	start(&w);
	out(&w, LR, 1000);
	out(&w, IMSC, 1);
	out(&w, MR, 1000);
	assert_true(w.irq);
	cairn_pl031_reset(&w.p);
	assert_false(w.irq);
	assert_int_equal(w.asked_ns, UINT64_MAX);
	assert_int_equal(in(&w, RIS), 0);
	assert_int_equal(in(&w, IMSC), 0);
	assert_int_equal(in(&w, MR), 0);
	assert_int_equal(in(&w, DR), 1000);
}

static void without_a_timer_accesses_notice(void **state)
{
	struct world w;

	start(&w);
	w.p.alarm.set = NULL;
	out(&w, IMSC, 1);
	out(&w, MR, 1700000001);
	w.now_ns += S;
	assert_int_equal(in(&w, DR), 1700000001);
	assert_true(w.irq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_is_the_clocks_and_goes_on),
		cmocka_unit_test(loaded_time_counts_from_there),
		cmocka_unit_test(match_interrupts_at_its_second),
		cmocka_unit_test(masked_match_asks_for_nothing_and_is_seen_in_the_status),
		cmocka_unit_test(match_of_this_second_interrupts_at_once),
		cmocka_unit_test(match_follows_the_loaded_time),
		cmocka_unit_test(what_was_due_is_not_lost_by_a_new_match),
		cmocka_unit_test(reset_keeps_the_time_and_drops_the_interrupt),
		cmocka_unit_test(without_a_timer_accesses_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
