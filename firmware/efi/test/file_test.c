/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Disks, partitions, file systems and files: UEFI 2.10, 13. The disk is made by sgdisk and mtools.
 */
#include <stdio.h>

#include <cairn/image_rig.h>
#include <fw/efi_boot.h>

#include "rig.h"

#define DISK_BYTES (10u << 20)

static struct rig_disk *disk;
static EFI_HANDLE whole, part;
static EFI_FILE_PROTOCOL *root;
static EFI_GUID info_guid, fs_guid, label_guid;

static int make(struct rig_disk *d)
{
	static const char script[] =
	    "truncate -s 10M disk.img\n"
	    "sgdisk -n 3:2048:+8M -t 3:ef00 -u 3:00112233-4455-6677-8899-aabbccddeeff disk.img\n"
	    "truncate -s 8M esp.img\n"
	    "mkfs.vfat -n LABEL esp.img\n"
	    "printf 'hello world' >a\n"
	    "mmd -i esp.img ::/Dir ::/Dir/Sub\n"
	    "mcopy -i esp.img a '::/Dir/A long name.txt'\n"
	    "mcopy -i esp.img a ::/b.txt\n"
	    "dd if=esp.img of=disk.img bs=1M seek=1 conv=notrunc\n";

	return rig_make_disk(d, script);
}

static void *interface(EFI_HANDLE h, const EFI_GUID *guid)
{
	void *p = NULL;

	assert_status(BS->HandleProtocol(h, guid, &p), EFI_SUCCESS);
	return p;
}

static int setup(void **state)
{
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs;
	EFI_HANDLE found[2];
	UINTN size = sizeof(found);

	disk = rig_add_disk(DISK_BYTES, 512);
	assert_int_equal(make(disk), 0);
	rig_setup(state);
	assert_status(BS->LocateHandle(ByProtocol, &efi_guid_block_io, NULL, &size, found),
		      EFI_SUCCESS);
	assert_int_equal(size, sizeof(found));
	whole = found[0];
	part = found[1];
	fs = interface(part, &efi_guid_file_system);
	assert_status(fs->OpenVolume(fs, NULL), EFI_INVALID_PARAMETER);
	assert_status(fs->OpenVolume(fs, &root), EFI_SUCCESS);
	info_guid = efi_guid_file_info;
	fs_guid = efi_guid_file_system_info;
	label_guid = efi_guid_volume_label;
	return 0;
}

static EFI_STATUS open_as(const CHAR16 *name, uint64_t mode, EFI_FILE_PROTOCOL **ret)
{
	return root->Open(root, ret, name, mode, 0);
}

static EFI_FILE_PROTOCOL *opened(const CHAR16 *name, uint64_t mode)
{
	EFI_FILE_PROTOCOL *f = NULL;

	assert_status(open_as(name, mode, &f), EFI_SUCCESS);
	return f;
}

static void assert_content(const CHAR16 *name, const char *text)
{
	EFI_FILE_PROTOCOL *f = opened(name, EFI_FILE_MODE_READ);
	char got[64] = { 0 };
	UINTN n = sizeof(got) - 1;

	assert_status(f->Read(f, &n, got), EFI_SUCCESS);
	assert_string_equal(got, text);
	assert_status(f->Close(f), EFI_SUCCESS);
}

#define RW (EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE)

static void handles_have_paths_that_extend_each_other(void **state)
{
	static const uint8_t expected[] = {
		2, 1, 12, 0, 0xd0, 0x41, 3, 0x0a, 0, 0, 0, 0, 1, 1, 6, 0, 0, 4,
	};
	uint8_t *dp = interface(whole, &efi_guid_device_path);
	uint8_t *pp = interface(part, &efi_guid_device_path), *hd = pp + 18;

	assert_memory_equal(dp, expected, sizeof(expected));
	assert_memory_equal(dp + 18, "\x7f\xff\4\0", 4);
	assert_memory_equal(pp, expected, sizeof(expected));
	assert_memory_equal(hd, "\4\1\x2a\0\3\0\0\0\0\x08\0\0\0\0\0\0\0\x40\0\0\0\0\0\0", 24);
	assert_memory_equal(hd + 24, "\x33\x22\x11\0\x55\x44\x77\x66\x88\x99", 10);
	assert_memory_equal(hd + 40, "\2\2\x7f\xff\4\0", 6);
}

