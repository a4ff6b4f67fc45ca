/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "help.h"

static struct cairn_rig_disk disk;
static struct cairn_image image;
static struct cairn_partitions table;
static struct cairn_partition part;
static struct cairn_err err;

static int setup(void **state)
{
	(void)state;
	make_mbr(&disk);
	image = disk_image(&disk);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cairn_rig_disk_fini(&disk);
	return 0;
}

static void open_it(void)
{
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), 0);
	assert_int_equal(table.scheme, CAIRN_PARTITION_MBR);
}

static void expect_next(uint32_t index, uint8_t type, uint64_t first, uint64_t n)
{
	assert_int_equal(cairn_partition_next(&table, &part, &err), 1);
	assert_int_equal(part.index, index);
	assert_int_equal(part.mbr_type, type);
	assert_int_equal(part.first, first);
	assert_int_equal(part.n, n);
	assert_int_equal(part.is_esp, type == 0xef);
	assert_int_equal(part.is_xbootldr, type == 0xea);
	assert_int_equal(part.attributes, index == 1 ? 0x80 : 0);
}

static void expect_fault(const char *what)
{
	assert_int_equal(cairn_partition_next(&table, &part, &err), -EPROTO);
	assert_string_equal(err.what, what);
}

static void expect_no_table(void)
{
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), -ENOENT);
}

static void primary_and_logical_ones_come_in_order(void **state)
{
	(void)state;
	open_it();
	assert_int_equal(table.disk_signature, 0xcafe1234);
	for (int round = 0; round < 2; round++) {
		expect_next(1, 0x0c, 2, 10);
		expect_next(4, 0xef, 70, 30);
		expect_next(5, 0x83, 22, 8);
		expect_next(6, 0xea, 41, 19);
		assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
		assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
		cairn_partition_rewind(&table);
	}
}

static void partition_outside_the_disk_is_refused_alone(void **state)
{
	(void)state;
	put_slot(&disk, 0, 3, 0xef, 70, 31);
	put_slot(&disk, 20, 0, 0x83, 2, 39);
	put_slot(&disk, 40, 0, 0x83, 0, 1);
	open_it();
	expect_next(1, 0x0c, 2, 10);
	expect_fault("partition outside the disk");
	expect_fault("partition outside the disk"); /* beyond the extended one */
	expect_fault("partition outside the disk"); /* over its own record */
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
}

static void skip_primary(void)
{
	open_it();
	expect_next(1, 0x0c, 2, 10);
	expect_next(4, 0xef, 70, 30);
}

static void chain_that_loops_ends(void **state)
{
	(void)state;
	put_slot(&disk, 40, 1, 0x05, 0, 20); /* the first one again */
	for (int round = 0; round < 2; round++) {
		skip_primary();
		expect_next(5, 0x83, 22, 8);
		expect_next(6, 0xea, 41, 19);
		expect_fault("logical partitions in a loop");
		assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
	}
}

static void chain_that_links_to_itself_ends(void **state)
{
	(void)state;
	put_slot(&disk, 40, 1, 0x05, 20, 20);
	skip_primary();
	expect_next(5, 0x83, 22, 8);
	expect_next(6, 0xea, 41, 19);
	expect_fault("logical partitions in a loop");
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
}

static void chain_may_go_back(void **state)
{
	(void)state;
	put_slot(&disk, 40, 1, 0x05, 11, 9); /* into a gap, as fdisk does */
	put_slot(&disk, 31, 0, 0x83, 1, 8);
	skip_primary();
	expect_next(5, 0x83, 22, 8);
	expect_next(6, 0xea, 41, 19);
	expect_next(7, 0x83, 32, 8);
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
}

