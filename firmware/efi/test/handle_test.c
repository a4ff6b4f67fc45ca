/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Handles and protocols: UEFI 2.10, 7.3. */
#include "rig.h"

static EFI_GUID guid_a = { 0xa, 0, 0, { 0 } }, guid_b = { 0xb, 0, 0, { 0 } };
static EFI_GUID guid_c = { 0xc, 0, 0, { 0 } };
static int face_a, face_b, face_c;

/* A path of one vendor node. */
struct test_path {
	EFI_DEVICE_PATH_PROTOCOL vendor;
	uint8_t guid[16];
	EFI_DEVICE_PATH_PROTOCOL end;
};

static struct test_path path_of(uint8_t n)
{
	struct test_path p = { { 1, 4, { 20, 0 } }, { n }, { 0x7f, 0xff, { 4, 0 } } };

	return p;
}

static EFI_HANDLE with(const EFI_GUID *guid, void *interface)
{
	EFI_HANDLE h = NULL;

	assert_status(BS->InstallProtocolInterface(&h, guid, EFI_NATIVE_INTERFACE, interface),
		      EFI_SUCCESS);
	return h;
}

static UINTN count(const EFI_GUID *guid)
{
	EFI_HANDLE found[64];
	UINTN size = sizeof(found);
	EFI_STATUS status = BS->LocateHandle(ByProtocol, guid, NULL, &size, found);

	if (status == EFI_NOT_FOUND)
		return 0;
	assert_status(status, EFI_SUCCESS);
	return size / sizeof(EFI_HANDLE);
}

static void install_makes_a_handle_and_uninstall_ends_it(void **state)
{
	EFI_HANDLE h = with(&guid_a, &face_a);
	void *p = NULL;

	assert_status(BS->HandleProtocol(h, &guid_a, &p), EFI_SUCCESS);
	assert_ptr_equal(p, &face_a);
	assert_status(BS->HandleProtocol(h, &guid_b, &p), EFI_UNSUPPORTED);
	assert_null(p);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_b), EFI_NOT_FOUND);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_a), EFI_SUCCESS);
	assert_status(BS->HandleProtocol(h, &guid_a, &p), EFI_INVALID_PARAMETER);
	assert_int_equal(count(&guid_a), 0);
}

static void install_refuses_nonsense(void **state)
{
	EFI_HANDLE h = with(&guid_a, &face_a), wild = &face_a;

	assert_status(BS->InstallProtocolInterface(NULL, &guid_b, EFI_NATIVE_INTERFACE, NULL),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->InstallProtocolInterface(&h, NULL, EFI_NATIVE_INTERFACE, NULL),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->InstallProtocolInterface(&h, &guid_b, (EFI_INTERFACE_TYPE)1, NULL),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->InstallProtocolInterface(&wild, &guid_b, EFI_NATIVE_INTERFACE, NULL),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->InstallProtocolInterface(&h, &guid_a, EFI_NATIVE_INTERFACE, &face_b),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->UninstallProtocolInterface(wild, &guid_a, &face_a),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->UninstallProtocolInterface(h, NULL, &face_a), EFI_INVALID_PARAMETER);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_a), EFI_SUCCESS);
}

static void reinstall_changes_the_interface_in_place(void **state)
{
	EFI_HANDLE h = with(&guid_a, &face_a);
	void *p;

	assert_status(BS->ReinstallProtocolInterface(h, &guid_a, &face_b, &face_c), EFI_NOT_FOUND);
	assert_status(BS->ReinstallProtocolInterface(h, &guid_b, &face_a, &face_c), EFI_NOT_FOUND);
	assert_status(BS->ReinstallProtocolInterface(&face_a, &guid_a, &face_a, &face_c),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->ReinstallProtocolInterface(h, &guid_a, &face_a, &face_b), EFI_SUCCESS);
	assert_status(BS->HandleProtocol(h, &guid_a, &p), EFI_SUCCESS);
	assert_ptr_equal(p, &face_b);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_b), EFI_SUCCESS);
}

