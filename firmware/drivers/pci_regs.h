/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pci_regs.h - offsets and bits of configuration space. PCI local bus 3.0, 6.1; bridges 1.2, 3.2.
 */
#ifndef FW_PCI_REGS_H
#define FW_PCI_REGS_H

enum {
	PCI_ID = 0x00,
	PCI_COMMAND = 0x04,
	PCI_STATUS = 0x06,
	PCI_CLASS = 0x08, /* revision in the lowest byte */
	PCI_HEADER = 0x0e,
	PCI_BAR = 0x10,
	PCI_SUB_ID = 0x2c,
	PCI_CAPS = 0x34,
	/* of a bridge */
	PCI_BUSES = 0x18, /* primary, secondary, subordinate, latency */
	PCI_MEM_WINDOW = 0x20,
	PCI_PREF_WINDOW = 0x24,
	PCI_PREF_BASE_HIGH = 0x28,
	PCI_PREF_LIMIT_HIGH = 0x2c,
};

enum {
	PCI_COMMAND_PORT = 1 << 0,
	PCI_COMMAND_MEMORY = 1 << 1,
	PCI_COMMAND_MASTER = 1 << 2,
	PCI_COMMAND_NO_INTX = 1 << 10,
	PCI_STATUS_CAPS = 1 << 4,
	PCI_HEADER_MANY = 0x80,
	PCI_HEADER_BRIDGE = 1,
	PCI_BAR_PORT = 1 << 0,
	PCI_BAR_TYPE = 3 << 1,
	PCI_BAR_TYPE_64 = 2 << 1,
	PCI_BAR_PREFETCH = 1 << 3,
};

#endif
