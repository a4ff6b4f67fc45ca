/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Programs loaded, run, left and unloaded: UEFI 2.10, 7.4. */
#include <cairn/le.h>
#include <fw/arch.h>

#include "arch_test.h"
#include "rig.h"

static uint8_t program[RIG_PROGRAM_BYTES];
static EFI_HANDLE seen_handle, inner;
static EFI_SYSTEM_TABLE *seen_table;

/* A path of one vendor node, on no handle. */
static struct {
	EFI_DEVICE_PATH_PROTOCOL vendor;
	uint8_t guid[16];
	EFI_DEVICE_PATH_PROTOCOL end;
} path = { { 1, 4, { 20, 0 } }, { 3 }, { 0x7f, 0xff, { 4, 0 } } };

static EFIAPI EFI_STATUS returns(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	seen_handle = image;
	seen_table = table;
	return EFI_ABORTED;
}

static EFI_HANDLE loaded(rig_entry entry)
{
	EFI_HANDLE h = NULL;

	assert_status(BS->LoadImage(false, rig_image(), &path.vendor, program,
				    rig_program(program, entry), &h),
		      EFI_SUCCESS);
	return h;
}

static EFI_LOADED_IMAGE_PROTOCOL *image_of(EFI_HANDLE h)
{
	void *p = NULL;

	assert_status(BS->HandleProtocol(h, &efi_guid_loaded_image, &p), EFI_SUCCESS);
	return p;
}

static void loaded_image_describes_the_program(void **state)
{
	EFI_HANDLE h = loaded(returns);
	EFI_LOADED_IMAGE_PROTOCOL *i = image_of(h);
	void *p;

	assert_int_equal(i->Revision, 0x1000);
	assert_ptr_equal(i->ParentHandle, rig_image());
	assert_ptr_equal(i->SystemTable, efi_st);
	assert_int_equal(i->ImageSize, 0x3000);
	assert_int_equal((uintptr_t)i->ImageBase % 4096, 0);
	assert_int_equal(i->ImageCodeType, EfiLoaderCode);
	assert_int_equal(i->ImageDataType, EfiLoaderData);
	assert_null(i->DeviceHandle);
	assert_memory_equal(i->FilePath, &path, sizeof(path));
	assert_memory_equal(i->ImageBase, "MZ", 2);
	assert_status(BS->HandleProtocol(h, &efi_guid_loaded_image_path, &p), EFI_SUCCESS);
	assert_memory_equal(p, &path, sizeof(path));
	assert_status(BS->UnloadImage(h), EFI_SUCCESS);
	assert_status(BS->UnloadImage(h), EFI_INVALID_PARAMETER);
}

static void program_that_returns_is_gone(void **state)
{
	EFI_HANDLE h = loaded(returns);

	assert_status(BS->StartImage(h, NULL, NULL), EFI_ABORTED);
	assert_ptr_equal(seen_handle, h);
	assert_ptr_equal(seen_table, efi_st);
	assert_status(BS->StartImage(h, NULL, NULL), EFI_INVALID_PARAMETER);
}

static void load_refuses_nonsense(void **state)
{
	UINTN n = rig_program(program, returns);
	EFI_HANDLE h, parent = rig_image();

	assert_status(BS->LoadImage(false, NULL, NULL, program, n, &h), EFI_INVALID_PARAMETER);
	assert_status(BS->LoadImage(false, &h, NULL, program, n, &h), EFI_INVALID_PARAMETER);
	assert_status(BS->LoadImage(false, parent, NULL, program, n, NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->LoadImage(false, parent, NULL, NULL, 0, &h), EFI_NOT_FOUND);
	assert_status(BS->LoadImage(false, parent, &path.vendor, NULL, 0, &h), EFI_NOT_FOUND);
	assert_status(BS->LoadImage(false, parent, NULL, program, 0, &h), EFI_LOAD_ERROR);
	assert_status(BS->LoadImage(false, parent, NULL, program, 100, &h), EFI_LOAD_ERROR);
	path.vendor.Length[0] = 2;
	assert_status(BS->LoadImage(false, parent, &path.vendor, program, n, &h),
		      EFI_INVALID_PARAMETER);
	path.vendor.Length[0] = 20;
}

static void program_of_another_kind_is_refused(void **state)
{
	UINTN n = rig_program(program, returns);
	EFI_HANDLE h;

	cairn_le_store(program + 0x44, 2, 0x014c);
	assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h), EFI_UNSUPPORTED);
	rig_program(program, returns);
	cairn_le_store(program + 0x40 + 24 + 68, 2, 3);
	assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h), EFI_UNSUPPORTED);
	rig_program(program, returns);
	cairn_le_store(program + 0x40 + 24 + 56, 4, 0x7fffffff);
	assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h),
		      EFI_OUT_OF_RESOURCES);
}