static void block_io_reads_and_writes_the_partition(void **state)
{
	EFI_BLOCK_IO_PROTOCOL *w = interface(whole, &efi_guid_block_io);
	EFI_BLOCK_IO_PROTOCOL *p = interface(part, &efi_guid_block_io);
	static uint8_t a[1024], b[1024];
	uint32_t id = p->Media->MediaId;

	assert_int_equal(w->Media->LastBlock, DISK_BYTES / 512 - 1);
	assert_int_equal(p->Media->LastBlock, (8u << 20) / 512 - 1);
	assert_true(p->Media->LogicalPartition && !w->Media->LogicalPartition);
	assert_status(w->ReadBlocks(w, id, 2048, 1024, a), EFI_SUCCESS);
	assert_status(p->ReadBlocks(p, id, 0, 1024, b), EFI_SUCCESS);
	assert_memory_equal(a, b, 1024);
	assert_status(p->ReadBlocks(p, id, p->Media->LastBlock - 1, 1024, a), EFI_SUCCESS);
	a[5] ^= 0xff;
	assert_status(p->WriteBlocks(p, id, p->Media->LastBlock - 1, 1024, a), EFI_SUCCESS);
	assert_int_equal(disk->bytes[(1u << 20) + (8u << 20) - 1024 + 5], a[5]);
	a[5] ^= 0xff;
	assert_status(p->WriteBlocks(p, id, p->Media->LastBlock - 1, 1024, a), EFI_SUCCESS);
	assert_status(p->FlushBlocks(p), EFI_SUCCESS);
	assert_true(disk->flushes > 0);
	assert_status(p->Reset(p, true), EFI_SUCCESS);
}

static void block_io_refuses_what_is_not_there(void **state)
{
	EFI_BLOCK_IO_PROTOCOL *p = interface(part, &efi_guid_block_io);
	static uint8_t a[1024];
	uint32_t id = p->Media->MediaId;

	assert_status(p->ReadBlocks(p, id + 1, 0, 512, a), EFI_MEDIA_CHANGED);
	assert_status(p->ReadBlocks(p, id, 0, 511, a), EFI_BAD_BUFFER_SIZE);
	assert_status(p->ReadBlocks(p, id, 0, 512, NULL), EFI_INVALID_PARAMETER);
	assert_status(p->ReadBlocks(p, id, 0, 0, NULL), EFI_SUCCESS);
	assert_status(p->ReadBlocks(p, id, p->Media->LastBlock, 1024, a), EFI_INVALID_PARAMETER);
	assert_status(p->ReadBlocks(p, id, UINT64_MAX, 512, a), EFI_INVALID_PARAMETER);
	assert_status(p->WriteBlocks(p, id, p->Media->LastBlock + 1, 512, a),
		      EFI_INVALID_PARAMETER);
	disk->block.is_readonly = true;
	p->Media->ReadOnly = true;
	assert_status(p->WriteBlocks(p, id, 0, 512, a), EFI_WRITE_PROTECTED);
	disk->block.is_readonly = false;
	p->Media->ReadOnly = false;
}

