/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Who uses a protocol (UEFI 2.10, 7.3.9 to 7.3.11), and drivers (7.3.12, 7.3.13, 11.1). */
#include "conform.h"

static uint64_t one, two;
static EFI_HANDLE controller, child, agent, other_agent;

static EFI_STATUS open_as(EFI_HANDLE by, EFI_HANDLE on, uint32_t attributes)
{
	void *p = NULL;

	return bs->OpenProtocol(controller, &guid_a, &p, by, on, attributes);
}

static UINTN opens(void)
{
	EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *list = NULL;
	UINTN n = 0;

	if (bs->OpenProtocolInformation(controller, &guid_a, &list, &n))
		return 99;
	(void)bs->FreePool(list);
	return n;
}

static UINTN opens_as(uint32_t attributes)
{
	EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *list = NULL;
	UINTN n = 0, count = 0;

	if (bs->OpenProtocolInformation(controller, &guid_a, &list, &n))
		return 99;
	while (n--)
		count += list[n].Attributes == attributes;
	(void)bs->FreePool(list);
	return count;
}

static void say_bad_opens(void)
{
	void *p = &one;

	say("open no-handle", bs->OpenProtocol(NULL, &guid_a, &p, agent, NULL, EFI_OPEN_GET), "");
	say("open no-guid", bs->OpenProtocol(controller, NULL, &p, agent, NULL, EFI_OPEN_GET), "");
	say("open no-result",
	    bs->OpenProtocol(controller, &guid_a, NULL, agent, NULL, EFI_OPEN_GET), "");
	say("open absent",
	    bs->OpenProtocol(controller, &guid_absent, &p, agent, NULL, EFI_OPEN_GET), "null %u",
	    U(p == NULL));
	say("open no-attributes", open_as(agent, controller, 0), "");
	say("open get-and-test", open_as(agent, NULL, EFI_OPEN_GET | EFI_OPEN_TEST), "");
	say("open unknown-attribute", open_as(agent, NULL, 0x40), "");
	say("open driver-no-agent", open_as(NULL, controller, EFI_OPEN_BY_DRIVER), "");
	say("open driver-no-controller", open_as(agent, NULL, EFI_OPEN_BY_DRIVER), "");
	say("open child-no-agent", open_as(NULL, child, EFI_OPEN_BY_CHILD), "");
	say("open child-itself", open_as(agent, controller, EFI_OPEN_BY_CHILD), "");
	say("open child-no-controller", open_as(agent, NULL, EFI_OPEN_BY_CHILD), "");
	say("open exclusive-no-agent", open_as(NULL, NULL, EFI_OPEN_EXCLUSIVE), "");
}

static void say_looks(void)
{
	void *p = NULL;

	say("open handle", open_as(agent, NULL, EFI_OPEN_BY_HANDLE), "");
	say("open get", open_as(agent, controller, EFI_OPEN_GET), "");
	say("open get-without-agent", open_as(NULL, NULL, EFI_OPEN_GET), "");
	say("open test", open_as(agent, controller, EFI_OPEN_TEST), "");
	say("open test-without-result",
	    bs->OpenProtocol(controller, &guid_a, NULL, agent, NULL, EFI_OPEN_TEST), "");
	say("open test-absent",
	    bs->OpenProtocol(controller, &guid_absent, &p, agent, NULL, EFI_OPEN_TEST), "");
	say("open counted", EFI_SUCCESS, "opens %u of handle %u get %u test %u", U(opens()),
	    U(opens_as(EFI_OPEN_BY_HANDLE)), U(opens_as(EFI_OPEN_GET)), U(opens_as(EFI_OPEN_TEST)));
	say("open close-handle", bs->CloseProtocol(controller, &guid_a, agent, NULL), "");
	say("open close-get", bs->CloseProtocol(controller, &guid_a, agent, controller), "");
	say("open close-again", bs->CloseProtocol(controller, &guid_a, agent, controller), "");
	say("open close-no-handle", bs->CloseProtocol(NULL, &guid_a, agent, NULL), "");
	say("open close-no-guid", bs->CloseProtocol(controller, NULL, agent, NULL), "");
	say("open close-no-agent", bs->CloseProtocol(controller, &guid_a, NULL, NULL), "");
	say("open close-absent", bs->CloseProtocol(controller, &guid_absent, agent, NULL), "");
}

