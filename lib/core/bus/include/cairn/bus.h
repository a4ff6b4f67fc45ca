/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * bus.h - an address space (I/O ports, or memory-mapped registers) and the devices in it.
 *
 * Regions live in the caller's array, sorted and disjoint. One access reaches one device, wholly,
 * or none: 1, 2, 4 or 8 bytes that all lie in one region. What a device is asked is therefore
 * always inside its region; the device checks only which sizes it does.
 *
 * Threads: the bus has no lock. Any number of threads may access at once while none adds, removes
 * or moves: the caller holds a reader/writer lock, shared across the whole access (so that a device
 * that has left the bus is no longer being called), exclusive for changes. A device that several
 * threads can reach brings its own lock.
 *
 * An access may ask for a change of the bus itself (a write that moves a PCI BAR). It cannot make
 * the change, the lock being held shared: it returns CAIRN_IO_REMAP, and the caller applies the
 * change after dropping the lock and taking it exclusively, before the access is completed.
 */
#ifndef CAIRN_BUS_H
#define CAIRN_BUS_H

#include <cairn/env.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What came of an access. None of these is an error of the program. */
enum cairn_io {
	CAIRN_IO_DONE,
	CAIRN_IO_UNCLAIMED, /* nobody is there: reads give all ones, writes are lost */
	CAIRN_IO_BAD,       /* a size the place does not do, or across a border; the same effect */
	CAIRN_IO_REMAP,     /* done, and the map of this bus or another must now be changed */
};

/*
 * What a device does with an access. len is 1, 2, 4 or 8 and [off, off + len) lies in the region.
 * Returns CAIRN_IO_DONE, CAIRN_IO_REMAP, or CAIRN_IO_BAD (nothing happened, *ret_value is ignored).
 * Little-endian: the byte at off is the lowest of the value.
 */
struct cairn_bus_ops {
	enum cairn_io (*read)(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value);
	enum cairn_io (*write)(void *ctx, uint64_t off, uint32_t len, uint64_t value);
};

struct cairn_bus_region {
	uint64_t base, len; /* first address, bytes */
	const struct cairn_bus_ops *ops;
	void *ctx; /* outlives its stay on the bus */
};

/* Private by word: touched only through the functions below. */
struct cairn_bus {
	struct cairn_bus_region *regions; /* caller's, cap entries; the first n sorted by base */
	size_t n, cap;
	uint64_t last;    /* highest address */
	uint32_t max_len; /* widest access, bytes */
};

/* Values for cairn_bus_init(): the two address spaces of x86. */
#define CAIRN_BUS_PORT_LAST    UINT64_C(0xffff)
#define CAIRN_BUS_PORT_MAX_LEN 4u
#define CAIRN_BUS_MEM_LAST     UINT64_MAX
#define CAIRN_BUS_MEM_MAX_LEN  8u

/*
 * cairn_bus_init() - an empty bus.
 *
 * @array, cap: room for cap regions; outlives the bus
 * @last: highest address. @max_len: widest access in bytes (1, 2, 4 or 8); wider ones are BAD
 *
 * Returns 0, or -EINVAL: max_len is not one of these.
 */
CAIRN_MUST_USE int cairn_bus_init(struct cairn_bus *bus, struct cairn_bus_region *array, size_t cap,
				  uint64_t last, uint32_t max_len);

/*
 * cairn_bus_add() - put a region on the bus; *region is copied.
 *
 * Returns 0, -EINVAL (len 0, beyond the last address, ops or one of its functions missing),
 * -EEXIST (overlaps a region), -ENOSPC (array full). On failure nothing changed. Cost O(n).
 */
CAIRN_MUST_USE int cairn_bus_add(struct cairn_bus *bus, const struct cairn_bus_region *region);

/* Takes away the region that starts at base. Returns 0, or -ENOENT: none does. Cost O(n). */
CAIRN_MUST_USE int cairn_bus_remove(struct cairn_bus *bus, uint64_t base);

/*
 * cairn_bus_move() - the region that starts at `from` starts at `to` now.
 *
 * Returns 0, -ENOENT (none starts at from), -EINVAL (would end beyond the last address), -EEXIST
 * (would overlap another). On failure the region stays where it was. Cost O(n).
 */
CAIRN_MUST_USE int cairn_bus_move(struct cairn_bus *bus, uint64_t from, uint64_t to);

/*
 * cairn_bus_read() - len bytes at addr into *ret_value, zero-extended.
 *
 * Returns what came of it; unless DONE or REMAP *ret_value is all ones in len bytes (in 8 when len
 * is no size of an access). addr and len may be anything. Cost O(log n) and the device.
 */
enum cairn_io cairn_bus_read(const struct cairn_bus *bus, uint64_t addr, uint32_t len,
			     uint64_t *ret_value);

/* Writes the low len bytes of value at addr. Returns what came of it. Cost as cairn_bus_read(). */
enum cairn_io cairn_bus_write(const struct cairn_bus *bus, uint64_t addr, uint32_t len,
			      uint64_t value);

/*
 * cairn_bus_access() - the two above on bytes in the guest's order, as hypervisors hand them over.
 *
 * @data: len bytes, read or filled; at least 1 and at most 8 of them are touched. A len that is no
 * size of an access touches none and is BAD.
 */
enum cairn_io cairn_bus_access(const struct cairn_bus *bus, uint64_t addr, bool is_write,
			       uint8_t *data, uint32_t len);

/* The regions are sorted, disjoint, and inside the space. For tests, fuzzing and proofs. O(n). */
bool cairn_bus_is_valid(const struct cairn_bus *bus);

#ifdef __cplusplus
}
#endif
#endif
