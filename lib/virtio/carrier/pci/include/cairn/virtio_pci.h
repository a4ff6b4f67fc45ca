/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_pci.h - virtio over PCI (virtio 1.2, 4.1), without the legacy interface. The registers,
 * the interrupts and the doorbells; what the registers do is in carrier.h.
 *
 * The function has two BARs of 32-bit memory: 0 holds common configuration, ISR, device
 * configuration and notification, 1 the MSI-X table, with one vector per queue and one for the
 * configuration. The program adds `func` to its root, and makes the bus agree whenever an access
 * returns CAIRN_IO_REMAP. Pausing, resuming, unplugging and interrupting waits go to `carrier`.
 * Machine reset is cairn_carrier_reset() for the device and cairn_pci_root_reset() for the
 * function.
 *
 * Interrupts. A queue's signal goes, from the thread that gave it, to the message of the queue's
 * vector; to its pending bit while the vector is masked, whence it is sent when unmasked; and while
 * MSI-X is off to the ISR and the wired interrupt. The device never learns of it.
 *
 * Threads. BARs may be accessed by any thread. Configuration accesses come under the lock of the
 * root, which is never taken here. A lock of its own, a leaf but for interrupt lines, covers
 * MSI-X, ISR and INTx.
 */
#ifndef CAIRN_VIRTIO_PCI_H
#define CAIRN_VIRTIO_PCI_H

#include <cairn/carrier.h>
#include <cairn/irq_line.h>
#include <cairn/pci.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTIO_PCI_VENDOR    0x1af4u
#define CAIRN_VIRTIO_PCI_VECTORS   (CAIRN_VDEV_MAX_QUEUES + 1)
#define CAIRN_VIRTIO_PCI_NO_VECTOR 0xffffu

/* An interrupt message: its line once it was needed, and where that goes. Private. */
struct cairn_virtio_pci_message {
	struct cairn_irq_line *line;
	uint64_t address;
	uint32_t data;
};

struct cairn_virtio_pci {
	struct cairn_carrier carrier;
	struct cairn_pci_func func; /* for cairn_pci_root_add() */
	/* private from here */
	pthread_mutex_t lock;
	struct cairn_irq_line *intx;
	struct cairn_msi_source msi;
	struct cairn_doorbells doorbells;
	uint8_t window_at; /* of the capability that is a window into BAR 0 */
	/* home loop's thread, or under the root's lock */
	uint64_t bells_at; /* address of the first doorbell bound */
	uint16_t n_bells;
	/* under the lock */
	struct cairn_pci_msix msix; /* zero: not offered */
	struct cairn_pci_msix_entry entries[CAIRN_VIRTIO_PCI_VECTORS];
	struct cairn_virtio_pci_message messages[CAIRN_VIRTIO_PCI_VECTORS];
	uint8_t isr;
	bool failed; /* the host refused a message: break the device when the lock is free */
	/* atomic */
	uint32_t features_sel, acked_sel;
	uint16_t queue_sel;
	uint16_t vectors[CAIRN_VIRTIO_PCI_VECTORS]; /* of the configuration, then of the queues */
};

struct cairn_virtio_pci_desc {
	struct cairn_vdev *vdev;     /* not attached; outlives the carrier */
	struct cairn_memview *view;  /* guest memory; the carrier takes a reference of its own */
	struct cairn_msi_source msi; /* take NULL: no MSI-X */
	/* Wired, level-triggered, on pin 1 (INTA) to 4; NULL: none. One of the two kinds there must
	 * be. Given back (put) at fini, not when init fails. */
	struct cairn_irq_line *intx;
	uint8_t intx_pin;
	struct cairn_doorbells doorbells; /* add NULL: all kicks come over the bus */
};

/*
 * cairn_virtio_pci_init() - put a device behind a PCI function.
 *
 * Returns 0; -EINVAL: no interrupt, or no such pin; a negative errno as cairn_carrier_init().
 * On the home loop's thread, or before it runs.
 */
CAIRN_MUST_USE int cairn_virtio_pci_init(struct cairn_virtio_pci *p,
					 const struct cairn_virtio_pci_desc *desc);

/* The function is out of reach of any access, and cairn_carrier_unplug() is done (or the guest has
 * not run). Unbinds the doorbells, gives the lines back. The device stays, detached. */
void cairn_virtio_pci_fini(struct cairn_virtio_pci *p);

#ifdef __cplusplus
}
#endif
#endif
