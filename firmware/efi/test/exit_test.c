/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The end of the boot services and what lives on: UEFI 2.10, 7.4.6 and 8.4. One way, so the tests
 * are steps of one boot, in their order.
 */
#include "rig.h"

static EFI_SYSTEM_TABLE *st;
static EFI_BOOT_SERVICES *bs;
static struct rig_disk *disk;
static EFI_GUID guid = { 0x99, 0, 0, { 0 } };
static char order[16];
static EFI_EVENT moving;
static void *seen_pointer;

#define MOVED UINT64_C(0x100000000000)

static void note(char c)
{
	size_t n = 0;

	while (order[n])
		n++;
	order[n] = c;
}

static EFIAPI void on_before_end(EFI_EVENT event, void *ctx)
{
	void *p;

	note('b');
	/* May allocate: the caller's key is old then. */
	if (order[1] == 0)
		bs->AllocatePages(AllocateAnyPages, EfiLoaderData, 1, (EFI_PHYSICAL_ADDRESS *)&p);
}

static EFIAPI void on_end(EFI_EVENT event, void *ctx)
{
	note('e');
}

static EFIAPI void on_moving(EFI_EVENT event, void *ctx)
{
	assert_ptr_equal(event, moving);
	seen_pointer = order;
	note('v');
	assert_status(st->RuntimeServices->ConvertPointer(0, &seen_pointer), EFI_SUCCESS);
}

static int setup(void **state)
{
	disk = rig_add_disk(1u << 20, 512);
	rig_setup(state);
	st = efi_st;
	bs = st->BootServices;
	return 0;
}

static UINTN key_now(void)
{
	static uint8_t map[65536];
	UINTN size = sizeof(map), key, step;
	uint32_t version;

	assert_status(bs->GetMemoryMap(&size, (void *)map, &key, &step, &version), EFI_SUCCESS);
	return key;
}

static void wrong_image_or_key_changes_nothing(void **state)
{
	EFI_HANDLE image = rig_image();
	EFI_EVENT e;
	UINTN key;

	assert_status(bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, on_before_end, NULL,
					&efi_group_before_exit_boot, &e),
		      EFI_SUCCESS);
	assert_status(
	    bs->CreateEvent(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, on_end, NULL, &e),
	    EFI_SUCCESS);
	assert_status(
	    bs->CreateEvent(EVT_SIGNAL_VIRTUAL_ADDRESS, TPL_CALLBACK, on_moving, NULL, &moving),
	    EFI_SUCCESS);
	key = key_now();
	assert_status(bs->ExitBootServices(NULL, key), EFI_INVALID_PARAMETER);
	assert_string_equal(order, "");
	assert_status(bs->ExitBootServices(image, key), EFI_INVALID_PARAMETER);
	assert_string_equal(order, "b");
	assert_int_equal(disk->stops, 0);
	assert_ptr_equal(st->BootServices, bs);
}

static void right_key_ends_the_boot_services(void **state)
{
	CHAR16 boot_only[] = u"BootOnly", lasting[] = u"Lasting", fleeting[] = u"Fleeting";
	EFI_HANDLE image = rig_image();
	uint32_t crc, sum;

	assert_status(RT->SetVariable(boot_only, &guid, 2, 1, order), EFI_SUCCESS);
	assert_status(RT->SetVariable(lasting, &guid, 7, 4, (void *)(uintptr_t) "last"),
		      EFI_SUCCESS);
	assert_status(RT->SetVariable(fleeting, &guid, 6, 1, order), EFI_SUCCESS);
	assert_status(bs->ExitBootServices(image, key_now()), EFI_SUCCESS);
	assert_string_equal(order, "bbe");
	assert_int_equal(disk->stops, 1);
	assert_null(st->BootServices);
	assert_null(st->ConOut);
	assert_null(st->ConsoleInHandle);
	sum = st->Hdr.CRC32;
	st->Hdr.CRC32 = 0;
	assert_status(bs->CalculateCrc32(st, st->Hdr.HeaderSize, &crc), EFI_SUCCESS);
	st->Hdr.CRC32 = sum;
	assert_int_equal(crc, sum);
}

