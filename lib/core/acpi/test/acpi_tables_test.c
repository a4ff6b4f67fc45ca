/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "look.h"

static size_t write_machine(const struct cairn_acpi_x86_config *c)
{
	struct cairn_writer w;

	look_begin(&w);
	assert_int_equal(cairn_acpi_x86_write(&w, cairn_gpa_of(ACPI_AT), c, NULL), 0);
	assert_true(cairn_writer_is_whole(&w));
	return w.need;
}

static size_t write_one(unsigned i)
{
	struct cairn_writer w;

	look_begin(&w);
	assert_int_equal(write_any(i, &w), 0);
	assert_true(cairn_writer_is_whole(&w));
	return w.need;
}

static void every_table_is_listed_and_sums_to_zero(void **state)
{
	for (unsigned i = 0; i < N_ALL; i++) {
		look_at_all(write_one(i));
		assert_non_null(look_find("APIC"));
		if (i < N_MACHINES)
			assert_int_equal(look_find("MCFG") != NULL, machine(i).c.pci != NULL);
	}
}

static void empty_buffer_tells_the_need(void **state)
{
	for (unsigned i = 0; i < N_ALL; i++) {
		struct cairn_writer w;

		cairn_writer_init(&w, NULL, 0);
		assert_int_equal(write_any(i, &w), 0);
		assert_false(cairn_writer_is_whole(&w));
		assert_int_equal(w.need, write_one(i));
	}
}

static void short_buffer_is_not_overrun(void **state)
{
	for (unsigned i = N_MACHINES - 1; i < N_ALL; i += N_ARM64) { /* everything, twice */
		size_t need = write_one(i);

		for (size_t size = 0; size < need; size += 499) {
			struct cairn_writer w;

			look_image[size] = LOOK_FILL;
			cairn_writer_init(&w, look_image, size);
			assert_int_equal(write_any(i, &w), 0);
			assert_int_equal(w.need, need);
			assert_int_equal(look_image[size], LOOK_FILL);
		}
	}
}

static void tables_can_follow_other_bytes(void **state)
{
	static uint8_t copy[1 << 18];

	for (unsigned i = 1; i < N_ALL; i += N_MACHINES) { /* with PCI */
		size_t alone = write_one(i);
		struct cairn_writer w;

		memcpy(copy, look_image, alone);
		cairn_writer_init(&w, look_image, sizeof(look_image));
		cairn_writer_fill(&w, 0x55, 7);
		assert_int_equal(write_any(i, &w), 0);
		assert_memory_equal(look_image + 7, copy, alone);
	}
}

static void fadt_is_hardware_reduced(void **state)
{
	struct machine m = machine(0);
	const uint8_t *f;

	write_machine(&m.c);
	f = look_find("FACP");
	assert_int_equal(cairn_le_load(f + 4, 4), 276);
	assert_int_equal(f[8], 6);
	assert_int_equal(cairn_le_load(f + 112, 4), 1 << 20 | 1 << 10 | 1 << 5 | 1 << 4 | 1);
	assert_int_equal(f[108], 0x32);
	assert_int_equal(cairn_le_load(f + 109, 2), 0x04);
	assert_memory_equal(f + 116, "\x01\x08\x00\x01\xf9\x0c\0\0\0\0\0\0", 12);
	assert_int_equal(f[128], 0x0e);
	assert_memory_equal(f + 244, "\x01\x08\x00\x01\x00\x06\0\0\0\0\0\0", 12);
	assert_memory_equal(f + 256, "\x01\x08\x00\x01\x01\x06\0\0\0\0\0\0", 12);
}

static void absent_parts_are_marked_absent(void **state)
{
	struct machine m = machine(5);
	const uint8_t *f;

	write_machine(&m.c);
	f = look_find("FACP");
	assert_int_equal(cairn_le_load(f + 112, 4) & 1 << 10, 0);
	assert_int_equal(f[108], 0);
	assert_int_equal(cairn_le_load(f + 109, 2), 0x24);
	assert_int_equal(cairn_le_load(f + 116, 8), 0);
}

static void small_apic_ids_take_the_short_form(void **state)
{
	struct machine m = machine(2);

	write_machine(&m.c);
	assert_memory_equal(look_madt(0, 253), "\x00\x08\xfd\xfd\x01\0\0\0", 8);
	assert_null(look_madt(0, 254));
	assert_null(look_madt(9, 0));
	assert_null(look_madt(10, 0));
	assert_memory_equal(look_madt(4, 0), "\x04\x06\xff\x00\x00\x01", 6);
}

