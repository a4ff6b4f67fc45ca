/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* console.h - the one console of EFI: text out and in, on a handle of its own. */
#ifndef FW_EFI_CONSOLE_H
#define FW_EFI_CONSOLE_H

#include "core.h"

extern EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL efi_text_out;
extern EFI_SIMPLE_TEXT_INPUT_PROTOCOL efi_text_in;
extern EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL efi_text_in_ex;

/* The events that wait for a key, and who is told of each. */
EFI_STATUS efi_text_in_init(void);
/* The handle, its protocols, and its places in the system table. */
EFI_STATUS efi_console_init(void);

/* keys.c: what the console sent, as keys. False: nothing that is a whole key. */
bool efi_key_next(EFI_INPUT_KEY *ret_key);

#endif
