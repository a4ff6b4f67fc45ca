/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#ifndef CAIRN_ACPI_ARM64_INTERNAL_H
#define CAIRN_ACPI_ARM64_INTERNAL_H

#include <cairn/acpi_arm64.h>

#include "tables.h"

#define ACPI_ITS_ID         0 /* in the MADT, and where the IORT refers to it */
#define ACPI_UART_PL011_LEN 0x1000
#define ACPI_UART_16550_LEN 8

/* Of a checked description. */
void cairn_acpi_madt_arm64_(struct acpi_image *im, const struct cairn_acpi_arm64_config *c);
void cairn_acpi_pptt_(struct acpi_image *im, const struct cairn_acpi_arm64_config *c);

#endif
