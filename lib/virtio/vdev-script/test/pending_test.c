/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What may happen beside an op that goes on, and breaking down. */
#include "world.h"

static int stop(struct world *w, uint16_t index, enum cairn_vq_stop how, struct answer *a)
{
	return cairn_vdev_queue_stop(w->vdev, index, how, &a->call);
}

static void nothing_enters_beside_a_pending_op(void **state)
{
	struct world *w = world_new(0);
	uint8_t b = 0;

	w->dev.answer[CAIRN_VDEV_OP_CONFIG_WRITE] = CAIRN_VDEV_SCRIPT_HELD;
	go_to(w, CAIRN_VDEV_READY);
	assert_int_equal(cairn_vdev_config_write(w->vdev, 0, &b, 1, &w->a.call), CAIRN_PENDING);
	assert_int_equal(cairn_vdev_config_write(w->vdev, 0, &b, 1, &w->b.call), -EBUSY);
	assert_int_equal(cairn_vdev_set_features(w->vdev, 0, &w->b.call), -EBUSY);
	assert_int_equal(cairn_vdev_set_view(w->vdev, w->view, CAIRN_VIEW_GROWN, &w->b.call),
			 -EBUSY);
	assert_int_equal(cairn_vdev_reset(w->vdev, &w->b.call), -EBUSY);
	assert_int_equal(start(w, 0), -EBUSY);
	assert_int_equal(cairn_vdev_script_release(&w->dev, CAIRN_VDEV_OP_CONFIG_WRITE), 1);
	assert_int_equal(w->a.n, 1);
	assert_int_equal(w->b.n, 0);
	assert_int_equal(start(w, 0), 0);
	world_free(w);
}

static void queue_may_be_stopped_beside_a_pending_op(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_RUNNING);
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(start(w, 1), CAIRN_PENDING);
	assert_int_equal(stop(w, 1, CAIRN_VQ_DRAIN, &w->b), -EINVAL); /* not started yet */
	assert_int_equal(stop(w, 0, CAIRN_VQ_CANCEL, &w->b), 0);
	assert_int_equal(cairn_vdev_script_release(&w->dev, CAIRN_VDEV_OP_QUEUE_START), 1);
	assert_int_equal(w->vdev->state, CAIRN_VDEV_RUNNING);
	assert_true(cairn_vdev_queue_is_started(w->vdev, 1));
	world_free(w);
}

static void several_queues_stop_at_once_and_the_last_makes_ready(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_RUNNING);
	assert_int_equal(start(w, 1), 0);
	w->dev.stop_pos = (struct cairn_vq_pos){ .avail = 5, .used = 5 };
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_LATER;
	assert_int_equal(stop(w, 0, CAIRN_VQ_DRAIN, &w->a), CAIRN_PENDING);
	assert_int_equal(stop(w, 1, CAIRN_VQ_DRAIN, &w->b), CAIRN_PENDING);
	assert_int_equal(stop(w, 1, CAIRN_VQ_DRAIN, &w->b), -EBUSY);
	assert_int_equal(cairn_vdev_queue_enable(w->vdev, 0, true), -EBUSY);
	assert_int_equal(w->vdev->state, CAIRN_VDEV_RUNNING);
	turn(w);
	assert_int_equal(w->a.n + w->b.n, 2);
	assert_int_equal(w->b.call.pos.avail, 5);
	assert_int_equal(w->vdev->state, CAIRN_VDEV_READY);
	world_free(w);
}

static void cancel_overtakes_a_drain_that_does_not_end(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_RUNNING);
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(stop(w, 0, CAIRN_VQ_DRAIN, &w->a), CAIRN_PENDING);
	turn(w);
	assert_int_equal(w->a.n, 0);
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_NOW;
	assert_int_equal(stop(w, 0, CAIRN_VQ_CANCEL, &w->b), 0);
	/* The cancel is done; the drain is told in the next round, and the queue stops then. */
	assert_int_equal(w->a.n, 0);
	assert_true(cairn_vdev_queue_is_started(w->vdev, 0));
	turn(w);
	assert_int_equal(w->a.n, 1);
	assert_int_equal(w->a.status, -ECANCELED);
	assert_false(cairn_vdev_queue_is_started(w->vdev, 0));
	assert_int_equal(w->vdev->state, CAIRN_VDEV_READY);
	world_free(w);
}

static void cancel_is_not_overtaken(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_RUNNING);
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(stop(w, 0, CAIRN_VQ_CANCEL, &w->a), CAIRN_PENDING);
	assert_int_equal(stop(w, 0, CAIRN_VQ_DRAIN, &w->b), -EBUSY);
	assert_int_equal(stop(w, 0, CAIRN_VQ_CANCEL, &w->b), -EBUSY);
	assert_int_equal(cairn_vdev_script_release(&w->dev, CAIRN_VDEV_OP_QUEUE_STOP), 1);
	world_free(w);
}

