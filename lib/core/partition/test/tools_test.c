/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Disks that sgdisk, sfdisk and genisoimage make. Each test is skipped where its tool is absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <cairn/image_rig.h>
#include <cairn/partition.h>

static struct cairn_rig_dir dir;
static struct cairn_rig_disk disk;
static struct cairn_image image;
static struct cairn_partitions table;
static struct cairn_partition part;
static struct cairn_err err;

static int setup(void **state)
{
	(void)state;
	return cairn_rig_dir_init(&dir);
}

static int teardown(void **state)
{
	(void)state;
	cairn_rig_disk_fini(&disk);
	cairn_rig_dir_fini(&dir);
	return 0;
}

static void make(const char *tool, const char *package, const char *script)
{
	if (!cairn_rig_has(tool)) {
		printf("no %s here (Debian package %s)\n", tool, package);
		skip();
	}
	assert_int_equal(cairn_rig_run(&dir, script), 0);
	assert_int_equal(cairn_rig_disk_load(&disk, &dir, "disk"), 0);
	image = (struct cairn_image){ .read_at = cairn_rig_disk_read_at,
				      .size_bytes = disk.len_bytes,
				      .ctx = &disk };
}

static void expect_next(uint32_t index, uint64_t first, uint64_t n)
{
	assert_int_equal(cairn_partition_next(&table, &part, &err), 1);
	assert_int_equal(part.index, index);
	assert_int_equal(part.first, first);
	assert_int_equal(part.n, n);
}

/* The layout of a cloud image: the root partition is the first, and behind the others. */
static void sgdisk_of_a_cloud_image_is_read(void **state)
{
	static const char unique[] = "11111111-2222-3333-4444-555555555555";
	char text[CAIRN_GUID_TEXT_BYTES];

	(void)state;
	make("sgdisk", "gdisk",
	     "truncate -s 8M disk; sgdisk -a 8 -n 15:2048:+1M -t 15:ef00 -c 15:'EFI S\xc3\xbc' "
	     "-n 1:4096:+1M -t 1:8300 -n 13:6144:+1M -t 13:ea00 -A 13:set:63 "
	     "-u 15:11111111-2222-3333-4444-555555555555 disk");
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), 0);
	assert_int_equal(table.scheme, CAIRN_PARTITION_GPT);
	for (int b = 0; b < 2; b++) {
		assert_int_equal(table.header, b);
		expect_next(1, 4096, 2048);
		expect_next(13, 6144, 2048);
		assert_true(part.is_xbootldr && part.attributes == UINT64_C(1) << 63);
		expect_next(15, 2048, 2048);
		assert_true(part.is_esp);
		assert_string_equal(part.name, "EFI S\xc3\xbc");
		cairn_partition_guid_text(&part.unique, text);
		assert_string_equal(text, unique);
		assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
		memset(disk.bytes + 512, 0, 512);
		assert_int_equal(cairn_partition_open(&image, 512, &table, &err), 0);
	}
}

static void sfdisk_of_a_dos_disk_is_read(void **state)
{
	(void)state;
	make("sfdisk", "fdisk",
	     "truncate -s 8M disk; sfdisk --no-reread disk <<END\n"
	     "label: dos\nlabel-id: 0x12345678\nstart=2048, size=2048, type=ef\n"
	     "start=4096, type=5\nstart=6144, size=1024, type=83\nstart=9216, size=500, type=83\n"
	     "END");
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), 0);
	assert_int_equal(table.scheme, CAIRN_PARTITION_MBR);
	assert_int_equal(table.disk_signature, 0x12345678);
	expect_next(1, 2048, 2048);
	assert_true(part.is_esp);
	expect_next(5, 6144, 1024);
	expect_next(6, 9216, 500);
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
}

/* Logical partitions in the order in which they were made, which is not that on the disk. */
static void fdisk_of_a_gap_filled_later_is_read(void **state)
{
	(void)state;
	make("fdisk", "fdisk",
	     "truncate -s 64M disk; printf 'o\\nn\\ne\\n1\\n2048\\n\\n"
	     "n\\n40960\\n+4M\\nn\\n8192\\n+4M\\nw\\n' | fdisk disk");
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), 0);
	expect_next(5, 40960, 8192);
	expect_next(6, 8192, 8192);
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
}

static void genisoimage_of_a_boot_disc_is_read(void **state)
{
	(void)state;
	make("genisoimage", "genisoimage",
	     "mkdir d; printf 'efi system partition' >d/efi.img; truncate -s 64K d/efi.img; "
	     "printf bios >d/bios.img; "
	     "genisoimage -o disk -b bios.img -no-emul-boot -boot-load-size 4 "
	     "-eltorito-alt-boot -e efi.img -no-emul-boot d");
	assert_int_equal(cairn_partition_open(&image, 2048, &table, &err), 0);
	assert_int_equal(table.scheme, CAIRN_PARTITION_ELTORITO);
	assert_int_equal(cairn_partition_next(&table, &part, &err), 1);
	assert_true(part.is_esp && part.n == 32);
	assert_memory_equal(disk.bytes + part.first * 2048, "efi system partition", 20);
}

static void file_system_without_a_table_has_none(void **state)
{
	(void)state;
	make("mkfs.vfat", "dosfstools", "truncate -s 1M disk; mkfs.vfat disk");
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), -ENOENT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(sgdisk_of_a_cloud_image_is_read),      T(sfdisk_of_a_dos_disk_is_read),
		T(fdisk_of_a_gap_filled_later_is_read),  T(genisoimage_of_a_boot_disc_is_read),
		T(file_system_without_a_table_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
