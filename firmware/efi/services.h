/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* services.h - the boot services, one by one: UEFI 2.10, 7 has their contracts and statuses. */
#ifndef FW_EFI_SERVICES_H
#define FW_EFI_SERVICES_H

#include "efi_tables.h"

/* event.c, timer.c: 7.1 */
EFIAPI EFI_TPL efi_raise_tpl(EFI_TPL new_tpl);
EFIAPI void efi_restore_tpl(EFI_TPL old_tpl);
EFIAPI EFI_STATUS efi_create_event(uint32_t type, EFI_TPL tpl, EFI_EVENT_NOTIFY fn, void *ctx,
				   EFI_EVENT *ret_event);
EFIAPI EFI_STATUS efi_create_event_ex(uint32_t type, EFI_TPL tpl, EFI_EVENT_NOTIFY fn,
				      const void *ctx, const EFI_GUID *group, EFI_EVENT *ret_event);
EFIAPI EFI_STATUS efi_set_timer(EFI_EVENT event, EFI_TIMER_DELAY type, uint64_t trigger);
EFIAPI EFI_STATUS efi_wait_for_event(UINTN n, EFI_EVENT *events, UINTN *ret_index);
EFIAPI EFI_STATUS efi_signal_event(EFI_EVENT event);
EFIAPI EFI_STATUS efi_close_event(EFI_EVENT event);
EFIAPI EFI_STATUS efi_check_event(EFI_EVENT event);

/* memory.c, pool.c: 7.2 */
EFIAPI EFI_STATUS efi_allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages,
				     EFI_PHYSICAL_ADDRESS *memory);
EFIAPI EFI_STATUS efi_free_pages(EFI_PHYSICAL_ADDRESS memory, UINTN pages);
EFIAPI EFI_STATUS efi_get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
				     UINTN *descriptor_size, uint32_t *descriptor_version);
EFIAPI EFI_STATUS efi_allocate_pool(EFI_MEMORY_TYPE type, UINTN size, void **ret_buffer);
EFIAPI EFI_STATUS efi_free_pool(void *buffer);

/* install.c, open.c, locate.c: 7.3 */
EFIAPI EFI_STATUS efi_install_protocol(EFI_HANDLE *handle, const EFI_GUID *guid,
				       EFI_INTERFACE_TYPE type, void *interface);
EFIAPI EFI_STATUS efi_reinstall_protocol(EFI_HANDLE handle, const EFI_GUID *guid, void *old,
					 void *new_interface);
EFIAPI EFI_STATUS efi_uninstall_protocol(EFI_HANDLE handle, const EFI_GUID *guid, void *interface);
EFIAPI EFI_STATUS efi_install_multiple(EFI_HANDLE *handle, ...);
EFIAPI EFI_STATUS efi_uninstall_multiple(EFI_HANDLE handle, ...);
EFIAPI EFI_STATUS efi_handle_protocol(EFI_HANDLE handle, const EFI_GUID *guid, void **interface);
EFIAPI EFI_STATUS efi_open_protocol(EFI_HANDLE handle, const EFI_GUID *guid, void **interface,
				    EFI_HANDLE agent, EFI_HANDLE controller, uint32_t attributes);
EFIAPI EFI_STATUS efi_close_protocol(EFI_HANDLE handle, const EFI_GUID *guid, EFI_HANDLE agent,
				     EFI_HANDLE controller);
EFIAPI EFI_STATUS efi_open_information(EFI_HANDLE handle, const EFI_GUID *guid,
				       EFI_OPEN_PROTOCOL_INFORMATION_ENTRY **entries, UINTN *count);
EFIAPI EFI_STATUS efi_protocols_per_handle(EFI_HANDLE handle, EFI_GUID ***guids, UINTN *count);
EFIAPI EFI_STATUS efi_register_notify(const EFI_GUID *guid, EFI_EVENT event, void **registration);
EFIAPI EFI_STATUS efi_locate_handle(EFI_LOCATE_SEARCH_TYPE type, const EFI_GUID *guid, void *key,
				    UINTN *size, EFI_HANDLE *buffer);
EFIAPI EFI_STATUS efi_locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE type, const EFI_GUID *guid,
					   void *key, UINTN *count, EFI_HANDLE **buffer);
EFIAPI EFI_STATUS efi_locate_protocol(const EFI_GUID *guid, void *registration, void **interface);
EFIAPI EFI_STATUS efi_locate_device_path(const EFI_GUID *guid, EFI_DEVICE_PATH_PROTOCOL **path,
					 EFI_HANDLE *device);
EFIAPI EFI_STATUS efi_connect_controller(EFI_HANDLE handle, EFI_HANDLE *drivers,
					 EFI_DEVICE_PATH_PROTOCOL *remaining, BOOLEAN recursive);
EFIAPI EFI_STATUS efi_disconnect_controller(EFI_HANDLE handle, EFI_HANDLE driver, EFI_HANDLE child);

/* image.c, run.c: 7.4 */
EFIAPI EFI_STATUS efi_load_image(BOOLEAN boot_policy, EFI_HANDLE parent,
				 EFI_DEVICE_PATH_PROTOCOL *path, void *source, UINTN source_size,
				 EFI_HANDLE *ret_image);
EFIAPI EFI_STATUS efi_start_image(EFI_HANDLE image, UINTN *exit_data_size, CHAR16 **exit_data);
EFIAPI EFI_STATUS efi_exit(EFI_HANDLE image, EFI_STATUS status, UINTN exit_data_size,
			   CHAR16 *exit_data);
EFIAPI EFI_STATUS efi_unload_image(EFI_HANDLE image);
EFIAPI EFI_STATUS efi_exit_boot_services(EFI_HANDLE image, UINTN key);

/* misc.c, table.c: 7.5 */
EFIAPI EFI_STATUS efi_stall(UINTN microseconds);
EFIAPI EFI_STATUS efi_set_watchdog(UINTN seconds, uint64_t code, UINTN data_size, CHAR16 *data);
EFIAPI EFI_STATUS efi_monotonic_count(uint64_t *count);
EFIAPI EFI_STATUS efi_calculate_crc32(void *data, UINTN size, uint32_t *crc);
EFIAPI void efi_copy_mem(void *dst, void *src, UINTN len);
EFIAPI void efi_set_mem(void *dst, UINTN len, uint8_t value);
EFIAPI EFI_STATUS efi_install_configuration_table(const EFI_GUID *guid, void *table);

#endif
