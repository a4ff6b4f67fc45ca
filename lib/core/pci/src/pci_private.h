/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pci_private.h - what the files of this component share. */
#ifndef CAIRN_PCI_PRIVATE_H
#define CAIRN_PCI_PRIVATE_H

#include <cairn/pci.h>

enum {
	/* Configuration space, type 0 header (PCI 3.0, 6.1 and 6.2). */
	PCI_VENDOR = 0x00,
	PCI_DEVICE = 0x02,
	PCI_COMMAND = 0x04,
	PCI_STATUS = 0x06,
	PCI_REVISION = 0x08,
	PCI_CLASS = 0x09,
	PCI_CACHE_LINE = 0x0c,
	PCI_LATENCY = 0x0d,
	PCI_HEADER_TYPE = 0x0e,
	PCI_BAR0 = 0x10,
	PCI_SUB_VENDOR = 0x2c,
	PCI_SUB_DEVICE = 0x2e,
	PCI_CAPS = 0x34,
	PCI_IRQ_LINE = 0x3c,
	PCI_IRQ_PIN = 0x3d,
	PCI_FIRST_CAP = 0x40,

	PCI_COMMAND_MEMORY = 0x0002,
	PCI_COMMAND_MASTER = 0x0004,
	PCI_COMMAND_PARITY = 0x0040,
	PCI_COMMAND_SERR = 0x0100,
	PCI_COMMAND_INTX_OFF = 0x0400,
	PCI_STATUS_INTX = 0x08,
	PCI_STATUS_CAPS = 0x10,
	PCI_MULTI_FUNCTION = 0x80,
	PCI_BAR_64 = 0x04,
	PCI_BAR_PREFETCH = 0x08,
};

/* Message control of the MSI-X capability was written. */
void cairn_pci_msix_control_(struct cairn_pci_msix *m, bool enabled, bool all_masked);

/* Sets a BAR's address in the image. */
void cairn_pci_func_place_(struct cairn_pci_func *f, unsigned index, uint64_t address);

#endif
