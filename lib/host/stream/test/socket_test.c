/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* socket_test.c - clients come, write, read, stay away, and go; and who may listen where. */
#include "program.h"

#include <sys/socket.h>
#include <sys/un.h>

#define MORE_THAN_FITS 1000000u

static char folder[] = "/tmp/cairn-socket-XXXXXX", path[64];

static int setup(void **state)
{
	n_in = n_ready = 0;
	n_opened = n_closed = n_resized = 0;
	appetite = sizeof(in);
	assert_int_equal(cairn_loop_new(&loop), 0);
	assert_int_equal(cairn_stream_open_socket(loop, path, &stream, NULL), 0);
	cairn_stream_connect(stream, &ops, NULL);
	return 0;
}

static int teardown(void **state)
{
	cairn_stream_close(stream);
	cairn_loop_free(loop);
	assert_int_equal(access(path, F_OK), -1);
	return 0;
}

static int call(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	settle();
	return fd;
}

static void bytes_go_both_ways(void **state)
{
	char got[16];
	int fd = call();

	assert_string_equal(cairn_stream_path(stream), path);
	say(fd, "in");
	assert_int_equal(n_in, 2);
	assert_memory_equal(in, "in", 2);
	assert_int_equal(output("out"), 3);
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_memory_equal(got, "out", 3);
	assert_int_equal(n_resized, 0);
	go(fd);
}

static void coming_and_going_are_told(void **state)
{
	assert_false(cairn_stream_is_open(stream));
	for (int i = 0; i < 3; i++) {
		int fd = call();

		assert_true(cairn_stream_is_open(stream));
		assert_int_equal(n_opened, i + 1);
		go(fd);
		assert_false(cairn_stream_is_open(stream));
		assert_int_equal(n_closed, i + 1);
	}
	assert_int_equal(cairn_loop_dispatch(loop, 0), 0);
}

static void the_next_waits_until_the_first_has_gone(void **state)
{
	int first = call(), second = call();

	say(second, "2");
	assert_int_equal(n_opened, 1);
	assert_int_equal(n_in, 0);
	assert_int_equal(cairn_loop_dispatch(loop, 0), 0); /* and costs nothing */
	say(first, "1");
	go(first);
	assert_int_equal(n_opened, 2);
	assert_int_equal(n_closed, 1);
	assert_int_equal(n_in, 2);
	assert_memory_equal(in, "12", 2);
	go(second);
}

static void who_ends_sending_has_gone(void **state)
{
	char got[16];
	int fd = call();

	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	settle();
	assert_int_equal(n_in, 1);
	assert_int_equal(n_closed, 1);
	assert_int_equal(read(fd, got, sizeof(got)), 0);
	close(fd);
}

static void full_output_waits_for_the_reader(void **state)
{
	static uint8_t big[MORE_THAN_FITS], got[MORE_THAN_FITS];
	size_t taken, n = 0;
	int fd = call();

	taken = cairn_stream_output(stream, big, sizeof(big));
	assert_true(taken > 0 && taken < sizeof(big));
	settle();
	assert_int_equal(n_ready, 0);
	while (n < taken) {
		ssize_t part = read(fd, got, sizeof(got));

		assert_true(part > 0);
		n += (size_t)part;
	}
	settle();
	assert_int_equal(n_ready, 1);
	assert_int_equal(cairn_stream_output(stream, big, 1), 1);
	go(fd);
}

static void who_does_not_receive_is_not_waited_for(void **state)
{
	static uint8_t big[MORE_THAN_FITS];
	int fd = call();

	assert_int_equal(shutdown(fd, SHUT_RD), 0);
	assert_int_equal(cairn_stream_output(stream, big, sizeof(big)), sizeof(big));
	assert_int_equal(cairn_loop_dispatch(loop, 0), 0);
	say(fd, "still here");
	assert_int_equal(n_in, 10);
	go(fd);
	assert_int_equal(n_closed, 1);
}

