/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Random numbers (UEFI 2.10, 37.5), of a device, or of the processor. */
#include <fw/random.h>

#include "small.h"

static EFIAPI EFI_STATUS get_info(EFI_RNG_PROTOCOL *this, UINTN *size, EFI_GUID *list)
{
	UINTN room;

	if (!size)
		return EFI_INVALID_PARAMETER;
	room = *size;
	*size = sizeof(*list);
	if (room < sizeof(*list))
		return EFI_BUFFER_TOO_SMALL;
	if (!list)
		return EFI_INVALID_PARAMETER;
	*list = efi_guid_rng_raw;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS get_rng(EFI_RNG_PROTOCOL *this, EFI_GUID *algorithm, UINTN len,
				 uint8_t *value)
{
	if (!len || !value)
		return EFI_INVALID_PARAMETER;
	if (algorithm && !efi_guid_equal(algorithm, &efi_guid_rng_raw))
		return EFI_UNSUPPORTED;
	return fw_random(value, len) < 0 ? EFI_DEVICE_ERROR : EFI_SUCCESS;
}

static EFI_RNG_PROTOCOL rng = { .GetInfo = get_info, .GetRNG = get_rng };

EFI_STATUS efi_rng_init(EFI_HANDLE *handle)
{
	uint64_t word;

	if (fw_random(&word, sizeof(word)) < 0)
		return EFI_SUCCESS;
	return efi_install(handle, &efi_guid_rng, &rng);
}
