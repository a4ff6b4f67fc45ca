/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* SimpleFileSystem (UEFI 2.10, 13.4) where a disk or partition holds a FAT volume. */
#include <cairn/civil.h>
#include <fw/clock.h>

#include "file.h"

static int part_write(void *ctx, uint64_t off, const void *src, size_t len)
{
	return fw_part_write(ctx, off, src, len);
}

static int part_flush(void *ctx)
{
	struct fw_part *p = ctx;

	return fw_block_flush(p->block);
}

void efi_volume_set_now(struct efi_volume *v)
{
	struct cairn_civil now = { 0 };
	int64_t seconds;

	if (fw_rtc_get(&seconds) == 0 && seconds > 0)
		cairn_civil_of(seconds, &now);
	cairn_fat_set_now(&v->fat, &now);
}

static EFIAPI EFI_STATUS open_volume(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *this,
				     EFI_FILE_PROTOCOL **root)
{
	if (!root)
		return EFI_INVALID_PARAMETER;
	return efi_file_root(cairn_container_of(this, struct efi_volume, protocol), root);
}

EFI_STATUS efi_volume_add(struct efi_disk *d)
{
	struct efi_volume *v = efi_new(sizeof(*v));
	struct cairn_fat_disk disk;
	struct cairn_image image;

	if (!v)
		return EFI_OUT_OF_RESOURCES;
	fw_part_init(&v->part, d->block, d->first, d->n);
	image = fw_part_image(&v->part);
	disk = (struct cairn_fat_disk){ .read_at = image.read_at,
					.write_at = d->media.ReadOnly ? NULL : part_write,
					.flush = part_flush,
					.size_bytes = image.size_bytes,
					.ctx = image.ctx };
	if (cairn_fat_mount(&disk, &v->fat, NULL) < 0) {
		(void)efi_pool_free(v);
		return EFI_SUCCESS;
	}
	v->protocol = (EFI_SIMPLE_FILE_SYSTEM_PROTOCOL){ .Revision = EFI_FILE_FS_REVISION,
							 .OpenVolume = open_volume };
	d->volume = v;
	return efi_install(&d->handle, &efi_guid_file_system, &v->protocol);
}
