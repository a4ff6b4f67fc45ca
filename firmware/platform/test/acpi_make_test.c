/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The tables that are made for a machine without any, read back. */
#include <fw/handover.h>

#include <sys/mman.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "arch_test.h"
#include "tables.h"

/* Memory of the test at the addresses themselves: where a MultiProcessor table may be, and RAM. */
enum {
	LOW = 0x90000,
	MP = 0x9fc00,
	CONFIG = 0x9fd00,
	RAM = 0x100000,
	RAM_END = 0x110000,
	PROCESSOR_BYTES = 20,
	HEADER_BYTES = 44,
};

static uint8_t *low;
static struct fw_platform p;

static uint8_t *at(uint64_t address)
{
	return low + (address - LOW);
}

static int start(void **state)
{
	static const char line[] = "virtio_mmio.device=512@0xfeb00000:5 "
				   "virtio_mmio.device=512@0xfeb00e00:12";

	if (!low) {
		low = mmap((void *)(uintptr_t)LOW, RAM_END - LOW, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (low != (void *)(uintptr_t)LOW) {
			printf("no memory at %x on this machine\n", LOW);
			skip();
		}
	}
	memset(low, 0, RAM_END - LOW);
	memset(&p, 0, sizeof(p));
	test_view_at = LOW;
	test_view_len = RAM_END - LOW;
	memcpy(p.cmdline, line, sizeof(line));
	fw_handover_cmdline(&p);
	return fw_memory_describe(&p.memory, RAM, RAM_END - RAM, FW_MEM_FREE, FW_MEM_ATTR_WB);
}

/* The table that the root names with a signature. */
static const uint8_t *table(const char *signature)
{
	const uint8_t *root = at(cairn_le_load(at(p.rsdp_at) + 24, 8));
	uint64_t n = (cairn_le_load(root + 4, 4) - 36) / 8;

	for (uint64_t i = 0; i < n; i++) {
		const uint8_t *t = at(cairn_le_load(root + 36 + 8 * i, 8));

		if (memcmp(t, signature, 4) == 0)
			return t;
	}
	fail_msg("no %s", signature);
	return NULL;
}

/* A MultiProcessor table with entries of so many bytes. */
static void mptable(const uint8_t *entries, uint32_t len, uint32_t n)
{
	memcpy(at(MP), "_MP_", 4);
	cairn_le_store(at(MP) + 4, 4, CONFIG);
	at(MP)[8] = 1;
	table_sum(at(MP), 16, 10);
	memcpy(at(CONFIG), "PCMP", 4);
	cairn_le_store(at(CONFIG) + 4, 2, HEADER_BYTES + len);
	cairn_le_store(at(CONFIG) + 34, 2, n);
	cairn_le_store(at(CONFIG) + 36, 4, 0xfee00000);
	memcpy(at(CONFIG) + HEADER_BYTES, entries, len);
	table_sum(at(CONFIG), HEADER_BYTES + len, 7);
}

static const uint8_t three_cpus[3 * PROCESSOR_BYTES + 16] = {
	[0] = 0,  [1] = 4,  [3] = 1,                            /* enabled */
	[20] = 0, [21] = 6, [23] = 0,                           /* not */
	[40] = 0, [41] = 2, [43] = 3,                           /* and booted */
	[60] = 1,                                               /* a bus */
	[68] = 2, [69] = 7, [71] = 1, [74] = 0xc1, [75] = 0xfe, /* the I/O APIC */
};

static void what_was_made_names_the_devices(void **state)
{
	struct fw_platform again = { 0 };

	assert_int_equal(fw_handover_acpi_make(&p), 0);
	assert_int_equal(fw_memory_find(&p.memory, p.rsdp_at)->type, FW_MEM_ACPI);
	again.rsdp_at = p.rsdp_at;
	fw_handover_acpi(&again);
	assert_int_equal(again.n_mmio, 2);
	assert_int_equal(again.mmio[0], 0xfeb00000);
	assert_int_equal(again.mmio[1], 0xfeb00e00);
	assert_int_equal(again.sleep.at, 0);
	assert_int_equal(table("APIC")[44 + 3], 0); /* one processor, number 0 */
}

static void processors_are_those_of_the_multiprocessor_table(void **state)
{
	const uint8_t *madt;

	mptable(three_cpus, sizeof(three_cpus), 5);
	assert_int_equal(fw_handover_acpi_make(&p), 0);
	madt = table("APIC");
	assert_int_equal(madt[44 + 3], 2); /* the one that booted */
	assert_int_equal(madt[52 + 3], 4);
	assert_int_equal(madt[60], 1); /* the I/O APIC follows */
	assert_int_equal(madt[60 + 2], 7);
	assert_int_equal(cairn_le_load(madt + 60 + 4, 4), 0xfec10000);
}

static void a_multiprocessor_table_may_lie(void **state)
{
	struct fw_platform fresh = p;

	for (uint32_t i = 0; i < HEADER_BYTES + sizeof(three_cpus); i++) {
		p = fresh;
		mptable(three_cpus, sizeof(three_cpus), 5);
		at(CONFIG)[i] ^= 0xff;
		if (i >= 4 && i < 6) /* its length: the sum is elsewhere */
			table_sum(at(CONFIG), 1 << 8, 7);
		else
			table_sum(at(CONFIG), HEADER_BYTES + sizeof(three_cpus), 7);
		assert_int_equal(fw_handover_acpi_make(&p), 0);
		assert_true(cairn_le_load(table("APIC") + 4, 4) >= 44 + 8 + 12);
	}
}

static void a_multiprocessor_table_with_a_wrong_sum_is_none(void **state)
{
	mptable(three_cpus, sizeof(three_cpus), 5);
	at(CONFIG)[8] ^= 1;
	assert_int_equal(fw_handover_acpi_make(&p), 0);
	assert_int_equal(table("APIC")[44 + 3], 0);
	assert_int_equal(table("APIC")[52], 1); /* one processor, then the I/O APIC */
}

static void what_sticks_out_of_a_multiprocessor_table_is_none(void **state)
{
	static const uint8_t cut[] = { 2, 7, 0, 1, 0, 0, 0xc1, 0xfe, 0, 3, 0, 3, 0, 0, 0, 0, 0, 0,
				       0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 9, 0, 1, 0, 0, 0, 0 };

	mptable(cut, sizeof(cut), 3);
	assert_int_equal(fw_handover_acpi_make(&p), 0);
	assert_int_equal(table("APIC")[44 + 3], 3);
	assert_int_equal(table("APIC")[52], 1);
}

static void a_machine_with_tables_keeps_them(void **state)
{
	p.rsdp_at = 0xe0000;
	assert_int_equal(fw_handover_acpi_make(&p), 0);
	assert_int_equal(p.rsdp_at, 0xe0000);
}

static void without_devices_or_memory_there_are_none(void **state)
{
	p.mmio_irq[0] = p.mmio_irq[1] = 0; /* nobody knows their interrupts */
	assert_int_equal(fw_handover_acpi_make(&p), -ENOENT);
	p.mmio_irq[0] = 5;
	memset(&p.memory, 0, sizeof(p.memory));
	assert_int_equal(fw_handover_acpi_make(&p), -ENOMEM);
	assert_int_equal(p.rsdp_at, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_made_names_the_devices, start),
		cmocka_unit_test_setup(processors_are_those_of_the_multiprocessor_table, start),
		cmocka_unit_test_setup(a_multiprocessor_table_may_lie, start),
		cmocka_unit_test_setup(a_multiprocessor_table_with_a_wrong_sum_is_none, start),
		cmocka_unit_test_setup(what_sticks_out_of_a_multiprocessor_table_is_none, start),
		cmocka_unit_test_setup(a_machine_with_tables_keeps_them, start),
		cmocka_unit_test_setup(without_devices_or_memory_there_are_none, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
