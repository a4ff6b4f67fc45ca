/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "pci_tree.h"

#include <cairn/le.h>

struct tree tree;

/* The bus that a function answers on, or -1: no bridge on the way forwards to it. */
static int bus_of(int i)
{
	int parent = tree.f[i].parent, above;
	const uint8_t *buses;

	if (parent == TREE_ROOT)
		return tree.platform.n_ecam ? tree.platform.ecam[0].first_bus : 0;
	above = bus_of(parent);
	buses = tree.f[parent].config + 0x18;
	if (above < 0 || buses[0] != above || buses[1] <= above || buses[2] < buses[1])
		return -1;
	/* and every bridge above lets the number through */
	for (int p = tree.f[parent].parent; p != TREE_ROOT; p = tree.f[p].parent)
		if (buses[1] <= tree.f[p].config[0x19] || buses[1] > tree.f[p].config[0x1a])
			return -1;
	return buses[1];
}

static struct tree_function *find(uint32_t bus, uint32_t dev, uint32_t fn)
{
	for (int i = 0; i < tree.n; i++)
		if (tree.f[i].dev == dev && tree.f[i].fn == fn && bus_of(i) == (int)bus)
			return &tree.f[i];
	return NULL;
}

static uint32_t config_read(uint32_t address, uint32_t width)
{
	struct tree_function *f = find(address >> 20, address >> 15 & 31, address >> 12 & 7);
	uint32_t off = address & 0xfff;

	tree.n_accesses++;
	if (!f)
		return UINT32_MAX >> (32 - 8 * width);
	return off < 256 ? (uint32_t)cairn_le_load(f->config + off, width) : 0;
}

static void config_write(uint32_t address, uint32_t width, uint32_t value)
{
	struct tree_function *f = find(address >> 20, address >> 15 & 31, address >> 12 & 7);
	uint32_t off = address & 0xfff;

	tree.n_accesses++;
	for (uint32_t i = 0; f && off < 256 && i < width; i++) {
		uint8_t mask = f->writable[off + i], byte = (uint8_t)(value >> 8 * i);

		f->config[off + i] = (uint8_t)((f->config[off + i] & ~mask) | (byte & mask));
	}
	if (f && off >= 0x10 && off < 0x28 && value == UINT32_MAX)
		tree.command_while_sizing |= (uint16_t)cairn_le_load(f->config + 4, 2);
}

static uint32_t mmio_read(uint64_t at, uint32_t width)
{
	assert_true(at >= TREE_ECAM && at < TREE_ECAM + (UINT64_C(256) << 20));
	return config_read(
	    (uint32_t)(at - TREE_ECAM) + ((uint32_t)tree.platform.ecam[0].first_bus << 20), width);
}

static void mmio_write(uint64_t at, uint32_t width, uint32_t value)
{
	assert_true(at >= TREE_ECAM && at < TREE_ECAM + (UINT64_C(256) << 20));
	config_write((uint32_t)(at - TREE_ECAM) + ((uint32_t)tree.platform.ecam[0].first_bus << 20),
		     width, value);
}

/* Configuration mechanism 1, as an address of ECAM. */
static uint32_t of_cf8(uint16_t port)
{
	uint32_t a = tree.cf8;

	assert_true(a & 0x80000000u);
	return (a >> 16 & 0xff) << 20 | (a >> 11 & 31) << 15 | (a >> 8 & 7) << 12 | (a & 0xfc) |
	       (port & 3u);
}

static uint32_t port_read(uint16_t port, uint32_t width)
{
	return port >= 0xcfc && port + width <= 0xd00 ? config_read(of_cf8(port), width)
						      : UINT32_MAX;
}

static void port_write(uint16_t port, uint32_t width, uint32_t value)
{
	if (port == 0xcf8 && width == 4)
		tree.cf8 = value;
	else if (port >= 0xcfc)
		config_write(of_cf8(port), width, value);
}

void tree_open(bool by_cf8)
{
	memset(&tree, 0, sizeof(tree));
	memset(&fw_platform, 0, sizeof(fw_platform));
	tree.platform.has_cf8 = by_cf8;
	tree.platform.n_ecam = !by_cf8;
	tree.platform.ecam[0] = (struct fw_ecam){
		.at = TREE_ECAM,
		.last_bus = 255,
		.mem32 = { 0xc0000000, 0x10000000 },
		.mem64 = { 0x8000000000, 0x100000000000 },
	};
	test_mmio_read = mmio_read;
	test_mmio_write = mmio_write;
	test_port_read = port_read;
	test_port_write = port_write;
	test_map_device = NULL;
}

int tree_add(int parent, uint8_t dev, uint8_t fn, uint16_t vendor, uint16_t device)
{
	struct tree_function *f = &tree.f[tree.n];

	f->parent = parent;
	f->dev = dev;
	f->fn = fn;
	cairn_le_store(f->config, 2, vendor);
	cairn_le_store(f->config + 2, 2, device);
	cairn_le_store(f->writable + 4, 2, 0x0407);
	return tree.n++;
}

int tree_add_bridge(int parent, uint8_t dev)
{
	int i = tree_add(parent, dev, 0, 0x1b36, 0x000c);
	struct tree_function *f = &tree.f[i];

	f->config[0x0e] = 1;
	f->config[0x0b] = 6;
	f->config[0x0a] = 4;
	f->config[0x24] = f->config[0x26] = 1;
	memset(f->writable + 0x18, 0xff, 3);
	cairn_le_store(f->writable + 0x20, 8, 0xfff0fff0fff0fff0);
	memset(f->writable + 0x28, 0xff, 8);
	return i;
}

void tree_bar(int i, unsigned index, uint64_t mask, uint32_t low, bool is_64)
{
	struct tree_function *f = &tree.f[i];

	cairn_le_store(f->config + 0x10 + 4 * index, 4, low);
	cairn_le_store(f->writable + 0x10 + 4 * index, is_64 ? 8 : 4, mask & ~UINT64_C(15));
}

void tree_set(int i, uint32_t off, uint32_t len, uint64_t value)
{
	cairn_le_store(tree.f[i].config + off, len, value);
}

uint64_t tree_get(int i, uint32_t off, uint32_t len)
{
	return cairn_le_load(tree.f[i].config + off, len);
}

void tree_number(int bridge, uint8_t primary, uint8_t secondary, uint8_t subordinate)
{
	tree.f[bridge].config[0x18] = primary;
	tree.f[bridge].config[0x19] = secondary;
	tree.f[bridge].config[0x1a] = subordinate;
}
