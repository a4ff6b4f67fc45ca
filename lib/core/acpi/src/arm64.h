/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#ifndef CAIRN_ACPI_ARM64_INTERNAL_H
#define CAIRN_ACPI_ARM64_INTERNAL_H

#include <cairn/acpi_arm64.h>

#include "tables.h"

#define ACPI_ITS_ID         0 /* in the MADT, and where the IORT refers to it */
#define ACPI_UART_PL011_LEN 0x1000
#define ACPI_UART_16550_LEN 8

static inline uint32_t cairn_acpi_uart_len_(const struct cairn_acpi_uart *u)
{
	return u->kind == CAIRN_ACPI_UART_PL011 ? ACPI_UART_PL011_LEN : ACPI_UART_16550_LEN;
}

/* Of a checked description. */
void cairn_acpi_madt_arm64_(struct acpi_image *im, const struct cairn_acpi_arm64_config *c);
void cairn_acpi_pptt_(struct acpi_image *im, const struct cairn_acpi_arm64_config *c);

#endif
