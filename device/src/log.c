/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

enum { LINE_BYTES = 512, BURST = 10 };

void log_line(const char *format, ...)
{
	char line[LINE_BYTES] = "cairn-device: ";
	size_t n = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + n, sizeof(line) - n - 1, format, args);
	va_end(args);
	n = strlen(line);
	line[n] = '\n';
	(void)!write(STDERR_FILENO, line, n + 1); /* nobody to tell if it fails */
}

void log_err(const char *subject, const struct cairn_err *err)
{
	if (err->detail[0])
		log_line("%s: %s: %s", subject, err->what, err->detail);
	else if (!err->at)
		log_line("%s: %s", subject, err->what);
	else
		log_line("%s: %s (0x%llx)", subject, err->what, (unsigned long long)err->at);
}

bool log_allowed(void)
{
	static unsigned int left = BURST;
	static time_t last;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (!left && now.tv_sec > last)
		left = 1;
	if (!left)
		return false;
	left--;
	last = now.tv_sec;
	return true;
}
