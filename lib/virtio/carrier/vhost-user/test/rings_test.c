/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The states of rings, kicks, calls. */
#include "world.h"

#include <fcntl.h>

static int client_fd(uint32_t request, uint32_t index, int fd)
{
	return cairn_vhost_user_client_fd(&world.c, request, index, fd);
}

static void ring_starts_with_its_first_kick_and_the_kick_is_kept(void **state)
{
	world_negotiate();
	world_share();
	assert_int_equal(cairn_vhost_user_client_ring(&world.c, 0, 8), 0);
	world_turn();
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_START), 0);
	assert_int_equal(eventfd_write(world.c.rings[0].kick_fd, 1), 0);
	world_turn();
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_START), 1);
	assert_int_equal(world.dev.queues[0].kicks, 1);
	assert_int_equal(eventfd_write(world.c.rings[0].kick_fd, 1), 0);
	world_turn();
	assert_int_equal(world.dev.queues[0].kicks, 2);
}

static void kick_from_before_everything_starts_the_ring_when_it_is_complete(void **state)
{
	int kick = eventfd(1, EFD_NONBLOCK);

	world_negotiate();
	assert_int_equal(client_fd(CAIRN_VHOST_USER_SET_VRING_KICK, 0, kick), 0);
	world_turn();
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_START), 0);
	world_share();
	assert_int_equal(cairn_vhost_user_client_ring(&world.c, 0, 8), 0);
	world_turn();
	assert_true(world.dev.queues[0].running);
	close(kick);
}

static void ring_is_configured_as_the_front_end_said(void **state)
{
	const struct cairn_vq_cfg *cfg = &world.dev.queues[1].cfg;

	world_negotiate();
	world_share();
	world_ring(1);
	assert_int_equal(cfg->index, 1);
	assert_int_equal(cfg->size, 8);
	assert_true(cfg->desc.v == world.c.rings[1].desc.v);
	assert_true(cfg->driver.v == world.c.rings[1].avail.v);
	assert_true(cfg->device.v == world.c.rings[1].used.v);
	assert_true(cfg->enabled);
}

static void used_position_comes_from_the_ring(void **state)
{
	world_negotiate();
	world_share();
	assert_int_equal(cairn_vhost_user_client_ring(&world.c, 0, 8), 0);
	assert_int_equal(cairn_vhost_user_client_stop_ring(&world.c, 0), 0);
	((uint16_t *)cairn_vhost_user_client_host(&world.c, world.c.rings[0].used))[1] = 1230;
	assert_int_equal(cairn_vhost_user_client_send_ring(&world.c, 0, 1234), 0);
	assert_int_equal(eventfd_write(world.c.rings[0].kick_fd, 1), 0);
	world_turn();
	assert_int_equal(world.dev.queues[0].cfg.pos.used, 1230);
	assert_int_equal(world.dev.queues[0].cfg.pos.avail, 1234);
}

static void stop_drains_and_tells_the_real_position(void **state)
{
	world_run();
	world.dev.stop_pos.avail = 4711;
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_LATER;
	assert_int_equal(cairn_vhost_user_client_stop_ring(&world.c, 0), 4711);
	assert_int_equal(world.dev.last_how, CAIRN_VQ_DRAIN);
	/* A late kick does not start it again. */
	assert_int_equal(eventfd_write(world.c.rings[0].kick_fd, 1), 0);
	world_turn();
	assert_false(world.dev.queues[0].running);
	assert_int_equal(cairn_vhost_user_client_stop_ring(&world.c, 0), 4711);
}

static void stop_is_answered_when_the_device_has_stopped(void **state)
{
	world_run();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_HELD;
	world_ask_stop();
	world_turn();
	assert_int_equal(cairn_vhost_user_recv(&world.c.rx, world.c.sock, NULL), 0);
	cairn_vdev_script_release(&world.dev, CAIRN_VDEV_OP_QUEUE_STOP);
	world_turn();
	assert_int_equal(cairn_vhost_user_recv(&world.c.rx, world.c.sock, NULL), 1);
}

