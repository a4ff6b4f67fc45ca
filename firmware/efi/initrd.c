/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A RAM disk for a Linux kernel that starts by its EFI stub: LoadFile2 (UEFI 2.10, 13.2) on a
 * handle whose device path is the vendor node that the kernel looks for.
 */
#include "initrd.h"

static const void *bytes;
static UINTN size;
static EFI_HANDLE handle;

static const struct {
	EFI_DEVICE_PATH_PROTOCOL vendor;
	EFI_GUID guid;
	EFI_DEVICE_PATH_PROTOCOL end;
} __attribute__((packed)) path = {
	{ EFI_DP_MEDIA, EFI_DP_MEDIA_VENDOR, { 20, 0 } },
	{ 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } },
	{ EFI_DP_END, EFI_DP_END_ENTIRE, { 4, 0 } },
};

static EFIAPI EFI_STATUS load_file(EFI_LOAD_FILE_PROTOCOL *this, EFI_DEVICE_PATH_PROTOCOL *rest,
				   BOOLEAN boot_policy, UINTN *buffer_size, void *buffer)
{
	UINTN room;

	if (!this || !rest || !buffer_size)
		return EFI_INVALID_PARAMETER;
	if (boot_policy)
		return EFI_UNSUPPORTED;
	if (!efi_node_is_end(rest))
		return EFI_NOT_FOUND;
	room = *buffer_size;
	*buffer_size = size;
	if (!buffer || room < size)
		return EFI_BUFFER_TOO_SMALL;
	memcpy(buffer, bytes, size);
	return EFI_SUCCESS;
}

static EFI_LOAD_FILE_PROTOCOL load_file2 = { load_file };

void efi_initrd_offer(const void *initrd, uint64_t len)
{
	void *p = (void *)(uintptr_t)&path;

	bytes = initrd;
	size = len;
	if (!len)
		return;
	/* Without it the kernel starts with no RAM disk, and says so. */
	if (EFI_ERROR(efi_install(&handle, &efi_guid_device_path, p)) ||
	    EFI_ERROR(efi_install(&handle, &efi_guid_load_file2, &load_file2)))
		efi_initrd_withdraw();
}

void efi_initrd_withdraw(void)
{
	if (!handle)
		return;
	(void)efi_uninstall(handle, &efi_guid_load_file2, &load_file2);
	(void)efi_uninstall(handle, &efi_guid_device_path, (void *)(uintptr_t)&path);
	handle = NULL;
}
