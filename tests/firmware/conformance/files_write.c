/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Files that are changed (UEFI 2.10, 13.5), and what is known of them (13.5.13 to 13.5.18). */
#include "conform.h"

static const uint64_t read_write = EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE;
static const uint64_t create = EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE;

static union {
	EFI_FILE_INFO info;
	uint8_t bytes[700];
} buffer;

static EFI_FILE_PROTOCOL *root;

static EFI_FILE_PROTOCOL *opened(const CHAR16 *name, uint64_t mode)
{
	EFI_FILE_PROTOCOL *f = NULL;

	return root->Open(root, &f, name, mode, 0) ? NULL : f;
}

static bool is_there(const CHAR16 *name)
{
	EFI_FILE_PROTOCOL *f = opened(name, EFI_FILE_MODE_READ);

	if (f)
		(void)f->Close(f);
	return f != NULL;
}

static EFI_STATUS info_of(EFI_FILE_PROTOCOL *f)
{
	EFI_GUID guid = efi_guid_file_info;
	UINTN size = sizeof(buffer);

	return f->GetInfo(f, &guid, &size, &buffer);
}

static uint64_t size_of(EFI_FILE_PROTOCOL *f)
{
	return info_of(f) ? 99 : buffer.info.FileSize;
}

static EFI_STATUS set_info(EFI_FILE_PROTOCOL *f)
{
	EFI_GUID guid = efi_guid_file_info;

	buffer.info.Size = 80 + 2 * (length_of(buffer.info.FileName) + 1);
	return f->SetInfo(f, &guid, buffer.info.Size, &buffer);
}

static void set_name(const CHAR16 *name)
{
	bs->CopyMem(buffer.info.FileName, (void *)(uintptr_t)name, 2 * (length_of(name) + 1));
}

static EFI_STATUS rename_file(EFI_FILE_PROTOCOL *f, const CHAR16 *name)
{
	(void)info_of(f);
	set_name(name);
	return set_info(f);
}

static void say_writes(void)
{
	EFI_FILE_PROTOCOL *f = NULL;
	uint8_t bytes[8] = { 0 };
	UINTN size = 6;
	uint64_t at = 99;

	say("write create", root->Open(root, &f, u"\\New File.txt", create, 0), "there %u",
	    U(is_there(u"\\New File.txt")));
	say("write create-size", info_of(f), "%u attributes %x name %S", U(buffer.info.FileSize),
	    buffer.info.Attribute, buffer.info.FileName);
	say("write write", f->Write(f, &size, (void *)(uintptr_t) "abcdef"), "size %u", U(size));
	(void)f->GetPosition(f, &at);
	say("write position", EFI_SUCCESS, "%u size %u", at, size_of(f));
	(void)f->SetPosition(f, 2);
	size = 2;
	say("write middle", f->Write(f, &size, (void *)(uintptr_t) "XY"), "size %u", size_of(f));
	(void)f->SetPosition(f, 0);
	size = 8;
	say("write read-back", f->Read(f, &size, bytes), "size %u same %u", U(size),
	    U(is_equal(bytes, "abXYef", 6)));
	(void)f->SetPosition(f, 1000);
	size = 1;
	say("write behind-the-end", f->Write(f, &size, (void *)(uintptr_t) "z"), "size %u",
	    size_of(f));
	(void)f->SetPosition(f, 500);
	size = 4;
	bytes[0] = 7;
	say("write hole", f->Read(f, &size, bytes), "size %u zero %u", U(size),
	    U(is_equal(bytes, "\0\0\0\0", 4)));
	size = 0;
	say("write nothing", f->Write(f, &size, bytes), "size %u", U(size));
	say("write flush", f->Flush(f), "");
	say("write close", f->Close(f), "");
	say("write create-existing", root->Open(root, &f, u"\\NEW FILE.TXT", create, 0), "size %u",
	    size_of(f));
	say("write delete", f->Delete(f), "there %u", U(is_there(u"\\New File.txt")));
}

