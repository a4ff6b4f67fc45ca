/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* registers.c - device status and feature words, for transports that have them. */
#include "suite_tests.h"

static void fresh_registers_show_what_there_is(void **state)
{
	struct cairn_suite *s = *state;

	assert_int_equal(s->ops->regs->status(s), 0);
	assert_int_equal(s->ops->regs->queue_max(s, 0), 8);
	assert_int_equal(s->ops->regs->queue_max(s, 1), 16);
	assert_int_equal(s->ops->regs->queue_max(s, CAIRN_SUITE_QUEUES), 0);
	assert_int_equal(s->ops->regs->queue_max(s, 0x10000), 0);
	assert_false(s->ops->regs->is_enabled(s, 0));
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_VIEW], 1);
	assert_ptr_equal(s->dev.vdev.view, s->view);
}

static void expect_refused(struct cairn_suite *s, uint32_t before)
{
	s->ops->regs->set_status(s, before | CAIRN_VIRTIO_FEATURES_OK);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), before);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_FEATURES], 0);
}

static void refusal_leaves_the_status_as_it_was(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->regs->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1 | 2);
	expect_refused(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1 | UINT64_C(1) << 63);
	expect_refused(s, CAIRN_VIRTIO_DRIVER);
	s->dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	cairn_suite_negotiate(s);
	assert_int_equal(s->ops->regs->status(s), CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
}

static void feature_bit_beyond_all_words_is_refused(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->regs->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1);
	s->ops->regs->ack(s, 2, 1);
	expect_refused(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_negotiate(s); /* forgotten by reset */
	assert_int_equal(s->ops->regs->status(s), ST_FEATURES);
}

static void driver_without_version_1_is_refused(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->regs->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, 1);
	expect_refused(s, CAIRN_VIRTIO_DRIVER);
}

static void features_need_a_driver(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->regs->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1);
	expect_refused(s, CAIRN_VIRTIO_ACKNOWLEDGE);
}

static void refusal_takes_driver_ok_away_too(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	s->ops->regs->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->regs->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
}

static void refusal_after_a_promise_is_needs_reset(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	s->dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	cairn_suite_negotiate(s);
	assert_true(s->ops->regs->status(s) & CAIRN_VIRTIO_FEATURES_OK);
	cairn_vdev_script_release(&s->dev, CAIRN_VDEV_OP_SET_FEATURES);
	cairn_suite_turn(s);
	assert_true(s->ops->regs->status(s) & CAIRN_VIRTIO_NEEDS_RESET);
	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_NOW;
	cairn_suite_negotiate(s); /* nothing promised this time */
	assert_int_equal(s->ops->regs->status(s), CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void features_are_fixed_once_ok(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_ack_(s, 0);
	s->ops->regs->ack(s, 2, 1);
	s->ops->regs->set_status(s, ST_FEATURES);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_FEATURES], 1);
	assert_true(s->dev.vdev.acked == (CAIRN_SUITE_FEATURES | CAIRN_CARRIER_FEATURES));
	cairn_suite_set_queue(s, 0, 8);
	s->ops->regs->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), ST_RUNNING);
}

static void driver_ok_needs_features_ok(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->regs->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->regs->set_status(s, CAIRN_VIRTIO_DRIVER | CAIRN_VIRTIO_DRIVER_OK);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), CAIRN_VIRTIO_DRIVER);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
}

static void status_bits_are_only_added(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->regs->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), ST_RUNNING);
	s->ops->regs->set_status(s, ST_RUNNING | CAIRN_VIRTIO_FAILED);
	assert_int_equal(s->ops->regs->status(s), ST_RUNNING | CAIRN_VIRTIO_FAILED);
}

static void driver_cannot_set_needs_reset(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->regs->set_status(s, CAIRN_VIRTIO_NEEDS_RESET | CAIRN_VIRTIO_ACKNOWLEDGE);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), CAIRN_VIRTIO_ACKNOWLEDGE);
}