static void disk_io_reads_and_writes_bytes(void **state)
{
	EFI_DISK_IO_PROTOCOL *p = interface(part, &efi_guid_disk_io);
	uint8_t buf[600], *there = disk->bytes + (1u << 20);
	uint64_t size = 8u << 20;

	assert_status(p->ReadDisk(p, 1, 3, 600, buf), EFI_SUCCESS);
	assert_memory_equal(buf, there + 3, 600);
	assert_status(p->ReadDisk(p, 1, size - 600, 600, buf), EFI_SUCCESS);
	buf[0] ^= 1;
	assert_status(p->WriteDisk(p, 1, size - 600, 600, buf), EFI_SUCCESS);
	assert_memory_equal(there + size - 600, buf, 600);
	assert_status(p->ReadDisk(p, 2, 0, 1, buf), EFI_MEDIA_CHANGED);
	assert_status(p->ReadDisk(p, 1, size - 599, 600, buf), EFI_INVALID_PARAMETER);
	assert_status(p->WriteDisk(p, 1, UINT64_MAX, 600, buf), EFI_INVALID_PARAMETER);
	assert_status(p->ReadDisk(p, 1, 0, 1, NULL), EFI_INVALID_PARAMETER);
}

static void files_are_found_by_path_in_any_case(void **state)
{
	EFI_FILE_PROTOCOL *f, *dir;

	assert_content(u"\\Dir\\A long name.txt", "hello world");
	assert_content(u"DIR\\a LONG name.TXT", "hello world");
	dir = opened(u"\\dir\\sub", EFI_FILE_MODE_READ);
	assert_status(dir->Open(dir, &f, u"..\\a long name.txt", EFI_FILE_MODE_READ, 0),
		      EFI_SUCCESS);
	assert_status(f->Close(f), EFI_SUCCESS);
	assert_status(dir->Open(dir, &f, u"\\", EFI_FILE_MODE_READ, 0), EFI_SUCCESS);
	assert_status(f->Close(f), EFI_SUCCESS);
	assert_status(dir->Close(dir), EFI_SUCCESS);
	assert_status(open_as(u"\\nothing", EFI_FILE_MODE_READ, &f), EFI_NOT_FOUND);
	assert_status(open_as(u"\\b.txt\\x", EFI_FILE_MODE_READ, &f), EFI_NOT_FOUND);
}

static void open_refuses_nonsense(void **state)
{
	EFI_FILE_PROTOCOL *f;

	assert_status(root->Open(root, NULL, u"b.txt", 1, 0), EFI_INVALID_PARAMETER);
	assert_status(root->Open(root, &f, NULL, 1, 0), EFI_INVALID_PARAMETER);
	assert_status(root->Open(root, &f, u"b.txt", 0, 0), EFI_INVALID_PARAMETER);
	assert_status(root->Open(root, &f, u"b.txt", 2, 0), EFI_INVALID_PARAMETER);
	assert_status(root->Open(root, &f, u"b.txt", EFI_FILE_MODE_CREATE | 1, 0),
		      EFI_INVALID_PARAMETER);
	assert_status(root->Open(root, &f, u"c.txt", EFI_FILE_MODE_CREATE | RW, 0x40),
		      EFI_INVALID_PARAMETER);
}

static void reading_goes_forward_to_the_end(void **state)
{
	EFI_FILE_PROTOCOL *f = opened(u"b.txt", EFI_FILE_MODE_READ);
	uint64_t at;
	char buf[16];
	UINTN n = 6;

	assert_status(f->Read(f, &n, buf), EFI_SUCCESS);
	assert_memory_equal(buf, "hello ", 6);
	n = sizeof(buf);
	assert_status(f->Read(f, &n, buf), EFI_SUCCESS);
	assert_int_equal(n, 5);
	n = sizeof(buf);
	assert_status(f->Read(f, &n, buf), EFI_SUCCESS);
	assert_int_equal(n, 0);
	assert_status(f->SetPosition(f, 12), EFI_SUCCESS);
	n = 1;
	assert_status(f->Read(f, &n, buf), EFI_DEVICE_ERROR);
	assert_status(f->SetPosition(f, UINT64_MAX), EFI_SUCCESS);
	assert_status(f->GetPosition(f, &at), EFI_SUCCESS);
	assert_int_equal(at, 11);
	assert_status(f->GetPosition(f, NULL), EFI_INVALID_PARAMETER);
	assert_status(f->Read(f, NULL, buf), EFI_INVALID_PARAMETER);
	assert_status(f->Write(f, &n, buf), EFI_ACCESS_DENIED);
	assert_status(f->Flush(f), EFI_ACCESS_DENIED);
	assert_status(f->Close(f), EFI_SUCCESS);
}

