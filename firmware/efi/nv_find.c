/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Looking for the place of non-volatile variables, and making it. */
#include <fw/console.h>
#include <fw/platform.h>

#include "disk.h"
#include "file.h"
#include "nv.h"
#include "runtime.h"

#define FLASH_MAX        4u
#define FILE_BLOCK_BYTES 4096u
#define FILE_PIECE_BYTES (32u << 10)
#define FILE_BYTES       (2 * EFI_NV_HALF_BYTES)

static struct cairn_fat_file file;
static struct efi_disk *file_disk;

/* Last banks first: the first one holds code, where one does. Without a file behind it flash
 * forgets when the machine is switched off, and cannot be told from other. */
void efi_nv_find_flash(void)
{
	struct fw_flash all[FLASH_MAX];
	uint32_t n = fw_flash_find(&fw_platform, all, FLASH_MAX);

	while (n-- > 0 && efi_nv.kind == EFI_NV_NONE) {
		const struct fw_flash *f = &all[n];
		struct cairn_varstore_region r = { .read = fw_flash_read,
						   .program = fw_flash_program,
						   .erase = fw_flash_erase,
						   .ctx = &efi_nv.flash,
						   .block_bytes = f->block_bytes };
		struct cairn_err err = { 0 };

		r.bytes =
		    2 * cairn_varstore_half_bytes(f->block_bytes, f->bytes, EFI_NV_HALF_BYTES);
		efi_nv.flash = *f;
		if (cairn_varstore_open(&efi_nv.store, &r, &err) < 0) {
			fw_print("flash at %lx is not used: %s\n", f->at, err.what);
			continue;
		}
		if (EFI_ERROR(efi_describe_device(f->at, r.bytes)))
			continue;
		efi_nv.kind = EFI_NV_FLASH;
		fw_print("variables in flash at %lx, %u KiB\n", f->at, r.bytes / 2 >> 10);
	}
}

static int file_read(void *ctx, uint32_t at, void *dst, uint32_t len)
{
	size_t n;
	int ret = cairn_fat_read(&file, at, dst, len, &n);

	return ret < 0 ? ret : n == len ? 0 : -EIO;
}

/* Durable, before what comes next is begun. */
static int file_program(void *ctx, uint32_t at, const void *src, uint32_t len)
{
	int ret = cairn_fat_write(&file, at, src, len);

	return ret < 0 ? ret : fw_block_flush(file_disk->block);
}

/* In pieces: when the power goes while the file grows, one of them is lost and the rest is there.
 */
static int file_erase(void *ctx, uint32_t at, uint32_t len)
{
	static uint8_t erased[FILE_PIECE_BYTES];
	int ret = 0;

	memset(erased, 0xff, sizeof(erased));
	for (uint32_t off = 0; off < len && ret == 0; off += FILE_PIECE_BYTES) {
		uint32_t left = len - off;

		ret = cairn_fat_write(&file, at + off, erased,
				      left < sizeof(erased) ? left : sizeof(erased));
	}
	return ret < 0 ? ret : fw_block_flush(file_disk->block);
}

/* A file that was not finished is made longer. */
static int open_store(void)
{
	const struct cairn_varstore_region r = { .read = file_read,
						 .program = file_program,
						 .erase = file_erase,
						 .block_bytes = FILE_BLOCK_BYTES,
						 .bytes = FILE_BYTES };
	struct cairn_err err = { 0 };
	int ret = 0;

	if (file.info.size_bytes < FILE_BYTES)
		ret = file_erase(NULL, file.info.size_bytes, FILE_BYTES - file.info.size_bytes);
	if (ret == 0)
		ret = cairn_varstore_open(&efi_nv.store, &r, &err);
	if (ret < 0)
		fw_print("\\" EFI_NV_FILE " is not used: %s\n",
			 err.what ? err.what : "it cannot be written");
	return ret;
}

static struct efi_disk *first_esp(void)
{
	efi_list_each(l, &efi_disks)
	{
		struct efi_disk *d = cairn_container_of(l, struct efi_disk, link);

		if (d->is_esp && d->volume)
			return d;
	}
	return NULL;
}

static bool is_fixed(void)
{
	return file_disk->volume->fat.is_readonly || (file.info.attr & CAIRN_FAT_READONLY);
}

void efi_nv_find_file(void)
{
	struct cairn_fat_file root;
	int ret;

	file_disk = efi_nv.kind == EFI_NV_NONE ? first_esp() : NULL;
	if (!file_disk)
		return;
	cairn_fat_root(&file_disk->volume->fat, &root);
	ret = cairn_fat_open(&root, EFI_NV_FILE, &file);
	if (ret == 0 && open_store() == 0)
		efi_nv.kind = is_fixed() ? EFI_NV_FILE_FIXED : EFI_NV_FILE_OPEN;
	else if (ret == -ENOENT && !file_disk->volume->fat.is_readonly)
		efi_nv.kind = EFI_NV_FILE_TO_MAKE;
}

bool efi_nv_next(uint32_t *at, struct cairn_varstore_entry *ret)
{
	if (efi_nv.kind == EFI_NV_NONE || efi_nv.kind == EFI_NV_FILE_TO_MAKE)
		return false;
	return cairn_varstore_next(&efi_nv.store, at, ret) > 0;
}

void efi_nv_make_file(void)
{
	struct cairn_fat_file root;

	efi_nv.kind = EFI_NV_NONE;
	efi_volume_set_now(file_disk->volume);
	cairn_fat_root(&file_disk->volume->fat, &root);
	if (cairn_fat_create(&root, EFI_NV_FILE, 0, &file) == 0 && open_store() == 0)
		efi_nv.kind = EFI_NV_FILE_OPEN;
}
