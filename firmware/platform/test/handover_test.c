/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/handover.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <cairn/loader_linux.h>
#include <cairn/loader_pvh.h>

#include "arch_test.h"
#include "tables.h"

/* Physical memory is this; addresses are pointers into it. */
static uint8_t ram[65536] __attribute__((aligned(4096)));
static struct fw_platform p;
static struct cairn_err err;

enum {
	INFO = 0x1000,
	MAP = 0x2000,
	CMDLINE = 0x3000,
	MODULE = 0x4000,
	ZERO_PAGE = 0x5000,
	RSDP = 0x8000,
	ROOT = 0x8100,
	FADT = 0x8200,
	DSDT = 0x8400,
	MCFG = 0x8800,
	TPM2 = 0x8900
};

static uint64_t address(uint32_t off)
{
	return (uintptr_t)ram + off;
}

static int start(void **state)
{
	memset(ram, 0, sizeof(ram));
	memset(&p, 0, sizeof(p));
	memset(&err, 0, sizeof(err));
	test_view_at = address(0);
	test_view_len = sizeof(ram);
	return 0;
}

static struct cairn_pvh_start_info *pvh(uint32_t version, uint32_t n)
{
	struct cairn_pvh_start_info *info = (void *)(ram + INFO);

	*info = (struct cairn_pvh_start_info){ .magic = cairn_le32_of(CAIRN_PVH_MAGIC),
					       .version = cairn_le32_of(version),
					       .cmdline_paddr = cairn_le64_of(address(CMDLINE)),
					       .rsdp_paddr = cairn_le64_of(0xe1230),
					       .memmap_paddr = cairn_le64_of(address(MAP)),
					       .memmap_entries = cairn_le32_of(n) };
	return info;
}

static void range(uint32_t i, uint64_t at, uint64_t len, uint32_t type)
{
	struct cairn_pvh_memmap *m = (void *)(ram + MAP);

	m[i] = (struct cairn_pvh_memmap){ .addr = cairn_le64_of(at),
					  .size = cairn_le64_of(len),
					  .type = cairn_le32_of(type) };
}

static void type_is(uint64_t at, uint32_t type)
{
	const struct fw_memory_entry *e = fw_memory_find(&p.memory, at);

	assert_non_null(e);
	assert_int_equal(e->type, type);
}

static void pvh_gives_map_command_line_and_rsdp(void **state)
{
	pvh(1, 7);
	range(0, 0, 0x9fc00, 1);
	range(1, 0x9fc00, 0x400, 2);
	range(2, 0x100000, 0x10000000, 1);
	range(3, 0x8000000, 0x10000, 3);
	range(4, 0x8010000, 0x1000, 4);
	range(5, UINT64_C(0xfd00000000), UINT64_C(0x300000000), 2);
	range(6, 0x20000000, 0x1000, 5);
	memcpy(ram + CMDLINE, "console=ttyS0", 14);
	assert_int_equal(fw_handover_pvh(&p, address(INFO), &err), 0);
	assert_string_equal(p.cmdline, "console=ttyS0");
	assert_string_equal(p.entered_by, "PVH");
	assert_int_equal(p.rsdp_at, 0xe1230);
	assert_int_equal(p.initrd.len, 0);
	type_is(0x1000, FW_MEM_FREE);
	type_is(0x9f000, FW_MEM_RESERVED);
	type_is(0x8000000, FW_MEM_ACPI);
	type_is(0x8010000, FW_MEM_NVS);
	type_is(0x10000000, FW_MEM_FREE);
	type_is(UINT64_C(0xfd00000000), FW_MEM_RESERVED);
	type_is(0x20000000, FW_MEM_UNUSABLE);
	assert_int_equal(fw_memory_find(&p.memory, 0x1000)->attrs, FW_MEM_ATTR_WB);
}

