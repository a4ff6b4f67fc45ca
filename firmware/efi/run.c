/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Running a program until it returns or leaves (UEFI 2.10, 7.4.2, 7.4.5). */
#include "call.h"
#include "image.h"
#include "services.h"

static struct efi_image *running;

struct efi_image *efi_image_running(void)
{
	return running;
}

bool efi_image_is_running(void)
{
	return running != NULL;
}

static void hand_out_exit_data(struct efi_image *i, UINTN *size, CHAR16 **data)
{
	if (data && size) {
		*size = i->exit_data_size;
		*data = i->exit_data;
	} else if (i->exit_data) {
		(void)efi_pool_free(i->exit_data);
	}
	i->exit_data = NULL;
	i->exit_data_size = 0;
}

EFIAPI EFI_STATUS efi_start_image(EFI_HANDLE image, UINTN *exit_data_size, CHAR16 **exit_data)
{
	struct efi_image *i = efi_image_of(image);
	EFI_TPL tpl = efi_tpl();
	EFI_STATUS status;

	if (!i || i->is_started)
		return EFI_INVALID_PARAMETER;
	i->is_started = true;
	i->below = running;
	running = i;
	status = efi_call_image(i->entry, image, efi_st, &i->frame);
	/* i is in no register that the program could have changed: it is looked up again */
	i = running;
	running = i->below;
	efi_restore_tpl(tpl);
	hand_out_exit_data(i, exit_data_size, exit_data);
	if (i->is_application || EFI_ERROR(status))
		efi_image_drop(i);
	return status;
}

EFIAPI EFI_STATUS efi_exit(EFI_HANDLE image, EFI_STATUS status, UINTN exit_data_size,
			   CHAR16 *exit_data)
{
	struct efi_image *i = efi_image_of(image);

	if (!i)
		return EFI_INVALID_PARAMETER;
	if (!i->is_started) {
		efi_image_drop(i);
		return EFI_SUCCESS;
	}
	if (i != running)
		return EFI_INVALID_PARAMETER;
	i->exit_data = exit_data_size ? exit_data : NULL;
	i->exit_data_size = i->exit_data ? exit_data_size : 0;
	efi_leave_image(i->frame, status);
}
