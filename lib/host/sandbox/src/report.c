/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* report.c - the last words of a process that asked for what its filter refuses. */
#include <signal.h>
#include <unistd.h>

#include <cairn/sandbox.h>

#include "report_.h"

enum { NAME_BYTES = 32, NUMBER_BYTES = 10 };

/* Process-wide, as the signal's action is; written once, before the action is set. */
static struct {
	const char *program;
	int exit_code;
	struct cairn_trigger before;
} report;

size_t cairn_seccomp_report_line_(char line[CAIRN_SECCOMP_REPORT_BYTES_], const char *program,
				  unsigned int nr)
{
	static const char text[] = ": the system call filter refused call ";
	char digits[NUMBER_BYTES];
	size_t n = 0, k = NUMBER_BYTES;

	_Static_assert(NAME_BYTES + sizeof(text) + NUMBER_BYTES <= CAIRN_SECCOMP_REPORT_BYTES_,
		       "room for the line");
	while (n < NAME_BYTES && program[n]) {
		line[n] = program[n];
		n++;
	}
	memcpy(line + n, text, sizeof(text) - 1);
	n += sizeof(text) - 1;
	do
		digits[--k] = (char)('0' + nr % 10);
	while (nr /= 10);
	memcpy(line + n, digits + k, NUMBER_BYTES - k);
	n += NUMBER_BYTES - k;
	line[n++] = '\n';
	return n;
}

/* Async-signal-safe: no formatting functions, one write. */
static void on_refused(int sig, siginfo_t *info, void *context)
{
	char line[CAIRN_SECCOMP_REPORT_BYTES_];
	size_t n;

	cairn_trigger_fire(&report.before);
	n = cairn_seccomp_report_line_(line, report.program, (unsigned int)info->si_syscall);
	(void)!write(STDERR_FILENO, line, n);
	_exit(report.exit_code);
}

int cairn_seccomp_report(const char *program, int exit_code, struct cairn_trigger before)
{
	struct sigaction act = { .sa_sigaction = on_refused, .sa_flags = SA_SIGINFO };

	report.program = program;
	report.exit_code = exit_code;
	report.before = before;
	sigemptyset(&act.sa_mask);
	return sigaction(SIGSYS, &act, NULL) ? -errno : 0;
}
