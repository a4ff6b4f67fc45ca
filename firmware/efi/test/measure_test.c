/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What is measured of a boot, in which order, into which PCR. */
#include <cairn/le.h>

#include "tpm_rig.h"

#include "../disk.h"

#define ACTION_IS(e, text) assert_memory_equal((e).data, text, sizeof(text) - 1)

static struct rig_disk *disk;
static uint8_t program[RIG_PROGRAM_BYTES];

static EFIAPI EFI_STATUS returns(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	return EFI_ABORTED;
}

/* A program, from memory, at a path; unloaded at once. */
static void load(EFI_DEVICE_PATH_PROTOCOL *path)
{
	EFI_HANDLE h;

	assert_status(
	    BS->LoadImage(false, rig_image(), path, program, rig_program(program, returns), &h),
	    EFI_SUCCESS);
	assert_status(BS->UnloadImage(h), EFI_SUCCESS);
}

static void type_is(uint32_t i, uint32_t pcr, uint32_t type)
{
	struct cairn_tpm_event e = tpm_rig_event(i);

	assert_int_equal(e.pcr, pcr);
	assert_int_equal(e.type, type);
}

static void version_and_secure_boot_come_first(void **state)
{
	static const uint8_t secure_boot[] =
	    "\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
	    "\x0a\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0S\0e\0c\0u\0r\0e\0B\0o\0o\0t\0";
	struct cairn_tpm_event e;

	assert_int_equal(tpm_rig_events(), 7);
	type_is(0, 0, CAIRN_EV_S_CRTM_VERSION);
	assert_memory_equal(tpm_rig_event(0).data, u"cairn-fw ", 18);
	e = tpm_rig_event(1);
	assert_int_equal(e.n, sizeof(secure_boot)); /* the NUL is the value */
	assert_memory_equal(e.data, secure_boot, sizeof(secure_boot));
	for (uint32_t i = 1; i < 6; i++)
		type_is(i, 7, CAIRN_EV_EFI_VARIABLE_DRIVER_CONFIG);
	e = tpm_rig_event(5);
	assert_int_equal(e.n, 32 + 6);
	assert_memory_equal(e.data + 16, "\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0d\0b\0x\0", 22);
	tpm_rig_last(7, CAIRN_EV_SEPARATOR, "\0\0\0\0", 4);
	tpm_rig_verify();
}

static void set(const CHAR16 *name, const void *data, UINTN n)
{
	EFI_GUID guid = efi_guid_global_variable;

	assert_status(RT->SetVariable((CHAR16 *)(uintptr_t)name, &guid,
				      n ? EFI_VARIABLE_BOOTSERVICE | EFI_VARIABLE_RUNTIME : 0, n,
				      (void *)(uintptr_t)data),
		      EFI_SUCCESS);
}

static void first_image_brings_variables_action_and_separators(void **state)
{
	struct cairn_tpm_event e;
	uint8_t want[32];

	set(u"BootOrder", "\x1c\xab\2\0\7", 5);
	set(u"BootAB1C", "one", 3);
	set(u"Boot0007", "not in the order", 16);
	efi_measure_attempt();
	assert_int_equal(tpm_rig_events(), 7);
	load(NULL);
	assert_int_equal(tpm_rig_events(), 7 + 2 + 1 + 7 + 1);
	type_is(7, 1, CAIRN_EV_EFI_VARIABLE_BOOT);
	e = tpm_rig_event(8);
	assert_int_equal(e.pcr, 1);
	assert_memory_equal(e.data + 32, u"BootAB1C", 16);
	cairn_hash_bytes(CAIRN_SHA256, "one", 3, want);
	assert_memory_equal(e.digests.v[CAIRN_SHA256], want, 32);
	e = tpm_rig_event(9);
	assert_int_equal(e.pcr, 4);
	assert_int_equal(e.n, 40);
	ACTION_IS(e, "Calling EFI Application from Boot Option");
	for (uint32_t i = 0; i < 7; i++)
		type_is(10 + i, i, CAIRN_EV_SEPARATOR);
	type_is(17, 4, CAIRN_EV_EFI_BOOT_SERVICES_APPLICATION);
	tpm_rig_verify();
	set(u"BootOrder", NULL, 0);
	set(u"BootAB1C", NULL, 0);
	set(u"Boot0007", NULL, 0);
}

