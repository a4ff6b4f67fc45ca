/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* transport.c - virtio devices and their registers, behind virtio-mmio or virtio-pci. */
#include "hostile.h"

#define MMIO_MAGIC 0x74726976u
#define MMIO_SLOTS 13u

enum { PCI_COMMAND = 4, PCI_BAR0 = 0x10, PCI_CAPS = 0x34, PCI_MEMORY = 2, PCI_MASTER = 4 };
enum { CAP_VENDOR = 9, CAP_MSIX = 0x11, CFG_COMMON = 1, CFG_NOTIFY = 2, CFG_DEVICE = 4 };

struct reg_place {
	uint8_t off, width;
};

static const struct reg_place mmio_regs[N_REGS] = {
	[R_OFFERED_SEL] = { 0x14, 4 }, [R_OFFERED] = { 0x10, 4 },      [R_ACKED_SEL] = { 0x24, 4 },
	[R_ACKED] = { 0x20, 4 },       [R_STATUS] = { 0x70, 4 },       [R_GENERATION] = { 0xfc, 4 },
	[R_QUEUE_SEL] = { 0x30, 4 },   [R_QUEUE_MAX] = { 0x34, 4 },    [R_QUEUE_SIZE] = { 0x38, 4 },
	[R_DESC] = { 0x80, 4 },        [R_QUEUE_ENABLE] = { 0x44, 4 }, [R_AVAIL] = { 0x90, 4 },
	[R_USED] = { 0xa0, 4 },        [R_QUEUE_RESET] = { 0xc0, 4 },
};

static const struct reg_place pci_regs[N_REGS] = {
	[R_OFFERED_SEL] = { 0x00, 4 }, [R_OFFERED] = { 0x04, 4 },      [R_ACKED_SEL] = { 0x08, 4 },
	[R_ACKED] = { 0x0c, 4 },       [R_STATUS] = { 0x14, 1 },       [R_GENERATION] = { 0x15, 1 },
	[R_QUEUE_SEL] = { 0x16, 2 },   [R_QUEUE_MAX] = { 0x18, 2 },    [R_QUEUE_SIZE] = { 0x18, 2 },
	[R_DESC] = { 0x20, 4 },        [R_QUEUE_ENABLE] = { 0x1c, 2 }, [R_AVAIL] = { 0x28, 4 },
	[R_USED] = { 0x30, 4 },        [R_QUEUE_RESET] = { 0x3a, 2 },
};

struct dev devs[MAX_DEVS];
unsigned n_devs;

static _Alignas(4096) struct ring rings[MAX_DEVS];

static const struct reg_place *place(const struct dev *d, enum reg r)
{
	return d->is_pci ? &pci_regs[r] : &mmio_regs[r];
}

uint64_t reg_at(const struct dev *d, enum reg r)
{
	return d->regs + place(d, r)->off;
}

uint32_t get(const struct dev *d, enum reg r)
{
	return (uint32_t)mem_read(reg_at(d, r), place(d, r)->width);
}

void put(const struct dev *d, enum reg r, uint32_t value)
{
	mem_write(reg_at(d, r), place(d, r)->width, value);
}

void put_addr(const struct dev *d, enum reg r, uint64_t addr)
{
	mem_write(reg_at(d, r), 4, (uint32_t)addr);
	mem_write(reg_at(d, r) + 4, 4, addr >> 32);
}

void kick(const struct dev *d, uint32_t queue)
{
	if (d->is_pci)
		mem_write(d->notify + (uint64_t)queue * d->notify_step, 2, queue);
	else
		mem_write(d->notify, 4, queue);
}

static struct dev *new_dev(unsigned type)
{
	struct dev *d = &devs[n_devs];

	d->number = n_devs;
	d->type = type;
	d->ring = &rings[n_devs++];
	return d;
}

static bool has_peer(unsigned type)
{
	return type == TYPE_NET || type == TYPE_CONSOLE;
}

/* The device is known: its other queue. */
static void add_peer(struct dev *d)
{
	struct dev *p = &devs[n_devs];

	*p = *d;
	p->number = n_devs;
	p->ring = &rings[n_devs++];
	p->peer = d;
	d->peer = p;
	d->queue = 1;
}