/* Each record is one block, and links to the next block. */
static void chain_of_too_many_ends(void **state)
{
	struct cairn_rig_disk long_disk;
	struct cairn_image of_long;

	(void)state;
	assert_int_equal(cairn_rig_disk_init(&long_disk, 200 * 512), 0);
	put_slot(&long_disk, 0, 0, 0x0f, 1, 199);
	for (uint32_t i = 0; i < 198; i++) {
		put_slot(&long_disk, 1 + i, 0, 0x83, 1, 1);
		put_slot(&long_disk, 1 + i, 1, 0x05, i + 1, 1);
	}
	of_long = disk_image(&long_disk);
	assert_int_equal(cairn_partition_open(&of_long, 512, &table, &err), 0);
	for (uint32_t i = 0; i < CAIRN_PARTITION_LOGICAL_MAX; i++) {
		assert_int_equal(cairn_partition_next(&table, &part, &err), 1);
		assert_int_equal(part.index, 5 + i);
		assert_int_equal(part.first, 2 + i);
	}
	expect_fault("too many logical partitions");
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
	cairn_rig_disk_fini(&long_disk);
}

static void chain_without_partitions_ends_too(void **state)
{
	(void)state;
	put_slot(&disk, 20, 0, 0, 0, 0);
	put_slot(&disk, 20, 1, 0x05, 0, 20);
	skip_primary();
	expect_fault("logical partitions in a loop");
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
}

static void chain_that_leaves_the_extended_one_ends(void **state)
{
	(void)state;
	put_slot(&disk, 20, 1, 0x05, 40, 20);
	skip_primary();
	expect_fault("logical partition outside the extended one");
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
}

static void link_without_its_signature_ends_the_chain(void **state)
{
	(void)state;
	disk.bytes[40 * 512 + 510] = 0;
	skip_primary();
	expect_next(5, 0x83, 22, 8);
	expect_fault("boot record without its signature");
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
}

static void boot_sector_of_a_file_system_is_no_table(void **state)
{
	(void)state;
	disk.bytes[446] = 0x7e; /* code where the first slot's flag would be */
	expect_no_table();
	disk.bytes[446] = 0x80;
	put_slot(&disk, 0, 0, 0x0c, 100, 10); /* behind the end */
	expect_no_table();
	put_slot(&disk, 0, 0, 0x0c, 2, 0);
	expect_no_table();
	memset(disk.bytes + 446, 0, 64);
	expect_no_table();
}

static void record_without_its_signature_is_no_table(void **state)
{
	(void)state;
	disk.bytes[511] = 0;
	expect_no_table();
	image.size_bytes = 0;
	expect_no_table();
}

static void errors_of_the_disk_come_through(void **state)
{
	(void)state;
	disk.reads_left = 0;
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), -EIO);
	disk.reads_left = UINT64_MAX;
	skip_primary();
	disk.reads_left = 0;
	assert_int_equal(cairn_partition_next(&table, &part, &err), -EIO);
	cairn_partition_rewind(&table);
	assert_int_equal(cairn_partition_next(&table, &part, &err), -EIO);
}

static void blocks_of_4096_scale_every_number(void **state)
{
	struct cairn_rig_disk big;
	struct cairn_image of_big;

	(void)state;
	assert_int_equal(cairn_rig_disk_init(&big, 100 * 4096), 0);
	for (uint64_t lba = 0; lba < 100; lba++)
		memcpy(big.bytes + lba * 4096, disk.bytes + lba * 512, 512);
	of_big = disk_image(&big);
	assert_int_equal(cairn_partition_open(&of_big, 4096, &table, &err), 0);
	expect_next(1, 0x0c, 2, 10);
	expect_next(4, 0xef, 70, 30);
	expect_next(5, 0x83, 22, 8);
	expect_next(6, 0xea, 41, 19);
	cairn_rig_disk_fini(&big);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(primary_and_logical_ones_come_in_order),
		T(partition_outside_the_disk_is_refused_alone),
		T(chain_that_loops_ends),
		T(chain_that_links_to_itself_ends),
		T(chain_may_go_back),
		T(chain_of_too_many_ends),
		T(chain_without_partitions_ends_too),
		T(chain_that_leaves_the_extended_one_ends),
		T(link_without_its_signature_ends_the_chain),
		T(boot_sector_of_a_file_system_is_no_table),
		T(record_without_its_signature_is_no_table),
		T(errors_of_the_disk_come_through),
		T(blocks_of_4096_scale_every_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
