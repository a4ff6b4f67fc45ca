/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A disc that xorriso made, whose boot catalogue has a FAT image: UEFI 2.10, 10.3.5.2 and 13.3.2.1.
 */
#include <stdio.h>

#include <cairn/image_rig.h>
#include <cairn/le.h>

#include "rig.h"

#define DISC_BYTES  (8u << 20)
#define IMAGE_BYTES (2u << 20)

static struct rig_disk *disc;
static EFI_HANDLE found[2];

static const char script[] = "truncate -s 2M efi.img\n"
			     "mkfs.vfat efi.img\n"
			     "printf 'hello world' >a\n"
			     "mcopy -i efi.img a ::/b.txt\n"
			     "mkdir d\n"
			     "mv efi.img d\n"
			     "xorriso -as mkisofs -quiet -o disk.img -e efi.img -no-emul-boot d\n"
			     "truncate -s 8M disk.img\n";

static int setup(void **state)
{
	UINTN size = sizeof(found);

	if (!cairn_rig_has("xorriso"))
		return 0;
	disc = rig_add_disk(DISC_BYTES, 2048);
	assert_int_equal(rig_make_disk(disc, script), 0);
	disc->block.is_readonly = disc->block.is_removable = true;
	rig_setup(state);
	assert_status(BS->LocateHandle(ByProtocol, &efi_guid_block_io, NULL, &size, found),
		      EFI_SUCCESS);
	assert_int_equal(size, sizeof(found));
	return 0;
}

static void need_tools(void)
{
	if (disc)
		return;
	printf("no xorriso here (Debian package xorriso)\n");
	skip();
}

static void *interface(EFI_HANDLE h, const EFI_GUID *guid)
{
	void *p = NULL;

	assert_status(BS->HandleProtocol(h, guid, &p), EFI_SUCCESS);
	return p;
}

static void the_image_has_the_path_of_its_entry(void **state)
{
	const uint8_t *node;
	uint64_t first, n;

	need_tools();
	node = (const uint8_t *)efi_path_last(interface(found[1], &efi_guid_device_path));
	assert_int_equal(node[0], EFI_DP_MEDIA);
	assert_int_equal(node[1], EFI_DP_MEDIA_CDROM);
	assert_int_equal(cairn_le_load(node + 2, 2), 24);
	assert_int_equal(cairn_le_load(node + 4, 4), 0); /* the default one */
	first = cairn_le_load(node + 8, 8);
	n = cairn_le_load(node + 16, 8);
	assert_int_equal(n, IMAGE_BYTES / 2048);
	assert_in_range(first, 17, DISC_BYTES / 2048 - n);
	assert_memory_equal(disc->bytes + first * 2048 + 54, "FAT", 3);
}

static void blocks_are_those_of_a_removable_disc(void **state)
{
	EFI_BLOCK_IO_PROTOCOL *p;
	uint8_t block[2048];

	need_tools();
	for (int i = 0; i < 2; i++) {
		p = interface(found[i], &efi_guid_block_io);
		assert_int_equal(p->Media->BlockSize, 2048);
		assert_true(p->Media->RemovableMedia && p->Media->ReadOnly);
		assert_int_equal(p->Media->LogicalPartition, i);
		assert_status(p->WriteBlocks(p, p->Media->MediaId, 0, 2048, block),
			      EFI_WRITE_PROTECTED);
	}
	p = interface(found[0], &efi_guid_block_io);
	assert_status(p->ReadBlocks(p, p->Media->MediaId, 16, 2048, block), EFI_SUCCESS);
	assert_memory_equal(block + 1, "CD001", 5);
}

static void files_of_the_image_are_read(void **state)
{
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs;
	EFI_FILE_PROTOCOL *root, *file;
	char text[12] = "";
	UINTN n = sizeof(text);

	need_tools();
	fs = interface(found[1], &efi_guid_file_system);
	assert_status(fs->OpenVolume(fs, &root), EFI_SUCCESS);
	assert_status(root->Open(root, &file, u"b.txt", EFI_FILE_MODE_READ, 0), EFI_SUCCESS);
	assert_status(file->Read(file, &n, text), EFI_SUCCESS);
	assert_string_equal(text, "hello world");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_image_has_the_path_of_its_entry),
		cmocka_unit_test(blocks_are_those_of_a_removable_disc),
		cmocka_unit_test(files_of_the_image_are_read),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
