/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The EFI side set up, and candidates of the boot flow started (fw/efi_boot.h). */
#include <fw/clock.h>
#include <fw/efi_boot.h>
#include <fw/native.h>

#include "console.h"
#include "disk.h"
#include "image.h"
#include "initrd.h"
#include "runtime.h"
#include "services.h"
#include "small.h"

#define WATCHDOG_S 300u /* 3.1.2: for a program that never comes to anything */

static EFI_HANDLE root; /* the firmware as an image: the parent of what it starts */

static EFI_STATUS init_small(void)
{
	EFI_STATUS(*const inits[])
	(EFI_HANDLE *) = {
		efi_collation_init, efi_path_text_init,        efi_path_utilities_init,
		efi_rng_init,       efi_memory_attribute_init,
	};
	EFI_STATUS status = EFI_SUCCESS;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(inits) && !EFI_ERROR(status); i++)
		status = inits[i](&root);
	return status;
}

/* 3.3: there is no Secure Boot here, and loaders are told so. */
static EFI_STATUS init_variables(void)
{
	static const uint8_t zero, one = 1;
	static const uint64_t indications;
	static const struct {
		const CHAR16 *name;
		const void *data;
		UINTN size;
	} own[] = {
		{ u"SecureBoot", &zero, sizeof(zero) },
		{ u"SetupMode", &one, sizeof(one) },
		{ u"OsIndicationsSupported", &indications, sizeof(indications) },
	};
	EFI_STATUS status = efi_variables_init();

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(own) && !EFI_ERROR(status); i++)
		status = efi_variable_set_own(own[i].name, &efi_guid_global_variable, own[i].data,
					      own[i].size);
	return status;
}

int fw_efi_init(struct fw_devices *devices, struct cairn_err *err)
{
	EFI_STATUS status;

	efi_devices = devices;
	efi_tables_init();
	efi_runtime_init();
	status = efi_config_init();
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

		if (d->block == what->disk && d->first == what->first_block && d->volume)
			return d;
	}
	return NULL;
}

static int error_of(EFI_STATUS status, struct cairn_err *err)
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
	case EFI_OUT_OF_RESOURCES:
		return cairn_err_set(err, ENOMEM, "no memory for the program", 0);
	default:
		return cairn_err_set(err, EIO, "cannot read the program", 0);
	}
}

static EFI_STATUS load(struct efi_disk *d, const char *path, EFI_HANDLE *ret_image)
{
	CHAR16 *name = efi_utf8_to_pool(path);
	EFI_DEVICE_PATH_PROTOCOL *full = name ? efi_path_append_file(d->path, name) : NULL;
	EFI_STATUS status =
	    full ? efi_load_image(true, root, full, NULL, 0, ret_image) : EFI_OUT_OF_RESOURCES;

	(void)efi_pool_free(full);
	(void)efi_pool_free(name);
	return status;
}

static EFI_STATUS set_options(EFI_HANDLE image, const char *options)
{
	EFI_LOADED_IMAGE_PROTOCOL *loaded = efi_interface(image, &efi_guid_loaded_image);
	CHAR16 *text = options ? efi_utf8_to_pool(options) : NULL;

	if (options && !text)
		return EFI_OUT_OF_RESOURCES;
	loaded->LoadOptions = text;
	loaded->LoadOptionsSize = text ? (uint32_t)((efi_strlen(text) + 1) * sizeof(*text)) : 0;
	return EFI_SUCCESS;
}

static EFI_STATUS run(EFI_HANDLE image, const struct fw_efi_candidate *what)
{
	EFI_STATUS status;

	efi_initrd_offer(what->initrd, what->initrd_bytes);
	efi_event_signal_group(&efi_group_ready_to_boot);
	(void)efi_set_watchdog(WATCHDOG_S, 0, 0, NULL);
	status = efi_start_image(image, NULL, NULL);
	(void)efi_set_watchdog(0, 0, 0, NULL);
	efi_initrd_withdraw();
	efi_disks_flush();
	return status;
}

int fw_efi_start(const struct fw_efi_candidate *what, uint64_t *ret_status, struct cairn_err *err)
{
	struct efi_disk *d = disk_of(what);
	EFI_HANDLE image = NULL;
	EFI_STATUS status;
	CHAR16 *text;

	if (!d)
		return cairn_err_set(err, ENODEV, "no file system there", what->first_block);
	status = load(d, what->path, &image);
	if (EFI_ERROR(status))
		return error_of(status, err);
	status = set_options(image, what->options);
	if (EFI_ERROR(status)) {
		(void)efi_unload_image(image);
		return error_of(status, err);
	}
	text = ((EFI_LOADED_IMAGE_PROTOCOL *)efi_interface(image, &efi_guid_loaded_image))
		   ->LoadOptions;
	*ret_status = run(image, what);
	(void)efi_pool_free(text);
	return 0;
}
