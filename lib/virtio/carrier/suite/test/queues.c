/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* queues.c - configuring and starting queues, kicks, interrupts, stopping one queue. */
#include "suite_tests.h"

#include <fcntl.h>

static void queues_start_as_configured(void **state)
{
	struct cairn_suite *s = *state;
	const struct cairn_vq_cfg *cfg = &s->dev.queues[1].cfg;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 4);
	cairn_suite_set_queue(s, 1, 16);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
	s->ops->go(s);
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

static void queue_that_was_not_started_does_not_run(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	s->ops->set_up(s, 0, 8);
	cairn_suite_set_queue(s, 1, 8);
	s->ops->go(s);
	cairn_suite_turn(s);
	assert_false(s->dev.queues[0].running);
	assert_true(s->dev.queues[1].running);
	s->ops->start(s, 0); /* late */
	cairn_suite_turn(s);
	assert_true(s->dev.queues[0].running);
}

static void sizes_that_cannot_be_start_nothing(void **state)
{
	static const uint32_t bad[] = { 0, 6, 16 /* queue 0 has 8 */, 0xffff };
	struct cairn_suite *s = *state;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		cairn_suite_negotiate(s);
		cairn_suite_set_queue(s, 0, bad[i]);
		s->ops->go(s);
		s->ops->kick(s, 0);
		cairn_suite_turn(s);
		assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
	}
	cairn_suite_start(s);
}

static void form_of_a_running_queue_does_not_change(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	cairn_suite_set_queue(s, 0, 4);
	s->ops->go(s);
	cairn_suite_turn(s);
	assert_true(s->dev.queues[0].running);
	assert_int_equal(s->dev.queues[0].cfg.size, 8);
}

static void queue_beyond_the_last_is_nobodys(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	for (uint32_t q = CAIRN_SUITE_QUEUES; q < CAIRN_SUITE_QUEUES + 3; q++) {
		cairn_suite_set_queue(s, q, 8);
		s->ops->kick(s, q);
		cairn_suite_turn(s);
	}
	s->ops->go(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
	cairn_suite_start(s);
	s->dev.queues[0].kicks = s->dev.queues[1].kicks = 0;
	s->ops->kick(s, 0xffff);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks + s->dev.queues[1].kicks, 0);
	assert_false(s->ops->is_broken(s));
}

static void kick_reaches_its_queue(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.queues[0].kicks = s->dev.queues[1].kicks = 0;
	s->ops->kick(s, 1);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks, 0);
	assert_int_equal(s->dev.queues[1].kicks, 1);
}

static void kick_before_the_queue_runs_is_kept(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	s->ops->go(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks, 1);
}

static void kick_before_the_queue_is_set_up_is_kept(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->go(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks, 1);
}

static void kick_during_a_start_is_kept(void **state)
{
	struct cairn_suite *s = *state;

	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->go(s);
	cairn_suite_turn(s);
	s->dev.queues[0].kicks = 0;
	s->ops->kick(s, 0);
	cairn_suite_unstick_(s);
	assert_int_equal(s->dev.queues[0].kicks, 1);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 1);
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

static struct cairn_suite *open_wanting_fds(void **state)
{
	const struct cairn_suite_ops *ops = ((struct cairn_suite *)*state)->ops;

	cairn_suite_close(*state);
	*state = cairn_suite_open(ops, CAIRN_VDEV_WANTS_FDS); /* for teardown */
	cairn_suite_start(*state);
	return *state;
}

static void interrupts_pass_from_the_call_fd_too(void **state)
{
	struct cairn_suite *s = open_wanting_fds(state);

	assert_true(s->dev.queues[0].cfg.call_fd >= 0);
	s->dev.queues[0].cfg.call.fn = NULL; /* as a process of its own would */
	cairn_vdev_script_signal(&s->dev, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->take_queue_irqs(s), 1);
}

