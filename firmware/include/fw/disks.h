/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * disks.h - drivers of disks. Each open allocates what it needs in pages (FW_MEM_BOOT_DATA), that
 * live until the disk is stopped; the disks it gives live as long as the firmware.
 *
 * A request has FW_DISK_LIMIT_NS since the last sign of life; then the device is reset and all of
 * it is tried once more. A device that cannot be reset, or that breaks its rings, is given up: what
 * it was to answer is -EIO from then on.
 */
#ifndef FW_DISKS_H
#define FW_DISKS_H

#include <fw/virtio.h>

#define FW_DISK_LIMIT_NS      UINT64_C(10000000000)
#define FW_DISK_REQUEST_BYTES (1u << 20) /* at most, of one request */

/*
 * fw_virtio_blk_open() - a disk from a device that was probed (virtio 1.2, 5.2). *v is copied.
 *
 * Returns 0, and with err -ENODEV: no capacity; -ENOTSUP: blocks that are not 512 … 4096 bytes;
 * -ENOMEM; -EPROTO; and as fw_virtio_start(). On failure the device is stopped.
 */
CAIRN_MUST_USE int fw_virtio_blk_open(const struct fw_virtio *v, struct fw_block **ret,
				      struct cairn_err *err);

#endif
