/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pci_tree.h - configuration space of a tree of functions and bridges, as it would be in hardware
 * that nobody has set up: what is behind a bridge answers on the bus that its registers say.
 */
#ifndef FW_TEST_PCI_TREE_H
#define FW_TEST_PCI_TREE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fw/pci.h>

#include "arch_test.h"

#define TREE_ECAM UINT64_C(0xe0000000)
#define TREE_MAX  140u
#define TREE_ROOT (-1)

struct tree_function {
	int parent; /* index of its bridge, or TREE_ROOT */
	uint8_t dev, fn;
	uint8_t config[256], writable[256];
};

struct tree {
	struct tree_function f[TREE_MAX];
	int n;
	struct fw_platform platform;
	uint32_t n_accesses;
	uint32_t cf8;
	uint16_t command_while_sizing; /* of the function whose BAR was written all ones last */
};

extern struct tree tree;

/* An empty tree, by ECAM with windows, or by CF8. */
void tree_open(bool by_cf8);
/* Return its index. */
int tree_add(int parent, uint8_t dev, uint8_t fn, uint16_t vendor, uint16_t device);
int tree_add_bridge(int parent, uint8_t dev);
/* A BAR that keeps the bits of mask, with the low ones fixed. */
void tree_bar(int f, unsigned index, uint64_t mask, uint32_t low, bool is_64);
void tree_set(int f, uint32_t off, uint32_t len, uint64_t value);
uint64_t tree_get(int f, uint32_t off, uint32_t len);
void tree_number(int bridge, uint8_t primary, uint8_t secondary, uint8_t subordinate);

#endif
