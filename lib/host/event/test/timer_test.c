/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>

#include <cairn/event.h>

#define HOUR_NS (UINT64_C(3600) * 1000000000)

struct probe {
	struct cairn_timer timer;
	int *order, at, calls;
	struct probe *victim, *arm_again;
	struct cairn_loop *loop;
};

static void on_probe(struct cairn_timer *t)
{
	struct probe *p = cairn_container_of(t, struct probe, timer);

	p->calls++;
	if (p->order)
		p->at = (*p->order)++;
	if (p->victim)
		cairn_timer_disarm(&p->victim->timer);
	if (p->arm_again)
		cairn_timer_arm(p->loop, &p->arm_again->timer, 0);
}

static int setup(void **state)
{
	struct cairn_loop *l;

	assert_int_equal(cairn_loop_new(&l), 0);
	*state = l;
	return 0;
}

static int teardown(void **state)
{
	cairn_loop_free(*state);
	return 0;
}

static void timer_fires_once(void **state)
{
	struct cairn_loop *l = *state;
	struct probe p = { .timer.fn = on_probe };

	cairn_timer_arm(l, &p.timer, 1000);
	assert_int_equal(cairn_loop_dispatch(l, -1), 1);
	assert_int_equal(cairn_loop_dispatch(l, 0), 0);
	assert_int_equal(p.calls, 1);
}

static void timers_fire_in_the_order_of_their_times(void **state)
{
	struct cairn_loop *l = *state;
	int order = 0;
	struct probe late = { .timer.fn = on_probe, .order = &order };
	struct probe early = late, never = late;

	cairn_timer_arm(l, &never.timer, UINT64_MAX); /* does not overflow */
	cairn_timer_arm(l, &early.timer, 0);
	cairn_timer_arm(l, &late.timer, 1000);
	while (order < 2)
		assert_true(cairn_loop_dispatch(l, -1) >= 0);
	assert_int_equal(early.at, 0);
	assert_int_equal(late.at, 1);
	assert_int_equal(never.calls, 0);
	cairn_timer_disarm(&never.timer);
}

static void timer_that_is_due_makes_the_loop_readable(void **state)
{
	struct cairn_loop *l = *state;
	struct probe hour = { .timer.fn = on_probe }, p = { .timer.fn = on_probe };
	struct pollfd fd = { .fd = cairn_loop_fd(l), .events = POLLIN };

	cairn_timer_arm(l, &hour.timer, HOUR_NS);
	assert_int_equal(poll(&fd, 1, 0), 0);
	cairn_timer_arm(l, &p.timer, 0);
	assert_int_equal(poll(&fd, 1, 0), 1);
	assert_int_equal(cairn_loop_dispatch(l, 0), 1);
	assert_int_equal(poll(&fd, 1, 0), 0);
	cairn_timer_arm(l, &p.timer, 0);
	cairn_timer_disarm(&p.timer);
	assert_int_equal(cairn_loop_dispatch(l, 0), 0);
	assert_int_equal(p.calls, 1);
	cairn_timer_disarm(&hour.timer);
}

/* The descriptor behind all timers is set again only when the first of them changes. */
static void later_timer_still_fires_after_one_that_was_due(void **state)
{
	struct cairn_loop *l = *state;
	struct probe later = { .timer.fn = on_probe }, now = { .timer.fn = on_probe };

	cairn_timer_arm(l, &later.timer, 20000000);
	cairn_timer_arm(l, &now.timer, 0);
	assert_int_equal(cairn_loop_dispatch(l, -1), 1);
	assert_int_equal(now.calls, 1);
	assert_int_equal(cairn_loop_dispatch(l, -1), 1);
	assert_int_equal(later.calls, 1);
	cairn_timer_arm(l, &later.timer, 1000000);
	assert_int_equal(cairn_loop_dispatch(l, -1), 1);
	assert_int_equal(later.calls, 2);
}

static void disarmed_timer_does_not_fire(void **state)
{
	struct cairn_loop *l = *state;
	struct probe p = { .timer.fn = on_probe }, q = { .timer.fn = on_probe };

	cairn_timer_arm(l, &p.timer, 0);
	cairn_timer_arm(l, &q.timer, HOUR_NS);
	cairn_timer_disarm(&p.timer);
	cairn_timer_disarm(&p.timer); /* not armed: nothing happens */
	assert_int_equal(cairn_loop_dispatch(l, 0), 0);
	cairn_timer_disarm(&q.timer);
	assert_int_equal(p.calls + q.calls, 0);
}

static void arming_again_moves_the_timer(void **state)
{
	struct cairn_loop *l = *state;
	struct probe p = { .timer.fn = on_probe };

	cairn_timer_arm(l, &p.timer, 0);
	cairn_timer_arm(l, &p.timer, HOUR_NS);
	assert_int_equal(cairn_loop_dispatch(l, 0), 0);
	cairn_timer_arm(l, &p.timer, 0);
	assert_int_equal(cairn_loop_dispatch(l, -1), 1);
	assert_int_equal(p.calls, 1);
}

/* Both are due in one round, and the first disarms the second. */
static void timer_disarmed_in_a_round_does_not_fire_in_it(void **state)
{
	struct cairn_loop *l = *state;
	struct probe second = { .timer.fn = on_probe };
	struct probe first = { .timer.fn = on_probe, .victim = &second };

	cairn_timer_arm(l, &first.timer, 0);
	cairn_timer_arm(l, &second.timer, 0);
	assert_int_equal(cairn_loop_dispatch(l, -1), 1);
	assert_int_equal(cairn_loop_dispatch(l, 0), 0);
	assert_int_equal(second.calls, 0);
}

static void timer_armed_by_its_handler_fires_in_the_next_round(void **state)
{
	struct cairn_loop *l = *state;
	struct probe p = { .timer.fn = on_probe, .loop = l };

	p.arm_again = &p;
	cairn_timer_arm(l, &p.timer, 0);
	assert_int_equal(cairn_loop_dispatch(l, -1), 1);
	assert_int_equal(p.calls, 1);
	assert_int_equal(cairn_loop_dispatch(l, -1), 1);
	assert_int_equal(p.calls, 2);
	cairn_timer_disarm(&p.timer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(timer_fires_once, setup, teardown),
		cmocka_unit_test_setup_teardown(timers_fire_in_the_order_of_their_times, setup,
						teardown),
		cmocka_unit_test_setup_teardown(timer_that_is_due_makes_the_loop_readable, setup,
						teardown),
		cmocka_unit_test_setup_teardown(later_timer_still_fires_after_one_that_was_due,
						setup, teardown),
		cmocka_unit_test_setup_teardown(disarmed_timer_does_not_fire, setup, teardown),
		cmocka_unit_test_setup_teardown(arming_again_moves_the_timer, setup, teardown),
		cmocka_unit_test_setup_teardown(timer_disarmed_in_a_round_does_not_fire_in_it,
						setup, teardown),
		cmocka_unit_test_setup_teardown(timer_armed_by_its_handler_fires_in_the_next_round,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
