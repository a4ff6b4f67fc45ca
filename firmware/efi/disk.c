/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Handles for disks and for what the partition table says. */
#include <fw/efi_boot.h>

#include "disk.h"

EFI_LIST(efi_disks);

/* In all, so that a table of a thousand entries does not cost all memory. */
#define PARTITIONS_MAX 128u

static EFI_STATUS publish(struct efi_disk *d)
{
	EFI_STATUS status = efi_install(&d->handle, &efi_guid_device_path, d->path);

	if (!EFI_ERROR(status))
		status = efi_install(&d->handle, &efi_guid_block_io, &d->block_io);
	if (!EFI_ERROR(status))
		status = efi_install(&d->handle, &efi_guid_disk_io, &d->disk_io);
	return status;
}

static EFI_STATUS add(const struct efi_disk *as, struct efi_disk **ret_disk)
{
	struct efi_disk *d = as->path ? efi_new(sizeof(*d)) : NULL;

	if (!d)
		return EFI_OUT_OF_RESOURCES;
	*d = *as;
	efi_disk_io_init(d);
	efi_list_append(&efi_disks, &d->link);
	*ret_disk = d;
	return publish(d);
}

static EFI_STATUS add_partition(const struct efi_disk *whole, const struct cairn_partitions *table,
				const struct cairn_partition *p)
{
	struct efi_disk as = { .block = whole->block,
			       .first = p->first,
			       .n = p->n,
			       .is_partition = true,
			       .is_esp = p->is_esp,
			       .is_xbootldr = p->is_xbootldr,
			       .unique = p->unique,
			       .path = efi_partition_path(whole->path, table, p) };
	struct efi_disk *d;
	EFI_STATUS status = add(&as, &d);

	if (!EFI_ERROR(status))
		status = efi_volume_add(d);
	if (!EFI_ERROR(status) && !d->volume && d->is_xbootldr)
		status = efi_ext4_add(d);
	return status;
}

static EFI_STATUS add_partitions(const struct efi_disk *whole, struct cairn_partitions *table)
{
	struct cairn_partition p;
	EFI_STATUS status = EFI_SUCCESS;
	int ret;

	for (uint32_t n = 0; n < PARTITIONS_MAX && !EFI_ERROR(status); n++) {
		ret = cairn_partition_next(table, &p, NULL);
		if (ret == 0)
			break;
		if (ret > 0)
			status = add_partition(whole, table, &p);
	}
	return status;
}

EFI_STATUS efi_disk_add(struct fw_block *b)
{
	struct efi_disk as = { .block = b, .n = b->n_blocks, .path = efi_disk_path(&b->at) };
	static struct cairn_partitions table;
	struct cairn_image image;
	struct fw_part all;
	struct efi_disk *d;
	EFI_STATUS status = add(&as, &d);

	if (EFI_ERROR(status))
		return status;
	fw_part_init(&all, b, 0, b->n_blocks);
	image = fw_part_image(&all);
	if (cairn_partition_open(&image, b->block_bytes, &table, NULL) == 0)
		return add_partitions(d, &table);
	d->is_esp = true;
	return efi_volume_add(d);
}

bool fw_efi_volume(uint32_t i, struct fw_efi_volume *ret_volume)
{
	efi_list_each(l, &efi_disks)
	{
		const struct efi_disk *d = cairn_container_of(l, struct efi_disk, link);

		if (!d->is_partition && !d->is_esp)
			continue;
		if (i-- > 0)
			continue;
		*ret_volume = (struct fw_efi_volume){ .disk = d->block,
						      .first_block = d->first,
						      .n_blocks = d->n,
						      .is_esp = d->is_esp,
						      .is_xbootldr = d->is_xbootldr,
						      .part = d->unique,
						      .fat = d->volume ? &d->volume->fat : NULL,
						      .ext4 = d->ext4 ? &d->ext4->fs : NULL };
		return true;
	}
	return false;
}

void efi_disks_flush(void)
{
	efi_list_each(l, &efi_disks)
	{
		struct efi_disk *d = cairn_container_of(l, struct efi_disk, link);

		/* Nobody is left to be told that it failed. */
		if (d->volume && cairn_fat_flush(&d->volume->fat) < 0)
			continue;
	}
}
