/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* negotiation.c - status, features, configuration space. */
#include "suite_tests.h"

static void fresh_device_shows_what_it_has(void **state)
{
	struct cairn_suite *s = *state;

	assert_int_equal(s->ops->status(s), 0);
	assert_true(s->ops->offered(s) == (CAIRN_SUITE_FEATURES | CAIRN_CARRIER_FEATURES));
	assert_int_equal(s->ops->queue_max(s, 0), 8);
	assert_int_equal(s->ops->queue_max(s, 1), 16);
	assert_int_equal(s->ops->queue_max(s, CAIRN_SUITE_QUEUES), 0);
	assert_int_equal(s->ops->queue_max(s, 0x10000), 0);
	assert_false(s->ops->is_enabled(s, 0));
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_VIEW], 1);
	assert_ptr_equal(s->dev.vdev.view, s->view);
}

static void accepted_features_reach_the_device(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	assert_int_equal(s->ops->status(s), ST_FEATURES);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_FEATURES], 1);
	assert_true(s->dev.acked == (CAIRN_SUITE_FEATURES | CAIRN_CARRIER_FEATURES));
}

static void subset_of_the_features_is_enough(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1 | 1);
	s->ops->set_status(s, ST_FEATURES);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), ST_FEATURES);
	assert_true(s->dev.acked == (CAIRN_VIRTIO_F_VERSION_1 | 1));
}

static void expect_refused(struct cairn_suite *s, uint32_t before)
{
	s->ops->set_status(s, before | CAIRN_VIRTIO_FEATURES_OK);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), before);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_FEATURES], 0);
}

static void features_that_were_not_offered_are_refused(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1 | 2);
	expect_refused(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1 | UINT64_C(1) << 63);
	expect_refused(s, CAIRN_VIRTIO_DRIVER);
}

static void feature_bit_beyond_all_words_is_refused(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1);
	s->ops->ack(s, 2, 1);
	expect_refused(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_negotiate(s); /* forgotten by reset */
	assert_int_equal(s->ops->status(s), ST_FEATURES);
}

static void driver_without_version_1_is_refused(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, 1);
	expect_refused(s, CAIRN_VIRTIO_DRIVER);
}

static void features_need_a_driver(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1);
	expect_refused(s, CAIRN_VIRTIO_ACKNOWLEDGE);
}

static void device_may_refuse_features_now_or_later(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	cairn_suite_negotiate(s);
	assert_int_equal(s->ops->status(s), CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_LATER;
	cairn_suite_negotiate(s);
	assert_int_equal(s->ops->status(s), CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
	cairn_suite_unstick_(s);
	cairn_suite_negotiate(s);
	assert_int_equal(s->ops->status(s), ST_FEATURES);
}

static void refusal_takes_driver_ok_away_too(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	s->ops->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
}

/* Whoever could not wait was shown FEATURES_OK; it is not taken back in silence. */
static void refusal_after_a_promise_is_needs_reset(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	s->dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	cairn_suite_negotiate(s);
	assert_true(s->ops->status(s) & CAIRN_VIRTIO_FEATURES_OK);
	cairn_vdev_script_release(&s->dev, CAIRN_VDEV_OP_SET_FEATURES);
	cairn_suite_turn(s);
	assert_true(s->ops->status(s) & CAIRN_VIRTIO_NEEDS_RESET);
	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_NOW;
	cairn_suite_negotiate(s); /* nothing promised this time */
	assert_int_equal(s->ops->status(s), CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void features_are_fixed_once_ok(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_ack_(s, 0);
	s->ops->ack(s, 2, 1);
	s->ops->set_status(s, ST_FEATURES);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_FEATURES], 1);
	assert_true(s->dev.vdev.acked == (CAIRN_SUITE_FEATURES | CAIRN_CARRIER_FEATURES));
	cairn_suite_set_queue(s, 0, 8);
	s->ops->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), ST_RUNNING);
}

static void driver_ok_needs_features_ok(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->set_status(s, CAIRN_VIRTIO_DRIVER | CAIRN_VIRTIO_DRIVER_OK);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), CAIRN_VIRTIO_DRIVER);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
}

static void status_bits_are_only_added(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), ST_RUNNING);
	s->ops->set_status(s, ST_RUNNING | CAIRN_VIRTIO_FAILED);
	assert_int_equal(s->ops->status(s), ST_RUNNING | CAIRN_VIRTIO_FAILED);
}

static void driver_cannot_set_needs_reset(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->set_status(s, CAIRN_VIRTIO_NEEDS_RESET | CAIRN_VIRTIO_ACKNOWLEDGE);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), CAIRN_VIRTIO_ACKNOWLEDGE);
}

static void unknown_status_bits_make_the_write_nothing(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->set_status(s, 0x10);
	s->ops->set_status(s, 0x20 | CAIRN_VIRTIO_FAILED);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), ST_RUNNING);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 1); /* negotiate's own */
}

