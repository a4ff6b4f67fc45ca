/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* confine_test.c - what the loop and engine threads may not ask for, each in a process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"

/* Sanitizers make calls of their own, which no filter lets pass. */
static bool is_sanitized;

enum { SURVIVED = 42 };

struct call {
	long nr, args[4];
};

static const struct call open_file = { SYS_openat, { AT_FDCWD, (long)"/", O_RDONLY } };

static void need_filters(enum seccomp_mode mode)
{
	if (prctl(PR_GET_SECCOMP) < 0) {
		print_message("there are no system call filters here\n");
		skip();
	}
	if (mode == SECCOMP_ON && is_sanitized) {
		print_message("the filter is not for sanitizers\n");
		skip();
	}
}

/* The exit status of a child that makes a call under a filter. LOG refuses nothing, so that child
 * may leave in an orderly way. */
static int try(enum confine_kind kind, enum seccomp_mode mode, const struct call *c)
{
	int status;
	pid_t pid;

	need_filters(mode);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (confine_prepare() || confine_thread(kind, mode))
			_exit(99);
		syscall(c->nr, c->args[0], c->args[1], c->args[2], c->args[3], -1, 0);
		if (mode == SECCOMP_LOG)
			exit(prctl(PR_GET_SECCOMP) == 2 ? SURVIVED : 98);
		_exit(SURVIVED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void neither_reaches_out(void **state)
{
	const struct call calls[] = {
		open_file,
		{ SYS_execve, { (long)"/bin/true", 0, 0 } },
		{ SYS_socket, { 1, 1, 0 } },
		{ SYS_connect, { -1, 0, 0 } },
		{ SYS_mmap, { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS } },
		{ SYS_mprotect, { 0, 4096, PROT_EXEC } },
		{ SYS_ioctl, { 0, 0x5412 } },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(calls); i++) {
		assert_int_equal(try(CONFINE_LOOP, SECCOMP_ON, &calls[i]), EXIT_INTERNAL);
		assert_int_equal(try(CONFINE_POOL, SECCOMP_ON, &calls[i]), EXIT_INTERNAL);
	}
}

static void engines_have_the_disk_alone(void **state)
{
	static const struct call receive = { SYS_recvmsg, { -1 } }, take = { SYS_accept4, { -1 } },
				 write_disk = { SYS_pwritev, { -1 } };

	assert_int_equal(try(CONFINE_POOL, SECCOMP_ON, &receive), EXIT_INTERNAL);
	assert_int_equal(try(CONFINE_POOL, SECCOMP_ON, &take), EXIT_INTERNAL);
	assert_int_equal(try(CONFINE_POOL, SECCOMP_ON, &write_disk), SURVIVED);
	assert_int_equal(try(CONFINE_LOOP, SECCOMP_ON, &receive), SURVIVED);
	assert_int_equal(try(CONFINE_LOOP, SECCOMP_ON, &take), SURVIVED);
}

static void log_and_off_refuse_nothing(void **state)
{
	assert_int_equal(try(CONFINE_LOOP, SECCOMP_LOG, &open_file), SURVIVED);
	assert_int_equal(try(CONFINE_POOL, SECCOMP_LOG, &open_file), SURVIVED);
	assert_int_equal(try(CONFINE_LOOP, SECCOMP_OFF, &open_file), SURVIVED);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neither_reaches_out),
		cmocka_unit_test(engines_have_the_disk_alone),
		cmocka_unit_test(log_and_off_refuse_nothing),
	};

	(void)argv;
	is_sanitized = argc > 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
