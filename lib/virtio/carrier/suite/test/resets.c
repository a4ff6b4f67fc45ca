/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* resets.c - resets and hang-ups from everywhere, devices that break or never answer, and the
 * program that takes the device back. */
#include "suite_tests.h"

static void reset_cancels_every_queue_and_makes_fresh(void **state)
{
	struct cairn_suite *s = *state;
	unsigned int resets;

	cairn_suite_start(s);
	resets = s->dev.entered[CAIRN_VDEV_OP_RESET];
	s->ops->reset(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 2);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], resets + 1);
	cairn_suite_expect_fresh_(s);
	cairn_suite_start(s);
}

static void reset_works_however_the_device_answers(void **state)
{
	static const enum cairn_vdev_script_answer answers[] = { CAIRN_VDEV_SCRIPT_LATER,
								 CAIRN_VDEV_SCRIPT_INSIDE,
								 CAIRN_VDEV_SCRIPT_DIES };
	struct cairn_suite *s = *state;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(answers); i++) {
		cairn_suite_start(s);
		s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = answers[i];
		if (answers[i] != CAIRN_VDEV_SCRIPT_DIES)
			s->dev.answer[CAIRN_VDEV_OP_RESET] = answers[i];
		s->ops->reset(s);
		cairn_suite_turn(s);
		cairn_suite_expect_fresh_(s);
		cairn_suite_unstick_(s);
	}
}

static void reset_meanwhile(struct cairn_vdev_script *dev, enum cairn_vdev_op op)
{
	struct cairn_suite *s = cairn_container_of(dev, struct cairn_suite, dev);

	dev->meanwhile = NULL;
	s->ops->reset(s);
}

/* While it is decided which queues stop, another vCPU may ask for more. */
static void reset_asked_for_while_one_queue_stops_stops_the_others(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.meanwhile = reset_meanwhile;
	cairn_suite_drain_(s, 0);
	cairn_suite_turn(s);
	cairn_suite_expect_fresh_(s);
	cairn_suite_start(s);
}

static void reset_waits_for_a_queue_that_does_not_stop(void **state)
{
	struct cairn_suite *s = *state;
	unsigned int resets;

	cairn_suite_start(s);
	resets = s->dev.entered[CAIRN_VDEV_OP_RESET];
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->reset(s);
	cairn_suite_turn(s);
	assert_false(s->ops->is_fresh(s));
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], resets);
	s->ops->reset(s); /* impatient */
	s->ops->greet(s); /* not now */
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 2);
	assert_int_equal(cairn_vdev_script_release(&s->dev, CAIRN_VDEV_OP_QUEUE_STOP), 2);
	cairn_suite_turn(s);
	cairn_suite_expect_fresh_(s);
}

static void reset_overtakes_a_drain_that_does_not_end(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_drain_(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_DRAIN);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_NOW;
	s->ops->reset(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	cairn_suite_expect_fresh_(s);
}

/* Queue 0 is being started, and does not get there. */
static void begin_start(struct cairn_suite *s)
{
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->go(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 1);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 0);
}

static void reset_overtakes_a_start_that_does_not_end(void **state)
{
	struct cairn_suite *s = *state;

	begin_start(s);
	s->ops->reset(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	cairn_suite_expect_fresh_(s);
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void reset_waits_for_a_start_that_was_overtaken(void **state)
{
	struct cairn_suite *s = *state;
	unsigned int resets;

	begin_start(s);
	resets = s->dev.entered[CAIRN_VDEV_OP_RESET];
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->reset(s);
	cairn_suite_turn(s);
	assert_int_equal(cairn_vdev_script_release(&s->dev, CAIRN_VDEV_OP_QUEUE_STOP), 1);
	cairn_suite_turn(s);
	assert_false(s->ops->is_fresh(s));
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], resets);
	assert_int_equal(cairn_vdev_script_release(&s->dev, CAIRN_VDEV_OP_QUEUE_START), 1);
	cairn_suite_turn(s);
	cairn_suite_expect_fresh_(s);
}

static void break_overtakes_a_start_that_does_not_end(void **state)
{
	struct cairn_suite *s = *state;

	begin_start(s);
	cairn_vdev_break(&s->dev.vdev, -EIO);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_true(s->ops->is_broken(s));
	assert_false(s->dev.queues[0].running);
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void reset_during_an_op_waits_for_it(void **state)
{
	struct cairn_suite *s = *state;
	unsigned int resets;

	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	resets = s->dev.entered[CAIRN_VDEV_OP_RESET];
	s->ops->config_write(s, 0, 1, 1);
	s->ops->reset(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], resets);
	cairn_suite_unstick_(s);
	cairn_suite_expect_fresh_(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_CONFIG_WRITE], 0); /* forgotten */
	cairn_suite_start(s);
}

static void reset_that_fails_leaves_a_device_that_refuses(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.status[CAIRN_VDEV_OP_RESET] = -EIO;
	s->ops->reset(s);
	cairn_suite_turn(s);
	assert_true(s->ops->is_fresh(s)); /* drivers wait for it */
	s->ops->greet(s);
	s->ops->accept(s, CAIRN_VIRTIO_F_VERSION_1);
	cairn_suite_turn(s);
	assert_false(s->ops->is_accepted(s));
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void device_that_breaks_is_cancelled_and_usable_after_a_reset(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_LATER;
	cairn_vdev_break(&s->dev.vdev, -EPROTO);
	cairn_suite_turn(s);
	assert_true(s->ops->is_broken(s));
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 2);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_false(s->dev.queues[0].running || s->dev.queues[1].running);
	s->ops->kick(s, 0); /* nobody is there */
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 2);
	cairn_suite_start(s);
	assert_int_equal(s->dev.vdev.state, CAIRN_VDEV_RUNNING);
}

