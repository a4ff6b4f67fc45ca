/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Looking for handles and protocols (UEFI 2.10, 7.3.5, 7.3.6, 7.3.8, 7.3.15, 7.3.16). */
#include "core.h"
#include "services.h"

struct registration { /* of RegisterProtocolNotify */
	struct efi_link link;
	EFI_GUID guid;
	struct efi_event *event;
	uint64_t seen; /* interfaces born later were not handed out yet */
};

static EFI_LIST(registrations);

static struct registration *registration_of(const void *key)
{
	efi_list_each(l, &registrations) if (cairn_container_of(l, struct registration, link) ==
					     key) return cairn_container_of(l, struct registration,
									    link);
	return NULL;
}

void efi_notify_installed(struct efi_iface *iface)
{
	efi_list_each(l, &registrations)
	{
		struct registration *r = cairn_container_of(l, struct registration, link);

		if (efi_guid_equal(&r->guid, &iface->guid))
			efi_event_mark(r->event);
	}
	efi_event_dispatch();
}

void efi_notify_end(const struct efi_event *event)
{
	efi_list_each_safe(l, &registrations)
	{
		struct registration *r = cairn_container_of(l, struct registration, link);

		if (r->event != event)
			continue;
		efi_list_remove(l);
		(void)efi_pool_free(r);
	}
}

EFIAPI EFI_STATUS efi_register_notify(const EFI_GUID *guid, EFI_EVENT event, void **registration)
{
	struct registration *r;

	if (!guid || !efi_event_of(event) || !registration)
		return EFI_INVALID_PARAMETER;
	r = efi_new(sizeof(*r));
	if (!r)
		return EFI_OUT_OF_RESOURCES;
	r->guid = *guid;
	r->event = event;
	efi_list_append(&registrations, &r->link);
	*registration = r;
	return EFI_SUCCESS;
}

/* The oldest interface that was born since the last one handed out. */
static struct efi_iface *next_of(const struct registration *r)
{
	struct efi_iface *oldest = NULL;

	efi_list_each(l, &efi_handles)
	{
		struct efi_iface *i =
		    efi_iface_find(cairn_container_of(l, struct efi_handle, link), &r->guid);

		if (i && i->born > r->seen && (!oldest || i->born < oldest->born))
			oldest = i;
	}
	return oldest;
}

static bool matches(struct efi_handle *h, EFI_LOCATE_SEARCH_TYPE type, const EFI_GUID *guid)
{
	return type == AllHandles || efi_iface_find(h, guid);
}

static EFI_STATUS check_search(EFI_LOCATE_SEARCH_TYPE type, const EFI_GUID *guid, const void *key)
{
	if ((uint32_t)type > ByProtocol || (type == ByProtocol && !guid) ||
	    (type == ByRegisterNotify && !registration_of(key)))
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}

static UINTN count_matches(EFI_LOCATE_SEARCH_TYPE type, const EFI_GUID *guid, const void *key)
{
	UINTN n = 0;

	if (type == ByRegisterNotify)
		return next_of(registration_of(key)) ? 1 : 0;
	efi_list_each(l, &efi_handles) n +=
	    matches(cairn_container_of(l, struct efi_handle, link), type, guid);
	return n;
}

/* As many as were counted, with nothing in between. */
static void fill(EFI_LOCATE_SEARCH_TYPE type, const EFI_GUID *guid, const void *key,
		 EFI_HANDLE *buffer)
{
	if (type == ByRegisterNotify) {
		struct registration *r = registration_of(key);
		struct efi_iface *i = next_of(r);

		r->seen = i->born;
		*buffer = i->handle;
		return;
	}
	efi_list_each(l, &efi_handles)
	{
		struct efi_handle *h = cairn_container_of(l, struct efi_handle, link);

		if (matches(h, type, guid))
			*buffer++ = h;
	}
}

EFIAPI EFI_STATUS efi_locate_handle(EFI_LOCATE_SEARCH_TYPE type, const EFI_GUID *guid, void *key,
				    UINTN *size, EFI_HANDLE *buffer)
{
	UINTN n, room;

	if (!size || check_search(type, guid, key) != EFI_SUCCESS)
		return EFI_INVALID_PARAMETER;
	n = count_matches(type, guid, key);
	if (n == 0)
		return EFI_NOT_FOUND;
	room = *size;
	*size = n * sizeof(*buffer);
	if (room < *size)
		return EFI_BUFFER_TOO_SMALL;
	if (!buffer)
		return EFI_INVALID_PARAMETER;
	fill(type, guid, key, buffer);
	return EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE type, const EFI_GUID *guid,
					   void *key, UINTN *count, EFI_HANDLE **buffer)
{
	UINTN n;

	if (!count || !buffer || check_search(type, guid, key) != EFI_SUCCESS)
		return EFI_INVALID_PARAMETER;
	*count = 0;
	*buffer = NULL;
	n = count_matches(type, guid, key);
	if (n == 0)
		return EFI_NOT_FOUND;
	*buffer = efi_pool_alloc(EfiBootServicesData, n * sizeof(**buffer));
	if (!*buffer)
		return EFI_OUT_OF_RESOURCES;
	*count = n;
	fill(type, guid, key, *buffer);
	return EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_locate_protocol(const EFI_GUID *guid, void *registration, void **interface)
{
	struct registration *r = registration ? registration_of(registration) : NULL;
	struct efi_iface *i;

	if (!guid || !interface || (registration && !r))
		return EFI_INVALID_PARAMETER;
	*interface = NULL;
	if (r) {
		i = next_of(r);
		if (!i)
			return EFI_NOT_FOUND;
		r->seen = i->born;
		*interface = i->interface;
		return EFI_SUCCESS;
	}
	efi_list_each(l, &efi_handles)
	{
		i = efi_iface_find(cairn_container_of(l, struct efi_handle, link), guid);
		if (i) {
			*interface = i->interface;
			return EFI_SUCCESS;
		}
	}
	return EFI_NOT_FOUND;
}

EFI_HANDLE efi_path_locate(const EFI_GUID *guid, efi_path **path)
{
	UINTN size = efi_path_size(*path), best_len = 0;
	EFI_HANDLE best = NULL;

	efi_list_each(l, &efi_handles)
	{
		struct efi_handle *h = cairn_container_of(l, struct efi_handle, link);
		efi_path *own = efi_interface(h, &efi_guid_device_path);
		UINTN len = own ? efi_path_size(own) : 0;

		if (len == 0 || len > size || !efi_iface_find(h, guid))
			continue;
		len -= sizeof(*own);
		if ((best && len <= best_len) || memcmp(own, *path, len) != 0)
			continue;
		best = h;
		best_len = len;
	}
	*path = (efi_path *)((const uint8_t *)*path + best_len);
	return best;
}

EFIAPI EFI_STATUS efi_locate_device_path(const EFI_GUID *guid, EFI_DEVICE_PATH_PROTOCOL **path,
					 EFI_HANDLE *device)
{
	efi_path *rest;
	EFI_HANDLE found;

	if (!guid || !path || !*path)
		return EFI_INVALID_PARAMETER;
	rest = *path;
	found = efi_path_locate(guid, &rest);
	if (!found)
		return EFI_NOT_FOUND;
	if (!device)
		return EFI_INVALID_PARAMETER;
	*device = found;
	*path = (EFI_DEVICE_PATH_PROTOCOL *)(uintptr_t)rest;
	return EFI_SUCCESS;
}
