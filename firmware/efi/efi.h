/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* efi.h - the standard's types, tables, protocols and the GUIDs that name them. */
#ifndef FW_EFI_EFI_H
#define FW_EFI_EFI_H

#include "efi_protocols.h"

extern const EFI_GUID efi_guid_loaded_image, efi_guid_loaded_image_path, efi_guid_device_path,
    efi_guid_block_io, efi_guid_disk_io, efi_guid_file_system, efi_guid_file_info,
    efi_guid_file_system_info, efi_guid_volume_label, efi_guid_load_file, efi_guid_load_file2,
    efi_guid_text_out, efi_guid_text_in, efi_guid_text_in_ex, efi_guid_path_to_text,
    efi_guid_path_utilities, efi_guid_rng, efi_guid_rng_raw, efi_guid_memory_attribute,
    efi_guid_collation, efi_guid_collation2, efi_guid_driver_binding, efi_guid_path_from_text;

/* Configuration tables (4.6), and what names a thing that is no interface. */
extern const EFI_GUID efi_guid_acpi20, efi_guid_smbios, efi_guid_smbios3, efi_guid_dtb,
    efi_guid_rt_properties, efi_guid_memory_attributes, efi_guid_global_variable,
    efi_guid_boot_loader, efi_guid_image_security, efi_guid_virtio_mmio;

/* Event groups (7.1). */
extern const EFI_GUID efi_group_exit_boot, efi_group_before_exit_boot, efi_group_virtual_address,
    efi_group_memory_map, efi_group_ready_to_boot;

static inline bool efi_guid_equal(const EFI_GUID *a, const EFI_GUID *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

#endif
