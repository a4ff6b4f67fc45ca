/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ports.h - the host's ends of --port: pseudo-terminals, sockets and files. Opened before the
 * system call filter closes, kept over reboots; each machine has a new device in front of them.
 * Main thread.
 */
#ifndef VMM_PORTS_H
#define VMM_PORTS_H

#include <cairn/event.h>

#include "options.h"

struct ports;
struct cairn_virtio_console;

/* Opens all, and tells where the pseudo-terminals are. *ret is NULL when none is asked for. Returns
 * 0 or an enum exit_code, said on standard error. */
CAIRN_MUST_USE int ports_open(struct cairn_loop *loop, const struct run_options *o,
			      struct ports **ret);
/* Files get what they still take; links and sockets are removed. NULL is fine. */
void ports_close(struct ports *p);

/* A device with all of them, which stays connected until ports_disconnect(), before it is freed.
 * Returns what cairn_virtio_console_new() does. */
CAIRN_MUST_USE int ports_connect(struct ports *p, struct cairn_virtio_console **ret,
				 struct cairn_err *err);
void ports_disconnect(struct ports *p);

#endif