static EFIAPI EFI_STATUS exits_deep(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	CHAR16 *data;

	table->BootServices->RaiseTPL(TPL_NOTIFY);
	if (table->BootServices->AllocatePool(EfiLoaderData, 8, (void **)&data) != EFI_SUCCESS)
		return EFI_ABORTED;
	memcpy(data, u"bye", 8);
	table->BootServices->Exit(image, EFI_TIMEOUT, 8, data);
	return EFI_ABORTED;
}

static void entry_that_is_not_code_is_refused(void **state)
{
	static const uint32_t places[] = { 0x40, 0x1200, 0x2000 }; /* headers, a gap, data */
	EFI_HANDLE h = NULL;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(places); i++) {
		size_t size = rig_program(program, returns);

		cairn_le_store(program + 0x40 + 24 + 16, 4, places[i]);
		assert_status(BS->LoadImage(false, rig_image(), NULL, program, size, &h),
			      EFI_LOAD_ERROR);
	}
}

static void exit_comes_back_with_its_data(void **state)
{
	EFI_HANDLE h = loaded(exits_deep);
	CHAR16 *data = NULL;
	UINTN n = 0;

	assert_status(BS->StartImage(h, &n, &data), EFI_TIMEOUT);
	assert_int_equal(n, 8);
	assert_memory_equal(data, u"bye", 8);
	assert_status(BS->FreePool(data), EFI_SUCCESS);
	assert_int_equal(BS->RaiseTPL(TPL_APPLICATION), TPL_APPLICATION);
	h = loaded(exits_deep);
	assert_status(BS->StartImage(h, NULL, NULL), EFI_TIMEOUT);
}

static EFIAPI EFI_STATUS starts_another(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	static uint8_t other[RIG_PROGRAM_BYTES];
	EFI_STATUS status;

	status = table->BootServices->LoadImage(false, image, NULL, other,
						rig_program(other, exits_deep), &inner);
	if (status != EFI_SUCCESS)
		return status;
	/* Only the one that runs may leave. */
	if (table->BootServices->Exit(rig_image(), 0, 0, NULL) != EFI_INVALID_PARAMETER)
		return EFI_ABORTED;
	status = table->BootServices->StartImage(inner, NULL, NULL);
	return status == EFI_TIMEOUT ? EFI_NOT_READY : EFI_ABORTED;
}

static void programs_nest(void **state)
{
	EFI_HANDLE h = loaded(starts_another);

	assert_status(BS->StartImage(h, NULL, NULL), EFI_NOT_READY);
	assert_status(BS->Exit(h, 0, 0, NULL), EFI_INVALID_PARAMETER);
}

static void exit_of_what_was_not_started_unloads_it(void **state)
{
	EFI_HANDLE h = loaded(returns);

	assert_status(BS->Exit(h, EFI_ABORTED, 0, NULL), EFI_SUCCESS);
	assert_status(BS->StartImage(h, NULL, NULL), EFI_INVALID_PARAMETER);
}

static EFIAPI EFI_STATUS opens_and_returns(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	void *p;

	return table->BootServices->OpenProtocol(rig_image(), &efi_guid_loaded_image, &p, image,
						 NULL, EFI_OPEN_EXCLUSIVE);
}

