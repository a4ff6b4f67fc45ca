/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* program.c - what the program wishes: pause, resume, machine reset, other memory, unplug. */
#include "suite_tests.h"

static struct cairn_carrier *carrier(struct cairn_suite *s)
{
	return s->ops->regs->carrier(s);
}

static void pause_drains_and_resume_goes_on_from_there(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_LATER;
	s->dev.stop_pos = (struct cairn_vq_pos){ .avail = 7, .used = 7 };
	assert_int_equal(cairn_carrier_pause(carrier(s), &w.call), 0);
	assert_int_equal(w.n, 0); /* never before it returned */
	cairn_suite_turn(s);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.status, 0);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_DRAIN);
	assert_false(s->dev.queues[0].running || s->dev.queues[1].running);
	assert_int_equal(s->ops->regs->status(s), ST_RUNNING); /* the driver sees nothing */
	assert_true(s->ops->regs->is_enabled(s, 0));
	s->ops->kick(s, 0);
	assert_int_equal(cairn_carrier_resume(carrier(s), &w.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(w.n, 2);
	assert_true(s->dev.queues[0].running && s->dev.queues[1].running);
	assert_int_equal(s->dev.queues[0].cfg.pos.avail, 7);
	assert_int_equal(s->dev.queues[1].cfg.pos.used, 7);
	assert_int_equal(s->dev.queues[0].kicks, 1); /* kept in between */
}

static void pause_of_a_fresh_device_is_done_and_holds(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };

	assert_int_equal(cairn_carrier_pause(carrier(s), &w.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(w.n, 1);
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->regs->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
	assert_int_equal(cairn_carrier_resume(carrier(s), &w.call), 0);
	cairn_suite_turn(s);
	assert_true(s->dev.queues[0].running);
}

static void one_wish_at_a_time(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish a = { .call.done = cairn_suite_on_wish_ }, b = a;

	assert_int_equal(cairn_carrier_pause(carrier(s), &a.call), 0);
	assert_int_equal(cairn_carrier_resume(carrier(s), &b.call), -EBUSY);
	assert_int_equal(cairn_carrier_reset(carrier(s), &b.call), -EBUSY);
	assert_int_equal(cairn_carrier_set_view(carrier(s), s->view, CAIRN_VIEW_GROWN, &b.call),
			 -EBUSY);
	cairn_suite_turn(s);
	assert_int_equal(a.n, 1);
	assert_int_equal(b.n, 0);
}

static void pause_of_a_device_that_hangs_ends_by_unplugging(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish pause = { .call.done = cairn_suite_on_wish_ }, unplug = pause;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(cairn_carrier_pause(carrier(s), &pause.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(pause.n, 0);
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_NOW;
	assert_int_equal(cairn_carrier_unplug(carrier(s), CAIRN_VQ_CANCEL, &unplug.call), 0);
	assert_int_equal(pause.n, 1);
	assert_int_equal(pause.status, -ECANCELED);
	cairn_suite_turn(s);
	assert_int_equal(unplug.n, 1);
	assert_int_equal(unplug.status, 0);
}

static void unplugged_device_hears_nothing(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };
	unsigned int starts, stops;

	cairn_suite_start(s);
	assert_int_equal(cairn_carrier_unplug(carrier(s), CAIRN_VQ_DRAIN, &w.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(w.n, 1);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_DRAIN);
	starts = s->dev.entered[CAIRN_VDEV_OP_QUEUE_START];
	stops = s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP];
	s->ops->regs->set_status(s, 0);
	s->ops->config_write(s, 0, 1, 1);
	s->ops->queue_reset(s, 0);
	s->ops->regs->enable(s, 0);
	s->ops->kick(s, 0);
	cairn_vdev_break(&s->dev.vdev, -EIO);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_START], starts);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], stops);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_CONFIG_WRITE], 0);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 1);
	assert_int_equal(cairn_carrier_pause(carrier(s), &w.call), -EBUSY);
}