static void directory_is_read_entry_by_entry(void **state)
{
	EFI_FILE_PROTOCOL *d = opened(u"\\Dir", EFI_FILE_MODE_READ);
	static uint8_t buf[512];
	EFI_FILE_INFO *i = (EFI_FILE_INFO *)(void *)buf;
	unsigned files = 0, dirs = 0;
	uint64_t at;
	UINTN n = 10;

	assert_status(d->Read(d, &n, buf), EFI_BUFFER_TOO_SMALL);
	assert_in_range(n, 81, sizeof(buf));
	for (n = sizeof(buf); d->Read(d, &n, buf) == EFI_SUCCESS && n; n = sizeof(buf)) {
		assert_int_equal(i->Size, n);
		files += !(i->Attribute & EFI_FILE_DIRECTORY);
		dirs += i->Attribute & EFI_FILE_DIRECTORY ? 1 : 0;
	}
	assert_int_equal(files, 1);
	assert_int_equal(dirs, 1);
	assert_status(d->GetPosition(d, &at), EFI_UNSUPPORTED);
	assert_status(d->SetPosition(d, 5), EFI_UNSUPPORTED);
	assert_status(d->SetPosition(d, 0), EFI_SUCCESS);
	n = sizeof(buf);
	assert_status(d->Read(d, &n, buf), EFI_SUCCESS);
	assert_true(n > 0);
	assert_status(d->Write(d, &n, buf), EFI_UNSUPPORTED);
	assert_status(d->Close(d), EFI_SUCCESS);
}

static void files_are_made_written_and_deleted(void **state)
{
	EFI_FILE_PROTOCOL *f = opened(u"\\Dir\\new.bin", EFI_FILE_MODE_CREATE | RW), *d;
	UINTN n = 4;

	assert_status(f->Write(f, &n, (void *)(uintptr_t) "abcd"), EFI_SUCCESS);
	assert_status(f->SetPosition(f, 2), EFI_SUCCESS);
	n = 3;
	assert_status(f->Write(f, &n, (void *)(uintptr_t) "XYZ"), EFI_SUCCESS);
	assert_status(f->Flush(f), EFI_SUCCESS);
	assert_status(f->Close(f), EFI_SUCCESS);
	assert_content(u"\\Dir\\new.bin", "abXYZ");
	f = opened(u"\\Dir\\new.bin", EFI_FILE_MODE_READ);
	assert_int_equal(f->Delete(f), EFI_WARN_DELETE_FAILURE);
	f = opened(u"\\Dir\\new.bin", RW);
	assert_status(f->Delete(f), EFI_SUCCESS);
	assert_status(open_as(u"\\Dir\\new.bin", EFI_FILE_MODE_READ, &f), EFI_NOT_FOUND);
	assert_status(
	    root->Open(root, &d, u"\\Made", EFI_FILE_MODE_CREATE | RW, EFI_FILE_DIRECTORY),
	    EFI_SUCCESS);
	assert_status(d->Delete(d), EFI_SUCCESS);
}

static EFI_FILE_INFO *info_of(EFI_FILE_PROTOCOL *f)
{
	static union {
		EFI_FILE_INFO info;
		uint8_t bytes[1024];
	} u;
	UINTN n = 1;

	assert_status(f->GetInfo(f, &info_guid, &n, &u), EFI_BUFFER_TOO_SMALL);
	assert_in_range(n, 82, sizeof(u));
	assert_status(f->GetInfo(f, &info_guid, &n, &u), EFI_SUCCESS);
	assert_int_equal(u.info.Size, n);
	return &u.info;
}

