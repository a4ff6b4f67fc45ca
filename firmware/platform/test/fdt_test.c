/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Device trees as monitors write them, by libfdt, and as they should not. */
#include <fw/handover.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <cairn/fdt.h>
#include <cairn/le.h>

#include "arch_test.h"

static _Alignas(8) uint8_t blob[1 << 18];
static struct fw_platform p;
static struct cairn_err err;
static struct cairn_fdt f;

static int start(void **state)
{
	memset(&p, 0, sizeof(p));
	memset(&err, 0, sizeof(err));
	cairn_fdt_init(&f, blob, sizeof(blob));
	return 0;
}

static void begin(void)
{
	cairn_fdt_begin(&f, "");
	cairn_fdt_child_cells(&f, 2, 2);
}

static size_t finish(void)
{
	size_t len = 0;

	cairn_fdt_end(&f);
	assert_int_equal(cairn_fdt_finish(&f, &len, &err), 0);
	test_view_at = (uintptr_t)blob;
	test_view_len = len;
	return len;
}

static int hand_over(void)
{
	(void)finish();
	return fw_handover_fdt(&p, (uintptr_t)blob, &err);
}

static void put_device(const char *name, const char *compatible, uint64_t at, uint64_t len)
{
	const struct cairn_fdt_range range = { at, len };

	cairn_fdt_begin_at(&f, name, at);
	cairn_fdt_string(&f, "compatible", compatible);
	cairn_fdt_reg(&f, &range, 1);
}

static void device(const char *name, const char *compatible, uint64_t at, uint64_t len)
{
	put_device(name, compatible, at, len);
	cairn_fdt_end(&f);
}

static void ram(uint64_t at, uint64_t len)
{
	const struct cairn_fdt_range range = { at, len };

	cairn_fdt_begin_at(&f, "memory", at);
	cairn_fdt_string(&f, "device_type", "memory");
	cairn_fdt_reg(&f, &range, 1);
	cairn_fdt_end(&f);
}

static void type_is(uint64_t at, uint32_t type, uint64_t attrs)
{
	const struct fw_memory_entry *e = fw_memory_find(&p.memory, at);

	assert_non_null(e);
	assert_int_equal(e->type, type);
	assert_int_equal(e->attrs, attrs);
}

static void chosen(const char *bootargs, const char *stdout_path)
{
	cairn_fdt_begin(&f, "chosen");
	cairn_fdt_string(&f, "bootargs", bootargs);
	cairn_fdt_string(&f, "stdout-path", stdout_path);
	cairn_fdt_u64(&f, "linux,initrd-start", 0x44000000);
	cairn_fdt_u32(&f, "linux,initrd-end", 0x44001234);
	cairn_fdt_end(&f);
}

static void psci(const char *method)
{
	static const char *const compatible[] = { "arm,psci-1.0", "arm,psci-0.2" };

	cairn_fdt_begin(&f, "psci");
	cairn_fdt_strings(&f, "compatible", compatible, 2);
	cairn_fdt_string(&f, "method", method);
	cairn_fdt_end(&f);
}

static void put_banks(void)
{
	static const struct cairn_fdt_range banks[FW_FLASH_MAX + 1] = {
		{ 0, 0x4000000 }, { 0x4000000, 0x4000000 }, { 0x8000000, 1 },
		{ 0x9000000, 1 }, { 0xa000000, 1 },
	};

	cairn_fdt_begin_at(&f, "flash", 0);
	cairn_fdt_string(&f, "compatible", "cfi-flash");
	cairn_fdt_reg(&f, banks, CAIRN_ARRAY_LEN(banks));
	cairn_fdt_end(&f);
}

