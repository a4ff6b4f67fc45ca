/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* acpi_root.h - the root of ACPI's tables, for the configuration table of ACPI 2.0. */
#ifndef FW_EFI_ACPI_ROOT_H
#define FW_EFI_ACPI_ROOT_H

#include "core.h"

/*
 * Where an RSDP of revision 2 is for the one that was handed over: that one, or one made of it in
 * memory that stays until the operating system takes it. Only what lies in memory is read. Returns
 * EFI_SUCCESS, or EFI_OUT_OF_RESOURCES.
 */
EFI_STATUS efi_acpi_root(uint64_t rsdp_at, uint64_t *ret_at);

#endif