static bool is_served(unsigned type)
{
	return (type == TYPE_BLK || type == TYPE_RNG || has_peer(type)) &&
	       n_devs + has_peer(type) < MAX_DEVS;
}

struct dev *another(const struct dev *d)
{
	unsigned i = d->number;

	do
		i = (i + 1) % n_devs;
	while (&devs[i] == d->peer);
	return &devs[i];
}

static void find_mmio(void)
{
	for (unsigned i = 0; i < MMIO_SLOTS; i++) {
		uint64_t at = LAYOUT_MMIO_AT + i * LAYOUT_MMIO_STEP;
		unsigned type;
		struct dev *d;

		if (mem_read(at, 4) != MMIO_MAGIC)
			continue;
		type = (unsigned)mem_read(at + 8, 4);
		if (!is_served(type))
			continue;
		d = new_dev(type);
		d->regs = at;
		d->config = at + 0x100;
		d->notify = at + 0x50;
		if (has_peer(type))
			add_peer(d);
	}
}

uint32_t pci_read(unsigned slot, unsigned off, unsigned width)
{
	return (uint32_t)mem_read(LAYOUT_ECAM_AT + (slot << 15) + off, width);
}

void pci_write(unsigned slot, unsigned off, unsigned width, uint32_t value)
{
	mem_write(LAYOUT_ECAM_AT + (slot << 15) + off, width, value);
}

void pci_place(struct dev *d)
{
	pci_write(d->slot, PCI_COMMAND, 2, 0);
	for (unsigned i = 0; i < ARRAY_LEN(d->bars); i++)
		pci_write(d->slot, PCI_BAR0 + 4 * i, 4, d->bars[i]);
	if (d->msix_cap)
		pci_write(d->slot, d->msix_cap + 2, 2, 0);
	pci_write(d->slot, PCI_COMMAND, 2, PCI_MEMORY | PCI_MASTER);
}

/* A vendor capability names a part of a BAR. */
static void take_part(struct dev *d, unsigned cap)
{
	unsigned bar = pci_read(d->slot, cap + 4, 1);
	uint64_t at;

	if (bar >= ARRAY_LEN(d->bars))
		return;
	at = d->bars[bar] + pci_read(d->slot, cap + 8, 4);
	switch (pci_read(d->slot, cap + 3, 1)) {
	case CFG_COMMON:
		d->regs = at;
		break;
	case CFG_NOTIFY:
		d->notify = at;
		d->notify_step = pci_read(d->slot, cap + 16, 4);
		break;
	case CFG_DEVICE:
		d->config = at;
		break;
	}
}

static void take_capabilities(struct dev *d)
{
	unsigned cap = pci_read(d->slot, PCI_CAPS, 1);

	for (unsigned turns = 0; cap && turns < 32; turns++) {
		unsigned id = pci_read(d->slot, cap, 1);

		if (id == CAP_VENDOR)
			take_part(d, cap);
		if (id == CAP_MSIX) {
			uint32_t table = pci_read(d->slot, cap + 4, 4);

			d->msix_cap = cap;
			d->msix = (uint64_t)d->bars[table & 1] + (table & ~7u);
		}
		cap = pci_read(d->slot, cap + 1, 1);
	}
}

static void find_pci(void)
{
	static uint32_t next = (uint32_t)LAYOUT_PCI32_AT;

	for (unsigned slot = 0; slot < 32; slot++) {
		uint32_t id = pci_read(slot, 0, 4);
		struct dev *d;

		if ((id & 0xffff) != 0x1af4 || !is_served((id >> 16) - 0x1040))
			continue;
		d = new_dev((id >> 16) - 0x1040);
		d->is_pci = true;
		d->slot = (uint8_t)slot;
		for (unsigned i = 0; i < ARRAY_LEN(d->bars); i++, next += 0x10000)
			d->bars[i] = next;
		take_capabilities(d);
		pci_place(d);
		if (has_peer(d->type))
			add_peer(d);
	}
}

void find_devices(void)
{
	find_mmio();
	find_pci();
}
