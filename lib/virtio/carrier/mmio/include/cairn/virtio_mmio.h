/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_mmio.h - virtio over memory-mapped registers (virtio 1.2, 4.2), version 2 of the layout.
 * The registers, and nothing else: what they do is in carrier.h.
 *
 * The program puts cairn_virtio_mmio_bus_ops on its bus, with the struct as ctx, at desc.base, for
 * CAIRN_VIRTIO_MMIO_LEN bytes; accesses come from vCPU threads. Pausing, resuming, machine reset,
 * memory changes, unplugging and interrupting waits go to the `carrier` member
 * (cairn_carrier_pause() and so on); everything there applies.
 */
#ifndef CAIRN_VIRTIO_MMIO_H
#define CAIRN_VIRTIO_MMIO_H

#include <cairn/bus.h>
#include <cairn/carrier.h>
#include <cairn/irq_line.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTIO_MMIO_LEN    0x200u /* 256 bytes of registers, 256 of configuration */
#define CAIRN_VIRTIO_MMIO_NOTIFY 0x50u  /* QueueNotify, for who binds doorbells itself */

struct cairn_virtio_mmio {
	struct cairn_carrier carrier;
	/* private from here */
	struct cairn_irq_line *line;
	struct cairn_doorbells doorbells;
	uint64_t base;
	uint16_t n_doorbells; /* bound ones */
	/* atomic */
	uint32_t features_sel, acked_sel, queue_sel;
	uint32_t isr;
};

struct cairn_virtio_mmio_desc {
	struct cairn_vdev *vdev;    /* not attached; outlives the carrier */
	struct cairn_memview *view; /* guest memory; the carrier takes a reference of its own */
	/* Edge-triggered: each interrupt sets it high and low again. Given back (put) at fini, not
	 * when init fails. */
	struct cairn_irq_line *line;
	struct cairn_doorbells doorbells; /* add NULL: all kicks come over the bus */
	uint64_t base;                    /* guest address of the first register */
};

/*
 * cairn_virtio_mmio_init() - put a device behind mmio registers.
 *
 * Binds one doorbell per queue (4 bytes at QueueNotify, matching the queue's number) to the queue's
 * kick eventfd; where the host says -ENOTSUP, kicks come over the bus. Kicks before DRIVER_OK are
 * kept.
 * Returns 0; a negative errno as cairn_carrier_init(), or of the doorbells. On the home loop's
 * thread, or before it runs.
 */
CAIRN_MUST_USE int cairn_virtio_mmio_init(struct cairn_virtio_mmio *m,
					  const struct cairn_virtio_mmio_desc *desc);
/* Off the bus, and after cairn_carrier_unplug() is done (or before the guest ran). Unbinds the
 * doorbells, gives the line back. The device stays, detached. */
void cairn_virtio_mmio_fini(struct cairn_virtio_mmio *m);

/* ctx: the struct cairn_virtio_mmio. Any thread. Registers are 4 bytes, aligned; the configuration
 * space takes 1, 2, 4 and 8 at any offset. Any other access reads 0 or does nothing. */
extern const struct cairn_bus_ops cairn_virtio_mmio_bus_ops;

#ifdef __cplusplus
}
#endif
#endif
