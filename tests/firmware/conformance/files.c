/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Files (UEFI 2.10, 13.4, 13.5): opening and reading here, changing in files_write.c. */
#include "conform.h"

static EFI_FILE_PROTOCOL *root;

static EFI_STATUS open_in(EFI_FILE_PROTOCOL *dir, const CHAR16 *name, uint64_t mode,
			  EFI_FILE_PROTOCOL **ret)
{
	*ret = NULL;
	return dir->Open(dir, ret, name, mode, 0);
}

static EFI_STATUS try_open(const CHAR16 *name, uint64_t mode)
{
	EFI_FILE_PROTOCOL *f;
	EFI_STATUS status = open_in(root, name, mode, &f);

	if (f)
		(void)f->Close(f);
	return status;
}

static void say_opens(void)
{
	enum { READ_WRITE = EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE };

	say("file open", try_open(u"\\DATA\\HELLO.TXT", EFI_FILE_MODE_READ), "");
	say("file open-other-case", try_open(u"\\data\\Hello.Txt", EFI_FILE_MODE_READ), "");
	say("file open-relative", try_open(u"DATA\\HELLO.TXT", EFI_FILE_MODE_READ), "");
	say("file open-long", try_open(u"\\DATA\\a LONG name.TEXT", EFI_FILE_MODE_READ), "");
	say("file open-dots", try_open(u"\\DATA\\..\\DATA\\.\\HELLO.TXT", EFI_FILE_MODE_READ), "");
	say("file open-root", try_open(u"\\", EFI_FILE_MODE_READ), "");
	say("file open-dot", try_open(u".", EFI_FILE_MODE_READ), "");
	say("file open-folder", try_open(u"DATA", EFI_FILE_MODE_READ), "");
	say("file open-folder-to-write", try_open(u"DATA", READ_WRITE), "");
	say("file open-absent", try_open(u"\\DATA\\NONE", EFI_FILE_MODE_READ), "");
	say("file open-absent-to-write", try_open(u"\\DATA\\NONE", READ_WRITE), "");
	say("file open-absent-folder", try_open(u"\\NONE\\HELLO.TXT", EFI_FILE_MODE_READ), "");
	say("file open-below-a-file", try_open(u"\\DATA\\HELLO.TXT\\X", EFI_FILE_MODE_READ), "");
	say("file open-no-mode", try_open(u"DATA", 0), "");
	say("file open-write-only", try_open(u"\\DATA\\HELLO.TXT", EFI_FILE_MODE_WRITE), "");
	say("file open-create-only", try_open(u"\\DATA\\HELLO.TXT", EFI_FILE_MODE_CREATE), "");
	say("file open-mode-unknown", try_open(u"\\DATA\\HELLO.TXT", 8), "");
	say("file open-create-read",
	    try_open(u"\\DATA\\N", EFI_FILE_MODE_CREATE | EFI_FILE_MODE_READ), "");
	say("file open-star", try_open(u"\\DATA\\*", EFI_FILE_MODE_READ), "");
	say("file open-question", try_open(u"\\DATA\\HELLO.TX?", EFI_FILE_MODE_READ), "");
}