static void large_apic_ids_take_the_x2apic_form(void **state)
{
	struct machine m = machine(3);

	write_machine(&m.c);
	assert_memory_equal(look_madt(0, 254), "\x00\x08\xfe\xfe\x01\0\0\0", 8);
	assert_null(look_madt(0, 255));
	assert_memory_equal(look_madt(9, 0), "\x09\x10\0\0\xff\0\0\0\x01\0\0\0\xff\0\0\0", 16);
	assert_memory_equal(look_madt(9, 256), "\x09\x10\0\0\xff\x01\0\0\x01\0\0\0\xff\x01\0\0",
			    16);
	assert_null(look_madt(9, 257));
	assert_memory_equal(look_madt(10, 0), "\x0a\x0c\0\0\xff\xff\xff\xff\x01\0\0\0", 12);
}

static void sparse_apic_id_takes_the_x2apic_form(void **state)
{
	static const uint32_t ids[] = { 0, 255 };
	struct machine m = machine(0);

	m.c.apic_ids = ids;
	m.c.n_cpus = 2;
	write_machine(&m.c);
	assert_memory_equal(look_madt(9, 0), "\x09\x10\0\0\xff\0\0\0\x01\0\0\0\x01\0\0\0", 16);
}

static void madt_names_ioapic_and_overrides(void **state)
{
	struct machine m = machine(6);

	write_machine(&m.c);
	assert_memory_equal(look_madt(1, 0), "\x01\x0c\0\0\0\0\xc0\xfe\0\0\0\0", 12);
	assert_memory_equal(look_madt(2, 0), "\x02\x0a\x00\x00\x02\0\0\0\x05\0", 10);
	assert_memory_equal(look_madt(2, 1), "\x02\x0a\x00\x09\x09\0\0\0\x0d\0", 10);
	assert_int_equal(cairn_le_load(look_find("APIC") + 36, 4), 0xfee00000);
	assert_int_equal(cairn_le_load(look_find("APIC") + 40, 4), 0);
}

static void mcfg_names_the_ecam(void **state)
{
	struct machine m = machine(1);

	write_machine(&m.c);
	assert_int_equal(cairn_le_load(look_find("MCFG") + 4, 4), 60);
	assert_memory_equal(look_find("MCFG") + 44, "\0\0\0\xb0\0\0\0\0\0\0\x00\xff\0\0\0\0", 16);
}

/* The description is refused, with a reason. */
static void expect_refusal(const struct cairn_acpi_x86_config *c)
{
	struct cairn_writer w;
	struct cairn_err err = { 0 };

	cairn_writer_init(&w, look_image, sizeof(look_image));
	assert_int_equal(cairn_acpi_x86_write(&w, cairn_gpa_of(ACPI_AT), c, &err), -EINVAL);
	assert_int_equal(err.code, EINVAL);
	assert_non_null(err.what);
	assert_int_equal(w.need, 0);
}

static void counts_beyond_their_limits_are_refused(void **state)
{
	struct machine m = machine(6);
	struct cairn_acpi_x86_config c = m.c;

	c.n_cpus = 0;
	expect_refusal(&c);
	c.n_cpus = CAIRN_ACPI_MAX_CPUS + 1;
	expect_refusal(&c);
	c = m.c;
	c.n_overrides = 17;
	expect_refusal(&c);
	c = m.c;
	c.n_mmio = CAIRN_ACPI_MAX_MMIO + 1;
	expect_refusal(&c);
	c = m.c;
	c.n_serials = CAIRN_ACPI_MAX_SERIALS + 1;
	expect_refusal(&c);
}

static void a_sleep_register_that_is_no_port_is_refused(void **state)
{
	struct machine m = machine(0);
	struct cairn_acpi_x86_config c = m.c;

	c.sleep_port = 0xffff;
	expect_refusal(&c);
}

static void devices_out_of_range_are_refused(void **state)
{
	struct cairn_acpi_override override = { .irq = 16 };
	struct cairn_acpi_mmio mmio = { .base = 0x1000, .len = 0 };
	struct machine m = machine(0);

	m.c.mmio = &mmio;
	m.c.n_mmio = 1;
	expect_refusal(&m.c);
	mmio = (struct cairn_acpi_mmio){ .base = UINT64_MAX, .len = 2 };
	expect_refusal(&m.c);
	m = machine(0);
	m.c.overrides = &override;
	m.c.n_overrides = 1;
	expect_refusal(&m.c);
}

