/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Memory services (UEFI 2.10, 7.2) over the one map of memory. */
#include <cairn/math.h>
#include <fw/platform.h>

#include "core.h"
#include "services.h"

/* Larger than the structure, as the standard warns of: nobody may count in sizeof. */
#define DESCRIPTOR_BYTES (sizeof(EFI_MEMORY_DESCRIPTOR) + 8)

#if defined(__aarch64__)
#define OS_PAGE_BYTES 65536u /* 2.3.6.1: an operating system may have pages of 64 KiB */
#else
#define OS_PAGE_BYTES FW_PAGE_BYTES
#endif

EFI_STATUS efi_status_of(int ret)
{
	switch (-ret) {
	case 0:
		return EFI_SUCCESS;
	case EINVAL:
		return EFI_INVALID_PARAMETER;
	case ENOTSUP:
		return EFI_UNSUPPORTED;
	case ENOMEM:
		return EFI_OUT_OF_RESOURCES;
	case ENOENT:
		return EFI_NOT_FOUND;
	case EROFS:
		return EFI_WRITE_PROTECTED;
	case ENOSPC:
		return EFI_VOLUME_FULL;
	case EPROTO:
		return EFI_VOLUME_CORRUPTED;
	default:
		return EFI_DEVICE_ERROR;
	}
}

static uint64_t granule_of(uint32_t type)
{
	switch (type) {
	case EfiReservedMemoryType:
	case EfiRuntimeServicesCode:
	case EfiRuntimeServicesData:
	case EfiACPIMemoryNVS:
		return OS_PAGE_BYTES;
	default:
		return FW_PAGE_BYTES;
	}
}

static bool round_pages(uint64_t granule, uint64_t *pages)
{
	return cairn_align_up(*pages, granule / FW_PAGE_BYTES, pages) &&
	       *pages <= UINT64_MAX / FW_PAGE_BYTES;
}

/* Whoever listens runs at the end of the service, not in the middle of one. */
static void tell_change(uint64_t key_before)
{
	if (fw_platform.memory.key != key_before)
		efi_event_mark_group(&efi_group_memory_map);
}

EFI_STATUS efi_pages_alloc(enum fw_where where, uint64_t at, uint64_t pages, uint64_t align,
			   uint32_t type, uint64_t *ret_at)
{
	uint64_t granule = granule_of(type), key = fw_platform.memory.key;
	int ret;

	if (where == FW_WHERE_AT && at % granule != 0)
		return EFI_NOT_FOUND;
	if (!round_pages(granule, &pages))
		return EFI_OUT_OF_RESOURCES;
	ret = fw_memory_alloc(&fw_platform.memory, where, at, pages,
			      align > granule ? align : granule, type, ret_at);
	if (ret == 0)
		tell_change(key);
	return efi_status_of(ret);
}

EFI_STATUS efi_pages_free(uint64_t at, uint64_t pages)
{
	const struct fw_memory_entry *e = fw_memory_find(&fw_platform.memory, at);
	uint64_t key = fw_platform.memory.key;
	int ret;

	if (e && !round_pages(granule_of(e->type), &pages))
		return EFI_INVALID_PARAMETER;
	/* Before: a page table that this takes may be made of them. */
	if (e && e->is_allocated)
		efi_memory_attributes_end(at, at + pages * FW_PAGE_BYTES);
	ret = fw_memory_free(&fw_platform.memory, at, pages);
	if (ret == 0)
		tell_change(key);
	return efi_status_of(ret);
}

uint64_t efi_memory_key(void)
{
	return fw_platform.memory.key;
}

/* Table 7-6: types that a caller may ask for; those of an OEM or of a loader are its own. */
static bool may_allocate(uint32_t type)
{
	if (type >= UINT32_C(0x70000000))
		return true;
	return type < EfiMaxMemoryType && type != EfiConventionalMemory &&
	       type != EfiPersistentMemory && type != EfiUnacceptedMemoryType;
}

EFIAPI EFI_STATUS efi_allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages,
				     EFI_PHYSICAL_ADDRESS *memory)
{
	static const enum fw_where where[] = {
		[AllocateAnyPages] = FW_WHERE_ANY,
		[AllocateMaxAddress] = FW_WHERE_BELOW,
		[AllocateAddress] = FW_WHERE_AT,
	};
	EFI_STATUS status;

	if (!memory || (uint32_t)how >= MaxAllocateType || !may_allocate((uint32_t)type))
		return EFI_INVALID_PARAMETER;
	if (how == AllocateAddress && *memory % FW_PAGE_BYTES != 0)
		return EFI_NOT_FOUND;
	if (pages == 0)
		return EFI_INVALID_PARAMETER;
	status = efi_pages_alloc(where[how], how == AllocateAnyPages ? FW_ANY_ADDRESS : *memory,
				 pages, FW_PAGE_BYTES, (uint32_t)type, memory);
	efi_event_dispatch();
	return status;
}

EFIAPI EFI_STATUS efi_free_pages(EFI_PHYSICAL_ADDRESS memory, UINTN pages)
{
	EFI_STATUS status;

	if (memory % FW_PAGE_BYTES != 0 || pages == 0)
		return EFI_INVALID_PARAMETER;
	status = efi_pages_free(memory, pages);
	efi_event_dispatch();
	return status;
}

static EFI_MEMORY_DESCRIPTOR describe(const struct fw_memory_entry *e)
{
	uint64_t attrs = e->attrs;

	if (e->type == EfiRuntimeServicesCode || e->type == EfiRuntimeServicesData)
		attrs |= EFI_MEMORY_RUNTIME;
	return (EFI_MEMORY_DESCRIPTOR){ .Type = e->type,
					.PhysicalStart = e->at,
					.NumberOfPages = e->pages,
					.Attribute = attrs };
}

EFIAPI EFI_STATUS efi_get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
				     UINTN *descriptor_size, uint32_t *descriptor_version)
{
	const struct fw_memory *m = &fw_platform.memory;
	UINTN need = m->n * DESCRIPTOR_BYTES, room;

	if (!size)
		return EFI_INVALID_PARAMETER;
	room = *size;
	*size = need;
	if (descriptor_size)
		*descriptor_size = DESCRIPTOR_BYTES;
	if (descriptor_version)
		*descriptor_version = EFI_MEMORY_DESCRIPTOR_VERSION;
	if (room < need)
		return EFI_BUFFER_TOO_SMALL;
	if (!map)
		return EFI_INVALID_PARAMETER;
	memset(map, 0, need);
	for (uint32_t i = 0; i < m->n; i++) {
		EFI_MEMORY_DESCRIPTOR d = describe(&m->entries[i]);

		memcpy((uint8_t *)map + i * DESCRIPTOR_BYTES, &d, sizeof(d));
	}
	if (key)
		*key = m->key;
	return EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_allocate_pool(EFI_MEMORY_TYPE type, UINTN size, void **ret_buffer)
{
	void *p;

	if (!ret_buffer || !may_allocate((uint32_t)type))
		return EFI_INVALID_PARAMETER;
	p = efi_pool_alloc((uint32_t)type, size);
	if (!p)
		return EFI_OUT_OF_RESOURCES;
	*ret_buffer = p;
	efi_event_dispatch();
	return EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_free_pool(void *buffer)
{
	if (!efi_pool_free(buffer))
		return EFI_INVALID_PARAMETER;
	efi_event_dispatch();
	return EFI_SUCCESS;
}
