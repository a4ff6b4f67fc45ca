/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What is started by which variable: UEFI 2.10, 3.1; and ext4 as an extended boot partition. */
#include <stdio.h>

#include <cairn/image_rig.h>
#include <cairn/le.h>
#include <fw/efi_boot.h>

#include "../boot.h"
#include "../runtime.h"
#include "rig.h"

#define DISK_BYTES (24u << 20)
#define ESP_FIRST  2048
#define NV_ALL     (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE | EFI_VARIABLE_RUNTIME)

static struct rig_disk *disk;
static EFI_GUID global;
static uint8_t option[4096], options_seen[64];
static UINTN n_option, n_seen;
static uint32_t started;
static int current_seen;
static void *dtb_seen;
static CHAR16 path_seen[64];

static int make(struct rig_disk *d)
{
	static const char script[] =
	    "truncate -s 24M disk.img\n"
	    "sgdisk -n 3:2048:+8M -t 3:ef00 -u 3:00112233-4455-6677-8899-aabbccddeeff "
	    "-n 4:0:+8M -t 4:ea00 -n 5:0:+4M -t 5:8300 disk.img\n"
	    "truncate -s 8M esp.img\n"
	    "mkfs.vfat esp.img\n"
	    "mmd -i esp.img ::/EFI ::/EFI/BOOT\n"
	    "mkdir -p d/sub; printf 'hello' >d/a; printf 'deep' >d/sub/b; ln -s sub/b d/link\n"
	    "mke2fs -q -F -t ext4 -d d ext.img 8M\n"
	    "dd if=esp.img of=disk.img bs=1M seek=1 conv=notrunc\n"
	    "dd if=ext.img of=disk.img bs=1M seek=9 conv=notrunc\n"
	    "dd if=ext.img of=disk.img bs=1M count=4 seek=17 conv=notrunc\n";

	return rig_make_disk(d, script);
}

/* The i-th handle with a file system. */
static EFI_HANDLE volume(UINTN i)
{
	UINTN n;
	EFI_HANDLE *all, found;

	assert_status(BS->LocateHandleBuffer(ByProtocol, &efi_guid_file_system, NULL, &n, &all),
		      EFI_SUCCESS);
	assert_int_equal(n, 2);
	found = all[i];
	assert_status(BS->FreePool(all), EFI_SUCCESS);
	return found;
}

static EFI_FILE_PROTOCOL *root_of(UINTN i)
{
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs = efi_interface(volume(i), &efi_guid_file_system);
	EFI_FILE_PROTOCOL *root = NULL;

	assert_status(fs->OpenVolume(fs, &root), EFI_SUCCESS);
	return root;
}

static EFIAPI EFI_STATUS app(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	EFI_LOADED_IMAGE_PROTOCOL *i = efi_interface(image, &efi_guid_loaded_image);
	UINTN size = sizeof(uint16_t);
	uint16_t current = 0;

	started++;
	n_seen = i->LoadOptionsSize;
	if (n_seen <= sizeof(options_seen) && n_seen)
		memcpy(options_seen, i->LoadOptions, n_seen);
	memcpy(path_seen, (uint8_t *)i->FilePath + 4, efi_node_len(i->FilePath) - 4);
	current_seen = EFI_ERROR(table->RuntimeServices->GetVariable(
			   (CHAR16 *)u"BootCurrent", &global, NULL, &size, &current))
			   ? -1
			   : current;
	dtb_seen = NULL;
	for (UINTN k = 0; k < table->NumberOfTableEntries; k++)
		if (efi_guid_equal(&table->ConfigurationTable[k].VendorGuid, &efi_guid_dtb))
			dtb_seen = table->ConfigurationTable[k].VendorTable;
	return EFI_NOT_READY;
}

static void put_program(const CHAR16 *name)
{
	EFI_FILE_PROTOCOL *root = root_of(0), *f = NULL;
	static uint8_t bytes[RIG_PROGRAM_BYTES];
	UINTN n = rig_program(bytes, app);

	assert_status(root->Open(root, &f, name,
				 EFI_FILE_MODE_CREATE | EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE,
				 0),
		      EFI_SUCCESS);
	assert_status(f->Write(f, &n, bytes), EFI_SUCCESS);
	assert_status(f->Close(f), EFI_SUCCESS);
	assert_status(root->Close(root), EFI_SUCCESS);
}

