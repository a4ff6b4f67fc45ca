/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* How connections end: devices that break, front ends that leave, answers that do not come. */
#include "world.h"

static void broken_device_is_cancelled_and_comes_back_after_features(void **state)
{
	world_run();
	cairn_vdev_break(&world.dev.vdev, -EPROTO);
	world_turn();
	assert_int_equal(world.refused, 1);
	assert_int_equal(world.dev.last_how, CAIRN_VQ_CANCEL);
	assert_false(world.dev.queues[0].running);
	assert_true(cairn_virtio_vhost_user_is_connected(world.b));
	assert_int_equal(cairn_vhost_user_client_stop_ring(&world.c, 0), 0);
	assert_int_equal(
	    cairn_vhost_user_client_u64(&world.c, CAIRN_VHOST_USER_SET_FEATURES, world.c.features),
	    0);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_RESET), 1);
	world_ring(0);
}

static void device_that_breaks_as_a_ring_starts_is_survived(void **state)
{
	world_negotiate();
	world_share();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_DIES;
	assert_int_equal(cairn_vhost_user_client_ring(&world.c, 0, 8), 0);
	assert_int_equal(eventfd_write(world.c.rings[0].kick_fd, 1), 0);
	world_turn();
	assert_int_equal(world.refused, 2);
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_NOW;
	assert_int_equal(
	    cairn_vhost_user_client_u64(&world.c, CAIRN_VHOST_USER_SET_FEATURES, world.c.features),
	    0);
	world_ring(0);
}

static void end_of_the_connection_cancels_resets_and_lets_memory_go(void **state)
{
	world_run();
	world_ring(1);
	cairn_vhost_user_client_fini(&world.c);
	world_turn();
	assert_int_equal(world.closed, 1);
	assert_int_equal(world.dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_STOP), 2);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_RESET), 1);
	assert_int_equal(cairn_memview_mem(world.dev.vdev.view)->n_regions, 0);
	world_connect();
	world_run();
}

static void end_of_the_connection_overtakes_a_drain_that_hangs(void **state)
{
	world_run();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	world_ask_stop();
	world_turn();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_NOW;
	cairn_vhost_user_client_fini(&world.c);
	world_turn();
	assert_int_equal(world.dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(world.closed, 1);
	world_connect();
	world_run();
}

static void end_of_the_connection_overtakes_a_start_that_hangs(void **state)
{
	world_negotiate();
	world_share();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(cairn_vhost_user_client_ring(&world.c, 0, 8), 0);
	assert_int_equal(eventfd_write(world.c.rings[0].kick_fd, 1), 0);
	world_turn();
	cairn_vhost_user_client_fini(&world.c);
	world_turn();
	assert_int_equal(world.dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(world.closed, 1);
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_NOW;
	world_connect();
	world_run();
}

static void connection_may_be_dropped_twice(void **state)
{
	world_run();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	world_ask_stop();
	world_turn();
	cairn_virtio_vhost_user_drop(world.b);
	cairn_virtio_vhost_user_drop(world.b);
	world_turn();
	assert_int_equal(world.closed, 0);
	cairn_vdev_script_release(&world.dev, CAIRN_VDEV_OP_QUEUE_STOP);
	world_turn();
	assert_int_equal(world.closed, 1);
	cairn_virtio_vhost_user_close(NULL);
}

static void connection_may_be_dropped_while_an_op_goes_on(void **state)
{
	world.dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(cairn_vhost_user_client_negotiate(&world.c, UINT64_MAX, ALL_PROTOCOL),
			 -ETIMEDOUT);
	cairn_virtio_vhost_user_drop(world.b);
	world_turn();
	assert_int_equal(world.closed, 0);
	cairn_vdev_script_release(&world.dev, CAIRN_VDEV_OP_SET_FEATURES);
	world_turn();
	assert_int_equal(world.closed, 1);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_RESET), 1);
}

/* The front end is left; nothing hangs, and the next one is served. */
static void expect_left_and_served_again(void)
{
	cairn_virtio_vhost_user_set_patience(world.b, 0); /* the CANCEL may take a round */
	world_turn();
	assert_int_equal(world.dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(cairn_vhost_user_recv(&world.c.rx, world.c.sock, NULL), -ENOTCONN);
	assert_int_equal(world.refused, 1);
	assert_int_equal(world.closed, 1);
	assert_int_equal(world.hung, 0);
	world_connect();
	world_run();
}

/* It has no answer: what the CANCEL abandoned must not count as done. */
static void drain_that_takes_too_long_ends_the_connection(void **state)
{
	world_run();
	cairn_virtio_vhost_user_set_patience(world.b, 1);
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	world_ask_stop();
	assert_int_equal(cairn_loop_dispatch(world.loop, -1), 1);
	assert_int_equal(world.dev.last_how, CAIRN_VQ_DRAIN);
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_NOW;
	expect_left_and_served_again();
}

static void start_that_takes_too_long_ends_the_connection(void **state)
{
	world_negotiate();
	world_share();
	cairn_virtio_vhost_user_set_patience(world.b, 1);
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(cairn_vhost_user_client_ring(&world.c, 0, 8), 0);
	assert_int_equal(eventfd_write(world.c.rings[0].kick_fd, 1), 0);
	assert_int_equal(cairn_loop_dispatch(world.loop, -1), 1);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_START), 1);
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_NOW;
	expect_left_and_served_again();
}

