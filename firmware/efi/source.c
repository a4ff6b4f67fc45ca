/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A program's file by its device path, through protocols that anybody may have installed. */
#include <cairn/le.h>
#include <fw/platform.h>

#include "image.h"

#define NAMES_MAX         64u /* file path nodes in one path */
#define MEMORY_NODE_BYTES 24u

/* Opens node after node; what was opened on the way is closed. */
static EFI_STATUS open_path(EFI_FILE_PROTOCOL *root, efi_path *node, EFI_FILE_PROTOCOL **ret_file)
{
	EFI_FILE_PROTOCOL *dir = root, *next;

	for (UINTN i = 0; i < NAMES_MAX && efi_node_is(node, EFI_DP_MEDIA, EFI_DP_MEDIA_FILEPATH);
	     i++) {
		UINTN bytes = efi_node_len(node) - sizeof(*node);
		CHAR16 *name = efi_new(bytes + sizeof(CHAR16)); /* aligned, and ended */
		EFI_STATUS status = name ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;

		if (name) {
			memcpy(name, node + 1, bytes);
			status = dir->Open(dir, &next, name, EFI_FILE_MODE_READ, 0);
			(void)efi_pool_free(name);
		}
		(void)dir->Close(dir);
		if (EFI_ERROR(status))
			return status;
		dir = next;
		node = efi_node_next(node);
	}
	*ret_file = dir;
	return EFI_SUCCESS;
}

static EFI_STATUS file_size(EFI_FILE_PROTOCOL *file, UINTN *ret_size)
{
	EFI_GUID type = efi_guid_file_info;
	EFI_FILE_INFO *info;
	UINTN size = 0;
	EFI_STATUS status = file->GetInfo(file, &type, &size, NULL);

	if (status != EFI_BUFFER_TOO_SMALL || size < sizeof(*info))
		return EFI_ERROR(status) && status != EFI_BUFFER_TOO_SMALL ? status
									   : EFI_DEVICE_ERROR;
	info = efi_new(size);
	if (!info)
		return EFI_OUT_OF_RESOURCES;
	status = file->GetInfo(file, &type, &size, info);
	if (!EFI_ERROR(status))
		*ret_size = info->FileSize;
	if (!EFI_ERROR(status) && (info->Attribute & EFI_FILE_DIRECTORY))
		status = EFI_NOT_FOUND;
	(void)efi_pool_free(info);
	return status;
}

static EFI_STATUS read_file(EFI_FILE_PROTOCOL *file, struct efi_source *s)
{
	void *bytes;
	UINTN size = 0, got;
	EFI_STATUS status = file_size(file, &size);

	if (EFI_ERROR(status))
		return status;
	bytes = efi_pool_alloc(EfiBootServicesData, size);
	if (!bytes)
		return EFI_OUT_OF_RESOURCES;
	got = size;
	status = file->Read(file, &got, bytes);
	if (EFI_ERROR(status) || got != size) {
		(void)efi_pool_free(bytes);
		return EFI_ERROR(status) ? status : EFI_DEVICE_ERROR;
	}
	s->bytes = bytes;
	s->size = size;
	s->is_ours = true;
	return EFI_SUCCESS;
}

static EFI_STATUS from_file_system(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs, struct efi_source *s)
{
	EFI_FILE_PROTOCOL *root, *file;
	EFI_STATUS status = fs->OpenVolume(fs, &root);

	if (EFI_ERROR(status))
		return status;
	status = open_path(root, s->rest, &file);
	if (EFI_ERROR(status))
		return status;
	status = read_file(file, s);
	(void)file->Close(file);
	return status;
}

static EFI_STATUS from_load_file(EFI_LOAD_FILE_PROTOCOL *lf, BOOLEAN boot_policy,
				 struct efi_source *s)
{
	EFI_DEVICE_PATH_PROTOCOL *rest = (EFI_DEVICE_PATH_PROTOCOL *)(uintptr_t)s->rest;
	UINTN size = 0;
	void *bytes;
	EFI_STATUS status = lf->LoadFile(lf, rest, boot_policy, &size, NULL);