static void say_large(void)
{
	static uint8_t big[70000];
	EFI_FILE_PROTOCOL *f = opened(u"\\BIG", create);
	UINTN size = sizeof(big), wrong = 0;

	for (UINTN i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i % 251);
	say("write large", f->Write(f, &size, big), "size %u", U(size));
	(void)f->SetPosition(f, 0);
	bs->SetMem(big, sizeof(big), 0);
	say("write large-read", f->Read(f, &size, big), "size %u", U(size));
	for (UINTN i = 0; i < sizeof(big); i++)
		wrong += big[i] != (uint8_t)(i % 251);
	say("write large-bytes", EFI_SUCCESS, "wrong %u", U(wrong));
	(void)info_of(f);
	buffer.info.FileSize = 10;
	say("write truncate", set_info(f), "size %u", size_of(f));
	(void)info_of(f);
	buffer.info.FileSize = 3000;
	say("write extend", set_info(f), "size %u", size_of(f));
	say("write large-delete", f->Delete(f), "");
}

static void say_folders(void)
{
	EFI_FILE_PROTOCOL *d = NULL, *f = NULL, *same;

	say("write folder", root->Open(root, &d, u"\\Sub", create, EFI_FILE_DIRECTORY), "there %u",
	    U(is_there(u"\\Sub")));
	say("write folder-info", info_of(d), "attributes %x name %S", buffer.info.Attribute,
	    buffer.info.FileName);
	say("write folder-file", d->Open(d, &f, u"inner", create, 0), "there %u",
	    U(is_there(u"\\Sub\\inner")));
	say("write folder-parent", d->Open(d, &same, u"..\\Sub\\inner", EFI_FILE_MODE_READ, 0), "");
	(void)same->Close(same);
	(void)f->Close(f);
	say("write folder-delete-full", d->Delete(d), "there %u", U(is_there(u"\\Sub")));
	f = opened(u"\\Sub\\inner", read_write);
	say("write folder-file-delete", f->Delete(f), "");
	d = opened(u"\\Sub", read_write);
	say("write folder-delete", d->Delete(d), "there %u", U(is_there(u"\\Sub")));
	say("write folder-nowhere",
	    root->Open(root, &d, u"\\None\\Sub", create, EFI_FILE_DIRECTORY), "");
	say("write folder-over-file",
	    root->Open(root, &f, u"\\DATA\\HELLO.TXT", create, EFI_FILE_DIRECTORY), "");
	if (f)
		(void)f->Close(f);
	f = opened(u"\\DATA\\HELLO.TXT", EFI_FILE_MODE_READ);
	say("write delete-read-only-handle", f->Delete(f), "there %u",
	    U(is_there(u"\\DATA\\HELLO.TXT")));
	f = opened(u"\\", EFI_FILE_MODE_READ);
	say("write delete-root", f->Delete(f), "");
}

static void say_renames(void)
{
	EFI_FILE_PROTOCOL *f = opened(u"\\one", create), *other = opened(u"\\two", create);

	(void)other->Close(other);
	say("rename", rename_file(f, u"Three of them"), "old %u new %u", U(is_there(u"\\one")),
	    U(is_there(u"\\three OF them")));
	say("rename name", info_of(f), "%S", buffer.info.FileName);
	say("rename case", rename_file(f, u"THREE of them"), "there %u",
	    U(is_there(u"\\Three of them")));
	say("rename existing", rename_file(f, u"two"), "still %u", U(is_there(u"\\Three of them")));
	say("rename into", rename_file(f, u"\\DATA\\moved"), "there %u",
	    U(is_there(u"\\DATA\\moved")));
	say("rename nowhere", rename_file(f, u"\\NONE\\moved"), "");
	say("rename back", rename_file(f, u"\\one"), "there %u", U(is_there(u"\\one")));
	say("rename empty", rename_file(f, u""), "");
	say("rename star", rename_file(f, u"a*b"), "");
	say("rename colon", rename_file(f, u"a:b"), "");
	say("rename dot", rename_file(f, u"."), "");
	(void)f->Delete(f);
	f = opened(u"\\two", read_write);
	say("rename delete", f->Delete(f), "");
}

