/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * call.h - entering a program and leaving it from any depth, by the architecture: the registers
 * that a call preserves (those of an EFI caller too) are kept on the stack at the entry.
 */
#ifndef FW_EFI_CALL_H
#define FW_EFI_CALL_H

#include "efi_base.h"

/* Calls entry(handle, table) as EFI does. *ret_frame is set before: for efi_leave_image(). */
EFI_STATUS efi_call_image(uint64_t entry, EFI_HANDLE handle, const void *table, void **ret_frame);
/* efi_call_image() of this frame returns status. What was called since is forgotten. */
void efi_leave_image(void *frame, EFI_STATUS status) __attribute__((noreturn));

#endif
