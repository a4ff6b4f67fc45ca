/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* resets.c - reset from everywhere, and devices that break. */
#include "suite_tests.h"

static void expect_fresh(struct cairn_suite *s)
{
	assert_int_equal(s->ops->status(s), 0);
	assert_false(s->ops->is_enabled(s, 0));
	assert_false(s->dev.queues[0].running || s->dev.queues[1].running);
	assert_int_equal(s->dev.vdev.state, CAIRN_VDEV_NEW);
	if (s->ops->queue_size)
		assert_int_equal(s->ops->queue_size(s, 1), 16);
}

static void reset_cancels_every_queue_and_makes_fresh(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 2);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET],
			 2); /* the first by cairn_suite_start */
	expect_fresh(s);
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
		s->ops->set_status(s, 0);
		cairn_suite_turn(s);
		expect_fresh(s);
		cairn_suite_unstick_(s);
	}
}

static struct cairn_suite *of_script(struct cairn_vdev_script *dev)
{
	return cairn_container_of(dev, struct cairn_suite, dev);
}

static void reset_by_another_vcpu(struct cairn_vdev_script *dev, enum cairn_vdev_op op)
{
	dev->meanwhile = NULL;
	of_script(dev)->ops->set_status(of_script(dev), 0);
}

/* While it is decided which queues stop, another vCPU may ask for more. */
static void reset_asked_for_while_one_queue_stops_stops_the_others(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.meanwhile = reset_by_another_vcpu;
	s->ops->queue_reset(s, 0);
	cairn_suite_turn(s);
	expect_fresh(s);
	cairn_suite_start(s);
}

static void reset_waits_for_a_queue_that_does_not_stop(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_not_equal(s->ops->status(s), 0);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 1);
	s->ops->set_status(s, 0);                        /* impatient */
	s->ops->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE); /* not now */
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 2);
	assert_int_equal(cairn_vdev_script_release(&s->dev, CAIRN_VDEV_OP_QUEUE_STOP), 2);
	cairn_suite_turn(s);
	expect_fresh(s);
}

static void reset_overtakes_a_drain_that_does_not_end(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->queue_reset(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_DRAIN);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_NOW;
	s->ops->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	expect_fresh(s);
}

static void reset_overtakes_a_start_that_does_not_end(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 0);
	s->dev.answer[CAIRN_VDEV_OP_RESET] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 2);
	assert_int_equal(s->ops->status(s), ST_RUNNING); /* nothing broke */
	cairn_suite_unstick_(s);
	expect_fresh(s);
	cairn_suite_start(s);
}

static void start_that_was_overtaken_holds_its_queue_until_it_ends(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	s->ops->queue_reset(s, 0);
	s->ops->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(cairn_vdev_script_release(&s->dev, CAIRN_VDEV_OP_QUEUE_STOP), 1);
	cairn_suite_turn(s);
	assert_true(s->ops->is_resetting(s, 0));
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 1);
	assert_int_equal(cairn_vdev_script_release(&s->dev, CAIRN_VDEV_OP_QUEUE_START), 1);
	cairn_suite_turn(s);
	expect_fresh(s);
}

static void reset_during_an_op_waits_for_it(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	s->ops->config_write(s, 0, 1, 1);
	s->ops->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 1);
	cairn_suite_unstick_(s);
	expect_fresh(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_CONFIG_WRITE], 0); /* forgotten */
	cairn_suite_start(s);
}

static void reset_that_fails_leaves_a_device_that_refuses(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.status[CAIRN_VDEV_OP_RESET] = -EIO;
	s->ops->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), 0); /* drivers wait for it */
	s->ops->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1);
	s->ops->set_status(s, ST_FEATURES);
	cairn_suite_turn(s);
	assert_false(s->ops->status(s) & CAIRN_VIRTIO_FEATURES_OK);
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void device_that_breaks_needs_reset_and_is_usable_after_it(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_LATER;
	cairn_vdev_break(&s->dev.vdev, -EPROTO);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), ST_RUNNING | CAIRN_VIRTIO_NEEDS_RESET);
	assert_int_equal(s->ops->take_config_irqs(s), 1);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 2);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_false(s->dev.queues[0].running || s->dev.queues[1].running);
	s->ops->kick(s, 0); /* nobody is there */
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 2);
	cairn_suite_start(s);
	assert_int_equal(s->dev.vdev.state, CAIRN_VDEV_RUNNING);
}

static void device_that_breaks_before_driver_ok_does_not_interrupt(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_vdev_break(&s->dev.vdev, -EIO);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), ST_FEATURES | CAIRN_VIRTIO_NEEDS_RESET);
	assert_int_equal(s->ops->take_config_irqs(s), 0);
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
		s->ops->set_status(s, ST_RUNNING);
		s->ops->config_write(s, 0, 1, 1);
		cairn_suite_turn(s);
		assert_true(s->ops->status(s) & CAIRN_VIRTIO_NEEDS_RESET);
		cairn_suite_unstick_(s);
		cairn_suite_start(s);
	}
}

size_t cairn_suite_reset_tests_(struct CMUnitTest *tests)
{
	static const struct CMUnitTest list[] = {
		cmocka_unit_test(reset_cancels_every_queue_and_makes_fresh),
		cmocka_unit_test(reset_works_however_the_device_answers),
		cmocka_unit_test(reset_asked_for_while_one_queue_stops_stops_the_others),
		cmocka_unit_test(reset_waits_for_a_queue_that_does_not_stop),
		cmocka_unit_test(reset_overtakes_a_drain_that_does_not_end),
		cmocka_unit_test(reset_overtakes_a_start_that_does_not_end),
		cmocka_unit_test(start_that_was_overtaken_holds_its_queue_until_it_ends),
		cmocka_unit_test(reset_during_an_op_waits_for_it),
		cmocka_unit_test(reset_that_fails_leaves_a_device_that_refuses),
		cmocka_unit_test(device_that_breaks_needs_reset_and_is_usable_after_it),
		cmocka_unit_test(device_that_breaks_before_driver_ok_does_not_interrupt),
		cmocka_unit_test(dying_in_any_op_costs_only_the_device),
	};

	return SUITE_TESTS(list, tests);
}