static void output_after_the_client_is_dropped(void **state)
{
	int fd = call();

	close(fd); /* the loop has not heard of it */
	assert_int_equal(output("to nobody"), 9);
	settle();
	assert_int_equal(n_closed, 1);
	assert_int_equal(output("to nobody"), 9);
}

static void input_waits_until_it_is_taken(void **state)
{
	int fd = call(), next;

	appetite = 2;
	say(fd, "abcd");
	say(fd, "ef");
	assert_int_equal(n_in, 2);
	close(fd);
	next = call(); /* waits for that, too */
	assert_int_equal(n_closed, 0);
	assert_int_equal(cairn_loop_dispatch(loop, 0), 0);
	appetite = 100;
	cairn_stream_input_ready(stream);
	settle();
	assert_int_equal(n_in, 6);
	assert_memory_equal(in, "abcdef", 6);
	assert_int_equal(n_closed, 1);
	assert_int_equal(n_opened, 2);
	go(next);
}

static void who_connects_hears_what_is(void **state)
{
	int fd;

	cairn_stream_connect(stream, NULL, NULL);
	fd = call();
	say(fd, "kept");
	assert_int_equal(n_opened + n_in, 0);
	assert_true(cairn_stream_is_open(stream));
	cairn_stream_connect(stream, &ops, NULL);
	assert_int_equal(n_opened, 1);
	settle();
	assert_int_equal(n_in, 4);
	go(fd);
}

static void close_hangs_up_on_the_client(void **state)
{
	char got[16];
	int fd = call();

	assert_int_equal(output("last"), 4);
	cairn_stream_close(stream);
	stream = NULL;
	assert_int_equal(read(fd, got, sizeof(got)), 4);
	assert_int_equal(read(fd, got, sizeof(got)), 0);
	assert_int_equal(access(path, F_OK), -1);
	close(fd);
}

static void socket_that_is_taken_is_refused_and_stays(void **state)
{
	struct cairn_stream *other;
	struct cairn_err err = { 0 };

	assert_int_equal(cairn_stream_open_socket(loop, path, &other, &err), -EADDRINUSE);
	assert_non_null(strstr(err.detail, path));
	settle(); /* it asked whether somebody listens: a client that went at once */
	assert_int_equal(n_opened, n_closed);
	n_opened = 0;
	go(call());
	assert_int_equal(n_opened, 1);
}

static void listens_for_this_user_alone(void **state)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void socket_that_nobody_listens_on_is_replaced(void **state)
{
	struct cairn_err err = { 0 };
	int fd = cairn_stream_listen(path, &err);

	assert_true(fd >= 0);
	assert_int_equal(cairn_stream_listen(path, &err), -EADDRINUSE);
	close(fd);
	fd = cairn_stream_listen(path, &err);
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
}

static void what_is_no_socket_is_left_alone(void **state)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	struct cairn_err err = { 0 };
	char longer[200];

	assert_int_equal(cairn_stream_listen(path, NULL), -EADDRINUSE);
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	unlink(path);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(cairn_stream_listen(longer, &err), -ENAMETOOLONG);
	assert_int_equal(cairn_stream_listen("/nowhere/s", &err), -ENOENT);
	assert_string_equal(err.detail, "/nowhere/s: No such file or directory");
}

static int enter(void **state)
{
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	return 0;
}

static int leave(void **state)
{
	return rmdir(folder);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(bytes_go_both_ways),
		T(coming_and_going_are_told),
		T(the_next_waits_until_the_first_has_gone),
		T(who_ends_sending_has_gone),
		T(full_output_waits_for_the_reader),
		T(who_does_not_receive_is_not_waited_for),
		T(output_after_the_client_is_dropped),
		T(input_waits_until_it_is_taken),
		T(who_connects_hears_what_is),
		T(close_hangs_up_on_the_client),
		T(socket_that_is_taken_is_refused_and_stays),
		T(listens_for_this_user_alone),
		cmocka_unit_test(socket_that_nobody_listens_on_is_replaced),
		cmocka_unit_test(what_is_no_socket_is_left_alone),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
