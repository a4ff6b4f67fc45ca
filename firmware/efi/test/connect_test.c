/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Drivers of others: UEFI 2.10, 7.3.3, 7.3.4, 7.3.9, 7.3.12, 7.3.13, 11.1. */
#include "rig.h"

#define DRIVERS 2

static EFI_GUID guid_a = { 0xa, 0, 0, { 0 } }, guid_b = { 0xb, 0, 0, { 0 } };
static int face, other_face;
static EFI_HANDLE controller, child;
static bool has_child, refuses_to_stop, keeps_it_open;
static unsigned n_started[DRIVERS], n_stopped[DRIVERS], n_children_stopped;

static unsigned number_of(EFI_DRIVER_BINDING_PROTOCOL *this);

static EFIAPI EFI_STATUS supported(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle,
				   EFI_DEVICE_PATH_PROTOCOL *remaining)
{
	void *p;
	EFI_STATUS status;

	if (handle != controller)
		return EFI_UNSUPPORTED;
	status = BS->OpenProtocol(handle, &guid_a, &p, this->DriverBindingHandle, handle,
				  EFI_OPEN_BY_DRIVER);
	if (!EFI_ERROR(status))
		BS->CloseProtocol(handle, &guid_a, this->DriverBindingHandle, handle);
	return status;
}

static EFIAPI EFI_STATUS start(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle,
			       EFI_DEVICE_PATH_PROTOCOL *remaining)
{
	EFI_HANDLE driver = this->DriverBindingHandle;
	void *p;

	n_started[number_of(this)]++;
	if (has_child)
		assert_status(
		    BS->OpenProtocol(handle, &guid_a, &p, driver, child, EFI_OPEN_BY_CHILD),
		    EFI_SUCCESS);
	return BS->OpenProtocol(handle, &guid_a, &p, driver, handle, EFI_OPEN_BY_DRIVER);
}

static EFIAPI EFI_STATUS stop(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle, UINTN n,
			      EFI_HANDLE *children)
{
	if (refuses_to_stop)
		return EFI_DEVICE_ERROR;
	if (n) {
		n_children_stopped++;
		assert_ptr_equal(children[0], child);
		return BS->CloseProtocol(handle, &guid_a, this->DriverBindingHandle, child);
	}
	n_stopped[number_of(this)]++;
	if (keeps_it_open)
		return EFI_SUCCESS;
	return BS->CloseProtocol(handle, &guid_a, this->DriverBindingHandle, handle);
}

static EFI_DRIVER_BINDING_PROTOCOL drivers[DRIVERS] = {
	{ supported, start, stop, 1, NULL, NULL },
	{ supported, start, stop, 2, NULL, NULL },
};

static unsigned number_of(EFI_DRIVER_BINDING_PROTOCOL *this)
{
	return (unsigned)(this - drivers);
}

static int make(void **state)
{
	has_child = refuses_to_stop = keeps_it_open = false;
	n_children_stopped = 0;
	memset(n_started, 0, sizeof(n_started));
	memset(n_stopped, 0, sizeof(n_stopped));
	controller = child = NULL;
	BS->InstallProtocolInterface(&controller, &guid_a, EFI_NATIVE_INTERFACE, &face);
	BS->InstallProtocolInterface(&child, &guid_b, EFI_NATIVE_INTERFACE, &face);
	for (int i = 0; i < DRIVERS; i++) {
		drivers[i].DriverBindingHandle = NULL;
		BS->InstallProtocolInterface(&drivers[i].DriverBindingHandle,
					     &efi_guid_driver_binding, EFI_NATIVE_INTERFACE,
					     &drivers[i]);
	}
	return 0;
}

static int drop(void **state)
{
	refuses_to_stop = keeps_it_open = false;
	BS->DisconnectController(controller, NULL, NULL);
	for (int i = 0; i < DRIVERS; i++)
		BS->UninstallProtocolInterface(drivers[i].DriverBindingHandle,
					       &efi_guid_driver_binding, &drivers[i]);
	if (efi_interface(controller, &guid_a))
		BS->UninstallProtocolInterface(controller, &guid_a,
					       efi_interface(controller, &guid_a));
	return BS->UninstallProtocolInterface(child, &guid_b, &face) == EFI_SUCCESS ? 0 : -1;
}

static void the_highest_version_is_started_first(void **state)
{
	assert_status(BS->ConnectController(controller, NULL, NULL, false), EFI_SUCCESS);
	assert_int_equal(n_started[1], 1);
	assert_int_equal(n_started[0], 0); /* the other has it already */
	assert_status(BS->ConnectController(controller, NULL, NULL, false), EFI_NOT_FOUND);
}

static void a_named_driver_comes_before_all(void **state)
{
	EFI_HANDLE list[] = { &face, drivers[0].DriverBindingHandle, NULL };

	assert_status(BS->ConnectController(controller, list, NULL, false), EFI_SUCCESS);
	assert_int_equal(n_started[0], 1);
	assert_int_equal(n_started[1], 0);
}

static void an_end_of_a_path_is_success(void **state)
{
	EFI_DEVICE_PATH_PROTOCOL end = { 0x7f, 0xff, { 4, 0 } };

	assert_status(BS->ConnectController(child, NULL, &end, false), EFI_SUCCESS);
	assert_status(BS->ConnectController(child, NULL, NULL, true), EFI_NOT_FOUND);
}

