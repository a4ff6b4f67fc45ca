/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * load.h - what loading a kernel is on every architecture: files as the loaders' images, guest
 * memory as their sink, the command line, and which option is to blame.
 */
#ifndef VMM_LOAD_H
#define VMM_LOAD_H

#include <cairn/loader.h>

#include "machine.h"

/* The file outlives the image. */
struct cairn_image load_image(struct host_file *f);
/* Into m's memory, which no guest has seen yet. */
struct cairn_load_sink load_sink(struct machine *m);

/* What --cmdline is when it is not given, beside the root disk. */
struct load_defaults {
	const char *serial; /* the argument that puts the kernel's console on the serial port */
	const char *more;   /* or "" */
};

/* The command line, into buf. Returns 0 or a negative errno with err. */
CAIRN_MUST_USE int load_cmdline(const struct run_options *o, const struct load_defaults *d,
				char *buf, size_t size, struct cairn_cmdline *ret,
				struct cairn_err *err);

/* Each says on standard error what went wrong, and returns the exit code for it. */
int load_refuse_cmdline(const struct cairn_err *err);
int load_refuse_kernel(struct machine *m, const struct cairn_err *err);
/* After a loader failed: --kernel, --initrd, --cmdline or --memory, as the reason says. */
int load_refuse(struct machine *m, const struct cairn_err *err);

#endif
