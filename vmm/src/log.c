/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
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

/* Codes that `what` has already put into words, see cairn/err.h. */
static bool is_said(int code)
{
	static const int said[] = { EINVAL, EPROTO, ENOTSUP, ENOSPC, ENOMEM, ENODEV, EBUSY };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(said); i++)
		if (said[i] == code)
			return true;
	return false;
}

void log_err_of(const char *subject, const char *name, const struct cairn_err *err)
{
	size_t len = strlen(name), cut = strlen(err->detail);
	const char *detail = err->detail;

	if (len && !strncmp(detail, name, len) && !strncmp(detail + len, ": ", 2))
		detail += len + 2;
	else if (len && cut + 1 == sizeof(err->detail) && !strncmp(detail, name, cut))
		detail = ""; /* the name left no room for more */
	if (!strcmp(detail, strerror(err->code)))
		detail = "";
	if (!*detail && !is_said(err->code))
		detail = strerror(err->code);
	log_error("%s: %s%s%s", subject, err->what, *detail ? ": " : "", detail);
}

void log_err(const char *subject, const struct cairn_err *err)
{
	log_err_of(subject, "", err);
}