static void odd_entries_of_a_map_are_tolerated(void **state)
{
	pvh(1, 6);
	range(0, 0, 0, 0);
	range(1, 0x100000, 0x100000, 1);
	range(2, 0x100000, 0x200000, 1);
	range(3, 0x180000, 0x1000, 99);
	range(4, UINT64_MAX - 10, 100, 1);
	range(5, 0x400000, 0x1000, 0);
	assert_int_equal(fw_handover_pvh(&p, address(INFO), &err), 0);
	type_is(0x2ff000, FW_MEM_FREE);
	type_is(0x180000, FW_MEM_RESERVED);
	type_is(0x400000, FW_MEM_RESERVED);
	assert_null(fw_memory_find(&p.memory, UINT64_MAX));
}

static void structures_may_lie_at_any_address(void **state)
{
	struct cairn_pvh_start_info *info = pvh(1, 1);

	range(0, 0x100000, 0x100000, 1);
	memmove(ram + MAP + 3, ram + MAP, sizeof(struct cairn_pvh_memmap));
	info->memmap_paddr = cairn_le64_of(address(MAP + 3));
	memmove(ram + INFO + 1, ram + INFO, sizeof(*info));
	assert_int_equal(fw_handover_pvh(&p, address(INFO + 1), &err), 0);
	type_is(0x1ff000, FW_MEM_FREE);
}

static void a_module_is_the_initial_ram_disk(void **state)
{
	struct cairn_pvh_start_info *info = pvh(1, 1);
	struct cairn_pvh_module *m = (void *)(ram + MODULE);

	range(0, 0x100000, 0x100000, 1);
	info->nr_modules = cairn_le32_of(1);
	info->modlist_paddr = cairn_le64_of(address(MODULE));
	m->paddr = cairn_le64_of(0x150000);
	m->size = cairn_le64_of(77);
	assert_int_equal(fw_handover_pvh(&p, address(INFO), &err), 0);
	assert_int_equal(p.initrd.at, 0x150000);
	assert_int_equal(p.initrd.len, 77);
}

static void start_info_that_is_none_is_refused(void **state)
{
	struct cairn_pvh_start_info *info;

	(void)pvh(0, 1);
	range(0, 0x100000, 0x100000, 1);
	assert_int_equal(fw_handover_pvh(&p, address(INFO), &err), -ENOTSUP);
	(void)pvh(1, 0);
	assert_int_equal(fw_handover_pvh(&p, address(INFO), &err), -EPROTO);
	(void)pvh(1, FW_MEMORY_MAX + 1);
	assert_int_equal(fw_handover_pvh(&p, address(INFO), &err), -EPROTO);
	info = pvh(1, 1);
	info->memmap_paddr = cairn_le64_of(address(sizeof(ram) - 8));
	assert_int_equal(fw_handover_pvh(&p, address(INFO), &err), -EPROTO);
	info->magic = cairn_le32_of(1);
	assert_int_equal(fw_handover_pvh(&p, address(INFO), &err), -EPROTO);
	assert_int_equal(fw_handover_pvh(&p, 0, &err), -EPROTO);
	assert_int_equal(fw_handover_pvh(&p, address(sizeof(ram) - 8), &err), -EPROTO);
}

static void a_command_line_without_an_end_is_cut(void **state)
{
	struct cairn_pvh_start_info *info = pvh(1, 1);

	range(0, 0x100000, 0x100000, 1);
	memset(ram + 0xa000, 'x', 0x6000);
	info->cmdline_paddr = cairn_le64_of(address(0xa000));
	assert_int_equal(fw_handover_pvh(&p, address(INFO), &err), 0);
	assert_int_equal(strlen(p.cmdline), FW_CMDLINE_MAX - 1);
	info->cmdline_paddr = cairn_le64_of(address(0xfffc));
	memset(&p, 0, sizeof(p));
	assert_int_equal(fw_handover_pvh(&p, address(INFO), &err), 0);
	assert_int_equal(strlen(p.cmdline), 4);
}

