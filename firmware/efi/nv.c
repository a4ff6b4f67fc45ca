/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "nv.h"

#include "core.h"
#include "runtime.h"

FW_RT_DATA struct efi_nv efi_nv = { .kind = EFI_NV_NONE };

FW_RT_INLINE EFI_STATUS nv_status(int ret)
{
	if (ret == 0)
		return EFI_SUCCESS;
	if (ret == -ENOSPC)
		return EFI_OUT_OF_RESOURCES;
	return ret == -EROFS || ret == -EACCES ? EFI_WRITE_PROTECTED : EFI_DEVICE_ERROR;
}

FW_RT_INLINE bool is_open(void)
{
	return efi_nv.kind == EFI_NV_FLASH || efi_nv.kind == EFI_NV_FILE_OPEN;
}

FW_RT_CODE uint32_t efi_nv_capacity(void)
{
	uint32_t bytes = EFI_NV_HALF_BYTES;

	if (is_open())
		bytes = cairn_varstore_capacity(&efi_nv.store);
	return bytes < EFI_NV_MOST_BYTES ? bytes : EFI_NV_MOST_BYTES;
}

FW_RT_CODE bool efi_nv_stays(void)
{
	return efi_nv.kind == EFI_NV_FLASH;
}

FW_RT_CODE EFI_STATUS efi_nv_put(const struct cairn_varstore_key *key,
				 const struct cairn_varstore_value *value)
{
	if (efi_nv.kind == EFI_NV_FILE_TO_MAKE && !efi_rt_is_alone)
		efi_nv_make_file();
	return is_open() ? nv_status(cairn_varstore_put(&efi_nv.store, key, value)) : EFI_SUCCESS;
}

FW_RT_CODE EFI_STATUS efi_nv_delete(const struct cairn_varstore_key *key)
{
	int ret = is_open() ? cairn_varstore_delete(&efi_nv.store, key) : 0;

	return ret == -ENOENT ? EFI_SUCCESS : nv_status(ret);
}

FW_RT_CODE void efi_rt_convert_nv(void)
{
	struct cairn_varstore_region *r = &efi_nv.store.region;
	void *at = (void *)(uintptr_t)efi_nv.flash.at;

	if (efi_nv.kind != EFI_NV_FLASH)
		return;
	(void)efi_convert_pointer(0, &at);
	efi_nv.flash.at = (uintptr_t)at;
	(void)efi_convert_pointer(0, &r->ctx);
	(void)efi_convert_pointer(0, (void **)(void *)&r->read);
	(void)efi_convert_pointer(0, (void **)(void *)&r->program);
	(void)efi_convert_pointer(0, (void **)(void *)&r->erase);
}