static void say_drivers(void)
{
	EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *list = NULL;
	UINTN n = 99;

	say("open driver", open_as(agent, controller, EFI_OPEN_BY_DRIVER), "opens %u", U(opens()));
	say("open driver-again", open_as(agent, controller, EFI_OPEN_BY_DRIVER), "opens %u",
	    U(opens()));
	say("open driver-other", open_as(other_agent, controller, EFI_OPEN_BY_DRIVER), "");
	say("open driver-get", open_as(other_agent, controller, EFI_OPEN_GET), "opens %u",
	    U(opens()));
	(void)bs->CloseProtocol(controller, &guid_a, other_agent, controller);
	say("open driver-child", open_as(agent, child, EFI_OPEN_BY_CHILD), "opens %u", U(opens()));
	say("open information", bs->OpenProtocolInformation(controller, &guid_a, &list, &n),
	    "opens %u agent %u attributes %x count %u", U(n),
	    U(list && list[0].AgentHandle == agent),
	    U(list ? list[0].Attributes | list[n - 1].Attributes : 0),
	    U(list ? list[0].OpenCount : 0));
	(void)bs->FreePool(list);
	say("open information-absent",
	    bs->OpenProtocolInformation(controller, &guid_absent, &list, &n), "");
	say("open uninstall-used", bs->UninstallProtocolInterface(controller, &guid_a, &one), "");
	(void)bs->CloseProtocol(controller, &guid_a, agent, child);
	say("open close-driver", bs->CloseProtocol(controller, &guid_a, agent, controller),
	    "opens %u", U(opens()));
}

static void say_exclusive(void)
{
	say("open exclusive", open_as(agent, NULL, EFI_OPEN_EXCLUSIVE), "");
	say("open exclusive-again", open_as(agent, NULL, EFI_OPEN_EXCLUSIVE), "");
	say("open exclusive-other", open_as(other_agent, NULL, EFI_OPEN_EXCLUSIVE), "");
	say("open exclusive-driver", open_as(other_agent, controller, EFI_OPEN_BY_DRIVER), "");
	say("open exclusive-get", open_as(other_agent, NULL, EFI_OPEN_GET), "");
	(void)bs->CloseProtocol(controller, &guid_a, other_agent, NULL);
	say("open exclusive-close", bs->CloseProtocol(controller, &guid_a, agent, NULL), "opens %u",
	    U(opens()));
	say("open both", open_as(agent, controller, EFI_OPEN_BY_DRIVER | EFI_OPEN_EXCLUSIVE), "");
	say("open both-again", open_as(agent, controller, EFI_OPEN_BY_DRIVER | EFI_OPEN_EXCLUSIVE),
	    "");
	say("open both-driver", open_as(agent, controller, EFI_OPEN_BY_DRIVER), "");
	say("open both-other",
	    open_as(other_agent, controller, EFI_OPEN_BY_DRIVER | EFI_OPEN_EXCLUSIVE), "");
	say("open both-close", bs->CloseProtocol(controller, &guid_a, agent, controller), "");
}

static void make_handles(void)
{
	controller = child = agent = other_agent = NULL;
	(void)bs->InstallMultipleProtocolInterfaces(&controller, &guid_a, &one, NULL);
	(void)bs->InstallMultipleProtocolInterfaces(&child, &guid_b, &two, NULL);
	(void)bs->InstallMultipleProtocolInterfaces(&other_agent, &guid_b, &two, NULL);
	agent = self;
}

static void drop_handles(void)
{
	(void)bs->UninstallMultipleProtocolInterfaces(controller, &guid_a, &one, NULL);
	(void)bs->UninstallMultipleProtocolInterfaces(child, &guid_b, &two, NULL);
	(void)bs->UninstallMultipleProtocolInterfaces(other_agent, &guid_b, &two, NULL);
}

void open_group(void)
{
	make_handles();
	say_bad_opens();
	say_looks();
	say_drivers();
	say_exclusive();
	drop_handles();
}

/* ---- a driver of the program's own ---- */
static UINTN n_supported, n_started, n_stopped;
static EFI_STATUS start_status;
static EFI_DEVICE_PATH_PROTOCOL *seen_path;

static EFIAPI EFI_STATUS supported(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle,
				   EFI_DEVICE_PATH_PROTOCOL *remaining)
{
	void *p = NULL;
	EFI_STATUS status;

	if (handle != controller)
		return EFI_UNSUPPORTED;
	n_supported++;
	status = bs->OpenProtocol(handle, &guid_a, &p, this->DriverBindingHandle, handle,
				  EFI_OPEN_BY_DRIVER);
	if (!status)
		(void)bs->CloseProtocol(handle, &guid_a, this->DriverBindingHandle, handle);
	return status;
}

static EFIAPI EFI_STATUS start(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle,
			       EFI_DEVICE_PATH_PROTOCOL *remaining)
{
	void *p = NULL;

	n_started++;
	seen_path = remaining;
	if (start_status)
		return start_status;
	return bs->OpenProtocol(handle, &guid_a, &p, this->DriverBindingHandle, handle,
				EFI_OPEN_BY_DRIVER);
}

