/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "log.h"
#include "terminal.h"

static struct termios saved;
static volatile sig_atomic_t is_raw;

enum { PREFIX = 0x01 }; /* Ctrl-A */

void terminal_restore(void)
{
	if (!is_raw)
		return;
	tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	is_raw = 0;
	log_set_raw(false);
}

static void restore_and_die(int sig)
{
	terminal_restore();
	raise(sig); /* SA_RESETHAND: the default action now */
}

static int catch_fatal(void)
{
	/* SIGBUS is left to the guard of guest memory, SIGSYS to the system call filter; both end
	 * in the default action only where these say so, and restore the terminal first. */
	static const int fatal[] = { SIGSEGV, SIGABRT, SIGILL, SIGFPE, SIGQUIT };
	struct sigaction act = { .sa_handler = restore_and_die, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(fatal); i++)
		if (sigaction(fatal[i], &act, NULL))
			return -errno;
	return 0;
}

int terminal_raw(void)
{
	struct termios raw;
	int r;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved))
		return 0;
	r = catch_fatal();
	if (r)
		return r;
	raw = saved;
	cfmakeraw(&raw);
	is_raw = 1;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw)) {
		is_raw = 0;
		return -errno;
	}
	log_set_raw(true);
	return 0;
}

bool terminal_size(uint16_t *ret_columns, uint16_t *ret_rows)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col || !size.ws_row)
		return false;
	*ret_columns = size.ws_col;
	*ret_rows = size.ws_row;
	return true;
}

enum escape_result escape_feed(struct escape *e, uint8_t byte, uint8_t *ret_byte)
{
	if (!e->after_prefix && byte == PREFIX) {
		e->after_prefix = true;
		return ESCAPE_HELD;
	}
	if (e->after_prefix && (byte == 'x' || byte == 'X'))
		return ESCAPE_QUIT;
	e->after_prefix = false;
	*ret_byte = byte;
	return ESCAPE_PASS;
}
