/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The database of handles: a handle is a list of protocols, a protocol on a handle remembers who
 * opened it. A handle given by a caller is looked for in the list, never followed.
 */
#include "core.h"

EFI_LIST(efi_handles);

static uint64_t births;

uint64_t efi_births(void)
{
	return births;
}

struct efi_handle *efi_handle_of(EFI_HANDLE handle)
{
	efi_list_each(l, &efi_handles) if (cairn_container_of(l, struct efi_handle, link) ==
					   handle) return handle;
	return NULL;
}

struct efi_iface *efi_iface_find(const struct efi_handle *h, const EFI_GUID *guid)
{
	efi_list_each(l, &h->ifaces)
	{
		struct efi_iface *i = cairn_container_of(l, struct efi_iface, link);

		if (efi_guid_equal(&i->guid, guid))
			return i;
	}
	return NULL;
}

void *efi_interface(EFI_HANDLE handle, const EFI_GUID *guid)
{
	struct efi_handle *h = efi_handle_of(handle);
	struct efi_iface *i = h ? efi_iface_find(h, guid) : NULL;

	return i ? i->interface : NULL;
}

static struct efi_handle *handle_new(void)
{
	struct efi_handle *h = efi_new(sizeof(*h));

	if (!h)
		return NULL;
	efi_list_init(&h->ifaces);
	efi_list_append(&efi_handles, &h->link);
	return h;
}

void efi_handle_release(struct efi_handle *h)
{
	if (!efi_list_is_empty(&h->ifaces))
		return;
	efi_list_remove(&h->link);
	(void)efi_pool_free(h);
}

EFI_STATUS efi_install(EFI_HANDLE *handle, const EFI_GUID *guid, void *interface)
{
	struct efi_iface *i = efi_new(sizeof(*i));
	struct efi_handle *h = *handle ? efi_handle_of(*handle) : handle_new();

	if (!i || !h) {
		if (h)
			efi_handle_release(h);
		(void)efi_pool_free(i);
		return EFI_OUT_OF_RESOURCES;
	}
	i->handle = h;
	i->guid = *guid;
	i->interface = interface;
	i->born = ++births;
	efi_list_init(&i->opens);
	efi_list_append(&h->ifaces, &i->link);
	*handle = h;
	efi_notify_installed(i);
	return EFI_SUCCESS;
}

/* Opens that only looked end with the interface; one of a driver's or an exclusive one stays. */
static bool is_held(const struct efi_iface *i)
{
	efi_list_each(l, &i->opens)
	{
		const struct efi_open *o = cairn_container_of(l, struct efi_open, link);

		if (o->attributes & (EFI_OPEN_BY_DRIVER | EFI_OPEN_BY_CHILD | EFI_OPEN_EXCLUSIVE))
			return true;
	}
	return false;
}

static void drop_opens(struct efi_iface *i)
{
	efi_list_each_safe(l, &i->opens)
	{
		efi_list_remove(l);
		(void)efi_pool_free(cairn_container_of(l, struct efi_open, link));
	}
}

EFI_STATUS efi_replace(struct efi_iface *i, void *interface)
{
	if (is_held(i))
		return EFI_ACCESS_DENIED;
	drop_opens(i);
	i->interface = interface;
	i->born = ++births;
	efi_notify_installed(i);
	return EFI_SUCCESS;
}

void efi_take_away(EFI_HANDLE handle, const EFI_GUID *guid)
{
	struct efi_handle *h = efi_handle_of(handle);
	struct efi_iface *i = h ? efi_iface_find(h, guid) : NULL;

	if (!i)
		return;
	drop_opens(i);
	efi_list_remove(&i->link);
	(void)efi_pool_free(i);
	efi_handle_release(h);
}

EFI_STATUS efi_uninstall(EFI_HANDLE handle, const EFI_GUID *guid, void *interface)
{
	struct efi_handle *h = efi_handle_of(handle);
	struct efi_iface *i = h ? efi_iface_find(h, guid) : NULL;

	if (!i || i->interface != interface)
		return EFI_NOT_FOUND;
	if (is_held(i))
		return EFI_ACCESS_DENIED;
	efi_take_away(h, guid);
	return EFI_SUCCESS;
}

static void close_all_of(struct efi_iface *i, EFI_HANDLE agent)
{
	efi_list_each_safe(l, &i->opens)
	{
		struct efi_open *o = cairn_container_of(l, struct efi_open, link);

		if (o->agent != agent && o->controller != agent)
			continue;
		efi_list_remove(l);
		(void)efi_pool_free(o);
	}
}

void efi_agent_gone(EFI_HANDLE agent)
{
	efi_list_each(hl, &efi_handles)
	{
		struct efi_handle *h = cairn_container_of(hl, struct efi_handle, link);

		efi_list_each(il, &h->ifaces)
		    close_all_of(cairn_container_of(il, struct efi_iface, link), agent);
	}
}
