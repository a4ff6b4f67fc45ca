/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What each request does, is answered, and when it is refused. */
#include "world.h"

static int state_of(uint32_t request, uint32_t index, uint32_t num)
{
	return cairn_vhost_user_client_state(&world.c, request, index, num);
}

static int get_config(uint32_t off, uint32_t len, uint8_t *reply, size_t cap)
{
	struct cairn_vhost_user_config c = { off, len, 0 };

	return cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_GET_CONFIG, &c, sizeof(c),
					       NULL, 0, reply, cap);
}

static void offers_what_it_serves_and_no_more(void **state)
{
	uint64_t features, protocol, n;

	assert_int_equal(
	    cairn_vhost_user_client_get(&world.c, CAIRN_VHOST_USER_GET_FEATURES, &features), 0);
	assert_true(features ==
		    (WORLD_FEATURES | CAIRN_VIRTIO_F_VERSION_1 | CAIRN_VHOST_USER_F_PROTOCOL));
	assert_int_equal(cairn_vhost_user_client_get(
			     &world.c, CAIRN_VHOST_USER_GET_PROTOCOL_FEATURES, &protocol),
			 0);
	assert_true(protocol ==
		    (1u << CAIRN_VHOST_USER_P_MQ | 1u << CAIRN_VHOST_USER_P_REPLY_ACK |
		     1u << CAIRN_VHOST_USER_P_BACKEND_REQ | 1u << CAIRN_VHOST_USER_P_CONFIG |
		     1u << CAIRN_VHOST_USER_P_RESET_DEVICE |
		     1u << CAIRN_VHOST_USER_P_CONFIGURE_MEM_SLOTS));
	assert_int_equal(cairn_vhost_user_client_get(&world.c, CAIRN_VHOST_USER_GET_QUEUE_NUM, &n),
			 0);
	assert_int_equal(n, 2);
	assert_int_equal(
	    cairn_vhost_user_client_get(&world.c, CAIRN_VHOST_USER_GET_MAX_MEM_SLOTS, &n), 0);
	assert_int_equal(n, CAIRN_VIRTIO_VHOST_USER_SLOTS);
}

static void negotiation_reaches_the_device(void **state)
{
	world_negotiate();
	assert_true(world.dev.acked == (WORLD_FEATURES | CAIRN_VIRTIO_F_VERSION_1));
	assert_int_equal(world.refused, 0);
}

static void features_that_were_not_offered_are_refused(void **state)
{
	world_negotiate();
	assert_int_equal(
	    cairn_vhost_user_client_u64(&world.c, CAIRN_VHOST_USER_SET_FEATURES, 1u << 1),
	    -EREMOTEIO);
	assert_int_equal(cairn_vhost_user_client_u64(&world.c,
						     CAIRN_VHOST_USER_SET_PROTOCOL_FEATURES,
						     1u << CAIRN_VHOST_USER_P_LOG_SHMFD),
			 -EREMOTEIO);
	assert_int_equal(world.refused, 2);
	assert_true(cairn_virtio_vhost_user_is_connected(world.b));
}

static void features_the_device_refuses_are_refused(void **state)
{
	world.dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	assert_int_equal(cairn_vhost_user_client_negotiate(&world.c, UINT64_MAX, ALL_PROTOCOL),
			 -EREMOTEIO);
}

static void no_acknowledgement_unless_negotiated(void **state)
{
	struct cairn_vhost_user_header h = { CAIRN_VHOST_USER_SET_OWNER,
					     CAIRN_VHOST_USER_VERSION | CAIRN_VHOST_USER_NEED_REPLY,
					     0 };

	assert_int_equal(cairn_vhost_user_send(world.c.sock, &h, NULL, NULL, 0), 0);
	world_turn();
	assert_int_equal(cairn_vhost_user_recv(&world.c.rx, world.c.sock, NULL), 0);
	assert_int_equal(cairn_vhost_user_client_negotiate(&world.c, UINT64_MAX, 0), 0);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_NUM, 77, 8), 0);
	world_turn();
	assert_int_equal(world.refused, 1);
	assert_true(cairn_virtio_vhost_user_is_connected(world.b));
}

