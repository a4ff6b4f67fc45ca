/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/loader.h>

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

static int add(struct cairn_memmap *map, uint64_t at, uint64_t len)
{
	return cairn_loader_memmap_add(map, cairn_gpa_of(at), len, CAIRN_MEMMAP_RAM);
}

static int carve(struct cairn_memmap *map, uint64_t at, uint64_t len)
{
	return cairn_loader_memmap_carve(map, cairn_gpa_of(at), len, CAIRN_MEMMAP_ACPI);
}

static void assert_entry(const struct cairn_memmap *map, uint32_t i, uint64_t at, uint64_t len,
			 enum cairn_memmap_type type)
{
	assert_true(i < map->n);
	assert_int_equal(map->entries[i].at.v, at);
	assert_int_equal(map->entries[i].len_bytes, len);
	assert_int_equal(map->entries[i].type, type);
}

static void add_keeps_the_map_sorted(void **state)
{
	struct cairn_memmap map = { 0 };

	assert_int_equal(add(&map, 0x3000, 0x1000), 0);
	assert_int_equal(add(&map, 0x1000, 0x1000), 0);
	assert_int_equal(add(&map, 0x2000, 0x1000), 0);
	assert_entry(&map, 0, 0x1000, 0x1000, CAIRN_MEMMAP_RAM);
	assert_entry(&map, 1, 0x2000, 0x1000, CAIRN_MEMMAP_RAM);
	assert_entry(&map, 2, 0x3000, 0x1000, CAIRN_MEMMAP_RAM);
}

static void add_refuses_overlap_emptiness_and_wrap(void **state)
{
	struct cairn_memmap map = { 0 };

	assert_int_equal(add(&map, 0x2000, 0x1000), 0);
	assert_int_equal(add(&map, 0x2fff, 0x1000), -EEXIST);
	assert_int_equal(add(&map, 0x1001, 0x1000), -EEXIST);
	assert_int_equal(add(&map, 0x1000, 0x3000), -EEXIST);
	assert_int_equal(add(&map, 0x8000, 0), -EINVAL);
	assert_int_equal(add(&map, UINT64_MAX, 1), -EINVAL);
	assert_int_equal(map.n, 1);
}

static void full_map_takes_no_more(void **state)
{
	struct cairn_memmap map = { 0 };

	for (uint64_t i = 0; i < CAIRN_MEMMAP_MAX; i++)
		assert_int_equal(add(&map, i * 0x10, 0x10), 0);
	assert_int_equal(add(&map, 0x100000, 1), -ENOSPC);
	assert_int_equal(carve(&map, 0x10, 8), -ENOSPC);
	assert_int_equal(carve(&map, 0x10, 0x10), 0);
	map.n--;
	assert_int_equal(carve(&map, 0x24, 4), -ENOSPC);
	assert_int_equal(carve(&map, 0x20, 4), 0);
}

static void carve_splits_ram(void **state)
{
	struct cairn_memmap map = { 0 };

	assert_int_equal(add(&map, 0x1000, 0x4000), 0);
	assert_int_equal(add(&map, 0x9000, 0x1000), 0);
	assert_int_equal(carve(&map, 0x2000, 0x1000), 0);
	assert_entry(&map, 0, 0x1000, 0x1000, CAIRN_MEMMAP_RAM);
	assert_entry(&map, 1, 0x2000, 0x1000, CAIRN_MEMMAP_ACPI);
	assert_entry(&map, 2, 0x3000, 0x2000, CAIRN_MEMMAP_RAM);
	assert_entry(&map, 3, 0x9000, 0x1000, CAIRN_MEMMAP_RAM);
	assert_int_equal(carve(&map, 0x1000, 0x1000), 0);
	assert_int_equal(map.n, 4);
	assert_int_equal(carve(&map, 0x4000, 0x1000), 0);
	assert_entry(&map, 3, 0x4000, 0x1000, CAIRN_MEMMAP_ACPI);
}

static void carve_wants_one_ram_entry(void **state)
{
	struct cairn_memmap map = { 0 };

	assert_int_equal(add(&map, 0x1000, 0x1000), 0);
	assert_int_equal(add(&map, 0x2000, 0x1000), 0);
	assert_int_equal(carve(&map, 0x1000, 0), -EINVAL);
	assert_int_equal(carve(&map, 0x1800, 0x1000), -EFAULT);
	assert_int_equal(carve(&map, 0xfff, 1), -EFAULT);
	assert_int_equal(carve(&map, 0x1000, UINT64_MAX), -EFAULT);
	assert_int_equal(carve(&map, 0x1000, 0x1000), 0);
	assert_int_equal(carve(&map, 0x1000, 0x1000), -EFAULT);
}

