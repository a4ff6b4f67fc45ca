/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Messages over a real socket: in pieces, with descriptors, and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/vhost_user_socket.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct world {
	int near, far; /* near is the receiver under test */
	int n_open;
	struct cairn_vhost_user_rx rx;
};

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static int setup(void **state)
{
	static struct world w;
	int pair[2];

	memset(&w, 0, sizeof(w));
	w.n_open = count_fds();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	w.near = pair[0];
	w.far = pair[1];
	*state = &w;
	return 0;
}

/* Whatever happened, no descriptor was lost. */
static int teardown(void **state)
{
	struct world *w = *state;

	cairn_vhost_user_rx_reset(&w->rx);
	close(w->near);
	if (w->far >= 0)
		close(w->far);
	assert_int_equal(count_fds(), w->n_open);
	return 0;
}

static int recv_one(struct world *w)
{
	return cairn_vhost_user_recv(&w->rx, w->near, NULL);
}

static void send_u64(struct world *w, uint64_t value, const int *fds, unsigned int n)
{
	struct cairn_vhost_user_header h = { CAIRN_VHOST_USER_SET_FEATURES,
					     CAIRN_VHOST_USER_VERSION, 8 };

	assert_int_equal(cairn_vhost_user_send(w->far, &h, &value, fds, n), 0);
}

static void message_arrives_whole_with_its_descriptors(void **state)
{
	struct world *w = *state;
	const int fds[] = { 0, 1 };
	int got;

	assert_int_equal(recv_one(w), 0);
	send_u64(w, 42, fds, 2);
	assert_int_equal(recv_one(w), 1);
	assert_int_equal(w->rx.header.size, 8);
	assert_int_equal(w->rx.body[0], 42);
	assert_int_equal(w->rx.n_fds, 2);
	got = cairn_vhost_user_rx_take_fd(&w->rx, 1);
	assert_true(got > 2 && fcntl(got, F_GETFD) == FD_CLOEXEC);
	assert_int_equal(cairn_vhost_user_rx_take_fd(&w->rx, 1), -1);
	assert_int_equal(cairn_vhost_user_rx_take_fd(&w->rx, 2), -1);
	close(got);
}

static void two_messages_are_not_mixed_up(void **state)
{
	struct world *w = *state;
	const int fd = 0;

	send_u64(w, 1, NULL, 0);
	send_u64(w, 2, &fd, 1);
	assert_int_equal(recv_one(w), 1);
	assert_int_equal(w->rx.body[0], 1);
	assert_int_equal(w->rx.n_fds, 0);
	cairn_vhost_user_rx_reset(&w->rx);
	assert_int_equal(recv_one(w), 1);
	assert_int_equal(w->rx.body[0], 2);
	assert_int_equal(w->rx.n_fds, 1);
}

static void message_in_single_bytes_arrives(void **state)
{
	struct world *w = *state;
	struct cairn_vhost_user_header h = { CAIRN_VHOST_USER_SET_FEATURES,
					     CAIRN_VHOST_USER_VERSION, 8 };
	uint8_t bytes[20] = { 0 };

	memcpy(bytes, &h, sizeof(h));
	bytes[12] = 9;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(recv_one(w), 0);
		assert_int_equal(write(w->far, bytes + i, 1), 1);
	}
	assert_int_equal(recv_one(w), 1);
	assert_int_equal(w->rx.body[0], 9);
}

static void end_between_messages_is_told_from_one_within(void **state)
{
	struct world *w = *state;
	const uint8_t half[6] = { 0 };

	assert_int_equal(write(w->far, half, sizeof(half)), sizeof(half));
	assert_int_equal(recv_one(w), 0);
	close(w->far);
	w->far = -1;
	assert_int_equal(recv_one(w), -EPROTO);
	cairn_vhost_user_rx_reset(&w->rx);
	assert_int_equal(recv_one(w), -ENOTCONN);
}

static void error_of_the_host_is_told(void **state)
{
	struct world *w = *state;

	assert_int_equal(cairn_vhost_user_recv(&w->rx, -1, NULL), -EBADF);
}