static void negotiating_acknowledgements_is_acknowledged(void **state)
{
	world.c.protocol = 1u << CAIRN_VHOST_USER_P_REPLY_ACK;
	assert_int_equal(cairn_vhost_user_client_u64(
			     &world.c, CAIRN_VHOST_USER_SET_PROTOCOL_FEATURES, world.c.protocol),
			 0);
}

static void unknown_request_is_refused_and_the_next_one_served(void **state)
{
	const uint8_t body[100] = { 0 };
	uint64_t n;

	world_negotiate();
	assert_int_equal(cairn_vhost_user_client_request(&world.c, 35, body, 8, NULL, 0, NULL, 0),
			 -EREMOTEIO);
	assert_int_equal(
	    cairn_vhost_user_client_request(&world.c, 1000, body, 100, NULL, 0, NULL, 0),
	    -EREMOTEIO);
	assert_int_equal(cairn_vhost_user_client_get(&world.c, CAIRN_VHOST_USER_GET_QUEUE_NUM, &n),
			 0);
}

static void broken_framing_ends_the_connection(void **state)
{
	struct cairn_vhost_user_header h = { 1, 2, 0 };

	assert_int_equal(cairn_vhost_user_send(world.c.sock, &h, NULL, NULL, 0), 0);
	world_turn();
	assert_int_equal(world.closed, 1);
	assert_int_equal(world.refused, 1);
	world_connect();
	world_run();
}

static void misshapen_request_with_a_reply_ends_the_connection(void **state)
{
	assert_int_equal(cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_GET_VRING_BASE,
							 NULL, 0, NULL, 0, NULL, 0),
			 -ENOTCONN);
	world_turn();
	assert_int_equal(world.closed, 1);
}

static void owner_requests_are_accepted(void **state)
{
	world_negotiate();
	assert_int_equal(cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_SET_OWNER, NULL,
							 0, NULL, 0, NULL, 0),
			 0);
	assert_int_equal(cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_RESET_OWNER,
							 NULL, 0, NULL, 0, NULL, 0),
			 0);
}

static void config_is_read_at_any_length(void **state)
{
	const uint32_t lens[] = { 1, 8, 57, 60 };
	uint8_t reply[12 + 60], image[60];

	memset(image, 0x5a, sizeof(image));
	cairn_vdev_config_publish(&world.dev.vdev, 0, image, sizeof(image));
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lens); i++) {
		assert_int_equal(get_config(0, lens[i], reply, sizeof(reply)), 12 + lens[i]);
		assert_int_equal(reply[4], lens[i]);
		assert_memory_equal(reply + 12, image, lens[i]);
	}
	assert_int_equal(get_config(59, 1, reply, sizeof(reply)), 13);
}

static void config_out_of_range_is_a_reply_without_bytes(void **state)
{
	uint8_t reply[12 + 256];

	assert_int_equal(get_config(0, 61, reply, sizeof(reply)), 0);
	assert_int_equal(get_config(60, 1, reply, sizeof(reply)), 0);
	assert_int_equal(get_config(0, 256, reply, sizeof(reply)), 0);
	assert_int_equal(get_config(0, 257, reply, sizeof(reply)), 0);
	assert_int_equal(get_config(UINT32_MAX, 8, reply, sizeof(reply)), 0);
	assert_true(cairn_virtio_vhost_user_is_connected(world.b));
}

static int set_config(uint32_t off, uint32_t len)
{
	struct {
		struct cairn_vhost_user_config c;
		uint8_t bytes[64];
	} body = { { off, len, 0 }, { 7, 8, 9 } };

	return cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_SET_CONFIG, &body,
					       12 + len, NULL, 0, NULL, 0);
}

static void config_write_reaches_the_device_in_range(void **state)
{
	world_negotiate();
	assert_int_equal(set_config(32, 2), 0);
	assert_int_equal(world.dev.config_off, 32);
	assert_int_equal(world.dev.config_len, 2);
	assert_int_equal(world.dev.config[1], 8);
	assert_int_equal(set_config(59, 2), -EREMOTEIO);
	world.dev.status[CAIRN_VDEV_OP_CONFIG_WRITE] = -EIO;
	assert_int_equal(set_config(0, 1), -EREMOTEIO);
}