static void a_machine_is_read(void **state)
{
	begin();
	chosen("a b", "serial0:115200n8");
	cairn_fdt_begin(&f, "aliases");
	cairn_fdt_string(&f, "serial0", "/serial@9000000");
	cairn_fdt_end(&f);
	ram(0x40000000, 0x8000000);
	ram(UINT64_C(0x880000000), 0x10000000);
	device("serial", "arm,pl011", 0x8000000, 0x1000);
	device("serial", "arm,pl011", 0x9000000, 0x1000);
	device("rtc", "arm,pl031", 0x9010000, 0x1000);
	device("virtio", "virtio,mmio", 0xa000000, 0x200);
	device("virtio", "virtio,mmio", 0xa000200, 0x200);
	put_banks();
	psci("smc");
	cairn_fdt_begin(&f, "cpus");
	cairn_fdt_u32(&f, "timebase-frequency", 10000000);
	cairn_fdt_end(&f);
	assert_int_equal(hand_over(), 0);
	assert_int_equal(p.n_flash, FW_FLASH_MAX); /* of five */
	assert_int_equal(p.flash[1].at, 0x4000000);
	assert_int_equal(p.flash[1].len, 0x4000000);
	assert_int_equal(p.timebase_hz, 10000000);
	assert_string_equal(p.entered_by, "device tree");
	assert_string_equal(p.cmdline, "a b");
	assert_int_equal(p.initrd.at, 0x44000000);
	assert_int_equal(p.initrd.len, 0x1234);
	assert_int_equal(p.fdt.at, (uintptr_t)blob);
	assert_int_equal(p.fdt.len, test_view_len);
	assert_int_equal(p.uart, FW_UART_PL011);
	assert_int_equal(p.uart_at, 0x9000000);
	assert_int_equal(p.rtc_at, 0x9010000);
	assert_int_equal(p.n_mmio, 2);
	assert_int_equal(p.mmio[1], 0xa000200);
	assert_true(p.psci_smc);
	type_is(0x40000000, FW_MEM_FREE, FW_MEM_ATTR_WB);
	type_is(UINT64_C(0x88fffffff), FW_MEM_FREE, FW_MEM_ATTR_WB);
	type_is(0x44001fff, FW_MEM_BOOT_DATA, FW_MEM_ATTR_WB); /* the initrd */
	type_is((uintptr_t)blob, FW_MEM_BOOT_DATA, FW_MEM_ATTR_WB);
	assert_null(fw_memory_find(&p.memory, 0x48000000));
}

static void pci(uint64_t at, uint64_t len, uint32_t first, uint32_t last)
{
	const uint32_t buses[] = { first, last };
	const uint32_t ranges[] = {
		0x01000000, 0,    0,          0,    0x3eff0000, 0,    0x10000,    /* ports */
		0x02000000, 0,    0x20000000, 0,    0x10000000, 0,    0x1000,     /* moved */
		0x02000000, 0,    0x10000000, 0,    0x10000000, 0,    0x2eff0000, /* 32 bits */
		0x03000000, 0x80, 0,          0x80, 0,          0x80, 0,          /* 64 bits */
		0x43000000, 0x90, 0,          0x90, 0,          0x10, 0,
	};

	put_device("pcie", "pci-host-ecam-generic", at, len);
	cairn_fdt_cells(&f, "bus-range", buses, 2);
	cairn_fdt_u32(&f, "linux,pci-domain", 3);
	cairn_fdt_child_cells(&f, 3, 2);
	cairn_fdt_cells(&f, "ranges", ranges, CAIRN_ARRAY_LEN(ranges));
	cairn_fdt_end(&f);
}

static void windows_of_pci_are_those_that_are_the_same_on_both_sides(void **state)
{
	const struct fw_ecam *e = &p.ecam[0];

	begin();
	pci(UINT64_C(0x4010000000), 0x10000000, 0, 255);
	assert_int_equal(hand_over(), 0);
	assert_int_equal(p.n_ecam, 1);
	assert_int_equal(e->at, 0x4010000000);
	assert_int_equal(e->segment, 3);
	assert_int_equal(e->first_bus, 0);
	assert_int_equal(e->last_bus, 255);
	assert_int_equal(e->mem32.at, 0x10000000);
	assert_int_equal(e->mem32.len, 0x2eff0000);
	assert_int_equal(e->mem64.at, 0x8000000000);
	assert_int_equal(e->mem64.len, 0x8000000000);
}

