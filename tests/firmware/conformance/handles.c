/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The database of handles and protocols (UEFI 2.10, 7.3.2 to 7.3.8, 7.3.15 to 7.3.18). */
#include "conform.h"

static uint64_t one, two;

static struct { /* a device path that nobody else has, and one below it */
	uint8_t node[20];
	uint8_t below[6];
	uint8_t end[4];
} path = {
	{ 1, 4, 20, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9 },
	{ 1, 1, 6, 0, 3, 2 },
	{ 0x7f, 0xff, 4, 0 },
};
static struct {
	uint8_t node[20];
	uint8_t end[4];
} short_path = {
	{ 1, 4, 20, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9 },
	{ 0x7f, 0xff, 4, 0 },
}, same_path = {
	{ 1, 4, 20, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9 },
	{ 0x7f, 0xff, 4, 0 },
};

static void say_install(void)
{
	EFI_HANDLE h = NULL, gone;
	void *p = &two;

	say("handle install-no-handle",
	    bs->InstallProtocolInterface(NULL, &guid_a, EFI_NATIVE_INTERFACE, &one), "");
	say("handle install-no-guid",
	    bs->InstallProtocolInterface(&h, NULL, EFI_NATIVE_INTERFACE, &one), "");
	say("handle install-bad-type",
	    bs->InstallProtocolInterface(&h, &guid_a, (EFI_INTERFACE_TYPE)1, &one), "");
	say("handle install", bs->InstallProtocolInterface(&h, &guid_a, EFI_NATIVE_INTERFACE, &one),
	    "handle %u", U(h != NULL));
	say("handle install-twice",
	    bs->InstallProtocolInterface(&h, &guid_a, EFI_NATIVE_INTERFACE, &two), "");
	say("handle install-null-interface",
	    bs->InstallProtocolInterface(&h, &guid_b, EFI_NATIVE_INTERFACE, NULL), "");
	say("handle get", bs->HandleProtocol(h, &guid_a, &p), "same %u", U(p == &one));
	say("handle get-null", bs->HandleProtocol(h, &guid_b, &p), "null %u", U(p == NULL));
	say("handle get-absent", bs->HandleProtocol(h, &guid_absent, &p), "null %u", U(p == NULL));
	say("handle get-no-handle", bs->HandleProtocol(NULL, &guid_a, &p), "");
	say("handle get-no-guid", bs->HandleProtocol(h, NULL, &p), "");
	say("handle get-no-result", bs->HandleProtocol(h, &guid_a, NULL), "");
	say("handle reinstall", bs->ReinstallProtocolInterface(h, &guid_a, &one, &two), "same %u",
	    U(interface_of(h, &guid_a) == &two));
	say("handle reinstall-old", bs->ReinstallProtocolInterface(h, &guid_a, &one, &two), "");
	say("handle reinstall-absent", bs->ReinstallProtocolInterface(h, &guid_absent, &one, &two),
	    "");
	say("handle reinstall-no-handle", bs->ReinstallProtocolInterface(NULL, &guid_a, &one, &two),
	    "");
	say("handle uninstall-other", bs->UninstallProtocolInterface(h, &guid_a, &one), "");
	say("handle uninstall-absent", bs->UninstallProtocolInterface(h, &guid_absent, &one), "");
	say("handle uninstall-no-guid", bs->UninstallProtocolInterface(h, NULL, &two), "");
	say("handle uninstall", bs->UninstallProtocolInterface(h, &guid_a, &two), "");
	say("handle uninstall-again", bs->UninstallProtocolInterface(h, &guid_a, &two), "");
	say("handle uninstall-last", bs->UninstallProtocolInterface(h, &guid_b, NULL), "");
	gone = h;
	say("handle gone", bs->HandleProtocol(gone, &guid_a, &p), "");
	say("handle install-on-gone",
	    bs->InstallProtocolInterface(&gone, &guid_a, EFI_NATIVE_INTERFACE, &one), "");
}

static void say_multiple(void)
{
	EFI_HANDLE h = NULL, other = NULL;

	say("handle multiple",
	    bs->InstallMultipleProtocolInterfaces(&h, &guid_a, &one, &guid_b, &two, NULL),
	    "a %u b %u", U(interface_of(h, &guid_a) == &one), U(interface_of(h, &guid_b) == &two));
	say("handle multiple-none", bs->InstallMultipleProtocolInterfaces(&other, NULL),
	    "handle %u", U(other != NULL));
	say("handle multiple-no-handle",
	    bs->InstallMultipleProtocolInterfaces(NULL, &guid_a, &one, NULL), "");
	say("handle multiple-rolls-back",
	    bs->InstallMultipleProtocolInterfaces(&h, &guid_absent, &one, &guid_b, &two, NULL),
	    "left %u", U(interface_of(h, &guid_absent) != NULL));
	say("handle multiple-new-rolls-back",
	    bs->InstallMultipleProtocolInterfaces(&other, &guid_absent, &one, &guid_absent, &two,
						  NULL),
	    "handle %u", U(other != NULL));
	say("handle unmultiple-rolls-back",
	    bs->UninstallMultipleProtocolInterfaces(h, &guid_a, &one, &guid_b, &one, NULL),
	    "a %u b %u", U(interface_of(h, &guid_a) == &one), U(interface_of(h, &guid_b) == &two));
	say("handle unmultiple-no-handle",
	    bs->UninstallMultipleProtocolInterfaces(NULL, &guid_a, &one, NULL), "");
	say("handle unmultiple",
	    bs->UninstallMultipleProtocolInterfaces(h, &guid_a, &one, &guid_b, &two, NULL), "");
}

