/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pci.h - one PCI function, device side: configuration space, BARs, capabilities, INTx, MSI-X.
 *
 * Configuration space is an image of 256 bytes with a mask of the bits that the guest may write.
 * Order: init, then BARs, capabilities, INTx, MSI-X; then cairn_pci_root_add(), which gives the
 * BARs addresses and keeps the image to come back to at reset; from then on accesses.
 *
 * A write that changes where a BAR decodes returns CAIRN_IO_REMAP; cairn_pci_root_remap() then
 * brings the bus in line. Threads: one at a time, under the lock that covers the whole root; hooks
 * run inside. PCI local bus 3.0, chapter 6; PCIe base 6.0, 7.5.1 (type 0 header).
 */
#ifndef CAIRN_PCI_H
#define CAIRN_PCI_H

#include <cairn/bus.h>
#include <cairn/hooks.h>
#include <cairn/pci_msix.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_PCI_CONFIG_LEN 256
#define CAIRN_PCI_BARS       6
#define CAIRN_PCI_UNMAPPED   UINT64_MAX

enum {
	CAIRN_PCI_CAP_VENDOR = 0x09, /* what virtio's capabilities are */
	CAIRN_PCI_CAP_MSIX = 0x11,
};

struct cairn_pci_ids {
	uint16_t vendor, device;
	uint16_t sub_vendor, sub_device;
	uint32_t class_code; /* base class << 16 | sub class << 8 | interface */
	uint8_t revision;
};

struct cairn_pci_window {
	uint64_t base, len; /* len 0: there is none */
};

enum {
	CAIRN_PCI_BAR_64 = 1u << 0, /* takes the next index too */
	CAIRN_PCI_BAR_PREFETCH = 1u << 1,
};

struct cairn_pci_bar {
	uint64_t size; /* power of two; 0: there is none */
	uint32_t flags;
	const struct cairn_bus_ops *ops;
	void *ctx;
	uint64_t mapped; /* where it is on the bus now, or CAIRN_PCI_UNMAPPED */
};

/* Bytes of configuration space with a meaning of their own, such as a window into a BAR. */
struct cairn_pci_config_hook {
	uint16_t off, len; /* len 0: there is none */
	/* [off, off + len) of the bytes above is about to be read: cairn_pci_func_poke() them. */
	void (*refresh)(void *ctx, uint32_t off, uint32_t len);
	/* It was written, by the mask: read it with cairn_pci_func_peek(). DONE or REMAP. */
	enum cairn_io (*stored)(void *ctx, uint32_t off, uint32_t len);
	void *ctx;
};

/*
 * What a device that other threads reach too needs of its function. enter and leave are a lock of
 * the device's: called around each use of MSI-X and INTx state by configuration accesses and reset,
 * so that the device's own threads may use cairn_pci_func_set_intx() and the MSI-X calls under it.
 * Not held while a config hook runs.
 */
struct cairn_pci_owner {
	void (*enter)(void *ctx); /* NULL, with leave: no lock */
	void (*leave)(void *ctx);
	/* A BAR is on the bus at this address now, or at none: CAIRN_PCI_UNMAPPED. From
	 * cairn_pci_root_remap(), outside the lock. NULL: no interest. */
	void (*mapped)(void *ctx, unsigned bar, uint64_t address);
	void *ctx;
};

/* Private by word. */
struct cairn_pci_func {
	uint8_t config[CAIRN_PCI_CONFIG_LEN];
	uint8_t writable[CAIRN_PCI_CONFIG_LEN]; /* bits that the guest may change */
	uint8_t initial[CAIRN_PCI_CONFIG_LEN];  /* at reset */
	struct cairn_pci_bar bars[CAIRN_PCI_BARS];
	struct cairn_pci_window windows[2]; /* where BARs may decode: below and above 4 GiB */
	struct cairn_pci_config_hook hook;
	struct cairn_pci_owner owner;
	struct cairn_pci_msix *msix;
	struct cairn_line intx;
	bool intx_asserted; /* by the device */
	bool intx_high;     /* on the line */
	bool is_added;
	uint8_t msix_at;  /* of the capability */
	uint8_t last_cap; /* of the list, 0 while empty */
	uint16_t cap_end; /* first byte free for capabilities */
};

/* An empty function: no BAR, no capability, no interrupt. */
void cairn_pci_func_init(struct cairn_pci_func *f, const struct cairn_pci_ids *ids);

