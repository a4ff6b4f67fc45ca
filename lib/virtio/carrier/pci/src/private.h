/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* private.h - shared by pci.c (life, configuration space), regs.c (BAR 0) and irq.c. */
#ifndef CAIRN_VIRTIO_PCI_PRIVATE_H
#define CAIRN_VIRTIO_PCI_PRIVATE_H

#include <cairn/virtio_pci.h>

enum {
	REGS_BAR = 0,
	MSIX_BAR = 1,

	/* BAR 0: a page for each structure. */
	COMMON_AT = 0x0000,
	COMMON_LEN = 0x003c, /* through queue_reset */
	ISR_AT = 0x1000,
	CONFIG_AT = 0x2000,
	NOTIFY_AT = 0x3000,
	NOTIFY_STEP = 4, /* bytes between two queues' doorbells */
	REGS_LEN = 0x4000,

	MSIX_TABLE_AT = 0x0000,
	MSIX_PENDING_AT = 0x0800,
	MSIX_LEN = 0x1000,
};

_Static_assert(CAIRN_VIRTIO_PCI_VECTORS *CAIRN_PCI_MSIX_ENTRY <= MSIX_PENDING_AT,
	       "the table ends before the pending bits");
_Static_assert(CAIRN_VDEV_MAX_CONFIG <= NOTIFY_AT - CONFIG_AT, "one page of configuration");

static inline struct cairn_virtio_pci *to_pci_(struct cairn_carrier *c)
{
	return cairn_container_of(c, struct cairn_virtio_pci, carrier);
}

/* Accesses to BAR 0 and BAR 1, ctx the struct cairn_virtio_pci. */
extern const struct cairn_bus_ops cairn_virtio_pci_regs_ops_;
extern const struct cairn_bus_ops cairn_virtio_pci_msix_ops_;

/* The window of configuration space: the same registers, as capability bytes ask for them. */
extern const struct cairn_pci_config_hook cairn_virtio_pci_window_;

/* What the transport tells the driver; and the vectors it does so by. */
extern const struct cairn_carrier_ops cairn_virtio_pci_carrier_ops_;
void cairn_virtio_pci_enter_(void *ctx);
void cairn_virtio_pci_leave_(void *ctx); /* breaks the device if a message failed */
uint8_t cairn_virtio_pci_take_isr_(struct cairn_virtio_pci *p);
void cairn_virtio_pci_forget_vectors_(struct cairn_virtio_pci *p);
/* MSI-X of n vectors. */
CAIRN_MUST_USE int cairn_virtio_pci_msix_init_(struct cairn_virtio_pci *p, uint16_t n);
/* Gives every message's line back. */
void cairn_virtio_pci_put_lines_(struct cairn_virtio_pci *p);

#endif