static int setup(void **state)
{
	CHAR16 name[64];

	disk = rig_add_disk(DISK_BYTES, 512);
	assert_int_equal(make(disk), 0);
	rig_setup(state);
	global = efi_guid_global_variable;
	put_program(u"\\app.efi");
	(void)efi_from_utf8(name, 64, fw_efi_default_path());
	put_program(name);
	return 0;
}

static void append(const void *bytes, UINTN n)
{
	assert_true(n_option + n <= sizeof(option));
	if (n)
		memcpy(option + n_option, bytes, n);
	n_option += n;
}

/* A load option (3.1.3), whose path is the first `path_bytes` of `path`, the file's and an end. */
static void begin_option(uint32_t attributes, const void *path, UINTN path_bytes,
			 const CHAR16 *file)
{
	static const uint8_t end[] = { 0x7f, 0xff, 4, 0 };
	UINTN file_bytes = file ? 4 + (efi_strlen(file) + 1) * 2 : 0;
	uint8_t head[6], node[4] = { 4, 4, (uint8_t)file_bytes, (uint8_t)(file_bytes >> 8) };

	n_option = 0;
	cairn_le_store(head, 4, attributes);
	cairn_le_store(head + 4, 2, path_bytes + file_bytes + sizeof(end));
	append(head, sizeof(head));
	append(u"name \u00e9", 14);
	append(path, path_bytes);
	if (file) {
		append(node, sizeof(node));
		append(file, file_bytes - 4);
	}
	append(end, sizeof(end));
}

static void set(const CHAR16 *name, const void *data, UINTN n)
{
	assert_status(
	    RT->SetVariable((CHAR16 *)(uintptr_t)name, &global, NV_ALL, n, (void *)(uintptr_t)data),
	    EFI_SUCCESS);
}

static void expect_start(uint16_t number, int result)
{
	struct cairn_err err = { 0 };
	uint64_t status = 0;
	uint32_t before = started;

	current_seen = -2;
	assert_int_equal(fw_efi_option_start(number, &status, &err), result);
	assert_int_equal(started - before, result == 0);
	if (result == 0) {
		assert_status(status, EFI_NOT_READY);
		assert_int_equal(current_seen, number);
	} else {
		assert_non_null(err.what);
	}
}

static UINTN path_bytes(const uint8_t *path)
{
	return efi_path_size((efi_path *)path) - 4;
}

static void option_is_started_by_its_whole_path(void **state)
{
	const uint8_t *esp = efi_interface(volume(0), &efi_guid_device_path);
	static const uint8_t own[] = { 1, 2, 3 };
	uint16_t current;
	UINTN size = sizeof(current);

	begin_option(1, esp, path_bytes(esp), u"\\app.efi");
	append(own, sizeof(own));
	set(u"Boot000A", option, n_option);
	expect_start(10, 0);
	assert_memory_equal(path_seen, u"\\app.efi", 18);
	assert_int_equal(n_seen, sizeof(own));
	assert_memory_equal(options_seen, own, sizeof(own));
	assert_status(RT->GetVariable((CHAR16 *)u"BootCurrent", &global, NULL, &size, &current),
		      EFI_NOT_FOUND);
}

static void option_is_started_by_a_path_that_begins_with_the_partition(void **state)
{
	const uint8_t *esp = efi_interface(volume(0), &efi_guid_device_path);
	UINTN n = path_bytes(esp);
	uint8_t hd[42];

	memcpy(hd, esp + n - sizeof(hd), sizeof(hd));
	memset(hd + 8, 0xff, 16); /* where it lies does not count, and may have changed */
	begin_option(1, hd, sizeof(hd), u"\\app.efi");
	set(u"Boot0001", option, n_option);
	expect_start(1, 0);
	assert_int_equal(n_seen, 0);
	hd[24] ^= 1; /* another partition's signature */
	begin_option(1, hd, sizeof(hd), u"\\app.efi");
	set(u"Boot0001", option, n_option);
	expect_start(1, -ENOENT);
	hd[24] ^= 1;
	hd[4] ^= 1; /* another number */
	begin_option(1, hd, sizeof(hd), u"\\app.efi");
	set(u"Boot0001", option, n_option);
	expect_start(1, -ENOENT);
}

