/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* log.h - what the program tells people: one line each on standard error. One thread. */
#ifndef DEVICE_LOG_H
#define DEVICE_LOG_H

#include <cairn/base.h>

__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);
/* "subject: what: detail", as struct cairn_err has it. */
void log_err(const char *subject, const struct cairn_err *err);
/* True when a line that a front end can cause may be written now: ten, and then one a second. */
bool log_allowed(void);

#endif
