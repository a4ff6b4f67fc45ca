/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Variables that last, in a file of the EFI system partition, where there is no flash. */
#include <stdio.h>

#include <cairn/image_rig.h>
#include <fw/platform.h>

#include "../disk.h"
#include "../nv.h"
#include "rig.h"

#define DISK_BYTES (8u << 20)
#define ESP_AT     (1u << 20)
#define ESP_BYTES  (6u << 20)
#define NV         EFI_VARIABLE_NON_VOLATILE
#define BA         EFI_VARIABLE_BOOTSERVICE
#define RA         EFI_VARIABLE_RUNTIME

static struct rig_disk *disk;
static EFI_GUID guid = { 0x77, 1, 2, { 3 } };
static CHAR16 name[] = u"Name", other[] = u"Other";
static uint8_t big[30000];

static int make(struct rig_disk *d)
{
	static const char script[] =
	    "truncate -s 8M disk.img\n"
	    "sgdisk -n 3:2048:+6M -t 3:ef00 -u 3:00112233-4455-6677-8899-aabbccddeeff disk.img\n"
	    "truncate -s 6M esp.img\n"
	    "mkfs.vfat esp.img\n"
	    "dd if=esp.img of=disk.img bs=1M seek=1 conv=notrunc\n";

	return rig_make_disk(d, script);
}

static int setup(void **state)
{
	disk = rig_add_disk(DISK_BYTES, 512);
	assert_int_equal(make(disk), 0);
	return rig_setup(state);
}

/* The disk as another start would find it: a copy, since looking mends. */
static uint8_t copy[DISK_BYTES];
static struct cairn_fat fat;
static struct cairn_fat_file file;

static int copy_read(void *ctx, uint64_t at, void *dst, size_t len)
{
	memcpy(dst, copy + ESP_AT + at, len);
	return 0;
}

static int copy_write(void *ctx, uint64_t at, const void *src, size_t len)
{
	memcpy(copy + ESP_AT + at, src, len);
	return 0;
}

static int file_read(void *ctx, uint32_t at, void *dst, uint32_t len)
{
	size_t n;
	int ret = cairn_fat_read(&file, at, dst, len, &n);

	return ret == 0 && n != len ? -EIO : ret;
}

static int file_program(void *ctx, uint32_t at, const void *src, uint32_t len)
{
	return cairn_fat_write(&file, at, src, len);
}

static int no_erase(void *ctx, uint32_t at, uint32_t len)
{
	return -EIO;
}

static int find_file(void)
{
	struct cairn_fat_disk d = { .read_at = copy_read,
				    .write_at = copy_write,
				    .size_bytes = ESP_BYTES };
	struct cairn_fat_file root;

	memcpy(copy, disk->bytes, sizeof(copy));
	assert_int_equal(cairn_fat_mount(&d, &fat, NULL), 0);
	cairn_fat_root(&fat, &root);
	return cairn_fat_open(&root, EFI_NV_FILE, &file);
}

static struct cairn_varstore look(void)
{
	struct cairn_varstore_region r = { .read = file_read,
					   .program = file_program,
					   .erase = no_erase,
					   .block_bytes = 4096,
					   .bytes = 2 * EFI_NV_HALF_BYTES };
	struct cairn_varstore s;

	assert_int_equal(find_file(), 0);
	assert_int_equal(cairn_varstore_open(&s, &r, NULL), 0);
	return s;
}

/* The first byte of a variable, and whether all are the same; -1: it is not there. */
static int fill_of(const struct cairn_varstore *s, const CHAR16 *n, uint32_t bytes)
{
	static uint8_t got[sizeof(big)];
	struct cairn_varstore_key key = { .name = n, .name_bytes = bytes };
	struct cairn_varstore_entry e;

	memcpy(key.guid, &guid, sizeof(key.guid));
	if (cairn_varstore_find(s, &key, &e) < 0)
		return -1;
	assert_true(e.data_bytes <= sizeof(got));
	assert_int_equal(cairn_varstore_read(s, &e, NULL, got), 0);
	for (uint32_t i = 1; i < e.data_bytes; i++)
		assert_int_equal(got[i], got[0]);
	return got[0];
}

static EFI_STATUS set(CHAR16 *n, uint8_t fill, UINTN len)
{
	memset(big, fill, sizeof(big));
	return RT->SetVariable(n, &guid, NV | BA | RA, len, big);
}

static void nothing_is_written_before_something_lasts(void **state)
{
	assert_int_equal(efi_nv.kind, EFI_NV_FILE_TO_MAKE);
	assert_status(RT->SetVariable(name, &guid, BA, 1, big), EFI_SUCCESS);
	assert_status(RT->SetVariable(name, &guid, BA, 0, NULL), EFI_SUCCESS);
	assert_int_equal(find_file(), -ENOENT);
}

