/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What Linux's EFI stub leaves in /chosen (Linux, Documentation/arch/arm/uefi.rst), and with it a
 * monitor that has ACPI tables and no firmware: the memory map and the system table, of which
 * nothing but the way to the RSDP is used (UEFI 2.10, 4.3, 4.6, 7.2.3).
 */
#include <cairn/le.h>
#include <fw/arch.h>

#include "handover.h"

enum {
	SYSTEM_TABLE_BYTES = 120,
	N_TABLES = 104,
	TABLES = 112,
	TABLE_BYTES = 24,
	TABLES_MAX = 64, /* further ones are not looked at */
	DESCRIPTOR_BYTES = 40,
};

static const uint8_t acpi20[] = { 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
				  0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 };

static uint64_t find_rsdp(uint64_t system_table)
{
	const uint8_t *table = fw_arch_view(system_table, SYSTEM_TABLE_BYTES);
	uint64_t n, at;

	if (!table || memcmp(table, "IBI SYST", 8) != 0)
		return 0;
	n = cairn_le_load(table + N_TABLES, 8);
	at = cairn_le_load(table + TABLES, 8);
	for (uint64_t i = 0; i < n && i < TABLES_MAX; i++) {
		const uint8_t *t = fw_arch_view(at + i * TABLE_BYTES, TABLE_BYTES);

		if (t && memcmp(t, acpi20, sizeof(acpi20)) == 0)
			return cairn_le_load(t + sizeof(acpi20), 8);
	}
	return 0;
}

/* Boot services ended before, so what was theirs and the loader's is free. */
static uint32_t type_of(uint32_t efi)
{
	if (efi >= FW_MEM_LOADER_CODE && efi <= FW_MEM_BOOT_DATA)
		return FW_MEM_FREE;
	return efi == FW_MEM_FREE || efi == FW_MEM_ACPI || efi == FW_MEM_NVS ? efi
									     : FW_MEM_RESERVED;
}

static int read_map(struct fw_platform *p, uint64_t at, uint64_t len, uint64_t each,
		    struct cairn_err *err)
{
	int r = 0;

	if (each < DESCRIPTOR_BYTES || len / each > FW_MEMORY_MAX)
		return cairn_err_set(err, EPROTO, "an odd memory map of EFI", len);
	for (uint64_t i = 0; i < len / each && r == 0; i++) {
		const uint8_t *d = fw_arch_view(at + i * each, DESCRIPTOR_BYTES);
		uint64_t pages = d ? cairn_le_load(d + 24, 8) : 0;

		if (!pages || pages > UINT64_MAX / FW_PAGE_BYTES)
			return cairn_err_set(err, EPROTO, "an odd memory map of EFI", at);
		r = fw_handover_ram_(p, cairn_le_load(d + 8, 8), pages * FW_PAGE_BYTES,
				     type_of((uint32_t)cairn_le_load(d, 4)), err);
	}
	return r;
}

int fw_handover_efi_(struct fw_platform *p, const struct cairn_fdt_node *chosen,
		     struct cairn_err *err)
{
	uint64_t table, map, len, each;

	if (!cairn_fdt_reader_number(chosen, "linux,uefi-system-table", &table) ||
	    !cairn_fdt_reader_number(chosen, "linux,uefi-mmap-start", &map) ||
	    !cairn_fdt_reader_number(chosen, "linux,uefi-mmap-size", &len) ||
	    !cairn_fdt_reader_number(chosen, "linux,uefi-mmap-desc-size", &each))
		return 0;
	p->rsdp_at = find_rsdp(table);
	return read_map(p, map, len, each, err);
}
