/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * random.h - random bytes: of a virtio-rng device, mixed with the processor's where it has some.
 */
#ifndef FW_RANDOM_H
#define FW_RANDOM_H

#include <fw/virtio.h>

#define FW_RANDOM_LIMIT_NS UINT64_C(1000000000) /* for one answer of the device */

/*
 * fw_virtio_rng_open() - bytes come from this device from now on, where there was none before
 * (virtio 1.2, 5.4). *v is copied.
 *
 * Returns 0, and with err -EEXIST: there is one; -ENOMEM; -EPROTO; and as fw_virtio_start().
 */
CAIRN_MUST_USE int fw_virtio_rng_open(const struct fw_virtio *v, struct cairn_err *err);

/*
 * fw_random() - fills len bytes.
 *
 * A device that hangs or gives nothing is stopped and not asked again. Returns 0; -ENODEV: there is
 * no source, dst is not touched, or the device failed and the processor has nothing: dst is then
 * undefined.
 */
CAIRN_MUST_USE int fw_random(void *dst, size_t len);
/* The device is quiet and forgets its ring. Without a device nothing. */
void fw_random_stop(void);

#endif