static void set_info_renames_and_resizes(void **state)
{
	EFI_FILE_PROTOCOL *f = opened(u"\\Dir\\A long name.txt", RW);
	EFI_FILE_INFO *i = info_of(f);

	assert_int_equal(i->FileSize, 11);
	assert_memory_equal(i->FileName, u"A long name.txt", 32);
	memcpy(i->FileName, u"entry+2-1.conf", 30);
	i->FileSize = 5;
	i->ModificationTime = (EFI_TIME){ .Year = 2020, .Month = 5, .Day = 6 };
	assert_status(f->SetInfo(f, &info_guid, i->Size, i), EFI_SUCCESS);
	i = info_of(f);
	assert_int_equal(i->FileSize, 5);
	assert_int_equal(i->ModificationTime.Year, 2020);
	assert_status(f->Close(f), EFI_SUCCESS);
	assert_content(u"\\Dir\\entry+2-1.conf", "hello");
	f = opened(u"\\Dir\\entry+2-1.conf", RW);
	i = info_of(f);
	memcpy(i->FileName, u"\\moved", 14);
	assert_status(f->SetInfo(f, &info_guid, i->Size, i), EFI_SUCCESS);
	assert_status(f->Close(f), EFI_SUCCESS);
	assert_content(u"\\moved", "hello");
}

static void set_info_refuses_nonsense(void **state)
{
	EFI_FILE_PROTOCOL *f = opened(u"b.txt", RW), *r = opened(u"b.txt", EFI_FILE_MODE_READ);
	EFI_FILE_INFO *i = info_of(f);

	assert_status(f->SetInfo(f, NULL, i->Size, i), EFI_INVALID_PARAMETER);
	assert_status(f->SetInfo(f, &info_guid, i->Size, NULL), EFI_INVALID_PARAMETER);
	assert_status(f->SetInfo(f, &(EFI_GUID){ 1, 2, 3, { 0 } }, i->Size, i), EFI_UNSUPPORTED);
	assert_status(f->SetInfo(f, &info_guid, 80, i), EFI_BAD_BUFFER_SIZE);
	assert_status(f->SetInfo(f, &info_guid, i->Size - 2, i), EFI_BAD_BUFFER_SIZE);
	i->Attribute |= EFI_FILE_DIRECTORY;
	assert_status(f->SetInfo(f, &info_guid, i->Size, i), EFI_ACCESS_DENIED);
	i->Attribute = 0x80;
	assert_status(f->SetInfo(f, &info_guid, i->Size, i), EFI_INVALID_PARAMETER);
	assert_status(f->Close(f), EFI_SUCCESS);
	assert_status(r->Close(r), EFI_SUCCESS);
}

/* 13.5.14: else nothing could take the mark off a file that is read only. */
static void a_handle_to_read_may_change_attributes_alone(void **state)
{
	EFI_FILE_PROTOCOL *r = opened(u"b.txt", EFI_FILE_MODE_READ);
	EFI_FILE_INFO *i = info_of(r), before;

	memcpy(&before, i, sizeof(before));
	i->Attribute = EFI_FILE_READ_ONLY;
	assert_status(r->SetInfo(r, &info_guid, i->Size, i), EFI_SUCCESS);
	assert_int_equal(info_of(r)->Attribute, EFI_FILE_READ_ONLY);
	i = info_of(r);
	i->Attribute = before.Attribute;
	i->FileSize++;
	assert_status(r->SetInfo(r, &info_guid, i->Size, i), EFI_ACCESS_DENIED);
	i->FileSize--;
	i->ModificationTime.Year++;
	assert_status(r->SetInfo(r, &info_guid, i->Size, i), EFI_ACCESS_DENIED);
	i->ModificationTime.Year--;
	i->FileName[0] = 'q';
	assert_status(r->SetInfo(r, &info_guid, i->Size, i), EFI_ACCESS_DENIED);
	i->FileName[0] = 'b';
	assert_status(r->SetInfo(r, &info_guid, i->Size, i), EFI_SUCCESS);
	assert_status(r->Close(r), EFI_SUCCESS);
}

