/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"

enum { LINE_BYTES = 512 };

static enum log_level shown = LOG_LEVEL_WARN;
static bool raw_terminal;

void log_set_level(enum log_level level)
{
	shown = level;
}

void log_set_raw(bool raw)
{
	__atomic_store_n(&raw_terminal, raw, __ATOMIC_RELAXED);
}

void log_line(enum log_level level, const char *format, ...)
{
	static const char *const names[] = { "", "warning: ", "", "debug: " };
	const char *end = __atomic_load_n(&raw_terminal, __ATOMIC_RELAXED) ? "\r\n" : "\n";
	char line[LINE_BYTES];
	va_list args;
	size_t n;

	if (level > shown)
		return;
	n = (size_t)snprintf(line, sizeof(line), "cairn: %s", names[level]);
	va_start(args, format);
	vsnprintf(line + n, sizeof(line) - n - 2, format, args);
	va_end(args);
	n = strlen(line);
	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s", end);
	/* One write, so that lines of different threads do not mix; nobody to tell if it fails. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

void log_err(const char *subject, const struct cairn_err *err)
{
	if (err->detail[0])
		log_error("%s: %s: %s", subject, err->what, err->detail);
	else if (!err->at)
		log_error("%s: %s", subject, err->what);
	else
		log_error("%s: %s (0x%llx)", subject, err->what, (unsigned long long)err->at);
}
