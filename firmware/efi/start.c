/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The EFI side set up, and candidates of the boot flow started (fw/efi_boot.h). */
#include <fw/clock.h>
#include <fw/efi_boot.h>
#include <fw/native.h>
#include <fw/secure.h>

#include "boot.h"
#include "console.h"
#include "disk.h"
#include "image.h"
#include "initrd.h"
#include "measure.h"
#include "nv.h"
#include "runtime.h"
#include "services.h"
#include "small.h"
#include "variable.h"

#define WATCHDOG_S 300u /* 3.1.2: for a program that never comes to anything */

static EFI_HANDLE root; /* the firmware as an image: the parent of what it starts */

static EFI_STATUS init_small(void)
{
	EFI_STATUS(*const inits[])
	(EFI_HANDLE *) = {
		efi_collation_init, efi_path_text_init,        efi_path_utilities_init,
		efi_rng_init,       efi_memory_attribute_init, efi_path_parse_init,
	};
	EFI_STATUS status = EFI_SUCCESS;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(inits) && !EFI_ERROR(status); i++)
		status = inits[i](&root);
	return status;
}

/* 3.3 and 32.3: what loaders ask. */
static EFI_STATUS init_variables(void)
{
	static const uint64_t indications;
	const uint8_t is_secure = fw_secure_is_on(), is_setup = !is_secure;
	size_t n_kinds;
	const void *kinds = fw_secure_kinds(&n_kinds);
	const struct {
		const CHAR16 *name;
		const void *data;
		UINTN size;
	} own[] = {
		{ u"SecureBoot", &is_secure, sizeof(is_secure) },
		{ u"SetupMode", &is_setup, sizeof(is_setup) },
		{ u"SignatureSupport", kinds, n_kinds },
		{ u"OsIndicationsSupported", &indications, sizeof(indications) },
	};
	EFI_STATUS status = EFI_SUCCESS;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(own) && !EFI_ERROR(status); i++)
		if (own[i].size)
			status = efi_variable_set_own(own[i].name, &efi_guid_global_variable, 0,
						      own[i].data, own[i].size);
	return status;
}

int fw_efi_init(struct fw_devices *devices, struct cairn_err *err)
{
	EFI_STATUS status;

	if (fw_secure_init(&fw_platform, err) < 0)
		return -EACCES;
	efi_devices = devices;
	efi_tables_init();
	efi_runtime_init();
	efi_nv_find_flash();
	status = efi_config_init();
	if (!EFI_ERROR(status))
		status = efi_variables_init();
	if (!EFI_ERROR(status) && efi_auth_start(err) < 0)
		return -EACCES;
	if (!EFI_ERROR(status))
		status = init_variables();
	if (!EFI_ERROR(status))
		status = efi_image_root(&root);
	if (!EFI_ERROR(status))
		status = efi_console_init();
	if (!EFI_ERROR(status))
		status = init_small();
	for (uint32_t i = 0; i < devices->n_disks && !EFI_ERROR(status); i++)
		status = efi_disk_add(devices->disks[i]);
	if (EFI_ERROR(status))
		return cairn_err_set(err, ENOMEM, "no memory for EFI's services", 0);
	efi_nv_find_file();
	efi_variables_load();
	efi_measure_init();
	return 0;
}

const char *fw_efi_default_path(void)
{
	return "\\EFI\\BOOT\\BOOT" FW_NATIVE_EFI ".EFI";
}

static struct efi_disk *disk_of(const struct fw_efi_candidate *what)
{
	efi_list_each(l, &efi_disks)
	{
		struct efi_disk *d = cairn_container_of(l, struct efi_disk, link);

		if (d->block == what->disk && d->first == what->first_block &&
		    (d->volume || d->ext4))
			return d;
	}
	return NULL;
}

int efi_boot_error(EFI_STATUS status, struct cairn_err *err)
{
	switch (status) {
	case EFI_SUCCESS:
		return 0;
	case EFI_NOT_FOUND:
		return cairn_err_set(err, ENOENT, "no such file", 0);
	case EFI_LOAD_ERROR:
		return cairn_err_set(err, EPROTO, "not an EFI program, or a broken one", 0);
	case EFI_UNSUPPORTED:
		return cairn_err_set(err, ENOTSUP, "a program for another machine", 0);
	case EFI_NO_MAPPING:
		return cairn_err_set(err, ENOTSUP, "a device tree, where the machine has none", 0);
	case EFI_ACCESS_DENIED:
		return cairn_err_set(err, EACCES, "Secure Boot does not allow it", 0);
	case EFI_OUT_OF_RESOURCES:
		return cairn_err_set(err, ENOMEM, "no memory for the program", 0);
	default:
		return cairn_err_set(err, EIO, "cannot read the program", 0);
	}
}

EFI_STATUS efi_boot_load(EFI_DEVICE_PATH_PROTOCOL *path, EFI_HANDLE *ret_image)
{
	efi_measure_attempt();
	return efi_load_image(true, root, path, NULL, 0, ret_image);
}

