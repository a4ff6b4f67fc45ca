/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* confine.h - the system call filters: one allow-list for the loop, one for engine threads. */
#ifndef DEVICE_CONFINE_H
#define DEVICE_CONFINE_H

#include "options.h"

enum confine_kind {
	CONFINE_LOOP, /* sockets, descriptors and memory that front ends send; rings; io_uring */
	CONFINE_POOL, /* engine threads: the disk alone */
};

/* Filter the calling thread for good. SECCOMP_OFF does nothing. Returns 0 or a negative errno. */
CAIRN_MUST_USE int confine_thread(enum confine_kind kind, enum seccomp_mode mode);

/* Install the SIGSYS handler that names the refused call and ends the process with
 * EXIT_INTERNAL. Once, by main. Returns 0 or a negative errno. */
CAIRN_MUST_USE int confine_prepare(void);

#endif