static void buses_are_those_that_reg_holds(void **state)
{
	begin();
	pci(0x30000000, 0x100000, 0, 255);
	pci(0x31000000, 0x300000, 2, 3);
	pci(0x32000000, 0xfffff, 0, 0); /* not one bus */
	pci(0x33000000, 0x100000, 2, 1);
	pci(0x34000000, 0x100000, 256, 256);
	assert_int_equal(hand_over(), 0);
	assert_int_equal(p.n_ecam, 2);
	assert_int_equal(p.ecam[0].last_bus, 0);
	assert_int_equal(p.ecam[1].first_bus, 2);
	assert_int_equal(p.ecam[1].last_bus, 3);
}

static void more_root_complexes_than_there_is_room_for_are_left_out(void **state)
{
	begin();
	for (uint32_t i = 0; i <= FW_ECAM_MAX; i++)
		pci(0x30000000 + UINT64_C(0x100000) * i, 0x100000, 0, 0);
	assert_int_equal(hand_over(), 0);
	assert_int_equal(p.n_ecam, FW_ECAM_MAX);
}

static void put_16550(uint64_t at, uint32_t shift)
{
	put_device("serial", "ns16550a", at, 0x100);
	cairn_fdt_u32(&f, "reg-shift", shift);
	cairn_fdt_end(&f);
}

static void without_a_word_the_first_port_is_taken(void **state)
{
	begin();
	put_16550(0x1000, 3); /* of no known spacing */
	put_device("serial", "arm,pl011", 0x2000, 0x1000);
	cairn_fdt_string(&f, "status", "disabled");
	cairn_fdt_end(&f);
	put_16550(0x3000, 2);
	device("serial", "arm,pl011", 0x4000, 0x1000);
	psci("hvc");
	assert_int_equal(hand_over(), 0);
	assert_int_equal(p.uart, FW_UART_16550_MMIO);
	assert_int_equal(p.uart_at, 0x3000);
	assert_int_equal(p.uart_stride, 4);
	assert_false(p.psci_smc);
}

static void devices_described_wrongly_are_as_if_they_were_not_there(void **state)
{
	begin();
	cairn_fdt_begin(&f, "chosen");
	cairn_fdt_string(&f, "stdout-path", "/nowhere");
	cairn_fdt_u64(&f, "linux,initrd-start", 0x2000);
	cairn_fdt_u64(&f, "linux,initrd-end", 0x1000);
	cairn_fdt_end(&f);
	device("virtio", "virtio,mmio", 0xa000000, 0xff);
	cairn_fdt_begin(&f, "virtio");
	cairn_fdt_string(&f, "compatible", "virtio,mmio");
	cairn_fdt_end(&f);
	cairn_fdt_begin(&f, "rtc");
	cairn_fdt_string(&f, "compatible", "arm,pl031");
	cairn_fdt_end(&f);
	assert_int_equal(hand_over(), 0);
	assert_int_equal(p.n_mmio, 0);
	assert_int_equal(p.rtc_at, 0);
	assert_int_equal(p.uart, FW_UART_NONE);
	assert_int_equal(p.initrd.len, 0);
}

static void reserved(const char *name, uint64_t at, bool is_hidden)
{
	const struct cairn_fdt_range range = { at, 0x1000 };

	cairn_fdt_begin_at(&f, name, at);
	cairn_fdt_reg(&f, &range, 1);
	if (is_hidden)
		cairn_fdt_flag(&f, "no-map");
	cairn_fdt_end(&f);
}

