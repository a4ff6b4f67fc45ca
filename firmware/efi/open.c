/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Who uses a protocol (UEFI 2.10, 7.3.7, 7.3.9 to 7.3.11, 7.3.14). */
#include "core.h"
#include "services.h"

#define BY_DRIVER_EXCLUSIVE (EFI_OPEN_BY_DRIVER | EFI_OPEN_EXCLUSIVE)

EFIAPI EFI_STATUS efi_handle_protocol(EFI_HANDLE handle, const EFI_GUID *guid, void **interface)
{
	struct efi_handle *h = efi_handle_of(handle);
	struct efi_iface *i;

	if (!h || !guid || !interface)
		return EFI_INVALID_PARAMETER;
	i = efi_iface_find(h, guid);
	*interface = i ? i->interface : NULL;
	return i ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static struct efi_open *open_of(const struct efi_iface *i, EFI_HANDLE agent, EFI_HANDLE controller,
				uint32_t attributes)
{
	efi_list_each(l, &i->opens)
	{
		struct efi_open *o = cairn_container_of(l, struct efi_open, link);

		if (o->agent == agent && o->controller == controller && o->attributes == attributes)
			return o;
	}
	return NULL;
}

static bool are_arguments_valid(EFI_HANDLE handle, EFI_HANDLE agent, EFI_HANDLE controller,
				uint32_t attributes)
{
	switch (attributes) {
	case EFI_OPEN_BY_HANDLE:
	case EFI_OPEN_GET:
	case EFI_OPEN_TEST:
		return true;
	case EFI_OPEN_BY_CHILD:
		return efi_handle_of(agent) && efi_handle_of(controller) && controller != handle;
	case EFI_OPEN_BY_DRIVER:
	case BY_DRIVER_EXCLUSIVE:
		return efi_handle_of(agent) && efi_handle_of(controller);
	case EFI_OPEN_EXCLUSIVE:
		return efi_handle_of(agent) != NULL;
	default:
		return false;
	}
}

/* A driver gives way to who wants the protocol alone; whoever has it alone keeps it. */
static EFI_STATUS check_conflict(const struct efi_iface *i, EFI_HANDLE agent, uint32_t attributes)
{
	EFI_STATUS status = EFI_SUCCESS;

	if (!(attributes & BY_DRIVER_EXCLUSIVE))
		return EFI_SUCCESS;
	efi_list_each(l, &i->opens)
	{
		const struct efi_open *o = cairn_container_of(l, struct efi_open, link);

		if (!(o->attributes & BY_DRIVER_EXCLUSIVE))
			continue;
		if (o->agent == agent && o->attributes == attributes &&
		    (attributes & EFI_OPEN_BY_DRIVER))
			return EFI_ALREADY_STARTED;
		if (!(attributes & EFI_OPEN_EXCLUSIVE) || (o->attributes & EFI_OPEN_EXCLUSIVE))
			status = EFI_ACCESS_DENIED;
	}
	return status;
}

/* *iface is looked up anew: drivers may have been asked to go. NULL when it is not there. */
static EFI_STATUS claim(EFI_HANDLE handle, const EFI_GUID *guid, EFI_HANDLE agent,
			uint32_t attributes, struct efi_iface **iface)
{
	EFI_STATUS status = check_conflict(*iface, agent, attributes);
	struct efi_handle *h;

	if (EFI_ERROR(status) || !(attributes & EFI_OPEN_EXCLUSIVE))
		return status;
	status = efi_stop_drivers_of(handle, guid);
	h = efi_handle_of(handle);
	*iface = h ? efi_iface_find(h, guid) : NULL;
	return *iface ? status : EFI_UNSUPPORTED;
}

static EFI_STATUS record(struct efi_iface *i, EFI_HANDLE agent, EFI_HANDLE controller,
			 uint32_t attributes)
{
	struct efi_open *o = open_of(i, agent, controller, attributes);

	if (!agent || attributes == EFI_OPEN_TEST)
		return EFI_SUCCESS;
	if (!o) {
		o = efi_new(sizeof(*o));
		if (!o)
			return EFI_OUT_OF_RESOURCES;
		o->agent = agent;
		o->controller = controller;
		o->attributes = attributes;
		efi_list_append(&i->opens, &o->link);
	}
	o->count++;
	return EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_open_protocol(EFI_HANDLE handle, const EFI_GUID *guid, void **interface,
				    EFI_HANDLE agent, EFI_HANDLE controller, uint32_t attributes)
{
	struct efi_handle *h = efi_handle_of(handle);
	struct efi_iface *i;
	EFI_STATUS status;

	if (!h || !guid || (!interface && attributes != EFI_OPEN_TEST) ||
	    !are_arguments_valid(handle, agent, controller, attributes))
		return EFI_INVALID_PARAMETER;
	i = efi_iface_find(h, guid);
	if (interface && attributes != EFI_OPEN_TEST)
		*interface = i ? i->interface : NULL;
	if (!i)
		return EFI_UNSUPPORTED;
	status = claim(handle, guid, agent, attributes, &i);
	if (status == EFI_SUCCESS)
		status = record(i, agent, controller, attributes);
	if (status == EFI_SUCCESS && attributes != EFI_OPEN_TEST)
		*interface = i->interface;
	if (interface && EFI_ERROR(status) && status != EFI_ALREADY_STARTED)
		*interface = NULL;
	return status;
}

EFIAPI EFI_STATUS efi_close_protocol(EFI_HANDLE handle, const EFI_GUID *guid, EFI_HANDLE agent,
				     EFI_HANDLE controller)
{
	struct efi_handle *h = efi_handle_of(handle);
	EFI_STATUS status = EFI_NOT_FOUND;
	struct efi_iface *i;

	if (!h || !guid || !efi_handle_of(agent) || (controller && !efi_handle_of(controller)))
		return EFI_INVALID_PARAMETER;
	i = efi_iface_find(h, guid);
	if (!i)
		return EFI_NOT_FOUND;
	efi_list_each_safe(l, &i->opens)
	{
		struct efi_open *o = cairn_container_of(l, struct efi_open, link);

		if (o->agent != agent || o->controller != controller)
			continue;
		efi_list_remove(l);
		(void)efi_pool_free(o);
		status = EFI_SUCCESS;
	}
	return status;
}

static UINTN count_of(const struct efi_link *head)
{
	UINTN n = 0;

	efi_list_each(l, head) n++;
	return n;
}

EFIAPI EFI_STATUS efi_open_information(EFI_HANDLE handle, const EFI_GUID *guid,
				       EFI_OPEN_PROTOCOL_INFORMATION_ENTRY **entries, UINTN *count)
{
	struct efi_handle *h = efi_handle_of(handle);
	EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *e;
	struct efi_iface *i;

	if (!h || !guid || !entries || !count)
		return EFI_INVALID_PARAMETER;
	i = efi_iface_find(h, guid);
	if (!i)
		return EFI_NOT_FOUND;
	*count = 0;
	e = efi_pool_alloc(EfiBootServicesData, count_of(&i->opens) * sizeof(*e));
	if (!e)
		return EFI_OUT_OF_RESOURCES;
	*entries = e;
	efi_list_each(l, &i->opens)
	{
		const struct efi_open *o = cairn_container_of(l, struct efi_open, link);

		e[(*count)++] = (EFI_OPEN_PROTOCOL_INFORMATION_ENTRY){ o->agent, o->controller,
								       o->attributes, o->count };
	}
	return EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_protocols_per_handle(EFI_HANDLE handle, EFI_GUID ***guids, UINTN *count)
{
	struct efi_handle *h = efi_handle_of(handle);
	EFI_GUID **list;

	if (!h || !guids || !count)
		return EFI_INVALID_PARAMETER;
	list = efi_pool_alloc(EfiBootServicesData, count_of(&h->ifaces) * sizeof(*list));
	if (!list)
		return EFI_OUT_OF_RESOURCES;
	*count = 0;
	efi_list_each(l, &h->ifaces) list[(*count)++] =
	    &cairn_container_of(l, struct efi_iface, link)->guid;
	*guids = list;
	return EFI_SUCCESS;
}
