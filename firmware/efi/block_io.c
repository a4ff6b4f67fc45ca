/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* BlockIo and DiskIo (UEFI 2.10, 13.9 and 13.7) over a disk's blocks, or some of them. */
#include <cairn/math.h>

#include "disk.h"

#define MEDIA_ID 1u

static struct efi_disk *of_block_io(EFI_BLOCK_IO_PROTOCOL *this)
{
	return cairn_container_of(this, struct efi_disk, block_io);
}

static struct efi_disk *of_disk_io(EFI_DISK_IO_PROTOCOL *this)
{
	return cairn_container_of(this, struct efi_disk, disk_io);
}

static EFI_STATUS check_blocks(const struct efi_disk *d, uint32_t media_id, EFI_LBA lba, UINTN size,
			       const void *buffer)
{
	if (media_id != MEDIA_ID)
		return EFI_MEDIA_CHANGED;
	if (size % d->block->block_bytes != 0)
		return EFI_BAD_BUFFER_SIZE;
	if (size == 0)
		return EFI_SUCCESS; /* no block is one too many */
	if (!cairn_in_range(lba, size / d->block->block_bytes, d->n) || !buffer)
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}

/* What others keep of these blocks is old. */
static void forget(const struct efi_disk *written)
{
	efi_list_each(l, &efi_disks)
	{
		struct efi_disk *d = cairn_container_of(l, struct efi_disk, link);

		if (d->block == written->block && d->volume)
			cairn_fat_forget(&d->volume->fat);
	}
}

static EFIAPI EFI_STATUS reset(EFI_BLOCK_IO_PROTOCOL *this, BOOLEAN extended)
{
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS read_blocks(EFI_BLOCK_IO_PROTOCOL *this, uint32_t media_id, EFI_LBA lba,
				     UINTN size, void *buffer)
{
	struct efi_disk *d = of_block_io(this);
	EFI_STATUS status = check_blocks(d, media_id, lba, size, buffer);

	if (EFI_ERROR(status) || size == 0)
		return status;
	return efi_status_of(
	    fw_block_read(d->block, d->first + lba, buffer, size / d->block->block_bytes));
}

static EFIAPI EFI_STATUS write_blocks(EFI_BLOCK_IO_PROTOCOL *this, uint32_t media_id, EFI_LBA lba,
				      UINTN size, void *buffer)
{
	struct efi_disk *d = of_block_io(this);
	EFI_STATUS status = check_blocks(d, media_id, lba, size, buffer);

	if (EFI_ERROR(status))
		return status;
	if (d->media.ReadOnly)
		return EFI_WRITE_PROTECTED;
	if (size == 0)
		return EFI_SUCCESS;
	forget(d);
	return efi_status_of(
	    fw_block_write(d->block, d->first + lba, buffer, size / d->block->block_bytes));
}

static EFIAPI EFI_STATUS flush_blocks(EFI_BLOCK_IO_PROTOCOL *this)
{
	return efi_status_of(fw_block_flush(of_block_io(this)->block));
}

/* That the bytes lie on the disk is checked where they are read and written. */
static EFI_STATUS check_bytes(uint32_t media_id, UINTN size, const void *buffer)
{
	if (media_id != MEDIA_ID)
		return EFI_MEDIA_CHANGED;
	return size && !buffer ? EFI_INVALID_PARAMETER : EFI_SUCCESS;
}

static EFIAPI EFI_STATUS read_disk(EFI_DISK_IO_PROTOCOL *this, uint32_t media_id, uint64_t off,
				   UINTN size, void *buffer)
{
	struct efi_disk *d = of_disk_io(this);
	EFI_STATUS status = check_bytes(media_id, size, buffer);
	struct cairn_image image;
	struct fw_part part;

	if (EFI_ERROR(status))
		return status;
	fw_part_init(&part, d->block, d->first, d->n);
	image = fw_part_image(&part);
	return efi_status_of(image.read_at(image.ctx, off, buffer, size));
}

static EFIAPI EFI_STATUS write_disk(EFI_DISK_IO_PROTOCOL *this, uint32_t media_id, uint64_t off,
				    UINTN size, void *buffer)
{
	struct efi_disk *d = of_disk_io(this);
	EFI_STATUS status = check_bytes(media_id, size, buffer);
	struct fw_part part;

	if (EFI_ERROR(status))
		return status;
	if (d->media.ReadOnly)
		return EFI_WRITE_PROTECTED;
	forget(d);
	fw_part_init(&part, d->block, d->first, d->n);
	return efi_status_of(fw_part_write(&part, off, buffer, size));
}

void efi_disk_io_init(struct efi_disk *d)
{
	d->media = (EFI_BLOCK_IO_MEDIA){ .MediaId = MEDIA_ID,
					 .RemovableMedia = d->block->is_removable,
					 .MediaPresent = true,
					 .LogicalPartition = d->is_partition,
					 .ReadOnly = d->block->is_readonly || !d->block->ops->write,
					 .WriteCaching = d->block->ops->flush != NULL,
					 .BlockSize = d->block->block_bytes,
					 .LastBlock = d->n - 1 };
	d->block_io = (EFI_BLOCK_IO_PROTOCOL){ .Revision = EFI_BLOCK_IO_REVISION3,
					       .Media = &d->media,
					       .Reset = reset,
					       .ReadBlocks = read_blocks,
					       .WriteBlocks = write_blocks,
					       .FlushBlocks = flush_blocks };
	d->disk_io = (EFI_DISK_IO_PROTOCOL){ .Revision = EFI_DISK_IO_REVISION,
					     .ReadDisk = read_disk,
					     .WriteDisk = write_disk };
}