static int set_backend_fd(int fd)
{
	return cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_SET_BACKEND_REQ_FD, NULL,
					       0, &fd, 1, NULL, 0);
}

static void change_of_the_configuration_is_told_on_the_channel(void **state)
{
	struct cairn_vhost_user_header told;
	int pair[2];

	world_negotiate();
	cairn_vdev_script_config(&world.dev, 0, 1); /* nobody to tell yet */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(set_backend_fd(pair[0]), 0);
	assert_int_equal(set_backend_fd(pair[0]), 0);
	cairn_vdev_script_config(&world.dev, 0, 2);
	assert_int_equal(recv(pair[1], &told, sizeof(told), MSG_DONTWAIT), sizeof(told));
	assert_int_equal(told.request, CAIRN_VHOST_USER_BACKEND_CONFIG_CHANGE);
	assert_int_equal(told.flags, CAIRN_VHOST_USER_VERSION);
	assert_int_equal(told.size, 0);
	for (uint32_t i = 0; i < 10000; i++) /* hangs if it is wrong */
		cairn_vdev_script_config(&world.dev, 0, (uint8_t)i);
	close(pair[0]);
	close(pair[1]);
	cairn_vdev_script_config(&world.dev, 0, 3);
}

static void channel_that_is_no_socket_is_refused(void **state)
{
	int fd = eventfd(0, 0), pair[2];

	world_negotiate();
	assert_int_equal(set_backend_fd(fd), -EREMOTEIO);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	assert_int_equal(set_backend_fd(pair[0]), -EREMOTEIO);
	close(pair[0]);
	close(pair[1]);
	close(fd);
}

static void requests_wait_for_the_one_before(void **state)
{
	uint64_t n;

	world_negotiate();
	world.dev.answer[CAIRN_VDEV_OP_CONFIG_WRITE] = CAIRN_VDEV_SCRIPT_HELD;
	world.c.protocol = 0;
	assert_int_equal(set_config(0, 1), 0);
	assert_int_equal(cairn_vhost_user_client_get(&world.c, CAIRN_VHOST_USER_GET_QUEUE_NUM, &n),
			 -ETIMEDOUT);
	cairn_vdev_script_release(&world.dev, CAIRN_VDEV_OP_CONFIG_WRITE);
	world_turn();
	assert_int_equal(cairn_vhost_user_recv(&world.c.rx, world.c.sock, NULL), 1);
	assert_int_equal(world.c.rx.header.request, CAIRN_VHOST_USER_GET_QUEUE_NUM);
}

static void every_answer_may_come_later(void **state)
{
	for (int op = CAIRN_VDEV_OP_NONE; op < (int)CAIRN_VDEV_SCRIPT_OPS; op++)
		world.dev.answer[op] = CAIRN_VDEV_SCRIPT_LATER;
	world_run();
	assert_int_equal(set_config(0, 1), 0);
	assert_int_equal(cairn_vhost_user_client_stop_ring(&world.c, 0), 0);
	for (int op = CAIRN_VDEV_OP_NONE; op < (int)CAIRN_VDEV_SCRIPT_OPS; op++)
		world.dev.answer[op] = CAIRN_VDEV_SCRIPT_INSIDE;
	assert_int_equal(cairn_vhost_user_client_send_ring(&world.c, 0, 0), 0);
	assert_int_equal(cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_RESET_DEVICE,
							 NULL, 0, NULL, 0, NULL, 0),
			 0);
	assert_int_equal(world.refused, 0);
}