static void multiple_installs_all_or_nothing(void **state)
{
	EFI_HANDLE h = NULL;

	assert_status(
	    BS->InstallMultipleProtocolInterfaces(&h, &guid_a, &face_a, &guid_b, &face_b, NULL),
	    EFI_SUCCESS);
	assert_status(
	    BS->InstallMultipleProtocolInterfaces(&h, &guid_c, &face_c, &guid_a, &face_a, NULL),
	    EFI_INVALID_PARAMETER);
	assert_int_equal(count(&guid_c), 0);
	assert_int_equal(count(&guid_a), 1);
	assert_status(BS->InstallMultipleProtocolInterfaces(NULL, &guid_c, &face_c, NULL),
		      EFI_INVALID_PARAMETER);
	assert_status(
	    BS->UninstallMultipleProtocolInterfaces(h, &guid_a, &face_a, &guid_b, &face_b, NULL),
	    EFI_SUCCESS);
	assert_int_equal(count(&guid_a) + count(&guid_b), 0);
	assert_status(BS->HandleProtocol(h, &guid_a, (void **)&h), EFI_INVALID_PARAMETER);
}

static void multiple_that_fails_on_a_new_handle_leaves_none(void **state)
{
	EFI_HANDLE h = NULL;

	assert_status(
	    BS->InstallMultipleProtocolInterfaces(&h, &guid_a, &face_a, &guid_a, &face_b, NULL),
	    EFI_INVALID_PARAMETER);
	assert_null(h);
	assert_int_equal(count(&guid_a), 0);
}

static void same_device_path_twice_is_already_started(void **state)
{
	struct test_path p = path_of(1), same = path_of(1), other = path_of(2);
	EFI_HANDLE h = NULL, g = NULL;

	assert_status(BS->InstallMultipleProtocolInterfaces(&h, &efi_guid_device_path, &p, NULL),
		      EFI_SUCCESS);
	assert_status(BS->InstallMultipleProtocolInterfaces(&g, &guid_a, &face_a,
							    &efi_guid_device_path, &same, NULL),
		      EFI_ALREADY_STARTED);
	assert_null(g);
	assert_int_equal(count(&guid_a), 0);
	assert_status(
	    BS->InstallMultipleProtocolInterfaces(&g, &efi_guid_device_path, &other, NULL),
	    EFI_SUCCESS);
	assert_status(
	    BS->UninstallMultipleProtocolInterfaces(g, &efi_guid_device_path, &other, NULL),
	    EFI_SUCCESS);
	assert_status(BS->UninstallMultipleProtocolInterfaces(h, &efi_guid_device_path, &p, NULL),
		      EFI_SUCCESS);
}

static void uninstall_multiple_puts_back_what_it_took(void **state)
{
	EFI_HANDLE h = with(&guid_a, &face_a);
	void *p;

	assert_status(
	    BS->UninstallMultipleProtocolInterfaces(h, &guid_a, &face_a, &guid_b, &face_b, NULL),
	    EFI_INVALID_PARAMETER);
	assert_status(BS->HandleProtocol(h, &guid_a, &p), EFI_SUCCESS);
	assert_ptr_equal(p, &face_a);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_a), EFI_SUCCESS);
}

static void open_tells_and_refuses_by_attributes(void **state)
{
	EFI_HANDLE h = with(&guid_a, &face_a), agent = with(&guid_b, &face_b);
	EFI_HANDLE other = with(&guid_c, &face_c);
	void *p;

	assert_status(BS->OpenProtocol(h, &guid_a, &p, agent, NULL, EFI_OPEN_GET), EFI_SUCCESS);
	assert_ptr_equal(p, &face_a);
	assert_status(BS->OpenProtocol(h, &guid_b, &p, agent, NULL, EFI_OPEN_GET), EFI_UNSUPPORTED);
	assert_null(p);
	assert_status(BS->OpenProtocol(h, &guid_a, NULL, agent, NULL, EFI_OPEN_TEST), EFI_SUCCESS);
	assert_status(BS->OpenProtocol(h, &guid_a, NULL, agent, NULL, EFI_OPEN_GET),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, agent, NULL, 0), EFI_INVALID_PARAMETER);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, agent, NULL, 0x40), EFI_INVALID_PARAMETER);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, agent, h, EFI_OPEN_BY_CHILD),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, NULL, other, EFI_OPEN_BY_DRIVER),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, agent, h, EFI_OPEN_BY_DRIVER), EFI_SUCCESS);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, agent, h, EFI_OPEN_BY_DRIVER),
		      EFI_ALREADY_STARTED);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, other, h, EFI_OPEN_BY_DRIVER),
		      EFI_ACCESS_DENIED);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, other, NULL, EFI_OPEN_EXCLUSIVE),
		      EFI_ACCESS_DENIED);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_a), EFI_ACCESS_DENIED);
	assert_status(BS->ReinstallProtocolInterface(h, &guid_a, &face_a, &face_b),
		      EFI_ACCESS_DENIED);
	assert_status(BS->CloseProtocol(h, &guid_a, agent, h), EFI_SUCCESS);
	assert_status(BS->CloseProtocol(h, &guid_a, agent, h), EFI_NOT_FOUND);
	assert_status(BS->CloseProtocol(h, &guid_a, &face_a, h), EFI_INVALID_PARAMETER);
	assert_status(BS->CloseProtocol(h, &guid_b, agent, h), EFI_NOT_FOUND);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_a), EFI_SUCCESS);
	assert_status(BS->UninstallProtocolInterface(agent, &guid_b, &face_b), EFI_SUCCESS);
	assert_status(BS->UninstallProtocolInterface(other, &guid_c, &face_c), EFI_SUCCESS);
}