static void a_zero_page_says_the_same(void **state)
{
	struct cairn_linux_params *z = (void *)(ram + ZERO_PAGE);

	assert_int_equal(fw_handover_linux(&p, address(ZERO_PAGE), &err), -EPROTO);
	z->hdr.header = cairn_le32_of(CAIRN_LINUX_HEADER_MAGIC);
	assert_int_equal(fw_handover_linux(&p, address(ZERO_PAGE), &err), -EPROTO);
	z->e820_entries = 129;
	assert_int_equal(fw_handover_linux(&p, address(ZERO_PAGE), &err), -EPROTO);
	z->e820_entries = 2;
	z->e820[0] = (struct cairn_linux_e820){ cairn_le64_of(0x100000), cairn_le64_of(0x100000),
						cairn_le32_of(1) };
	z->e820[1] = (struct cairn_linux_e820){ cairn_le64_of(0x200000), cairn_le64_of(0x1000),
						cairn_le32_of(2) };
	z->acpi_rsdp_addr = cairn_le64_of(0xe0000);
	z->hdr.cmd_line_ptr = cairn_le32_of((uint32_t)address(CMDLINE));
	z->ext_cmd_line_ptr = cairn_le32_of((uint32_t)(address(CMDLINE) >> 32));
	z->hdr.ramdisk_image = cairn_le32_of(0x180000);
	z->hdr.ramdisk_size = cairn_le32_of(5);
	memcpy(ram + CMDLINE, "quiet", 6);
	assert_int_equal(fw_handover_linux(&p, address(ZERO_PAGE), &err), 0);
	type_is(0x1ff000, FW_MEM_FREE);
	type_is(0x200000, FW_MEM_RESERVED);
	assert_string_equal(p.cmdline, "quiet");
	assert_int_equal(p.rsdp_at, 0xe0000);
	assert_int_equal(p.initrd.at, 0x180000);
	assert_int_equal(p.initrd.len, 5);
}

static void put(uint32_t at, uint32_t len, uint64_t v)
{
	cairn_le_store(ram + at, len, v);
}

/* _S5_ is { 5 }; devices with Memory32Fixed, a QWord and a DWord descriptor. */
static const uint8_t
    aml[] = {
	    0x08, '_',  'S',  '5',  '_',  0x12, 0x06, 0x04, 0x0a, 0x05, 0,    0,    0,    0x0d,
	    'L',  'N',  'R',  'O',  '0',  '0',  '0',  '5',  0,    0x86, 0x09, 0,    1,    0x00,
	    0x10, 0xa0, 0xfe, 0,    0x10, 0,    0,    'L',  'N',  'R',  'O',  '0',  '0',  '0',
	    '5',  0,    0x8a, 0x2b, 0,    0,    0x0c, 1,    0,    0,    0,    0,    0,    0,
	    0,    0,    0x00, 0x00, 0xc0, 0xfe, 1,    0,    0,    0,    0xff, 0x0f, 0xc0, 0xfe,
	    1,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10,
	    0,    0,    0,    0,    0,    0,    'L',  'N',  'R',  'O',  '0',  '0',  '0',  '5',
	    0,    0x87, 0x17, 0,    0,    0x0c, 1,    0,    0,    0,    0,    0,    0x20, 0xb0,
	    0xfe, 0xff, 0x21, 0xb0, 0xfe, 0,    0,    0,    0,    0,    2,    0,    0,    'L',
	    'N',  'R',  'O',  '0',  '0',  '0',  '5',  0, /* too short to be one */
	    0x86, 0x09, 0,    1,    0x00, 0x10, 0xa1, 0xfe, 0xff, 0x01, 0,    0,    0x86, 0x09,
	    0,    1,    0x00, 0x10, 0xa2, 0xfe, 0,    0x10, 0,    0, /* nobody's */
    };

