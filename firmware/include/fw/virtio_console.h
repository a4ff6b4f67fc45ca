/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio_console.h - port 0 of virtio-console (virtio 1.2, 5.3), both ways. */
#ifndef FW_VIRTIO_CONSOLE_H
#define FW_VIRTIO_CONSOLE_H

#include <fw/console.h>
#include <fw/virtio.h>

#define FW_VIRTIO_CONSOLE_LIMIT_NS UINT64_C(500000000) /* for a buffer of output */

/*
 * fw_virtio_console_open() - a console from a device that was probed. *v is copied.
 *
 * Returns 0 with what fw_console_add() takes, and with err -ENOMEM; -EPROTO; and as
 * fw_virtio_start(). Output that is not taken within the limit is dropped, as is all that follows
 * until the device has given the buffer back.
 */
CAIRN_MUST_USE int fw_virtio_console_open(const struct fw_virtio *v, struct fw_console_dev **ret,
					  struct cairn_err *err);
/* The device is quiet and forgets its rings; it takes and gives nothing any more. dev is one of
 * fw_virtio_console_open(). */
void fw_virtio_console_stop(struct fw_console_dev *dev);

#endif