static void option_is_started_by_the_path_of_a_file(void **state)
{
	begin_option(1, NULL, 0, u"\\app.efi");
	set(u"Boot0002", option, n_option);
	expect_start(2, 0);
	begin_option(1, NULL, 0, u"\\gone.efi");
	set(u"Boot0002", option, n_option);
	expect_start(2, -ENOENT);
}

static void option_without_a_file_means_the_default_program(void **state)
{
	const uint8_t *esp = efi_interface(volume(0), &efi_guid_device_path);
	CHAR16 name[64];
	UINTN n = (efi_from_utf8(name, 64, fw_efi_default_path()) + 1) * 2;

	begin_option(1, esp, path_bytes(esp), NULL);
	set(u"Boot0003", option, n_option);
	expect_start(3, 0);
	assert_memory_equal(path_seen, name, n);
	begin_option(1, esp, path_bytes(esp) - 42, NULL); /* the whole disk */
	set(u"Boot0003", option, n_option);
	memset(path_seen, 0, sizeof(path_seen));
	expect_start(3, 0);
	assert_memory_equal(path_seen, name, n);
}

static void option_for_what_is_not_there_is_refused(void **state)
{
	static const uint8_t vendor[20] = { 1, 4, 20, 0, 7 };

	begin_option(1, vendor, sizeof(vendor), u"\\app.efi");
	set(u"Boot0004", option, n_option);
	expect_start(4, -ENOENT);
	expect_start(0xbeef, -ENOENT);
}

static void option_says_what_it_is(void **state)
{
	struct fw_efi_option o;
	struct cairn_err err;

	begin_option(1, NULL, 0, u"\\app.efi");
	set(u"Boot00FF", option, n_option);
	assert_int_equal(fw_efi_option(0xff, &o, &err), 0);
	assert_int_equal(o.number, 0xff);
	assert_true(o.is_active);
	assert_string_equal(o.description, "name \303\251");
	begin_option(0x101, NULL, 0, u"\\app.efi"); /* an application's */
	set(u"Boot00FF", option, n_option);
	assert_int_equal(fw_efi_option(0xff, &o, &err), 0);
	assert_false(o.is_active);
	begin_option(0, NULL, 0, u"\\app.efi");
	set(u"Boot00FF", option, n_option);
	assert_int_equal(fw_efi_option(0xff, &o, &err), 0);
	assert_false(o.is_active);
}

static void broken_options_are_refused(void **state)
{
	struct fw_efi_option o;
	struct cairn_err err;
	UINTN whole;

	begin_option(1, NULL, 0, u"\\app.efi");
	whole = n_option;
	for (UINTN n = 1; n < whole; n++) { /* cut anywhere */
		set(u"Boot0005", option, n);
		assert_int_equal(fw_efi_option(5, &o, &err), -EPROTO);
	}
	option[20 + 2] = 3; /* a node shorter than its head */
	set(u"Boot0005", option, whole);
	assert_int_equal(fw_efi_option(5, &o, &err), -EPROTO);
	option[20 + 2] = 200; /* or beyond the path */
	set(u"Boot0005", option, whole);
	assert_int_equal(fw_efi_option(5, &o, &err), -EPROTO);
	n_option = 20; /* within a node, others that look well */
	cairn_le_store(option + 4, 2, 10);
	append("\4\4\2\0\4\0\x7f\xff\4\0", 10);
	set(u"Boot0005", option, n_option);
	assert_int_equal(fw_efi_option(5, &o, &err), -EPROTO);
	n_option = 20; /* an end, but behind the path */
	cairn_le_store(option + 4, 2, 8);
	append("\4\4\x0c\0a\0b\0c\0\0\0\x7f\xff\4\0", 16);
	set(u"Boot0005", option, n_option);
	assert_int_equal(fw_efi_option(5, &o, &err), -EPROTO);
	n_option = 20;
	cairn_le_store(option + 4, 2, 4);
	append("\x7f\xff\4\0", 4); /* a path of nothing */
	set(u"Boot0005", option, n_option);
	assert_int_equal(fw_efi_option(5, &o, &err), -EPROTO);
	expect_start(5, -EPROTO);
}

static void next_is_told_once(void **state)
{
	const uint16_t next = 7;
	uint16_t got = 0;

	assert_false(fw_efi_boot_next(&got));
	set(u"BootNext", &next, 2);
	assert_true(fw_efi_boot_next(&got));
	assert_int_equal(got, 7);
	assert_false(fw_efi_boot_next(&got));
	set(u"BootNext", "abc", 3);
	assert_false(fw_efi_boot_next(&got));
}

