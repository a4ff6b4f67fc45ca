/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* image.h - a loaded program: what LoadImage makes, StartImage runs and Exit ends. */
#ifndef FW_EFI_IMAGE_H
#define FW_EFI_IMAGE_H

#include "core.h"

struct efi_image {
	EFI_LOADED_IMAGE_PROTOCOL loaded;
	struct efi_link link;
	EFI_HANDLE handle;
	EFI_DEVICE_PATH_PROTOCOL *path; /* whole; NULL when it came from memory without one */
	uint64_t at, pages, entry;
	bool is_application, is_started;
	/* While it runs: */
	struct efi_image *below; /* who started it */
	void *frame;
	UINTN exit_data_size;
	CHAR16 *exit_data;
};

/* NULL when the handle is no image's. */
struct efi_image *efi_image_of(EFI_HANDLE handle);
/* The one that runs, or NULL. */
struct efi_image *efi_image_running(void);
/* Protocols, memory and the object itself. The image does not run. */
void efi_image_drop(struct efi_image *i);
/* A handle for the firmware itself: the parent of what it starts. */
EFI_STATUS efi_image_root(EFI_HANDLE *ret_handle);

struct efi_source { /* a program's file in memory */
	const void *bytes;
	UINTN size;
	bool is_ours;      /* pool to be freed */
	EFI_HANDLE device; /* whose path begins `path`, or NULL */
	efi_path *rest;    /* of the path, behind the device's */
	/* The path that a short one stood for, in pool memory to be freed; NULL: it was whole. */
	EFI_DEVICE_PATH_PROTOCOL *whole;
};

/*
 * The file that a device path names, through the file system or LoadFile protocols of whoever
 * offers them. Status as of LoadImage (UEFI 2.10, 7.4.1).
 */
EFI_STATUS efi_source_from_path(efi_path *path, BOOLEAN boot_policy, struct efi_source *ret);
/* Only `device` and `rest` of it: the bytes are there. */
void efi_source_locate(efi_path *path, struct efi_source *ret);

#endif