static void attempts_come_and_go(void **state)
{
	uint32_t n;

	efi_measure_attempt();
	load(NULL);
	n = tpm_rig_events();
	efi_measure_returned();
	ACTION_IS(tpm_rig_event(n), "Returning from EFI Application from Boot Option");
	efi_measure_attempt(); /* a volume without a program */
	efi_measure_returned();
	assert_int_equal(tpm_rig_events(), n + 1);
	efi_measure_attempt();
	load(NULL);
	ACTION_IS(tpm_rig_event(n + 1), "Calling EFI Application from Boot Option");
	type_is(n + 2, 4, CAIRN_EV_EFI_BOOT_SERVICES_APPLICATION);
	load(NULL); /* of the same attempt */
	assert_int_equal(tpm_rig_events(), n + 4);
	tpm_rig_verify();
}

static void authority_is_measured_once(void **state)
{
	static const uint8_t event[] =
	    "\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f"
	    "\2\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0d\0b\0first";

	efi_measure_authority(NULL, 0);
	assert_int_equal(tpm_rig_events(), 7);
	efi_measure_authority("first", 5);
	assert_int_equal(tpm_rig_events(), 8);
	tpm_rig_last(7, CAIRN_EV_EFI_VARIABLE_AUTHORITY, event, sizeof(event) - 1);
	assert_memory_equal(tpm_rig_event(7).data, event, sizeof(event) - 1);
	efi_measure_authority("second", 6);
	efi_measure_authority("first", 5);
	efi_measure_authority("second", 6);
	assert_int_equal(tpm_rig_events(), 9);
	tpm_rig_verify();
}

static void authorities_beyond_the_limit_are_measured_each_time(void **state)
{
	for (uint32_t i = 0; i <= EFI_AUTHORITIES_MAX; i++)
		efi_measure_authority(&i, sizeof(i));
	assert_int_equal(tpm_rig_events(), 7 + EFI_AUTHORITIES_MAX + 1);
	for (uint32_t i = 0; i <= EFI_AUTHORITIES_MAX; i++)
		efi_measure_authority(&i, sizeof(i));
	assert_int_equal(tpm_rig_events(), 7 + EFI_AUTHORITIES_MAX + 2);
	tpm_rig_verify();
}

static void image_has_its_authenticode_digest(void **state)
{
	/* Not in it: the checksum, and where signatures would be. */
	static uint8_t hashed[RIG_PROGRAM_BYTES];
	struct cairn_tpm_event e;
	size_t n;

	load(NULL);
	n = 0x98;
	memcpy(hashed, program, n);
	memcpy(hashed + n, program + 0x9c, 0xe8 - 0x9c);
	n += 0xe8 - 0x9c;
	memcpy(hashed + n, program + 0xf0, sizeof(program) - 0xf0);
	n += sizeof(program) - 0xf0;
	tpm_rig_last(4, CAIRN_EV_EFI_BOOT_SERVICES_APPLICATION, hashed, n);
	e = tpm_rig_event(tpm_rig_events() - 1);
	assert_int_equal(e.n, 32);
	assert_int_equal(cairn_le_load(e.data + 8, 8), 0x3000);
}

