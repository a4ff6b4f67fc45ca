/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pci_tests.c - configuration space, BARs and MSI-X. What a test does to BARs is put right by
 * pci_place() before the machine is looked at again.
 */
#include "hostile.h"

enum {
	PCI_COMMAND = 4,
	PCI_BAR0 = 0x10,
	CONFIG_ADDRESS = 0xcf8,
	CONFIG_DATA = 0xcfc,
	MSIX_ENABLE = 0x8000,
	MSIX_MASK_ALL = 0x4000,
	VECTOR_MASKED = 1,
	COMMON_CONFIG_VECTOR = 0x10,
	COMMON_QUEUE_VECTOR = 0x1a,
};

static const unsigned widths[] = { 1, 2, 4, 8 };

static void config_garbage(struct dev *d)
{
	for (unsigned i = 0; i < 800; i++) {
		uint32_t v = next_random();
		unsigned off = v % (i & 1 ? 0x100 : 0x1000);

		mem_write(LAYOUT_ECAM_AT + ((uint64_t)d->slot << 15) + off, widths[v >> 16 & 3],
			  next_random() & ~(uint64_t)MSIX_ENABLE);
		(void)mem_read(LAYOUT_ECAM_AT + ((uint64_t)d->slot << 15) + off,
			       widths[v >> 18 & 3]);
	}
	pci_place(d);
}

/* Functions and buses that are not there, and the host bridge. */
static void config_of_nobody(struct dev *d)
{
	(void)d;
	for (unsigned slot = 0; slot < 32; slot++) {
		for (unsigned function = 0; function < 8; function++) {
			uint64_t at = LAYOUT_ECAM_AT + (slot << 15) + (function << 12);

			(void)mem_read(at + 0xffc, 4);
			if (slot && !function)
				continue;
			mem_write(at + PCI_BAR0, 4, 0xffffffff);
			mem_write(at + PCI_COMMAND, 2, 0xffff);
		}
	}
	(void)mem_read(LAYOUT_ECAM_AT + LAYOUT_ECAM_LEN, 4);
	(void)mem_read(LAYOUT_ECAM_AT - 2, 4);
}

static void config_ports(struct dev *d)
{
	for (unsigned i = 0; i < 400; i++) {
		uint32_t v = next_random();

		/* This device's, or one that is not there. */
		port_write(CONFIG_ADDRESS, 4,
			   v & 1 ? 0x80000000u | (uint32_t)d->slot << 11 | (v & 0xff)
				 : v | 0x00ff0000u);
		port_write((uint16_t)(CONFIG_DATA + (v >> 8 & 3)), widths[v >> 10 & 1],
			   next_random() & 0x7f7f7f7f);
		(void)port_read((uint16_t)(CONFIG_DATA + (v >> 12 & 3)), widths[(v >> 14) % 3]);
		(void)port_read((uint16_t)(CONFIG_ADDRESS + (v >> 16 & 3)), widths[(v >> 18) % 3]);
		if (i % 8 == 0)
			port_write(CONFIG_ADDRESS, 2, v);
	}
	port_write(CONFIG_ADDRESS, 4, 0);
	pci_place(d);
}

/* Over memory, over others, over what is the hypervisor's, to the end. */
static void bars_moved(struct dev *d)
{
	const struct dev *other = another(d);
	const uint32_t places[] = {
		0,
		0x00200000, /* this program */
		0x00ff0000,
		other->bars[0],
		other->bars[1],
		other->bars[0] + 0x1000,
		d->bars[1],
		(uint32_t)LAYOUT_ECAM_AT,
		(uint32_t)LAYOUT_IOAPIC_AT,
		(uint32_t)LAYOUT_LAPIC_AT,
		0xfffff000,
		0xffffffff,
		0xc0000001,
		0xdfffffff,
	};

	for (unsigned i = 0; i < ARRAY_LEN(places); i++) {
		for (unsigned bar = 0; bar < 2; bar++) {
			pci_write(d->slot, PCI_BAR0 + 4 * bar, 4, places[i]);
			kick(d, d->queue);
			(void)get(d, R_STATUS);
			(void)mem_read((places[i] & ~0xfffu) + 0x14, 1);
			pci_write(d->slot, PCI_COMMAND, 2, i & 1 ? 0 : 6);
			pci_write(d->slot, PCI_COMMAND, 2, 6);
		}
		pci_place(d);
	}
}

