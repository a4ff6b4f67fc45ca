/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * server_test.c - a device that does not let go of a front end: the program's reaction. It runs in
 * a process of its own, since it listens until it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cairn/vdev_script.h>
#include <cairn/vhost_user_client.h>

#include "server.h"

#define STUCK 0x40 /* in the exit status, beside the code */

static char folder[] = "/tmp/cairn-server-XXXXXX", path[64];
static struct cairn_vhost_user_client client;
static struct cairn_vdev_script device;
static int started[2]; /* a pipe: a queue of the device is started */

static void meanwhile(struct cairn_vdev_script *s, enum cairn_vdev_op op)
{
	if (op == CAIRN_VDEV_OP_QUEUE_START)
		(void)!write(started[1], "", 1);
}

/* In the child: serves a device whose queues stop as it is told, to one front end. */
static int serve(enum cairn_vdev_script_answer stop, struct options o)
{
	static const uint16_t queue_max[] = { 16 };
	struct cairn_vdev_script_desc desc = { .n_queues = 1, .queue_max = queue_max };
	struct server_cfg cfg = { .options = &o, .vdev = &device.vdev, .patience_ns = 1 };
	bool stuck;
	int code;

	if (cairn_loop_new(&cfg.loop))
		return 99;
	desc.home = cfg.loop;
	if (cairn_vdev_script_init(&device, &desc))
		return 99;
	device.answer[CAIRN_VDEV_OP_QUEUE_STOP] = stop;
	device.meanwhile = meanwhile;
	code = (int)server_run(&cfg, &stuck);
	if (stuck)
		return code | STUCK;
	cairn_vdev_fini(&device.vdev);
	cairn_loop_free(cfg.loop);
	return code;
}

/* front_end: the other end of o.fd, if there is one. */
static pid_t start(enum cairn_vdev_script_answer stop, struct options o, int front_end)
{
	pid_t pid;

	assert_int_equal(pipe(started), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid) {
		close(started[1]);
		return pid;
	}
	alarm(60); /* whatever becomes of the parent */
	if (front_end >= 0)
		close(front_end);
	_exit(serve(stop, o));
}

/* A front end with a running ring, which leaves. */
static void come_and_go(void)
{
	char byte;

	assert_int_equal(cairn_vhost_user_client_negotiate(&client, UINT64_MAX, UINT64_MAX), 0);
	assert_int_equal(cairn_vhost_user_client_share(&client, 1 << 20), 0);
	assert_int_equal(cairn_vhost_user_client_ring(&client, 0, 8), 0);
	assert_int_equal(eventfd_write(client.rings[0].kick_fd, 1), 0);
	assert_int_equal(read(started[0], &byte, 1), 1);
	close(started[0]);
	cairn_vhost_user_client_fini(&client);
}

static int exit_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int serve_over_a_socket(enum cairn_vdev_script_answer stop)
{
	const struct options o = { .socket = path, .fd = -1, .seccomp = SECCOMP_OFF, .once = true };
	pid_t pid = start(stop, o, -1);
	int r = -ENOENT;

	for (int i = 0; r < 0 && i < 5000; i++) {
		r = cairn_vhost_user_client_connect(&client, path);
		if (r < 0)
			usleep(1000);
	}
	assert_int_equal(r, 0);
	come_and_go();
	return exit_status(pid);
}

static int serve_over_a_passed_one(enum cairn_vdev_script_answer stop)
{
	struct options o = { .seccomp = SECCOMP_OFF };
	int pair[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
			 0);
	o.fd = pair[0];
	pid = start(stop, o, pair[1]);
	close(pair[0]);
	cairn_vhost_user_client_init(&client, pair[1]);
	come_and_go();
	return exit_status(pid);
}

static void device_that_lets_go_ends_as_asked(void **state)
{
	assert_int_equal(serve_over_a_socket(CAIRN_VDEV_SCRIPT_NOW), EXIT_ASKED);
	assert_int_equal(serve_over_a_passed_one(CAIRN_VDEV_SCRIPT_NOW), EXIT_ASKED);
}

static void device_that_never_lets_go_ends_the_program(void **state)
{
	assert_int_equal(serve_over_a_socket(CAIRN_VDEV_SCRIPT_HELD), EXIT_HOST | STUCK);
	assert_int_equal(access(path, F_OK), -1); /* so that the next one can listen there */
	assert_int_equal(serve_over_a_passed_one(CAIRN_VDEV_SCRIPT_HELD), EXIT_HOST | STUCK);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_that_lets_go_ends_as_asked),
		cmocka_unit_test(device_that_never_lets_go_ends_the_program),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, setup, teardown);
}