static EFIAPI EFI_STATUS stop(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE handle, UINTN n,
			      EFI_HANDLE *children)
{
	n_stopped++;
	return bs->CloseProtocol(handle, &guid_a, this->DriverBindingHandle, handle);
}

static EFI_DRIVER_BINDING_PROTOCOL driver = { supported, start, stop, 16, NULL, NULL };

static void say_connect(void)
{
	static uint8_t end[] = { 0x7f, 0xff, 4, 0 };
	EFI_HANDLE list[] = { driver.DriverBindingHandle, NULL };

	start_status = EFI_DEVICE_ERROR;
	say("driver start-fails", bs->ConnectController(controller, list, NULL, false), "opens %u",
	    U(opens()));
	start_status = EFI_SUCCESS;
	n_started = 0;
	say("driver connect", bs->ConnectController(controller, list, NULL, false),
	    "asked %u started %u opens %u", U(n_supported > 0), U(n_started), U(opens()));
	say("driver connect-again", bs->ConnectController(controller, list, NULL, false),
	    "started %u", U(n_started));
	say("driver disconnect", bs->DisconnectController(controller, NULL, NULL),
	    "stopped %u opens %u", U(n_stopped), U(opens()));
	say("driver disconnect-again", bs->DisconnectController(controller, NULL, NULL),
	    "stopped %u", U(n_stopped));
	say("driver connect-any", bs->ConnectController(controller, NULL, NULL, true), "started %u",
	    U(n_started));
	say("driver disconnect-other", bs->DisconnectController(controller, other_agent, NULL),
	    "stopped %u", U(n_stopped));
	say("driver disconnect-this",
	    bs->DisconnectController(controller, driver.DriverBindingHandle, NULL), "stopped %u",
	    U(n_stopped));
	say("driver disconnect-idle",
	    bs->DisconnectController(controller, driver.DriverBindingHandle, NULL), "stopped %u",
	    U(n_stopped));
	say("driver connect-path",
	    bs->ConnectController(controller, NULL, (EFI_DEVICE_PATH_PROTOCOL *)(void *)end, false),
	    "started %u seen %u", U(n_started), U(seen_path != NULL));
}

/* What takes a protocol away, or wants it alone, has the driver stopped (7.3.3, 7.3.4, 7.3.9). */
static void say_stopped(void)
{
	void *p = NULL;

	(void)bs->ConnectController(controller, NULL, NULL, false);
	n_stopped = n_started = 0;
	say("driver reinstall", bs->ReinstallProtocolInterface(controller, &guid_a, &one, &two),
	    "stopped %u started %u opens %u", U(n_stopped), U(n_started), U(opens()));
	(void)bs->ConnectController(controller, NULL, NULL, false);
	n_stopped = 0;
	say("driver exclusive",
	    bs->OpenProtocol(controller, &guid_a, &p, self, NULL, EFI_OPEN_EXCLUSIVE),
	    "stopped %u opens %u", U(n_stopped), U(opens()));
	(void)bs->CloseProtocol(controller, &guid_a, self, NULL);
	(void)bs->ConnectController(controller, NULL, NULL, false);
	n_stopped = 0;
	(void)bs->InstallProtocolInterface(&controller, &guid_b, EFI_NATIVE_INTERFACE, &two);
	say("driver uninstall", bs->UninstallProtocolInterface(controller, &guid_a, &two),
	    "stopped %u there %u", U(n_stopped), U(interface_of(controller, &guid_a) != NULL));
	say("driver nothing-left", bs->ConnectController(controller, NULL, NULL, false), "");
	(void)bs->UninstallProtocolInterface(controller, &guid_b, &two);
}

void driver_group(void)
{
	make_handles();
	driver.ImageHandle = driver.DriverBindingHandle = self;
	say("driver connect-none", bs->ConnectController(controller, NULL, NULL, false), "");
	say("driver connect-no-handle", bs->ConnectController(NULL, NULL, NULL, false), "");
	say("driver disconnect-none", bs->DisconnectController(controller, NULL, NULL), "");
	say("driver disconnect-no-handle", bs->DisconnectController(NULL, NULL, NULL), "");
	say("driver install",
	    bs->InstallMultipleProtocolInterfaces(&self, &efi_guid_driver_binding, &driver, NULL),
	    "");
	say_connect();
	say_stopped();
	say("driver remove",
	    bs->UninstallMultipleProtocolInterfaces(self, &efi_guid_driver_binding, &driver, NULL),
	    "");
	controller = NULL;
	drop_handles();
}