static struct cairn_x86_memory machine(uint64_t ram_bytes)
{
	return (struct cairn_x86_memory){ .ram_bytes = ram_bytes,
					  .hole = { .at = GIB(3), .len = GIB(1) },
					  .ecam = { .at = GIB(3) + MIB(256), .len = MIB(256) } };
}

static void small_machine_lies_below_the_hole(void **state)
{
	struct cairn_x86_memory m = machine(MIB(128));
	struct cairn_memmap map;
	struct cairn_x86_ram ram;

	assert_int_equal(cairn_loader_x86_memmap(&m, &map, NULL), 0);
	assert_int_equal(map.n, 4);
	assert_entry(&map, 0, 0, 0x9fc00, CAIRN_MEMMAP_RAM);
	assert_entry(&map, 1, 0x9fc00, 0x60400, CAIRN_MEMMAP_RESERVED);
	assert_entry(&map, 2, MIB(1), MIB(127), CAIRN_MEMMAP_RAM);
	assert_entry(&map, 3, GIB(3) + MIB(256), MIB(256), CAIRN_MEMMAP_RESERVED);
	assert_int_equal(cairn_loader_x86_ram(&m, &ram, NULL), 0);
	assert_int_equal(ram.low_bytes, MIB(128));
	assert_int_equal(ram.high_bytes, 0);
}

static void large_machine_goes_on_above_the_hole(void **state)
{
	struct cairn_x86_memory m = machine(GIB(8));
	struct cairn_memmap map;
	struct cairn_x86_ram ram;

	assert_int_equal(cairn_loader_x86_memmap(&m, &map, NULL), 0);
	assert_int_equal(map.n, 5);
	assert_entry(&map, 2, MIB(1), GIB(3) - MIB(1), CAIRN_MEMMAP_RAM);
	assert_entry(&map, 4, GIB(4), GIB(5), CAIRN_MEMMAP_RAM);
	assert_int_equal(cairn_loader_x86_ram(&m, &ram, NULL), 0);
	assert_int_equal(ram.low_bytes, GIB(3));
	assert_int_equal(ram.high_at.v, GIB(4));
	assert_int_equal(ram.high_bytes, GIB(5));
}

static void machine_that_just_fits_has_no_high_memory(void **state)
{
	struct cairn_x86_memory m = machine(GIB(3));
	struct cairn_memmap map;

	m.ecam.len = 0;
	assert_int_equal(cairn_loader_x86_memmap(&m, &map, NULL), 0);
	assert_int_equal(map.n, 3);
	m.ram_bytes += 4096;
	assert_int_equal(cairn_loader_x86_memmap(&m, &map, NULL), 0);
	assert_entry(&map, 3, GIB(4), 4096, CAIRN_MEMMAP_RAM);
}

static void refused(struct cairn_x86_memory m, const char *what)
{
	struct cairn_memmap map;
	struct cairn_err err = { 0 };

	assert_int_equal(cairn_loader_x86_memmap(&m, &map, &err), -EINVAL);
	assert_string_equal(err.what, what);
}

static void machines_that_cannot_be_are_refused(void **state)
{
	const char *ram = "memory is not whole pages, or below 2 MiB";
	const char *hole = "memory hole outside 2 MiB to 4 GiB";
	const char *ecam = "PCI configuration space outside the hole";
	struct cairn_x86_memory m = machine(MIB(128));

	refused(machine(0), ram);
	refused(machine(MIB(2) - 4096), ram);
	refused(machine(MIB(2) + 1), ram);
	refused(machine(UINT64_C(1) << 52), "more memory than addresses");
	m.hole.len = 0;
	refused(m, hole);
	m.hole.len = GIB(1) + 4096;
	refused(m, hole);
	m.hole.len = 4095;
	refused(m, hole);
	m.hole.len = UINT64_MAX & ~UINT64_C(4095);
	refused(m, hole);
	m.hole = (struct cairn_range){ .at = MIB(2) - 4096, .len = GIB(1) };
	refused(m, hole);
	m = machine(MIB(128));
	m.ecam.at = GIB(3) - 1;
	refused(m, ecam);
	m.ecam.at = GIB(4) - 1;
	refused(m, ecam);
}

static uint64_t initrd(const struct cairn_memmap *map, uint64_t kernel_at, uint64_t kernel_len,
		       uint64_t len, uint64_t max)
{
	struct cairn_range kernel = { .at = kernel_at, .len = kernel_len };
	cairn_gpa at = { 0 };
	int ret = cairn_loader_initrd_place(map, kernel, len, max, &at, NULL);

	assert_true(ret == 0 || ret == -ENOSPC);
	return at.v;
}

