/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* tree_check.h - what the bindings of a machine's nodes require, and what holds between nodes. */
#ifndef TREE_CHECK_H
#define TREE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree_facts {
	unsigned n_cpus, n_clusters, n_virtio;
	bool has_pci, has_its, has_msi_map;
	uint64_t initrd_bytes, kaslr_seed;
	char bootargs[256];
};

/*
 * Looks at a whole tree. Returns how many faults there are; the first is told in why (or "").
 * ret: of what was found.
 */
unsigned tree_faults(const void *tree, struct tree_facts *ret, char *why, size_t why_size);

/* The i-th property that the rules ask of a kind of node; NULL behind the last. */
const char *tree_rule(size_t i, const char **ret_compatible);

#endif