/* RSDP, XSDT, FADT, DSDT, MCFG. */
static void tables(bool is_reduced)
{
	memcpy(ram + RSDP, "RSD PTR ", 8);
	ram[RSDP + 15] = 2;
	put(RSDP + 24, 8, address(ROOT));
	table_sum(ram + RSDP, 20, 8);
	table_sum(ram + RSDP, 36, 32);
	put(ROOT + 36, 8, 0x10); /* nowhere */
	put(ROOT + 44, 8, address(FADT));
	put(ROOT + 52, 8, address(MCFG));
	table_finish(ram + ROOT, "XSDT", 60);
	put(FADT + 64, 4, 0x604);
	put(FADT + 76, 4, 0x608);
	put(FADT + 112, 4, 1 << 10 | (is_reduced ? 1 << 20 : 0));
	put(FADT + 116, 1, 1);
	put(FADT + 120, 8, 0xcf9);
	put(FADT + 128, 1, 0x0f);
	put(FADT + 140, 8, address(DSDT));
	put(FADT + 244, 1, 0);
	put(FADT + 248, 8, 0xfed00000);
	table_finish(ram + FADT, "FACP", 268);
	memcpy(ram + DSDT + 36, aml, sizeof(aml));
	table_finish(ram + DSDT, "DSDT", 36 + sizeof(aml));
	put(MCFG + 44, 8, 0xe0000000);
	put(MCFG + 54, 1, 0x10);
	put(MCFG + 55, 1, 0x3f);
	put(MCFG + 60, 8, 0xd0000000);
	put(MCFG + 70, 1, 5);
	put(MCFG + 71, 1, 4); /* the last bus before the first */
	table_finish(ram + MCFG, "MCFG", 76);
	p.rsdp_at = address(RSDP);
}

static void acpi_says_where_configuration_space_is(void **state)
{
	tables(false);
	fw_handover_acpi(&p);
	assert_int_equal(p.n_ecam, 1);
	assert_int_equal(p.ecam[0].at, 0xe1000000); /* the table's address is bus 0's */
	assert_int_equal(p.ecam[0].first_bus, 0x10);
	assert_int_equal(p.ecam[0].last_bus, 0x3f);
}

static void acpi_says_how_to_reset_and_power_off(void **state)
{
	tables(false);
	fw_handover_acpi(&p);
	assert_true(p.reset.is_port);
	assert_int_equal(p.reset.at, 0xcf9);
	assert_int_equal(p.reset.value, 0x0f);
	assert_true(p.sleep.is_port);
	assert_int_equal(p.sleep.at, 0x604);
	assert_int_equal(p.sleep.width, 2);
	assert_int_equal(p.sleep.value, 5 << 10 | 1 << 13);
	assert_int_equal(p.pm_timer, 0x608);
	memset(&p, 0, sizeof(p));
	tables(true);
	fw_handover_acpi(&p);
	assert_false(p.sleep.is_port);
	assert_int_equal(p.sleep.at, 0xfed00000);
	assert_int_equal(p.sleep.value, 5 << 2 | 1 << 5);
	assert_int_equal(p.pm_timer, 0);
}

static void acpi_says_where_its_timer_is(void **state)
{
	tables(false);
	put(FADT + 208, 1, 1);
	put(FADT + 212, 8, 0x708); /* the newer field wins */
	table_finish(ram + FADT, "FACP", 268);
	fw_handover_acpi(&p);
	assert_int_equal(p.pm_timer, 0x708);
	put(FADT + 208, 1, 0); /* in memory: not used */
	table_finish(ram + FADT, "FACP", 268);
	fw_handover_acpi(&p);
	assert_int_equal(p.pm_timer, 0x608);
}

static void acpi_names_virtio_mmio_devices(void **state)
{
	tables(true);
	fw_handover_acpi(&p);
	assert_int_equal(p.n_mmio, 3);
	assert_int_equal(p.mmio[0], 0xfea01000);
	assert_int_equal(p.mmio[1], UINT64_C(0x1fec00000));
	assert_int_equal(p.mmio[2], 0xfeb02000);
}

static void acpi_says_where_the_tpm_is(void **state)
{
	tables(false);
	put(ROOT + 36, 8, address(TPM2));
	table_finish(ram + ROOT, "XSDT", 60);
	put(TPM2 + 40, 8, 0xfed40040);
	put(TPM2 + 48, 4, 7);
	put(TPM2 + 64, 4, 0x10000);
	put(TPM2 + 68, 8, UINT64_C(0x13fff0000));
	table_finish(ram + TPM2, "TPM2", 76);
	fw_handover_acpi(&p);
	assert_int_equal(p.tpm.method, 7);
	assert_int_equal(p.tpm.control_at, 0xfed40040);
	assert_int_equal(p.tpm.log_bytes, 0x10000);
	assert_int_equal(p.tpm.log_at, UINT64_C(0x13fff0000));
	table_finish(ram + TPM2, "TPM2", 64); /* as it may be: without a log */
	fw_handover_acpi(&p);
	assert_int_equal(p.tpm.method, 7);
	assert_int_equal(p.tpm.log_bytes, 0);
	assert_int_equal(p.tpm.log_at, 0);
}

