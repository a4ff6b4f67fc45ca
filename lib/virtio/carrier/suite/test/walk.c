/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * walk.c - every state a carrier can be in, times everything that can be done to it, times how the
 * device answers. Whatever comes of the pair: the device is asked only what its state allows (the
 * vdev wrapper and the script see to that), once it has answered everything the carrier is at
 * rest, and after a reset it negotiates and runs again.
 */
#include "suite_tests.h"

static void nothing(struct cairn_suite *s)
{
}

static void op_reset(struct cairn_suite *s)
{
	s->ops->set_status(s, 0);
}

static void op_acknowledge(struct cairn_suite *s)
{
	s->ops->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
}

static void op_features_ok(struct cairn_suite *s)
{
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1);
	s->ops->set_status(s, ST_FEATURES);
}

static void op_driver_ok(struct cairn_suite *s)
{
	s->ops->set_status(s, ST_RUNNING);
}

static void op_set_queue(struct cairn_suite *s)
{
	s->ops->set_queue_size(s, 0, 4);
	s->ops->set_queue_addr(s, 0, 0x1000, 0x2000, 0x3000);
}

static void op_bad_size(struct cairn_suite *s)
{
	s->ops->set_queue_size(s, 1, 0x7fff);
}

static void op_enable(struct cairn_suite *s)
{
	s->ops->enable(s, 0);
	s->ops->enable(s, 1);
}

static void op_disable(struct cairn_suite *s)
{
	if (s->ops->disable)
		s->ops->disable(s, 0);
}

static void op_queue_reset(struct cairn_suite *s)
{
	s->ops->queue_reset(s, 0);
}

static void op_kick(struct cairn_suite *s)
{
	s->ops->kick(s, 0);
}

static void op_config_write(struct cairn_suite *s)
{
	s->ops->config_write(s, 0, 4, 0x12345678);
}

static void op_config_change(struct cairn_suite *s)
{
	cairn_vdev_script_config(&s->dev, 1, 1);
}

static void op_signal(struct cairn_suite *s)
{
	cairn_vdev_script_signal(&s->dev, 0);
}

static void op_break(struct cairn_suite *s)
{
	cairn_vdev_break(&s->dev.vdev, -EIO);
}

static struct suite_wish wish = { .call.done = cairn_suite_on_wish_ };

static void op_pause(struct cairn_suite *s)
{
	(void)!cairn_carrier_pause(s->ops->carrier(s), &wish.call);
}

static void op_resume(struct cairn_suite *s)
{
	(void)!cairn_carrier_resume(s->ops->carrier(s), &wish.call);
}

static void op_machine_reset(struct cairn_suite *s)
{
	(void)!cairn_carrier_reset(s->ops->carrier(s), &wish.call);
}

static void op_grow(struct cairn_suite *s)
{
	(void)!cairn_carrier_set_view(s->ops->carrier(s), s->view, CAIRN_VIEW_GROWN, &wish.call);
}

static void to_running(struct cairn_suite *s)
{
	cairn_suite_start(s);
}

static void to_broken(struct cairn_suite *s)
{
	cairn_suite_start(s);
	op_break(s);
	cairn_suite_turn(s);
}

static void to_paused(struct cairn_suite *s)
{
	cairn_suite_start(s);
	op_pause(s);
	cairn_suite_turn(s);
}

static void hold_stops(struct cairn_suite *s)
{
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
}

static void to_resetting(struct cairn_suite *s)
{
	cairn_suite_start(s);
	hold_stops(s);
	op_reset(s);
	cairn_suite_turn(s);
}

static void to_queue_resetting(struct cairn_suite *s)
{
	cairn_suite_start(s);
	hold_stops(s);
	op_queue_reset(s);
	cairn_suite_turn(s);
}

static void to_pausing(struct cairn_suite *s)
{
	cairn_suite_start(s);
	hold_stops(s);
	op_pause(s);
	cairn_suite_turn(s);
}

static void to_deciding_features(struct cairn_suite *s)
{
	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
}

static void to_starting(struct cairn_suite *s)
{
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	op_driver_ok(s);
	cairn_suite_turn(s);
}

static void to_configuring(struct cairn_suite *s)
{
	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_CONFIG_WRITE] = CAIRN_VDEV_SCRIPT_HELD;
	op_config_write(s);
	cairn_suite_turn(s);
}

typedef void (*suite_deed)(struct cairn_suite *s);

static const suite_deed states[] = {
	nothing,     op_acknowledge, cairn_suite_negotiate, to_running, to_broken,
	to_paused,   to_resetting,   to_queue_resetting,    to_pausing, to_deciding_features,
	to_starting, to_configuring
};

static const suite_deed deeds[] = {
	op_reset,  op_acknowledge, op_features_ok, op_driver_ok, op_set_queue,     op_bad_size,
	op_enable, op_disable,     op_queue_reset, op_kick,      op_config_write,  op_config_change,
	op_signal, op_break,       op_pause,       op_resume,    op_machine_reset, op_grow
};

static void expect_at_rest(struct cairn_suite *s)
{
	for (uint32_t q = 0; q < CAIRN_SUITE_QUEUES; q++)
		assert_int_equal(cairn_vdev_queue_is_started(&s->dev.vdev, (uint16_t)q),
				 s->dev.queues[q].running);
	assert_int_equal(cairn_loop_dispatch(s->loop, 0), 0);
}

static void try_pair(const struct cairn_suite_ops *ops, suite_deed state, suite_deed deed,
		     enum cairn_vdev_script_answer answer)
{
	struct cairn_suite *s = cairn_suite_open(ops, 0);

	wish.n = 0;
	state(s);
	for (int op = CAIRN_VDEV_OP_NONE; op < (int)CAIRN_VDEV_SCRIPT_OPS; op++)
		s->dev.answer[op] = answer;
	deed(s);
	deed(s); /* twice is no worse */
	cairn_suite_turn(s);
	cairn_suite_unstick_(s);
	expect_at_rest(s);
	op_resume(s); /* if it was paused */
	cairn_suite_turn(s);
	cairn_suite_start(s);
	cairn_suite_close(s);
}

static void every_deed_in_every_state_leaves_a_device_that_can_be_reset(void **state)
{
	static const enum cairn_vdev_script_answer answers[] = {
		CAIRN_VDEV_SCRIPT_NOW, CAIRN_VDEV_SCRIPT_LATER, CAIRN_VDEV_SCRIPT_INSIDE,
		CAIRN_VDEV_SCRIPT_HELD, CAIRN_VDEV_SCRIPT_DIES
	};
	const struct cairn_suite_ops *ops = ((struct cairn_suite *)*state)->ops;

	cairn_suite_close(*state);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(states); i++)
		for (size_t j = 0; j < CAIRN_ARRAY_LEN(deeds); j++)
			for (size_t k = 0; k < CAIRN_ARRAY_LEN(answers); k++)
				try_pair(ops, states[i], deeds[j], answers[k]);
	*state = cairn_suite_open(ops, 0);
}

size_t cairn_suite_walk_tests_(struct CMUnitTest *tests)
{
	static const struct CMUnitTest list[] = {
		cmocka_unit_test(every_deed_in_every_state_leaves_a_device_that_can_be_reset),
	};

	return SUITE_TESTS(list, tests);
}
