/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The root of ACPI's tables: ACPI 6.5, 5.2.5.3, 5.2.8. */
#include <sys/mman.h>

#include <cairn/le.h>

#include "../acpi_root.h"
#include "arch_test.h"
#include "rig.h"

enum { RSDT_AT = 64, RSDT_BYTES = 36 + 8 };

static uint8_t *memory; /* below 4 GiB: the first revision knows no other addresses */

static bool sums_up(const uint8_t *b, size_t n)
{
	uint8_t sum = 0;

	while (n--)
		sum = (uint8_t)(sum + *b++);
	return sum == 0;
}

static void make(uint8_t revision, uint32_t rsdt_bytes)
{
	memset(memory, 0, 4096);
	memcpy(memory, "RSD PTR ", 8);
	memcpy(memory + 9, "OEMOEM", 6);
	memory[15] = revision;
	cairn_le_store(memory + 16, 4, (uintptr_t)memory + RSDT_AT);
	memcpy(memory + RSDT_AT, "RSDT", 4);
	cairn_le_store(memory + RSDT_AT + 4, 4, rsdt_bytes);
	cairn_le_store(memory + RSDT_AT + 36, 4, 0x11223344);
	cairn_le_store(memory + RSDT_AT + 40, 4, 0xfffffff0);
}

static uint64_t root_of_memory(void)
{
	uint64_t at = 0;

	assert_status(efi_acpi_root((uintptr_t)memory, &at), EFI_SUCCESS);
	return at;
}

static void the_first_revision_becomes_the_second(void **state)
{
	const uint8_t *rsdp, *xsdt;

	make(0, RSDT_BYTES);
	rsdp = (const uint8_t *)(uintptr_t)root_of_memory();
	assert_ptr_not_equal(rsdp, memory);
	assert_int_equal((uintptr_t)rsdp % 16, 0);
	assert_memory_equal(rsdp, "RSD PTR ", 8);
	assert_memory_equal(rsdp + 9, "OEMOEM", 6);
	assert_int_equal(rsdp[15], 2);
	assert_int_equal(cairn_le_load(rsdp + 20, 4), 36);
	assert_true(sums_up(rsdp, 20));
	assert_true(sums_up(rsdp, 36));
	xsdt = (const uint8_t *)(uintptr_t)cairn_le_load(rsdp + 24, 8);
	assert_memory_equal(xsdt, "XSDT", 4);
	assert_int_equal(cairn_le_load(xsdt + 4, 4), 36 + 16);
	assert_int_equal(cairn_le_load(xsdt + 36, 8), 0x11223344);
	assert_int_equal(cairn_le_load(xsdt + 44, 8), 0xfffffff0);
	assert_true(sums_up(xsdt, 36 + 16));
}

static void the_second_revision_stays(void **state)
{
	make(2, RSDT_BYTES);
	assert_int_equal(root_of_memory(), (uintptr_t)memory);
}

static void a_list_that_cannot_be_is_left_alone(void **state)
{
	static const uint32_t lengths[] = { 0, 35, 36, 36 + 65 * 4, 0xffffffff };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lengths); i++) {
		make(0, lengths[i]);
		assert_int_equal(root_of_memory(), (uintptr_t)memory);
	}
	make(0, RSDT_BYTES);
	cairn_le_store(memory + 16, 4, 0);
	assert_int_equal(root_of_memory(), (uintptr_t)memory);
	make(0, RSDT_BYTES);
	test_view_len = RSDT_AT + RSDT_BYTES - 1; /* its last byte is in no memory */
	assert_int_equal(root_of_memory(), (uintptr_t)memory);
	test_view_len = 4096;
}

static int setup(void **state)
{
	memory = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (memory == MAP_FAILED || (uintptr_t)memory > UINT32_MAX - 4096)
		return -1;
	test_view_at = (uintptr_t)memory;
	test_view_len = 4096;
	return rig_setup(state);
}

static int teardown(void **state)
{
	return munmap(memory, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_revision_becomes_the_second),
		cmocka_unit_test(the_second_revision_stays),
		cmocka_unit_test(a_list_that_cannot_be_is_left_alone),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
