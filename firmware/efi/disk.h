/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * disk.h - disks, their partitions and file systems as EFI sees them: a handle each, with device
 * path, BlockIo, DiskIo and, where there is a volume, SimpleFileSystem.
 */
#ifndef FW_EFI_DISK_H
#define FW_EFI_DISK_H

#include <cairn/ext4.h>
#include <cairn/fat.h>
#include <cairn/partition.h>
#include <fw/devices.h>

#include "core.h"

struct efi_volume {
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL protocol;
	struct fw_part part;
	struct cairn_fat fat;
};

struct efi_ext4_volume { /* read only */
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL protocol;
	struct fw_part part;
	struct cairn_ext4 fs;
};

struct efi_disk { /* a whole one, or a partition */
	struct efi_link link;
	struct fw_block *block;
	uint64_t first, n;
	bool is_partition, is_esp, is_xbootldr;
	struct cairn_guid unique; /* the partition's, of a GPT; else zeroes */
	EFI_HANDLE handle;
	EFI_DEVICE_PATH_PROTOCOL *path;
	EFI_BLOCK_IO_MEDIA media;
	EFI_BLOCK_IO_PROTOCOL block_io;
	EFI_DISK_IO_PROTOCOL disk_io;
	struct efi_volume *volume;    /* or NULL */
	struct efi_ext4_volume *ext4; /* or NULL */
};

extern struct fw_devices *efi_devices; /* all that there are, until the boot services end */
extern struct efi_link efi_disks;      /* each whole disk, then its partitions */

/* A handle for the disk, one for each of its partitions. Broken tables are no error. */
EFI_STATUS efi_disk_add(struct fw_block *b);
/* BlockIo and DiskIo. */
void efi_disk_io_init(struct efi_disk *d);
/* SUCCESS with d->volume NULL where there is no file system. */
EFI_STATUS efi_volume_add(struct efi_disk *d);
/* Likewise, d->ext4. */
EFI_STATUS efi_ext4_add(struct efi_disk *d);

/* Where a device sits; NULL: no memory. */
EFI_DEVICE_PATH_PROTOCOL *efi_disk_path(const struct fw_location *at);
EFI_DEVICE_PATH_PROTOCOL *efi_partition_path(efi_path *disk, const struct cairn_partitions *table,
					     const struct cairn_partition *p);

#endif