static void ring_form_is_checked(void **state)
{
	struct cairn_vhost_user_addr a = { .index = 0, .desc = 16, .used = 4, .avail = 2 };

	world_negotiate();
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_NUM, 2, 8), -EREMOTEIO);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_NUM, UINT32_MAX, 8), -EREMOTEIO);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_NUM, 0, 0), -EREMOTEIO);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_NUM, 0, 16), -EREMOTEIO);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_NUM, 0, 65536 + 8), -EREMOTEIO);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_NUM, 0, 7), -EREMOTEIO);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_NUM, 0, 8), 0);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_BASE, 0, 65536), -EREMOTEIO);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_BASE, 2, 0), -EREMOTEIO);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_BASE, 0, 65535), 0);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_ENABLE, 2, 1), -EREMOTEIO);
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_ENABLE, 0, 2), -EREMOTEIO);
	for (int i = 0; i < 5; i++) {
		struct cairn_vhost_user_addr bad = a;

		bad.desc += i == 0 ? 8 : 0;
		bad.avail += i == 1 ? 1 : 0;
		bad.used += i == 2 ? 2 : 0;
		bad.index = i == 3 ? 2 : 0;
		bad.flags = i == 4 ? 1 : 0;
		assert_int_equal(
		    cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_SET_VRING_ADDR, &bad,
						    sizeof(bad), NULL, 0, NULL, 0),
		    -EREMOTEIO);
	}
	assert_int_equal(cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_SET_VRING_ADDR,
							 &a, sizeof(a), NULL, 0, NULL, 0),
			 0);
}

static void ring_descriptors_are_checked(void **state)
{
	const uint32_t requests[] = { CAIRN_VHOST_USER_SET_VRING_KICK,
				      CAIRN_VHOST_USER_SET_VRING_CALL,
				      CAIRN_VHOST_USER_SET_VRING_ERR };
	int fd = eventfd(0, EFD_NONBLOCK), file = world_memfd(4096);

	world_negotiate();
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(requests); i++) {
		assert_int_equal(cairn_vhost_user_client_fd(&world.c, requests[i], 2, fd),
				 -EREMOTEIO);
		assert_int_equal(cairn_vhost_user_client_fd(&world.c, requests[i], 0, file),
				 -EREMOTEIO);
		assert_int_equal(cairn_vhost_user_client_fd(&world.c, requests[i], 0, fd), 0);
	}
	close(fd);
	close(file);
}

static void base_of_a_ring_that_never_ran_is_what_was_set(void **state)
{
	world_negotiate();
	assert_int_equal(state_of(CAIRN_VHOST_USER_SET_VRING_BASE, 1, 1234), 0);
	assert_int_equal(cairn_vhost_user_client_stop_ring(&world.c, 1), 1234);
	assert_int_equal(cairn_vhost_user_client_stop_ring(&world.c, 2), -ENOTCONN);
}

static void only_one_connection_is_taken(void **state)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(cairn_virtio_vhost_user_take(world.b, pair[0]), -EBUSY);
	close(pair[0]);
	close(pair[1]);
	cairn_virtio_vhost_user_drop(world.b);
	world_turn();
	assert_int_equal(world.closed, 1);
	cairn_virtio_vhost_user_drop(world.b);
	assert_int_equal(world.closed, 1);
	world_connect();
	world_run();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(offers_what_it_serves_and_no_more),
		WORLD_TEST(negotiation_reaches_the_device),
		WORLD_TEST(features_that_were_not_offered_are_refused),
		WORLD_TEST(features_the_device_refuses_are_refused),
		WORLD_TEST(no_acknowledgement_unless_negotiated),
		WORLD_TEST(negotiating_acknowledgements_is_acknowledged),
		WORLD_TEST(unknown_request_is_refused_and_the_next_one_served),
		WORLD_TEST(broken_framing_ends_the_connection),
		WORLD_TEST(misshapen_request_with_a_reply_ends_the_connection),
		WORLD_TEST(owner_requests_are_accepted),
		WORLD_TEST(config_is_read_at_any_length),
		WORLD_TEST(config_out_of_range_is_a_reply_without_bytes),
		WORLD_TEST(config_write_reaches_the_device_in_range),
		WORLD_TEST(change_of_the_configuration_is_told_on_the_channel),
		WORLD_TEST(channel_that_is_no_socket_is_refused),
		WORLD_TEST(requests_wait_for_the_one_before),
		WORLD_TEST(every_answer_may_come_later),
		WORLD_TEST(ring_form_is_checked),
		WORLD_TEST(ring_descriptors_are_checked),
		WORLD_TEST(base_of_a_ring_that_never_ran_is_what_was_set),
		WORLD_TEST(only_one_connection_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