/* The front end is left, another is turned away, and all is well when the answer comes. */
static void expect_given_up(enum cairn_vdev_op op)
{
	int pair[2];

	world_turn();
	assert_int_equal(world.hung, 1);
	assert_int_equal(world.closed, 0);
	assert_int_equal(cairn_vhost_user_recv(&world.c.rx, world.c.sock, NULL), -ENOTCONN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(cairn_virtio_vhost_user_take(world.b, pair[0]), -EBUSY);
	close(pair[0]);
	close(pair[1]);
	world.dev.answer[op] = CAIRN_VDEV_SCRIPT_NOW;
	assert_int_equal(cairn_vdev_script_release(&world.dev, op),
			 op == CAIRN_VDEV_OP_QUEUE_STOP ? 2 : 1);
	world_turn();
	assert_int_equal(world.hung, 1);
	assert_int_equal(world.closed, 1);
	world_connect();
	world_run();
}

static void op_that_never_ends_costs_the_connection(void **state)
{
	cairn_virtio_vhost_user_set_patience(world.b, 1);
	world.dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	assert_int_equal(cairn_vhost_user_client_negotiate(&world.c, UINT64_MAX, ALL_PROTOCOL),
			 -ENOTCONN);
	expect_given_up(CAIRN_VDEV_OP_SET_FEATURES);
}

static void stop_that_never_ends_costs_the_connection_and_keeps_the_memory(void **state)
{
	world_run();
	cairn_virtio_vhost_user_set_patience(world.b, 1);
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	world_ask_stop();
	world_turn();
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_STOP), 2);
	assert_int_equal(cairn_memview_mem(world.dev.vdev.queue_view[0])->n_regions, 1);
	expect_given_up(CAIRN_VDEV_OP_QUEUE_STOP);
}

static void front_end_is_left_before_the_device_lets_go(void **state)
{
	world_run();
	cairn_virtio_vhost_user_set_patience(world.b, 1);
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	world_ask_stop();
	assert_int_equal(cairn_loop_dispatch(world.loop, -1), 1);
	cairn_virtio_vhost_user_set_patience(world.b, 0); /* it has run out once */
	world_turn();
	assert_int_equal(cairn_vhost_user_recv(&world.c.rx, world.c.sock, NULL), -ENOTCONN);
	assert_int_equal(world.hung, 0);
	assert_int_equal(world.closed, 0);
	assert_true(cairn_virtio_vhost_user_is_connected(world.b));
}

static void hanging_after_the_front_end_left_is_told_once(void **state)
{
	world_run();
	cairn_virtio_vhost_user_set_patience(world.b, 1);
	world.dev.answer[CAIRN_VDEV_OP_RESET] = CAIRN_VDEV_SCRIPT_HELD;
	world.dev.answer[CAIRN_VDEV_OP_SET_VIEW] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_vhost_user_client_fini(&world.c);
	world_turn();
	assert_int_equal(world.hung, 1);
	cairn_vdev_script_release(&world.dev, CAIRN_VDEV_OP_RESET);
	world_turn();
	assert_int_equal(world.closed, 0);
	cairn_vdev_script_release(&world.dev, CAIRN_VDEV_OP_SET_VIEW);
	world_turn();
	assert_int_equal(world.hung, 1);
	assert_int_equal(world.closed, 1);
}

static void break_overtakes_a_drain_that_hangs(void **state)
{
	world_run();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	world_ask_stop();
	world_turn();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_NOW;
	cairn_vdev_break(&world.dev.vdev, -EIO);
	world_turn();
	assert_int_equal(world.dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(cairn_vhost_user_recv(&world.c.rx, world.c.sock, NULL), 1);
}

static void break_and_hanging_up_cancel_once(void **state)
{
	world_run();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	world_ask_stop();
	world_turn();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_NOW;
	cairn_vdev_break(&world.dev.vdev, -EIO);
	assert_true(cairn_loop_dispatch(world.loop, -1) >= 0);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_STOP), 2);
	cairn_virtio_vhost_user_drop(world.b);
	world_turn();
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_STOP), 2);
	assert_int_equal(world.closed, 1);
}

static void front_end_that_reads_no_replies_is_left(void **state)
{
	struct cairn_vhost_user_header h = { CAIRN_VHOST_USER_GET_FEATURES, 1, 0 };

	for (int i = 0; i < 20000 && !world.closed; i++) {
		if (cairn_vhost_user_send(world.c.sock, &h, NULL, NULL, 0) < 0)
			break;
		assert_true(cairn_loop_dispatch(world.loop, 0) >= 0);
	}
	world_turn();
	assert_int_equal(world.closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(connection_may_be_dropped_twice),
		WORLD_TEST(broken_device_is_cancelled_and_comes_back_after_features),
		WORLD_TEST(device_that_breaks_as_a_ring_starts_is_survived),
		WORLD_TEST(end_of_the_connection_cancels_resets_and_lets_memory_go),
		WORLD_TEST(end_of_the_connection_overtakes_a_drain_that_hangs),
		WORLD_TEST(end_of_the_connection_overtakes_a_start_that_hangs),
		WORLD_TEST(connection_may_be_dropped_while_an_op_goes_on),
		WORLD_TEST(drain_that_takes_too_long_ends_the_connection),
		WORLD_TEST(start_that_takes_too_long_ends_the_connection),
		WORLD_TEST(op_that_never_ends_costs_the_connection),
		WORLD_TEST(stop_that_never_ends_costs_the_connection_and_keeps_the_memory),
		WORLD_TEST(hanging_after_the_front_end_left_is_told_once),
		WORLD_TEST(front_end_is_left_before_the_device_lets_go),
		WORLD_TEST(break_overtakes_a_drain_that_hangs),
		WORLD_TEST(break_and_hanging_up_cancel_once),
		WORLD_TEST(front_end_that_reads_no_replies_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