static void order_is_told(void **state)
{
	uint16_t order[80], got[FW_EFI_OPTIONS_MAX];

	for (uint16_t i = 0; i < 80; i++)
		order[i] = (uint16_t)(100 - i);
	assert_int_equal(fw_efi_boot_order(got, FW_EFI_OPTIONS_MAX), 0);
	set(u"BootOrder", order, sizeof(order));
	assert_int_equal(fw_efi_boot_order(got, FW_EFI_OPTIONS_MAX), FW_EFI_OPTIONS_MAX);
	assert_memory_equal(got, order, sizeof(got));
	set(u"BootOrder", order, 5); /* the half of one is none */
	assert_int_equal(fw_efi_boot_order(got, FW_EFI_OPTIONS_MAX), 2);
}

static void timeout_is_told(void **state)
{
	uint16_t seconds = 0;

	assert_false(fw_efi_timeout(&seconds));
	set(u"Timeout", "\5\0", 2);
	assert_true(fw_efi_timeout(&seconds));
	assert_int_equal(seconds, 5);
}

static void loader_variables_are_texts(void **state)
{
	EFI_GUID loader = efi_guid_boot_loader;
	uint8_t data[64];
	UINTN size = sizeof(data);
	uint32_t attributes;
	char text[40];

	assert_false(fw_efi_loader_get("LoaderX", text, sizeof(text)));
	fw_efi_loader_set("LoaderX", "one");
	assert_true(fw_efi_loader_get("LoaderX", text, sizeof(text)));
	assert_string_equal(text, "one");
	assert_false(fw_efi_loader_get("LoaderX", text, 12));
	assert_status(RT->GetVariable((CHAR16 *)u"LoaderX", &loader, &attributes, &size, data),
		      EFI_SUCCESS);
	assert_int_equal(attributes, EFI_VARIABLE_BOOTSERVICE | EFI_VARIABLE_RUNTIME);
	fw_efi_loader_set_list("LoaderX", "a\0bc", 5);
	size = sizeof(data);
	assert_status(RT->GetVariable((CHAR16 *)u"LoaderX", &loader, NULL, &size, data),
		      EFI_SUCCESS);
	assert_int_equal(size, 10);
	assert_memory_equal(data, u"a\0bc", 10);
	fw_efi_loader_set("LoaderX", NULL);
	assert_false(fw_efi_loader_get("LoaderX", text, sizeof(text)));
}

static void device_tree_takes_the_place_of_the_machines(void **state)
{
	static const char own[] = "a tree", machine[] = "the machine's";
	struct fw_efi_candidate c = { .disk = &disk->block,
				      .first_block = ESP_FIRST,
				      .path = "\\app.efi",
				      .dtb = own,
				      .dtb_bytes = sizeof(own) };
	EFI_GUID guid = efi_guid_dtb;
	struct cairn_err err;
	uint64_t status;

	assert_int_equal(fw_efi_start(&c, &status, &err), -ENOTSUP);
	assert_status(BS->InstallConfigurationTable(&guid, (void *)(uintptr_t)machine),
		      EFI_SUCCESS);
	assert_int_equal(fw_efi_start(&c, &status, &err), 0);
	assert_non_null(dtb_seen);
	assert_ptr_not_equal(dtb_seen, machine);
	assert_ptr_not_equal(dtb_seen, own);
	c.dtb_bytes = 0;
	assert_int_equal(fw_efi_start(&c, &status, &err), 0);
	assert_ptr_equal(dtb_seen, machine);
	assert_int_equal(current_seen, -1);
	assert_status(BS->InstallConfigurationTable(&guid, NULL), EFI_SUCCESS);
}

static void volumes_are_told_with_what_is_on_them(void **state)
{
	struct fw_efi_volume v;

	assert_true(fw_efi_volume(0, &v));
	assert_true(v.is_esp && !v.is_xbootldr && v.fat && !v.ext4);
	assert_memory_equal(v.part.b, "\x33\x22\x11\0\x55\x44\x77\x66\x88\x99", 10);
	assert_true(fw_efi_volume(1, &v));
	assert_true(!v.is_esp && v.is_xbootldr && !v.fat && v.ext4);
	assert_true(fw_efi_volume(2, &v));
	assert_true(!v.is_esp && !v.is_xbootldr && !v.fat && !v.ext4);
}

