/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../src/aml.h"

static uint8_t buf[1 << 21];

static struct aml start(struct cairn_writer *w)
{
	cairn_writer_init(w, buf, sizeof(buf));
	return (struct aml){ .w = w };
}

static void expect_int(uint64_t v, const char *bytes, size_t n)
{
	struct cairn_writer w;
	struct aml a = start(&w);

	cairn_acpi_aml_int_(&a, v);
	assert_int_equal(w.need, n);
	assert_memory_equal(buf, bytes, n);
}

static void integers_take_their_shortest_form(void **state)
{
	expect_int(0, "\x00", 1);
	expect_int(1, "\x01", 1);
	expect_int(2, "\x0a\x02", 2);
	expect_int(0xff, "\x0a\xff", 2);
	expect_int(0x100, "\x0b\x00\x01", 3);
	expect_int(0xffff, "\x0b\xff\xff", 3);
	expect_int(0x10000, "\x0c\x00\x00\x01\x00", 5);
	expect_int(0xffffffff, "\x0c\xff\xff\xff\xff", 5);
	expect_int(0x100000000, "\x0e\0\0\0\0\x01\0\0\0", 9);
}

static void eisa_ids_are_compressed(void **state)
{
	struct cairn_writer w;
	struct aml a = start(&w);

	cairn_acpi_aml_name_eisa_(&a, "_HID", "PNP0A08");
	assert_memory_equal(buf, "\x08_HID\x0c\x41\xd0\x0a\x08", 10);
}

static void length_of_a_term_counts_itself(void **state)
{
	struct cairn_writer w;
	struct aml a = start(&w);

	cairn_acpi_aml_scope_(&a, "_SB_");
	cairn_writer_fill(&w, 0, 0x12345 - 3 - 5);
	cairn_acpi_aml_close_(&a);
	assert_memory_equal(buf, "\x10\x85\x34\x12\\_SB_", 9);
	assert_false(a.failed);
}

static void term_of_a_mebibyte_is_noticed(void **state)
{
	struct cairn_writer w;
	struct aml a = start(&w);

	cairn_acpi_aml_package_(&a, 1);
	cairn_writer_fill(&w, 0, (1 << 20) - 3 - 1 - 1);
	cairn_acpi_aml_close_(&a);
	assert_false(a.failed);
	cairn_acpi_aml_package_(&a, 1);
	cairn_writer_fill(&w, 0, (1 << 20) - 3 - 1);
	cairn_acpi_aml_close_(&a);
	assert_true(a.failed);
}

static void nesting_beyond_the_bound_is_noticed(void **state)
{
	struct cairn_writer w;
	struct aml a = start(&w);

	for (int i = 0; i < AML_MAX_DEPTH; i++)
		cairn_acpi_aml_package_(&a, 1);
	assert_false(a.failed);
	cairn_acpi_aml_package_(&a, 1);
	assert_true(a.failed);
	for (int i = 0; i <= AML_MAX_DEPTH; i++)
		cairn_acpi_aml_close_(&a);
	assert_int_equal(a.depth, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_take_their_shortest_form),
		cmocka_unit_test(eisa_ids_are_compressed),
		cmocka_unit_test(length_of_a_term_counts_itself),
		cmocka_unit_test(term_of_a_mebibyte_is_noticed),
		cmocka_unit_test(nesting_beyond_the_bound_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
