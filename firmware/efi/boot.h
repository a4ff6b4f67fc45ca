/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* boot.h - starting a program that the boot flow chose, by whichever way it was found. */
#ifndef FW_EFI_BOOT_H_
#define FW_EFI_BOOT_H_

#include <fw/efi_boot.h>

#include "core.h"

/* A program by its whole device path, as the firmware's own child. Status as of LoadImage. */
EFI_STATUS efi_boot_load(EFI_DEVICE_PATH_PROTOCOL *path, EFI_HANDLE *ret_image);
/*
 * Runs it until it is back. Its load options are copied; `what` gives RAM disk and device tree,
 * NULL: none. EFI_SUCCESS with what it returned; an error: it was not started, and is unloaded.
 */
EFI_STATUS efi_boot_run(EFI_HANDLE image, const void *options, UINTN options_bytes,
			const struct fw_efi_candidate *what, uint64_t *ret_status);
/* Of either of them, for people; 0 for success. */
int efi_boot_error(EFI_STATUS status, struct cairn_err *err);

/* A variable in a pool block; NULL: not there, or no memory. */
void *efi_boot_variable(const CHAR16 *name, const EFI_GUID *guid, UINTN *ret_bytes);
/* BootCurrent; what is started is no boot option: NULL. */
void efi_boot_current(const uint16_t *number);

#endif