static void bars_odd_widths(struct dev *d)
{
	for (unsigned i = 0; i < 24; i++) {
		for (unsigned w = 0; w < ARRAY_LEN(widths); w++) {
			mem_write(LAYOUT_ECAM_AT + ((uint64_t)d->slot << 15) + PCI_BAR0 + i,
				  widths[w], next_random());
			kick(d, d->queue);
		}
	}
	pci_place(d);
}

/* Moved, switched off and on again while requests are under way. */
static void bars_moved_in_flight(struct dev *d)
{
	for (unsigned i = 0; i < 20; i++) {
		make_chain(d);
		for (unsigned n = 0; n < QUEUE_SIZE / 4; n++)
			offer(d, 0);
		pci_write(d->slot, PCI_BAR0, 4, (uint32_t)LAYOUT_PCI32_AT + 0x1000000 + i * 0x8000);
		kick(d, d->queue);
		pci_write(d->slot, PCI_COMMAND, 2, 0);
		pci_place(d);
		kick(d, d->queue);
	}
}

/* To nowhere, or to any processor as a fixed interrupt above the exceptions. */
static void random_vector(struct dev *d, unsigned i)
{
	uint32_t v = next_random();

	mem_write(d->msix + 16 * i, 4, v & 1 ? 0xfee00000 : v & 0x7fffffff);
	mem_write(d->msix + 16 * i + 4, 4, v & 2 ? 0 : v);
	mem_write(d->msix + 16 * i + 8, 4, (v >> 8 & 0xf8ff) | 0x20);
	mem_write(d->msix + 16 * i + 12, 4, v & 4 ? 0 : next_random());
}

static void msix_garbage(struct dev *d)
{
	if (!d->msix_cap)
		fail("no MSI-X");
	for (unsigned i = 0; i < 60; i++) {
		uint32_t v = next_random();

		pci_write(d->slot, d->msix_cap + 2, 2, i % 3 ? MSIX_ENABLE : v & 0xffff);
		random_vector(d, v % 4);
		mem_write(d->regs + COMMON_CONFIG_VECTOR, 2, v >> 8 & (v & 1 ? 3 : 0xffff));
		put(d, R_QUEUE_SEL, d->queue);
		mem_write(d->regs + COMMON_QUEUE_VECTOR, 2, v >> 4 & (v & 2 ? 3 : 0xffff));
		make_chain(d);
		offer(d, 0);
		if (get(d, R_STATUS) & S_NEEDS_RESET)
			set_up(d);
	}
	pci_place(d);
}

static void msix_odd_widths(struct dev *d)
{
	for (unsigned off = 0; off < 0x1000; off += off < 0x80 ? 1 : 97) {
		for (unsigned w = 0; w < ARRAY_LEN(widths); w++) {
			(void)mem_read(d->msix + off, widths[w]);
			mem_write(d->msix + off, widths[w], next_random());
		}
	}
}

static void msix_mask_storm(struct dev *d)
{
	pci_write(d->slot, d->msix_cap + 2, 2, MSIX_ENABLE);
	mem_write(d->msix, 4, 0xfee00000);
	mem_write(d->msix + 4, 4, 0);
	mem_write(d->msix + 8, 4, 0x40);
	put(d, R_QUEUE_SEL, d->queue);
	mem_write(d->regs + COMMON_QUEUE_VECTOR, 2, 0);
	for (unsigned i = 0; i < 200; i++) {
		if (i % 8 == 0) {
			make_chain(d);
			offer(d, 0);
		}
		mem_write(d->msix + 12, 4, i & 1 ? 0 : VECTOR_MASKED);
		pci_write(d->slot, d->msix_cap + 2, 2,
			  i & 2 ? MSIX_ENABLE : MSIX_ENABLE | MSIX_MASK_ALL);
	}
	pci_place(d);
}

const struct test pci_tests[] = {
	{ "config-garbage", config_garbage, PCI_ONLY },
	{ "config-of-nobody", config_of_nobody, PCI_ONLY | ONCE },
	{ "config-ports", config_ports, PCI_ONLY },
	{ "bars-moved", bars_moved, PCI_ONLY },
	{ "bars-odd-widths", bars_odd_widths, PCI_ONLY },
	{ "bars-moved-in-flight", bars_moved_in_flight, PCI_ONLY },
	{ "msix-garbage", msix_garbage, PCI_ONLY },
	{ "msix-odd-widths", msix_odd_widths, PCI_ONLY },
	{ "msix-mask-storm", msix_mask_storm, PCI_ONLY },
	{ NULL, NULL, 0 },
};
