/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The root of ACPI's tables as UEFI has it (UEFI 2.10, 4.6; ACPI 6.5, 5.2.5.3, 5.2.8): of revision
 * 2, with 64-bit addresses. A machine that hands over the first revision gets both made of its own
 * list; the tables themselves stay where they are.
 */
#include <cairn/le.h>
#include <fw/arch.h>

#include "acpi_root.h"

enum {
	HEADER_BYTES = 36,
	RSDP_BYTES = 36,
	RSDP_ROOM = 48, /* the list behind it begins at a multiple of 8 */
	RSDP_V1_BYTES = 20,
	ENTRIES_MAX = 64,
	AT_CHECKSUM = 8, /* in the RSDP */
	AT_REVISION = 15,
	AT_RSDT = 16,
	AT_LENGTH = 20,
	AT_XSDT = 24,
	AT_CHECKSUM_ALL = 32,
	AT_TABLE_LENGTH = 4, /* in a table */
	AT_TABLE_CHECKSUM = 9,
};

static void set_sum(uint8_t *bytes, uint32_t n, uint32_t at)
{
	uint8_t sum = 0;

	bytes[at] = 0;
	for (uint32_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[at] = (uint8_t)-sum;
}

/* Entries of the list, or 0: none that can be used. */
static uint32_t count_entries(const uint8_t *rsdt)
{
	uint32_t len = rsdt ? (uint32_t)cairn_le_load(rsdt + AT_TABLE_LENGTH, 4) : 0;

	if (len < HEADER_BYTES || (len - HEADER_BYTES) / 4 > ENTRIES_MAX)
		return 0;
	return (len - HEADER_BYTES) / 4;
}

static void make_xsdt(uint8_t *xsdt, const uint8_t *rsdt, uint32_t n)
{
	uint32_t len = HEADER_BYTES + 8 * n;

	memcpy(xsdt, rsdt, HEADER_BYTES);
	xsdt[0] = 'X';
	cairn_le_store(xsdt + AT_TABLE_LENGTH, 4, len);
	for (uint32_t i = 0; i < n; i++)
		cairn_le_store(xsdt + HEADER_BYTES + 8 * i, 8,
			       cairn_le_load(rsdt + HEADER_BYTES + 4 * i, 4));
	set_sum(xsdt, len, AT_TABLE_CHECKSUM);
}

static void make_rsdp(uint8_t *rsdp, const uint8_t *old, uint64_t xsdt_at)
{
	memcpy(rsdp, old, RSDP_V1_BYTES);
	rsdp[AT_REVISION] = 2;
	cairn_le_store(rsdp + AT_LENGTH, 4, RSDP_BYTES);
	cairn_le_store(rsdp + AT_XSDT, 8, xsdt_at);
	set_sum(rsdp, RSDP_V1_BYTES, AT_CHECKSUM);
	set_sum(rsdp, RSDP_BYTES, AT_CHECKSUM_ALL);
}

EFI_STATUS efi_acpi_root(uint64_t rsdp_at, uint64_t *ret_at)
{
	const uint8_t *old = fw_arch_view(rsdp_at, RSDP_V1_BYTES), *rsdt = NULL;
	uint64_t rsdt_at = old ? cairn_le_load(old + AT_RSDT, 4) : 0;
	uint32_t n;
	uint8_t *made;

	*ret_at = rsdp_at;
	if (!old || old[AT_REVISION] >= 2)
		return EFI_SUCCESS;
	n = count_entries(fw_arch_view(rsdt_at, HEADER_BYTES));
	if (n)
		rsdt = fw_arch_view(rsdt_at, HEADER_BYTES + 4 * n);
	if (!rsdt)
		return EFI_SUCCESS; /* as it is: whoever reads it will see */
	made = efi_pool_alloc(EfiACPIReclaimMemory, RSDP_ROOM + HEADER_BYTES + 8 * n);
	if (!made)
		return EFI_OUT_OF_RESOURCES;
	memset(made, 0, RSDP_ROOM);
	make_xsdt(made + RSDP_ROOM, rsdt, n);
	make_rsdp(made, old, (uintptr_t)made + RSDP_ROOM);
	*ret_at = (uintptr_t)made;
	return EFI_SUCCESS;
}
