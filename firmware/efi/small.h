/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* small.h - protocols without a device: each installs itself on the handle, or on none yet. */
#ifndef FW_EFI_SMALL_H
#define FW_EFI_SMALL_H

#include "core.h"

EFI_STATUS efi_collation_init(EFI_HANDLE *handle);
EFI_STATUS efi_path_text_init(EFI_HANDLE *handle);
EFI_STATUS efi_path_utilities_init(EFI_HANDLE *handle);
/* Nothing where the machine has no source of randomness. */
EFI_STATUS efi_rng_init(EFI_HANDLE *handle);
EFI_STATUS efi_memory_attribute_init(EFI_HANDLE *handle);

#endif