static void config_is_read_in_every_width(void **state)
{
	struct cairn_suite *s = *state;
	uint8_t image[CAIRN_SUITE_CONFIG_LEN];

	for (uint8_t i = 0; i < CAIRN_SUITE_CONFIG_LEN; i++)
		image[i] = (uint8_t)(i + 1);
	cairn_vdev_config_publish(&s->dev.vdev, 0, image, sizeof(image));
	assert_int_equal(s->ops->config_read(s, 3, 1), 4);
	assert_int_equal(s->ops->config_read(s, 4, 2), 0x0605);
	assert_int_equal(s->ops->config_read(s, 4, 4), 0x08070605);
	assert_int_equal(s->ops->config_read(s, CAIRN_SUITE_CONFIG_LEN - 1, 1),
			 CAIRN_SUITE_CONFIG_LEN);
}

static void config_beyond_the_end_reads_zero_and_is_not_written(void **state)
{
	struct cairn_suite *s = *state;
	uint8_t last = 0xaa;

	cairn_vdev_config_publish(&s->dev.vdev, CAIRN_SUITE_CONFIG_LEN - 1, &last, 1);
	assert_int_equal(s->ops->config_read(s, CAIRN_SUITE_CONFIG_LEN, 4), 0);
	assert_int_equal(s->ops->config_read(s, CAIRN_SUITE_CONFIG_LEN - 1, 2), 0);
	s->ops->config_write(s, CAIRN_SUITE_CONFIG_LEN - 2, 4, 1);
	s->ops->config_write(s, CAIRN_SUITE_CONFIG_LEN, 1, 1);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_CONFIG_WRITE], 0);
}

static void config_writes_reach_the_device_in_order(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_CONFIG_WRITE] = CAIRN_VDEV_SCRIPT_LATER;
	for (uint32_t i = 0; i < 5; i++)
		s->ops->config_write(s, 4, 2, 0x100 + i);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_CONFIG_WRITE], 5);
	assert_int_equal(s->dev.config_off, 4);
	assert_int_equal(s->dev.config_len, 2);
	assert_int_equal(s->ops->config_read(s, 4, 2), 0x104);
}

static void more_config_writes_than_are_kept_break_the_device(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_CONFIG_WRITE] = CAIRN_VDEV_SCRIPT_HELD;
	for (uint32_t i = 0; i < CAIRN_CARRIER_MAX_WRITES; i++)
		s->ops->config_write(s, 0, 1, i);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), 0);
	s->ops->config_write(s, 0, 1, 1);
	assert_int_equal(s->ops->status(s), CAIRN_VIRTIO_NEEDS_RESET);
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void config_change_interrupts_a_running_driver_only(void **state)
{
	struct cairn_suite *s = *state;
	uint32_t before = s->ops->generation(s);

	cairn_vdev_script_config(&s->dev, 0, 7);
	assert_int_equal(s->ops->take_config_irqs(s), 0);
	assert_int_not_equal(s->ops->generation(s), before);
	cairn_suite_start(s);
	before = s->ops->generation(s);
	cairn_vdev_script_config(&s->dev, 0, 8);
	assert_int_equal(s->ops->take_config_irqs(s), 1);
	assert_int_equal(s->ops->take_queue_irqs(s), 0);
	assert_int_not_equal(s->ops->generation(s), before);
	assert_int_equal(s->ops->config_read(s, 0, 1), 8);
}

size_t cairn_suite_negotiation_tests_(struct CMUnitTest *tests)
{
	static const struct CMUnitTest list[] = {
		cmocka_unit_test(fresh_device_shows_what_it_has),
		cmocka_unit_test(accepted_features_reach_the_device),
		cmocka_unit_test(subset_of_the_features_is_enough),
		cmocka_unit_test(features_that_were_not_offered_are_refused),
		cmocka_unit_test(feature_bit_beyond_all_words_is_refused),
		cmocka_unit_test(driver_without_version_1_is_refused),
		cmocka_unit_test(features_need_a_driver),
		cmocka_unit_test(device_may_refuse_features_now_or_later),
		cmocka_unit_test(refusal_takes_driver_ok_away_too),
		cmocka_unit_test(refusal_after_a_promise_is_needs_reset),
		cmocka_unit_test(features_are_fixed_once_ok),
		cmocka_unit_test(driver_ok_needs_features_ok),
		cmocka_unit_test(status_bits_are_only_added),
		cmocka_unit_test(driver_cannot_set_needs_reset),
		cmocka_unit_test(unknown_status_bits_make_the_write_nothing),
		cmocka_unit_test(config_is_read_in_every_width),
		cmocka_unit_test(config_beyond_the_end_reads_zero_and_is_not_written),
		cmocka_unit_test(config_writes_reach_the_device_in_order),
		cmocka_unit_test(more_config_writes_than_are_kept_break_the_device),
		cmocka_unit_test(config_change_interrupts_a_running_driver_only),
	};

	return SUITE_TESTS(list, tests);
}
