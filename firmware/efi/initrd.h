/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* initrd.h - the RAM disk of the candidate that is started. */
#ifndef FW_EFI_INITRD_H
#define FW_EFI_INITRD_H

#include "core.h"

/* len 0: none. The bytes stay where they are until efi_initrd_withdraw(). */
void efi_initrd_offer(const void *initrd, uint64_t len);
void efi_initrd_withdraw(void);

#endif
