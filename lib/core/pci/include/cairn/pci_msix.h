/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pci_msix.h - the MSI-X table and pending bits of a function, as the guest sees them in a BAR.
 *
 * A vector is live when MSI-X is enabled and neither the function mask nor its own mask is set.
 * Whoever delivers interrupts is told each time a vector becomes live, stops being live, or has a
 * new message while live, and delivers a live vector by itself from then on; what happens to one
 * that is not live is reported here and kept as its pending bit, which fires when it becomes live.
 *
 * Threads: one at a time, under the carrier's lock; the hook runs inside. PCIe base 6.0, 7.7.2.
 */
#ifndef CAIRN_PCI_MSIX_H
#define CAIRN_PCI_MSIX_H

#include <cairn/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_PCI_MSIX_MAX   2048
#define CAIRN_PCI_MSIX_ENTRY 16 /* bytes of a vector in the table */

/* One vector. Private by word but for what the hook may read: address, data, live. */
struct cairn_pci_msix_entry {
	uint64_t address; /* of the message */
	uint32_t data;
	bool masked, pending, live;
};

struct cairn_pci_msix_hook {
	/* e->live, address or data of this vector changed; fire: it was pending, deliver one now.
	 */
	void (*changed)(void *ctx, uint16_t vector, const struct cairn_pci_msix_entry *e,
			bool fire);
	/* The guest is about to read the pending bits: report what is not reported. May be NULL. */
	void (*sync)(void *ctx);
	void *ctx;
};

/* Private by word. */
struct cairn_pci_msix {
	struct cairn_pci_msix_entry *entries; /* caller's */
	uint16_t n;
	uint32_t table_at, pba_at; /* in the BAR */
	bool enabled, all_masked;
	struct cairn_pci_msix_hook hook;
};

/*
 * cairn_pci_msix_init() - n vectors, masked, MSI-X disabled.
 *
 * @entries: n of them, outlive *m
 * @table_at, pba_at: where table (16 n bytes) and pending bits (8 bytes per 64 vectors) lie in the
 *                    BAR; multiples of 8, apart from each other
 *
 * Returns 0, or -EINVAL: n is 0 or beyond CAIRN_PCI_MSIX_MAX, no hook.changed, bad places.
 */
CAIRN_MUST_USE int cairn_pci_msix_init(struct cairn_pci_msix *m,
				       struct cairn_pci_msix_entry *entries, uint16_t n,
				       uint32_t table_at, uint32_t pba_at,
				       struct cairn_pci_msix_hook hook);

/* State after init; live vectors are reported as no longer live. */
void cairn_pci_msix_reset(struct cairn_pci_msix *m);

/* First byte behind table and pending bits: the BAR must be this large. */
uint32_t cairn_pci_msix_end(const struct cairn_pci_msix *m);

/*
 * The BAR, ctx being the struct cairn_pci_msix: aligned accesses of 4 and 8 bytes, as the standard
 * asks of drivers; others are CAIRN_IO_BAD. What is neither table nor pending bits reads as 0.
 */
extern const struct cairn_bus_ops cairn_pci_msix_bus_ops;

/*
 * cairn_pci_msix_raise() - an interrupt for a vector.
 *
 * Returns true when it is live: the caller sends the message. False otherwise: when MSI-X is
 * enabled it is pending now, when disabled, or when there is no such vector, nothing happened.
 */
CAIRN_MUST_USE bool cairn_pci_msix_raise(struct cairn_pci_msix *m, uint16_t vector);

/* Takes back a pending bit (the cause is gone). Vectors that do not exist are ignored. */
void cairn_pci_msix_clear(struct cairn_pci_msix *m, uint16_t vector);

static inline bool cairn_pci_msix_is_enabled(const struct cairn_pci_msix *m)
{
	return m->enabled;
}

/* What is called live is what the masks say, and no live vector is pending. O(n). */
bool cairn_pci_msix_is_valid(const struct cairn_pci_msix *m);

#ifdef __cplusplus
}
#endif
#endif
