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
#define FW_SCSI_UNITS_MAX     16u        /* of a host; further ones are left out */
#define FW_NVME_UNITS_MAX     16u        /* of a controller */
#define FW_DISK_REQUEST_BYTES (1u << 20) /* at most, of one request */

/*
 * fw_virtio_blk_open() - a disk from a device that was probed (virtio 1.2, 5.2). *v is copied.
 *
 * Returns 0, and with err -ENODEV: no capacity; -ENOTSUP: blocks that are not 512 … 4096 bytes;
 * -ENOMEM; -EPROTO; and as fw_virtio_start(). On failure the device is stopped.
 */
CAIRN_MUST_USE int fw_virtio_blk_open(const struct fw_virtio *v, struct fw_block **ret,
				      struct cairn_err *err);

/*
 * fw_virtio_scsi_open() - the disks and CDs of a SCSI host (virtio 1.2, 5.6; SPC-4, SBC-3), found
 * by asking up to 256 targets for their logical units. *v is copied.
 *
 * @cap: room in ret. Units without a medium, of other kinds or of impossible sizes are left out.
 *
 * Returns 0 with how many there are, perhaps none; and with err -ENOTSUP: commands of another size;
 * -ENOMEM; -EPROTO; -ETIMEDOUT; and as fw_virtio_start(). Without a disk the device is stopped.
 * stop() of one unit stops all of them.
 */
CAIRN_MUST_USE int fw_virtio_scsi_open(const struct fw_virtio *v, struct fw_block **ret,
				       uint32_t cap, uint32_t *ret_n, struct cairn_err *err);

/*
 * fw_nvme_open() - the namespaces of an NVM Express controller (1.4).
 *
 * @f: outlives them. @cap: room in ret. Namespaces with metadata or impossible sizes are left out.
 *
 * Returns 0 with how many there are, perhaps none; -ENODEV: f is no such controller; and with err
 * -ENOTSUP: no pages of 4096 bytes, no NVM commands, or it refused a command; -ENODEV: nobody
 * answers; -ENOMEM; -EPROTO; -ETIMEDOUT. Without a disk the controller is stopped. stop() of one
 * namespace stops all of them.
 */
CAIRN_MUST_USE int fw_nvme_open(const struct fw_pci *f, struct fw_block **ret, uint32_t cap,
				uint32_t *ret_n, struct cairn_err *err);

#endif