/* In the place of the TPM2 table. */
static void spcr(uint32_t kind, uint32_t space, uint32_t bits)
{
	tables(true);
	put(ROOT + 36, 8, address(TPM2));
	table_finish(ram + ROOT, "XSDT", 60);
	put(TPM2 + 36, 1, kind);
	put(TPM2 + 40, 1, space);
	put(TPM2 + 41, 1, bits);
	put(TPM2 + 44, 8, 0x9000000);
	table_finish(ram + TPM2, "SPCR", 80);
	p.uart = FW_UART_NONE;
	fw_handover_acpi(&p);
}

static void acpi_says_where_the_console_is(void **state)
{
	spcr(3, 0, 32);
	assert_int_equal(p.uart, FW_UART_PL011);
	assert_int_equal(p.uart_at, 0x9000000);
	spcr(0, 0, 8);
	assert_int_equal(p.uart, FW_UART_16550_MMIO);
	assert_int_equal(p.uart_stride, 1);
	spcr(18, 0, 32);
	assert_int_equal(p.uart, FW_UART_16550_MMIO);
	assert_int_equal(p.uart_stride, 4);
	spcr(18, 1, 8); /* behind ports */
	assert_int_equal(p.uart, FW_UART_NONE);
	spcr(2, 0, 8);
	assert_int_equal(p.uart, FW_UART_NONE);
	spcr(255, 0, 8);
	assert_int_equal(p.uart, FW_UART_NONE);
	p.uart = FW_UART_16550_PORT;
	put(TPM2 + 36, 1, 3);
	table_finish(ram + TPM2, "SPCR", 80);
	fw_handover_acpi(&p);
	assert_int_equal(p.uart, FW_UART_16550_PORT); /* known already */
}

static void acpi_says_how_psci_is_called(void **state)
{
	tables(true);
	put(FADT + 129, 2, 1);
	table_finish(ram + FADT, "FACP", 268);
	fw_handover_acpi(&p);
	assert_true(p.psci_smc);
	put(FADT + 129, 2, 3);
	table_finish(ram + FADT, "FACP", 268);
	fw_handover_acpi(&p);
	assert_false(p.psci_smc);
	p.psci_smc = true;
	put(FADT + 129, 2, 2); /* it is not there */
	table_finish(ram + FADT, "FACP", 268);
	fw_handover_acpi(&p);
	assert_true(p.psci_smc);
}

static void acpi_of_version_1_has_an_rsdt(void **state)
{
	tables(false);
	ram[RSDP + 15] = 0;
	memset(ram + RSDP + 20, 0, 16);
	put(RSDP + 16, 4, (uint32_t)address(ROOT));
	table_sum(ram + RSDP, 20, 8);
	put(ROOT + 36, 4, (uint32_t)address(MCFG));
	table_finish(ram + ROOT, "RSDT", 40);
	fw_handover_acpi(&p);
	/* 32 bits reach the tables only where the test's memory is that low */
	assert_int_equal(p.n_ecam, address(0) >> 32 ? 0 : 1);
}

