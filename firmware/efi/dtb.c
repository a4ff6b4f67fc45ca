/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The machine's device tree as a configuration table (UEFI 2.10, 4.6). */
#include <cairn/fdt_chosen.h>
#include <fw/platform.h>

#include "core.h"

/*
 * What an operating system will look at is its own to free: ACPI reclaim memory (2.3.4, 2.3.6). The
 * RAM disk that the machine handed over is the firmware's (fw/secure.h): Linux would take it for
 * its own before the one that a loader has.
 */
EFI_STATUS efi_dtb_init(void)
{
	struct cairn_fdt_chosen chosen = { 0 };
	struct cairn_fdt_reader tree;
	struct cairn_fdt_node n;
	EFI_STATUS status;
	uint64_t need, at;
	size_t len;

	if (cairn_fdt_reader_open(&tree, (const void *)(uintptr_t)fw_platform.fdt.at,
				  fw_platform.fdt.len, NULL) < 0)
		return EFI_SUCCESS;
	if (cairn_fdt_reader_find(&tree, "/chosen", 7, &n))
		chosen.bootargs = cairn_fdt_reader_string(&n, "bootargs");
	need = cairn_fdt_chosen_bytes(&tree, &chosen);
	status = efi_pages_alloc(FW_WHERE_ANY, FW_ANY_ADDRESS,
				 (need + FW_PAGE_BYTES - 1) / FW_PAGE_BYTES, FW_PAGE_BYTES,
				 EfiACPIReclaimMemory, &at);
	if (EFI_ERROR(status))
		return status;
	if (cairn_fdt_chosen_copy(&tree, &chosen, (void *)(uintptr_t)at, need, &len) < 0)
		return EFI_DEVICE_ERROR; /* not with so many bytes */
	return efi_config_table(&efi_guid_dtb, (void *)(uintptr_t)at);
}