static void openers_are_listed_and_counted(void **state)
{
	EFI_HANDLE h = with(&guid_a, &face_a), agent = with(&guid_b, &face_b);
	EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *list;
	UINTN n;
	void *p;

	assert_status(BS->OpenProtocolInformation(h, &guid_c, &list, &n), EFI_NOT_FOUND);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, agent, NULL, EFI_OPEN_GET), EFI_SUCCESS);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, agent, NULL, EFI_OPEN_GET), EFI_SUCCESS);
	assert_status(BS->OpenProtocol(h, &guid_a, &p, agent, h, EFI_OPEN_BY_DRIVER), EFI_SUCCESS);
	assert_status(BS->OpenProtocolInformation(h, &guid_a, &list, &n), EFI_SUCCESS);
	assert_int_equal(n, 2);
	assert_ptr_equal(list[0].AgentHandle, agent);
	assert_int_equal(list[0].Attributes, EFI_OPEN_GET);
	assert_int_equal(list[0].OpenCount, 2);
	assert_ptr_equal(list[1].ControllerHandle, h);
	assert_status(BS->FreePool(list), EFI_SUCCESS);
	assert_status(BS->CloseProtocol(h, &guid_a, agent, h), EFI_SUCCESS);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_a), EFI_SUCCESS);
	assert_status(BS->UninstallProtocolInterface(agent, &guid_b, &face_b), EFI_SUCCESS);
}

static void protocols_of_a_handle_are_listed(void **state)
{
	EFI_HANDLE h = with(&guid_a, &face_a);
	EFI_GUID **list;
	UINTN n;

	assert_status(BS->InstallProtocolInterface(&h, &guid_b, EFI_NATIVE_INTERFACE, NULL),
		      EFI_SUCCESS);
	assert_status(BS->ProtocolsPerHandle(&face_a, &list, &n), EFI_INVALID_PARAMETER);
	assert_status(BS->ProtocolsPerHandle(h, &list, &n), EFI_SUCCESS);
	assert_int_equal(n, 2);
	assert_memory_equal(list[0], &guid_a, 16);
	assert_memory_equal(list[1], &guid_b, 16);
	assert_status(BS->FreePool(list), EFI_SUCCESS);
	assert_status(
	    BS->UninstallMultipleProtocolInterfaces(h, &guid_a, &face_a, &guid_b, NULL, NULL),
	    EFI_SUCCESS);
}

static void locate_finds_by_protocol_in_order_of_birth(void **state)
{
	EFI_HANDLE h = with(&guid_a, &face_a), g = with(&guid_a, &face_b), found[2], *all;
	UINTN size = sizeof(EFI_HANDLE), n;
	void *p;

	assert_status(BS->LocateHandle(ByProtocol, &guid_a, NULL, &size, found),
		      EFI_BUFFER_TOO_SMALL);
	assert_int_equal(size, sizeof(found));
	assert_status(BS->LocateHandle(ByProtocol, &guid_a, NULL, &size, NULL),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->LocateHandle(ByProtocol, &guid_a, NULL, &size, found), EFI_SUCCESS);
	assert_ptr_equal(found[0], h);
	assert_ptr_equal(found[1], g);
	assert_status(BS->LocateHandle(ByProtocol, &guid_b, NULL, &size, found), EFI_NOT_FOUND);
	assert_status(BS->LocateHandle(ByProtocol, NULL, NULL, &size, found),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->LocateHandle(ByRegisterNotify, NULL, NULL, &size, found),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->LocateHandle((EFI_LOCATE_SEARCH_TYPE)3, &guid_a, NULL, &size, found),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->LocateHandleBuffer(AllHandles, NULL, NULL, &n, &all), EFI_SUCCESS);
	assert_ptr_equal(all[n - 1], g);
	assert_status(BS->FreePool(all), EFI_SUCCESS);
	assert_status(BS->LocateHandleBuffer(ByProtocol, &guid_b, NULL, &n, &all), EFI_NOT_FOUND);
	assert_status(BS->LocateProtocol(&guid_a, NULL, &p), EFI_SUCCESS);
	assert_ptr_equal(p, &face_a);
	assert_status(BS->LocateProtocol(&guid_b, NULL, &p), EFI_NOT_FOUND);
	assert_null(p);
	assert_status(BS->LocateProtocol(NULL, NULL, &p), EFI_INVALID_PARAMETER);
	assert_status(BS->LocateProtocol(&guid_a, NULL, NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_a), EFI_SUCCESS);
	assert_status(BS->UninstallProtocolInterface(g, &guid_a, &face_b), EFI_SUCCESS);
}

