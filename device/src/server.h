/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* server.h - a device, served to one front end after the other on one loop. */
#ifndef DEVICE_SERVER_H
#define DEVICE_SERVER_H

#include <cairn/event.h>
#include <cairn/vdev.h>

#include "options.h"

struct server_cfg {
	const struct options
	    *options; /* where front ends come from, and whether once; the filter */
	struct cairn_loop *loop;
	struct cairn_vdev *vdev;
	/* How long the device may take to let go of a front end; 0: that of the carrier. */
	uint64_t patience_ns;
	/* And at the end, for what cannot be abandoned. */
	int end_ms;
};

/*
 * server_run() - until told to end: by the loop's stop, by the only front end's leaving, or because
 * the device does not let go of one.
 *
 * @ret_stuck: the device still has a front end's memory in its hands, so nothing that it stands on
 * may be closed or freed: the process has to end
 *
 * This thread is filtered from then on. Returns the exit code; why is said on standard error.
 */
enum exit_code server_run(const struct server_cfg *cfg, bool *ret_stuck);

#endif
