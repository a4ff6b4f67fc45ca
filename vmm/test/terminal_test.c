/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* On a pseudo-terminal of the test's own: raw while the program runs, as before afterwards, also
 * when it dies of a signal. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "terminal.h"

static int open_pty(int *ret_slave)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	*ret_slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(*ret_slave >= 0);
	return master;
}

static bool is_raw(int fd)
{
	struct termios t;

	assert_int_equal(tcgetattr(fd, &t), 0);
	return !(t.c_lflag & (ICANON | ECHO | ISIG));
}

static void go_raw_and_end(int slave, int signal_or_0)
{
	dup2(slave, STDIN_FILENO);
	if (terminal_raw() || !is_raw(STDIN_FILENO))
		_exit(1);
	if (signal_or_0)
		raise(signal_or_0);
	terminal_restore();
	_exit(0);
}

static void check_restored(int signal_or_0)
{
	int slave, master = open_pty(&slave), status;
	pid_t pid;

	assert_false(is_raw(slave));
	pid = fork();
	if (pid == 0)
		go_raw_and_end(slave, signal_or_0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (signal_or_0)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signal_or_0);
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_false(is_raw(slave));
	close(slave);
	close(master);
}

static void is_restored_at_the_end(void **state)
{
	(void)state;
	check_restored(0);
}

static void is_restored_by_fatal_signals(void **state)
{
	(void)state;
	check_restored(SIGQUIT);
	check_restored(SIGILL);
	check_restored(SIGFPE);
}

static void ctrl_a_x_quits(void **state)
{
	struct escape e = { 0 };
	uint8_t b = 0;

	(void)state;
	assert_int_equal(escape_feed(&e, 'x', &b), ESCAPE_PASS);
	assert_int_equal(b, 'x');
	assert_int_equal(escape_feed(&e, 1, &b), ESCAPE_HELD);
	assert_int_equal(escape_feed(&e, 'x', &b), ESCAPE_QUIT);
}

static void ctrl_a_and_another_is_that_one(void **state)
{
	static const uint8_t others[] = { 1, 'c' };

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(others); i++) {
		struct escape e = { 0 };
		uint8_t b = 0;

		assert_int_equal(escape_feed(&e, 1, &b), ESCAPE_HELD);
		assert_int_equal(escape_feed(&e, others[i], &b), ESCAPE_PASS);
		assert_int_equal(b, others[i]);
		assert_int_equal(escape_feed(&e, 'x', &b), ESCAPE_PASS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_restored_at_the_end),
		cmocka_unit_test(is_restored_by_fatal_signals),
		cmocka_unit_test(ctrl_a_x_quits),
		cmocka_unit_test(ctrl_a_and_another_is_that_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
