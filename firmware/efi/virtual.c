/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Moving into an operating system's address space (UEFI 2.10, 8.4). Runtime code finds itself by
 * its own address, so only pointers that are kept are converted: those of the two tables, and of
 * whoever asked to be told.
 */
#include "core.h"
#include "runtime.h"
#include "services.h"

FW_RT_DATA static struct {
	const uint8_t *map; /* while SetVirtualAddressMap runs; NULL before and after */
	UINTN size, step;
	bool is_done;
} move = { .map = NULL };

#define DEBUG_DISPOSITION_OPTIONAL 1u

/* False: no entry of the map has the address. */
FW_RT_CODE static bool to_virtual(uint64_t at, uint64_t *ret)
{
	for (UINTN off = 0; off + sizeof(EFI_MEMORY_DESCRIPTOR) <= move.size; off += move.step) {
		EFI_MEMORY_DESCRIPTOR d;

		efi_rt_copy(&d, move.map + off, sizeof(d));
		if ((d.Attribute & EFI_MEMORY_RUNTIME) && at >= d.PhysicalStart &&
		    (at - d.PhysicalStart) / 4096 < d.NumberOfPages) {
			*ret = at - d.PhysicalStart + d.VirtualStart;
			return true;
		}
	}
	return false;
}

FW_RT_CODE EFIAPI EFI_STATUS efi_convert_pointer(UINTN disposition, void **address)
{
	uint64_t at;

	if (!move.map)
		return EFI_UNSUPPORTED;
	if (!address)
		return EFI_INVALID_PARAMETER;
	if (!*address)
		return disposition & DEBUG_DISPOSITION_OPTIONAL ? EFI_SUCCESS
								: EFI_INVALID_PARAMETER;
	if (!to_virtual((uintptr_t)*address, &at))
		return EFI_NOT_FOUND;
	*address = (void *)(uintptr_t)at;
	return EFI_SUCCESS;
}

/* Everything behind the header is a pointer (4.5). */
FW_RT_CODE static void convert_services(void)
{
	void **slot = (void **)(void *)((uint8_t *)&efi_rt + sizeof(EFI_TABLE_HEADER));
	UINTN n = (sizeof(efi_rt) - sizeof(EFI_TABLE_HEADER)) / sizeof(*slot);

	for (UINTN i = 0; i < n; i++)
		(void)efi_convert_pointer(DEBUG_DISPOSITION_OPTIONAL, &slot[i]);
}

FW_RT_CODE EFIAPI EFI_STATUS efi_set_virtual_map(UINTN size, UINTN descriptor_size,
						 uint32_t version, EFI_MEMORY_DESCRIPTOR *map)
{
	if (!efi_rt_is_alone || move.is_done)
		return EFI_UNSUPPORTED;
	if (version != EFI_MEMORY_DESCRIPTOR_VERSION || !map ||
	    descriptor_size < sizeof(EFI_MEMORY_DESCRIPTOR) || size % descriptor_size != 0)
		return EFI_INVALID_PARAMETER;
	move.is_done = true;
	move.map = (const uint8_t *)map;
	move.size = size;
	move.step = descriptor_size;
	efi_rt_tell_virtual();
	convert_services();
	efi_rt_convert_store();
	efi_rt_convert_nv();
	efi_rt_convert_machine();
	efi_rt_convert_table();
	move.map = NULL;
	return EFI_SUCCESS;
}
