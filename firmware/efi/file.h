/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* file.h - an open file of a FAT volume, as the File protocol has it. */
#ifndef FW_EFI_FILE_H
#define FW_EFI_FILE_H

#include "disk.h"

struct efi_file {
	EFI_FILE_PROTOCOL protocol;
	struct efi_volume *volume;
	struct cairn_fat_file fat, dir; /* dir: where a writable one lies, for renaming */
	struct cairn_fat_cursor cursor;
	uint64_t position;
	bool is_writable;
};

static inline struct efi_file *efi_file_of(EFI_FILE_PROTOCOL *this)
{
	return cairn_container_of(this, struct efi_file, protocol);
}

static inline bool efi_file_is_dir(const struct efi_file *f)
{
	return f->fat.info.attr & CAIRN_FAT_DIRECTORY;
}

/* As of the File protocol: what the volume's errors are called there. */
EFI_STATUS efi_file_status(int ret);
/* UTF-8 in a pool block; NULL: no memory. */
char *efi_to_utf8(const CHAR16 *s);
/* The information of a file into a buffer; BUFFER_TOO_SMALL with the size. */
EFI_STATUS efi_file_info(const struct cairn_fat_info *info, uint32_t cluster_bytes, UINTN *size,
			 void *buffer);
/* The volume's clock is set, for what is written next. */
void efi_volume_set_now(struct efi_volume *v);

EFIAPI EFI_STATUS efi_file_get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size,
				    void *buffer);
EFIAPI EFI_STATUS efi_file_set_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN size,
				    void *buffer);
EFI_STATUS efi_file_root(struct efi_volume *v, EFI_FILE_PROTOCOL **ret_root);

#endif
