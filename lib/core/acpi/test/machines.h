/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* machines.h - the machines whose tables the tests look at. */
#ifndef CAIRN_ACPI_TEST_MACHINES_H
#define CAIRN_ACPI_TEST_MACHINES_H

#include <cairn/acpi.h>

#define ACPI_AT    0xe0000
#define N_MACHINES 7

struct machine {
	const char *name;
	struct cairn_acpi_x86_config c;
};

/* i below N_MACHINES. What it points to is static. */
struct machine machine(unsigned i);

#endif
