/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pci.c - one function: configuration space, capabilities, BARs in use. */
#include <cairn/math.h>

#include <fw/arch.h>
#include <fw/io.h>
#include <fw/pci.h>

#include "pci_regs.h"

#define CF8_ADDRESS 0xcf8u
#define CF8_DATA    0xcfcu
#define CF8_ENABLE  0x80000000u

#define CAPS_AT     0x40u
#define CAPS_MAX    48u /* in 192 bytes, four each */

static uint32_t all_ones(uint32_t width)
{
	return UINT32_MAX >> (32 - 8 * width);
}

/* Naturally aligned, and inside what the mechanism reaches. */
static bool is_there(const struct fw_pci *f, uint32_t off, uint32_t width)
{
	return off % width == 0 && off < (f->ecam ? 4096u : 256u);
}

static uint64_t ecam_address(const struct fw_pci *f, uint32_t off)
{
	uint64_t bus = (uint64_t)f->bus - f->ecam->first_bus;

	return f->ecam->at + (bus << 20 | (uint64_t)f->dev << 15 | (uint64_t)f->fn << 12) + off;
}

/* PCI local bus 3.0, 3.2.2.3.2. Returns the port of the bytes. */
static uint16_t select_cf8(const struct fw_pci *f, uint32_t off)
{
	fw_arch_port_write(CF8_ADDRESS, 4,
			   CF8_ENABLE | (uint32_t)f->bus << 16 | (uint32_t)f->dev << 11 |
			       (uint32_t)f->fn << 8 | (off & 0xfcu));
	return (uint16_t)(CF8_DATA + (off & 3));
}

uint32_t fw_pci_config_read(const struct fw_pci *f, uint32_t off, uint32_t width)
{
	if (!is_there(f, off, width))
		return all_ones(width);
	if (f->ecam)
		return fw_mmio_read(ecam_address(f, off), width);
	return fw_arch_port_read(select_cf8(f, off), width);
}

void fw_pci_config_write(const struct fw_pci *f, uint32_t off, uint32_t width, uint32_t value)
{
	if (!is_there(f, off, width))
		return;
	if (f->ecam)
		fw_mmio_write(ecam_address(f, off), width, value);
	else
		fw_arch_port_write(select_cf8(f, off), width, value);
}

void fw_pci_enable(const struct fw_pci *f, bool on)
{
	uint32_t command = f->command & ~(uint32_t)PCI_COMMAND_MASTER;

	if (on)
		command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_NO_INTX;
	fw_pci_config_write(f, PCI_COMMAND, 2, command);
}

/* What registers may lie upon: nothing that the map knows, or what it says is not memory. */
static bool is_device_memory(uint64_t at, uint64_t len)
{
	const struct fw_memory *m = &fw_platform.memory;

	for (uint32_t i = 0; i < m->n; i++) {
		const struct fw_memory_entry *e = &m->entries[i];

		if (e->at <= at + (len - 1) && at < e->at + e->pages * FW_PAGE_BYTES &&
		    e->type != FW_MEM_RESERVED && e->type != FW_MEM_MMIO)
			return false;
	}
	return true;
}

int fw_pci_map(const struct fw_pci *f, uint32_t bar, uint64_t off, uint64_t len, uint64_t *ret_at)
{
	const struct fw_pci_bar *b;
	int r;

	if (bar >= FW_PCI_BARS)
		return -EPROTO;
	b = &f->bars[bar];
	if (len == 0 || b->is_port || !cairn_in_range(off, len, b->len) ||
	    !is_device_memory(b->at + off, len))
		return -EPROTO;
	r = fw_arch_map_device(b->at + off, len);
	if (r == 0)
		*ret_at = b->at + off;
	return r;
}

void fw_pci_caps_init(struct fw_pci_caps *caps, const struct fw_pci *f)
{
	bool any = fw_pci_config_read(f, PCI_STATUS, 2) & PCI_STATUS_CAPS;

	*caps = (struct fw_pci_caps){
		.f = f,
		.left = CAPS_MAX,
		.next = any ? (uint8_t)fw_pci_config_read(f, PCI_CAPS, 1) : 0,
	};
}

uint32_t fw_pci_caps_next(struct fw_pci_caps *caps, uint8_t id)
{
	while (caps->left > 0 && caps->next >= CAPS_AT) {
		uint32_t at = caps->next & 0xfcu;
		uint32_t head = fw_pci_config_read(caps->f, at, 2);

		caps->left--;
		caps->next = (uint8_t)(head >> 8);
		if ((head & 0xff) == id)
			return at;
	}
	return 0;
}