static void driver_goes_into_another_pcr(void **state)
{
	UINTN n = rig_program(program, returns);
	EFI_HANDLE h;

	for (uint32_t subsystem = 11; subsystem <= 12; subsystem++) {
		cairn_le_store(program + 0x58 + 68, 2, subsystem);
		assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h), EFI_SUCCESS);
		type_is(tpm_rig_events() - 1, 2,
			CAIRN_EV_EFI_BOOT_SERVICES_DRIVER + subsystem - 11);
		assert_status(BS->UnloadImage(h), EFI_SUCCESS);
	}
	tpm_rig_verify();
}

static void program_that_is_refused_is_no_event(void **state)
{
	UINTN n = rig_program(program, returns);
	uint32_t before = tpm_rig_events();
	EFI_HANDLE h;

	cairn_le_store(program + 0x44, 2, 0x014c); /* i386 */
	assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h), EFI_UNSUPPORTED);
	assert_int_equal(tpm_rig_events(), before);
}

static EFI_HANDLE handle_of(bool is_partition, efi_path **ret_path)
{
	efi_list_each(l, &efi_disks)
	{
		struct efi_disk *d = cairn_container_of(l, struct efi_disk, link);

		if (d->is_partition != is_partition)
			continue;
		*ret_path = d->path;
		return d->handle;
	}
	return NULL;
}

static void disk_is_measured_once(void **state)
{
	EFI_DEVICE_PATH_PROTOCOL *file;
	efi_path *path = NULL;
	struct cairn_tpm_event e;
	uint32_t n = tpm_rig_events();

	assert_non_null(handle_of(true, &path));
	file = efi_path_append_file(path, u"\\a.efi");
	load(file);
	e = tpm_rig_event(n);
	assert_int_equal(e.pcr, 5);
	assert_int_equal(e.type, CAIRN_EV_EFI_GPT_EVENT);
	assert_int_equal(e.n, 92 + 8 + 128);
	assert_memory_equal(e.data, disk->bytes + 512, 92);
	assert_int_equal(cairn_le_load(e.data + 92, 8), 1);
	assert_memory_equal(e.data + 100, disk->bytes + 1024 + 128, 128);
	e = tpm_rig_event(n + 1);
	assert_int_equal(e.n, 32 + efi_path_size(file));
	assert_memory_equal(e.data + 32, file, efi_path_size(file));
	load(file);
	assert_int_equal(tpm_rig_events(), n + 3);
	assert_status(BS->FreePool(file), EFI_SUCCESS);
	tpm_rig_verify();
}

static void what_a_program_is_handed_is_measured(void **state)
{
	const struct fw_efi_candidate what = {
		.initrd = "archive", .initrd_bytes = 7, .dtb = "tree", .dtb_bytes = 4
	};
	uint32_t n = tpm_rig_events();

	efi_measure_handed(NULL, 0, NULL);
	assert_int_equal(tpm_rig_events(), n);
	efi_measure_handed(u"quiet", 12, NULL);
	tpm_rig_last(12, CAIRN_EV_IPL, u"quiet", 12);
	efi_measure_handed(NULL, 0, &what);
	assert_int_equal(tpm_rig_events(), n + 3);
	type_is(n + 1, 9, CAIRN_EV_IPL);
	tpm_rig_last(12, CAIRN_EV_IPL, "tree", 4);
	tpm_rig_verify();
}

static void kernel_without_a_stub_is_measured(void **state)
{
	const struct fw_efi_candidate what = { .options = "quiet",
					       .initrd = "archive",
					       .initrd_bytes = 7 };
	uint32_t n;

	efi_measure_attempt();
	load(NULL);
	efi_measure_returned();
	n = tpm_rig_events();
	fw_efi_measure_kernel("code", 4, &what);
	assert_int_equal(tpm_rig_events(), n + 4);
	ACTION_IS(tpm_rig_event(n), "Calling EFI Application from Boot Option");
	type_is(n + 1, 4, CAIRN_EV_IPL);
	type_is(n + 2, 12, CAIRN_EV_IPL);
	assert_memory_equal(tpm_rig_event(n + 2).data, "quiet", 6);
	tpm_rig_last(9, CAIRN_EV_IPL, "archive", 7);
	assert_false(tpm_fake.is_granted);
	tpm_rig_verify();
}

