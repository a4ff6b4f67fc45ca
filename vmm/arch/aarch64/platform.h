/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* platform.h - the aarch64 machine's own devices, and the device tree that tells of them. */
#ifndef VMM_AARCH64_PLATFORM_H
#define VMM_AARCH64_PLATFORM_H

#include <cairn/fdt.h>
#include <cairn/ids.h>
#include <cairn/serial.h>

#include "board.h"

struct arch {
	struct board board;
	struct cairn_serial serial;
	struct cairn_irq *serial_irq;
};

/* What the loader and chance add to what the machine is. */
struct tree_boot {
	const char *cmdline;
	struct cairn_range initrd; /* len 0: none */
	uint8_t rng_seed[64];
	uint64_t kaslr_seed;
};

/* The whole tree, but its finish. */
void tree_write(struct machine *m, const struct tree_boot *boot, struct cairn_fdt *f);

#endif
