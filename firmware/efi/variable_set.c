/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* SetVariable (UEFI 2.10, 8.2.3), and the firmware's own variables. */
#include "runtime.h"
#include "nv.h"
#include "variable.h"

#define ATTRIBUTES_KNOWN                                                                           \
	(EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE | EFI_VARIABLE_RUNTIME |             \
	 EFI_VARIABLE_HARDWARE_ERROR | EFI_VARIABLE_AUTH_WRITE | EFI_VARIABLE_TIME_AUTH_WRITE |    \
	 EFI_VARIABLE_APPEND_WRITE | EFI_VARIABLE_ENHANCED_AUTH)
#define ATTRIBUTES_LEFT_OUT                                                                        \
	(EFI_VARIABLE_HARDWARE_ERROR | EFI_VARIABLE_AUTH_WRITE | EFI_VARIABLE_ENHANCED_AUTH)

FW_RT_CODE EFI_STATUS efi_variable_check_attributes(uint32_t attributes)
{
	if (attributes & ~ATTRIBUTES_KNOWN)
		return EFI_INVALID_PARAMETER;
	if ((attributes & EFI_VARIABLE_RUNTIME) && !(attributes & EFI_VARIABLE_BOOTSERVICE))
		return EFI_INVALID_PARAMETER;
	if (attributes & ATTRIBUTES_LEFT_OUT)
		return EFI_UNSUPPORTED;
	if ((attributes & EFI_VARIABLE_TIME_AUTH_WRITE) && !efi_auth_is_here())
		return EFI_UNSUPPORTED;
	return EFI_SUCCESS;
}

FW_RT_INLINE bool is_deletion(const struct efi_change *c)
{
	return !(c->attributes & EFI_VARIABLE_ACCESS) || (c->size == 0 && !c->is_append);
}

/* What an operating system may still do: RT_PROPERTIES says so where it may do nothing (4.6.2). */
FW_RT_CODE static EFI_STATUS check_alone(const struct efi_change *c, const struct efi_record *old)
{
	const uint32_t need = EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_RUNTIME;

	if (!efi_rt_is_alone)
		return EFI_SUCCESS;
	if (!efi_nv_stays())
		return EFI_UNSUPPORTED;
	if (old && (old->attributes & need) != need) /* also what it may not see */
		return EFI_WRITE_PROTECTED;
	if (!old && !is_deletion(c) && (c->attributes & need) != need)
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}

FW_RT_CODE static EFI_STATUS change(struct efi_change *c, struct efi_record *old)
{
	if (old && (c->attributes & EFI_VARIABLE_ACCESS) && old->attributes != c->attributes)
		return EFI_INVALID_PARAMETER;
	if (is_deletion(c))
		return old ? efi_variable_delete(old) : EFI_NOT_FOUND;
	if (c->size == 0)
		return EFI_SUCCESS;
	return efi_variable_put(c, old);
}

FW_RT_CODE static void clear(struct efi_change *c)
{
	for (UINTN i = 0; i < sizeof(*c); i++)
		((volatile uint8_t *)c)[i] = 0;
}

FW_RT_CODE EFIAPI EFI_STATUS efi_set_variable(CHAR16 *name, EFI_GUID *guid, uint32_t attributes,
					      UINTN size, void *data)
{
	struct efi_change c;
	struct efi_record *old;
	EFI_STATUS status;

	if (!name || !name[0] || !guid || (size && !data))
		return EFI_INVALID_PARAMETER;
	status = efi_variable_check_attributes(attributes);
	if (EFI_ERROR(status))
		return status;
	clear(&c);
	c.name = name;
	c.guid = guid;
	c.size = size;
	c.data = data;
	c.attributes = attributes & ~EFI_VARIABLE_APPEND_WRITE;
	c.is_append = attributes & EFI_VARIABLE_APPEND_WRITE;
	if (size > EFI_VARIABLE_MAX) /* 8.2.3: more than the largest there can be */
		return EFI_INVALID_PARAMETER;
	efi_variable_copy(&c);
	if (!c.name_bytes)
		return EFI_OUT_OF_RESOURCES;
	old = efi_variable_find(c.name, c.name_bytes, c.guid);
	if (old && old->is_own)
		return EFI_WRITE_PROTECTED;
	status = check_alone(&c, old);
	if (!EFI_ERROR(status))
		status = efi_auth_check(&c, attributes, old);
	if (!EFI_ERROR(status))
		status = change(&c, old);
	if (!EFI_ERROR(status))
		efi_auth_changed(&c);
	return status;
}

EFI_STATUS efi_variable_set_own(const CHAR16 *name, const EFI_GUID *guid, uint32_t attributes,
				const void *data, UINTN size)
{
	struct efi_change c = { .name = name,
				.guid = guid,
				.name_bytes = efi_variable_name_size(name),
				.data = data,
				.size = size,
				.attributes = attributes | EFI_VARIABLE_ACCESS,
				.is_own = true };
	struct efi_record *old = efi_variable_find(name, c.name_bytes, guid);

	if (size)
		return efi_variable_put(&c, old);
	return old ? efi_variable_delete(old) : EFI_SUCCESS;
}