static void end_of_the_boot_services_is_measured(void **state)
{
	uint32_t n = tpm_rig_events();

	assert_status(BS->ExitBootServices(rig_image(), efi_memory_key() + 1),
		      EFI_INVALID_PARAMETER);
	assert_int_equal(tpm_rig_events(), n + 2);
	ACTION_IS(tpm_rig_event(n), "Exit Boot Services Invocation");
	ACTION_IS(tpm_rig_event(n + 1), "Exit Boot Services Returned with Failure");
	assert_status(BS->ExitBootServices(rig_image(), efi_memory_key()), EFI_SUCCESS);
	assert_int_equal(tpm_rig_events(), n + 4);
	ACTION_IS(tpm_rig_event(n + 3), "Exit Boot Services Returned with Success");
	type_is(n + 3, 5, CAIRN_EV_EFI_ACTION);
	assert_false(tpm_fake.is_granted);
	tpm_rig_verify();
}

/* A partition table whose second entry is in use. */
static void make_disk(void)
{
	uint8_t *header, *entries;

	disk = rig_add_disk(1u << 20, 512);
	header = disk->bytes + 512;
	entries = disk->bytes + 1024;
	cairn_le_store(disk->bytes + 446 + 4, 1, 0xee);
	cairn_le_store(disk->bytes + 446 + 8, 4, 1);
	cairn_le_store(disk->bytes + 446 + 12, 4, 2047);
	cairn_le_store(disk->bytes + 510, 2, 0xaa55);
	memcpy(entries + 128, &cairn_partition_esp, 16);
	entries[128 + 16] = 1;
	cairn_le_store(entries + 128 + 32, 8, 64);
	cairn_le_store(entries + 128 + 40, 8, 127);
	memcpy(header, "EFI PART", 8);
	cairn_le_store(header + 8, 4, 0x10000);
	cairn_le_store(header + 12, 4, 92);
	cairn_le_store(header + 24, 8, 1);
	cairn_le_store(header + 32, 8, 2047);
	cairn_le_store(header + 40, 8, 34);
	cairn_le_store(header + 48, 8, 2014);
	header[56] = 9;
	cairn_le_store(header + 72, 8, 2);
	cairn_le_store(header + 80, 4, 128);
	cairn_le_store(header + 84, 4, 128);
	cairn_le_store(header + 88, 4, efi_crc32(entries, 128 * 128));
	cairn_le_store(header + 16, 4, efi_crc32(header, 92));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(version_and_secure_boot_come_first, tpm_rig_start),
		cmocka_unit_test_setup(first_image_brings_variables_action_and_separators,
				       tpm_rig_start),
		cmocka_unit_test_setup(attempts_come_and_go, tpm_rig_start),
		cmocka_unit_test_setup(authority_is_measured_once, tpm_rig_start),
		cmocka_unit_test_setup(authorities_beyond_the_limit_are_measured_each_time,
				       tpm_rig_start),
		cmocka_unit_test_setup(image_has_its_authenticode_digest, tpm_rig_start),
		cmocka_unit_test_setup(driver_goes_into_another_pcr, tpm_rig_start),
		cmocka_unit_test_setup(program_that_is_refused_is_no_event, tpm_rig_start),
		cmocka_unit_test_setup(disk_is_measured_once, tpm_rig_start),
		cmocka_unit_test_setup(what_a_program_is_handed_is_measured, tpm_rig_start),
		cmocka_unit_test_setup(kernel_without_a_stub_is_measured, tpm_rig_start),
		cmocka_unit_test_setup(end_of_the_boot_services_is_measured, tpm_rig_start),
	};

	make_disk();
	return cmocka_run_group_tests(tests, tpm_rig_setup, NULL);
}
