/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * log.h - what the program tells people: one line each on standard error, any thread. Nothing that
 * a guest can repeat is told.
 */
#ifndef VMM_LOG_H
#define VMM_LOG_H

#include "options.h"

/* Lines above this level are dropped. Set once, before other threads are. */
void log_set_level(enum log_level level);
/* While the terminal is raw a line feed alone does not return the carriage. */
void log_set_raw(bool raw);

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* "subject: what: detail", as struct cairn_err has it; without detail the host's word for the code,
 * where the code is the host's. */
void log_err(const char *subject, const struct cairn_err *err);
/* The same where the subject has the name that detail begins with: it is said once. */
void log_err_of(const char *subject, const char *name, const struct cairn_err *err);

#endif