static void bad_pci_windows_are_refused(void **state)
{
	struct machine m = machine(1);
	const struct cairn_acpi_pci good = *m.c.pci;
	struct cairn_acpi_pci p = good;

	m.c.pci = &p;
	p.first_bus = 1;
	p.last_bus = 0;
	expect_refusal(&m.c);
	p = good;
	p.mem32.base += 0x100000;
	p.mem32.len -= 0x100000;
	p.ecam = 0xb0080000;
	expect_refusal(&m.c);
	p.ecam = UINT64_C(0xfffffffffff00000);
	expect_refusal(&m.c);
	p = good;
	p.mem32.len = 0x40000001;
	expect_refusal(&m.c);
	p.mem32.base = UINT64_C(1) << 32;
	expect_refusal(&m.c);
	p = good;
	p.mem64 = (struct cairn_acpi_window){ UINT64_MAX - 1, 3 };
	expect_refusal(&m.c);
}

static void overlapping_pci_windows_are_refused(void **state)
{
	struct machine m = machine(1);
	const struct cairn_acpi_pci good = *m.c.pci;
	struct cairn_acpi_pci p = good;

	m.c.pci = &p;
	p.mem32.base = 0xbffff000;
	expect_refusal(&m.c);
	p = good;
	p.mem64.base = 0xc0000000;
	expect_refusal(&m.c);
	p = good;
	p.mem32.len = 0;
	p.mem64 = (struct cairn_acpi_window){ 0xb0000000, 1 };
	expect_refusal(&m.c);
	p.mem64 = (struct cairn_acpi_window){ 0xafffffff, 1 };
	write_machine(&m.c);
}

static void unaligned_start_is_refused(void **state)
{
	struct machine m = machine(0);
	struct cairn_writer w;
	struct cairn_err err = { 0 };

	cairn_writer_init(&w, look_image, sizeof(look_image));
	assert_int_equal(cairn_acpi_x86_write(&w, cairn_gpa_of(ACPI_AT + 8), &m.c, &err), -EINVAL);
	assert_int_equal(err.at, ACPI_AT + 8);
}

/* The example of the README. */
static void readme_example_works(void **state)
{
	static uint8_t area[0x10000];
	static const uint32_t apic_ids[] = { 0, 1 };
	const struct cairn_acpi_x86_config machine = {
		.apic_ids = apic_ids,
		.n_cpus = 2,
		.lapic = 0xfee00000,
		.ioapic = 0xfec00000,
		.sleep_port = 0x600,
		.ged_port = 0x602,
		.ged_line = { .gsi = 5 },
	};
	struct cairn_writer w;
	struct cairn_err err;

	cairn_writer_init(&w, area, sizeof(area));
	assert_int_equal(cairn_acpi_x86_write(&w, cairn_gpa_of(0xe0000), &machine, &err), 0);
	assert_true(cairn_writer_is_whole(&w));
	assert_memory_equal(area, "RSD PTR ", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_table_is_listed_and_sums_to_zero),
		cmocka_unit_test(empty_buffer_tells_the_need),
		cmocka_unit_test(short_buffer_is_not_overrun),
		cmocka_unit_test(tables_can_follow_other_bytes),
		cmocka_unit_test(fadt_is_hardware_reduced),
		cmocka_unit_test(absent_parts_are_marked_absent),
		cmocka_unit_test(small_apic_ids_take_the_short_form),
		cmocka_unit_test(large_apic_ids_take_the_x2apic_form),
		cmocka_unit_test(sparse_apic_id_takes_the_x2apic_form),
		cmocka_unit_test(madt_names_ioapic_and_overrides),
		cmocka_unit_test(mcfg_names_the_ecam),
		cmocka_unit_test(counts_beyond_their_limits_are_refused),
		cmocka_unit_test(a_sleep_register_that_is_no_port_is_refused),
		cmocka_unit_test(devices_out_of_range_are_refused),
		cmocka_unit_test(bad_pci_windows_are_refused),
		cmocka_unit_test(overlapping_pci_windows_are_refused),
		cmocka_unit_test(unaligned_start_is_refused),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
