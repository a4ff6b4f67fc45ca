/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * driver.h - what a guest's driver does, as steps of scripted.h's first vCPU: a virtio device is
 * found at its place, brought to DRIVER_OK with one queue, and kicked. virtio 1.2, 4.1 and 4.2.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "scripted.h"

enum {
	RING_AT = 0x800000, /* in RAM: descriptors, available and used ring, a page for each */
	DATA_AT = 0x810000, /* what the request is made of */
	RING_SIZE = 8,
	BAR_STEP = 0x10000, /* from the start of the PCI window */
	PCI_NOTIFY = 0x3000,
};

/* One virtio device of the guest, by its place on the transport. */
struct driver {
	bool is_pci;
	unsigned index;    /* 0: the first device */
	uint32_t features; /* that it accepts, of the first 32 */
};

static uint64_t driver_at(struct driver d)
{
	return d.is_pci ? LAYOUT_PCI32_AT + d.index * (uint64_t)BAR_STEP
			: LAYOUT_MMIO_AT + d.index * LAYOUT_MMIO_STEP;
}

/* The guest's address of a place in RAM, and ours. */
static uint64_t ram_at(uint64_t at)
{
	return script.ram[0].at.v + at;
}

static uint8_t *guest_at(uint64_t at)
{
	return (uint8_t *)script.ram[0].host + at;
}

static void driver_write(struct driver d, uint32_t mmio, uint32_t pci, uint8_t pci_len,
			 uint64_t value)
{
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, driver_at(d) + (d.is_pci ? pci : mmio),
				 d.is_pci ? pci_len : 4, value));
}

static void push_status(struct driver d, uint8_t status)
{
	driver_write(d, 0x70, 0x14, 1, status);
}

static inline void push_kick(struct driver d)
{
	driver_write(d, 0x50, PCI_NOTIFY, 4, 0);
}

/* BAR 0 at its place, and decoding. */
static void push_enable_pci(struct driver d)
{
	uint64_t at = LAYOUT_ECAM_AT + ((uint64_t)(d.index + 1) << 15);

	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, at + 0x10, 4, driver_at(d)));
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, at + 0x04, 2, 0x0006));
}

/* From reset to DRIVER_OK, with queue 0 at RING_AT, VERSION_1 and its features. */
static inline void push_start(struct driver d)
{
	static const struct {
		uint32_t mmio, pci;
	} rings[] = { { 0x80, 0x20 }, { 0x90, 0x28 }, { 0xa0, 0x30 } };

	if (d.is_pci)
		push_enable_pci(d);
	push_status(d, 0);
	push_status(d, 1);
	push_status(d, 3);
	for (uint32_t word = 0; word < 2; word++) {
		driver_write(d, 0x24, 0x08, 4, word);
		driver_write(d, 0x20, 0x0c, 4, word ? 1 : d.features);
	}
	push_status(d, 0x0b);
	driver_write(d, 0x30, 0x16, 2, 0);
	driver_write(d, 0x38, 0x18, 2, RING_SIZE);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(rings); i++) {
		driver_write(d, rings[i].mmio, rings[i].pci, 4, ram_at(RING_AT + i * 0x1000));
		driver_write(d, rings[i].mmio + 4, rings[i].pci + 4, 4, 0);
	}
	driver_write(d, 0x44, 0x1c, 2, 1);
	push_status(d, 0x0f);
}

/* n requests to read the disk's first sector, in the available ring. Before the guest runs. */
static inline void offer_reads(unsigned n)
{
	static const struct {
		uint32_t len;
		uint16_t flags;
	} parts[] = { { 16, 1 }, { 512, 1 | 2 }, { 1, 2 } }; /* header, data, status */
	struct desc {
		cairn_le64 at;
		cairn_le32 len;
		cairn_le16 flags, next;
	} *desc = (void *)guest_at(RING_AT);
	struct {
		cairn_le16 flags, index, ring[RING_SIZE];
	} *avail = (void *)guest_at(RING_AT + 0x1000);

	for (unsigned i = 0; i < CAIRN_ARRAY_LEN(parts); i++)
		desc[i] = (struct desc){ .at = cairn_le64_of(ram_at(DATA_AT + i * 0x1000)),
					 .len = cairn_le32_of(parts[i].len),
					 .flags = cairn_le16_of(parts[i].flags),
					 .next = cairn_le16_of((uint16_t)(i + 1)) };
	avail->index = cairn_le16_of((uint16_t)n);
}

/* How many requests the device has given back. */
static inline unsigned count_used(void)
{
	const struct {
		cairn_le16 flags, index;
	} *used = (const void *)guest_at(RING_AT + 0x2000);

	return cairn_le16_get(used->index);
}

#endif