static EFI_FILE_PROTOCOL *ext4_opened(EFI_FILE_PROTOCOL *root, const CHAR16 *name)
{
	EFI_FILE_PROTOCOL *f = NULL;

	assert_status(root->Open(root, &f, name, EFI_FILE_MODE_READ, 0), EFI_SUCCESS);
	return f;
}

static void ext4_is_read(void **state)
{
	EFI_FILE_PROTOCOL *root = root_of(1), *sub = ext4_opened(root, u"\\sub"), *f;
	char got[16];
	UINTN n = sizeof(got);
	uint64_t at;

	f = ext4_opened(root, u"\\a");
	assert_status(f->Read(f, &n, got), EFI_SUCCESS);
	assert_int_equal(n, 5);
	assert_memory_equal(got, "hello", 5);
	assert_status(f->SetPosition(f, 3), EFI_SUCCESS);
	n = sizeof(got);
	assert_status(f->Read(f, &n, got), EFI_SUCCESS);
	assert_int_equal(n, 2);
	assert_status(f->GetPosition(f, &at), EFI_SUCCESS);
	assert_int_equal(at, 5);
	assert_status(f->SetPosition(f, UINT64_MAX), EFI_SUCCESS);
	assert_status(f->GetPosition(f, &at), EFI_SUCCESS);
	assert_int_equal(at, 5);
	assert_status(f->SetPosition(f, 6), EFI_SUCCESS);
	assert_status(f->Read(f, &n, got), EFI_DEVICE_ERROR);
	assert_status(f->Close(f), EFI_SUCCESS);
	f = ext4_opened(sub, u"b");
	n = sizeof(got);
	assert_status(f->Read(f, &n, got), EFI_SUCCESS);
	assert_memory_equal(got, "deep", 4);
	assert_status(f->Close(f), EFI_SUCCESS);
	f = ext4_opened(root, u"link");
	assert_status(f->Close(f), EFI_SUCCESS);
	assert_status(sub->Close(sub), EFI_SUCCESS);
	assert_status(root->Close(root), EFI_SUCCESS);
}

static void ext4_is_not_written(void **state)
{
	EFI_FILE_PROTOCOL *root = root_of(1), *f = ext4_opened(root, u"a"), *g;
	EFI_GUID info = efi_guid_file_info;
	UINTN n = 1;

	assert_status(root->Open(root, &g, u"a", EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0),
		      EFI_WRITE_PROTECTED);
	assert_status(root->Open(root, &g, u"none", EFI_FILE_MODE_READ, 0), EFI_NOT_FOUND);
	assert_status(root->Open(root, NULL, u"a", EFI_FILE_MODE_READ, 0), EFI_INVALID_PARAMETER);
	assert_status(f->Write(f, &n, &n), EFI_WRITE_PROTECTED);
	assert_status(f->SetInfo(f, &info, 0, &n), EFI_WRITE_PROTECTED);
	assert_status(f->Flush(f), EFI_SUCCESS);
	assert_status(f->Delete(f), EFI_WARN_DELETE_FAILURE);
	assert_status(root->Close(root), EFI_SUCCESS);
}

static void ext4_directory_is_read_entry_by_entry(void **state)
{
	static union {
		EFI_FILE_INFO info;
		uint8_t bytes[1024];
	} u;
	EFI_FILE_PROTOCOL *root = root_of(1);
	EFI_GUID info = efi_guid_file_info, fs = efi_guid_file_system_info;
	UINTN n = 1, files = 0, dirs = 0;

	assert_status(root->Read(root, &n, &u), EFI_BUFFER_TOO_SMALL);
	for (n = sizeof(u); n; files++) {
		n = sizeof(u);
		assert_status(root->Read(root, &n, &u), EFI_SUCCESS);
		dirs += n && (u.info.Attribute & EFI_FILE_DIRECTORY);
		if (n && u.info.FileName[0] == 'a')
			assert_int_equal(u.info.FileSize, 5);
	}
	assert_int_equal(files, 4 + 1); /* a, sub, link, lost+found, and the end */
	assert_int_equal(dirs, 2);
	assert_status(root->SetPosition(root, 1), EFI_UNSUPPORTED);
	assert_status(root->SetPosition(root, 0), EFI_SUCCESS);
	n = sizeof(u);
	assert_status(root->Read(root, &n, &u), EFI_SUCCESS);
	assert_true(n > 0);
	n = sizeof(u);
	assert_status(root->GetInfo(root, &fs, &n, &u), EFI_SUCCESS);
	n = sizeof(u);
	assert_status(root->GetInfo(root, &info, &n, &u), EFI_SUCCESS);
	assert_int_equal(u.info.FileName[0], 0);
	assert_status(root->GetInfo(root, NULL, &n, &u), EFI_INVALID_PARAMETER);
	assert_status(root->GetInfo(root, &global, &n, &u), EFI_UNSUPPORTED);
	assert_status(root->Close(root), EFI_SUCCESS);
}

