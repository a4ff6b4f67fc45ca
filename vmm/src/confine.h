/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* confine.h - the system call filters of the program: one allow-list per kind of thread. */
#ifndef VMM_CONFINE_H
#define VMM_CONFINE_H

#include "options.h"

enum confine_kind {
	CONFINE_MAIN, /* the loop, machine set-up, devices */
	CONFINE_VCPU, /* runs the guest, answers its accesses */
	CONFINE_POOL, /* block engine threads */
};

/* Filter the calling thread for good. SECCOMP_OFF does nothing. Returns 0 or a negative errno. */
CAIRN_MUST_USE int confine_thread(enum confine_kind kind, enum seccomp_mode mode);

/* Install the SIGSYS handler that names the refused call and ends the process with
 * EXIT_INTERNAL. Once, by main. Returns 0 or a negative errno. */
CAIRN_MUST_USE int confine_prepare(void);

#endif
