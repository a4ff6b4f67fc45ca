/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cairn/stream.h>
#include <cairn/vhost_user_client.h>

#include "listen.h"

static char folder[] = "/tmp/cairn-listen-XXXXXX";
static char path[64];

static int setup(void **state)
{
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	return 0;
}

static int teardown(void **state)
{
	return rmdir(folder);
}

static void next_front_end_is_taken_from_the_queue(void **state)
{
	static struct cairn_vhost_user_client c;
	struct cairn_err err = { 0 };
	int fd = cairn_stream_listen(path, &err), sock;

	assert_true(fd >= 0);
	assert_int_equal(listen_accept(fd), -EAGAIN);
	assert_int_equal(cairn_vhost_user_client_connect(&c, path), 0);
	sock = listen_accept(fd);
	assert_true(sock >= 0 && (fcntl(sock, F_GETFL) & O_NONBLOCK));
	close(sock);
	cairn_vhost_user_client_fini(&c);
	close(fd);
	unlink(path);
}

static void passed_descriptors_are_told_apart(void **state)
{
	struct cairn_err err = { 0 };
	int fd = cairn_stream_listen(path, &err), pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(listen_passed(fd, &err), 1);
	assert_int_equal(listen_passed(pair[0], &err), 0);
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	assert_int_equal(listen_passed(pair[0], &err), -EPROTOTYPE);
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(listen_passed(pair[0], &err), -EBADF);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next_front_end_is_taken_from_the_queue),
		cmocka_unit_test(passed_descriptors_are_told_apart),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