static void say_paths(void)
{
	EFI_HANDLE first = NULL, second = NULL, found = NULL;
	EFI_DEVICE_PATH_PROTOCOL *p = (void *)&path;

	say("handle path",
	    bs->InstallMultipleProtocolInterfaces(&first, &efi_guid_device_path, &short_path,
						  &guid_a, &one, NULL),
	    "");
	say("handle path-twice",
	    bs->InstallMultipleProtocolInterfaces(&second, &efi_guid_device_path, &same_path, NULL),
	    "handle %u", U(second != NULL));
	say("handle path-twice-rolls-back",
	    bs->InstallMultipleProtocolInterfaces(&second, &guid_b, &two, &efi_guid_device_path,
						  &same_path, NULL),
	    "handle %u", U(second != NULL));
	say("handle locate-path", bs->LocateDevicePath(&guid_a, &p, &found), "first %u rest %u",
	    U(found == first), U((void *)p == path.below));
	p = (void *)&path;
	say("handle path-below",
	    bs->InstallMultipleProtocolInterfaces(&second, &efi_guid_device_path, &path, NULL), "");
	say("handle locate-path-without", bs->LocateDevicePath(&guid_a, &p, &found),
	    "first %u rest %u", U(found == first), U((void *)p == path.below));
	p = (void *)&path;
	(void)bs->InstallProtocolInterface(&second, &guid_a, EFI_NATIVE_INTERFACE, &two);
	say("handle locate-path-longest", bs->LocateDevicePath(&guid_a, &p, &found),
	    "second %u rest %u", U(found == second), U((void *)p == path.end));
	p = (void *)&path;
	say("handle locate-path-absent", bs->LocateDevicePath(&guid_absent, &p, &found), "moved %u",
	    U((void *)p != &path));
	say("handle locate-path-no-guid", bs->LocateDevicePath(NULL, &p, &found), "");
	say("handle locate-path-no-path", bs->LocateDevicePath(&guid_a, NULL, &found), "");
	say("handle locate-path-no-result", bs->LocateDevicePath(&guid_a, &p, NULL), "");
	p = NULL;
	say("handle locate-path-null", bs->LocateDevicePath(&guid_a, &p, &found), "");
	p = (void *)path.below;
	say("handle locate-path-other", bs->LocateDevicePath(&guid_a, &p, &found), "");
	say("handle path-remove",
	    bs->UninstallMultipleProtocolInterfaces(first, &efi_guid_device_path, &short_path,
						    &guid_a, &one, NULL),
	    "");
	say("handle path-below-remove",
	    bs->UninstallMultipleProtocolInterfaces(second, &efi_guid_device_path, &path, &guid_a,
						    &two, NULL),
	    "");
}

void handle_group(void)
{
	say_install();
	say_multiple();
	say_paths();
}

static EFI_HANDLE pair[2];

static void say_handles(void)
{
	EFI_HANDLE list[4] = { NULL };
	UINTN size = 0;

	say("locate size", bs->LocateHandle(ByProtocol, &guid_a, NULL, &size, NULL), "handles %u",
	    U(size / sizeof(list[0])));
	say("locate handles", bs->LocateHandle(ByProtocol, &guid_a, NULL, &size, list), "both %u",
	    U((list[0] == pair[0] && list[1] == pair[1]) ||
	      (list[0] == pair[1] && list[1] == pair[0])));
	size = sizeof(list[0]);
	say("locate small", bs->LocateHandle(ByProtocol, &guid_a, NULL, &size, list), "handles %u",
	    U(size / sizeof(list[0])));
	say("locate no-size", bs->LocateHandle(ByProtocol, &guid_a, NULL, NULL, list), "");
	say("locate no-buffer", bs->LocateHandle(ByProtocol, &guid_a, NULL, &size, NULL), "");
	say("locate no-guid", bs->LocateHandle(ByProtocol, NULL, NULL, &size, list), "");
	say("locate no-key", bs->LocateHandle(ByRegisterNotify, NULL, NULL, &size, list), "");
	say("locate bad-search",
	    bs->LocateHandle((EFI_LOCATE_SEARCH_TYPE)7, &guid_a, NULL, &size, list), "");
	say("locate absent", bs->LocateHandle(ByProtocol, &guid_absent, NULL, &size, list), "");
	size = 0;
	say("locate all", bs->LocateHandle(AllHandles, NULL, NULL, &size, NULL), "many %u",
	    U(size > 3 * sizeof(list[0])));
}