static void reserved_memory_is_not_free(void **state)
{
	cairn_fdt_reserve(&f, 0x40001000, 0x1000);
	begin();
	ram(0x40000000, 0x8000000);
	cairn_fdt_begin(&f, "reserved-memory");
	cairn_fdt_child_cells(&f, 2, 2);
	cairn_fdt_flag(&f, "ranges");
	reserved("secure", 0x40003000, true);
	reserved("shared", 0x40005000, false);
	cairn_fdt_end(&f);
	assert_int_equal(hand_over(), 0);
	type_is(0x40000000, FW_MEM_FREE, FW_MEM_ATTR_WB);
	type_is(0x40001000, FW_MEM_BOOT_DATA, FW_MEM_ATTR_WB);
	type_is(0x40002000, FW_MEM_FREE, FW_MEM_ATTR_WB);
	type_is(0x40003000, FW_MEM_RESERVED, 0);
	type_is(0x40005000, FW_MEM_BOOT_DATA, FW_MEM_ATTR_WB);
	type_is(0x40006000, FW_MEM_FREE, FW_MEM_ATTR_WB);
}

static void what_is_no_tree_is_refused(void **state)
{
	size_t len;

	assert_int_equal(fw_handover_fdt(&p, 0, &err), -EPROTO);
	begin();
	len = finish();
	test_view_len = 39;
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), -EPROTO);
	test_view_len = len - 1;
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), -EPROTO);
	assert_string_equal(err.what, "entered without a device tree");
	test_view_len = len;
	blob[4] = 0x7f; /* its length */
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), -ENOTSUP);
	blob[4] = 0;
	blob[len - 1] = 'x'; /* the strings' last NUL */
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), -EPROTO);
	assert_int_equal(p.fdt.len, 0);
}

static void a_longer_memory_map_than_the_table_is_refused(void **state)
{
	begin();
	for (uint32_t i = 0; i <= FW_MEMORY_MAX; i++)
		ram(UINT64_C(0x2000) * i, 0x1000);
	device("serial", "arm,pl011", 0x9000000, 0x1000);
	assert_int_equal(hand_over(), -ENOSPC);
	assert_int_equal(p.uart, FW_UART_PL011); /* so that it can be said */
}

static void a_long_command_line_is_cut(void **state)
{
	static char text[FW_CMDLINE_MAX + 10];

	memset(text, 'x', sizeof(text) - 1);
	begin();
	chosen(text, "/");
	assert_int_equal(hand_over(), 0);
	assert_int_equal(strlen(p.cmdline), FW_CMDLINE_MAX - 1);
}

enum { SYSTEM_TABLE = 0x3f000, TABLES = 0x3f100, MAP = 0x3f200, EACH = 48 };

static void put(uint32_t at, size_t len, uint64_t v)
{
	cairn_le_store(blob + at, len, v);
}

static void descriptor(uint32_t i, uint32_t type, uint64_t at, uint64_t pages)
{
	put(MAP + i * EACH, 4, type);
	put(MAP + i * EACH + 8, 8, at);
	put(MAP + i * EACH + 24, 8, pages);
}

/* As after firmware: a system table with two tables, and a memory map, behind the tree. */
static void put_efi(uint32_t n)
{
	static const uint8_t acpi20[] = { 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
					  0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 };

	begin();
	cairn_fdt_begin(&f, "chosen");
	cairn_fdt_u64(&f, "linux,uefi-system-table", (uintptr_t)blob + SYSTEM_TABLE);
	cairn_fdt_u64(&f, "linux,uefi-mmap-start", (uintptr_t)blob + MAP);
	cairn_fdt_u32(&f, "linux,uefi-mmap-size", n * EACH);
	cairn_fdt_u32(&f, "linux,uefi-mmap-desc-size", EACH);
	cairn_fdt_end(&f);
	(void)finish();
	test_view_len = sizeof(blob);
	memcpy(blob + SYSTEM_TABLE, "IBI SYST", 8);
	put(SYSTEM_TABLE + 104, 8, 2);
	put(SYSTEM_TABLE + 112, 8, (uintptr_t)blob + TABLES);
	memset(blob + TABLES, 0, 24);
	memcpy(blob + TABLES + 24, acpi20, sizeof(acpi20));
	put(TABLES + 40, 8, 0x12340000);
}

