/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* negotiation.c - features, configuration space. */
#include "suite_tests.h"

static uint64_t everything(const struct cairn_suite *s)
{
	return CAIRN_SUITE_FEATURES | s->ops->features;
}

static void greet_anew(struct cairn_suite *s)
{
	s->ops->reset(s);
	cairn_suite_turn(s);
	s->ops->greet(s);
}

static void fresh_device_offers_what_it_has(void **state)
{
	struct cairn_suite *s = *state;

	assert_true(s->ops->is_fresh(s));
	assert_false(s->ops->is_accepted(s));
	assert_false(s->ops->is_broken(s));
	greet_anew(s);
	assert_true(s->ops->offered(s) == everything(s));
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_FEATURES], 0);
}

static void accepted_features_reach_the_device(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	assert_true(s->ops->is_accepted(s));
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_FEATURES], 1);
	assert_true(s->dev.acked == everything(s));
}

static void subset_of_the_features_is_enough(void **state)
{
	struct cairn_suite *s = *state;

	greet_anew(s);
	s->ops->accept(s, CAIRN_VIRTIO_F_VERSION_1 | 1);
	cairn_suite_turn(s);
	assert_true(s->ops->is_accepted(s));
	assert_true(s->dev.acked == (CAIRN_VIRTIO_F_VERSION_1 | 1));
}

static void features_that_were_not_offered_are_refused(void **state)
{
	static const uint64_t bad[] = { 2, UINT64_C(1) << 63 };
	struct cairn_suite *s = *state;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		greet_anew(s);
		s->ops->accept(s, CAIRN_VIRTIO_F_VERSION_1 | bad[i]);
		cairn_suite_turn(s);
		assert_false(s->ops->is_accepted(s));
		assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_FEATURES], 0);
	}
}

static void device_may_refuse_features_now_or_later(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	cairn_suite_negotiate(s);
	assert_false(s->ops->is_accepted(s));
	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_LATER;
	cairn_suite_negotiate(s);
	assert_false(s->ops->is_accepted(s));
	cairn_suite_unstick_(s);
	cairn_suite_negotiate(s);
	assert_true(s->ops->is_accepted(s));
}

static void try_to_run(struct cairn_suite *s)
{
	s->ops->set_up(s, 0, 8);
	s->ops->start(s, 0);
	s->ops->go(s);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
}

static void refused_features_start_no_queue(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	cairn_suite_negotiate(s);
	try_to_run(s);
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void without_features_no_queue_starts(void **state)
{
	struct cairn_suite *s = *state;

	greet_anew(s);
	try_to_run(s);
	cairn_suite_start(s);
}

static void config_is_read_in_every_width(void **state)
{
	struct cairn_suite *s = *state;
	uint8_t image[CAIRN_SUITE_CONFIG_LEN];

	s->ops->greet(s);
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

	s->ops->greet(s);
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

	s->ops->greet(s);
	s->dev.answer[CAIRN_VDEV_OP_CONFIG_WRITE] = CAIRN_VDEV_SCRIPT_LATER;
	for (uint32_t i = 0; i < 5; i++)
		s->ops->config_write(s, 4, 2, 0x100 + i);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_CONFIG_WRITE], 5);
	assert_int_equal(s->dev.config_off, 4);
	assert_int_equal(s->dev.config_len, 2);
	assert_int_equal(s->ops->config_read(s, 4, 2), 0x104);
}

static void config_change_interrupts_a_running_driver(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->take_config_irqs(s);
	cairn_vdev_script_config(&s->dev, 0, 8);
	assert_int_equal(s->ops->take_config_irqs(s), 1);
	assert_int_equal(s->ops->take_queue_irqs(s), 0);
	assert_int_equal(s->ops->config_read(s, 0, 1), 8);
}

const struct suite_test cairn_suite_negotiation_tests_[] = {
	SUITE_TEST(fresh_device_offers_what_it_has),
	SUITE_TEST(accepted_features_reach_the_device),
	SUITE_TEST(subset_of_the_features_is_enough),
	SUITE_TEST(features_that_were_not_offered_are_refused),
	SUITE_TEST(device_may_refuse_features_now_or_later),
	SUITE_TEST(refused_features_start_no_queue),
	SUITE_TEST(without_features_no_queue_starts),
	SUITE_TEST(config_is_read_in_every_width),
	SUITE_TEST(config_beyond_the_end_reads_zero_and_is_not_written),
	SUITE_TEST(config_writes_reach_the_device_in_order),
	SUITE_TEST(config_change_interrupts_a_running_driver),
	SUITE_END,
};