static void say_buffers(void)
{
	EFI_HANDLE *list = NULL;
	EFI_GUID **guids = NULL;
	UINTN n = 99;
	void *p = &n;

	say("locate buffer", bs->LocateHandleBuffer(ByProtocol, &guid_a, NULL, &n, &list),
	    "handles %u", U(n));
	say("locate buffer-free", bs->FreePool(list), "");
	say("locate buffer-absent",
	    bs->LocateHandleBuffer(ByProtocol, &guid_absent, NULL, &n, &list), "handles %u null %u",
	    U(n), U(list == NULL));
	say("locate buffer-no-count",
	    bs->LocateHandleBuffer(ByProtocol, &guid_a, NULL, NULL, &list), "");
	say("locate buffer-no-result", bs->LocateHandleBuffer(ByProtocol, &guid_a, NULL, &n, NULL),
	    "");
	say("locate buffer-no-guid", bs->LocateHandleBuffer(ByProtocol, NULL, NULL, &n, &list), "");
	say("locate protocol", bs->LocateProtocol(&guid_b, NULL, &p), "same %u", U(p == &two));
	say("locate protocol-absent", bs->LocateProtocol(&guid_absent, NULL, &p), "null %u",
	    U(p == NULL));
	say("locate protocol-no-guid", bs->LocateProtocol(NULL, NULL, &p), "");
	say("locate protocol-no-result", bs->LocateProtocol(&guid_a, NULL, NULL), "");
	say("locate per-handle", bs->ProtocolsPerHandle(pair[0], &guids, &n), "protocols %u", U(n));
	say("locate per-handle-free", bs->FreePool(guids), "");
	say("locate per-handle-none", bs->ProtocolsPerHandle(NULL, &guids, &n), "");
	say("locate per-handle-no-count", bs->ProtocolsPerHandle(pair[0], &guids, NULL), "");
	say("locate per-handle-no-result", bs->ProtocolsPerHandle(pair[0], NULL, &n), "");
}

static UINTN told;

static EFIAPI void on_install(EFI_EVENT event, void *context)
{
	told++;
}

static void say_registration(void)
{
	EFI_EVENT event = NULL;
	EFI_HANDLE list[2] = { NULL }, h = NULL;
	UINTN size = sizeof(list);
	void *key = NULL, *p = NULL;

	(void)bs->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, on_install, NULL, &event);
	say("locate register-no-guid", bs->RegisterProtocolNotify(NULL, event, &key), "");
	say("locate register-no-event", bs->RegisterProtocolNotify(&guid_a, NULL, &key), "");
	say("locate register-no-key", bs->RegisterProtocolNotify(&guid_a, event, NULL), "");
	say("locate register", bs->RegisterProtocolNotify(&guid_a, event, &key), "told %u",
	    U(told));
	say("locate registered-new", bs->LocateHandle(ByRegisterNotify, NULL, key, &size, list),
	    "");
	(void)bs->InstallProtocolInterface(&h, &guid_a, EFI_NATIVE_INTERFACE, &one);
	size = sizeof(list);
	say("locate registered", bs->LocateHandle(ByRegisterNotify, NULL, key, &size, list),
	    "told %u handles %u same %u", U(told), U(size / sizeof(h)), U(list[0] == h));
	size = sizeof(list);
	say("locate registered-again", bs->LocateHandle(ByRegisterNotify, NULL, key, &size, list),
	    "");
	(void)bs->ReinstallProtocolInterface(h, &guid_a, &one, &two);
	say("locate registered-reinstall", bs->LocateProtocol(&guid_a, key, &p), "told %u same %u",
	    U(told), U(p == &two));
	say("locate registered-none", bs->LocateProtocol(&guid_a, key, &p), "null %u",
	    U(p == NULL));
	(void)bs->InstallProtocolInterface(&h, &guid_b, EFI_NATIVE_INTERFACE, &one);
	say("locate registered-other", EFI_SUCCESS, "told %u", U(told));
	(void)bs->CloseEvent(event);
	say("locate registered-closed", bs->ReinstallProtocolInterface(h, &guid_a, &two, &one),
	    "told %u", U(told));
	(void)bs->UninstallMultipleProtocolInterfaces(h, &guid_a, &one, &guid_b, &one, NULL);
}

void locate_group(void)
{
	(void)bs->InstallMultipleProtocolInterfaces(&pair[0], &guid_a, &one, &guid_b, &two, NULL);
	(void)bs->InstallMultipleProtocolInterfaces(&pair[1], &guid_a, &two, NULL);
	say_handles();
	say_buffers();
	(void)bs->UninstallMultipleProtocolInterfaces(pair[0], &guid_a, &one, &guid_b, &two, NULL);
	(void)bs->UninstallMultipleProtocolInterfaces(pair[1], &guid_a, &two, NULL);
	say_registration();
}