/*
 * cairn_pci_func_bar() - a memory BAR.
 *
 * @index: 0 to 5; CAIRN_PCI_BAR_64 takes index + 1 too
 * @size: bytes, a power of two from 16; up to 2 GiB, with CAIRN_PCI_BAR_64 up to 2^62
 * @ops, ctx: who answers accesses, offsets counted from the BAR's start
 *
 * Returns 0, or -EINVAL: one of these is not so, the index is taken, or the function is added.
 */
CAIRN_MUST_USE int cairn_pci_func_bar(struct cairn_pci_func *f, unsigned index, uint64_t size,
				      uint32_t flags, const struct cairn_bus_ops *ops, void *ctx);

/*
 * cairn_pci_func_cap() - a capability, at the next multiple of four.
 *
 * @body: len bytes behind the two of the list (identifier and next)
 * @writable: len bytes, bits set where the guest may write; NULL: nowhere
 *
 * Returns 0 (and where it is), -ENOSPC (no room left), -EINVAL (the function is added).
 */
CAIRN_MUST_USE int cairn_pci_func_cap(struct cairn_pci_func *f, uint8_t id, const uint8_t *body,
				      const uint8_t *writable, size_t len, uint8_t *ret_off);

/*
 * cairn_pci_func_msix() - MSI-X: the capability, for the table in BAR `bar`, whose ops and context
 * are cairn_pci_msix_bus_ops and m, or pass accesses on to them. m outlives the function.
 * Returns as cairn_pci_func_cap(), and -EINVAL when the BAR is missing or too small.
 */
CAIRN_MUST_USE int cairn_pci_func_msix(struct cairn_pci_func *f, struct cairn_pci_msix *m,
				       unsigned bar);

/* A legacy interrupt: pin 1 (INTA) to 4, and the level it drives. -EINVAL: other pin, or added. */
CAIRN_MUST_USE int cairn_pci_func_intx(struct cairn_pci_func *f, uint8_t pin,
				       struct cairn_line line);

/*
 * The device asserts its legacy interrupt, or not. The status bit shows it; the line follows unless
 * the driver has disabled INTx or enabled MSI-X.
 */
void cairn_pci_func_set_intx(struct cairn_pci_func *f, bool asserted);

/* One range with a hook. -EINVAL: outside capabilities (below 0x40 or beyond the end), or added. */
CAIRN_MUST_USE int cairn_pci_func_hook(struct cairn_pci_func *f,
				       const struct cairn_pci_config_hook *hook);

/* Who is told, and locks. Before the function is added: -EINVAL later, or enter without leave. */
CAIRN_MUST_USE int cairn_pci_func_own(struct cairn_pci_func *f,
				      const struct cairn_pci_owner *owner);

/*
 * Accesses of 1, 2 or 4 bytes at any alignment. Reads give *ret_value zero-extended.
 * Return CAIRN_IO_DONE, CAIRN_IO_REMAP (the caller applies it), or CAIRN_IO_BAD: another size, or
 * beyond the 256 bytes; reads are then all ones of len bytes, writes are lost. Cost O(1), but
 * O(vectors) when MSI-X is switched.
 */
enum cairn_io cairn_pci_func_read(struct cairn_pci_func *f, uint32_t off, uint32_t len,
				  uint32_t *ret_value);
enum cairn_io cairn_pci_func_write(struct cairn_pci_func *f, uint32_t off, uint32_t len,
				   uint32_t value);

/*
 * The device's own access to bytes of its capabilities (0x40 and up), whatever the mask.
 * -EINVAL: outside them.
 */
CAIRN_MUST_USE int cairn_pci_func_poke(struct cairn_pci_func *f, uint32_t off, const uint8_t *src,
				       uint32_t len);
CAIRN_MUST_USE int cairn_pci_func_peek(const struct cairn_pci_func *f, uint32_t off, uint8_t *dst,
				       uint32_t len);

/* The driver lets the device reach memory (bus master enable). */
bool cairn_pci_func_is_master(const struct cairn_pci_func *f);

/* Where the BAR is to decode now: CAIRN_PCI_UNMAPPED when off, or outside the root's windows. */
uint64_t cairn_pci_func_bar_address(const struct cairn_pci_func *f, unsigned index);

/* Configuration as it was when added, MSI-X and INTx off. BARs stay mapped until the next remap. */
void cairn_pci_func_reset(struct cairn_pci_func *f);

#ifdef __cplusplus
}
#endif
#endif