	if (status != EFI_BUFFER_TOO_SMALL)
		return EFI_ERROR(status) ? status : EFI_DEVICE_ERROR;
	bytes = efi_pool_alloc(EfiBootServicesData, size);
	if (!bytes)
		return EFI_OUT_OF_RESOURCES;
	status = lf->LoadFile(lf, rest, boot_policy, &size, bytes);
	if (EFI_ERROR(status)) {
		(void)efi_pool_free(bytes);
		return status;
	}
	s->bytes = bytes;
	s->size = size;
	s->is_ours = true;
	return EFI_SUCCESS;
}

/* 10.3.2.4: bytes that lie in memory already. Only what the map has is looked at. */
static EFI_STATUS from_memory(efi_path *node, struct efi_source *s)
{
	const uint8_t *b = (const uint8_t *)node;
	uint64_t first, last, at;

	if (efi_node_len(node) != MEMORY_NODE_BYTES)
		return EFI_INVALID_PARAMETER;
	first = cairn_le_load(b + 8, 8);
	last = cairn_le_load(b + 16, 8);
	if (last < first || last == UINT64_MAX)
		return EFI_INVALID_PARAMETER;
	for (at = first; at <= last;) {
		const struct fw_memory_entry *e = fw_memory_find(&fw_platform.memory, at);

		if (!e || e->type == FW_MEM_MMIO || e->type == FW_MEM_RESERVED)
			return EFI_NOT_FOUND;
		at = e->at + e->pages * FW_PAGE_BYTES;
	}
	s->bytes = (const void *)(uintptr_t)first;
	s->size = last - first + 1;
	return EFI_SUCCESS;
}

/*
 * 10.3.5.1: a path that begins with a partition's node stands for whichever disk has the partition.
 * The whole path in pool memory, or NULL: there is no such partition, or no memory.
 */
static EFI_DEVICE_PATH_PROTOCOL *expand(efi_path *path)
{
	efi_list_each(l, &efi_handles)
	{
		struct efi_handle *h = cairn_container_of(l, struct efi_handle, link);
		efi_path *own = efi_interface(h, &efi_guid_device_path);
		UINTN size = own ? efi_path_size(own) : 0;

		if (size && efi_node_is_same_partition(path, efi_path_last(own)))
			return efi_path_join(own, size - sizeof(*own), efi_node_next(path));
	}
	return NULL;
}

static bool locate(const EFI_GUID *guid, efi_path *path, struct efi_source *s)
{
	s->rest = path;
	s->device = efi_path_locate(guid, &s->rest);
	return s->device != NULL;
}

static EFI_STATUS from_path(efi_path *path, BOOLEAN boot_policy, struct efi_source *ret)
{
	if (locate(&efi_guid_file_system, path, ret))
		return from_file_system(efi_interface(ret->device, &efi_guid_file_system), ret);
	if (!boot_policy && locate(&efi_guid_load_file2, path, ret))
		return from_load_file(efi_interface(ret->device, &efi_guid_load_file2), false, ret);
	if (locate(&efi_guid_load_file, path, ret))
		return from_load_file(efi_interface(ret->device, &efi_guid_load_file), boot_policy,
				      ret);
	return EFI_NOT_FOUND;
}

EFI_STATUS efi_source_from_path(efi_path *path, BOOLEAN boot_policy, struct efi_source *ret)
{
	*ret = (struct efi_source){ 0 };
	if (efi_path_size(path) == 0)
		return EFI_INVALID_PARAMETER;
	if (efi_node_is(path, EFI_DP_HARDWARE, EFI_DP_HW_MEMORY) &&
	    efi_node_is_end(efi_node_next(path)))
		return from_memory(path, ret);
	if (!efi_node_is(path, EFI_DP_MEDIA, EFI_DP_MEDIA_HARDDRIVE))
		return from_path(path, boot_policy, ret);
	ret->whole = expand(path);
	return ret->whole ? from_path(ret->whole, boot_policy, ret) : EFI_NOT_FOUND;
}

void efi_source_locate(efi_path *path, struct efi_source *ret)
{
	if (!locate(&efi_guid_file_system, path, ret))
		(void)locate(&efi_guid_device_path, path, ret);
}
