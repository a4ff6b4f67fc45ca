/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * fdt_chosen.h - a copy of a device tree that somebody else wrote, with what /chosen tells a Linux
 * kernel: its options and its initial RAM disk. Everything else stays as it is, and where it is
 * missing /chosen is put in. Pure.
 *
 * Devicetree Specification 0.4: 3.6 (/chosen), 5 (the format); Linux's
 * Documentation/devicetree/usage-model.rst, 2.3.
 */
#ifndef CAIRN_FDT_CHOSEN_H
#define CAIRN_FDT_CHOSEN_H

#include <cairn/fdt_reader.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_fdt_chosen {
	const char *bootargs;  /* NULL: none */
	uint64_t initrd_at;    /* whole: the range does not wrap */
	uint64_t initrd_bytes; /* 0: none */
};

/*
 * How many bytes are enough for the copy: the tree's, the length of the options and 256; of a tree
 * whose blocks overlap, which nobody makes, up to three times the tree's. O(length of the tree).
 */
uint64_t cairn_fdt_chosen_bytes(const struct cairn_fdt_reader *r, const struct cairn_fdt_chosen *c);

/*
 * cairn_fdt_chosen_copy() - the tree anew, of version 17. What /chosen said of options and initial
 * RAM disk before is not in it, also where there are none now.
 *
 * @dst: of any alignment; not the tree itself
 *
 * Returns 0, or -ENOSPC: cap is less than cairn_fdt_chosen_bytes(), and nothing is written.
 * O(length of the tree).
 */
CAIRN_MUST_USE int cairn_fdt_chosen_copy(const struct cairn_fdt_reader *r,
					 const struct cairn_fdt_chosen *c, void *dst, size_t cap,
					 size_t *ret_len);

#ifdef __cplusplus
}
#endif
#endif
