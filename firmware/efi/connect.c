/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Drivers that others bring, put upon controllers and taken off (UEFI 2.10, 7.3.12, 7.3.13, 11.1).
 * The firmware's own devices need none. A driver may change anything while it is called, so what
 * was looked up before a call is looked up again after it.
 */
#include "core.h"
#include "services.h"

#define DRIVERS_MAX  64u
#define CHILDREN_MAX 64u
#define DEPTH_MAX    8u   /* of children of children, in one recursive call */
#define ROUNDS_MAX   256u /* drivers stopped for one interface */

struct list {
	EFI_HANDLE v[DRIVERS_MAX];
	UINTN n;
};
CAIRN_STATIC_ASSERT(CHILDREN_MAX == DRIVERS_MAX, "one list for both");

static void list_add(struct list *l, EFI_HANDLE handle)
{
	for (UINTN i = 0; i < l->n; i++)
		if (l->v[i] == handle)
			return;
	if (l->n < DRIVERS_MAX)
		l->v[l->n++] = handle;
}

static EFI_DRIVER_BINDING_PROTOCOL *binding_of(EFI_HANDLE driver)
{
	return efi_interface(driver, &efi_guid_driver_binding);
}

/* Every other driver, the highest version first, behind those that the caller named. */
static void add_all_drivers(struct list *l)
{
	UINTN named = l->n;

	efi_list_each(hl, &efi_handles)
	{
		struct efi_handle *h = cairn_container_of(hl, struct efi_handle, link);
		EFI_DRIVER_BINDING_PROTOCOL *b = binding_of(h);
		UINTN before = l->n, i;

		if (!b)
			continue;
		list_add(l, h);
		if (l->n == before)
			continue;
		for (i = before; i > named && binding_of(l->v[i - 1])->Version < b->Version; i--)
			l->v[i] = l->v[i - 1];
		l->v[i] = h;
	}
}

/* True: the driver wanted the controller; *ret_is_started when it has it now. */
static bool try_driver(EFI_HANDLE driver, EFI_HANDLE controller,
		       EFI_DEVICE_PATH_PROTOCOL *remaining, bool *ret_is_started)
{
	EFI_DRIVER_BINDING_PROTOCOL *b = driver ? binding_of(driver) : NULL;

	if (!b || EFI_ERROR(b->Supported(b, controller, remaining)))
		return false;
	b = binding_of(driver);
	if (b && efi_handle_of(controller) && !EFI_ERROR(b->Start(b, controller, remaining)))
		*ret_is_started = true;
	return true;
}

/* Each driver is started once at most; then the others are asked anew (7.3.12). */
static bool connect_one(EFI_HANDLE controller, EFI_HANDLE *drivers,
			EFI_DEVICE_PATH_PROTOCOL *remaining)
{
	struct list l = { .n = 0 };
	bool is_started = false, is_more = true;

	for (; drivers && *drivers && l.n < DRIVERS_MAX; drivers++)
		if (binding_of(*drivers))
			list_add(&l, *drivers);
	add_all_drivers(&l);
	while (is_more) {
		is_more = false;
		for (UINTN i = 0; i < l.n; i++) {
			if (!try_driver(l.v[i], controller, remaining, &is_started))
				continue;
			l.v[i] = NULL;
			is_more = true;
		}
	}
	return is_started;
}

/* Handles in whose name `agent` (NULL: anybody) opened a protocol of the controller so. */
static void list_opens(EFI_HANDLE controller, EFI_HANDLE agent, uint32_t attributes, struct list *l)
{
	struct efi_handle *h = efi_handle_of(controller);

	if (!h)
		return;
	efi_list_each(il, &h->ifaces)
	{
		const struct efi_iface *i = cairn_container_of(il, struct efi_iface, link);

		efi_list_each(ol, &i->opens)
		{
			const struct efi_open *o = cairn_container_of(ol, struct efi_open, link);

			if (!(o->attributes & attributes) || (agent && o->agent != agent))
				continue;
			list_add(l, attributes == EFI_OPEN_BY_CHILD ? o->controller : o->agent);
		}
	}
}