static void variables_are_those_of_run_time(void **state)
{
	EFI_RUNTIME_SERVICES *rt = st->RuntimeServices;
	CHAR16 boot_only[] = u"BootOnly", lasting[] = u"Lasting", fleeting[] = u"Fleeting";
	CHAR16 fresh[] = u"Fresh", n[100] = { 0 };
	EFI_GUID g = { 0 };
	UINTN size = 4;
	char data[4];

	assert_status(rt->GetVariable(boot_only, &guid, NULL, &size, data), EFI_NOT_FOUND);
	assert_status(rt->GetVariable(lasting, &guid, NULL, &size, data), EFI_SUCCESS);
	assert_memory_equal(data, "last", 4);
	/* There is no flash: nothing can be written. nv_flash_test.c has the other case. */
	assert_status(rt->SetVariable(fleeting, &guid, 6, 4, data), EFI_UNSUPPORTED);
	assert_status(rt->SetVariable(fresh, &guid, 7, 4, data), EFI_UNSUPPORTED);
	for (size = sizeof(n); rt->GetNextVariableName(&size, n, &g) == EFI_SUCCESS;
	     size = sizeof(n))
		assert_memory_not_equal(n, boot_only, sizeof(boot_only));
}

static void time_goes_on_without_the_clock(void **state)
{
	EFI_TIME t = { 0 };

	/* There was no clock when the boot services ended. */
	assert_status(st->RuntimeServices->GetTime(&t, NULL), EFI_DEVICE_ERROR);
	t = (EFI_TIME){ .Year = 2030, .Month = 1, .Day = 1, .TimeZone = EFI_UNSPECIFIED_TIMEZONE };
	assert_status(st->RuntimeServices->SetTime(&t), EFI_UNSUPPORTED);
}

static void map_that_is_no_map_is_refused(void **state)
{
	EFI_RUNTIME_SERVICES *rt = st->RuntimeServices;
	EFI_MEMORY_DESCRIPTOR d = { 0 };

	assert_status(rt->SetVirtualAddressMap(sizeof(d), sizeof(d), 2, &d), EFI_INVALID_PARAMETER);
	assert_status(rt->SetVirtualAddressMap(sizeof(d), 39, 1, &d), EFI_INVALID_PARAMETER);
	assert_status(rt->SetVirtualAddressMap(sizeof(d) + 1, sizeof(d), 1, &d),
		      EFI_INVALID_PARAMETER);
	assert_status(rt->SetVirtualAddressMap(sizeof(d), sizeof(d), 1, NULL),
		      EFI_INVALID_PARAMETER);
}

/* All memory moves by the same distance; the test itself does not, so it only looks. */
static void pointers_of_the_tables_move(void **state)
{
	EFI_RUNTIME_SERVICES *rt = st->RuntimeServices, before = *rt;
	CHAR16 *vendor = st->FirmwareVendor;
	EFI_MEMORY_DESCRIPTOR d = { .Type = EfiRuntimeServicesCode,
				    .VirtualStart = MOVED,
				    .NumberOfPages = UINT64_MAX / 4096,
				    .Attribute = EFI_MEMORY_RUNTIME };

	assert_status(rt->SetVirtualAddressMap(sizeof(d), sizeof(d), 1, &d), EFI_SUCCESS);
	assert_string_equal(order, "bbev");
	assert_int_equal((uintptr_t)seen_pointer, (uintptr_t)order + MOVED);
	assert_int_equal((uintptr_t)rt->GetVariable, (uintptr_t)before.GetVariable + MOVED);
	assert_int_equal((uintptr_t)rt->QueryVariableInfo,
			 (uintptr_t)before.QueryVariableInfo + MOVED);
	assert_int_equal((uintptr_t)st->FirmwareVendor, (uintptr_t)vendor + MOVED);
	assert_int_equal((uintptr_t)st->RuntimeServices, (uintptr_t)rt + MOVED);
	assert_status(before.SetVirtualAddressMap(sizeof(d), sizeof(d), 1, &d), EFI_UNSUPPORTED);
	assert_status(before.ConvertPointer(0, &seen_pointer), EFI_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_image_or_key_changes_nothing),
		cmocka_unit_test(right_key_ends_the_boot_services),
		cmocka_unit_test(variables_are_those_of_run_time),
		cmocka_unit_test(time_goes_on_without_the_clock),
		cmocka_unit_test(map_that_is_no_map_is_refused),
		cmocka_unit_test(pointers_of_the_tables_move),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
