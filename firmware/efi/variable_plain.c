/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Without Secure Boot no variable is authenticated, and no name means a key. */
#include "variable.h"

FW_RT_CODE bool efi_auth_is_here(void)
{
	return false;
}

FW_RT_CODE bool efi_auth_is_key(const CHAR16 *name, UINTN name_bytes, const EFI_GUID *guid)
{
	return false;
}

FW_RT_CODE EFI_STATUS efi_auth_check(struct efi_change *c, uint32_t attributes,
				     struct efi_record *old)
{
	return EFI_SUCCESS;
}

FW_RT_CODE void efi_auth_changed(const struct efi_change *c)
{
}

FW_RT_CODE UINTN efi_lists_append(uint8_t *all, UINTN n, const uint8_t *more, UINTN more_bytes)
{
	return 0;
}

int efi_auth_start(struct cairn_err *err)
{
	return 0;
}

int efi_auth_renew(void)
{
	return 0;
}

bool efi_auth_is_whole(struct efi_record *r)
{
	return true;
}
