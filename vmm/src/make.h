/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* make.h - from options to virtio devices. */
#ifndef VMM_MAKE_H
#define VMM_MAKE_H

#include "devices.h"

/* Fills m->devices->list with unattached devices, disks first, so that the first disk is vda.
 * Returns 0 or an enum exit_code, said on standard error. */
CAIRN_MUST_USE int make_devices(struct machine *m);

#endif