static void systems_are_told_that_they_cannot_write(void **state)
{
	for (UINTN i = 0; i < efi_st->NumberOfTableEntries; i++)
		if (efi_guid_equal(&efi_st->ConfigurationTable[i].VendorGuid,
				   &efi_guid_rt_properties))
			assert_int_equal(((uint32_t *)efi_st->ConfigurationTable[i].VendorTable)[1],
					 0x27b1);
}

/* What was set meanwhile is in memory. */
static void file_that_was_begun_is_finished(void **state)
{
	disk->is_limited = true;
	disk->writes_left = 30;
	assert_status(set(name, 1, 5), EFI_SUCCESS);
	disk->is_limited = false;
	assert_int_equal(efi_nv.kind, EFI_NV_NONE);
	assert_int_equal(find_file(), 0);
	assert_in_range(file.info.size_bytes, 4096, 2 * EFI_NV_HALF_BYTES - 4096);
	efi_nv_find_file();
	assert_int_equal(efi_nv.kind, EFI_NV_FILE_OPEN);
	assert_int_equal(find_file(), 0);
	assert_int_equal(file.info.size_bytes, 2 * EFI_NV_HALF_BYTES);
	assert_status(set(name, 1, 0), EFI_SUCCESS);
}

static void what_lasts_is_in_the_file(void **state)
{
	struct cairn_varstore s;

	assert_status(set(name, 1, 5), EFI_SUCCESS);
	assert_status(set(other, 2, 7), EFI_SUCCESS);
	s = look();
	assert_int_equal(file.info.size_bytes, 2 * EFI_NV_HALF_BYTES);
	assert_int_equal(fill_of(&s, name, sizeof(name)), 1);
	assert_int_equal(fill_of(&s, other, sizeof(other)), 2);
	assert_status(set(other, 2, 0), EFI_SUCCESS);
	s = look();
	assert_int_equal(fill_of(&s, other, sizeof(other)), -1);
	assert_true(disk->flushes > 4);
}

/*
 * Each change is cut off one write later than the one before it. What goes by way of the other half
 * is tried again so, until the writes are enough for all of it.
 */
static void disk_that_stops_anywhere_has_old_or_new(void **state)
{
	struct cairn_varstore s;
	EFI_STATUS last = EFI_SUCCESS;
	uint8_t old = 9;
	unsigned failures = 0;

	assert_status(set(other, 7, 1000), EFI_SUCCESS);
	assert_status(set(name, old, sizeof(big)), EFI_SUCCESS);
	for (uint32_t writes = 0; writes < 200; writes++) {
		uint8_t fill = (uint8_t)(writes + 10);
		EFI_STATUS status;
		int got;

		disk->is_limited = true;
		disk->writes_left = writes;
		status = set(name, fill, sizeof(big));
		disk->is_limited = false;
		s = look();
		got = fill_of(&s, name, sizeof(name));
		assert_true(got == old || got == fill);
		if (!EFI_ERROR(status))
			assert_int_equal(got, fill);
		failures += EFI_ERROR(status) != 0;
		last = status;
		assert_int_equal(fill_of(&s, other, sizeof(other)), 7);
		old = (uint8_t)got;
	}
	assert_status(last, EFI_SUCCESS); /* so many writes are enough */
	assert_in_range(failures, 20, 199);
}

static void an_operating_system_is_refused(void **state)
{
	static uint8_t map[65536];
	UINTN size = sizeof(map), key, step;
	uint32_t version;
	EFI_HANDLE image = rig_image();
	EFI_RUNTIME_SERVICES *rt = RT;

	assert_status(BS->GetMemoryMap(&size, (void *)map, &key, &step, &version), EFI_SUCCESS);
	assert_status(BS->ExitBootServices(image, key), EFI_SUCCESS);
	assert_status(rt->SetVariable(other, &guid, NV | BA | RA, 1, big), EFI_UNSUPPORTED);
	assert_status(rt->SetVariable(other, &guid, NV | BA | RA, 0, NULL), EFI_UNSUPPORTED);
	size = sizeof(big);
	assert_status(rt->GetVariable(other, &guid, NULL, &size, big), EFI_SUCCESS);
	assert_int_equal(size, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_written_before_something_lasts),
		cmocka_unit_test(systems_are_told_that_they_cannot_write),
		cmocka_unit_test(file_that_was_begun_is_finished),
		cmocka_unit_test(what_lasts_is_in_the_file),
		cmocka_unit_test(disk_that_stops_anywhere_has_old_or_new),
		cmocka_unit_test(an_operating_system_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
