/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The end of the boot services (UEFI 2.10, 7.4.6): nothing of theirs runs afterwards. */
#include "disk.h"
#include "image.h"
#include "measure.h"
#include "runtime.h"
#include "services.h"

struct fw_devices *efi_devices;

/*
 * The key is looked at last, when those who were told first have done what they had to: they may
 * allocate. A caller with an old key comes again.
 */
EFIAPI EFI_STATUS efi_exit_boot_services(EFI_HANDLE image, UINTN key)
{
	if (!efi_image_of(image))
		return EFI_INVALID_PARAMETER;
	efi_event_signal_group(&efi_group_before_exit_boot);
	efi_measure_exit(EFI_EXIT_INVOKED);
	if (key != efi_memory_key()) {
		efi_measure_exit(EFI_EXIT_FAILED);
		return EFI_INVALID_PARAMETER;
	}
	efi_timers_stop();
	efi_event_signal_group(&efi_group_exit_boot);
	efi_disks_flush();
	efi_measure_exit(EFI_EXIT_DONE);
	fw_devices_stop(efi_devices);
	efi_events_keep_virtual();
	efi_clock_freeze();
	efi_rt_is_alone = true;
	efi_table_drop_boot_services();
	return EFI_SUCCESS;
}
