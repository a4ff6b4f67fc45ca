/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Loading a program (UEFI 2.10, 7.4.1, 7.4.3, 9.1): file, checked PE32+, memory, a handle. */
#include <cairn/loader_pe.h>
#include <fw/arch.h>
#include <fw/native.h>
#include <fw/secure.h>

#include "image.h"
#include "measure.h"
#include "services.h"
#include "variable.h"

enum { SUBSYSTEM_APPLICATION = 10, SUBSYSTEM_BOOT_DRIVER = 11, SUBSYSTEM_RUNTIME_DRIVER = 12 };
#define DLL_NX_COMPAT 0x0100

static EFI_LIST(images);

struct efi_image *efi_image_of(EFI_HANDLE handle)
{
	efi_list_each(l, &images)
	{
		struct efi_image *i = cairn_container_of(l, struct efi_image, link);

		if (handle && i->handle == handle)
			return i;
	}
	return NULL;
}

static EFI_STATUS set_types(struct efi_image *i, uint16_t subsystem)
{
	switch (subsystem) {
	case SUBSYSTEM_APPLICATION:
		i->is_application = true;
		i->loaded.ImageCodeType = EfiLoaderCode;
		i->loaded.ImageDataType = EfiLoaderData;
		return EFI_SUCCESS;
	case SUBSYSTEM_BOOT_DRIVER:
		i->loaded.ImageCodeType = EfiBootServicesCode;
		i->loaded.ImageDataType = EfiBootServicesData;
		return EFI_SUCCESS;
	case SUBSYSTEM_RUNTIME_DRIVER:
		i->loaded.ImageCodeType = EfiRuntimeServicesCode;
		i->loaded.ImageDataType = EfiRuntimeServicesData;
		return EFI_SUCCESS;
	default:
		return EFI_UNSUPPORTED;
	}
}

/* Only a program that says it can live with it: others write to code, or execute data. */
static void protect(const struct efi_image *i, const struct cairn_pe *pe)
{
	if (!(pe->dll_flags & DLL_NX_COMPAT) || !cairn_loader_pe_is_w_xor_x(pe, FW_PAGE_BYTES))
		return;
	for (uint32_t n = 0; n < pe->n_sections; n++) {
		const struct cairn_pe_section *s = &pe->sections[n];
		uint64_t len = (s->mem_bytes + UINT64_C(4095)) & ~UINT64_C(4095);
		enum fw_prot prot = s->perms & CAIRN_PE_EXEC    ? FW_PROT_RX
				    : s->perms & CAIRN_PE_WRITE ? FW_PROT_RW
								: FW_PROT_RO;

		/* Where the page tables are exhausted the program is as free as it was. */
		if (fw_arch_protect(i->at + s->rva, len, prot) < 0)
			return;
	}
}

static void unprotect(const struct efi_image *i)
{
	/* Fails only where there was nothing to change before. */
	int ret = fw_arch_protect(i->at, i->pages * FW_PAGE_BYTES, FW_PROT_RWX);

	(void)ret;
}

static EFI_STATUS status_of_pe(int ret)
{
	if (ret == -EPROTO)
		return EFI_LOAD_ERROR;
	return efi_status_of(ret);
}

/* Elsewhere there is nothing to execute, or it may not be: an exception would end the machine. */
static bool is_code(const struct cairn_pe *pe, uint32_t rva)
{
	for (uint32_t n = 0; n < pe->n_sections; n++) {
		const struct cairn_pe_section *s = &pe->sections[n];

		if (rva >= s->rva && rva - s->rva < s->mem_bytes)
			return s->perms & CAIRN_PE_EXEC;
	}
	return false;
}

static EFI_STATUS load_pe(struct efi_image *i, efi_path *path, const struct efi_source *s)
{
	static struct cairn_pe pe; /* large; one is loaded at a time */
	struct cairn_image file = cairn_loader_image_mem(s->bytes, s->size);
	EFI_STATUS status;
	uint64_t align;
	int ret = cairn_loader_pe_parse(&file, &pe, NULL);

	if (ret < 0)
		return status_of_pe(ret);
	if (pe.machine != FW_NATIVE_PE || pe.entry_rva == 0)
		return EFI_UNSUPPORTED;
	if (efi_auth_renew() < 0 || fw_secure_check(s->bytes, s->size, &pe) < 0)
		return EFI_ACCESS_DENIED;
	if (!is_code(&pe, pe.entry_rva))
		return EFI_LOAD_ERROR;
	status = set_types(i, pe.subsystem);
	if (EFI_ERROR(status))
		return status;
	align = pe.section_align > FW_PAGE_BYTES ? pe.section_align : FW_PAGE_BYTES;
	i->pages = (pe.image_bytes + UINT64_C(4095)) / FW_PAGE_BYTES;
	status = efi_pages_alloc(pe.is_fixed ? FW_WHERE_AT : FW_WHERE_ANY,
				 pe.is_fixed ? pe.image_base : FW_ANY_ADDRESS, i->pages, align,
				 i->loaded.ImageCodeType, &i->at);
	if (EFI_ERROR(status))
		return EFI_OUT_OF_RESOURCES;
	efi_measure_image(s, &pe, i->at, path);
	unprotect(i);
	ret = cairn_loader_pe_load(&pe, &file, (void *)(uintptr_t)i->at, i->at, NULL);
	if (ret < 0) {
		(void)efi_pages_free(i->at, i->pages);
		return status_of_pe(ret);
	}
	i->entry = i->at + pe.entry_rva;
	i->loaded.ImageBase = (void *)(uintptr_t)i->at;
	i->loaded.ImageSize = pe.image_bytes;
	protect(i, &pe);
	fw_arch_sync_code(i->at, pe.image_bytes);
	return EFI_SUCCESS;
}

