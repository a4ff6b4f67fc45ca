/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * world.h - a machine in which the firmware's drivers meet the toolkit's own devices: a bus with
 * ECAM, BARs and virtio-mmio slots; RAM that both see at the same addresses; a loop for the
 * devices, which turns after each write to a register and while a driver waits.
 */
#ifndef FW_TEST_WORLD_H
#define FW_TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cairn/pci_root.h>
#include <cairn/virtio_mmio.h>
#include <cairn/virtio_pci.h>

#include <fw/virtio.h>

#include "arch_test.h"

#define WORLD_ECAM  UINT64_C(0xb0000000)
#define WORLD_MEM32 UINT64_C(0xc0000000)
#define WORLD_MEM64 UINT64_C(0x4000000000)
#define WORLD_MMIO  UINT64_C(0xfeb00000)
#define WORLD_SLOTS 4u

/* Allocated now, of fw_platform.memory. */
uint64_t pages_out(void);

struct world {
	struct cairn_loop *loop;
	struct cairn_mapping *mapping;
	struct cairn_memview *view;
	uint8_t *ram; /* for buffers: the firmware's pages are in the upper half */
	uint64_t ram_bytes;
	struct cairn_bus_region regions[32], port_regions[4];
	struct cairn_bus mem, ports;
	struct cairn_pci_root root;
	struct cairn_irq_line line;
	struct {
		struct cairn_virtio_pci pci;
		struct cairn_virtio_mmio mmio;
		bool is_mmio;
	} slots[WORLD_SLOTS];
	uint32_t n_slots;
	struct fw_pci functions[FW_PCI_MAX];
	bool stuck; /* the loop stands still: nothing is ever answered */
};

extern struct world world;

/* RAM, an empty root, fw_platform that describes both. */
void world_open(uint64_t ram_bytes);
/* Every device leaves; then the caller frees them, and closes. */
void world_unplug(void);
void world_close(void);
/* Put a device behind a PCI function at 00:(1 + n).0, or behind registers at WORLD_MMIO + n *
 * 0x200. */
uint32_t world_plug_pci(struct cairn_vdev *d);
uint32_t world_plug_mmio(struct cairn_vdev *d);
/* Enumerate or look there, and probe the device of that slot. */
void world_probe(uint32_t slot, struct fw_virtio *ret);
/* Let the devices work until they have nothing to do. */
void world_turn(void);
/* What test_on_pause is: the same, and time goes on by that much. */
#define WORLD_PAUSE_NS UINT64_C(1000000)
void world_pause(void);

#endif