static void enabling_is_a_state_of_its_own(void **state)
{
	world_run();
	assert_int_equal(
	    cairn_vhost_user_client_state(&world.c, CAIRN_VHOST_USER_SET_VRING_ENABLE, 0, 0), 0);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_ENABLE), 1);
	assert_false(world.dev.last_on);
	assert_true(world.dev.queues[0].running);
	assert_int_equal(cairn_vhost_user_client_stop_ring(&world.c, 0), 0);
	assert_int_equal(
	    cairn_vhost_user_client_fd(&world.c, CAIRN_VHOST_USER_SET_VRING_KICK, 0, -1), 0);
	world_turn();
	assert_true(world.dev.queues[0].running);
	assert_false(world.dev.queues[0].cfg.enabled);
}

static void front_end_without_protocol_features_has_its_rings_enabled(void **state)
{
	assert_int_equal(
	    cairn_vhost_user_client_negotiate(&world.c, ~CAIRN_VHOST_USER_F_PROTOCOL, ALL_PROTOCOL),
	    0);
	world_share();
	world_ring(0);
	assert_true(world.dev.queues[0].cfg.enabled);
}

static void new_kick_descriptor_keeps_the_ring_running_and_enabled(void **state)
{
	int kick = eventfd(0, EFD_NONBLOCK);

	world_run();
	world.dev.stop_pos.avail = 0;
	assert_int_equal(client_fd(CAIRN_VHOST_USER_SET_VRING_KICK, 0, kick), 0);
	assert_true(world.dev.queues[0].running);
	assert_true(world.dev.queues[0].cfg.enabled);
	assert_int_equal(world.dev.queues[0].kicks, 0);
	assert_int_equal(eventfd_write(kick, 1), 0);
	world_turn();
	assert_int_equal(world.dev.queues[0].kicks, 1);
	close(kick);
}

static void ring_without_kicks_is_polled(void **state)
{
	world_negotiate();
	world_share();
	assert_int_equal(cairn_vhost_user_client_ring(&world.c, 0, 8), 0);
	assert_int_equal(client_fd(CAIRN_VHOST_USER_SET_VRING_KICK, 0, -1), 0);
	assert_true(world.dev.queues[0].running);
	assert_int_equal(world.dev.queues[0].cfg.kick_fd, -1);
}

static void call_descriptor_may_change_while_the_ring_runs(void **state)
{
	int call = eventfd(0, EFD_NONBLOCK);
	eventfd_t n;

	world_run();
	cairn_vdev_script_signal(&world.dev, 0);
	assert_int_equal(eventfd_read(world.c.rings[0].call_fd, &n), 0);
	assert_int_equal(client_fd(CAIRN_VHOST_USER_SET_VRING_CALL, 0, call), 0);
	cairn_vdev_script_signal(&world.dev, 0);
	assert_int_equal(eventfd_read(call, &n), 0);
	assert_int_equal(eventfd_read(world.c.rings[0].call_fd, &n), -1);
	assert_int_equal(client_fd(CAIRN_VHOST_USER_SET_VRING_CALL, 0, -1), 0);
	cairn_vdev_script_signal(&world.dev, 0);
	assert_int_equal(eventfd_read(call, &n), -1);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_START), 1);
	close(call);
}

static void full_blocking_call_descriptor_does_not_block(void **state)
{
	int call = eventfd(0, 0);

	world_run();
	assert_int_equal(client_fd(CAIRN_VHOST_USER_SET_VRING_CALL, 0, call), 0);
	assert_int_equal(eventfd_write(call, UINT64_MAX - 1), 0);
	cairn_vdev_script_signal(&world.dev, 0); /* hangs if it is wrong */
	close(call);
}

static void form_of_a_running_ring_does_not_change(void **state)
{
	struct cairn_vhost_user_addr a = { 0 };

	world_run();
	assert_int_equal(
	    cairn_vhost_user_client_state(&world.c, CAIRN_VHOST_USER_SET_VRING_NUM, 0, 4),
	    -EREMOTEIO);
	assert_int_equal(
	    cairn_vhost_user_client_state(&world.c, CAIRN_VHOST_USER_SET_VRING_BASE, 0, 4),
	    -EREMOTEIO);
	assert_int_equal(cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_SET_VRING_ADDR,
							 &a, sizeof(a), NULL, 0, NULL, 0),
			 -EREMOTEIO);
	assert_true(world.dev.queues[0].running);
}

