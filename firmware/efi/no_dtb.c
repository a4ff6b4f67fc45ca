/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Machines of x86_64 hand over no device tree. */
#include "core.h"

EFI_STATUS efi_dtb_init(void)
{
	return EFI_SUCCESS;
}