static void say_names(void)
{
	static const struct {
		const char *what;
		const CHAR16 *name;
	} names[] = {
		{ "write name-star", u"\\a*b" },
		{ "write name-question", u"\\a?b" },
		{ "write name-colon", u"\\a:b" },
		{ "write name-quote", u"\\a\"b" },
		{ "write name-less", u"\\a<b" },
		{ "write name-bar", u"\\a|b" },
		{ "write name-control", u"\\a\x01z" },
		{ "write name-plus", u"\\a+b;c" },
		{ "write name-unicode", u"\\\u00e4\u03a9" },
	};
	static CHAR16 longest[260];
	EFI_FILE_PROTOCOL *f;

	for (UINTN i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		EFI_STATUS status = root->Open(root, &f, names[i].name, create, 0);

		say(names[i].what, status, "");
		if (!status)
			(void)f->Delete(f);
	}
	for (UINTN i = 0; i < 255; i++)
		longest[i] = 'n';
	say("write name-255", root->Open(root, &f, longest, create, 0), "");
	if (f)
		(void)f->Delete(f);
	longest[255] = 'n';
	f = NULL;
	say("write name-256", root->Open(root, &f, longest, create, 0), "");
	if (f)
		(void)f->Delete(f);
}

static void say_attributes(void)
{
	EFI_FILE_PROTOCOL *f = NULL, *again = NULL;
	UINTN size = 1;

	say("write create-read-only", root->Open(root, &f, u"\\closed", create, EFI_FILE_READ_ONLY),
	    "");
	if (f)
		(void)f->Close(f);
	f = opened(u"\\fixed", create);
	(void)info_of(f);
	buffer.info.Attribute = EFI_FILE_READ_ONLY;
	say("write read-only", set_info(f), "");
	say("write read-only-write", f->Write(f, &size, (void *)(uintptr_t) "x"), "");
	(void)f->Close(f);
	say("write read-only-open", root->Open(root, &again, u"\\fixed", read_write, 0), "");
	f = opened(u"\\fixed", EFI_FILE_MODE_READ);
	(void)info_of(f);
	buffer.info.Attribute = 0;
	say("write attribute-read-handle", set_info(f), "");
	(void)f->Close(f);
	say("write create-bad-attribute", root->Open(root, &again, u"\\odd", create, 0x40), "");
	f = opened(u"\\hidden", create);
	(void)info_of(f);
	buffer.info.Attribute = 0x26;
	say("write attribute", set_info(f), "get %r", info_of(f));
	say("write attribute-is", EFI_SUCCESS, "%x", buffer.info.Attribute);
	buffer.info.Attribute = 0x10;
	say("write attribute-folder", set_info(f), "");
	(void)info_of(f);
	buffer.info.Attribute = 0x80;
	say("write attribute-unknown", set_info(f), "");
	(void)f->Delete(f);
}

void write_group(void)
{
	root = volume_of(loaded->DeviceHandle);
	say_writes();
	say_large();
	say_folders();
	say_renames();
	say_names();
	say_attributes();
	(void)root->Close(root);
}

