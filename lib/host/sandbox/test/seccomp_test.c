/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Filters are tried for real, each in a child process that makes one system call under it. */
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <cairn/sandbox.h>

#include "../src/report_.h"

enum { SURVIVED = 0, TRAPPED = 42 };

static struct sock_filter insns[CAIRN_SECCOMP_MAX_INSNS];

static void on_sigsys(int sig)
{
	(void)sig;
	syscall(SYS_exit_group, TRAPPED);
}

static void need_filters(void)
{
	if (prctl(PR_GET_SECCOMP) < 0) {
		print_message("there are no system call filters here\n");
		skip();
	}
}

/* Exit status of a child that makes one call under the filter, or 128 + the signal it died of. */
static int try_call(const struct cairn_seccomp_rule *rules, size_t n, enum cairn_seccomp_deny deny,
		    long nr, long a0, long a1, long a2)
{
	int len = cairn_seccomp_build(rules, n, deny, insns, CAIRN_SECCOMP_MAX_INSNS), status;
	pid_t pid;

	assert_true(len > 0);
	need_filters();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGSYS, on_sigsys);
		if (cairn_seccomp_install(insns, (size_t)len))
			_exit(1);
		syscall(nr, a0, a1, a2, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		syscall(SYS_exit_group, SURVIVED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static const uint32_t two_fds[] = { 0, 7 };
static const uint32_t no_exec = PROT_EXEC;
static const struct cairn_seccomp_rule policy[] = {
	{ .nr = SYS_exit_group, .arg = CAIRN_SECCOMP_ANY_ARG },
	{ .nr = SYS_getpid, .arg = CAIRN_SECCOMP_ANY_ARG },
	{ .nr = SYS_lseek, .arg = 0, .n_values = 2, .values = two_fds },
	{ .nr = SYS_mmap, .arg = 2, .is_masked = true, .n_values = 1, .values = &no_exec },
	{ .nr = SYS_rt_sigreturn, .arg = CAIRN_SECCOMP_ANY_ARG },
};
enum { N_POLICY = 5 };

static int try_policy(long nr, long a0, long a1, long a2)
{
	return try_call(policy, N_POLICY, CAIRN_SECCOMP_TRAP, nr, a0, a1, a2);
}

static void allows_what_is_listed(void **state)
{
	(void)state;
	assert_int_equal(try_policy(SYS_getpid, 0, 0, 0), SURVIVED);
	assert_int_equal(try_policy(SYS_lseek, 0, 0, 0), SURVIVED);
	assert_int_equal(try_policy(SYS_lseek, 7, 0, 0), SURVIVED);
	assert_int_equal(try_policy(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE), SURVIVED);
}

static void traps_what_is_not(void **state)
{
	(void)state;
	assert_int_equal(try_policy(SYS_getppid, 0, 0, 0), TRAPPED);
	assert_int_equal(try_policy(SYS_read, 0, 0, 0), TRAPPED);
}

static void checks_the_value_of_an_argument(void **state)
{
	(void)state;
	assert_int_equal(try_policy(SYS_lseek, 1, 0, 0), TRAPPED);
	assert_int_equal(try_policy(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC), TRAPPED);
}

static void checks_the_upper_half_of_an_argument(void **state)
{
	(void)state;
	assert_int_equal(try_policy(SYS_lseek, 7L + (1L << 32), 0, 0), TRAPPED);
}

static void kills_when_asked_to(void **state)
{
	(void)state;
	assert_int_equal(try_call(policy, N_POLICY, CAIRN_SECCOMP_KILL, SYS_getppid, 0, 0, 0),
			 128 + SIGSYS);
}

static void logging_lets_pass(void **state)
{
	(void)state;
	assert_int_equal(try_call(policy, N_POLICY, CAIRN_SECCOMP_LOG, SYS_getppid, 0, 0, 0),
			 SURVIVED);
}

#ifdef __x86_64__
static void kills_x32_numbers(void **state)
{
	(void)state;
	assert_int_equal(try_policy(SYS_getpid | 0x40000000, 0, 0, 0), 128 + SIGSYS);
}
#endif

static void finds_every_rule_of_a_large_list(void **state)
{
	struct cairn_seccomp_rule rules[CAIRN_SECCOMP_MAX_RULES];
	int len;

	(void)state;
	for (uint32_t i = 0; i < CAIRN_SECCOMP_MAX_RULES; i++)
		rules[i] = (struct cairn_seccomp_rule){ .nr = (i * 37) % 512,
							.arg = CAIRN_SECCOMP_ANY_ARG };
	len = cairn_seccomp_build(rules, CAIRN_SECCOMP_MAX_RULES, CAIRN_SECCOMP_KILL, insns,
				  CAIRN_SECCOMP_MAX_INSNS);
	assert_true(len > 0);
	for (uint32_t i = 0; i < CAIRN_SECCOMP_MAX_RULES; i++) {
		bool found = false;

		for (int k = 0; k < len; k++)
			found |= insns[k].code == (BPF_JMP | BPF_JEQ | BPF_K) &&
				 insns[k].k == rules[i].nr;
		assert_true(found);
	}
}

static int build_one(struct cairn_seccomp_rule rule)
{
	return cairn_seccomp_build(&rule, 1, CAIRN_SECCOMP_KILL, insns, CAIRN_SECCOMP_MAX_INSNS);
}

static void refuses_misshapen_rules(void **state)
{
	struct cairn_seccomp_rule twice[2] = { { .nr = 1, .arg = CAIRN_SECCOMP_ANY_ARG },
					       { .nr = 1, .arg = CAIRN_SECCOMP_ANY_ARG } };
	static struct cairn_seccomp_rule many[CAIRN_SECCOMP_MAX_RULES + 1];

	(void)state;
	assert_int_equal(
	    cairn_seccomp_build(twice, 2, CAIRN_SECCOMP_KILL, insns, CAIRN_SECCOMP_MAX_INSNS),
	    -EINVAL);
	assert_int_equal(cairn_seccomp_build(many, CAIRN_ARRAY_LEN(many), CAIRN_SECCOMP_KILL, insns,
					     CAIRN_SECCOMP_MAX_INSNS),
			 -EINVAL);
	assert_int_equal(
	    build_one((struct cairn_seccomp_rule){ .arg = 6, .n_values = 2, .values = two_fds }),
	    -EINVAL);
	assert_int_equal(
	    build_one((struct cairn_seccomp_rule){ .arg = 0, .n_values = 0, .values = two_fds }),
	    -EINVAL);
	assert_int_equal(build_one((struct cairn_seccomp_rule){ .arg = 0, .n_values = 1 }),
			 -EINVAL);
	assert_int_equal(
	    build_one((struct cairn_seccomp_rule){ .arg = 0, .n_values = 65, .values = two_fds }),
	    -EINVAL);
	assert_int_equal(build_one((struct cairn_seccomp_rule){
			     .arg = 0, .is_masked = true, .n_values = 2, .values = two_fds }),
			 -EINVAL);
}

static void says_when_the_program_does_not_fit(void **state)
{
	struct sock_filter few[8];

	(void)state;
	assert_int_equal(cairn_seccomp_build(policy, N_POLICY, CAIRN_SECCOMP_KILL, few, 8),
			 -ENOSPC);
	assert_int_equal(cairn_seccomp_install(few, 0), -EINVAL);
	assert_int_equal(cairn_seccomp_install(few, CAIRN_SECCOMP_MAX_INSNS + 1), -EINVAL);
}

static void say_first(void *ctx)
{
	(void)!write(*(int *)ctx, "first\n", 6);
}

static void a_refused_call_is_named_and_ends_the_process(void **state)
{
	char said[128] = "", wanted[128];
	int ends[2], status;
	pid_t pid;

	(void)state;
	need_filters();
	snprintf(wanted, sizeof(wanted), "first\nprog: the system call filter refused call %d\n",
		 (int)SYS_getppid);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		struct cairn_seccomp_rule rules[] = {
			CAIRN_SECCOMP_ANY(write), CAIRN_SECCOMP_ANY(exit_group),
			CAIRN_SECCOMP_ANY(sigaltstack), /* AddressSanitizer's, on the way out */
		};

		dup2(ends[1], STDERR_FILENO);
		if (cairn_seccomp_report(
			"prog", 9, (struct cairn_trigger){ .fn = say_first, .ctx = &ends[1] }) ||
		    cairn_seccomp_confine(rules, CAIRN_ARRAY_LEN(rules), CAIRN_SECCOMP_TRAP))
			_exit(1);
		syscall(SYS_getppid);
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 9);
	assert_true(read(ends[0], said, sizeof(said) - 1) > 0);
	assert_string_equal(said, wanted);
	close(ends[0]);
	close(ends[1]);
}

static void confining_refuses_what_building_does(void **state)
{
	struct cairn_seccomp_rule bad = { .arg = 6 };

	(void)state;
	assert_int_equal(cairn_seccomp_confine(&bad, 1, CAIRN_SECCOMP_KILL), -EINVAL);
}

static void an_empty_list_allows_nothing(void **state)
{
	(void)state;
	assert_int_equal(try_call(NULL, 0, CAIRN_SECCOMP_KILL, SYS_getpid, 0, 0, 0), 128 + SIGSYS);
}

static void check_line(const char *program, unsigned int nr, const char *wanted)
{
	char line[CAIRN_SECCOMP_REPORT_BYTES_];
	size_t n = cairn_seccomp_report_line_(line, program, nr);

	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(line, wanted, n);
}

static void the_report_is_a_line_of_bounded_length(void **state)
{
	(void)state;
	check_line("cairn", 0, "cairn: the system call filter refused call 0\n");
	check_line("cairn", 435, "cairn: the system call filter refused call 435\n");
	check_line("a-name-that-is-longer-than-a-name-can-be", UINT32_MAX,
		   "a-name-that-is-longer-than-a-nam: the system call filter refused call "
		   "4294967295\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allows_what_is_listed),
		cmocka_unit_test(traps_what_is_not),
		cmocka_unit_test(checks_the_value_of_an_argument),
		cmocka_unit_test(checks_the_upper_half_of_an_argument),
		cmocka_unit_test(kills_when_asked_to),
		cmocka_unit_test(logging_lets_pass),
#ifdef __x86_64__
		cmocka_unit_test(kills_x32_numbers),
#endif
		cmocka_unit_test(finds_every_rule_of_a_large_list),
		cmocka_unit_test(refuses_misshapen_rules),
		cmocka_unit_test(says_when_the_program_does_not_fit),
		cmocka_unit_test(a_refused_call_is_named_and_ends_the_process),
		cmocka_unit_test(confining_refuses_what_building_does),
		cmocka_unit_test(an_empty_list_allows_nothing),
		cmocka_unit_test(the_report_is_a_line_of_bounded_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