static EFI_STATUS load(struct efi_disk *d, const char *path, EFI_HANDLE *ret_image)
{
	CHAR16 *name = efi_utf8_to_pool(path);
	EFI_DEVICE_PATH_PROTOCOL *full = name ? efi_path_append_file(d->path, name) : NULL;
	EFI_STATUS status = full ? efi_boot_load(full, ret_image) : EFI_OUT_OF_RESOURCES;

	(void)efi_pool_free(full);
	(void)efi_pool_free(name);
	return status;
}

static void *config_table(const EFI_GUID *guid)
{
	for (UINTN i = 0; i < efi_st->NumberOfTableEntries; i++)
		if (efi_guid_equal(&efi_st->ConfigurationTable[i].VendorGuid, guid))
			return efi_st->ConfigurationTable[i].VendorTable;
	return NULL;
}

/* In place of the machine's; without one the operating system is used to ACPI, and keeps to it. */
static EFI_STATUS swap_dtb(const void *dtb, uint64_t len, void **ret_old, uint64_t *ret_at)
{
	uint64_t pages = (len + FW_PAGE_BYTES - 1) / FW_PAGE_BYTES;
	EFI_STATUS status;

	*ret_old = config_table(&efi_guid_dtb);
	if (!*ret_old)
		return EFI_NO_MAPPING;
	status = efi_pages_alloc(FW_WHERE_ANY, FW_ANY_ADDRESS, pages, FW_PAGE_BYTES,
				 EfiACPIReclaimMemory, ret_at);
	if (EFI_ERROR(status))
		return status;
	memcpy((void *)(uintptr_t)*ret_at, dtb, len);
	return efi_config_table(&efi_guid_dtb, (void *)(uintptr_t)*ret_at);
}

static UINTN run(EFI_HANDLE image, const struct fw_efi_candidate *what)
{
	UINTN status;

	efi_initrd_offer(what ? what->initrd : NULL, what ? what->initrd_bytes : 0);
	efi_event_signal_group(&efi_group_ready_to_boot);
	(void)efi_set_watchdog(WATCHDOG_S, 0, 0, NULL);
	status = efi_start_image(image, NULL, NULL);
	(void)efi_set_watchdog(0, 0, 0, NULL);
	efi_initrd_withdraw();
	efi_disks_flush();
	return status;
}

EFI_STATUS efi_boot_run(EFI_HANDLE image, const void *options, UINTN options_bytes,
			const struct fw_efi_candidate *what, uint64_t *ret_status)
{
	EFI_LOADED_IMAGE_PROTOCOL *loaded = efi_interface(image, &efi_guid_loaded_image);
	uint8_t *copy = options_bytes ? efi_pool_alloc(EfiBootServicesData, options_bytes) : NULL;
	bool has_dtb = what && what->dtb_bytes;
	EFI_STATUS status = EFI_SUCCESS;
	void *old_dtb = NULL;
	uint64_t dtb_at = 0;

	if (options_bytes && !copy)
		status = EFI_OUT_OF_RESOURCES;
	if (!EFI_ERROR(status) && has_dtb)
		status = swap_dtb(what->dtb, what->dtb_bytes, &old_dtb, &dtb_at);
	if (EFI_ERROR(status)) {
		(void)efi_unload_image(image);
	} else {
		if (copy)
			memcpy(copy, options, options_bytes);
		loaded->LoadOptions = copy;
		loaded->LoadOptionsSize = (uint32_t)options_bytes;
		efi_measure_handed(options, options_bytes, what);
		*ret_status = run(image, what);
		efi_measure_returned();
		loaded = efi_interface(image, &efi_guid_loaded_image);
		if (loaded) { /* a driver that stays */
			loaded->LoadOptions = NULL;
			loaded->LoadOptionsSize = 0;
		}
	}
	if (old_dtb)
		(void)efi_config_table(&efi_guid_dtb, old_dtb);
	if (dtb_at)
		(void)efi_pages_free(dtb_at, (what->dtb_bytes + FW_PAGE_BYTES - 1) / FW_PAGE_BYTES);
	(void)efi_pool_free(copy);
	return status;
}

int fw_efi_start(const struct fw_efi_candidate *what, uint64_t *ret_status, struct cairn_err *err)
{
	struct efi_disk *d = disk_of(what);
	EFI_HANDLE image = NULL;
	EFI_STATUS status;
	CHAR16 *text = NULL;

	if (!d)
		return cairn_err_set(err, ENODEV, "no file system there", what->first_block);
	status = load(d, what->path, &image);
	if (EFI_ERROR(status))
		return efi_boot_error(status, err);
	if (what->options) {
		text = efi_utf8_to_pool(what->options);
		if (!text) {
			(void)efi_unload_image(image);
			return efi_boot_error(EFI_OUT_OF_RESOURCES, err);
		}
	}
	status = efi_boot_run(image, text, text ? (efi_strlen(text) + 1) * sizeof(*text) : 0, what,
			      ret_status);
	(void)efi_pool_free(text);
	return efi_boot_error(status, err);
}
