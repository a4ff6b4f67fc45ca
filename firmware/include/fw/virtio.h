/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio.h - virtio from the driver's side, whoever carries the device: virtio-pci (virtio 1.2,
 * 4.1), virtio-mmio version 2 (4.2) and version 1 (4.2.4, what QEMU's microvm gives by default).
 *
 * Order: probe, start, queue_init for each queue, run; then requests; stop at the end, or after a
 * failure, when start may follow again. Nothing interrupts: who waits, polls. The device is
 * hostile: what it says is bounded, and what never comes ends with a time limit. One thread.
 */
#ifndef FW_VIRTIO_H
#define FW_VIRTIO_H

#include <cairn/virtq_driver.h>

#include <fw/pci.h>

#define FW_VIRTIO_QUEUE_MAX 128u /* entries; longer queues are used in part */
#define FW_VIRTIO_RESET_NS  UINT64_C(2000000000)

enum fw_virtio_type {
	FW_VIRTIO_NET = 1,
	FW_VIRTIO_BLK = 2,
	FW_VIRTIO_CONSOLE = 3,
	FW_VIRTIO_RNG = 4,
	FW_VIRTIO_SCSI = 8,
};

enum fw_virtio_status { /* virtio 1.2, 2.1 */
			FW_VIRTIO_ACKNOWLEDGE = 1,
			FW_VIRTIO_DRIVER = 2,
			FW_VIRTIO_DRIVER_OK = 4,
			FW_VIRTIO_FEATURES_OK = 8,
			FW_VIRTIO_NEEDS_RESET = 64,
};

#define FW_VIRTIO_F_ACCESS_PLATFORM (UINT64_C(1) << 33)

struct fw_virtio_queue {
	struct cairn_virtq_driver ring;
	uint16_t index, size;
	uint64_t desc, driver, device; /* physical */
	uint64_t bell_at;              /* where the transport is notified */
	uint64_t pages_at;             /* what was allocated; 0: nothing */
	bool any_length; /* as in struct cairn_virtq_driver_cfg; the driver's, before init */
};

struct fw_virtio;

/* A transport. Widths of config_read are 1, 2 and 4, inside v->config_len. */
struct fw_virtio_ops {
	uint32_t (*config_read)(const struct fw_virtio *v, uint32_t off, uint32_t width);
	uint32_t (*generation)(const struct fw_virtio *v);
	uint32_t (*status)(const struct fw_virtio *v);
	void (*set_status)(const struct fw_virtio *v, uint32_t status);
	uint64_t (*offered)(const struct fw_virtio *v);
	void (*accept)(const struct fw_virtio *v, uint64_t features);
	uint32_t (*queue_max)(const struct fw_virtio *v, uint16_t index); /* 0: no such queue */
	/* Tells size and rings, and enables. Returns 0, or -EPROTO: it cannot be notified. */
	int (*queue_set)(const struct fw_virtio *v, struct fw_virtio_queue *q);
	void (*notify)(const struct fw_virtio *v, const struct fw_virtio_queue *q);
};

struct fw_virtio { /* read by drivers, written by the functions below */
	const struct fw_virtio_ops *ops;
	uint32_t type;
	bool is_legacy;    /* no VERSION_1: mmio version 1 */
	uint64_t features; /* accepted */
	uint32_t config_len;
	struct fw_location at;
	uint64_t notifications;
	/* transports' own */
	const struct fw_pci *pci; /* NULL: mmio */
	uint64_t common_at, config_at, notify_at;
	uint32_t notify_len, notify_multiplier;
};

/*
 * Is there a device, and can it be driven? Return 0; -ENODEV: no virtio device, or an empty slot;
 * and with err -ENOTSUP: of a kind that cannot be driven (legacy PCI, a version to come); -EPROTO:
 * what it says cannot be. f outlives the device. Nothing of the device is changed.
 */
CAIRN_MUST_USE int fw_virtio_probe_pci(struct fw_virtio *v, const struct fw_pci *f,
				       struct cairn_err *err);
CAIRN_MUST_USE int fw_virtio_probe_mmio(struct fw_virtio *v, uint64_t at, struct cairn_err *err);

/*
 * fw_virtio_start() - reset, and agree on features: those of `wanted` that are offered, and
 * VERSION_1.
 *
 * A PCI function decodes and masters from now on. Returns 0; with err -ETIMEDOUT: the reset does
 * not end; -ENOTSUP: no VERSION_1, or the device
 * will not do without more (an IOMMU). virtio 1.2, 3.1.1.
 */
CAIRN_MUST_USE int fw_virtio_start(struct fw_virtio *v, uint64_t wanted, struct cairn_err *err);

/*
 * fw_virtio_queue_init() - rings in new pages (FW_MEM_BOOT_DATA), or in those that q had before.
 *
 * q is zeroed at first, but for any_length. Returns 0, -ENOMEM, -EPROTO: no such queue, or an
 * impossible size.
 */
CAIRN_MUST_USE int fw_virtio_queue_init(struct fw_virtio *v, struct fw_virtio_queue *q,
					uint16_t index);
/* The device may work now. */
void fw_virtio_run(struct fw_virtio *v);

/*
 * fw_virtio_stop() - the device is reset and forgets its rings, whose pages are free again; a PCI
 * function masters no longer.
 *
 * @queues, n: may be 0. Returns 0, or -ETIMEDOUT: it does not say that it has; the pages then stay
 * allocated, since it may still write there.
 */
int fw_virtio_stop(struct fw_virtio *v, struct fw_virtio_queue *queues, uint32_t n);

/* What was added to the queue since becomes the device's; it is notified if it wants to be. */
void fw_virtio_submit(struct fw_virtio *v, struct fw_virtio_queue *q);
/*
 * fw_virtio_wait() - until a chain is done, at most limit_ns.
 *
 * Returns 0 with the chain's head and the bytes written; -ETIMEDOUT: also when the device says that
 * it needs a reset; -EPROTO: it broke the ring. Both leave it to be stopped.
 */
CAIRN_MUST_USE int fw_virtio_wait(struct fw_virtio *v, struct fw_virtio_queue *q, uint64_t limit_ns,
				  uint16_t *ret_head, uint32_t *ret_written);

/* Configuration space; 0 beyond its end. 64 bits are read until the device says they belong
 * together, a bounded number of times. */
uint32_t fw_virtio_config(const struct fw_virtio *v, uint32_t off, uint32_t width);
uint64_t fw_virtio_config64(const struct fw_virtio *v, uint32_t off);

#endif
