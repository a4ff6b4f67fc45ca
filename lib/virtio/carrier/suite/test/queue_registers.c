/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* queue_registers.c - queue registers, and resets of one queue by them. */
#include "suite_tests.h"

static void queue_that_is_enabled_late_starts_at_once(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 1, 8);
	s->ops->regs->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_false(s->dev.queues[0].running);
	assert_true(s->dev.queues[1].running);
	cairn_suite_set_queue(s, 0, 8); /* late, as after a queue reset */
	assert_true(s->dev.queues[0].running);
}

static void expect_bad_size(struct cairn_suite *s, uint32_t size)
{
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, size);
	assert_false(s->ops->regs->is_enabled(s, 0));
	assert_int_equal(s->ops->regs->status(s), ST_FEATURES | CAIRN_VIRTIO_NEEDS_RESET);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
}

static void queue_sizes_that_cannot_be_break_the_device(void **state)
{
	expect_bad_size(*state, 0);
	expect_bad_size(*state, 6);
	expect_bad_size(*state, 16); /* queue 0 has 8 */
	expect_bad_size(*state, 0xffff);
}

static void registers_of_an_enabled_queue_do_not_change(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->regs->set_queue_size(s, 0, 4);
	s->ops->regs->set_queue_addr(s, 0, 1, 2, 3);
	s->ops->regs->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].cfg.size, 8);
	assert_true(s->dev.queues[0].cfg.desc.v == UINT64_C(0x500000000));
}

static void queue_that_does_not_exist_is_nobodys(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	for (uint32_t q = CAIRN_SUITE_QUEUES; q < CAIRN_SUITE_QUEUES + 3; q++) {
		cairn_suite_set_queue(s, q, 8);
		assert_false(s->ops->regs->is_enabled(s, q));
		s->ops->kick(s, q);
		s->ops->queue_reset(s, q);
	}
	cairn_suite_start(s);
	s->ops->kick(s, 0xffff);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks + s->dev.queues[1].kicks, 0);
	assert_int_equal(s->ops->regs->status(s), ST_RUNNING);
}

static void kick_before_a_reset_is_not_kept(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	s->ops->kick(s, 0);
	cairn_suite_start(s); /* resets */
	assert_int_equal(s->dev.queues[0].kicks, 0);
}

static void start_that_fails_is_needs_reset(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	cairn_suite_set_queue(s, 1, 8);
	s->dev.status[CAIRN_VDEV_OP_QUEUE_START] = -EFAULT;
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_LATER;
	s->ops->regs->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), ST_RUNNING | CAIRN_VIRTIO_NEEDS_RESET);
	assert_int_equal(s->ops->take_config_irqs(s), 1);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 1); /* not tried again */
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void stopped_queue_shows_it_when_the_device_has_let_go(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->stop(s, 1);
	cairn_suite_turn(s);
	assert_true(s->ops->regs->is_enabled(s, 1)); /* the device still has the ring */
	cairn_suite_unstick_(s);
	assert_false(s->ops->regs->is_enabled(s, 1));
}

static void queue_reset_drains_and_makes_fresh(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.stop_pos = (struct cairn_vq_pos){ .avail = 3, .used = 3 };
	s->ops->queue_reset(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_DRAIN);
	assert_false(s->ops->is_resetting(s, 0));
	assert_false(s->ops->regs->is_enabled(s, 0));
	assert_false(s->dev.queues[0].running);
	assert_true(s->dev.queues[1].running); /* the other goes on */
	cairn_suite_set_queue(s, 0, 4);
	assert_true(s->dev.queues[0].running);
	assert_int_equal(s->dev.queues[0].cfg.size, 4);
	assert_int_equal(s->dev.queues[0].cfg.pos.avail, 0); /* from the beginning */
}

static void queue_reset_shows_that_it_is_under_way(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->queue_reset(s, 0);
	cairn_suite_turn(s);
	assert_true(s->ops->is_resetting(s, 0));
	s->ops->queue_reset(s, 0); /* once more changes nothing */
	s->ops->regs->set_queue_size(s, 0, 4);
	s->ops->regs->enable(s, 0);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 1);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 2);
	cairn_suite_unstick_(s);
	assert_false(s->ops->is_resetting(s, 0));
	assert_false(s->ops->regs->is_enabled(s, 0));
	cairn_suite_set_queue(s, 0, 8);
	assert_true(s->dev.queues[0].running);
}

static void queue_reset_needs_its_feature(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->regs->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1);
	s->ops->regs->set_status(s, ST_FEATURES);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->regs->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	s->ops->queue_reset(s, 0);
	cairn_suite_turn(s);
	assert_true(s->dev.queues[0].running);
	assert_true(s->ops->regs->is_enabled(s, 0));
}

static void start_that_was_overtaken_holds_its_queue_until_it_ends(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->regs->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	s->ops->queue_reset(s, 0);
	s->ops->regs->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(cairn_vdev_script_release(&s->dev, CAIRN_VDEV_OP_QUEUE_STOP), 1);
	cairn_suite_turn(s);
	assert_true(s->ops->is_resetting(s, 0));
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 1);
	assert_int_equal(cairn_vdev_script_release(&s->dev, CAIRN_VDEV_OP_QUEUE_START), 1);
	cairn_suite_turn(s);
	cairn_suite_expect_fresh_(s);
}

const struct suite_test cairn_suite_queue_register_tests_[] = {
	SUITE_TEST_OF(queue_that_is_enabled_late_starts_at_once, REGISTERS),
	SUITE_TEST_OF(queue_sizes_that_cannot_be_break_the_device, REGISTERS),
	SUITE_TEST_OF(registers_of_an_enabled_queue_do_not_change, REGISTERS),
	SUITE_TEST_OF(queue_that_does_not_exist_is_nobodys, REGISTERS),
	SUITE_TEST_OF(kick_before_a_reset_is_not_kept, REGISTERS),
	SUITE_TEST_OF(start_that_fails_is_needs_reset, REGISTERS),
	{ cmocka_unit_test(stopped_queue_shows_it_when_the_device_has_let_go),
	  CAIRN_SUITE_STOP | CAIRN_SUITE_REGISTERS },
	SUITE_TEST_OF(queue_reset_drains_and_makes_fresh, QUEUE_RESET),
	SUITE_TEST_OF(queue_reset_shows_that_it_is_under_way, QUEUE_RESET),
	SUITE_TEST_OF(queue_reset_needs_its_feature, QUEUE_RESET),
	SUITE_TEST_OF(start_that_was_overtaken_holds_its_queue_until_it_ends, QUEUE_RESET),
	SUITE_END,
};
