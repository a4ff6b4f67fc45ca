/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The system table (UEFI 2.10, 4.3). It and the runtime services' stay when the boot services are
 * gone; all three may be written: loaders put functions of their own into them.
 */
#include <fw/runtime.h>

#include "core.h"
#include "runtime.h"
#include "services.h"

#define CONFIG_TABLES_MAX 32u

static EFI_BOOT_SERVICES boot_services = {
	.RaiseTPL = efi_raise_tpl,
	.RestoreTPL = efi_restore_tpl,
	.AllocatePages = efi_allocate_pages,
	.FreePages = efi_free_pages,
	.GetMemoryMap = efi_get_memory_map,
	.AllocatePool = efi_allocate_pool,
	.FreePool = efi_free_pool,
	.CreateEvent = efi_create_event,
	.SetTimer = efi_set_timer,
	.WaitForEvent = efi_wait_for_event,
	.SignalEvent = efi_signal_event,
	.CloseEvent = efi_close_event,
	.CheckEvent = efi_check_event,
	.InstallProtocolInterface = efi_install_protocol,
	.ReinstallProtocolInterface = efi_reinstall_protocol,
	.UninstallProtocolInterface = efi_uninstall_protocol,
	.HandleProtocol = efi_handle_protocol,
	.RegisterProtocolNotify = efi_register_notify,
	.LocateHandle = efi_locate_handle,
	.LocateDevicePath = efi_locate_device_path,
	.InstallConfigurationTable = efi_install_configuration_table,
	.LoadImage = efi_load_image,
	.StartImage = efi_start_image,
	.Exit = efi_exit,
	.UnloadImage = efi_unload_image,
	.ExitBootServices = efi_exit_boot_services,
	.GetNextMonotonicCount = efi_monotonic_count,
	.Stall = efi_stall,
	.SetWatchdogTimer = efi_set_watchdog,
	.ConnectController = efi_connect_controller,
	.DisconnectController = efi_disconnect_controller,
	.OpenProtocol = efi_open_protocol,
	.CloseProtocol = efi_close_protocol,
	.OpenProtocolInformation = efi_open_information,
	.ProtocolsPerHandle = efi_protocols_per_handle,
	.LocateHandleBuffer = efi_locate_handle_buffer,
	.LocateProtocol = efi_locate_protocol,
	.InstallMultipleProtocolInterfaces = efi_install_multiple,
	.UninstallMultipleProtocolInterfaces = efi_uninstall_multiple,
	.CalculateCrc32 = efi_calculate_crc32,
	.CopyMem = efi_copy_mem,
	.SetMem = efi_set_mem,
	.CreateEventEx = efi_create_event_ex,
};

FW_RT_DATA static EFI_CONFIGURATION_TABLE config_tables[CONFIG_TABLES_MAX];
FW_RT_DATA static CHAR16 vendor[] = u"cairn";
FW_RT_DATA static EFI_SYSTEM_TABLE system_table;

EFI_SYSTEM_TABLE *efi_st = &system_table;

void efi_table_crc(EFI_TABLE_HEADER *header)
{
	header->CRC32 = 0;
	header->CRC32 = efi_crc32(header, header->HeaderSize);
}

static void header_init(EFI_TABLE_HEADER *h, uint64_t signature, uint32_t bytes)
{
	*h = (EFI_TABLE_HEADER){ .Signature = signature,
				 .Revision = EFI_SPECIFICATION_VERSION,
				 .HeaderSize = bytes };
	efi_table_crc(h);
}

void efi_tables_init(void)
{
	header_init(&boot_services.Hdr, EFI_BOOT_SIGNATURE, sizeof(boot_services));
	header_init(&efi_rt.Hdr, EFI_RUNTIME_SIGNATURE, sizeof(efi_rt));
	system_table.FirmwareVendor = vendor;
	system_table.FirmwareRevision = 0x00010000;
	system_table.RuntimeServices = &efi_rt;
	system_table.BootServices = &boot_services;
	system_table.ConfigurationTable = config_tables;
	header_init(&system_table.Hdr, EFI_SYSTEM_SIGNATURE, sizeof(system_table));
}

EFI_STATUS efi_config_table(const EFI_GUID *guid, void *table)
{
	UINTN n = system_table.NumberOfTableEntries, i = 0;

	while (i < n && !efi_guid_equal(&config_tables[i].VendorGuid, guid))
		i++;
	if (i == n && !table)
		return EFI_NOT_FOUND;
	if (i == CONFIG_TABLES_MAX)
		return EFI_OUT_OF_RESOURCES;
	if (table) {
		config_tables[i] = (EFI_CONFIGURATION_TABLE){ *guid, table };
		n += i == n;
	} else {
		memmove(&config_tables[i], &config_tables[i + 1],
			(n - i - 1) * sizeof(config_tables[0]));
		n--;
	}
	system_table.NumberOfTableEntries = n;
	efi_table_crc(&system_table.Hdr);
	return EFI_SUCCESS;
}

/* 7.5.6: an event group of the table's GUID is told of each change. */
EFIAPI EFI_STATUS efi_install_configuration_table(const EFI_GUID *guid, void *table)
{
	EFI_STATUS status;

	if (!guid)
		return EFI_INVALID_PARAMETER;
	status = efi_config_table(guid, table);
	if (!EFI_ERROR(status))
		efi_event_signal_group(guid);
	return status;
}

FW_RT_CODE void efi_rt_convert_table(void)
{
	(void)efi_convert_pointer(0, (void **)&system_table.FirmwareVendor);
	(void)efi_convert_pointer(0, (void **)&system_table.RuntimeServices);
	(void)efi_convert_pointer(0, (void **)&system_table.ConfigurationTable);
}

void efi_table_drop_boot_services(void)
{
	system_table.BootServices = NULL;
	system_table.ConsoleInHandle = system_table.ConsoleOutHandle = NULL;
	system_table.StandardErrorHandle = NULL;
	system_table.ConIn = system_table.ConOut = system_table.StdErr = NULL;
	efi_table_crc(&system_table.Hdr);
}
