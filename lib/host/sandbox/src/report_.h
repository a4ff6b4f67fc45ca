/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* report_.h - the text of a report, apart from the handler that cannot return. */
#ifndef SANDBOX_REPORT__H
#define SANDBOX_REPORT__H

#include <stddef.h>

enum { CAIRN_SECCOMP_REPORT_BYTES_ = 96 };

/* "program: the system call filter refused call nr\n"; at most 32 bytes of the program's name.
 * Returns its length; not ended by a zero. Async-signal-safe. */
size_t cairn_seccomp_report_line_(char line[CAIRN_SECCOMP_REPORT_BYTES_], const char *program,
				  unsigned int nr);

#endif