static void say_infos(void)
{
	EFI_GUID file = efi_guid_file_info, system = efi_guid_file_system_info,
		 label = efi_guid_volume_label, other = guid_absent;
	EFI_FILE_SYSTEM_INFO *volume = (void *)&buffer;
	UINTN size = 0;

	say("info size", root->GetInfo(root, &file, &size, NULL), "size %u", U(size));
	size = sizeof(buffer);
	say("info root", root->GetInfo(root, &file, &size, &buffer),
	    "size %u attributes %x name '%S'", U(size), buffer.info.Attribute,
	    buffer.info.FileName);
	size = 0;
	say("info volume-size", root->GetInfo(root, &system, &size, NULL), "size %u", U(size));
	size = sizeof(buffer);
	say("info volume", root->GetInfo(root, &system, &size, &buffer),
	    "size %u read-only %u label %S free %u", U(size), U(volume->ReadOnly),
	    volume->VolumeLabel,
	    U(volume->FreeSpace > 0 && volume->FreeSpace < volume->VolumeSize));
	size = 0;
	say("info label-size", root->GetInfo(root, &label, &size, NULL), "size %u", U(size));
	size = sizeof(buffer);
	say("info label", root->GetInfo(root, &label, &size, &buffer), "%S",
	    (CHAR16 *)(void *)&buffer);
	say("info unknown", root->GetInfo(root, &other, &size, &buffer), "");
}

static void say_labels(void)
{
	EFI_GUID label = efi_guid_volume_label, file = efi_guid_file_info,
		 system = efi_guid_file_system_info, other = guid_absent;
	UINTN size = sizeof(buffer);
	EFI_FILE_SYSTEM_INFO *volume = (void *)&buffer;

	say("info set-unknown", root->SetInfo(root, &other, 4, &buffer), "");
	say("info set-small", root->SetInfo(root, &file, 8, &buffer), "");
	say("info set-label", root->SetInfo(root, &label, 12, (void *)(uintptr_t)u"FRESH"), "");
	say("info set-label-is", root->GetInfo(root, &label, &size, &buffer), "%S",
	    (CHAR16 *)(void *)&buffer);
	size = sizeof(buffer);
	(void)root->GetInfo(root, &system, &size, &buffer);
	bs->CopyMem(volume->VolumeLabel, (void *)(uintptr_t)u"AGAIN", 12);
	volume->Size = 48;
	say("info set-volume", root->SetInfo(root, &system, 48, &buffer), "");
	size = sizeof(buffer);
	say("info set-volume-is", root->GetInfo(root, &system, &size, &buffer), "%S",
	    volume->VolumeLabel);
}

static void say_read_only(void)
{
	EFI_GUID system = efi_guid_file_system_info, label = efi_guid_volume_label;
	EFI_FILE_SYSTEM_INFO *volume = (void *)&buffer;
	EFI_FILE_PROTOCOL *f = NULL;
	UINTN size = sizeof(buffer);

	root = volume_of(disk_handle(READ_ONLY_DISK_BLOCKS));
	if (!root) {
		say("info closed", EFI_NOT_FOUND, "");
		return;
	}
	say("info closed", root->GetInfo(root, &system, &size, &buffer), "read-only %u label %S",
	    U(volume->ReadOnly), volume->VolumeLabel);
	say("info closed-create", root->Open(root, &f, u"\\NEW", create, 0), "");
	say("info closed-write", root->Open(root, &f, u"\\KEPT.TXT", read_write, 0), "");
	say("info closed-folder", root->Open(root, &f, u"\\NEWDIR", create, EFI_FILE_DIRECTORY),
	    "");
	say("info closed-label", root->SetInfo(root, &label, 12, (void *)(uintptr_t)u"FRESH"), "");
	say("info closed-read", root->Open(root, &f, u"\\KEPT.TXT", EFI_FILE_MODE_READ, 0), "");
	if (f) {
		(void)info_of(f);
		set_name(u"other");
		say("info closed-rename", set_info(f), "");
		say("info closed-delete", f->Delete(f), "there %u", U(is_there(u"\\KEPT.TXT")));
	}
	(void)root->Close(root);
}

void info_group(void)
{
	root = volume_of(partition_handle(2));
	if (!root) {
		say("info second", EFI_NOT_FOUND, "");
		return;
	}
	say_infos();
	say_labels();
	(void)root->Close(root);
	say_read_only();
}