static void what_a_program_opened_is_closed_after_it(void **state)
{
	EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *list;
	UINTN n = 99;

	assert_status(BS->StartImage(loaded(opens_and_returns), NULL, NULL), EFI_SUCCESS);
	assert_status(BS->OpenProtocolInformation(rig_image(), &efi_guid_loaded_image, &list, &n),
		      EFI_SUCCESS);
	assert_int_equal(n, 0);
	assert_status(BS->FreePool(list), EFI_SUCCESS);
}

static void what_others_opened_of_a_program_is_gone_with_it(void **state)
{
	EFI_HANDLE h = loaded(returns);
	void *p;

	assert_status(
	    BS->OpenProtocol(h, &efi_guid_loaded_image, &p, rig_image(), NULL, EFI_OPEN_EXCLUSIVE),
	    EFI_SUCCESS);
	assert_status(BS->OpenProtocol(h, &efi_guid_loaded_image_path, &p, rig_image(), NULL,
				       EFI_OPEN_EXCLUSIVE),
		      EFI_SUCCESS);
	assert_status(BS->UnloadImage(h), EFI_SUCCESS);
	assert_status(BS->HandleProtocol(h, &efi_guid_loaded_image, &p), EFI_INVALID_PARAMETER);
}

static EFIAPI EFI_STATUS unload_ok(EFI_HANDLE image)
{
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS unload_not(EFI_HANDLE image)
{
	return EFI_ACCESS_DENIED;
}

static EFIAPI EFI_STATUS stays(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	return EFI_SUCCESS;
}

static void driver_stays_until_it_is_unloaded(void **state)
{
	UINTN n = rig_program(program, stays);
	EFI_HANDLE h;

	cairn_le_store(program + 0x40 + 24 + 68, 2, 11);
	assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h), EFI_SUCCESS);
	assert_int_equal(image_of(h)->ImageCodeType, EfiBootServicesCode);
	assert_status(BS->StartImage(h, NULL, NULL), EFI_SUCCESS);
	assert_status(BS->UnloadImage(h), EFI_UNSUPPORTED);
	image_of(h)->Unload = unload_not;
	assert_status(BS->UnloadImage(h), EFI_ACCESS_DENIED);
	image_of(h)->Unload = unload_ok;
	assert_status(BS->UnloadImage(h), EFI_SUCCESS);
	assert_status(BS->UnloadImage(h), EFI_INVALID_PARAMETER);
}

static EFIAPI EFI_STATUS load_file(EFI_LOAD_FILE_PROTOCOL *this, EFI_DEVICE_PATH_PROTOCOL *rest,
				   BOOLEAN boot_policy, UINTN *size, void *buffer)
{
	UINTN room = *size;

	*size = rig_program(program, returns);
	if (!buffer || room < *size)
		return EFI_BUFFER_TOO_SMALL;
	memcpy(buffer, program, *size);
	return EFI_SUCCESS;
}

static void program_comes_through_load_file(void **state)
{
	EFI_LOAD_FILE_PROTOCOL lf = { load_file };
	EFI_HANDLE device = NULL, h;

	assert_status(BS->InstallMultipleProtocolInterfaces(&device, &efi_guid_device_path, &path,
							    &efi_guid_load_file2, &lf, NULL),
		      EFI_SUCCESS);
	assert_status(BS->LoadImage(true, rig_image(), &path.vendor, NULL, 0, &h), EFI_NOT_FOUND);
	assert_status(BS->LoadImage(false, rig_image(), &path.vendor, NULL, 0, &h), EFI_SUCCESS);
	assert_ptr_equal(image_of(h)->DeviceHandle, device);
	assert_int_equal(image_of(h)->FilePath->Type, 0x7f);
	assert_status(BS->StartImage(h, NULL, NULL), EFI_ABORTED);
	assert_status(BS->UninstallMultipleProtocolInterfaces(device, &efi_guid_device_path, &path,
							      &efi_guid_load_file2, &lf, NULL),
		      EFI_SUCCESS);
}

