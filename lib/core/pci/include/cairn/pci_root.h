/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pci_root.h - a PCI root complex with one bus: up to 32 devices of up to 8 functions, reached by
 * ECAM and by ports 0xcf8 and 0xcfc, and a host bridge at 00.0.
 *
 * BARs get their addresses when a function is added, so that a guest without firmware finds them
 * assigned; decoding is off until the guest switches it on. A guest may move BARs anywhere inside
 * the root's windows; one that lies elsewhere, or upon another device, decodes nowhere.
 *
 * Threads: one at a time, under one lock of the caller's for root and functions. Where an access
 * returned CAIRN_IO_REMAP, cairn_pci_root_remap() is called with the memory bus held exclusively.
 * PCI Firmware 3.3, 4.1 (ECAM); PCI local bus 3.0, 3.2.2.3.2 (configuration mechanism 1).
 */
#ifndef CAIRN_PCI_ROOT_H
#define CAIRN_PCI_ROOT_H

#include <cairn/ids.h>
#include <cairn/pci.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_PCI_SLOTS      256 /* device << 3 | function */
#define CAIRN_PCI_MAX_RANGES 192 /* BARs per window */
#define CAIRN_PCI_ECAM_LEN   (UINT64_C(1) << 20)
#define CAIRN_PCI_PORT       0xcf8
#define CAIRN_PCI_PORT_LEN   8

struct cairn_pci_root_config {
	struct cairn_bus *mem;                /* where BARs appear; outlives the root */
	struct cairn_pci_window mem32, mem64; /* below and above 4 GiB; the latter may be empty */
	struct cairn_pci_ids bridge;          /* identity of 00.0; its class is set here */
	const struct cairn_bus_ops *cf9;      /* byte accesses to 0xcf9, or NULL: nobody */
	void *cf9_ctx;
};

/* Private by word. */
struct cairn_pci_root {
	struct cairn_pci_func *funcs[CAIRN_PCI_SLOTS];
	struct cairn_pci_func bridge;
	struct cairn_bus *mem;
	struct cairn_pci_window windows[2];
	struct cairn_range taken[2][CAIRN_PCI_MAX_RANGES];
	struct cairn_ranges ranges[2]; /* addresses given at start, per window */
	const struct cairn_bus_ops *cf9;
	void *cf9_ctx;
	uint32_t address; /* as written to 0xcf8 */
};

/* A root with its host bridge. Returns 0, or -EINVAL: windows misplaced, overflowing, no mem. */
CAIRN_MUST_USE int cairn_pci_root_init(struct cairn_pci_root *r,
				       const struct cairn_pci_root_config *c);

/*
 * cairn_pci_root_add() - a function at device (1 to 31; 0 is the bridge) and function (0 to 7).
 *
 * Its BARs get addresses: 64-bit ones above 4 GiB where there is such a window, aligned to their
 * size. Functions 1 to 7 need function 0 before them. f outlives its stay.
 *
 * Returns 0, -EINVAL (no such slot, no function 0, added already), -EEXIST (taken), -ENOSPC (a
 * window is full). On failure nothing changed. Cost O(BARs).
 */
CAIRN_MUST_USE int cairn_pci_root_add(struct cairn_pci_root *r, unsigned device, unsigned function,
				      struct cairn_pci_func *f);

/*
 * cairn_pci_root_remap() - bring the memory bus in line with every BAR.
 *
 * A BAR that the bus refuses, because it overlaps something, stays off the bus and is tried again
 * at the next call. Returns the number of such. The bus is held exclusively. O(functions * n).
 */
unsigned cairn_pci_root_remap(struct cairn_pci_root *r);

/* Every function as it was when added, no BAR decoding; also remaps. The bus is held exclusively.
 */
void cairn_pci_root_reset(struct cairn_pci_root *r);

/*
 * ctx is the struct cairn_pci_root. ECAM: a memory region of CAIRN_PCI_ECAM_LEN bytes or a multiple
 * (buses but the first are empty). Ports: CAIRN_PCI_PORT_LEN bytes at CAIRN_PCI_PORT. Functions
 * that are not there read as all ones.
 */
extern const struct cairn_bus_ops cairn_pci_root_ecam_ops;
extern const struct cairn_bus_ops cairn_pci_root_port_ops;

#ifdef __cplusplus
}
#endif
#endif