static void a_directory_has_no_other_size(void **state)
{
	EFI_FILE_PROTOCOL *d = opened(u"Dir", RW);
	EFI_FILE_INFO *i = info_of(d);

	i->FileSize += 512;
	assert_status(d->SetInfo(d, &info_guid, i->Size, i), EFI_ACCESS_DENIED);
	assert_status(d->Close(d), EFI_SUCCESS);
}

static void volume_tells_of_itself(void **state)
{
	static union {
		EFI_FILE_SYSTEM_INFO info;
		CHAR16 label[64];
	} u;
	UINTN n = 0;

	assert_status(root->GetInfo(root, &fs_guid, &n, &u), EFI_BUFFER_TOO_SMALL);
	assert_status(root->GetInfo(root, &fs_guid, &n, &u), EFI_SUCCESS);
	assert_memory_equal(u.info.VolumeLabel, u"LABEL", 12);
	assert_true(u.info.FreeSpace > 0 && u.info.FreeSpace < u.info.VolumeSize);
	n = sizeof(u);
	assert_status(root->GetInfo(root, &label_guid, &n, &u), EFI_SUCCESS);
	assert_memory_equal(u.label, u"LABEL", 12);
	assert_status(root->GetInfo(root, &(EFI_GUID){ 1, 2, 3, { 0 } }, &n, &u), EFI_UNSUPPORTED);
	assert_status(root->GetInfo(root, NULL, &n, &u), EFI_INVALID_PARAMETER);
}

static void expect_label(const CHAR16 *label, UINTN bytes)
{
	CHAR16 is[32];
	UINTN n = sizeof(is);

	assert_status(root->GetInfo(root, &label_guid, &n, is), EFI_SUCCESS);
	assert_int_equal(n, bytes);
	assert_memory_equal(is, label, bytes);
}

static EFI_STATUS set_label(const CHAR16 *label, UINTN bytes)
{
	CHAR16 copy[16];

	memcpy(copy, label, bytes);
	return root->SetInfo(root, &label_guid, bytes, copy);
}

static void volume_takes_another_label(void **state)
{
	static union {
		EFI_FILE_SYSTEM_INFO info;
		CHAR16 units[64];
	} u;
	UINTN n = sizeof(u);

	assert_status(set_label(u"fresh", 12), EFI_SUCCESS);
	expect_label(u"FRESH", 12);
	assert_status(root->GetInfo(root, &fs_guid, &n, &u), EFI_SUCCESS);
	memcpy(u.info.VolumeLabel, u"AGAIN", 12);
	u.info.VolumeSize = u.info.FreeSpace = 1;
	assert_status(root->SetInfo(root, &fs_guid, n, &u), EFI_SUCCESS);
	expect_label(u"AGAIN", 12);
	assert_status(root->GetInfo(root, &fs_guid, &n, &u), EFI_SUCCESS);
	assert_true(u.info.FreeSpace > 1);
	assert_status(
	    root->SetInfo(root, &fs_guid, offsetof(EFI_FILE_SYSTEM_INFO, VolumeLabel), &u),
	    EFI_BAD_BUFFER_SIZE);
	assert_status(set_label(u"A", 1), EFI_BAD_BUFFER_SIZE);
	memset(&u, 0x41, sizeof(u)); /* a label that never ends */
	assert_status(root->SetInfo(root, &label_guid, sizeof(u), &u), EFI_INVALID_PARAMETER);
	assert_status(set_label(u"?", 4), EFI_INVALID_PARAMETER);
	expect_label(u"AGAIN", 12);
	assert_status(set_label(u"LABEL", 12), EFI_SUCCESS);
}