static void same_features_again_leave_rings_alone(void **state)
{
	world_run();
	assert_int_equal(
	    cairn_vhost_user_client_u64(&world.c, CAIRN_VHOST_USER_SET_FEATURES, world.c.features),
	    0);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_STOP), 0);
	assert_int_equal(
	    cairn_vhost_user_client_u64(&world.c, CAIRN_VHOST_USER_SET_FEATURES,
					CAIRN_VIRTIO_F_VERSION_1 | CAIRN_VHOST_USER_F_PROTOCOL),
	    0);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_QUEUE_STOP), 1);
	assert_true(world.dev.queues[0].running);
	assert_true(world.dev.queues[0].cfg.enabled);
}

static void start_polled(uint32_t index)
{
	assert_int_equal(client_fd(CAIRN_VHOST_USER_SET_VRING_KICK, index, -1), 0);
	world_turn();
	assert_true(world.dev.queues[index].running);
}

static void features_that_know_of_enabling_enable_nothing(void **state)
{
	world_run();
	assert_int_equal(
	    cairn_vhost_user_client_state(&world.c, CAIRN_VHOST_USER_SET_VRING_ENABLE, 0, 0), 0);
	assert_int_equal(
	    cairn_vhost_user_client_u64(&world.c, CAIRN_VHOST_USER_SET_FEATURES, world.c.features),
	    0);
	assert_int_equal(cairn_vhost_user_client_stop_ring(&world.c, 0), 0);
	start_polled(0);
	assert_false(world.dev.queues[0].cfg.enabled);
}

static void features_that_are_refused_enable_nothing(void **state)
{
	world_run();
	assert_int_equal(
	    cairn_vhost_user_client_state(&world.c, CAIRN_VHOST_USER_SET_VRING_ENABLE, 0, 0), 0);
	world.dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	assert_int_equal(cairn_vhost_user_client_u64(&world.c, CAIRN_VHOST_USER_SET_FEATURES,
						     CAIRN_VIRTIO_F_VERSION_1),
			 -EREMOTEIO);
	assert_true(world.dev.queues[0].running);
	assert_false(world.dev.queues[0].cfg.enabled);
}

static void enabling_that_fails_is_refused(void **state)
{
	world_run();
	world.dev.status[CAIRN_VDEV_OP_QUEUE_ENABLE] = -EIO;
	assert_int_equal(
	    cairn_vhost_user_client_state(&world.c, CAIRN_VHOST_USER_SET_VRING_ENABLE, 0, 1),
	    -EREMOTEIO);
	assert_int_equal(world.refused, 1);
}

static void device_reset_keeps_the_call_descriptor(void **state)
{
	eventfd_t n;

	world_run();
	assert_int_equal(cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_RESET_DEVICE,
							 NULL, 0, NULL, 0, NULL, 0),
			 0);
	cairn_vq_signal(&world.dev.queues[0].cfg);
	assert_int_equal(eventfd_read(world.c.rings[0].call_fd, &n), 0);
}

static void device_reset_cancels_and_forgets(void **state)
{
	world_run();
	assert_int_equal(cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_RESET_DEVICE,
							 NULL, 0, NULL, 0, NULL, 0),
			 0);
	assert_int_equal(world.dev.last_how, CAIRN_VQ_CANCEL);
	assert_int_equal(world_entered(CAIRN_VDEV_OP_RESET), 1);
	assert_false(world.dev.queues[0].running);
	assert_int_equal(
	    cairn_vhost_user_client_u64(&world.c, CAIRN_VHOST_USER_SET_FEATURES, world.c.features),
	    0);
	world_ring(0);
	assert_true(world.dev.queues[0].cfg.enabled);
}