static void unknown_status_bits_make_the_write_nothing(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->regs->set_status(s, 0x10);
	s->ops->regs->set_status(s, 0x20 | CAIRN_VIRTIO_FAILED);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), ST_RUNNING);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 1); /* negotiate's own */
}

static void more_config_writes_than_are_kept_break_the_device(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_CONFIG_WRITE] = CAIRN_VDEV_SCRIPT_HELD;
	for (uint32_t i = 0; i < CAIRN_CARRIER_MAX_WRITES; i++)
		s->ops->config_write(s, 0, 1, i);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), 0);
	s->ops->config_write(s, 0, 1, 1);
	assert_int_equal(s->ops->regs->status(s), CAIRN_VIRTIO_NEEDS_RESET);
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void config_change_interrupts_a_running_driver_only(void **state)
{
	struct cairn_suite *s = *state;
	uint32_t before = s->ops->regs->generation(s);

	cairn_vdev_script_config(&s->dev, 0, 7);
	assert_int_equal(s->ops->take_config_irqs(s), 0);
	assert_int_not_equal(s->ops->regs->generation(s), before);
	cairn_suite_start(s);
	before = s->ops->regs->generation(s);
	cairn_vdev_script_config(&s->dev, 0, 8);
	assert_int_equal(s->ops->take_config_irqs(s), 1);
	assert_int_equal(s->ops->take_queue_irqs(s), 0);
	assert_int_not_equal(s->ops->regs->generation(s), before);
	assert_int_equal(s->ops->config_read(s, 0, 1), 8);
}

static void device_that_breaks_before_driver_ok_does_not_interrupt(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_vdev_break(&s->dev.vdev, -EIO);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), ST_FEATURES | CAIRN_VIRTIO_NEEDS_RESET);
	assert_int_equal(s->ops->take_config_irqs(s), 0);
}

static void broken_device_needs_reset_and_interrupts_once(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	cairn_vdev_break(&s->dev.vdev, -EPROTO);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), ST_RUNNING | CAIRN_VIRTIO_NEEDS_RESET);
	assert_int_equal(s->ops->take_config_irqs(s), 1);
}

static void overtaken_start_is_not_needs_reset(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->go(s);
	cairn_suite_turn(s);
	s->dev.answer[CAIRN_VDEV_OP_RESET] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->regs->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 2);
	assert_int_equal(s->ops->regs->status(s), ST_RUNNING);
	cairn_suite_unstick_(s);
	cairn_suite_expect_fresh_(s);
}

const struct suite_test cairn_suite_register_tests_[] = {
	SUITE_TEST_OF(fresh_registers_show_what_there_is, REGISTERS),
	SUITE_TEST_OF(refusal_leaves_the_status_as_it_was, REGISTERS),
	SUITE_TEST_OF(feature_bit_beyond_all_words_is_refused, REGISTERS),
	SUITE_TEST_OF(driver_without_version_1_is_refused, REGISTERS),
	SUITE_TEST_OF(features_need_a_driver, REGISTERS),
	SUITE_TEST_OF(refusal_takes_driver_ok_away_too, REGISTERS),
	SUITE_TEST_OF(refusal_after_a_promise_is_needs_reset, REGISTERS),
	SUITE_TEST_OF(features_are_fixed_once_ok, REGISTERS),
	SUITE_TEST_OF(driver_ok_needs_features_ok, REGISTERS),
	SUITE_TEST_OF(status_bits_are_only_added, REGISTERS),
	SUITE_TEST_OF(driver_cannot_set_needs_reset, REGISTERS),
	SUITE_TEST_OF(unknown_status_bits_make_the_write_nothing, REGISTERS),
	SUITE_TEST_OF(more_config_writes_than_are_kept_break_the_device, REGISTERS),
	SUITE_TEST_OF(config_change_interrupts_a_running_driver_only, REGISTERS),
	SUITE_TEST_OF(device_that_breaks_before_driver_ok_does_not_interrupt, REGISTERS),
	SUITE_TEST_OF(broken_device_needs_reset_and_interrupts_once, REGISTERS),
	SUITE_TEST_OF(overtaken_start_is_not_needs_reset, REGISTERS),
	SUITE_END,
};
