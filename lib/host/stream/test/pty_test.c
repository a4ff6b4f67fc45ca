/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pty_test.c - somebody opens it, writes, reads, sizes it, closes it, and comes again. */
#include "program.h"

#include <sys/ioctl.h>

static char link_path[64];

static int setup(void **state)
{
	n_in = n_ready = 0;
	n_opened = n_closed = n_resized = 0;
	appetite = sizeof(in);
	snprintf(link_path, sizeof(link_path), "/tmp/cairn-pty-test-%ld", (long)getpid());
	assert_int_equal(cairn_loop_new(&loop), 0);
	assert_int_equal(cairn_stream_open_pty(loop, link_path, &stream, NULL), 0);
	cairn_stream_connect(stream, &ops, NULL);
	return 0;
}

static int teardown(void **state)
{
	cairn_stream_close(stream);
	cairn_loop_free(loop);
	return 0;
}

static int come(void)
{
	int fd = open(cairn_stream_path(stream), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	assert_true(fd >= 0);
	settle();
	return fd;
}

static void bytes_go_both_ways_as_they_are(void **state)
{
	int fd = come();
	char got[16];

	say(fd, "in\n\r\3");
	assert_int_equal(n_in, 5);
	assert_memory_equal(in, "in\n\r\3", 5);
	assert_int_equal(output("out\n\4"), 5);
	assert_int_equal(read(fd, got, sizeof(got)), 5);
	assert_memory_equal(got, "out\n\4", 5);
	go(fd);
}

static void opening_and_closing_are_told(void **state)
{
	int first, second;

	settle();
	assert_false(cairn_stream_is_open(stream));
	assert_int_equal(n_opened + n_closed, 0);
	first = come();
	assert_true(cairn_stream_is_open(stream));
	second = come();
	assert_int_equal(n_opened, 1);
	go(first);
	assert_int_equal(n_closed, 0);
	go(second);
	assert_int_equal(n_closed, 1);
	assert_false(cairn_stream_is_open(stream));
	go(come());
	assert_int_equal(n_opened, 2);
	assert_int_equal(n_closed, 2);
}

static void nobody_costs_nothing(void **state)
{
	go(come());
	assert_int_equal(cairn_loop_dispatch(loop, 0), 0);
}

static void output_to_nobody_is_dropped(void **state)
{
	char got[16];
	int fd;

	assert_int_equal(output("early"), 5);
	fd = come();
	assert_int_equal(output("now"), 3);
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_memory_equal(got, "now", 3);
	go(fd);
}

static void full_output_waits_for_the_reader(void **state)
{
	static uint8_t big[BIG];
	static char got[BIG];
	int fd = come();

	assert_true(cairn_stream_output(stream, big, sizeof(big)) < sizeof(big));
	assert_int_equal(n_ready, 0);
	/* The kernel moves bytes from end to end in its own time. */
	for (int tries = 0; !n_ready && tries < 1000; tries++) {
		while (read(fd, got, sizeof(got)) > 0)
			;
		assert_true(cairn_loop_dispatch(loop, 10) >= 0);
	}
	assert_true(n_ready > 0);
	assert_true(cairn_stream_output(stream, big, 1) == 1);
	go(fd);
}

static void input_waits_until_it_is_taken(void **state)
{
	int fd = come();

	appetite = 2;
	say(fd, "abcd");
	assert_int_equal(n_in, 2);
	say(fd, "ef");
	appetite = 100;
	cairn_stream_input_ready(stream);
	settle();
	assert_memory_equal(in, "abcdef", 6);
	assert_int_equal(n_in, 6);
	go(fd);
}

static void what_was_written_comes_before_the_end(void **state)
{
	static uint8_t big[BIG];
	ssize_t written;
	int fd = come();

	appetite = 1;
	written = write(fd, big, sizeof(big));
	assert_true(written > (ssize_t)CAIRN_STREAM_READ_BYTES);
	go(fd);
	assert_int_equal(n_closed, 0);
	assert_int_equal(cairn_loop_dispatch(loop, 0), 0);
	appetite = sizeof(in);
	cairn_stream_input_ready(stream);
	settle();
	assert_int_equal(n_in, written);
	assert_int_equal(n_closed, 1);
}

static void size_is_told_when_it_changed(void **state)
{
	const struct winsize size = { .ws_col = 100, .ws_row = 30 };
	int fd = come();

	assert_int_equal(n_resized, 0);
	assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
	say(fd, "x");
	say(fd, "y");
	assert_int_equal(n_resized, 1);
	assert_int_equal(columns, 100);
	assert_int_equal(rows, 30);
	go(fd);
}

static void who_connects_hears_what_is(void **state)
{
	const struct winsize size = { .ws_col = 100, .ws_row = 30 };
	int fd = come();

	assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
	say(fd, "x");
	cairn_stream_connect(stream, NULL, NULL);
	say(fd, "kept");
	assert_int_equal(n_in, 1);
	go(fd);
	assert_int_equal(n_closed, 0);
	cairn_stream_connect(stream, &ops, NULL);
	assert_int_equal(n_opened, 2);
	assert_int_equal(n_resized, 2);
	settle();
	assert_memory_equal(in, "xkept", 5);
	assert_int_equal(n_closed, 1);
}

static void link_leads_to_it_and_goes_with_it(void **state)
{
	char target[64] = { 0 };
	struct stat st;

	assert_true(readlink(link_path, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, cairn_stream_path(stream));
	cairn_stream_close(stream);
	stream = NULL;
	assert_int_equal(lstat(link_path, &st), -1);
}

static void link_that_is_taken_is_refused_and_stays(void **state)
{
	struct cairn_err err = { 0 };
	struct cairn_stream *other;
	struct stat st;

	assert_int_equal(cairn_stream_open_pty(loop, link_path, &other, &err), -EEXIST);
	assert_non_null(strstr(err.detail, link_path));
	assert_non_null(strstr(err.detail, ": File exists"));
	assert_int_equal(lstat(link_path, &st), 0);
	cairn_stream_close(NULL);
}

static void without_ops_all_is_dropped(void **state)
{
	static const struct cairn_stream_ops none = { .input = NULL };
	int fd;

	cairn_stream_connect(stream, &none, NULL);
	fd = come();
	say(fd, "x");
	go(fd);
	assert_int_equal(n_in, 0);
	assert_false(cairn_stream_is_open(stream));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(bytes_go_both_ways_as_they_are),
		T(opening_and_closing_are_told),
		T(nobody_costs_nothing),
		T(output_to_nobody_is_dropped),
		T(full_output_waits_for_the_reader),
		T(input_waits_until_it_is_taken),
		T(what_was_written_comes_before_the_end),
		T(size_is_told_when_it_changed),
		T(who_connects_hears_what_is),
		T(link_leads_to_it_and_goes_with_it),
		T(link_that_is_taken_is_refused_and_stays),
		T(without_ops_all_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
