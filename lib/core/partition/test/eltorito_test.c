/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cairn/le.h>

#include "help.h"

#define CATALOGUE (20 * 2048)

static struct cairn_rig_disk disk;
static struct cairn_image image;
static struct cairn_partitions table;
static struct cairn_partition part;
static struct cairn_err err;

static int setup(void **state)
{
	(void)state;
	make_eltorito(&disk);
	image = disk_image(&disk);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cairn_rig_disk_fini(&disk);
	return 0;
}

static void expect_entry(uint32_t index, uint32_t block_bytes, uint64_t first, uint64_t n)
{
	assert_int_equal(cairn_partition_open(&image, block_bytes, &table, &err), 0);
	assert_int_equal(table.scheme, CAIRN_PARTITION_ELTORITO);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(cairn_partition_next(&table, &part, &err), 1);
		assert_true(part.is_esp);
		assert_int_equal(part.index, index);
		assert_int_equal(part.first, first);
		assert_int_equal(part.n, n);
		assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
		assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
		cairn_partition_rewind(&table);
	}
}

static void expect_esp(uint32_t block_bytes, uint64_t first, uint64_t n)
{
	expect_entry(2, block_bytes, first, n);
}

static void expect_none(const char *what)
{
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), -ENOENT);
	assert_string_equal(err.what, what);
}

static void efi_entry_is_found_behind_that_of_bios(void **state)
{
	(void)state;
	expect_esp(512, 24 * 4, 16);
	expect_esp(2048, 24, 4);
	expect_esp(4096, 12, 2);
}

static void efi_as_the_default_entry_is_found(void **state)
{
	(void)state;
	disk.bytes[CATALOGUE + 1] = 0xef;
	cairn_le_store(disk.bytes + CATALOGUE + 28, 2, 0x10000 - 0xef01 - 0xaa55);
	expect_entry(1, 2048, 22, 1);
}

static void entries_are_counted_without_headers_and_extensions(void **state)
{
	uint8_t efi[64];

	(void)state;
	memcpy(efi, disk.bytes + CATALOGUE + 64, sizeof(efi));
	cairn_le_store(disk.bytes + CATALOGUE + 64, 4, 0x00020090); /* BIOS, two entries */
	disk.bytes[CATALOGUE + 96] = 0;                             /* not bootable */
	disk.bytes[CATALOGUE + 128] = 0x88;
	disk.bytes[CATALOGUE + 160] = 0x44;
	memcpy(disk.bytes + CATALOGUE + 192, efi, sizeof(efi));
	expect_entry(4, 2048, 24, 4);
}

/* A disc for USB disks, too: its table counts in blocks of 512 bytes. */
static void table_of_a_disc_is_for_disks_of_512(void **state)
{
	(void)state;
	put_slot(&disk, 0, 0, 0xef, 12, 4);
	expect_esp(2048, 24, 4);
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), 0);
	assert_int_equal(table.scheme, CAIRN_PARTITION_MBR);
	disk.bytes[17 * 2048 + 1] = 'c'; /* no disc */
	assert_int_equal(cairn_partition_open(&image, 2048, &table, &err), 0);
	assert_int_equal(table.scheme, CAIRN_PARTITION_MBR);
}

/* Each says that 65,535 entries follow. */
static void catalogue_without_end_is_not_followed(void **state)
{
	(void)state;
	for (uint32_t at = CATALOGUE + 64; at < 64 * 2048; at += 32)
		cairn_le_store(disk.bytes + at, 4, 0xffffef90);
	disk.reads = 0;
	expect_none("no boot catalogue entry for EFI");
	assert_int_equal(disk.reads, 1 + 2 + 256);
}

static void count_of_entries_is_not_believed(void **state)
{
	(void)state;
	cairn_le_store(disk.bytes + CATALOGUE + 66, 2, 0xffff);
	expect_esp(2048, 24, 4);
	cairn_le_store(disk.bytes + CATALOGUE + 66, 2, 0);
	expect_esp(2048, 24, 4);
}

static void length_of_none_means_to_the_end(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 2; n++) {
		cairn_le_store(disk.bytes + CATALOGUE + 96 + 6, 2, n);
		expect_esp(2048, 24, 40);
	}
	cairn_le_store(disk.bytes + CATALOGUE + 96 + 6, 2, 0xffff);
	expect_esp(2048, 24, 40); /* no further than the disc */
}

static void entry_outside_the_disc_is_none(void **state)
{
	static const uint32_t bad[] = { 0, 64, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		cairn_le_store(disk.bytes + CATALOGUE + 96 + 8, 4, bad[i]);
		expect_none("no boot catalogue entry for EFI");
	}
	cairn_le_store(disk.bytes + CATALOGUE + 96 + 8, 4, 25); /* between two blocks of 4096 */
	assert_int_equal(cairn_partition_open(&image, 4096, &table, &err), -ENOENT);
}

static void entry_that_emulates_a_floppy_is_none(void **state)
{
	(void)state;
	disk.bytes[CATALOGUE + 96 + 1] = 2;
	expect_none("no boot catalogue entry for EFI");
}

static void catalogue_with_a_wrong_sum_is_none(void **state)
{
	(void)state;
	disk.bytes[CATALOGUE + 5] = 1;
	expect_none("boot catalogue with a wrong sum");
	disk.bytes[CATALOGUE + 5] = 0;
	disk.bytes[CATALOGUE + 30] = 0;
	expect_none("boot catalogue with a wrong sum");
}

static void catalogue_outside_the_disc_is_none(void **state)
{
	(void)state;
	cairn_le_store(disk.bytes + 17 * 2048 + 0x47, 4, 64);
	expect_none("no boot catalogue entry for EFI");
	cairn_le_store(disk.bytes + 17 * 2048 + 0x47, 4, UINT32_MAX);
	expect_none("no boot catalogue entry for EFI");
}

static void descriptors_without_end_are_not_followed(void **state)
{
	(void)state;
	for (uint32_t i = 17; i < 64; i++)
		memcpy(disk.bytes + i * 2048, "\1CD001\1", 7);
	disk.reads = 0;
	expect_none("no partition table");
	assert_int_equal(disk.reads, 1 + 32);
	image.size_bytes = 17 * 2048;
	expect_none("no partition table");
}

static void errors_of_the_disk_come_through(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 7; n++) {
		disk.reads_left = n;
		assert_int_equal(cairn_partition_open(&image, 512, &table, &err), -EIO);
	}
	disk.reads_left = 7; /* MBR, two descriptors, four entries */
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(efi_entry_is_found_behind_that_of_bios),
		T(efi_as_the_default_entry_is_found),
		T(entries_are_counted_without_headers_and_extensions),
		T(table_of_a_disc_is_for_disks_of_512),
		T(catalogue_without_end_is_not_followed),
		T(count_of_entries_is_not_believed),
		T(length_of_none_means_to_the_end),
		T(entry_outside_the_disc_is_none),
		T(entry_that_emulates_a_floppy_is_none),
		T(catalogue_with_a_wrong_sum_is_none),
		T(catalogue_outside_the_disc_is_none),
		T(descriptors_without_end_are_not_followed),
		T(errors_of_the_disk_come_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
