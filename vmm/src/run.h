/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* run.h - `cairn run`: machines one after the other, until one says that it was the last. */
#ifndef VMM_RUN_H
#define VMM_RUN_H

#include <cairn/hooks.h>
#include <cairn/hv.h>

#include "host.h"

/* What a session stands on. The program's is in main.c; tests have others. */
struct run_base {
	const struct cairn_hv_ops *hv;
	/* The hypervisor's device node, opened once. Returns a descriptor or a negative errno with
	 * err. NULL: it has none. */
	int (*open_node)(const char *path, struct cairn_err *err);
	host_engine_fn *engine_new;
	host_net_fn *net_open;
	const struct cairn_clock *clock; /* for what the log says of times */
	const char *sysfs;               /* "/sys" */
};

/* Returns the exit code of the program; what went wrong is said on standard error. */
enum exit_code run(const struct run_options *o, const struct run_base *base);

#endif