static unsigned told;

static EFIAPI void tell(EFI_EVENT event, void *ctx)
{
	told++;
}

static void registration_hands_out_each_new_handle_once(void **state)
{
	EFI_HANDLE before = with(&guid_a, &face_a), h, g, found;
	UINTN size = sizeof(found);
	void *key, *p;
	EFI_EVENT event;

	assert_status(BS->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, tell, NULL, &event),
		      EFI_SUCCESS);
	assert_status(BS->RegisterProtocolNotify(&guid_a, &face_a, &key), EFI_INVALID_PARAMETER);
	assert_status(BS->RegisterProtocolNotify(&guid_a, event, &key), EFI_SUCCESS);
	told = 0;
	assert_status(BS->LocateHandle(ByRegisterNotify, NULL, key, &size, &found), EFI_SUCCESS);
	assert_ptr_equal(found, before);
	h = with(&guid_a, &face_a);
	g = with(&guid_a, &face_b);
	with(&guid_b, &face_b);
	assert_int_equal(told, 2);
	assert_status(BS->LocateHandle(ByRegisterNotify, NULL, key, &size, &found), EFI_SUCCESS);
	assert_ptr_equal(found, h);
	assert_status(BS->LocateProtocol(&guid_a, key, &p), EFI_SUCCESS);
	assert_ptr_equal(p, &face_b);
	assert_status(BS->LocateHandle(ByRegisterNotify, NULL, key, &size, &found), EFI_NOT_FOUND);
	assert_status(BS->LocateProtocol(&guid_a, key, &p), EFI_NOT_FOUND);
	assert_status(BS->CloseEvent(event), EFI_SUCCESS);
	assert_status(BS->UninstallProtocolInterface(g, &guid_a, &face_b), EFI_SUCCESS);
	g = with(&guid_a, &face_b);
	assert_int_equal(told, 2);
	assert_status(BS->LocateHandle(ByRegisterNotify, NULL, key, &size, &found),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->UninstallProtocolInterface(before, &guid_a, &face_a), EFI_SUCCESS);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_a), EFI_SUCCESS);
	assert_status(BS->UninstallProtocolInterface(g, &guid_a, &face_b), EFI_SUCCESS);
}

/* The pool gives the block of what was closed again. */
static void registration_ends_with_its_event(void **state)
{
	EFI_EVENT event, again;
	EFI_HANDLE h;
	void *key;

	assert_status(BS->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, tell, NULL, &event),
		      EFI_SUCCESS);
	assert_status(BS->RegisterProtocolNotify(&guid_a, event, &key), EFI_SUCCESS);
	assert_status(BS->CloseEvent(event), EFI_SUCCESS);
	assert_status(BS->CreateEvent(0, 0, NULL, NULL, &again), EFI_SUCCESS);
	assert_ptr_equal(again, event);
	h = with(&guid_a, &face_a);
	assert_status(BS->CheckEvent(again), EFI_NOT_READY);
	assert_status(BS->CloseEvent(again), EFI_SUCCESS);
	assert_status(BS->UninstallProtocolInterface(h, &guid_a, &face_a), EFI_SUCCESS);
}

