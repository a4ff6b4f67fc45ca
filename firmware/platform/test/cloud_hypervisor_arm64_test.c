/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What Cloud Hypervisor 53.0 hands over on aarch64: a device tree at the start of memory, which
 * reserves nothing, not even itself, and names no console; here with memory on both sides of the
 * hole below 4 GiB, and with two PCI segments of one bus each.
 */
#include <fw/handover.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <cairn/fdt.h>

#include "arch_test.h"

#define RAM       UINT64_C(0x40000000)
#define RAM_BYTES UINT64_C(0xbc000000)
#define HIGH_RAM  UINT64_C(0x100000000)
#define WINDOW_64 UINT64_C(0x4000000000)

enum {
	UART = 0x9000000,
	RTC = 0x9010000,
	ECAM = 0x30000000,
	BUS_BYTES = 0x100000,
	WINDOW_32 = 0x10000000,
	WINDOW_32_BYTES = 0x10000000, /* half of what all segments share */
};

static _Alignas(8) uint8_t blob[1 << 16];
static struct fw_platform p;
static struct cairn_fdt f;

static void ram(uint64_t at, uint64_t len)
{
	const struct cairn_fdt_range range = { at, len };

	cairn_fdt_begin_at(&f, "memory", at);
	cairn_fdt_string(&f, "device_type", "memory");
	cairn_fdt_reg(&f, &range, 1);
	cairn_fdt_end(&f);
}

static void primecell(const char *name, const char *what, uint64_t at)
{
	const char *const compatible[] = { what, "arm,primecell" };
	const struct cairn_fdt_range range = { at, 0x1000 };

	cairn_fdt_begin_at(&f, name, at);
	cairn_fdt_strings(&f, "compatible", compatible, 2);
	cairn_fdt_reg(&f, &range, 1);
	cairn_fdt_end(&f);
}

static void interrupts(void)
{
	const struct cairn_fdt_range gic[] = { { 0x8ff0000, 0x10000 }, { 0x8fd0000, 0x20000 } };
	const struct cairn_fdt_range its = { 0x8fb0000, 0x20000 };

	cairn_fdt_begin(&f, "intc");
	cairn_fdt_string(&f, "compatible", "arm,gic-v3");
	cairn_fdt_reg(&f, gic, 2);
	cairn_fdt_child_cells(&f, 2, 2);
	cairn_fdt_begin(&f, "msic");
	cairn_fdt_string(&f, "compatible", "arm,gic-v3-its");
	cairn_fdt_reg(&f, &its, 1);
	cairn_fdt_end(&f);
	cairn_fdt_end(&f);
}

static void segment(uint32_t i)
{
	const struct cairn_fdt_range config = { ECAM + (uint64_t)i * BUS_BYTES, BUS_BYTES };
	const uint32_t low = WINDOW_32 + i * WINDOW_32_BYTES, high = (WINDOW_64 >> 32) + i;
	const uint32_t buses[2] = { 0, 0 };
	const uint32_t ranges[] = {
		0x01000000, 0,    0,   0,    0x9050000, 0, 0x10000,         /* ports */
		0x02000000, 0,    low, 0,    low,       0, WINDOW_32_BYTES, /* 32 bits */
		0x03000000, high, 0,   high, 0,         1, 0,               /* 64 bits */
	};

	cairn_fdt_begin_at(&f, "pci", config.base);
	cairn_fdt_string(&f, "compatible", "pci-host-ecam-generic");
	cairn_fdt_string(&f, "device_type", "pci");
	cairn_fdt_reg(&f, &config, 1);
	cairn_fdt_child_cells(&f, 3, 2);
	cairn_fdt_cells(&f, "bus-range", buses, 2);
	cairn_fdt_cells(&f, "ranges", ranges, CAIRN_ARRAY_LEN(ranges));
	cairn_fdt_u32(&f, "linux,pci-domain", i);
	cairn_fdt_end(&f);
}