static void descriptors_are_close_on_exec(void **state)
{
	const struct cairn_suite *s = open_wanting_fds(state);

	for (uint32_t q = 0; q < CAIRN_SUITE_QUEUES; q++) {
		assert_int_equal(fcntl(s->dev.queues[q].cfg.kick_fd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(fcntl(s->dev.queues[q].cfg.call_fd, F_GETFD), FD_CLOEXEC);
	}
}

static void stopped_queue_drains_and_keeps_its_form(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->stop(s, 1);
	cairn_suite_turn(s);
	assert_false(s->ops->is_stopped(s, 1)); /* the device still has the ring */
	cairn_suite_unstick_(s);
	assert_true(s->ops->is_stopped(s, 1));
	assert_int_equal(s->dev.last_how, CAIRN_VQ_DRAIN);
	assert_false(s->dev.queues[1].running);
	assert_true(s->dev.queues[0].running);
	s->ops->start(s, 1);
	cairn_suite_turn(s);
	assert_true(s->dev.queues[1].running);
	assert_true(s->dev.queues[1].cfg.desc.v == UINT64_C(0x500010000));
}

static void queue_stopped_before_it_ran_is_not_started(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->stop(s, 0);
	cairn_suite_turn(s);
	assert_true(s->ops->is_stopped(s, 0));
	s->ops->go(s);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
}

/* Neither while it is being stopped, nor afterwards. */
static void kick_on_a_queue_being_stopped_starts_nothing(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->dev.queues[0].kicks = 0;
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_drain_(s, 0);
	s->ops->kick(s, 0); /* the stop was asked for, and is not heard of yet */
	cairn_suite_turn(s);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 1);
	cairn_suite_unstick_(s);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_false(s->dev.queues[0].running);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 2);
	cairn_suite_set_queue(s, 0, 8);
	assert_true(s->dev.queues[0].running);
}

static void queue_that_does_not_stop_leaves_the_others_alone(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->take_queue_irqs(s);
	s->dev.queues[1].kicks = 0;
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_drain_(s, 0);
	cairn_suite_turn(s);
	s->ops->kick(s, 1);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[1].kicks, 1);
	cairn_vdev_script_signal(&s->dev, 1);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->take_queue_irqs(s), 1);
	assert_false(s->ops->is_broken(s));
}

static void disabled_queue_stays_the_devices(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	s->ops->enable(s, 0, false);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_ENABLE], 1);
	assert_false(s->dev.last_on);
	assert_true(s->dev.queues[0].running);
	s->ops->enable(s, 0, true);
	cairn_suite_turn(s);
	assert_true(s->dev.last_on);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 0);
}

static void queue_kicked_before_it_is_enabled_starts_disabled(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->enable(s, 0, false);
	cairn_suite_turn(s);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_true(s->dev.queues[0].running);
	assert_false(s->dev.queues[0].cfg.enabled);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_ENABLE], 0);
	s->ops->enable(s, 0, true);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_ENABLE], 1);
	assert_true(s->dev.last_on);
}

static void start_that_fails_is_told_and_mended_by_a_reset(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->dev.status[CAIRN_VDEV_OP_QUEUE_START] = -EFAULT;
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_LATER;
	s->ops->go(s);
	cairn_suite_turn(s);
	assert_true(s->ops->is_broken(s));
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 1); /* not tried again */
	cairn_suite_unstick_(s);
	cairn_suite_start(s);
}

static void memory_grows_and_queues_run_on(void **state)
{
	struct cairn_suite *s = *state;
	unsigned int before;

	cairn_suite_start(s);
	before = s->dev.entered[CAIRN_VDEV_OP_SET_VIEW];
	s->dev.answer[CAIRN_VDEV_OP_SET_VIEW] = CAIRN_VDEV_SCRIPT_LATER;
	s->ops->grow(s);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_SET_VIEW], before + 1);
	assert_true(s->dev.queues[0].running && s->dev.queues[1].running);
	s->dev.queues[0].kicks = 0;
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks, 1);
}

const struct suite_test cairn_suite_queue_tests_[] = {
	SUITE_TEST(queues_start_as_configured),
	SUITE_TEST(queue_that_was_not_started_does_not_run),
	SUITE_TEST(sizes_that_cannot_be_start_nothing),
	SUITE_TEST(form_of_a_running_queue_does_not_change),
	SUITE_TEST(queue_beyond_the_last_is_nobodys),
	SUITE_TEST(kick_reaches_its_queue),
	SUITE_TEST(kick_before_the_queue_runs_is_kept),
	SUITE_TEST(kick_before_the_queue_is_set_up_is_kept),
	SUITE_TEST(kick_during_a_start_is_kept),
	SUITE_TEST(used_buffers_interrupt_the_driver),
	SUITE_TEST(interrupts_pass_from_the_call_fd_too),
	SUITE_TEST(descriptors_are_close_on_exec),
	SUITE_TEST_OF(stopped_queue_drains_and_keeps_its_form, STOP),
	SUITE_TEST_OF(queue_stopped_before_it_ran_is_not_started, STOP),
	SUITE_TEST(kick_on_a_queue_being_stopped_starts_nothing),
	SUITE_TEST(queue_that_does_not_stop_leaves_the_others_alone),
	SUITE_TEST_OF(disabled_queue_stays_the_devices, ENABLE),
	SUITE_TEST_OF(queue_kicked_before_it_is_enabled_starts_disabled, ENABLE),
	SUITE_TEST(start_that_fails_is_told_and_mended_by_a_reset),
	SUITE_TEST(memory_grows_and_queues_run_on),
	SUITE_END,
};
