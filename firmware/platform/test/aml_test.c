/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* PCI host bridges that only AML tells of, as QEMU's microvm has one. */
#include <fw/handover.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "arch_test.h"
#include "tables.h"

enum {
	RSDP = 0x100,
	ROOT = 0x200,
	FADT = 0x300,
	MCFG = 0x500,
	DSDT = 0x600,
	AML = DSDT + 36,
	RETURN = 10,    /* of the bytes below: what the method does */
	VALUE = 11,     /* with what */
	BUSES_MIN = 33, /* of the first descriptor */
	MEM64_MIN = 81, /* of the last */
};

/* Method (_CBA) { Return (0xe0000000) }, Name (_CRS, …): buses 2 to 0x11, DWord, QWord. */
static const uint8_t bridge[] = {
	0xa3, 0xa3, 0xa3, 0x14, 0x0c, '_',  'C',  'B',  'A',  0x00, 0xa4, 0x0c, 0x00, 0x00, 0x00,
	0xe0, '_',  'C',  'R',  'S',  0x11, 0x48, 0x07, 0x0a, 0x70, 0x88, 0x0d, 0x00, 0x02, 0x0c,
	0x00, 0x00, 0x00, 0x02, 0x00, 0x11, 0x00, 0x00, 0x00, 0x10, 0x00, 0x87, 0x17, 0x00, 0x00,
	0x0c, 0x01, 0,    0,    0,    0,    0,    0,    0,    0xc0, 0xff, 0xff, 0xff, 0xcf, 0,
	0,    0,    0,    0,    0,    0,    0x10, 0x8a, 0x2b, 0x00, 0x00, 0x0c, 0x01, 0,    0,
	0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x08, 0,    0,    0,    0xff,
	0xff, 0xff, 0xff, 0x0f, 0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
	0,    0,    0,    0,    0x08, 0,    0,    0,    0x79, 0x00,
};

static uint8_t ram[8192] __attribute__((aligned(4096)));
static struct fw_platform p;

static uint64_t address(uint32_t off)
{
	return (uintptr_t)ram + off;
}

static void finish(uint32_t aml_bytes)
{
	memset(&p, 0, sizeof(p));
	memcpy(ram + RSDP, "RSD PTR ", 8);
	ram[RSDP + 15] = 2;
	cairn_le_store(ram + RSDP + 24, 8, address(ROOT));
	table_sum(ram + RSDP, 20, 8);
	table_sum(ram + RSDP, 36, 32);
	cairn_le_store(ram + ROOT + 36, 8, address(FADT));
	table_finish(ram + ROOT, "XSDT", 52);
	cairn_le_store(ram + FADT + 140, 8, address(DSDT));
	table_finish(ram + FADT, "FACP", 268);
	table_finish(ram + DSDT, "DSDT", 36 + aml_bytes);
	p.rsdp_at = address(RSDP);
	fw_handover_acpi(&p);
}

static int start(void **state)
{
	memset(ram, 0, sizeof(ram));
	test_view_at = address(0);
	test_view_len = sizeof(ram);
	memcpy(ram + AML, bridge, sizeof(bridge));
	return 0;
}

static void a_bridge_without_mcfg_is_found_with_its_windows(void **state)
{
	finish(sizeof(bridge));
	assert_int_equal(p.n_ecam, 1);
	assert_int_equal(p.ecam[0].at, 0xe0200000);
	assert_int_equal(p.ecam[0].first_bus, 2);
	assert_int_equal(p.ecam[0].last_bus, 0x11);
	assert_int_equal(p.ecam[0].mem32.at, 0xc0000000);
	assert_int_equal(p.ecam[0].mem32.len, 0x10000000);
	assert_int_equal(p.ecam[0].mem64.at, UINT64_C(0x800000000));
	assert_int_equal(p.ecam[0].mem64.len, UINT64_C(0x800000000));
}

static void a_name_is_as_good_as_a_method(void **state)
{
	static const uint8_t name[] = { 0xa3, 0x08, '_',  'C',  'B',  'A',  0x0e, 0x00,
					0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00 };

	memset(ram + AML, 0, sizeof(bridge));
	memcpy(ram + AML, name, sizeof(name));
	finish(sizeof(bridge));
	assert_int_equal(p.n_ecam, 1);
	assert_int_equal(p.ecam[0].at, UINT64_C(0x4000000000));
	assert_int_equal(p.ecam[0].last_bus, 255);
	assert_int_equal(p.ecam[0].mem32.len, 0);
}

static void mcfg_is_believed_before_aml(void **state)
{
	cairn_le_store(ram + MCFG + 44, 8, 0xb0000000);
	table_finish(ram + MCFG, "MCFG", 60);
	cairn_le_store(ram + ROOT + 44, 8, address(MCFG));
	finish(sizeof(bridge));
	assert_int_equal(p.n_ecam, 1);
	assert_int_equal(p.ecam[0].at, 0xb0000000);
}

static void methods_that_do_more_than_return_a_number_are_none(void **state)
{
	ram[AML + RETURN] = 0x70; /* no Return */
	finish(sizeof(bridge));
	assert_int_equal(p.n_ecam, 0);
	ram[AML + RETURN] = 0xa4;
	ram[AML + VALUE] = 0x60; /* of what Local0 is */
	finish(sizeof(bridge));
	assert_int_equal(p.n_ecam, 0);
}

static void windows_that_wrap_are_none(void **state)
{
	memset(ram + AML + MEM64_MIN, 0xff, 8); /* the minimum, to the last byte of all */
	memset(ram + AML + BUSES_MIN, 0xff, 2); /* 65535 */
	finish(sizeof(bridge));
	assert_int_equal(p.n_ecam, 1);
	assert_int_equal(p.ecam[0].mem64.len, 0);
	assert_int_equal(p.ecam[0].first_bus, 0);
}

/* Each byte wrong, and each length that the table may end at. */
static void aml_may_lie_and_end_anywhere(void **state)
{
	for (uint32_t i = 0; i < sizeof(bridge); i++) {
		ram[AML + i] ^= 0xff;
		finish(sizeof(bridge));
		assert_true(p.n_ecam <= 1);
		ram[AML + i] ^= 0xff;
		finish(i);
		assert_true(p.n_ecam <= 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_bridge_without_mcfg_is_found_with_its_windows, start),
		cmocka_unit_test_setup(a_name_is_as_good_as_a_method, start),
		cmocka_unit_test_setup(mcfg_is_believed_before_aml, start),
		cmocka_unit_test_setup(methods_that_do_more_than_return_a_number_are_none, start),
		cmocka_unit_test_setup(windows_that_wrap_are_none, start),
		cmocka_unit_test_setup(aml_may_lie_and_end_anywhere, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
