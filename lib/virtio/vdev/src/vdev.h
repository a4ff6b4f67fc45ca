/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#ifndef CAIRN_VDEV_INTERNAL_H
#define CAIRN_VDEV_INTERNAL_H

#include <cairn/vdev.h>

/* Of the timer `later`: tells what was completed or broken inside an op. */
void cairn_vdev_run_later_(struct cairn_timer *t);

#endif