static void dying_in_any_op_costs_only_the_device(void **state)
{
	static const enum cairn_vdev_op ops[] = { CAIRN_VDEV_OP_SET_FEATURES,
						  CAIRN_VDEV_OP_QUEUE_START,
						  CAIRN_VDEV_OP_CONFIG_WRITE };
	struct cairn_suite *s = *state;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ops); i++) {
		s->dev.answer[ops[i]] = CAIRN_VDEV_SCRIPT_DIES;
		cairn_suite_negotiate(s);
		cairn_suite_set_queue(s, 0, 8);
		s->ops->go(s);
		s->ops->config_write(s, 0, 1, 1);
		cairn_suite_turn(s);
		assert_true(s->ops->is_broken(s));
		cairn_suite_unstick_(s);
		cairn_suite_start(s);
	}
}

static void driver_that_hangs_up_leaves_a_fresh_device(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_LATER;
	s->ops->hang_up(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(s->dev.vdev.state, CAIRN_VDEV_NEW);
	assert_int_equal(cairn_memview_mem(s->dev.vdev.view)->n_regions, 0);
	assert_false(s->ops->is_fresh(s)); /* nobody to see it */
	cairn_suite_start(s);
}

static void reset_message_resets_within_the_connection(void **state)
{
	struct cairn_suite *s = *state;
	unsigned int resets;

	cairn_suite_start(s);
	resets = s->dev.entered[CAIRN_VDEV_OP_RESET];
	s->ops->reset_message(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], resets + 1);
	assert_int_equal(s->dev.vdev.state, CAIRN_VDEV_NEW);
	s->ops->accept(s, s->ops->offered(s));
	cairn_suite_set_queue(s, 0, 8);
	s->ops->go(s);
	cairn_suite_turn(s);
	assert_true(s->dev.queues[0].running);
}

/* By the carrier's own deadline; the next driver is served when the device has answered. */
static void expect_given_up(struct cairn_suite *s)
{
	cairn_suite_turn(s);
	assert_false(s->ops->is_fresh(s));
	s->ops->reset(s);
	cairn_suite_turn(s);
	assert_false(s->ops->is_fresh(s)); /* the device still has its memory */
	cairn_suite_unstick_(s);
	cairn_suite_expect_fresh_(s);
	cairn_suite_start(s);
}

static void device_that_never_stops_a_queue_is_given_up(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->hurry(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_drain_(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL); /* it was tried */
	expect_given_up(s);
}

static void device_that_never_starts_a_queue_is_given_up(void **state)
{
	struct cairn_suite *s = *state;

	begin_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->hurry(s);
	s->ops->reset(s);
	expect_given_up(s);
}

static void device_that_never_answers_another_op_is_given_up(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->hurry(s);
	s->dev.answer[CAIRN_VDEV_OP_CONFIG_WRITE] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->config_write(s, 0, 1, 1);
	expect_given_up(s);
}

static void ended_device_hears_nothing_and_may_be_carried_again(void **state)
{
	struct cairn_suite *s = *state;
	unsigned int starts, stops;

	cairn_suite_start(s);
	s->ops->end(s);
	cairn_suite_turn(s);
	assert_true(s->ops->is_ended(s));
	assert_int_equal(s->dev.vdev.state, s->ops->regs ? CAIRN_VDEV_READY : CAIRN_VDEV_NEW);
	starts = s->dev.entered[CAIRN_VDEV_OP_QUEUE_START];
	stops = s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP];
	s->ops->config_write(s, 0, 1, 1);
	s->ops->start(s, 0);
	s->ops->kick(s, 0);
	cairn_suite_drain_(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], starts);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], stops);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_CONFIG_WRITE], 0);
	s->ops->close(s);
	s->ops->open(s);
	cairn_suite_start(s);
}

static void end_overtakes_whatever_does_not_end(void **state)
{
	struct cairn_suite *s = *state;

	begin_start(s);
	s->ops->end(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_true(s->ops->is_ended(s));
}

const struct suite_test cairn_suite_reset_tests_[] = {
	SUITE_TEST(reset_cancels_every_queue_and_makes_fresh),
	SUITE_TEST(reset_works_however_the_device_answers),
	SUITE_TEST(reset_asked_for_while_one_queue_stops_stops_the_others),
	SUITE_TEST(reset_waits_for_a_queue_that_does_not_stop),
	SUITE_TEST(reset_overtakes_a_drain_that_does_not_end),
	SUITE_TEST(reset_overtakes_a_start_that_does_not_end),
	SUITE_TEST(reset_waits_for_a_start_that_was_overtaken),
	SUITE_TEST(break_overtakes_a_start_that_does_not_end),
	SUITE_TEST(reset_during_an_op_waits_for_it),
	SUITE_TEST(reset_that_fails_leaves_a_device_that_refuses),
	SUITE_TEST(device_that_breaks_is_cancelled_and_usable_after_a_reset),
	SUITE_TEST(dying_in_any_op_costs_only_the_device),
	SUITE_TEST_OF(driver_that_hangs_up_leaves_a_fresh_device, CONNECTION),
	SUITE_TEST_OF(reset_message_resets_within_the_connection, RESET_MESSAGE),
	SUITE_TEST_OF(device_that_never_stops_a_queue_is_given_up, DEADLINE),
	SUITE_TEST_OF(device_that_never_starts_a_queue_is_given_up, DEADLINE),
	SUITE_TEST_OF(device_that_never_answers_another_op_is_given_up, DEADLINE),
	SUITE_TEST(ended_device_hears_nothing_and_may_be_carried_again),
	SUITE_TEST(end_overtakes_whatever_does_not_end),
	SUITE_END,
};
