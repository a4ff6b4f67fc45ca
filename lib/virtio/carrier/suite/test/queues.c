/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* queues.c - queue registers, kicks, interrupts, stopping one queue. */
#include "suite_tests.h"

#include <fcntl.h>

static void queues_start_at_driver_ok_as_configured(void **state)
{
	struct cairn_suite *s = *state;
	const struct cairn_vq_cfg *cfg = &s->dev.queues[1].cfg;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 4);
	cairn_suite_set_queue(s, 1, 16);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
	s->ops->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 2);
	assert_int_equal(s->dev.queues[0].cfg.size, 4);
	assert_int_equal(cfg->size, 16);
	assert_true(cfg->desc.v == UINT64_C(0x500010000));
	assert_true(cfg->driver.v == UINT64_C(0x500011000));
	assert_true(cfg->device.v == UINT64_C(0x500012000));
	assert_int_equal(cfg->pos.avail, 0);
	assert_true(cfg->enabled);
	assert_ptr_equal(cfg->loop, s->loop);
}

static void queue_that_was_not_enabled_does_not_start(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 1, 8);
	s->ops->set_status(s, ST_RUNNING);
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
	assert_false(s->ops->is_enabled(s, 0));
	assert_int_equal(s->ops->status(s), ST_FEATURES | CAIRN_VIRTIO_NEEDS_RESET);
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
	s->ops->set_queue_size(s, 0, 4);
	s->ops->set_queue_addr(s, 0, 1, 2, 3);
	s->ops->set_status(s, ST_RUNNING);
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
		assert_false(s->ops->is_enabled(s, q));
		s->ops->kick(s, q);
		s->ops->queue_reset(s, q);
	}
	cairn_suite_start(s);
	s->ops->kick(s, 0xffff);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks + s->dev.queues[1].kicks, 0);
	assert_int_equal(s->ops->status(s), ST_RUNNING);
}

static void kick_reaches_its_queue(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->kick(s, 1);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks, 0);
	assert_int_equal(s->dev.queues[1].kicks, 1);
}

static void kick_before_driver_ok_is_kept(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	s->ops->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks, 1);
}

static void kick_before_a_reset_is_not_kept(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	s->ops->kick(s, 0);
	cairn_suite_start(s); /* resets */
	assert_int_equal(s->dev.queues[0].kicks, 0);
}

static void used_buffers_interrupt_the_driver(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	cairn_vdev_script_signal(&s->dev, 0);
	cairn_vdev_script_signal(&s->dev, 1);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->take_queue_irqs(s), 2);
	assert_int_equal(s->ops->take_config_irqs(s), 0);
}

static void interrupts_pass_from_the_call_fd_too(void **state)
{
	const struct cairn_suite_ops *ops = ((struct cairn_suite *)*state)->ops;
	struct cairn_suite *s;

	cairn_suite_close(*state);
	s = cairn_suite_open(ops, CAIRN_VDEV_WANTS_FDS);
	*state = s; /* for teardown */
	cairn_suite_start(s);
	assert_true(s->dev.queues[0].cfg.call_fd >= 0);
	s->dev.queues[0].cfg.call.fn = NULL; /* as a process of its own would */
	cairn_vdev_script_signal(&s->dev, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->take_queue_irqs(s), 1);
}

static void descriptors_are_close_on_exec(void **state)
{
	const struct cairn_suite_ops *ops = ((struct cairn_suite *)*state)->ops;
	struct cairn_suite *s;

	cairn_suite_close(*state);
	s = cairn_suite_open(ops, CAIRN_VDEV_WANTS_FDS);
	*state = s; /* for teardown */
	cairn_suite_start(s);
	for (uint32_t q = 0; q < CAIRN_SUITE_QUEUES; q++) {
		assert_int_equal(fcntl(s->dev.queues[q].cfg.kick_fd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(fcntl(s->dev.queues[q].cfg.call_fd, F_GETFD), FD_CLOEXEC);
	}
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
	assert_false(s->ops->is_enabled(s, 0));
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
	s->ops->set_queue_size(s, 0, 4);
	s->ops->enable(s, 0);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 1);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 2);
	cairn_suite_unstick_(s);
	assert_false(s->ops->is_resetting(s, 0));
	assert_false(s->ops->is_enabled(s, 0));
	cairn_suite_set_queue(s, 0, 8);
	assert_true(s->dev.queues[0].running);
}

static void queue_reset_needs_its_feature(void **state)
{
	struct cairn_suite *s = *state;

	s->ops->set_status(s, CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, CAIRN_VIRTIO_F_VERSION_1);
	s->ops->set_status(s, ST_FEATURES);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	s->ops->queue_reset(s, 0);
	cairn_suite_turn(s);
	assert_true(s->dev.queues[0].running);
	assert_true(s->ops->is_enabled(s, 0));
}

static void disabled_queue_drains_and_keeps_its_registers(void **state)
{
	struct cairn_suite *s = *state;

	if (!s->ops->disable)
		skip();
	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->disable(s, 1);
	cairn_suite_turn(s);
	assert_true(s->ops->is_enabled(s, 1)); /* the device still has the ring */
	cairn_suite_unstick_(s);
	assert_false(s->ops->is_enabled(s, 1));
	assert_int_equal(s->dev.last_how, CAIRN_VQ_DRAIN);
	s->ops->enable(s, 1);
	cairn_suite_turn(s);
	assert_true(s->dev.queues[1].running);
	assert_true(s->dev.queues[1].cfg.desc.v == UINT64_C(0x500010000));
}

static void queue_disabled_before_it_ran_is_not_started(void **state)
{
	struct cairn_suite *s = *state;

	if (!s->ops->disable)
		skip();
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->disable(s, 0);
	assert_false(s->ops->is_enabled(s, 0));
	s->ops->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
}

static void start_that_fails_is_needs_reset(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	cairn_suite_set_queue(s, 1, 8);
	s->dev.status[CAIRN_VDEV_OP_QUEUE_START] = -EFAULT;
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_LATER;
	s->ops->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), ST_RUNNING | CAIRN_VIRTIO_NEEDS_RESET);
	assert_int_equal(s->ops->take_config_irqs(s), 1);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 1); /* not tried again */
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

size_t cairn_suite_queue_tests_(struct CMUnitTest *tests)
{
	static const struct CMUnitTest list[] = {
		cmocka_unit_test(queues_start_at_driver_ok_as_configured),
		cmocka_unit_test(queue_that_was_not_enabled_does_not_start),
		cmocka_unit_test(queue_sizes_that_cannot_be_break_the_device),
		cmocka_unit_test(registers_of_an_enabled_queue_do_not_change),
		cmocka_unit_test(queue_that_does_not_exist_is_nobodys),
		cmocka_unit_test(kick_reaches_its_queue),
		cmocka_unit_test(kick_before_driver_ok_is_kept),
		cmocka_unit_test(kick_before_a_reset_is_not_kept),
		cmocka_unit_test(used_buffers_interrupt_the_driver),
		cmocka_unit_test(interrupts_pass_from_the_call_fd_too),
		cmocka_unit_test(descriptors_are_close_on_exec),
		cmocka_unit_test(queue_reset_drains_and_makes_fresh),
		cmocka_unit_test(queue_reset_shows_that_it_is_under_way),
		cmocka_unit_test(queue_reset_needs_its_feature),
		cmocka_unit_test(disabled_queue_drains_and_keeps_its_registers),
		cmocka_unit_test(queue_disabled_before_it_ran_is_not_started),
		cmocka_unit_test(start_that_fails_is_needs_reset),
	};

	return SUITE_TESTS(list, tests);
}