static void cancel_overtakes_a_start_that_does_not_end(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_READY);
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(start(w, 0), CAIRN_PENDING);
	turn(w);
	assert_int_equal(stop(w, 0, CAIRN_VQ_CANCEL, &w->b), 0);
	assert_int_equal(w->a.n, 0); /* as with a drain: in the next round */
	assert_int_equal(cairn_vdev_reset(w->vdev, &w->b.call), -EBUSY);
	turn(w);
	assert_int_equal(w->a.n, 1);
	assert_int_equal(w->a.status, -ECANCELED);
	assert_false(cairn_vdev_queue_is_started(w->vdev, 0));
	assert_int_equal(w->vdev->state, CAIRN_VDEV_READY);
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_NOW;
	assert_int_equal(start(w, 0), 0);
	world_free(w);
}

/* A queue whose start is held, and the CANCEL that overtakes it. */
static struct world *overtaken_start(void)
{
	struct world *w = world_new(0);

	assert_int_equal(cairn_vdev_set_view(w->vdev, w->view, CAIRN_VIEW_REPLACED, &w->a.call), 0);
	go_to(w, CAIRN_VDEV_READY);
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(start(w, 0), CAIRN_PENDING);
	assert_int_equal(stop(w, 0, CAIRN_VQ_CANCEL, &w->b), CAIRN_PENDING);
	turn(w);
	assert_int_equal(w->a.n + w->b.n, 0);
	return w;
}

static void start_that_was_overtaken_has_failed_whatever_the_device_says(void **state)
{
	struct world *w = overtaken_start();

	assert_int_equal(cairn_vdev_script_release(&w->dev, CAIRN_VDEV_OP_QUEUE_START), 1);
	assert_int_equal(w->a.status, -ECANCELED);
	assert_false(cairn_vdev_queue_is_started(w->vdev, 0));
	assert_non_null(w->vdev->queue_view[0]); /* the device is not done with it */
	assert_int_equal(cairn_vdev_reset(w->vdev, &w->a.call), -EBUSY);
	assert_int_equal(cairn_vdev_script_release(&w->dev, CAIRN_VDEV_OP_QUEUE_STOP), 1);
	assert_null(w->vdev->queue_view[0]);
	assert_int_equal(w->b.status, 0);
	assert_int_equal(w->vdev->state, CAIRN_VDEV_READY);
	assert_int_equal(cairn_vdev_reset(w->vdev, &w->a.call), 0);
	world_free(w);
}

static void cancel_may_end_before_the_start_that_it_overtook(void **state)
{
	struct world *w = overtaken_start();

	assert_int_equal(cairn_vdev_script_release(&w->dev, CAIRN_VDEV_OP_QUEUE_STOP), 1);
	assert_int_equal(w->b.n, 1);
	assert_non_null(w->vdev->queue_view[0]);
	assert_int_equal(stop(w, 0, CAIRN_VQ_CANCEL, &w->b), -EBUSY); /* once is enough */
	assert_int_equal(cairn_vdev_reset(w->vdev, &w->b.call), -EBUSY);
	assert_int_equal(cairn_vdev_script_release(&w->dev, CAIRN_VDEV_OP_QUEUE_START), 1);
	assert_int_equal(w->a.status, -ECANCELED);
	assert_null(w->vdev->queue_view[0]);
	assert_int_equal(cairn_vdev_reset(w->vdev, &w->a.call), 0);
	world_free(w);
}

static void start_of_a_device_that_broke_is_overtaken_too(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_READY);
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(start(w, 0), CAIRN_PENDING);
	cairn_vdev_break(w->vdev, -EIO);
	assert_int_equal(stop(w, 0, CAIRN_VQ_CANCEL, &w->b), 0);
	turn(w);
	assert_int_equal(w->a.status, -ECANCELED);
	assert_int_equal(w->vdev->state, CAIRN_VDEV_BROKEN);
	assert_int_equal(cairn_vdev_reset(w->vdev, &w->a.call), 0);
	world_free(w);
}

static void kick_before_start_is_kept(void **state)
{
	struct world *w = world_new(0);
	uint64_t one = 1;

	go_to(w, CAIRN_VDEV_READY);
	assert_int_equal(write(w->kick_fd[0], &one, sizeof(one)), sizeof(one));
	assert_int_equal(start(w, 0), 0);
	turn(w);
	assert_int_equal(w->dev.queues[0].kicks, 1);
	world_free(w);
}

static void broken_device_tells_its_carrier_once_and_not_inside_an_op(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_READY);
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_DIES;
	assert_int_equal(start(w, 0), -EIO);
	assert_int_equal(w->vdev->state, CAIRN_VDEV_BROKEN);
	assert_int_equal(w->broken, 0);
	cairn_vdev_break(w->vdev, -EPROTO);
	turn(w);
	turn(w);
	assert_int_equal(w->broken, 1);
	assert_int_equal(w->why, -EIO); /* the first reason */
	world_free(w);
}