static void say_reads(void)
{
	EFI_FILE_PROTOCOL *f;
	uint8_t bytes[64] = { 0 };
	UINTN size = 5;
	uint64_t at = 99;

	(void)open_in(root, u"\\DATA\\HELLO.TXT", EFI_FILE_MODE_READ, &f);
	say("file read", f->Read(f, &size, bytes), "size %u same %u", U(size),
	    U(is_equal(bytes, "Hello", 5)));
	say("file position", f->GetPosition(f, &at), "%u", U(at));
	size = sizeof(bytes);
	say("file read-rest", f->Read(f, &size, bytes), "size %u same %u", U(size),
	    U(is_equal(bytes, ", world.\n", 9)));
	size = sizeof(bytes);
	say("file read-end", f->Read(f, &size, bytes), "size %u", U(size));
	size = 0;
	say("file read-nothing", f->Read(f, &size, bytes), "size %u", U(size));
	say("file seek", f->SetPosition(f, 7), "");
	size = 5;
	say("file read-after-seek", f->Read(f, &size, bytes), "same %u",
	    U(is_equal(bytes, "world", 5)));
	say("file seek-end", f->SetPosition(f, UINT64_MAX), "get %r", f->GetPosition(f, &at));
	say("file position-end", EFI_SUCCESS, "%u", U(at));
	say("file seek-behind", f->SetPosition(f, 1000), "");
	size = 5;
	say("file read-behind", f->Read(f, &size, bytes), "");
	say("file write-read-only-handle", f->Write(f, &size, bytes), "");
	say("file flush-read-only-handle", f->Flush(f), "");
	say("file close", f->Close(f), "");
}

static void say_large(void)
{
	static uint8_t bytes[10240];
	EFI_FILE_PROTOCOL *f;
	UINTN size = sizeof(bytes), wrong = 0;

	(void)open_in(root, u"\\DATA\\A long name.text", EFI_FILE_MODE_READ, &f);
	say("file read-large", f->Read(f, &size, bytes), "size %u", U(size));
	for (UINTN i = 0; i < sizeof(bytes); i++)
		wrong += bytes[i] != (uint8_t)i;
	say("file read-large-bytes", EFI_SUCCESS, "wrong %u", U(wrong));
	(void)f->SetPosition(f, 4097);
	size = 3;
	say("file read-odd", f->Read(f, &size, bytes), "%u %u %u", U(bytes[0]), U(bytes[1]),
	    U(bytes[2]));
	(void)f->Close(f);
}

static void say_folder(void)
{
	static union {
		EFI_FILE_INFO info;
		uint8_t bytes[600];
	} entry;
	EFI_FILE_PROTOCOL *f;
	UINTN size = 0, n = 0, files = 0, lengths = 0;
	uint64_t at = 0;

	(void)open_in(root, u"\\DATA", EFI_FILE_MODE_READ, &f);
	say("folder read-size", f->Read(f, &size, NULL), "size %u", U(size));
	for (;; n++) {
		size = sizeof(entry);
		if (f->Read(f, &size, &entry) || !size)
			break;
		files += !(entry.info.Attribute & EFI_FILE_DIRECTORY);
		lengths += size == 80 + 2 * (length_of(entry.info.FileName) + 1);
	}
	say("folder read", EFI_SUCCESS, "entries %u files %u sizes %u end %u", U(n), U(files),
	    U(lengths), U(size));
	say("folder position", f->GetPosition(f, &at), "");
	say("folder seek", f->SetPosition(f, 1), "");
	say("folder rewind", f->SetPosition(f, 0), "");
	size = sizeof(entry);
	say("folder first", f->Read(f, &size, &entry), "%S", entry.info.FileName);
	size = 4;
	say("folder write", f->Write(f, &size, &entry), "");
	(void)f->Close(f);
	size = sizeof(entry);
	say("folder root-first", root->Read(root, &size, &entry), "%S", entry.info.FileName);
	say("folder root-seek", root->SetPosition(root, 0), "");
}

void file_group(void)
{
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs =
	    interface_of(loaded->DeviceHandle, &efi_guid_file_system);
	EFI_FILE_PROTOCOL *f;

	say("file volume", fs->OpenVolume(fs, &root), "revision %x", U(fs->Revision));
	say("file revision", EFI_SUCCESS, "at-least-1 %u", U(root->Revision >= 0x10000));
	say_opens();
	say_reads();
	say_large();
	say_folder();
	(void)open_in(root, u"\\DATA", EFI_FILE_MODE_READ, &f);
	say("file from-folder", open_in(f, u"HELLO.TXT", EFI_FILE_MODE_READ, &f), "");
	(void)f->Close(f);
	(void)root->Close(root);
}
