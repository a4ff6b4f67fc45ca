/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Installing and removing protocols (UEFI 2.10, 7.3.2 to 7.3.4, 7.3.17, 7.3.18). */
#include "core.h"
#include "services.h"

#define MULTIPLE_MAX                                                                               \
	256u /* pairs in one call: a list that nobody ended is not followed for ever               \
	      */

EFIAPI EFI_STATUS efi_install_protocol(EFI_HANDLE *handle, const EFI_GUID *guid,
				       EFI_INTERFACE_TYPE type, void *interface)
{
	struct efi_handle *h;

	if (!handle || !guid || type != EFI_NATIVE_INTERFACE)
		return EFI_INVALID_PARAMETER;
	h = *handle ? efi_handle_of(*handle) : NULL;
	if (*handle && (!h || efi_iface_find(h, guid)))
		return EFI_INVALID_PARAMETER;
	return efi_install(handle, guid, interface);
}

/* Drivers that use it are stopped first; when it stays after all, they may have it again (7.3.3).
 */
static EFI_STATUS remove_one(EFI_HANDLE handle, const EFI_GUID *guid, void *interface)
{
	struct efi_handle *h = efi_handle_of(handle);
	struct efi_iface *i = h ? efi_iface_find(h, guid) : NULL;
	EFI_STATUS status;

	if (!i || i->interface != interface)
		return EFI_NOT_FOUND;
	status = efi_stop_drivers_of(handle, guid);
	if (!EFI_ERROR(status))
		status = efi_uninstall(handle, guid, interface);
	if (status == EFI_ACCESS_DENIED)
		(void)efi_connect_controller(handle, NULL, NULL, true);
	return status;
}

EFIAPI EFI_STATUS efi_uninstall_protocol(EFI_HANDLE handle, const EFI_GUID *guid, void *interface)
{
	if (!guid || !efi_handle_of(handle))
		return EFI_INVALID_PARAMETER;
	return remove_one(handle, guid, interface);
}

EFIAPI EFI_STATUS efi_reinstall_protocol(EFI_HANDLE handle, const EFI_GUID *guid, void *old,
					 void *new_interface)
{
	struct efi_handle *h = efi_handle_of(handle);
	struct efi_iface *i;
	EFI_STATUS status;

	if (!guid || !h)
		return EFI_INVALID_PARAMETER;
	i = efi_iface_find(h, guid);
	if (!i || i->interface != old)
		return EFI_NOT_FOUND;
	status = efi_stop_drivers_of(handle, guid);
	h = efi_handle_of(handle);
	i = h ? efi_iface_find(h, guid) : NULL;
	if (!EFI_ERROR(status))
		status = i && i->interface == old ? efi_replace(i, new_interface) : EFI_NOT_FOUND;
	(void)efi_connect_controller(handle, NULL, NULL, true);
	return status;
}

/* 7.3.17: no two handles have the same device path. */
static bool is_path_taken(efi_path *path)
{
	UINTN size = efi_path_size(path);

	efi_list_each(l, &efi_handles)
	{
		efi_path *other = efi_interface(cairn_container_of(l, struct efi_handle, link),
						&efi_guid_device_path);

		if (other && size && efi_path_size(other) == size && memcmp(other, path, size) == 0)
			return true;
	}
	return false;
}

static EFI_STATUS install_one(EFI_HANDLE *handle, const EFI_GUID *guid, void *interface)
{
	if (efi_guid_equal(guid, &efi_guid_device_path) && interface && is_path_taken(interface))
		return EFI_ALREADY_STARTED;
	return efi_install_protocol(handle, guid, EFI_NATIVE_INTERFACE, interface);
}

/* The first n pairs of the list, backwards in effect: what was done is undone. */
static void roll_back(EFI_HANDLE handle, EFI_VA_LIST args, UINTN n)
{
	for (UINTN i = 0; i < n; i++) {
		const EFI_GUID *guid = EFI_VA_ARG(args, const EFI_GUID *);
		void *interface = EFI_VA_ARG(args, void *);

		(void)efi_uninstall(handle, guid, interface);
	}
}

EFIAPI EFI_STATUS efi_install_multiple(EFI_HANDLE *handle, ...)
{
	EFI_STATUS status = EFI_SUCCESS;
	EFI_HANDLE before;
	EFI_VA_LIST args;
	const EFI_GUID *guid;
	UINTN n = 0;

	if (!handle)
		return EFI_INVALID_PARAMETER;
	before = *handle;
	EFI_VA_START(args, handle);
	while ((guid = EFI_VA_ARG(args, const EFI_GUID *)) != NULL) {
		void *interface = EFI_VA_ARG(args, void *);

		status =
		    n < MULTIPLE_MAX ? install_one(handle, guid, interface) : EFI_INVALID_PARAMETER;
		if (EFI_ERROR(status))
			break;
		n++;
	}
	EFI_VA_END(args);
	if (!EFI_ERROR(status))
		return EFI_SUCCESS;
	EFI_VA_START(args, handle);
	roll_back(*handle, args, n);
	EFI_VA_END(args);
	*handle = before;
	return status;
}

/* What was removed before the pair that failed comes back; the handle must live till then. */
static void put_back(EFI_HANDLE handle, EFI_VA_LIST args, UINTN n)
{
	for (UINTN i = 0; i < n; i++) {
		const EFI_GUID *guid = EFI_VA_ARG(args, const EFI_GUID *);
		void *interface = EFI_VA_ARG(args, void *);

		(void)efi_install(&handle, guid, interface);
	}
}

EFIAPI EFI_STATUS efi_uninstall_multiple(EFI_HANDLE handle, ...)
{
	EFI_STATUS status = EFI_SUCCESS;
	struct efi_iface keep;
	struct efi_handle *h = efi_handle_of(handle);
	const EFI_GUID *guid;
	EFI_VA_LIST args;
	UINTN n = 0;

	if (!h)
		return EFI_INVALID_PARAMETER;
	keep = (struct efi_iface){ .handle = h };
	efi_list_init(&keep.opens);
	efi_list_append(&h->ifaces, &keep.link);
	EFI_VA_START(args, handle);
	while ((guid = EFI_VA_ARG(args, const EFI_GUID *)) != NULL) {
		void *interface = EFI_VA_ARG(args, void *);

		status =
		    n < MULTIPLE_MAX ? remove_one(handle, guid, interface) : EFI_INVALID_PARAMETER;
		if (EFI_ERROR(status))
			break;
		n++;
	}
	EFI_VA_END(args);
	if (EFI_ERROR(status)) {
		EFI_VA_START(args, handle);
		put_back(handle, args, n);
		EFI_VA_END(args);
	}
	efi_list_remove(&keep.link);
	efi_handle_release(h);
	return EFI_ERROR(status) ? EFI_INVALID_PARAMETER : EFI_SUCCESS;
}