/* A path that says where in memory the program is (10.3.2.4). */
static void program_comes_from_memory_by_its_path(void **state)
{
	struct {
		EFI_DEVICE_PATH_PROTOCOL memory;
		uint8_t type_first_last[20];
		EFI_DEVICE_PATH_PROTOCOL end;
	} __attribute__((packed)) p = { { 1, 3, { 24, 0 } }, { 2 }, { 0x7f, 0xff, { 4, 0 } } };
	UINTN n = rig_program(program, returns);
	EFI_PHYSICAL_ADDRESS at;
	EFI_HANDLE h = NULL;

	assert_status(BS->AllocatePages(AllocateAnyPages, EfiLoaderData, 1, &at), EFI_SUCCESS);
	memcpy((void *)(uintptr_t)at, program, n);
	cairn_le_store(p.type_first_last + 4, 8, at);
	cairn_le_store(p.type_first_last + 12, 8, at + n - 1);
	assert_status(BS->LoadImage(false, rig_image(), &p.memory, NULL, 0, &h), EFI_SUCCESS);
	assert_status(BS->StartImage(h, NULL, NULL), EFI_ABORTED);
	cairn_le_store(p.type_first_last + 12, 8, at - 1);
	assert_status(BS->LoadImage(false, rig_image(), &p.memory, NULL, 0, &h),
		      EFI_INVALID_PARAMETER);
	cairn_le_store(p.type_first_last + 12, 8, UINT64_MAX);
	assert_status(BS->LoadImage(false, rig_image(), &p.memory, NULL, 0, &h),
		      EFI_INVALID_PARAMETER);
	cairn_le_store(p.type_first_last + 12, 8, at + RIG_RAM_BYTES);
	assert_status(BS->LoadImage(false, rig_image(), &p.memory, NULL, 0, &h), EFI_NOT_FOUND);
	assert_status(BS->FreePages(at, 1), EFI_SUCCESS);
}

/* What was read only, or not to be executed, is free memory as any other afterwards. */
static void pages_of_a_program_are_unprotected_after_it(void **state)
{
	test_protect_calls = 0;
	assert_status(BS->UnloadImage(loaded(returns)), EFI_SUCCESS);
	assert_true(test_protect_calls >= 2);
	assert_int_equal(test_protect_last, FW_PROT_RWX);
}

static void nothing_is_left_of_programs(void **state)
{
	EFI_PHYSICAL_ADDRESS all, again;

	assert_status(BS->AllocatePages(AllocateAnyPages, EfiLoaderData, 8000, &all), EFI_SUCCESS);
	assert_status(BS->FreePages(all, 8000), EFI_SUCCESS);
	for (int i = 0; i < 200; i++)
		assert_status(BS->StartImage(loaded(returns), NULL, NULL), EFI_ABORTED);
	assert_status(BS->AllocatePages(AllocateAnyPages, EfiLoaderData, 8000, &again),
		      EFI_SUCCESS);
	assert_int_equal(all, again);
	assert_status(BS->FreePages(again, 8000), EFI_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loaded_image_describes_the_program),
		cmocka_unit_test(program_that_returns_is_gone),
		cmocka_unit_test(load_refuses_nonsense),
		cmocka_unit_test(program_of_another_kind_is_refused),
		cmocka_unit_test(entry_that_is_not_code_is_refused),
		cmocka_unit_test(exit_comes_back_with_its_data),
		cmocka_unit_test(programs_nest),
		cmocka_unit_test(exit_of_what_was_not_started_unloads_it),
		cmocka_unit_test(what_a_program_opened_is_closed_after_it),
		cmocka_unit_test(what_others_opened_of_a_program_is_gone_with_it),
		cmocka_unit_test(driver_stays_until_it_is_unloaded),
		cmocka_unit_test(program_comes_through_load_file),
		cmocka_unit_test(program_comes_from_memory_by_its_path),
		cmocka_unit_test(pages_of_a_program_are_unprotected_after_it),
		cmocka_unit_test(nothing_is_left_of_programs),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
