/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_memmap.h - what a guest is told about its physical memory, sorted by address, and the
 * x86_64 map: RAM below and above a hole under 4 GiB, with the legacy area reserved. Also the place
 * of the initial RAM disk in it.
 */
#ifndef CAIRN_LOADER_MEMMAP_H
#define CAIRN_LOADER_MEMMAP_H

#include <cairn/err.h>
#include <cairn/gpa.h>
#include <cairn/ids.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_MEMMAP_MAX 64

enum cairn_memmap_type { /* the numbers of ACPI 6.5, 15.1, which e820 and PVH share */
			 CAIRN_MEMMAP_RAM = 1,
			 CAIRN_MEMMAP_RESERVED = 2,
			 CAIRN_MEMMAP_ACPI = 3,
			 CAIRN_MEMMAP_NVS = 4,
			 CAIRN_MEMMAP_UNUSABLE = 5,
};

struct cairn_memmap_entry {
	cairn_gpa at;
	uint64_t len_bytes; /* > 0; at + len_bytes fits uint64_t */
	enum cairn_memmap_type type;
};

struct cairn_memmap {
	struct cairn_memmap_entry entries[CAIRN_MEMMAP_MAX]; /* by address, no overlap */
	uint32_t n;
};

/*
 * Adds a range. An all-zero map is empty. Returns 0, -EINVAL (length 0, end does not fit), -EEXIST
 * (overlaps an entry), -ENOSPC (full).
 */
CAIRN_MUST_USE int cairn_loader_memmap_add(struct cairn_memmap *map, cairn_gpa at,
					   uint64_t len_bytes, enum cairn_memmap_type type);
/*
 * Gives a part of one RAM entry another type, splitting the entry. Returns 0, -EINVAL (length 0),
 * -EFAULT (not wholly inside one RAM entry), -ENOSPC (full).
 */
CAIRN_MUST_USE int cairn_loader_memmap_carve(struct cairn_memmap *map, cairn_gpa at,
					     uint64_t len_bytes, enum cairn_memmap_type type);
/* The entry that holds the address, or NULL. */
const struct cairn_memmap_entry *cairn_loader_memmap_find(const struct cairn_memmap *map,
							  cairn_gpa at);

struct cairn_x86_memory {
	uint64_t ram_bytes;      /* a multiple of 4 KiB, at least 2 MiB */
	struct cairn_range hole; /* no RAM here; page aligned, inside [2 MiB, 4 GiB] */
	struct cairn_range ecam; /* PCI configuration space, inside the hole; len 0: none */
};

/* How RAM lies around the hole: [0, low_bytes) and [hole end, + high_bytes). */
struct cairn_x86_ram {
	uint64_t low_bytes;
	cairn_gpa high_at;
	uint64_t high_bytes; /* 0: all of it is low */
};

/* Returns 0, or -EINVAL with err->what: a rule above is broken, or the end exceeds 2^52. */
CAIRN_MUST_USE int cairn_loader_x86_ram(const struct cairn_x86_memory *m,
					struct cairn_x86_ram *ret_ram, struct cairn_err *err);
/* The map of such a machine: RAM, the legacy area from 639 KiB to 1 MiB, ECAM. Returns as above. */
CAIRN_MUST_USE int cairn_loader_x86_memmap(const struct cairn_x86_memory *m,
					   struct cairn_memmap *ret_map, struct cairn_err *err);

/*
 * cairn_loader_initrd_place() - the highest page-aligned address for an initial RAM disk.
 *
 * @kernel: not to be touched. @max: highest address that its last byte may have.
 *
 * Returns 0, -EINVAL (empty), or -ENOSPC: no RAM from 1 MiB up has room. Cost O(map entries).
 */
CAIRN_MUST_USE int cairn_loader_initrd_place(const struct cairn_memmap *map,
					     struct cairn_range kernel, uint64_t len_bytes,
					     uint64_t max, cairn_gpa *ret_at,
					     struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
