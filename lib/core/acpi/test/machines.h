/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* machines.h - the machines whose tables the tests look at. */
#ifndef CAIRN_ACPI_TEST_MACHINES_H
#define CAIRN_ACPI_TEST_MACHINES_H

#include <cairn/acpi_arm64.h>

#define ACPI_AT    0xe0000
#define N_MACHINES 7 /* of x86 */
#define N_ARM64    5
#define N_ALL      (N_MACHINES + N_ARM64)

struct machine {
	const char *name;
	struct cairn_acpi_x86_config c;
};

/* i below N_MACHINES. What it points to is static. */
struct machine machine(unsigned i);
/*
 * i below N_ARM64. What it points to is static. 0: one processor and nothing else; 1: a common one,
 * with PCI, ITS and PL011; 2: GIC of version 2, 16550; 3: 512 processors with redistributors of
 * their own; 4: everything.
 */
struct cairn_acpi_arm64_config arm64_machine(unsigned i);
/* i below N_ALL: those of x86 first. Returns what the library did. */
int write_any(unsigned i, struct cairn_writer *w);

#endif
