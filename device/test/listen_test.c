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
#include <sys/stat.h>
#include <unistd.h>

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

static void listens_for_this_user_alone(void **state)
{
	static struct cairn_vhost_user_client c;
	struct cairn_err err = { 0 };
	struct stat st;
	int fd = listen_at(path, &err), sock;

	assert_true(fd >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(listen_accept(fd), -EAGAIN);
	assert_int_equal(cairn_vhost_user_client_connect(&c, path), 0);
	sock = listen_accept(fd);
	assert_true(sock >= 0 && (fcntl(sock, F_GETFL) & O_NONBLOCK));
	close(sock);
	cairn_vhost_user_client_fini(&c);
	close(fd);
	unlink(path);
}

static void socket_that_nobody_listens_on_is_replaced(void **state)
{
	struct cairn_err err = { 0 };
	int fd = listen_at(path, &err);

	assert_true(fd >= 0);
	assert_int_equal(listen_at(path, &err), -EADDRINUSE);
	assert_non_null(strstr(err.detail, path));
	close(fd);
	fd = listen_at(path, &err);
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
}

static void what_is_no_socket_is_left_alone(void **state)
{
	struct cairn_err err = { 0 };
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	char longer[200];

	assert_int_equal(listen_at(path, &err), -EADDRINUSE);
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	unlink(path);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(listen_at(longer, &err), -ENAMETOOLONG);
	assert_int_equal(listen_at("/nowhere/s", &err), -ENOENT);
}

static void passed_descriptors_are_told_apart(void **state)
{
	struct cairn_err err = { 0 };
	int fd = listen_at(path, &err), pair[2];

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
		cmocka_unit_test(listens_for_this_user_alone),
		cmocka_unit_test(socket_that_nobody_listens_on_is_replaced),
		cmocka_unit_test(what_is_no_socket_is_left_alone),
		cmocka_unit_test(passed_descriptors_are_told_apart),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
