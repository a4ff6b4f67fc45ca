/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * memory.h - the one map of physical memory: what the machine handed over, what the firmware gave
 * away since, and what an operating system is told at the end (UEFI 2.10, 7.2). A sorted table of
 * ranges; neighbours of the same type and attributes are one entry, so that it stays short.
 *
 * The map never touches the memory it describes. All zero it is empty. One thread.
 */
#ifndef FW_MEMORY_H
#define FW_MEMORY_H

#include <cairn/env.h>
#include <cairn/err.h>

#define FW_PAGE_BYTES  4096u
#define FW_MEMORY_MAX  1024u /* entries; a host's map of more is refused, an allocation too */
#define FW_ANY_ADDRESS UINT64_MAX

enum fw_memory_type { /* the numbers of UEFI 2.10, table 7-6 */
		      FW_MEM_RESERVED = 0,
		      FW_MEM_LOADER_CODE = 1,
		      FW_MEM_LOADER_DATA = 2,
		      FW_MEM_BOOT_CODE = 3,
		      FW_MEM_BOOT_DATA = 4,
		      FW_MEM_RUNTIME_CODE = 5,
		      FW_MEM_RUNTIME_DATA = 6,
		      FW_MEM_FREE = 7, /* EfiConventionalMemory */
		      FW_MEM_UNUSABLE = 8,
		      FW_MEM_ACPI = 9,
		      FW_MEM_NVS = 10,
		      FW_MEM_MMIO = 11,
		      FW_MEM_MMIO_PORT = 12,
		      FW_MEM_PAL = 13,
		      FW_MEM_PERSISTENT = 14,
		      FW_MEM_UNACCEPTED = 15,
};

#define FW_MEM_ATTR_WB      (UINT64_C(1) << 3)
#define FW_MEM_ATTR_UC      (UINT64_C(1) << 0)
#define FW_MEM_ATTR_RO      (UINT64_C(1) << 17)
#define FW_MEM_ATTR_XP      (UINT64_C(1) << 14)
#define FW_MEM_ATTR_RUNTIME (UINT64_C(1) << 63)

struct fw_memory_entry {
	uint64_t at, pages; /* at is a multiple of FW_PAGE_BYTES; pages > 0; the end fits */
	uint32_t type;      /* enum fw_memory_type, or a loader's own from 0x70000000 */
	bool is_allocated;  /* by fw_memory_alloc(): only that can be freed */
	uint64_t attrs;
};

struct fw_memory {
	struct fw_memory_entry entries[FW_MEMORY_MAX]; /* by address, no overlap */
	uint32_t n;
	uint64_t key; /* differs after each change */
};

/*
 * fw_memory_describe() - what the machine says of a range, while the map is built.
 *
 * Bytes need not be page aligned: RAM (FW_MEM_FREE) shrinks to whole pages, anything else grows to
 * them. Where ranges overlap, what is not RAM wins over RAM, and the earlier over the later. An
 * empty range, or one that ends beyond 2^64, is left out. Returns 0, or -ENOSPC: the table is full.
 */
CAIRN_MUST_USE int fw_memory_describe(struct fw_memory *m, uint64_t at, uint64_t len_bytes,
				      uint32_t type, uint64_t attrs);

/*
 * fw_memory_set_attrs() - other attributes for whole pages of what the map names.
 *
 * Returns 0; -ENOENT: the map does not name all of it; -EINVAL: misaligned, or no pages; -ENOSPC.
 */
CAIRN_MUST_USE int fw_memory_set_attrs(struct fw_memory *m, uint64_t at, uint64_t pages,
				       uint64_t attrs);

enum fw_where { /* UEFI 2.10, 7.2.1, AllocateType */
		FW_WHERE_ANY,
		FW_WHERE_BELOW, /* the last byte is not above the address */
		FW_WHERE_AT,
};

/*
 * fw_memory_alloc() - pages of free memory, never page 0: the highest that do, below 4 GiB if there
 * are such (FW_WHERE_ANY; what a loader makes of an address that is longer is not sure).
 *
 * @type: what they become. @align: a power of two, bytes, >= FW_PAGE_BYTES; for FW_WHERE_AT
 * ignored.
 * @at: see where; aligned for FW_WHERE_AT
 * Returns 0; -ENOMEM: no such range is free, or the table is full; -ENOENT (FW_WHERE_AT): not free
 * there; -EINVAL: no pages, a misaligned address, a type that nobody may allocate (free,
 * persistent, unaccepted, undefined by the standard). O(entries).
 */
CAIRN_MUST_USE int fw_memory_alloc(struct fw_memory *m, enum fw_where where, uint64_t at,
				   uint64_t pages, uint64_t align, uint32_t type, uint64_t *ret_at);

/*
 * Returns 0; -ENOENT: not all of the range was allocated; -EINVAL: misaligned, or no pages;
 * -ENOMEM: the table is full (a part of what was allocated at once). Nothing is freed after a
 * failure.
 */
CAIRN_MUST_USE int fw_memory_free(struct fw_memory *m, uint64_t at, uint64_t pages);

/* The entry that holds the address, or NULL. O(log entries). */
const struct fw_memory_entry *fw_memory_find(const struct fw_memory *m, uint64_t at);

#endif