static void disconnect_stops_children_first(void **state)
{
	has_child = true;
	assert_status(BS->ConnectController(controller, NULL, NULL, true), EFI_SUCCESS);
	assert_status(BS->DisconnectController(controller, NULL, NULL), EFI_SUCCESS);
	assert_int_equal(n_children_stopped, 1);
	assert_int_equal(n_stopped[1], 1);
}

static void disconnect_of_one_child_takes_the_last_ones_driver(void **state)
{
	has_child = true;
	assert_status(BS->ConnectController(controller, NULL, NULL, false), EFI_SUCCESS);
	assert_status(BS->DisconnectController(controller, NULL, drivers[0].DriverBindingHandle),
		      EFI_SUCCESS);
	assert_int_equal(n_stopped[1], 0);
	assert_status(BS->DisconnectController(controller, NULL, child), EFI_SUCCESS);
	assert_int_equal(n_children_stopped, 1);
	assert_int_equal(n_stopped[1], 1);
}

static void disconnect_refuses_what_is_no_driver(void **state)
{
	assert_status(BS->ConnectController(controller, NULL, NULL, false), EFI_SUCCESS);
	assert_status(BS->DisconnectController(controller, child, NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->DisconnectController(controller, drivers[0].DriverBindingHandle, NULL),
		      EFI_SUCCESS);
	assert_int_equal(n_stopped[1], 0);
	refuses_to_stop = true;
	assert_status(BS->DisconnectController(controller, NULL, NULL), EFI_DEVICE_ERROR);
}

static void who_wants_it_alone_gets_it(void **state)
{
	void *p;

	assert_status(BS->ConnectController(controller, NULL, NULL, false), EFI_SUCCESS);
	refuses_to_stop = true;
	assert_status(BS->OpenProtocol(controller, &guid_a, &p, child, NULL, EFI_OPEN_EXCLUSIVE),
		      EFI_ACCESS_DENIED);
	assert_null(p);
	refuses_to_stop = false;
	assert_status(BS->OpenProtocol(controller, &guid_a, &p, child, NULL, EFI_OPEN_EXCLUSIVE),
		      EFI_SUCCESS);
	assert_ptr_equal(p, &face);
	assert_int_equal(n_stopped[1], 1);
	assert_status(BS->ConnectController(controller, NULL, NULL, false), EFI_NOT_FOUND);
	assert_status(BS->CloseProtocol(controller, &guid_a, child, NULL), EFI_SUCCESS);
}

static void what_is_used_goes_when_its_driver_stops(void **state)
{
	assert_status(BS->ConnectController(controller, NULL, NULL, false), EFI_SUCCESS);
	assert_status(BS->ReinstallProtocolInterface(controller, &guid_a, &face, &other_face),
		      EFI_SUCCESS);
	assert_int_equal(n_stopped[1], 1);
	assert_int_equal(n_started[1], 2);
	refuses_to_stop = true;
	assert_status(BS->UninstallProtocolInterface(controller, &guid_a, &other_face),
		      EFI_ACCESS_DENIED);
	refuses_to_stop = false;
	assert_status(BS->UninstallProtocolInterface(controller, &guid_a, &other_face),
		      EFI_SUCCESS);
	assert_int_equal(n_stopped[1], 2);
}

/* Somebody else still holds it: the driver was stopped for nothing, and is started again. */
static void a_driver_comes_back_when_the_protocol_stays(void **state)
{
	void *p;

	assert_status(BS->ConnectController(controller, NULL, NULL, false), EFI_SUCCESS);
	assert_status(BS->OpenProtocol(controller, &guid_a, &p, drivers[0].DriverBindingHandle,
				       child, EFI_OPEN_BY_CHILD),
		      EFI_SUCCESS);
	assert_status(BS->UninstallProtocolInterface(controller, &guid_a, &face),
		      EFI_ACCESS_DENIED);
	assert_int_equal(n_stopped[1], 1);
	assert_int_equal(n_started[1], 2);
	assert_status(BS->CloseProtocol(controller, &guid_a, drivers[0].DriverBindingHandle, child),
		      EFI_SUCCESS);
}

/* It says that it stopped, and holds on: nobody waits for it without end. */
static void a_driver_that_lies_is_asked_so_often_only(void **state)
{
	assert_status(BS->ConnectController(controller, NULL, NULL, false), EFI_SUCCESS);
	keeps_it_open = true;
	assert_status(BS->UninstallProtocolInterface(controller, &guid_a, &face),
		      EFI_ACCESS_DENIED);
	assert_true(n_stopped[1] > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_highest_version_is_started_first, make, drop),
		cmocka_unit_test_setup_teardown(a_named_driver_comes_before_all, make, drop),
		cmocka_unit_test_setup_teardown(an_end_of_a_path_is_success, make, drop),
		cmocka_unit_test_setup_teardown(disconnect_stops_children_first, make, drop),
		cmocka_unit_test_setup_teardown(disconnect_of_one_child_takes_the_last_ones_driver,
						make, drop),
		cmocka_unit_test_setup_teardown(disconnect_refuses_what_is_no_driver, make, drop),
		cmocka_unit_test_setup_teardown(who_wants_it_alone_gets_it, make, drop),
		cmocka_unit_test_setup_teardown(what_is_used_goes_when_its_driver_stops, make,
						drop),
		cmocka_unit_test_setup_teardown(a_driver_comes_back_when_the_protocol_stays, make,
						drop),
		cmocka_unit_test_setup_teardown(a_driver_that_lies_is_asked_so_often_only, make,
						drop),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
