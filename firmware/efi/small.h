/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* small.h - protocols without a device: each installs itself on the handle, or on none yet. */
#ifndef FW_EFI_SMALL_H
#define FW_EFI_SMALL_H

#include "core.h"

/* Names for ACPI's identifiers, of nodes that hold one (10.6.1.3); one without a name ends them. */
struct efi_acpi_name {
	const char *name;
	uint32_t hid;
};
extern const struct efi_acpi_name efi_acpi_names[];

/* Names for nodes of a type that have none of their own (10.6.1.6), and the type. */
struct efi_type_name {
	const char *name;
	uint8_t type;
};
extern const struct efi_type_name efi_type_names[];

EFI_STATUS efi_collation_init(EFI_HANDLE *handle);
EFI_STATUS efi_path_text_init(EFI_HANDLE *handle);
EFI_STATUS efi_path_parse_init(EFI_HANDLE *handle);
EFI_STATUS efi_path_utilities_init(EFI_HANDLE *handle);
/* Nothing where the machine has no source of randomness. */
EFI_STATUS efi_rng_init(EFI_HANDLE *handle);
EFI_STATUS efi_memory_attribute_init(EFI_HANDLE *handle);

#endif
