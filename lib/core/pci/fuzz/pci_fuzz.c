/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Configuration and BAR accesses in any order, as a hostile guest makes them: the bus stays valid,
 * no BAR decodes outside the windows, MSI-X vectors are live exactly when told to be.
 */
#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/pci_root.h>

#define ECAM  UINT64_C(0xb0000000)
#define MEM32 UINT64_C(0xc0000000)
#define MEM64 UINT64_C(0x8000000000)
#define N     3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct machine {
	struct cairn_bus_region mem_array[16], port_array[1];
	struct cairn_bus mem, ports;
	struct cairn_pci_root root;
	struct cairn_pci_func f, g;
	struct cairn_pci_msix msix;
	struct cairn_pci_msix_entry entries[N];
	bool live[N], irq;
};

static enum cairn_io dev_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	if (off >= 0x10000 || len > 0x10000 - off)
		abort();
	*ret_value = off;
	return CAIRN_IO_DONE;
}

static enum cairn_io dev_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	return dev_read(ctx, off, len, &value);
}

static const struct cairn_bus_ops dev_ops = { .read = dev_read, .write = dev_write };

static void changed(void *ctx, uint16_t vector, const struct cairn_pci_msix_entry *e, bool fire)
{
	struct machine *m = ctx;

	if (vector >= N || (fire && !e->live))
		abort();
	m->live[vector] = e->live;
}

static void set_irq(void *ctx, bool high)
{
	if (*(bool *)ctx == high)
		abort();
	*(bool *)ctx = high;
}

static void refresh(void *ctx, uint32_t off, uint32_t len)
{
	struct machine *m = ctx;
	uint8_t byte = (uint8_t)off;

	if (cairn_pci_func_poke(&m->f, 0x60, &byte, 1) < 0)
		abort();
}

static enum cairn_io stored(void *ctx, uint32_t off, uint32_t len)
{
	return CAIRN_IO_DONE;
}

static void must(int rc)
{
	if (rc < 0)
		abort();
}

static void build(struct machine *m)
{
	const struct cairn_pci_ids ids = { .vendor = 0x1af4, .device = 0x1041 };
	const struct cairn_pci_root_config c = { .mem = &m->mem,
						 .mem32 = { MEM32, 0x10000000 },
						 .mem64 = { MEM64, 0x100000000 } };
	const struct cairn_pci_msix_hook hook = { .changed = changed, .ctx = m };
	const struct cairn_pci_config_hook window = { 0x60, 4, refresh, stored, m };
	static const uint8_t body[14], mask[14] = { 0, 0, 0xff, 0xff };
	uint8_t at;

	*m = (struct machine){ 0 };
	must(cairn_bus_init(&m->mem, m->mem_array, 16, UINT64_MAX, 8));
	must(cairn_bus_init(&m->ports, m->port_array, 1, 0xffff, 4));
	must(cairn_pci_root_init(&m->root, &c));
	must(cairn_bus_add(&m->mem,
			   &(struct cairn_bus_region){ ECAM, CAIRN_PCI_ECAM_LEN,
						       &cairn_pci_root_ecam_ops, &m->root }));
	must(cairn_bus_add(&m->ports,
			   &(struct cairn_bus_region){ CAIRN_PCI_PORT, CAIRN_PCI_PORT_LEN,
						       &cairn_pci_root_port_ops, &m->root }));
	must(cairn_pci_msix_init(&m->msix, m->entries, N, 0, 0x800, hook));
	cairn_pci_func_init(&m->f, &ids);
	must(cairn_pci_func_bar(&m->f, 0, 0x10000, CAIRN_PCI_BAR_64, &dev_ops, m));
	must(cairn_pci_func_bar(&m->f, 2, 0x1000, 0, &cairn_pci_msix_bus_ops, &m->msix));
	must(cairn_pci_func_msix(&m->f, &m->msix, 2));
	must(cairn_pci_func_cap(&m->f, CAIRN_PCI_CAP_VENDOR, body, mask, sizeof(body), &at));
	must(cairn_pci_func_hook(&m->f, &window));
	must(cairn_pci_func_intx(&m->f, 1, (struct cairn_line){ set_irq, &m->irq }));
	must(cairn_pci_root_add(&m->root, 1, 0, &m->f));
	cairn_pci_func_init(&m->g, &ids);
	must(cairn_pci_func_bar(&m->g, 5, 0x10000, 0, &dev_ops, m));
	must(cairn_pci_root_add(&m->root, 1, 1, &m->g));
}

static void check_bar(const struct cairn_pci_bar *b)
{
	if (b->mapped == CAIRN_PCI_UNMAPPED)
		return;
	if ((b->mapped < MEM32 || b->mapped + b->size > MEM32 + 0x10000000) &&
	    (b->mapped < MEM64 || b->mapped + b->size > MEM64 + 0x100000000))
		abort();
}

static void check(const struct machine *m)
{
	if (!cairn_bus_is_valid(&m->mem) || !cairn_pci_msix_is_valid(&m->msix))
		abort();
	for (unsigned i = 0; i < N; i++)
		if (m->live[i] != m->entries[i].live)
			abort();
	for (unsigned i = 0; i < CAIRN_PCI_BARS; i++) {
		check_bar(&m->f.bars[i]);
		check_bar(&m->g.bars[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t bases[8] = { ECAM + 0x8000, ECAM + 0x9000,   ECAM,          MEM32,
					   MEM64,         MEM32 + 0x10000, ECAM + 0x8010, 0 };
	static struct machine m;
	struct cairn_reader r;

	build(&m);
	cairn_reader_init(&r, data, size);
	while (cairn_reader_left(&r)) {
		uint8_t op = cairn_reader_u8(&r);
		uint16_t off = cairn_reader_le16(&r);
		uint64_t v = cairn_reader_le64(&r);
		uint8_t *bytes = (uint8_t *)&v;
		uint32_t len = 1u << (op >> 1 & 3);
		enum cairn_io io;

		if ((op & 0xe0) == 0xe0) {
			if (cairn_pci_msix_raise(&m.msix, off) && !m.live[off])
				abort();
			cairn_pci_func_set_intx(&m.f, op & 1);
			continue;
		}
		if ((op & 0xe0) == 0xc0)
			io = cairn_bus_access(&m.ports, CAIRN_PCI_PORT + (off & 7), op & 1, bytes,
					      len);
		else
			io = cairn_bus_access(&m.mem, bases[op >> 3 & 7] + off, op & 1, bytes, len);
		if (io == CAIRN_IO_REMAP)
			cairn_pci_root_remap(&m.root);
		check(&m);
	}
	cairn_pci_root_reset(&m.root);
	check(&m);
	if (m.irq || m.mem.n != 1)
		abort();
	return 0;
}
