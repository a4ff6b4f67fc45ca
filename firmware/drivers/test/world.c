/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "world.h"

#include <fw/clock.h>
#include <fw/platform.h>

struct world world;

uint64_t pages_out(void)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < fw_platform.memory.n; i++)
		if (fw_platform.memory.entries[i].is_allocated)
			n += fw_platform.memory.entries[i].pages;
	return n;
}

static int line_set(struct cairn_irq_line *l, bool high)
{
	return 0;
}

static void line_put(struct cairn_irq_line *l)
{
}

static const struct cairn_irq_line_ops line_ops = { .set = line_set, .put = line_put };

void world_turn(void)
{
	int quiet = 0;

	while (!world.stuck && quiet < 2)
		quiet = cairn_loop_dispatch(world.loop, 0) > 0 ? 0 : quiet + 1;
}

void world_pause(void)
{
	test_ticks += WORLD_PAUSE_NS;
	world_turn();
}

static uint32_t mmio_read(uint64_t at, uint32_t width)
{
	uint64_t v;

	assert_int_equal(at % width, 0);
	cairn_bus_read(&world.mem, at, width, &v);
	return (uint32_t)v;
}

static void mmio_write(uint64_t at, uint32_t width, uint32_t value)
{
	assert_int_equal(at % width, 0);
	if (cairn_bus_write(&world.mem, at, width, value) == CAIRN_IO_REMAP)
		cairn_pci_root_remap(&world.root);
	world_turn();
}

static uint32_t port_read(uint16_t port, uint32_t width)
{
	uint64_t v;

	cairn_bus_read(&world.ports, port, width, &v);
	return (uint32_t)v;
}

static void port_write(uint16_t port, uint32_t width, uint32_t value)
{
	if (cairn_bus_write(&world.ports, port, width, value) == CAIRN_IO_REMAP)
		cairn_pci_root_remap(&world.root);
}

static void open_bus(void)
{
	const struct cairn_pci_root_config c = {
		.mem = &world.mem,
		.mem32 = { WORLD_MEM32, 0x1000000 },
		.mem64 = { WORLD_MEM64, 0x1000000 },
		.bridge = { .vendor = 0x8086, .device = 0x0d57 },
	};
	const struct cairn_bus_region ecam = { .base = WORLD_ECAM,
					       .len = CAIRN_PCI_ECAM_LEN,
					       .ops = &cairn_pci_root_ecam_ops,
					       .ctx = &world.root };
	const struct cairn_bus_region cf8 = { .base = CAIRN_PCI_PORT,
					      .len = CAIRN_PCI_PORT_LEN,
					      .ops = &cairn_pci_root_port_ops,
					      .ctx = &world.root };

	assert_int_equal(cairn_bus_init(&world.mem, world.regions, CAIRN_ARRAY_LEN(world.regions),
					CAIRN_BUS_MEM_LAST, CAIRN_BUS_MEM_MAX_LEN),
			 0);
	assert_int_equal(cairn_bus_init(&world.ports, world.port_regions,
					CAIRN_ARRAY_LEN(world.port_regions), CAIRN_BUS_PORT_LAST,
					CAIRN_BUS_PORT_MAX_LEN),
			 0);
	assert_int_equal(cairn_pci_root_init(&world.root, &c), 0);
	assert_int_equal(cairn_bus_add(&world.mem, &ecam), 0);
	assert_int_equal(cairn_bus_add(&world.ports, &cf8), 0);
}

static void describe(void)
{
	uint64_t half = world.ram_bytes / 2;

	memset(&fw_platform, 0, sizeof(fw_platform));
	fw_platform.n_ecam = 1;
	fw_platform.ecam[0] = (struct fw_ecam){ .at = WORLD_ECAM };
	assert_int_equal(fw_memory_describe(&fw_platform.memory,
					    (uint64_t)(uintptr_t)world.ram + half, half,
					    FW_MEM_FREE, FW_MEM_ATTR_WB),
			 0);
}