static bool connect_below(EFI_HANDLE controller, EFI_HANDLE *drivers,
			  EFI_DEVICE_PATH_PROTOCOL *remaining, bool recursive, uint32_t depth)
{
	bool is_started = connect_one(controller, drivers, remaining);
	struct list children = { .n = 0 };

	if (!recursive || depth == DEPTH_MAX)
		return is_started;
	list_opens(controller, NULL, EFI_OPEN_BY_CHILD, &children);
	for (UINTN i = 0; i < children.n; i++)
		if (efi_handle_of(children.v[i]))
			(void)connect_below(children.v[i], NULL, NULL, true, depth + 1);
	return is_started;
}

EFIAPI EFI_STATUS efi_connect_controller(EFI_HANDLE handle, EFI_HANDLE *drivers,
					 EFI_DEVICE_PATH_PROTOCOL *remaining, BOOLEAN recursive)
{
	struct efi_handle *h = efi_handle_of(handle);

	if (!h)
		return EFI_INVALID_PARAMETER;
	if (connect_below(handle, drivers, remaining, recursive, 0) ||
	    (remaining && efi_node_is_end(remaining)))
		return EFI_SUCCESS;
	h = efi_handle_of(handle);
	if (h && (efi_iface_find(h, &efi_guid_block_io) || efi_iface_find(h, &efi_guid_text_out)))
		return EFI_SUCCESS; /* by the firmware itself, from the start */
	return EFI_NOT_FOUND;
}

/* The driver gives up one of its children, or all of them and then the controller. */
static EFI_STATUS stop(EFI_HANDLE controller, EFI_HANDLE driver, EFI_HANDLE child)
{
	EFI_DRIVER_BINDING_PROTOCOL *b = binding_of(driver);
	struct list children = { .n = 0 };
	EFI_STATUS status = EFI_SUCCESS;
	UINTN n;

	if (!b)
		return EFI_DEVICE_ERROR;
	list_opens(controller, driver, EFI_OPEN_BY_CHILD, &children);
	n = children.n;
	if (child) {
		list_add(&children, child);
		if (children.n > n)
			return EFI_SUCCESS; /* not one of this driver's */
		children = (struct list){ { child }, 1 };
	}
	if (n)
		status = b->Stop(b, controller, children.n, children.v);
	b = binding_of(driver);
	if (!EFI_ERROR(status) && (!child || n == 1) && b && efi_handle_of(controller))
		status = b->Stop(b, controller, 0, NULL);
	return EFI_ERROR(status) ? EFI_DEVICE_ERROR : EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_disconnect_controller(EFI_HANDLE handle, EFI_HANDLE driver, EFI_HANDLE child)
{
	struct list drivers = { .n = 0 };
	EFI_STATUS status = EFI_SUCCESS;
	UINTN stopped = 0;

	if (!efi_handle_of(handle) || (driver && !binding_of(driver)) ||
	    (child && !efi_handle_of(child)))
		return EFI_INVALID_PARAMETER;
	list_opens(handle, driver, EFI_OPEN_BY_DRIVER, &drivers);
	for (UINTN i = 0; i < drivers.n; i++) {
		EFI_STATUS one = stop(handle, drivers.v[i], child);

		if (EFI_ERROR(one))
			status = one;
		else
			stopped++;
	}
	return stopped ? EFI_SUCCESS : status;
}

static const struct efi_open *driver_of(EFI_HANDLE handle, const EFI_GUID *guid)
{
	struct efi_handle *h = efi_handle_of(handle);
	struct efi_iface *i = h ? efi_iface_find(h, guid) : NULL;

	if (!i)
		return NULL;
	efi_list_each(l, &i->opens)
	{
		const struct efi_open *o = cairn_container_of(l, struct efi_open, link);

		if (o->attributes & EFI_OPEN_BY_DRIVER)
			return o;
	}
	return NULL;
}

EFI_STATUS efi_stop_drivers_of(EFI_HANDLE handle, const EFI_GUID *guid)
{
	const struct efi_open *o;

	for (uint32_t i = 0; i < ROUNDS_MAX; i++) {
		o = driver_of(handle, guid);
		if (!o)
			return EFI_SUCCESS;
		if (EFI_ERROR(efi_disconnect_controller(handle, o->agent, NULL)))
			return EFI_ACCESS_DENIED;
	}
	return EFI_ACCESS_DENIED;
}
