/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* confine_test.c - what each kind of thread may not ask for, each tried in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/kvm.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "confine.h"
#include "terminal.h"

/* Sanitizers make calls of their own, which no filter lets pass. */
static bool is_sanitized;

enum { SURVIVED = 42, N_KINDS = CONFINE_POOL + 1 };

struct call {
	long nr, args[4];
};

static const struct call open_file = { SYS_openat, { AT_FDCWD, (long)"/", O_RDONLY } };
static const struct call write_disk = { SYS_pwrite64, { -1, 0, 0, 0 } };
static const struct call sync_flash = { SYS_fdatasync, { -1 } };
static const struct call show_flash = { SYS_ioctl, { -1, KVM_SET_USER_MEMORY_REGION } };
static const struct call run_vcpu = { SYS_ioctl, { -1, KVM_RUN } };

static char said[256]; /* on standard error */

/* In a child that is thrown away; LOG refuses nothing, so it may leave in an orderly way. */
static void act(enum confine_kind kind, enum seccomp_mode mode, const struct call *c)
{
	if (confine_prepare() || confine_thread(kind, mode))
		_exit(99);
	syscall(c->nr, c->args[0], c->args[1], c->args[2], c->args[3], -1, 0);
	if (mode == SECCOMP_LOG)
		exit(prctl(PR_GET_SECCOMP) == 2 ? SURVIVED : 98);
	_exit(SURVIVED);
}

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

/* The exit status of a child that makes a call under a filter. */
static int try(enum confine_kind kind, enum seccomp_mode mode, const struct call *c)
{
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	need_filters(mode);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		act(kind, mode, c);
	}
	close(ends[1]);
	n = read(ends[0], said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void check_refused(enum confine_kind kind, const struct call *c)
{
	char text[64];

	snprintf(text, sizeof(text), "cairn: the system call filter refused call %ld\n", c->nr);
	assert_int_equal(try(kind, SECCOMP_ON, c), EXIT_INTERNAL);
	assert_string_equal(said, text);
}

static void no_thread_reaches_out(void **state)
{
	const struct call calls[] = {
		open_file,
		{ SYS_execve, { (long)"/bin/true", 0, 0 } },
		{ SYS_socket, { 1, 1, 0 } },
		{ SYS_ptrace, { 0, 0, 0, 0 } },
		{ SYS_mmap, { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS } },
		{ SYS_mprotect, { 0, 4096, PROT_EXEC } },
		{ SYS_ioctl, { 0, TIOCSTI, (long)"x" } },
	};

	(void)state;
	for (int kind = 0; kind < N_KINDS; kind++)
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(calls); i++)
			check_refused((enum confine_kind)kind, &calls[i]);
}

static void vcpus_do_not_write_disks_and_only_they_run(void **state)
{
	(void)state;
	check_refused(CONFINE_VCPU, &write_disk);
	assert_int_equal(try(CONFINE_VCPU, SECCOMP_ON, &sync_flash), SURVIVED);
	assert_int_equal(try(CONFINE_VCPU, SECCOMP_ON, &show_flash), SURVIVED);
	check_refused(CONFINE_MAIN, &run_vcpu);
	check_refused(CONFINE_POOL, &run_vcpu);
	assert_int_equal(try(CONFINE_MAIN, SECCOMP_ON, &write_disk), SURVIVED);
	assert_int_equal(try(CONFINE_POOL, SECCOMP_ON, &write_disk), SURVIVED);
	assert_int_equal(try(CONFINE_VCPU, SECCOMP_ON, &run_vcpu), SURVIVED);
}

static void only_the_loop_serves_sockets(void **state)
{
	static const struct call calls[] = { { SYS_accept4, { -1 } }, { SYS_sendto, { -1 } } };

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(calls); i++) {
		assert_int_equal(try(CONFINE_MAIN, SECCOMP_ON, &calls[i]), SURVIVED);
		check_refused(CONFINE_VCPU, &calls[i]);
		check_refused(CONFINE_POOL, &calls[i]);
	}
}

static void log_and_off_refuse_nothing(void **state)
{
	(void)state;
	for (int kind = 0; kind < N_KINDS; kind++) {
		assert_int_equal(try((enum confine_kind)kind, SECCOMP_LOG, &open_file), SURVIVED);
		assert_int_equal(try((enum confine_kind)kind, SECCOMP_OFF, &open_file), SURVIVED);
		assert_string_equal(said, "");
	}
}

/* In a child on a terminal of its own, which is raw by then. */
static void break_the_filter_on(int terminal)
{
	for (int fd = 0; fd < 3; fd++)
		dup2(terminal, fd);
	if (terminal_raw())
		_exit(99);
	act(CONFINE_MAIN, SECCOMP_ON, &open_file);
}

static void terminal_is_given_back_before_the_end(void **state)
{
	struct termios before = { 0 }, after = { 0 }; /* compared as bytes */
	int master, terminal, status;
	pid_t pid;

	(void)state;
	need_filters(SECCOMP_ON);
	assert_int_equal(openpty(&master, &terminal, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(terminal, &before), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		break_the_filter_on(terminal);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_INTERNAL);
	assert_int_equal(tcgetattr(terminal, &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
	close(master);
	close(terminal);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_thread_reaches_out),
		cmocka_unit_test(vcpus_do_not_write_disks_and_only_they_run),
		cmocka_unit_test(only_the_loop_serves_sockets),
		cmocka_unit_test(log_and_off_refuse_nothing),
		cmocka_unit_test(terminal_is_given_back_before_the_end),
	};

	(void)argv;
	is_sanitized = argc > 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