static EFI_STATUS set_paths(struct efi_image *i, efi_path *path, const struct efi_source *s)
{
	i->loaded.DeviceHandle = s->device;
	if (!path)
		return EFI_SUCCESS;
	i->path = efi_path_copy(path);
	i->loaded.FilePath = efi_path_copy(s->device ? s->rest : path);
	return i->path && i->loaded.FilePath ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS publish(struct efi_image *i)
{
	EFI_STATUS status = efi_install(&i->handle, &efi_guid_loaded_image, &i->loaded);

	if (EFI_ERROR(status))
		return status;
	status = efi_install(&i->handle, &efi_guid_loaded_image_path, i->path);
	if (EFI_ERROR(status))
		(void)efi_uninstall(i->handle, &efi_guid_loaded_image, &i->loaded);
	return status;
}

static void image_free(struct efi_image *i)
{
	efi_list_remove(&i->link);
	if (i->pages) {
		unprotect(i); /* whoever gets the pages next may write to them */
		(void)efi_pages_free(i->at, i->pages);
	}
	(void)efi_pool_free(i->path);
	(void)efi_pool_free(i->loaded.FilePath);
	(void)efi_pool_free(i);
}

static EFI_STATUS image_new(EFI_HANDLE parent, efi_path *path, const struct efi_source *s,
			    EFI_HANDLE *ret_image)
{
	struct efi_image *i = efi_new(sizeof(*i));
	EFI_STATUS status;

	if (!i)
		return EFI_OUT_OF_RESOURCES;
	i->loaded.Revision = EFI_LOADED_IMAGE_REVISION;
	i->loaded.ParentHandle = parent;
	i->loaded.SystemTable = efi_st;
	efi_list_append(&images, &i->link);
	status = load_pe(i, path, s);
	if (EFI_ERROR(status)) {
		i->pages = 0;
	} else {
		status = set_paths(i, path, s);
		if (!EFI_ERROR(status))
			status = publish(i);
	}
	if (EFI_ERROR(status)) {
		image_free(i);
		return status;
	}
	*ret_image = i->handle;
	return EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_load_image(BOOLEAN boot_policy, EFI_HANDLE parent,
				 EFI_DEVICE_PATH_PROTOCOL *path, void *source, UINTN source_size,
				 EFI_HANDLE *ret_image)
{
	struct efi_source s = { .bytes = source, .size = source_size };
	EFI_STATUS status = EFI_SUCCESS;

	if (!ret_image || !efi_image_of(parent))
		return EFI_INVALID_PARAMETER;
	if (!path && !source)
		return EFI_NOT_FOUND;
	if (path && efi_path_size(path) == 0)
		return EFI_INVALID_PARAMETER;
	if (source && source_size == 0)
		return EFI_LOAD_ERROR;
	if (!source)
		status = efi_source_from_path(path, boot_policy, &s);
	else if (path)
		efi_source_locate(path, &s);
	if (!EFI_ERROR(status))
		status = image_new(parent, s.whole ? s.whole : path, &s, ret_image);
	(void)efi_pool_free(s.whole);
	if (s.is_ours)
		(void)efi_pool_free((void *)(uintptr_t)s.bytes);
	efi_event_dispatch();
	return status;
}

void efi_image_drop(struct efi_image *i)
{
	EFI_HANDLE handle = i->handle;

	efi_agent_gone(handle);
	efi_take_away(handle, &efi_guid_loaded_image_path);
	efi_take_away(handle, &efi_guid_loaded_image);
	image_free(i);
}

EFIAPI EFI_STATUS efi_unload_image(EFI_HANDLE image)
{
	struct efi_image *i = efi_image_of(image);

	if (!i)
		return EFI_INVALID_PARAMETER;
	if (i->is_started) {
		EFI_STATUS status;

		if (!i->loaded.Unload)
			return EFI_UNSUPPORTED;
		status = i->loaded.Unload(image);
		if (EFI_ERROR(status))
			return status;
		i = efi_image_of(image);
		if (!i)
			return EFI_SUCCESS;
	}
	efi_image_drop(i);
	return EFI_SUCCESS;
}

EFI_STATUS efi_image_root(EFI_HANDLE *ret_handle)
{
	struct efi_image *i = efi_new(sizeof(*i));
	EFI_STATUS status;

	if (!i)
		return EFI_OUT_OF_RESOURCES;
	i->loaded.Revision = EFI_LOADED_IMAGE_REVISION;
	i->loaded.SystemTable = efi_st;
	i->is_started = true;
	efi_list_append(&images, &i->link);
	status = publish(i);
	if (EFI_ERROR(status))
		image_free(i);
	else
		*ret_handle = i->handle;
	return status;
}