static void ring_outside_memory_fails_until_it_is_set_up_anew(void **state)
{
	struct cairn_vhost_user_addr a = { .desc = CAIRN_VHOST_USER_CLIENT_UVA + (1 << 16) - 112,
					   .avail = CAIRN_VHOST_USER_CLIENT_UVA,
					   .used = CAIRN_VHOST_USER_CLIENT_UVA + 64 };
	int err_fd = eventfd(0, EFD_NONBLOCK);
	eventfd_t n;

	world_negotiate();
	world_share();
	assert_int_equal(cairn_vhost_user_client_ring(&world.c, 0, 8), 0);
	assert_int_equal(client_fd(CAIRN_VHOST_USER_SET_VRING_ERR, 0, err_fd), 0);
	assert_int_equal(cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_SET_VRING_ADDR,
							 &a, sizeof(a), NULL, 0, NULL, 0),
			 0);
	assert_int_equal(eventfd_write(world.c.rings[0].kick_fd, 1), 0);
	world_turn();
	assert_false(world.dev.queues[0].running);
	assert_int_equal(world.refused, 1);
	assert_int_equal(eventfd_read(err_fd, &n), 0);
	world_ring(0);
	close(err_fd);
}

static void failed_start_may_come_later(void **state)
{
	world_negotiate();
	world_share();
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_LATER;
	world.dev.status[CAIRN_VDEV_OP_QUEUE_START] = -EFAULT;
	assert_int_equal(cairn_vhost_user_client_ring(&world.c, 0, 8), 0);
	assert_int_equal(eventfd_write(world.c.rings[0].kick_fd, 1), 0);
	world_turn();
	assert_int_equal(world.refused, 1);
	assert_false(world.dev.queues[0].running);
}

static void readme_example_works(void **state)
{
	static const uint16_t queue_max[] = { 64 };
	struct cairn_loop *loop = world.loop;
	struct cairn_virtio_vhost_user *b;
	struct cairn_vdev_script dev;
	int pair[2];

	assert_int_equal(
	    cairn_vdev_script_init(&dev,
				   &(struct cairn_vdev_script_desc){
				       .home = loop, .n_queues = 1, .queue_max = queue_max }),
	    0);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(cairn_virtio_vhost_user_open(&dev.vdev, NULL, &b), 0);
	assert_int_equal(cairn_virtio_vhost_user_take(b, pair[0]), 0);
	/* … the loop runs; the front end at pair[1] hangs up … */
	close(pair[1]);
	while (cairn_virtio_vhost_user_is_connected(b))
		assert_true(cairn_loop_dispatch(loop, -1) >= 0);
	cairn_virtio_vhost_user_close(b);
	cairn_vdev_fini(&dev.vdev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(ring_starts_with_its_first_kick_and_the_kick_is_kept),
		WORLD_TEST(kick_from_before_everything_starts_the_ring_when_it_is_complete),
		WORLD_TEST(ring_is_configured_as_the_front_end_said),
		WORLD_TEST(used_position_comes_from_the_ring),
		WORLD_TEST(stop_drains_and_tells_the_real_position),
		WORLD_TEST(stop_is_answered_when_the_device_has_stopped),
		WORLD_TEST(enabling_is_a_state_of_its_own),
		WORLD_TEST(front_end_without_protocol_features_has_its_rings_enabled),
		WORLD_TEST(new_kick_descriptor_keeps_the_ring_running_and_enabled),
		WORLD_TEST(ring_without_kicks_is_polled),
		WORLD_TEST(call_descriptor_may_change_while_the_ring_runs),
		WORLD_TEST(full_blocking_call_descriptor_does_not_block),
		WORLD_TEST(form_of_a_running_ring_does_not_change),
		WORLD_TEST(same_features_again_leave_rings_alone),
		WORLD_TEST(features_that_know_of_enabling_enable_nothing),
		WORLD_TEST(features_that_are_refused_enable_nothing),
		WORLD_TEST(enabling_that_fails_is_refused),
		WORLD_TEST(device_reset_keeps_the_call_descriptor),
		WORLD_TEST(device_reset_cancels_and_forgets),
		WORLD_TEST(ring_outside_memory_fails_until_it_is_set_up_anew),
		WORLD_TEST(failed_start_may_come_later),
		WORLD_TEST(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
