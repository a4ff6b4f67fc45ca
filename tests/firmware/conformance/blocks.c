/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Blocks and bytes of disks (UEFI 2.10, 13.9 and 13.7). The second disk's byte n is n / 512 % 251.
 */
#include "conform.h"

static uint8_t room[8 * 512 + 64];
static EFI_BLOCK_IO_PROTOCOL *b;
static EFI_DISK_IO_PROTOCOL *d;
static uint32_t id;

static bool is_all(const uint8_t *p, UINTN n, uint8_t value)
{
	while (n--)
		if (*p++ != value)
			return false;
	return true;
}

static void say_media(const char *what, EFI_HANDLE h)
{
	EFI_BLOCK_IO_PROTOCOL *io = interface_of(h, &efi_guid_block_io);

	if (!io) {
		say(what, EFI_NOT_FOUND, "");
		return;
	}
	say(what, EFI_SUCCESS, "size %u last %u part %u closed %u present %u align %u",
	    U(io->Media->BlockSize), U(io->Media->LastBlock), U(io->Media->LogicalPartition),
	    U(io->Media->ReadOnly), U(io->Media->MediaPresent), U(io->Media->IoAlign <= 1));
}

static void say_reads(void)
{
	say("block read", b->ReadBlocks(b, id, 3, 512, room), "same %u", U(is_all(room, 512, 3)));
	say("block read-many", b->ReadBlocks(b, id, 1, 8 * 512, room), "first %u last %u",
	    U(is_all(room, 512, 1)), U(is_all(room + 7 * 512, 512, 8)));
	say("block read-unaligned", b->ReadBlocks(b, id, 9, 1024, room + 1), "same %u",
	    U(is_all(room + 1, 512, 9) && is_all(room + 513, 512, 10)));
	say("block read-nothing", b->ReadBlocks(b, id, 0, 0, room), "");
	say("block read-nothing-far", b->ReadBlocks(b, id, SECOND_DISK_BLOCKS + 5, 0, room), "");
	say("block read-odd-size", b->ReadBlocks(b, id, 0, 513, room), "");
	say("block read-no-buffer", b->ReadBlocks(b, id, 0, 512, NULL), "");
	say("block read-other-media", b->ReadBlocks(b, id + 1, 0, 512, room), "");
	say("block read-last", b->ReadBlocks(b, id, SECOND_DISK_BLOCKS - 1, 512, room), "");
	say("block read-behind", b->ReadBlocks(b, id, SECOND_DISK_BLOCKS, 512, room), "");
	say("block read-over-the-end", b->ReadBlocks(b, id, SECOND_DISK_BLOCKS - 1, 1024, room),
	    "");
	say("block read-overflow", b->ReadBlocks(b, id, UINT64_MAX, 512, room), "");
}

static void say_writes(void)
{
	bs->SetMem(room, sizeof(room), 0xa5);
	say("block write", b->WriteBlocks(b, id, 100, 1024, room + 3), "");
	bs->SetMem(room, sizeof(room), 0);
	say("block write-read-back", b->ReadBlocks(b, id, 99, 4 * 512, room), "same %u %u",
	    U(is_all(room + 512, 1024, 0xa5)), U(is_all(room, 512, 99)));
	say("block write-odd-size", b->WriteBlocks(b, id, 0, 100, room), "");
	say("block write-other-media", b->WriteBlocks(b, id + 1, 0, 512, room), "");
	say("block write-behind", b->WriteBlocks(b, id, SECOND_DISK_BLOCKS, 512, room), "");
	say("block write-no-buffer", b->WriteBlocks(b, id, 0, 512, NULL), "");
	say("block write-nothing", b->WriteBlocks(b, id, 0, 0, room), "");
	say("block flush", b->FlushBlocks(b), "");
	say("block reset", b->Reset(b, true), "");
}

static void say_closed(void)
{
	EFI_BLOCK_IO_PROTOCOL *closed =
	    interface_of(disk_handle(READ_ONLY_DISK_BLOCKS), &efi_guid_block_io);

	if (!closed)
		return;
	say("block closed-write", closed->WriteBlocks(closed, closed->Media->MediaId, 0, 512, room),
	    "");
	say("block closed-read", closed->ReadBlocks(closed, closed->Media->MediaId, 0, 512, room),
	    "");
}

void block_group(void)
{
	EFI_HANDLE h = disk_handle(SECOND_DISK_BLOCKS);

	say_media("block first-partition", partition_handle(1));
	say_media("block second-partition", partition_handle(2));
	say_media("block plain", h);
	say_media("block closed", disk_handle(READ_ONLY_DISK_BLOCKS));
	b = interface_of(h, &efi_guid_block_io);
	d = interface_of(h, &efi_guid_disk_io);
	say("block found", EFI_SUCCESS, "%u %u system %u", U(b != NULL), U(d != NULL),
	    U(interface_of(h, &efi_guid_file_system) != NULL));
	if (!b || !d)
		return;
	id = b->Media->MediaId;
	say_reads();
	say_writes();
	say_closed();
}

static void say_partition(void)
{
	EFI_DISK_IO_PROTOCOL *part = interface_of(partition_handle(2), &efi_guid_disk_io);
	EFI_BLOCK_IO_PROTOCOL *io = interface_of(partition_handle(2), &efi_guid_block_io);
	uint64_t bytes = SECOND_PARTITION_BLOCKS * UINT64_C(512);

	if (!part || !io)
		return;
	id = io->Media->MediaId;
	say("disk part-read", part->ReadDisk(part, id, 510, 2, room), "%x %x", U(room[0]),
	    U(room[1]));
	say("disk part-last", part->ReadDisk(part, id, bytes - 1, 1, room), "");
	say("disk part-over-the-end", part->ReadDisk(part, id, bytes - 1, 2, room), "");
	say("disk part-behind", part->ReadDisk(part, id, bytes, 1, room), "");
	say("disk part-blocks-behind", io->ReadBlocks(io, id, SECOND_PARTITION_BLOCKS, 512, room),
	    "");
}

void disk_group(void)
{
	if (!b || !d)
		return;
	say("disk read", d->ReadDisk(d, id, 5 * 512 - 2, 4, room), "%u %u", U(room[1]), U(room[2]));
	say("disk read-long", d->ReadDisk(d, id, 20 * 512 + 1, 2000, room + 1), "%u %u", U(room[1]),
	    U(room[2000]));
	say("disk read-nothing", d->ReadDisk(d, id, 0, 0, room), "");
	say("disk read-other-media", d->ReadDisk(d, id + 1, 0, 4, room), "");
	say("disk read-over-the-end", d->ReadDisk(d, id, SECOND_DISK_BLOCKS * 512 - 2, 4, room),
	    "");
	say("disk read-overflow", d->ReadDisk(d, id, UINT64_MAX - 1, 4, room), "");
	bs->SetMem(room, sizeof(room), 0x77);
	say("disk write", d->WriteDisk(d, id, 200 * 512 + 510, 1000, room), "");
	say("disk write-read-back", d->ReadDisk(d, id, 200 * 512 + 508, 1004, room), "%u %u %u %u",
	    U(room[1]), U(room[2]), U(room[1001]), U(room[1002]));
	say("disk write-other-media", d->WriteDisk(d, id + 1, 0, 4, room), "");
	say("disk write-over-the-end", d->WriteDisk(d, id, SECOND_DISK_BLOCKS * 512 - 2, 4, room),
	    "");
	say_partition();
}
