/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pci.h - PCI from the driver's side: configuration space by ECAM or CF8, a walk over buses and
 * bridges, BARs with addresses. PCI local bus 3.0; PCIe base 6.0, 7.5.
 *
 * What a device says of itself is checked where it is read: a length is what fits its address, a
 * list ends, a bus is walked once. One thread.
 */
#ifndef FW_PCI_H
#define FW_PCI_H

#include <fw/block.h>
#include <fw/platform.h>

#define FW_PCI_MAX        128u
#define FW_PCI_BARS       6u
#define FW_PCI_CAP_VENDOR 0x09u
#define FW_PCI_CLASS_NVME 0x010802u

struct fw_pci_bar {
	uint64_t at, len; /* len 0: none, or no address could be given */
	bool is_port, is_64, is_prefetchable;
};

struct fw_pci {
	const struct fw_ecam *ecam; /* the platform's; NULL: CF8 */
	uint16_t segment, vendor, device, sub_vendor, sub_device;
	uint8_t bus, dev, fn, revision;
	bool is_bridge;
	uint32_t class_code; /* base class << 16 | sub class << 8 | interface */
	uint16_t command;    /* as it was found */
	struct fw_pci_bar bars[FW_PCI_BARS];
	struct fw_location at;
};

/* Configuration space of one function, 1, 2 or 4 bytes, aligned; all ones, or nothing, where there
 * is none (beyond 256 bytes with CF8, 4096 with ECAM). */
uint32_t fw_pci_config_read(const struct fw_pci *f, uint32_t off, uint32_t width);
void fw_pci_config_write(const struct fw_pci *f, uint32_t off, uint32_t width, uint32_t value);

/*
 * fw_pci_enumerate() - walks all buses of every ECAM range, and those of CF8 where no range covers
 * segment 0; numbers the bridges of a range where not all of them are; gives addresses to BARs that
 * have none, from the range's windows, and opens bridges for them.
 *
 * @platform: outlives the functions
 *
 * Returns how many functions, bridges among them, at most cap; a bridge comes right before what is
 * behind it. Addresses that somebody gave stay. Decoding is as it was, but for bridges that were
 * opened here: these forward. Bounded by 256 buses of 256 functions per segment, and 7
 * bridges on the way.
 */
uint32_t fw_pci_enumerate(const struct fw_platform *platform, struct fw_pci *ret_functions,
			  uint32_t cap);

/* Memory decoding and bus mastering on, interrupt pin off; or as it was found, without bus
 * mastering. */
void fw_pci_enable(const struct fw_pci *f, bool on);

/*
 * fw_pci_map() - part of a BAR, ready for fw_mmio_read() and fw_mmio_write().
 *
 * Returns 0 and the address; -EPROTO: there is no such BAR of memory, it is shorter, or it lies
 * upon memory; -ENOMEM, -EINVAL of fw_arch_map_device().
 */
CAIRN_MUST_USE int fw_pci_map(const struct fw_pci *f, uint32_t bar, uint64_t off, uint64_t len,
			      uint64_t *ret_at);

/* Goes through the list of capabilities once; it ends after as many as can be. */
struct fw_pci_caps { /* private */
	const struct fw_pci *f;
	uint8_t next, left;
};

void fw_pci_caps_init(struct fw_pci_caps *caps, const struct fw_pci *f);
/* Where the next capability with this id is, or 0. */
uint32_t fw_pci_caps_next(struct fw_pci_caps *caps, uint8_t id);

#endif
