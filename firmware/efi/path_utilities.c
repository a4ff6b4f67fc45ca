/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Device path utilities (UEFI 2.10, 10.5). Malformed paths have no size, and nothing is made of
 * them. */
#include "small.h"

#define END_BYTES sizeof(EFI_DEVICE_PATH_PROTOCOL)

static EFIAPI UINTN get_size(efi_path *path)
{
	return path ? efi_path_size(path) : 0;
}

static EFIAPI EFI_DEVICE_PATH_PROTOCOL *duplicate(efi_path *path)
{
	return get_size(path) ? efi_path_copy(path) : NULL;
}

static EFIAPI EFI_DEVICE_PATH_PROTOCOL *append_path(efi_path *first, efi_path *second)
{
	UINTN size = get_size(first);

	if ((first && !size) || (second && !get_size(second)))
		return NULL;
	if (!first)
		return second ? efi_path_copy(second) : efi_path_join(NULL, 0, NULL);
	return efi_path_join(first, size - END_BYTES, second);
}

static EFIAPI EFI_DEVICE_PATH_PROTOCOL *append_node(efi_path *path, efi_path *node)
{
	if (path && !get_size(path))
		return NULL;
	if (!node)
		return path ? efi_path_copy(path) : efi_path_join(NULL, 0, NULL);
	if (efi_node_len(node) < END_BYTES)
		return NULL;
	return efi_path_append(path, node, efi_node_len(node));
}

static EFIAPI EFI_DEVICE_PATH_PROTOCOL *append_instance(efi_path *path, efi_path *instance)
{
	UINTN size = get_size(path);
	EFI_DEVICE_PATH_PROTOCOL *joined, *end;

	if (!get_size(instance) || (path && !size))
		return NULL;
	if (!path)
		return efi_path_copy(instance);
	joined = efi_path_join(path, size, instance);
	if (!joined)
		return NULL;
	end = (EFI_DEVICE_PATH_PROTOCOL *)((uint8_t *)joined + size - END_BYTES);
	end->SubType = EFI_DP_END_INSTANCE;
	return joined;
}

static EFIAPI EFI_DEVICE_PATH_PROTOCOL *next_instance(EFI_DEVICE_PATH_PROTOCOL **path, UINTN *size)
{
	efi_path *node;
	EFI_DEVICE_PATH_PROTOCOL *one;
	UINTN n;

	if (size)
		*size = 0;
	if (!path || !get_size(*path))
		return NULL;
	node = *path;
	while (node->Type != EFI_DP_END)
		node = efi_node_next(node);
	n = (UINTN)((const uint8_t *)node - (const uint8_t *)*path);
	one = efi_path_join(*path, n, NULL);
	if (!one)
		return NULL;
	if (size)
		*size = n + END_BYTES;
	*path = efi_node_is_end(node) ? NULL
				      : (EFI_DEVICE_PATH_PROTOCOL *)(uintptr_t)efi_node_next(node);
	return one;
}

static EFIAPI BOOLEAN is_multi(efi_path *path)
{
	if (!get_size(path))
		return false;
	while (path->Type != EFI_DP_END)
		path = efi_node_next(path);
	return !efi_node_is_end(path);
}

static EFIAPI EFI_DEVICE_PATH_PROTOCOL *create_node(uint8_t type, uint8_t sub_type, uint16_t len)
{
	EFI_DEVICE_PATH_PROTOCOL *node = len >= END_BYTES ? efi_new(len) : NULL;

	if (node)
		*node = (EFI_DEVICE_PATH_PROTOCOL){ type,
						    sub_type,
						    { (uint8_t)len, (uint8_t)(len >> 8) } };
	return node;
}

static EFI_DEVICE_PATH_UTILITIES_PROTOCOL utilities = {
	.GetDevicePathSize = get_size,
	.DuplicateDevicePath = duplicate,
	.AppendDevicePath = append_path,
	.AppendDeviceNode = append_node,
	.AppendDevicePathInstance = append_instance,
	.GetNextDevicePathInstance = next_instance,
	.IsDevicePathMultiInstance = is_multi,
	.CreateDeviceNode = create_node,
};

EFI_STATUS efi_path_utilities_init(EFI_HANDLE *handle)
{
	return efi_install(handle, &efi_guid_path_utilities, &utilities);
}
