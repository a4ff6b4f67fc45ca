/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A program that the conformance program loads. Its load options say what it does: the first
 * letter is the action. As a driver it stays, and may be unloaded when it says so.
 */
#include "efi.h"

static EFI_BOOT_SERVICES *bs;
static EFI_LOADED_IMAGE_PROTOCOL *loaded;

static EFIAPI EFI_STATUS refuse(EFI_HANDLE image)
{
	return EFI_ACCESS_DENIED;
}

static EFIAPI EFI_STATUS agree(EFI_HANDLE image)
{
	return EFI_SUCCESS;
}

static __attribute__((noreturn)) void leave(EFI_HANDLE image, EFI_STATUS status)
{
	static const CHAR16 reason[] = u"because";
	CHAR16 *data = NULL;

	(void)bs->AllocatePool(EfiBootServicesData, sizeof(reason), (void **)&data);
	bs->CopyMem(data, (void *)(uintptr_t)reason, sizeof(reason));
	(void)bs->Exit(image, status, sizeof(reason), data);
	for (;;)
		;
}

/* A level raised and left so, deep in calls. */
static __attribute__((noinline)) void leave_deep(EFI_HANDLE image, UINTN depth)
{
	volatile uint8_t room[256];

	room[0] = (uint8_t)depth;
	if (depth)
		leave_deep(image, depth - 1);
	(void)bs->RaiseTPL(TPL_NOTIFY);
	if (!room[0])
		leave(image, EFI_TIMEOUT);
}

/* Another one of the same kind below it, whose handle came with the options: it leaves at once. */
static EFI_STATUS nested(const CHAR16 *options)
{
	EFI_HANDLE inner;
	EFI_STATUS status;

	bs->CopyMem(&inner, (void *)(uintptr_t)(options + 4), sizeof(inner));
	status = bs->StartImage(inner, NULL, NULL);
	return status == EFI_TIMEOUT ? EFI_ALREADY_STARTED : status;
}

EFIAPI EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

EFIAPI EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	const CHAR16 *action;

	bs = table->BootServices;
	if (bs->HandleProtocol(image, &efi_guid_loaded_image, (void **)&loaded))
		return EFI_UNSUPPORTED;
	action = loaded->LoadOptions;
	switch (action ? action[0] : 0) {
	case 'e':
		leave(image, EFI_SUCCESS);
	case 'd':
		leave_deep(image, 20);
		return EFI_ABORTED;
	case 'f':
		return EFI_NO_MAPPING;
	case 'x':
		return bs->Exit(loaded->ParentHandle, EFI_SUCCESS, 0, NULL);
	case 'n':
		return nested(action);
	case 'u':
		loaded->Unload = agree;
		return EFI_SUCCESS;
	case 'r':
		loaded->Unload = refuse;
		return EFI_SUCCESS;
	case 'o':
		return loaded->LoadOptionsSize == 4 ? EFI_SUCCESS : EFI_BAD_BUFFER_SIZE;
	default:
		return EFI_SUCCESS;
	}
}