static void psci(void)
{
	cairn_fdt_begin(&f, "psci");
	cairn_fdt_string(&f, "compatible", "arm,psci-0.2");
	cairn_fdt_string(&f, "method", "hvc");
	cairn_fdt_end(&f);
}

static int start(void **state)
{
	struct cairn_err err = { 0 };
	size_t len = 0;

	memset(&p, 0, sizeof(p));
	cairn_fdt_init(&f, blob, sizeof(blob));
	cairn_fdt_begin(&f, "");
	cairn_fdt_child_cells(&f, 2, 2);
	ram(RAM, RAM_BYTES);
	ram(HIGH_RAM, UINT64_C(1) << 30);
	cairn_fdt_begin(&f, "chosen");
	cairn_fdt_string(&f, "bootargs", "root=/dev/vda1");
	cairn_fdt_end(&f);
	interrupts();
	psci();
	primecell("pl061", "arm,pl061", 0x9020000);
	primecell("rtc", "arm,pl031", RTC);
	primecell("pl011", "arm,pl011", UART);
	segment(0);
	segment(1);
	cairn_fdt_end(&f);
	assert_int_equal(cairn_fdt_finish(&f, &len, &err), 0);
	test_view_bytes = blob;
	test_view_at = RAM;
	test_view_len = len;
	assert_int_equal(fw_handover_fdt(&p, RAM, &err), 0);
	fw_handover_acpi(&p);
	fw_handover_cmdline(&p);
	return 0;
}

static uint32_t type_at(uint64_t at)
{
	const struct fw_memory_entry *e = fw_memory_find(&p.memory, at);

	assert_non_null(e);
	return e->type;
}

static void the_tree_is_kept_though_it_reserves_nothing(void **state)
{
	assert_string_equal(p.cmdline, "root=/dev/vda1");
	assert_int_equal(p.fdt.at, RAM);
	assert_int_equal(p.fdt.len, test_view_len);
	assert_int_equal(type_at(RAM), FW_MEM_BOOT_DATA);
	assert_int_equal(type_at(RAM + test_view_len - 1), FW_MEM_BOOT_DATA);
}

static void memory_has_a_hole(void **state)
{
	assert_int_equal(type_at(RAM + sizeof(blob)), FW_MEM_FREE);
	assert_int_equal(type_at(RAM + RAM_BYTES - 1), FW_MEM_FREE);
	assert_null(fw_memory_find(&p.memory, RAM + RAM_BYTES));
	assert_null(fw_memory_find(&p.memory, HIGH_RAM - 1));
	assert_int_equal(type_at(HIGH_RAM + (1 << 30) - 1), FW_MEM_FREE);
}

static void devices_are_found(void **state)
{
	assert_int_equal(p.uart, FW_UART_PL011);
	assert_int_equal(p.uart_at, UART);
	assert_int_equal(p.rtc_at, RTC);
	assert_int_equal(p.n_mmio, 0);
	assert_int_equal(p.n_flash, 0);
	assert_false(p.psci_smc);
	assert_int_equal(p.rsdp_at, 0);
}

static void each_segment_has_a_bus_and_two_windows(void **state)
{
	assert_int_equal(p.n_ecam, 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(p.ecam[i].segment, i);
		assert_int_equal(p.ecam[i].at, ECAM + i * BUS_BYTES);
		assert_int_equal(p.ecam[i].first_bus, 0);
		assert_int_equal(p.ecam[i].last_bus, 0);
		assert_int_equal(p.ecam[i].mem32.at, WINDOW_32 + i * WINDOW_32_BYTES);
		assert_int_equal(p.ecam[i].mem32.len, WINDOW_32_BYTES);
		assert_int_equal(p.ecam[i].mem64.at, WINDOW_64 + ((uint64_t)i << 32));
		assert_int_equal(p.ecam[i].mem64.len, UINT64_C(1) << 32);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_tree_is_kept_though_it_reserves_nothing, start),
		cmocka_unit_test_setup(memory_has_a_hole, start),
		cmocka_unit_test_setup(devices_are_found, start),
		cmocka_unit_test_setup(each_segment_has_a_bus_and_two_windows, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