static void reset_leaves_broken_and_forgets_the_news(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_READY);
	cairn_vdev_break(w->vdev, -EPROTO);
	assert_int_equal(cairn_vdev_reset(w->vdev, &w->a.call), 0);
	assert_int_equal(w->vdev->state, CAIRN_VDEV_NEW);
	assert_true(w->vdev->acked == 0);
	turn(w);
	assert_int_equal(w->broken, 0);
	world_free(w);
}

static void op_that_breaks_the_device_leaves_it_broken(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_RUNNING);
	w->dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_DIES;
	assert_int_equal(stop(w, 0, CAIRN_VQ_DRAIN, &w->a), 0);
	assert_int_equal(w->vdev->state, CAIRN_VDEV_BROKEN);
	assert_false(cairn_vdev_queue_is_started(w->vdev, 0));
	world_free(w);
}

static void breaking_beside_a_pending_op_leaves_it_to_be_done(void **state)
{
	struct world *w = world_new(0);

	w->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(cairn_vdev_set_features(w->vdev, 0, &w->a.call), CAIRN_PENDING);
	cairn_vdev_break(w->vdev, -EIO);
	turn(w);
	assert_int_equal(w->broken, 1);
	assert_int_equal(cairn_vdev_script_release(&w->dev, CAIRN_VDEV_OP_SET_FEATURES), 1);
	assert_int_equal(w->a.n, 1);
	assert_int_equal(w->vdev->state, CAIRN_VDEV_BROKEN);
	world_free(w);
}

static void device_that_goes_away_tells_nobody(void **state)
{
	struct world *w = world_new(0);
	struct cairn_loop *loop = w->loop;

	cairn_vdev_break(w->vdev, -EIO);
	assert_int_equal(cairn_loop_new(&w->loop), 0); /* for world_free; the other is still ours */
	world_free(w);
	assert_true(cairn_loop_dispatch(loop, 0) >= 0);
	cairn_loop_free(loop);
	assert_int_equal(w->broken, 0);
}

static void view_is_kept_by_the_device_and_pinned_by_its_queues(void **state)
{
	struct world *w = world_new(0);
	struct cairn_memview *old = w->view;

	go_to(w, CAIRN_VDEV_READY);
	assert_int_equal(cairn_vdev_set_view(w->vdev, old, CAIRN_VIEW_REPLACED, &w->a.call), 0);
	assert_ptr_equal(w->vdev->view, old);
	assert_int_equal(start(w, 0), 0);
	assert_int_equal(cairn_memview_new(NULL, 0, &w->view, NULL), 0);
	assert_int_equal(cairn_vdev_set_view(w->vdev, w->view, CAIRN_VIEW_REPLACED, &w->a.call),
			 -EINVAL); /* a queue runs */
	assert_int_equal(cairn_vdev_set_view(w->vdev, w->view, CAIRN_VIEW_GROWN, &w->a.call), 0);
	assert_ptr_equal(w->vdev->view, w->view);
	cairn_memview_put(old);
	assert_false(cairn_memview_is_broken(w->vdev->queue_view[0])); /* still there */
	assert_int_equal(stop(w, 0, CAIRN_VQ_DRAIN, &w->a), 0);
	assert_null(w->vdev->queue_view[0]);
	assert_int_equal(cairn_vdev_set_view(w->vdev, NULL, CAIRN_VIEW_GROWN, &w->a.call), -EINVAL);
	world_free(w);
}

static void config_change_reaches_the_carrier(void **state)
{
	struct world *w = world_new(0);
	uint8_t b;

	cairn_vdev_script_config(&w->dev, 3, 7);
	assert_int_equal(w->changed, 1);
	assert_int_equal(cairn_vdev_config_read(w->vdev, 3, &b, 1), 0);
	assert_int_equal(b, 7);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_enters_beside_a_pending_op),
		cmocka_unit_test(queue_may_be_stopped_beside_a_pending_op),
		cmocka_unit_test(several_queues_stop_at_once_and_the_last_makes_ready),
		cmocka_unit_test(cancel_overtakes_a_drain_that_does_not_end),
		cmocka_unit_test(cancel_is_not_overtaken),
		cmocka_unit_test(cancel_overtakes_a_start_that_does_not_end),
		cmocka_unit_test(start_that_was_overtaken_has_failed_whatever_the_device_says),
		cmocka_unit_test(cancel_may_end_before_the_start_that_it_overtook),
		cmocka_unit_test(start_of_a_device_that_broke_is_overtaken_too),
		cmocka_unit_test(kick_before_start_is_kept),
		cmocka_unit_test(broken_device_tells_its_carrier_once_and_not_inside_an_op),
		cmocka_unit_test(reset_leaves_broken_and_forgets_the_news),
		cmocka_unit_test(op_that_breaks_the_device_leaves_it_broken),
		cmocka_unit_test(breaking_beside_a_pending_op_leaves_it_to_be_done),
		cmocka_unit_test(device_that_goes_away_tells_nobody),
		cmocka_unit_test(view_is_kept_by_the_device_and_pinned_by_its_queues),
		cmocka_unit_test(config_change_reaches_the_carrier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