static void tables_that_are_not_whole_are_as_if_they_were_not_there(void **state)
{
	static const uint32_t places[] = { RSDP + 26, ROOT + 10, MCFG + 10 };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(places); i++) {
		memset(&p, 0, sizeof(p));
		tables(false);
		ram[places[i]] ^= 1;
		fw_handover_acpi(&p);
		assert_int_equal(p.n_ecam, 0);
	}
	memset(&p, 0, sizeof(p));
	tables(false);
	ram[RSDP + 9] ^= 1; /* the sum of version 1 is wrong, that of version 2 right */
	table_sum(ram + RSDP, 36, 32);
	fw_handover_acpi(&p);
	assert_int_equal(p.n_ecam, 0);
	memset(&p, 0, sizeof(p));
	tables(false);
	put(MCFG + 4, 4, UINT32_MAX);
	put(FADT + 4, 4, 20);
	fw_handover_acpi(&p);
	assert_int_equal(p.n_ecam, 0);
	assert_int_equal(p.sleep.at, 0);
}

static void any_byte_of_the_tables_may_lie(void **state)
{
	for (uint32_t at = RSDP; at < MCFG + 80; at++) {
		memset(ram, 0, sizeof(ram));
		memset(&p, 0, sizeof(p));
		tables(at & 1);
		ram[at] ^= 0xff;
		/* sums that fit, so that what is behind them is reached */
		table_sum(ram + RSDP, 20, 8);
		table_sum(ram + RSDP, 36, 32);
		table_sum(ram + DSDT, 36 + sizeof(aml), 9);
		table_sum(ram + FADT, 268, 9);
		table_sum(ram + MCFG, 76, 9);
		table_sum(ram + ROOT, 60, 9);
		fw_handover_acpi(&p);
		assert_true(p.n_ecam <= FW_ECAM_MAX && p.n_mmio <= FW_MMIO_MAX);
	}
}

static void the_command_line_names_virtio_mmio_devices(void **state)
{
	static const char line[] =
	    "virtio_mmio.device=512@0xfeb00e00:12 quiet "
	    "virtio_mmio.device=4K@0xd0000000:5:3 virtio_mmio.device=4K@3489660928:5 "
	    "xvirtio_mmio.device=4K@0xd0002000:5 virtio_mmio.device=4K@zz:5 "
	    "virtio_mmio.device=@0xd0003000:5 virtio_mmio.device=4K@0xd0004000 "
	    "virtio_mmio.device=4K@0x1ffffffffffffffff:5 virtio_mmio.device=4K@0xd0005000: "
	    "virtio_mmio.device=4K@0xd0006000:1024 virtio_mmio.device=";

	(void)state;
	memcpy(p.cmdline, line, sizeof(line));
	fw_handover_cmdline(&p);
	assert_int_equal(p.n_mmio, 2);
	assert_int_equal(p.mmio[0], 0xfeb00e00);
	assert_int_equal(p.mmio[1], 0xd0000000);
	assert_int_equal(p.mmio_irq[0], 12);
	assert_int_equal(p.mmio_irq[1], 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(pvh_gives_map_command_line_and_rsdp, start),
		cmocka_unit_test_setup(odd_entries_of_a_map_are_tolerated, start),
		cmocka_unit_test_setup(structures_may_lie_at_any_address, start),
		cmocka_unit_test_setup(a_module_is_the_initial_ram_disk, start),
		cmocka_unit_test_setup(start_info_that_is_none_is_refused, start),
		cmocka_unit_test_setup(a_command_line_without_an_end_is_cut, start),
		cmocka_unit_test_setup(a_zero_page_says_the_same, start),
		cmocka_unit_test_setup(acpi_says_where_configuration_space_is, start),
		cmocka_unit_test_setup(acpi_says_how_to_reset_and_power_off, start),
		cmocka_unit_test_setup(acpi_says_where_its_timer_is, start),
		cmocka_unit_test_setup(acpi_names_virtio_mmio_devices, start),
		cmocka_unit_test_setup(acpi_says_where_the_tpm_is, start),
		cmocka_unit_test_setup(acpi_says_where_the_console_is, start),
		cmocka_unit_test_setup(acpi_says_how_psci_is_called, start),
		cmocka_unit_test_setup(acpi_of_version_1_has_an_rsdt, start),
		cmocka_unit_test_setup(tables_that_are_not_whole_are_as_if_they_were_not_there,
				       start),
		cmocka_unit_test_setup(any_byte_of_the_tables_may_lie, start),
		cmocka_unit_test_setup(the_command_line_names_virtio_mmio_devices, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
