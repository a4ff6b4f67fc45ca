/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Calls every service that the firmware says it has, with good and with bad arguments. The lines
 * are to be the same on every firmware that keeps UEFI 2.10.
 */
#include "conform.h"

EFI_SYSTEM_TABLE *st;
EFI_BOOT_SERVICES *bs;
EFI_RUNTIME_SERVICES *rt;
EFI_HANDLE self;
EFI_LOADED_IMAGE_PROTOCOL *loaded;

EFIAPI EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

EFIAPI EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	st = table;
	bs = table->BootServices;
	rt = table->RuntimeServices;
	self = image;
	(void)bs->SetWatchdogTimer(0, 0, 0, NULL);
	if (bs->HandleProtocol(image, &efi_guid_loaded_image, (void **)&loaded))
		return EFI_UNSUPPORTED;
	say("conform begin", EFI_SUCCESS, "");
	tables_group();
	config_group();
	memory_group();
	map_group();
	pool_group();
	event_group();
	timer_group();
	handle_group();
	locate_group();
	open_group();
	driver_group();
	image_group();
	start_group();
	file_group();
	write_group();
	info_group();
	block_group();
	disk_group();
	output_group();
	input_group();
	path_group();
	path_text_group();
	small_group();
	attribute_group();
	variable_group();
	auth_group();
	time_group();
	runtime_group();
	return EFI_ABORTED;
}