static void what_efi_left_is_memory_and_acpi(void **state)
{
	put_efi(5);
	descriptor(0, 7, 0x40000000, 16);
	descriptor(1, 4, 0x40010000, 16);
	descriptor(2, 9, 0x40020000, 16);
	descriptor(3, 5, 0x40030000, 16);
	descriptor(4, 11, 0x50000000, 1);
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), 0);
	assert_int_equal(p.rsdp_at, 0x12340000);
	type_is(0x40000000, FW_MEM_FREE, FW_MEM_ATTR_WB);
	type_is(0x40010000, FW_MEM_FREE, FW_MEM_ATTR_WB);
	type_is(0x40020000, FW_MEM_ACPI, FW_MEM_ATTR_WB);
	type_is(0x40030000, FW_MEM_RESERVED, 0);
	type_is(0x50000000, FW_MEM_RESERVED, 0);
}

static void odd_maps_of_efi_are_refused(void **state)
{
	put_efi(1);
	descriptor(0, 7, 0x40000000, 0);
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), -EPROTO);
	descriptor(0, 7, 0x40000000, UINT64_MAX / 4096 + 1);
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), -EPROTO);
	descriptor(0, 7, 0x40000000, 1);
	test_view_len = MAP + EACH - 9; /* it ends before the descriptor does */
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), -EPROTO);
	cairn_fdt_init(&f, blob, sizeof(blob));
	put_efi(FW_MEMORY_MAX + 1);
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), -EPROTO);
}

static void system_tables_that_are_none_lead_to_no_acpi(void **state)
{
	put_efi(1);
	descriptor(0, 7, 0x40000000, 1);
	put(SYSTEM_TABLE + 104, 8, 1); /* the other one is not counted */
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), 0);
	assert_int_equal(p.rsdp_at, 0);
	put(SYSTEM_TABLE + 104, 8, UINT64_MAX);
	put(SYSTEM_TABLE + 112, 8, (uintptr_t)blob + sizeof(blob) - 24);
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), 0);
	assert_int_equal(p.rsdp_at, 0);
	put(SYSTEM_TABLE + 112, 8, (uintptr_t)blob + TABLES);
	blob[SYSTEM_TABLE] = 'X';
	assert_int_equal(fw_handover_fdt(&p, (uintptr_t)blob, &err), 0);
	assert_int_equal(p.rsdp_at, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_machine_is_read, start),
		cmocka_unit_test_setup(windows_of_pci_are_those_that_are_the_same_on_both_sides,
				       start),
		cmocka_unit_test_setup(buses_are_those_that_reg_holds, start),
		cmocka_unit_test_setup(more_root_complexes_than_there_is_room_for_are_left_out,
				       start),
		cmocka_unit_test_setup(without_a_word_the_first_port_is_taken, start),
		cmocka_unit_test_setup(devices_described_wrongly_are_as_if_they_were_not_there,
				       start),
		cmocka_unit_test_setup(reserved_memory_is_not_free, start),
		cmocka_unit_test_setup(what_is_no_tree_is_refused, start),
		cmocka_unit_test_setup(a_longer_memory_map_than_the_table_is_refused, start),
		cmocka_unit_test_setup(a_long_command_line_is_cut, start),
		cmocka_unit_test_setup(what_efi_left_is_memory_and_acpi, start),
		cmocka_unit_test_setup(odd_maps_of_efi_are_refused, start),
		cmocka_unit_test_setup(system_tables_that_are_none_lead_to_no_acpi, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
