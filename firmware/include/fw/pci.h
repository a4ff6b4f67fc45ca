/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pci.h - PCI from the driver's side: configuration space by CF8 or ECAM, a walk over buses and
 * bridges, BARs with addresses. PCI local bus 3.0; PCIe base 6.0, 7.5.
 */
#ifndef FW_PCI_H
#define FW_PCI_H

#include <fw/block.h>
#include <fw/platform.h>

#define FW_PCI_MAX 128u

struct fw_pci_bar {
	uint64_t at, len; /* len 0: none, or no address could be given */
	bool is_port, is_64;
};

struct fw_pci {
	uint16_t segment, vendor, device, sub_vendor, sub_device;
	uint8_t bus, dev, fn, revision;
	uint32_t class_code;
	struct fw_pci_bar bars[6];
	struct fw_location at;
};

/* Configuration space of one function, 1, 2 or 4 bytes; all ones where there is nothing. */
uint32_t fw_pci_config_read(const struct fw_pci *f, uint32_t off, uint32_t width);
void fw_pci_config_write(const struct fw_pci *f, uint32_t off, uint32_t width, uint32_t value);

/*
 * fw_pci_enumerate() - walks all buses, numbers bridges nobody numbered, gives addresses to BARs
 * that have none and maps what it found.
 *
 * Returns how many functions, at most cap. Bounded by 256 buses of 256 functions per segment.
 */
uint32_t fw_pci_enumerate(const struct fw_platform *platform, struct fw_pci *ret_functions,
			  uint32_t cap);
/* Memory decoding and bus mastering, or none of them. */
void fw_pci_enable(const struct fw_pci *f, bool on);
/* Offset of the next capability with this id behind `after` (0: the first), or 0. Loops end. */
uint32_t fw_pci_capability(const struct fw_pci *f, uint8_t id, uint32_t after);

#endif