static void machine_reset_makes_fresh(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_RESET] = CAIRN_VDEV_SCRIPT_LATER;
	assert_int_equal(cairn_carrier_reset(carrier(s), &w.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.status, 0);
	assert_int_equal(s->dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(s->ops->regs->status(s), 0);
	cairn_suite_start(s);
}

static void machine_reset_that_fails_says_so(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };

	s->dev.status[CAIRN_VDEV_OP_RESET] = -EIO;
	assert_int_equal(cairn_carrier_reset(carrier(s), &w.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(w.status, -EIO);
	assert_int_equal(s->ops->regs->status(s), 0);
}

static void reset_of_the_driver_is_not_the_programs_failure(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };

	cairn_suite_start(s);
	s->dev.status[CAIRN_VDEV_OP_RESET] = -EIO;
	s->ops->regs->set_status(s, 0);
	assert_int_equal(cairn_carrier_pause(carrier(s), &w.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.status, 0);
}

static void wish_is_not_done_while_something_came_in_between(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };

	s->dev.answer[CAIRN_VDEV_OP_CONFIG_WRITE] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(cairn_carrier_pause(carrier(s), &w.call), 0);
	s->ops->config_write(s, 0, 1, 1);
	cairn_suite_turn(s);
	assert_int_equal(w.n, 0);
	cairn_suite_unstick_(s);
	assert_int_equal(w.n, 1);
}

static void memory_grows_under_a_running_queue(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };
	struct cairn_memview *grown;

	cairn_suite_start(s);
	assert_int_equal(cairn_memview_new(NULL, 0, &grown, NULL), 0);
	assert_int_equal(cairn_carrier_set_view(carrier(s), grown, CAIRN_VIEW_GROWN, &w.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(w.n, 1);
	assert_ptr_equal(s->dev.vdev.view, grown);
	assert_ptr_equal(s->dev.vdev.queue_view[0], s->view); /* it does not see it yet */
	cairn_memview_put(grown);
	assert_true(s->dev.queues[0].running);
}

static void memory_that_grew_in_a_pause_is_the_queues_after_it(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };
	struct cairn_memview *grown;

	cairn_suite_start(s);
	assert_int_equal(cairn_memview_new(NULL, 0, &grown, NULL), 0);
	assert_int_equal(cairn_carrier_pause(carrier(s), &w.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(cairn_carrier_set_view(carrier(s), grown, CAIRN_VIEW_GROWN, &w.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(cairn_carrier_resume(carrier(s), &w.call), 0);
	cairn_suite_turn(s);
	assert_int_equal(w.n, 3);
	assert_ptr_equal(s->dev.vdev.queue_view[0], grown);
	assert_ptr_equal(s->dev.vdev.queue_view[1], grown);
	cairn_memview_put(grown);
}

static void other_memory_needs_a_pause(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };

	cairn_suite_start(s);
	assert_int_equal(cairn_carrier_set_view(carrier(s), s->view, CAIRN_VIEW_REPLACED, &w.call),
			 -EINVAL);
	assert_int_equal(cairn_carrier_pause(carrier(s), &w.call), 0);
	cairn_suite_turn(s);
	s->dev.status[CAIRN_VDEV_OP_SET_VIEW] = -EIO;
	assert_int_equal(cairn_carrier_set_view(carrier(s), s->view, CAIRN_VIEW_REPLACED, &w.call),
			 0);
	cairn_suite_turn(s);
	assert_int_equal(w.n, 2);
	assert_int_equal(w.status, -EIO);
}

static void other_memory_is_refused_while_a_queue_starts(void **state)
{
	struct cairn_suite *s = *state;
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };

	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	s->ops->regs->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(cairn_carrier_set_view(carrier(s), s->view, CAIRN_VIEW_REPLACED, &w.call),
			 -EINVAL);
}

const struct suite_test cairn_suite_program_tests_[] = {
	SUITE_TEST_OF(pause_drains_and_resume_goes_on_from_there, PAUSE),
	SUITE_TEST_OF(pause_of_a_fresh_device_is_done_and_holds, PAUSE),
	SUITE_TEST_OF(one_wish_at_a_time, PAUSE),
	SUITE_TEST_OF(pause_of_a_device_that_hangs_ends_by_unplugging, PAUSE),
	SUITE_TEST_OF(unplugged_device_hears_nothing, PAUSE),
	SUITE_TEST_OF(machine_reset_makes_fresh, PAUSE),
	SUITE_TEST_OF(machine_reset_that_fails_says_so, PAUSE),
	SUITE_TEST_OF(reset_of_the_driver_is_not_the_programs_failure, PAUSE),
	SUITE_TEST_OF(wish_is_not_done_while_something_came_in_between, PAUSE),
	SUITE_TEST_OF(other_memory_is_refused_while_a_queue_starts, PAUSE),
	SUITE_TEST_OF(memory_grows_under_a_running_queue, PAUSE),
	SUITE_TEST_OF(memory_that_grew_in_a_pause_is_the_queues_after_it, PAUSE),
	SUITE_TEST_OF(other_memory_needs_a_pause, PAUSE),
	SUITE_END,
};
