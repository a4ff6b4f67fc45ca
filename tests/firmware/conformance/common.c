/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What several groups need: comparing, and finding the disks that the runner made. */
#include "conform.h"

const EFI_GUID guid_a = { 0x2b0f3c6e, 0x5a41, 0x4c7e, { 0x91, 0x0d, 1, 2, 3, 4, 5, 6 } };
const EFI_GUID guid_b = { 0x2b0f3c6e, 0x5a41, 0x4c7e, { 0x91, 0x0d, 1, 2, 3, 4, 5, 7 } };
const EFI_GUID guid_absent = { 0x2b0f3c6e, 0x5a41, 0x4c7e, { 0x91, 0x0d, 1, 2, 3, 4, 5, 8 } };

bool is_equal(const void *a, const void *b, UINTN n)
{
	const uint8_t *p = a, *q = b;

	while (n--)
		if (*p++ != *q++)
			return false;
	return true;
}

UINTN length_of(const CHAR16 *s)
{
	UINTN n = 0;

	while (s[n])
		n++;
	return n;
}

bool is_text(const CHAR16 *s, const CHAR16 *other)
{
	UINTN n = length_of(other) + 1;

	return s && length_of(s) + 1 == n && is_equal(s, other, n * sizeof(*s));
}

UINTN path_bytes(const EFI_DEVICE_PATH_PROTOCOL *path)
{
	UINTN size = 0;

	for (;;) {
		const EFI_DEVICE_PATH_PROTOCOL *node = (const void *)((const uint8_t *)path + size);

		size += node->Length[0] | (UINTN)node->Length[1] << 8;
		if (node->Type == EFI_DP_END && node->SubType == EFI_DP_END_ENTIRE)
			return size;
	}
}

void *interface_of(EFI_HANDLE handle, const EFI_GUID *guid)
{
	void *p = NULL;

	return handle && bs->HandleProtocol(handle, guid, &p) == EFI_SUCCESS ? p : NULL;
}

EFI_FILE_PROTOCOL *volume_of(EFI_HANDLE handle)
{
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs = interface_of(handle, &efi_guid_file_system);
	EFI_FILE_PROTOCOL *root = NULL;

	return fs && fs->OpenVolume(fs, &root) == EFI_SUCCESS ? root : NULL;
}

/* The handle of a block device with so many blocks, which is a partition or not. */
static EFI_HANDLE block_handle(UINTN blocks, bool is_partition)
{
	EFI_HANDLE *handles, found = NULL;
	UINTN n = 0;

	if (bs->LocateHandleBuffer(ByProtocol, &efi_guid_block_io, NULL, &n, &handles))
		return NULL;
	for (UINTN i = 0; i < n; i++) {
		EFI_BLOCK_IO_PROTOCOL *b = interface_of(handles[i], &efi_guid_block_io);

		if (b && b->Media->LastBlock + 1 == blocks &&
		    !b->Media->LogicalPartition == !is_partition)
			found = handles[i];
	}
	(void)bs->FreePool(handles);
	return found;
}

EFI_HANDLE disk_handle(UINTN blocks)
{
	return block_handle(blocks, false);
}

EFI_HANDLE partition_handle(UINTN n)
{
	return n == 1 ? loaded->DeviceHandle : block_handle(SECOND_PARTITION_BLOCKS, true);
}

void *read_whole(const CHAR16 *path, UINTN *ret_size)
{
	EFI_FILE_PROTOCOL *root = volume_of(loaded->DeviceHandle), *file;
	EFI_STATUS status;
	void *bytes = NULL;

	*ret_size = READ_MAX;
	if (!root || bs->AllocatePool(EfiLoaderData, READ_MAX, &bytes))
		return NULL;
	status = root->Open(root, &file, path, EFI_FILE_MODE_READ, 0);
	if (!status)
		status = file->Read(file, ret_size, bytes);
	return status ? NULL : bytes;
}