void world_open(uint64_t ram_bytes)
{
	struct cairn_memview_part part = { .len_bytes = ram_bytes };

	memset(&world, 0, sizeof(world));
	world.ram_bytes = ram_bytes;
	world.line.ops = &line_ops;
	assert_int_equal(cairn_loop_new(&world.loop), 0);
	assert_int_equal(cairn_mapping_new(ram_bytes, &world.mapping, NULL), 0);
	world.ram = cairn_mapping_host(world.mapping);
	part.mapping = world.mapping;
	part.at = cairn_gpa_of((uint64_t)(uintptr_t)world.ram);
	assert_int_equal(cairn_memview_new(&part, 1, &world.view, NULL), 0);
	open_bus();
	describe();
	test_ticks = 0;
	fw_clock_start();
	test_mmio_read = mmio_read;
	test_mmio_write = mmio_write;
	test_port_read = port_read;
	test_port_write = port_write;
	test_on_pause = world_pause;
}

static void on_unplugged(struct cairn_carrier_call *call, int status)
{
	assert_int_equal(status, 0);
	call->done = NULL;
}

static void unplug(struct cairn_carrier *c)
{
	struct cairn_carrier_call call = { .done = on_unplugged };

	assert_int_equal(cairn_carrier_unplug(c, CAIRN_VQ_CANCEL, &call), 0);
	while (call.done)
		assert_true(cairn_loop_dispatch(world.loop, 1000) >= 0);
}

void world_unplug(void)
{
	world.stuck = false;
	for (uint32_t i = 0; i < world.n_slots; i++) {
		if (world.slots[i].is_mmio) {
			unplug(&world.slots[i].mmio.carrier);
			cairn_virtio_mmio_fini(&world.slots[i].mmio);
		} else {
			unplug(&world.slots[i].pci.carrier);
			cairn_virtio_pci_fini(&world.slots[i].pci);
		}
	}
	world.n_slots = 0;
}

void world_close(void)
{
	cairn_memview_put(world.view);
	cairn_mapping_put(world.mapping);
	cairn_loop_free(world.loop);
	test_mmio_read = NULL;
	test_mmio_write = NULL;
	test_port_read = NULL;
	test_port_write = NULL;
	test_on_pause = NULL;
}

uint32_t world_plug_pci(struct cairn_vdev *d)
{
	uint32_t i = world.n_slots++;
	const struct cairn_virtio_pci_desc desc = {
		.vdev = d,
		.view = world.view,
		.intx = &world.line,
		.intx_pin = 1,
	};

	assert_int_equal(cairn_virtio_pci_init(&world.slots[i].pci, &desc), 0);
	assert_int_equal(cairn_pci_root_add(&world.root, 1 + i, 0, &world.slots[i].pci.func), 0);
	cairn_carrier_interrupt(&world.slots[i].pci.carrier, true);
	return i;
}

uint32_t world_plug_mmio(struct cairn_vdev *d)
{
	uint32_t i = world.n_slots++;
	const struct cairn_virtio_mmio_desc desc = {
		.vdev = d,
		.view = world.view,
		.line = &world.line,
		.base = WORLD_MMIO + i * CAIRN_VIRTIO_MMIO_LEN,
	};
	const struct cairn_bus_region region = { .base = desc.base,
						 .len = CAIRN_VIRTIO_MMIO_LEN,
						 .ops = &cairn_virtio_mmio_bus_ops,
						 .ctx = &world.slots[i].mmio };

	world.slots[i].is_mmio = true;
	assert_int_equal(cairn_virtio_mmio_init(&world.slots[i].mmio, &desc), 0);
	assert_int_equal(cairn_bus_add(&world.mem, &region), 0);
	cairn_carrier_interrupt(&world.slots[i].mmio.carrier, true);
	return i;
}

void world_probe(uint32_t slot, struct fw_virtio *ret)
{
	uint32_t n;

	if (world.slots[slot].is_mmio) {
		assert_int_equal(
		    fw_virtio_probe_mmio(ret, WORLD_MMIO + slot * CAIRN_VIRTIO_MMIO_LEN, NULL), 0);
		return;
	}
	n = fw_pci_enumerate(&fw_platform, world.functions, FW_PCI_MAX);
	assert_int_equal(n, 1 + world.n_slots);
	assert_int_equal(fw_virtio_probe_pci(ret, &world.functions[1 + slot], NULL), 0);
}