static EFI_HANDLE started_on;
static CHAR16 options_seen[16];

static EFIAPI EFI_STATUS app(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	EFI_LOADED_IMAGE_PROTOCOL *i = interface(image, &efi_guid_loaded_image);

	started_on = i->DeviceHandle;
	assert_memory_equal(i->FilePath, "\4\4", 2);
	assert_memory_equal((uint8_t *)i->FilePath + 4, u"\\Dir\\app.efi", 26);
	if (i->LoadOptionsSize <= sizeof(options_seen))
		memcpy(options_seen, i->LoadOptions, i->LoadOptionsSize);
	return EFI_NOT_READY;
}

static void candidate_is_started_from_its_volume(void **state)
{
	EFI_FILE_PROTOCOL *f = opened(u"\\Dir\\app.efi", EFI_FILE_MODE_CREATE | RW);
	struct fw_efi_candidate c = { .disk = &disk->block,
				      .first_block = 2048,
				      .path = "\\Dir\\app.efi",
				      .options = "quiet" };
	static uint8_t bytes[RIG_PROGRAM_BYTES];
	struct cairn_err err;
	uint64_t status = 0;
	UINTN n = rig_program(bytes, app);

	assert_status(f->Write(f, &n, bytes), EFI_SUCCESS);
	assert_status(f->Close(f), EFI_SUCCESS);
	assert_int_equal(fw_efi_start(&c, &status, &err), 0);
	assert_status(status, EFI_NOT_READY);
	assert_ptr_equal(started_on, part);
	assert_memory_equal(options_seen, u"quiet", 12);
	c.path = "\\Dir\\none.efi";
	assert_int_equal(fw_efi_start(&c, &status, &err), -ENOENT);
	c.path = "\\b.txt";
	assert_int_equal(fw_efi_start(&c, &status, &err), -EPROTO);
	c.path = "\\Dir";
	assert_int_equal(fw_efi_start(&c, &status, &err), -ENOENT);
	c.first_block = 1;
	assert_int_equal(fw_efi_start(&c, &status, &err), -ENODEV);
}

static void volumes_are_told(void **state)
{
	struct fw_efi_volume v;

	assert_true(fw_efi_volume(0, &v));
	assert_ptr_equal(v.disk, &disk->block);
	assert_int_equal(v.first_block, 2048);
	assert_int_equal(v.n_blocks, (8u << 20) / 512);
	assert_true(v.is_esp);
	assert_false(fw_efi_volume(1, &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handles_have_paths_that_extend_each_other),
		cmocka_unit_test(block_io_reads_and_writes_the_partition),
		cmocka_unit_test(block_io_refuses_what_is_not_there),
		cmocka_unit_test(disk_io_reads_and_writes_bytes),
		cmocka_unit_test(files_are_found_by_path_in_any_case),
		cmocka_unit_test(open_refuses_nonsense),
		cmocka_unit_test(reading_goes_forward_to_the_end),
		cmocka_unit_test(directory_is_read_entry_by_entry),
		cmocka_unit_test(files_are_made_written_and_deleted),
		cmocka_unit_test(set_info_renames_and_resizes),
		cmocka_unit_test(set_info_refuses_nonsense),
		cmocka_unit_test(a_handle_to_read_may_change_attributes_alone),
		cmocka_unit_test(a_directory_has_no_other_size),
		cmocka_unit_test(volume_tells_of_itself),
		cmocka_unit_test(volume_takes_another_label),
		cmocka_unit_test(candidate_is_started_from_its_volume),
		cmocka_unit_test(volumes_are_told),
	};

	if (!cairn_rig_has("sgdisk") || !cairn_rig_has("mkfs.vfat") || !cairn_rig_has("mcopy")) {
		puts("skipped: no sgdisk, mkfs.vfat or mcopy");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, NULL);
}
