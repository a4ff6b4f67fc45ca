/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What Cloud Hypervisor 53.0 hands over on x86_64, at the addresses that it uses: PVH start info
 * below 64 KiB, ACPI tables from 640 KiB on, SMBIOS 3 at 0xf0000, one port that powers off and
 * resets; here with two PCI segments of one bus each.
 */
#include <fw/handover.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <cairn/loader_pvh.h>

#include "arch_test.h"
#include "tables.h"

enum {
	INFO = 0x6000,
	MAP = 0x7000,
	CMDLINE = 0x20000,
	RSDP = 0xa0000,
	DSDT = RSDP + 36,
	S5_BYTES = 14,
	FADT = DSDT + 36 + S5_BYTES,
	MADT = FADT + 276,
	MCFG = MADT + 44,
	XSDT = MCFG + 76,
	SMBIOS = 0xf0000,
	END = 0x100000,
	PORT = 0x600,
	TIMER = 0x608,
};

static uint8_t memory[END]; /* the first MiB */
static struct fw_platform p;

static void put(uint32_t at, uint32_t len, uint64_t v)
{
	cairn_le_store(memory + at, len, v);
}

static void range(uint32_t i, uint64_t at, uint64_t len, uint32_t type)
{
	struct cairn_pvh_memmap *m = (void *)(memory + MAP);

	m[i] = (struct cairn_pvh_memmap){ .addr = cairn_le64_of(at),
					  .size = cairn_le64_of(len),
					  .type = cairn_le32_of(type) };
}

static void pvh(void)
{
	struct cairn_pvh_start_info *info = (void *)(memory + INFO);

	*info = (struct cairn_pvh_start_info){ .magic = cairn_le32_of(CAIRN_PVH_MAGIC),
					       .version = cairn_le32_of(1),
					       .cmdline_paddr = cairn_le64_of(CMDLINE),
					       .rsdp_paddr = cairn_le64_of(RSDP),
					       .memmap_paddr = cairn_le64_of(MAP),
					       .memmap_entries = cairn_le32_of(4) };
	range(0, 0, RSDP, CAIRN_MEMMAP_RAM);
	range(1, END, 0xbff00000, CAIRN_MEMMAP_RAM);
	range(2, UINT64_C(1) << 32, UINT64_C(1) << 30, CAIRN_MEMMAP_RAM);
	range(3, 0xe8000000, 0x10000000, CAIRN_MEMMAP_RESERVED);
	memcpy(memory + CMDLINE, "root=/dev/vda1", 15);
}

/* A generic address of a port (ACPI 6.5, 5.2.3.2). */
static void port(uint32_t at, uint64_t number)
{
	put(at, 1, 1);
	put(at + 1, 1, 8);
	put(at + 3, 1, 1);
	put(at + 4, 8, number);
}

static void acpi(void)
{
	static const uint8_t s5[S5_BYTES] = { 0x08, '_',  'S',  '5',  '_',  0x12, 0x08,
					      0x04, 0x0a, 0x05, 0x0a, 0x05, 0x00, 0x00 };

	memcpy(memory + RSDP, "RSD PTR ", 8);
	memory[RSDP + 15] = 2;
	put(RSDP + 24, 8, XSDT);
	table_sum(memory + RSDP, 20, 8);
	table_sum(memory + RSDP, 36, 32);
	memcpy(memory + DSDT + 36, s5, sizeof(s5));
	table_finish(memory + DSDT, "DSDT", 36 + sizeof(s5));
	put(FADT + 112, 4, 1 << 20 | 1 << 10 | 1 << 8);
	port(FADT + 116, PORT);
	put(FADT + 128, 1, 1);
	put(FADT + 140, 8, DSDT);
	port(FADT + 208, TIMER);
	port(FADT + 244, PORT);
	port(FADT + 256, PORT);
	table_finish(memory + FADT, "FACP", 276);
	table_finish(memory + MADT, "APIC", 44);
	put(MCFG + 44, 8, 0xe8000000);
	put(MCFG + 60, 8, 0xe8100000);
	put(MCFG + 68, 2, 1);
	table_finish(memory + MCFG, "MCFG", 76);
	put(XSDT + 36, 8, FADT);
	put(XSDT + 44, 8, MADT);
	put(XSDT + 52, 8, MCFG);
	table_finish(memory + XSDT, "XSDT", 60);
}

static void smbios(void)
{
	memcpy(memory + SMBIOS, "_SM3_", 5);
	memory[SMBIOS + 6] = 24;
	table_sum(memory + SMBIOS, 24, 5);
}

static int start(void **state)
{
	struct cairn_err err = { 0 };

	memset(memory, 0, sizeof(memory));
	memset(&p, 0, sizeof(p));
	test_view_bytes = memory;
	test_view_at = 0;
	test_view_len = sizeof(memory);
	pvh();
	acpi();
	smbios();
	assert_int_equal(fw_handover_pvh(&p, INFO, &err), 0);
	fw_handover_scan(&p);
	fw_handover_acpi(&p);
	fw_handover_cmdline(&p);
	return 0;
}

static void memory_is_what_the_map_says(void **state)
{
	assert_string_equal(p.cmdline, "root=/dev/vda1");
	assert_int_equal(fw_memory_find(&p.memory, RSDP - 1)->type, FW_MEM_FREE);
	assert_null(fw_memory_find(&p.memory, RSDP));
	assert_int_equal(fw_memory_find(&p.memory, 0xbfffffff)->type, FW_MEM_FREE);
	assert_int_equal(fw_memory_find(&p.memory, 0xe8000000)->type, FW_MEM_RESERVED);
	assert_int_equal(fw_memory_find(&p.memory, UINT64_C(0x13fffffff))->type, FW_MEM_FREE);
}

static void tables_are_found(void **state)
{
	assert_int_equal(p.rsdp_at, RSDP);
	assert_int_equal(p.smbios3_at, SMBIOS);
	assert_int_equal(p.smbios_at, 0);
	assert_int_equal(p.n_mmio, 0);
	assert_int_equal(fw_handover_acpi_make(&p), 0);
	assert_int_equal(p.rsdp_at, RSDP); /* the monitor's own stay */
}

/* BARs have addresses already: there is no window to give any from. */
static void configuration_space_is_found(void **state)
{
	assert_int_equal(p.n_ecam, 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(p.ecam[i].segment, i);
		assert_int_equal(p.ecam[i].at, 0xe8000000 + (i << 20));
		assert_int_equal(p.ecam[i].first_bus, 0);
		assert_int_equal(p.ecam[i].last_bus, 0);
		assert_int_equal(p.ecam[i].mem32.len, 0);
		assert_int_equal(p.ecam[i].mem64.len, 0);
	}
}

static void one_port_powers_off_and_resets(void **state)
{
	assert_true(p.sleep.is_port);
	assert_int_equal(p.sleep.at, PORT);
	assert_int_equal(p.sleep.width, 1);
	assert_int_equal(p.sleep.value, 5 << 2 | 1 << 5);
	assert_true(p.reset.is_port);
	assert_int_equal(p.reset.at, PORT);
	assert_int_equal(p.reset.value, 1);
}

static void timer_is_there_without_the_registers_of_pm1(void **state)
{
	assert_int_equal(p.pm_timer, TIMER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(memory_is_what_the_map_says, start),
		cmocka_unit_test_setup(tables_are_found, start),
		cmocka_unit_test_setup(configuration_space_is_found, start),
		cmocka_unit_test_setup(one_port_powers_off_and_resets, start),
		cmocka_unit_test_setup(timer_is_there_without_the_registers_of_pm1, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
