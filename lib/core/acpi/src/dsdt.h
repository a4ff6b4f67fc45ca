/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#ifndef CAIRN_ACPI_DSDT_H
#define CAIRN_ACPI_DSDT_H

#include <cairn/acpi_arm64.h>

#define ACPI_S5_TYPE 5 /* SLP_TYP of soft off, in \_S5 and in the sleep control register */

/* The body of the DSDT, of a checked description. False when a term did not fit its length. */
CAIRN_MUST_USE bool cairn_acpi_dsdt_x86_(struct cairn_writer *w,
					 const struct cairn_acpi_x86_config *c);
CAIRN_MUST_USE bool cairn_acpi_dsdt_arm64_(struct cairn_writer *w,
					   const struct cairn_acpi_arm64_config *c);

#endif