/* A socket that was passed to us may have been told to deliver them. */
static void credentials_are_no_descriptors(void **state)
{
	struct world *w = *state;
	const int on = 1;

	assert_int_equal(setsockopt(w->near, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	send_u64(w, 42, NULL, 0);
	assert_int_equal(recv_one(w), 1);
	assert_int_equal(w->rx.n_fds, 0);
}

static void bad_header_is_an_error(void **state)
{
	struct world *w = *state;
	struct cairn_vhost_user_header h = { 1, 2, 0 };

	assert_int_equal(cairn_vhost_user_send(w->far, &h, NULL, NULL, 0), 0);
	assert_int_equal(recv_one(w), -EPROTO);
}

/* The limit of the sender is the protocol's, so this one speaks to the socket itself. */
static void send_raw(int sock, const void *bytes, size_t len, unsigned int n_fds)
{
	union {
		struct cmsghdr c;
		char room[CMSG_SPACE(64 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)bytes, len };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = CMSG_SPACE(n_fds * sizeof(int)) };

	control.c.cmsg_level = SOL_SOCKET;
	control.c.cmsg_type = SCM_RIGHTS;
	control.c.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	assert_int_equal(sendmsg(sock, &m, 0), len);
}

static void too_many_descriptors_are_an_error(void **state)
{
	struct world *w = *state;
	struct cairn_vhost_user_header h = { CAIRN_VHOST_USER_SET_OWNER, 1, 0 };

	if (getenv("CAIRN_EMULATOR")) {
		print_message("the emulator does not tell that descriptors were cut off\n");
		skip();
	}
	send_raw(w->far, &h, sizeof(h), 33);
	assert_int_equal(recv_one(w), -EPROTO);
}

static void descriptors_with_the_body_are_an_error(void **state)
{
	struct world *w = *state;
	struct cairn_vhost_user_header h = { CAIRN_VHOST_USER_SET_FEATURES, 1, 8 };
	const uint8_t body[8] = { 0 };

	assert_int_equal(write(w->far, &h, sizeof(h)), sizeof(h));
	send_raw(w->far, body, sizeof(body), 1);
	assert_int_equal(recv_one(w), -EPROTO);
}

static void sender_does_not_wait_for_a_reader(void **state)
{
	struct world *w = *state;
	struct cairn_vhost_user_header h = { 1, 1, CAIRN_VHOST_USER_MAX_BODY };
	int r = 0;

	for (int i = 0; i < 10000 && r == 0; i++)
		r = cairn_vhost_user_send(w->far, &h, w->rx.body, NULL, 0);
	assert_int_equal(r, -EAGAIN);
	assert_int_equal(cairn_vhost_user_send(w->far, &h, w->rx.body, NULL, 33), -EINVAL);
}

static void sending_to_nobody_is_no_signal(void **state)
{
	struct world *w = *state;
	struct cairn_vhost_user_header h = { 1, 1, 0 };

	close(w->far);
	w->far = -1;
	assert_int_equal(cairn_vhost_user_send(w->near, &h, NULL, NULL, 0), -EPIPE);
}

static void client_receives_replies_only(void **state)
{
	struct world *w = *state;
	struct cairn_vhost_user_header h = { CAIRN_VHOST_USER_GET_FEATURES,
					     CAIRN_VHOST_USER_VERSION | CAIRN_VHOST_USER_REPLY, 8 };
	const uint64_t features = 5;

	w->rx.is_client = true;
	assert_int_equal(cairn_vhost_user_send(w->far, &h, &features, NULL, 0), 0);
	assert_int_equal(recv_one(w), 1);
	assert_int_equal(w->rx.body[0], 5);
	cairn_vhost_user_rx_reset(&w->rx);
	h.flags = CAIRN_VHOST_USER_VERSION;
	assert_int_equal(cairn_vhost_user_send(w->far, &h, &features, NULL, 0), 0);
	assert_int_equal(recv_one(w), -EPROTO);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(message_arrives_whole_with_its_descriptors),
		TEST(two_messages_are_not_mixed_up),
		TEST(message_in_single_bytes_arrives),
		TEST(end_between_messages_is_told_from_one_within),
		TEST(error_of_the_host_is_told),
		TEST(credentials_are_no_descriptors),
		TEST(bad_header_is_an_error),
		TEST(too_many_descriptors_are_an_error),
		TEST(descriptors_with_the_body_are_an_error),
		TEST(sender_does_not_wait_for_a_reader),
		TEST(sending_to_nobody_is_no_signal),
		TEST(client_receives_replies_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