static void initrd_goes_to_the_top_of_ram(void **state)
{
	struct cairn_x86_memory m = machine(MIB(128));
	struct cairn_memmap map;

	assert_int_equal(cairn_loader_x86_memmap(&m, &map, NULL), 0);
	assert_int_equal(initrd(&map, MIB(16), MIB(48), MIB(4), 0x7fffffff), MIB(124));
	assert_int_equal(initrd(&map, MIB(16), MIB(48), 1, 0x7fffffff), MIB(128) - 4096);
	assert_int_equal(initrd(&map, MIB(16), MIB(48), 4097, UINT64_MAX), MIB(128) - 8192);
}

static void initrd_stays_below_its_limit(void **state)
{
	struct cairn_x86_memory m = machine(GIB(8));
	struct cairn_memmap map;

	assert_int_equal(cairn_loader_x86_memmap(&m, &map, NULL), 0);
	assert_int_equal(initrd(&map, MIB(16), MIB(48), MIB(4), 0x7fffffff), GIB(2) - MIB(4));
	assert_int_equal(initrd(&map, MIB(16), MIB(48), MIB(4), 0x7ffffffe),
			 GIB(2) - MIB(4) - 4096);
	assert_int_equal(initrd(&map, MIB(16), MIB(48), MIB(4), UINT64_MAX), GIB(9) - MIB(4));
}

static void initrd_does_not_touch_the_kernel(void **state)
{
	struct cairn_x86_memory m = machine(MIB(64));
	struct cairn_memmap map;

	assert_int_equal(cairn_loader_x86_memmap(&m, &map, NULL), 0);
	assert_int_equal(initrd(&map, MIB(16), MIB(44), MIB(4), 0x7fffffff), MIB(60));
	assert_int_equal(initrd(&map, MIB(16), MIB(44) + 1, MIB(4), 0x7fffffff), MIB(12));
	assert_int_equal(initrd(&map, MIB(16), MIB(46), MIB(15), 0x7fffffff), MIB(1));
	assert_int_equal(initrd(&map, MIB(16), MIB(46), MIB(15) + 1, 0x7fffffff), 0);
	assert_int_equal(initrd(&map, MIB(1), MIB(63), 1, 0x7fffffff), 0);
}

static void initrd_keeps_out_of_low_and_reserved_memory(void **state)
{
	struct cairn_x86_memory m = machine(MIB(2));
	struct cairn_memmap map;

	assert_int_equal(cairn_loader_x86_memmap(&m, &map, NULL), 0);
	assert_int_equal(initrd(&map, MIB(1), MIB(1), 4096, 0x7fffffff), 0);
	assert_int_equal(initrd(&map, MIB(1), 4096, MIB(2), 0x7fffffff), 0);
	assert_int_equal(initrd(&map, MIB(1), 4096, UINT64_MAX, UINT64_MAX), 0);
	map.entries[2].type = CAIRN_MEMMAP_NVS;
	assert_int_equal(initrd(&map, 0, 0, 4096, 0x7fffffff), 0);
}

static void initrd_does_not_start_before_its_ram(void **state)
{
	struct cairn_memmap map = { 0 };

	assert_int_equal(add(&map, MIB(1) + 0x800, 0x1000), 0);
	assert_int_equal(initrd(&map, 0, 0, 0x801, UINT64_MAX), 0);
	assert_int_equal(initrd(&map, 0, 0, 0x800, UINT64_MAX), MIB(1) + 0x1000);
}

static void empty_initrd_is_refused(void **state)
{
	struct cairn_memmap map = { 0 };
	struct cairn_err err;
	cairn_gpa at;

	assert_int_equal(
	    cairn_loader_initrd_place(&map, (struct cairn_range){ 0 }, 0, 1, &at, &err), -EINVAL);
	assert_string_equal(err.what, "initrd is empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(add_keeps_the_map_sorted),
		cmocka_unit_test(add_refuses_overlap_emptiness_and_wrap),
		cmocka_unit_test(full_map_takes_no_more),
		cmocka_unit_test(carve_splits_ram),
		cmocka_unit_test(carve_wants_one_ram_entry),
		cmocka_unit_test(small_machine_lies_below_the_hole),
		cmocka_unit_test(large_machine_goes_on_above_the_hole),
		cmocka_unit_test(machine_that_just_fits_has_no_high_memory),
		cmocka_unit_test(machines_that_cannot_be_are_refused),
		cmocka_unit_test(initrd_goes_to_the_top_of_ram),
		cmocka_unit_test(initrd_stays_below_its_limit),
		cmocka_unit_test(initrd_does_not_touch_the_kernel),
		cmocka_unit_test(initrd_keeps_out_of_low_and_reserved_memory),
		cmocka_unit_test(initrd_does_not_start_before_its_ram),
		cmocka_unit_test(empty_initrd_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
