/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* report.c - the last words of a process that asked for what its filter refuses. */
#include <signal.h>
#include <unistd.h>

#include <cairn/sandbox.h>

enum { NAME_BYTES = 32, NUMBER_BYTES = 10 };

/* Process-wide, as the signal's action is; written once, before the action is set. */
static struct {
	const char *program;
	int exit_code;
	struct cairn_trigger before;
} report;

/* Async-signal-safe: no formatting functions, one write. */
static void on_refused(int sig, siginfo_t *info, void *context)
{
	static const char text[] = ": the system call filter refused call ";
	char line[NAME_BYTES + sizeof(text) + NUMBER_BYTES + 1], digits[NUMBER_BYTES];
	unsigned int nr = (unsigned int)info->si_syscall;
	size_t n = 0, k = NUMBER_BYTES;

	cairn_trigger_fire(&report.before);
	while (n < NAME_BYTES && report.program[n]) {
		line[n] = report.program[n];
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