static void device_path_is_found_by_its_longest_prefix(void **state)
{
	struct {
		EFI_DEVICE_PATH_PROTOCOL first;
		uint8_t one[16];
		EFI_DEVICE_PATH_PROTOCOL second;
		uint8_t two[4];
		EFI_DEVICE_PATH_PROTOCOL end;
	} path = {
		{ 1, 4, { 20, 0 } }, { 7 }, { 4, 9, { 8, 0 } }, { 1 }, { 0x7f, 0xff, { 4, 0 } }
	};
	struct test_path head = path_of(7), other = path_of(8);
	EFI_HANDLE h = with(&efi_guid_device_path, &head), g = with(&efi_guid_device_path, &path);
	EFI_HANDLE o = with(&efi_guid_device_path, &other), k, found;
	EFI_DEVICE_PATH_PROTOCOL *at = &path.first;

	assert_status(BS->LocateDevicePath(&guid_a, &at, &found), EFI_NOT_FOUND);
	assert_status(BS->InstallProtocolInterface(&h, &guid_a, EFI_NATIVE_INTERFACE, NULL),
		      EFI_SUCCESS);
	assert_status(BS->InstallProtocolInterface(&o, &guid_a, EFI_NATIVE_INTERFACE, NULL),
		      EFI_SUCCESS);
	assert_status(BS->LocateDevicePath(&guid_a, &at, &found), EFI_SUCCESS);
	assert_ptr_equal(found, h);
	assert_ptr_equal(at, &path.second);
	at = &path.first;
	assert_status(BS->InstallProtocolInterface(&g, &guid_a, EFI_NATIVE_INTERFACE, NULL),
		      EFI_SUCCESS);
	assert_status(BS->LocateDevicePath(&guid_a, &at, &found), EFI_SUCCESS);
	assert_ptr_equal(found, g);
	assert_ptr_equal(at, &path.end);
	at = &path.first;
	k = with(&efi_guid_device_path, &head); /* shorter, and younger */
	assert_status(BS->InstallProtocolInterface(&k, &guid_a, EFI_NATIVE_INTERFACE, NULL),
		      EFI_SUCCESS);
	assert_status(BS->LocateDevicePath(&guid_a, &at, &found), EFI_SUCCESS);
	assert_ptr_equal(found, g);
	BS->UninstallMultipleProtocolInterfaces(k, &guid_a, NULL, &efi_guid_device_path, &head,
						NULL);
	at = &path.first;
	assert_status(BS->LocateDevicePath(NULL, &at, &found), EFI_INVALID_PARAMETER);
	assert_status(BS->LocateDevicePath(&guid_a, NULL, &found), EFI_INVALID_PARAMETER);
	assert_status(BS->LocateDevicePath(&guid_a, &at, NULL), EFI_INVALID_PARAMETER);
	path.second.Length[0] = 3;
	assert_status(BS->LocateDevicePath(&guid_a, &at, &found), EFI_NOT_FOUND);
	path.second.Length[0] = 8;
	BS->UninstallMultipleProtocolInterfaces(h, &guid_a, NULL, &efi_guid_device_path, &head,
						NULL);
	BS->UninstallMultipleProtocolInterfaces(g, &guid_a, NULL, &efi_guid_device_path, &path,
						NULL);
	BS->UninstallMultipleProtocolInterfaces(o, &guid_a, NULL, &efi_guid_device_path, &other,
						NULL);
}

static void controllers_are_connected_or_are_none(void **state)
{
	EFI_HANDLE h = with(&guid_c, &face_c);

	assert_status(BS->ConnectController(efi_st->ConsoleOutHandle, NULL, NULL, true),
		      EFI_SUCCESS);
	assert_status(BS->ConnectController(h, NULL, NULL, false), EFI_NOT_FOUND);
	assert_status(BS->ConnectController(&face_c, NULL, NULL, false), EFI_INVALID_PARAMETER);
	assert_status(BS->DisconnectController(h, NULL, NULL), EFI_SUCCESS);
	assert_status(BS->DisconnectController(h, &face_c, NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->DisconnectController(&face_c, NULL, NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->UninstallProtocolInterface(h, &guid_c, &face_c), EFI_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(install_makes_a_handle_and_uninstall_ends_it),
		cmocka_unit_test(install_refuses_nonsense),
		cmocka_unit_test(reinstall_changes_the_interface_in_place),
		cmocka_unit_test(multiple_installs_all_or_nothing),
		cmocka_unit_test(multiple_that_fails_on_a_new_handle_leaves_none),
		cmocka_unit_test(same_device_path_twice_is_already_started),
		cmocka_unit_test(uninstall_multiple_puts_back_what_it_took),
		cmocka_unit_test(open_tells_and_refuses_by_attributes),
		cmocka_unit_test(openers_are_listed_and_counted),
		cmocka_unit_test(protocols_of_a_handle_are_listed),
		cmocka_unit_test(locate_finds_by_protocol_in_order_of_birth),
		cmocka_unit_test(registration_hands_out_each_new_handle_once),
		cmocka_unit_test(registration_ends_with_its_event),
		cmocka_unit_test(device_path_is_found_by_its_longest_prefix),
		cmocka_unit_test(controllers_are_connected_or_are_none),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