/* What the volume keeps of its tables is read anew. */
static void files_are_as_another_wrote_the_blocks(void **state)
{
	EFI_FILE_PROTOCOL *root = root_of(0), *f;
	EFI_BLOCK_IO_PROTOCOL *b = efi_interface(volume(0), &efi_guid_block_io);
	static uint8_t sector[512];
	EFI_LBA lba = 0;

	f = ext4_opened(root, u"\\app.efi"); /* so that its directory is kept */
	assert_status(f->Close(f), EFI_SUCCESS);
	do
		assert_status(b->ReadBlocks(b, b->Media->MediaId, ++lba, 512, sector), EFI_SUCCESS);
	while (memcmp(sector, "EFI        \x10", 12) != 0);
	for (UINTN at = 0; at < sizeof(sector); at += 32)
		if (memcmp(sector + at, "APP     EFI", 11) == 0)
			memcpy(sector + at, "NEW     EFI", 11);
	assert_status(b->WriteBlocks(b, b->Media->MediaId, lba, 512, sector), EFI_SUCCESS);
	assert_status(root->Open(root, &f, u"\\app.efi", EFI_FILE_MODE_READ, 0), EFI_NOT_FOUND);
	f = ext4_opened(root, u"\\new.efi");
	assert_status(f->Close(f), EFI_SUCCESS);
	assert_status(root->Close(root), EFI_SUCCESS);
}

static EFIAPI EFI_STATUS stays(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	return EFI_SUCCESS;
}

static void driver_that_stays_has_no_options_left(void **state)
{
	static uint8_t bytes[RIG_PROGRAM_BYTES];
	UINTN n = rig_program(bytes, stays);
	EFI_LOADED_IMAGE_PROTOCOL *i;
	EFI_HANDLE h = NULL;
	uint64_t status = 1;

	cairn_le_store(bytes + 0x40 + 24 + 68, 2, 11);
	assert_status(BS->LoadImage(false, rig_image(), NULL, bytes, n, &h), EFI_SUCCESS);
	assert_status(efi_boot_run(h, "abc", 3, NULL, &status), EFI_SUCCESS);
	assert_status(status, EFI_SUCCESS);
	i = efi_interface(h, &efi_guid_loaded_image);
	assert_non_null(i);
	assert_null(i->LoadOptions);
	assert_int_equal(i->LoadOptionsSize, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(option_is_started_by_its_whole_path),
		cmocka_unit_test(option_is_started_by_a_path_that_begins_with_the_partition),
		cmocka_unit_test(option_is_started_by_the_path_of_a_file),
		cmocka_unit_test(option_without_a_file_means_the_default_program),
		cmocka_unit_test(option_for_what_is_not_there_is_refused),
		cmocka_unit_test(option_says_what_it_is),
		cmocka_unit_test(broken_options_are_refused),
		cmocka_unit_test(next_is_told_once),
		cmocka_unit_test(order_is_told),
		cmocka_unit_test(timeout_is_told),
		cmocka_unit_test(loader_variables_are_texts),
		cmocka_unit_test(device_tree_takes_the_place_of_the_machines),
		cmocka_unit_test(volumes_are_told_with_what_is_on_them),
		cmocka_unit_test(ext4_is_read),
		cmocka_unit_test(ext4_is_not_written),
		cmocka_unit_test(ext4_directory_is_read_entry_by_entry),
		cmocka_unit_test(files_are_as_another_wrote_the_blocks),
		cmocka_unit_test(driver_that_stays_has_no_options_left),
	};

	if (!cairn_rig_has("sgdisk") || !cairn_rig_has("mkfs.vfat") || !cairn_rig_has("mke2fs")) {
		puts("skipped: no sgdisk, mkfs.vfat or mke2fs");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, NULL);
}
