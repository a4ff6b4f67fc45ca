/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tables.h - four levels of page tables, one to one, whatever an architecture's entries look like.
 *
 * What an architecture shows is `fw_tables`, filled before the first call. Memory is mapped in the
 * largest pages that fit. A page that is changed in part is split; nothing is ever joined, and
 * tables are not given back. tables.c has fw_arch_map_device() and fw_arch_protect().
 */
#ifndef FW_TABLES_H
#define FW_TABLES_H

#include <fw/arch.h>

#define FW_TABLES_PAGE UINT64_C(4096)

enum { FW_TABLES_ENTRIES = 512, FW_TABLES_TOP = 4 };

struct fw_tables {
	uint64_t *top;
	uint64_t limit;    /* of addresses, exclusive */
	int largest;       /* level of the largest page: 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB */
	uint64_t present;  /* the bit of an entry that is there */
	uint64_t kind;     /* the bit that says table or page, above level 1 … */
	uint64_t table;    /* … and what it is in an entry that leads to a table */
	uint64_t to_table; /* all bits of such an entry */
	uint64_t small;    /* what pages have at level 1, … */
	uint64_t large;    /* … and above it */
	uint64_t device;   /* flags of registers */
	uint64_t (*flags_of)(enum fw_prot prot);
	uint64_t *(*new_table)(void); /* zeroed and mapped, or NULL */
	void (*set)(uint64_t *entry, uint64_t value);
	void (*flush)(void);
};
extern struct fw_tables fw_tables;

/* Whole pages that hold the range; flags 0: they are absent. Returns 0, -ENOMEM, -EINVAL. */
CAIRN_MUST_USE int fw_tables_map(uint64_t at, uint64_t len, uint64_t flags);
/* Whether every byte is mapped. */
bool fw_tables_has(uint64_t at, uint64_t len);
/* All RAM of the memory map from an address on, which may change meanwhile. */
CAIRN_MUST_USE int fw_tables_map_ram(uint64_t from);
/* The firmware's own image, W^X, without the page below its stack. */
CAIRN_MUST_USE int fw_tables_protect_image(void);

#endif
