/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Protocols without a device: collation (13.10), device paths (10.5, 10.6), memory attributes. */
#include <fw/arch.h>

#include "arch_test.h"
#include "rig.h"

#include <cairn/fdt_reader.h>
#include <fw/platform.h>

static void *protocol(const EFI_GUID *guid)
{
	void *p = NULL;

	assert_status(BS->LocateProtocol(guid, NULL, &p), EFI_SUCCESS);
	return p;
}

static void strings_are_compared_without_case(void **state)
{
	EFI_UNICODE_COLLATION_PROTOCOL *c = protocol(&efi_guid_collation2);

	assert_int_equal(c->StriColl(c, u"Größe", u"gRÖßE"), 0);
	assert_true(c->StriColl(c, u"a", u"B") < 0);
	assert_true(c->StriColl(c, u"ab", u"A") > 0);
	assert_string_equal(c->SupportedLanguages, "en");
	c = protocol(&efi_guid_collation);
	assert_string_equal(c->SupportedLanguages, "eng");
}

static void patterns_match(void **state)
{
	EFI_UNICODE_COLLATION_PROTOCOL *c = protocol(&efi_guid_collation2);

	assert_true(c->MetaiMatch(c, u"BootX64.efi", u"*.EFI"));
	assert_true(c->MetaiMatch(c, u"abc", u"a?c"));
	assert_true(c->MetaiMatch(c, u"abc", u"a[a-c]C*"));
	assert_true(c->MetaiMatch(c, u"aXbXc", u"a*b*c"));
	assert_true(c->MetaiMatch(c, u"", u"*"));
	assert_false(c->MetaiMatch(c, u"abc", u"a[d-f]c"));
	assert_false(c->MetaiMatch(c, u"abc", u"ab"));
	assert_false(c->MetaiMatch(c, u"abc", u"abcd"));
	assert_false(c->MetaiMatch(c, u"a", u"["));
	assert_false(c->MetaiMatch(c, u"a", u"[a"));
}

static void case_and_fat_names(void **state)
{
	EFI_UNICODE_COLLATION_PROTOCOL *c = protocol(&efi_guid_collation2);
	CHAR16 s[] = u"aÄ1";
	char fat[9] = { 0 };

	c->StrUpr(c, s);
	assert_memory_equal(s, u"AÄ1", 8);
	c->StrLwr(c, s);
	assert_memory_equal(s, u"aä1", 8);
	assert_true(c->StrToFat(c, u"my file+.txt", 8, fat));
	assert_string_equal(fat, "MYFILE_T");
	assert_false(c->StrToFat(c, u"abc", 8, fat));
	assert_string_equal(fat, "ABC");
	c->FatToStr(c, 8, fat, s);
	assert_memory_equal(s, u"ABC", 8);
}

static const struct {
	EFI_DEVICE_PATH_PROTOCOL acpi;
	uint8_t hid_uid[8];
	EFI_DEVICE_PATH_PROTOCOL pci;
	uint8_t fn_dev[2];
	EFI_DEVICE_PATH_PROTOCOL hd;
	uint8_t hd_rest[38];
	EFI_DEVICE_PATH_PROTOCOL file;
	CHAR16 name[4];
	EFI_DEVICE_PATH_PROTOCOL odd;
	uint8_t odd_rest[2];
	EFI_DEVICE_PATH_PROTOCOL end;
} __attribute__((packed)) path = {
	{ 2, 1, { 12, 0 } },
	{ 0xd0, 0x41, 3, 0x0a },
	{ 1, 1, { 6, 0 } },
	{ 1, 4 },
	{ 4, 1, { 42, 0 } },
	{ 2,    0,    0,    0,    0, 8,    0,    0,    0,    0,    0,    0,    0,
	  0x40, 0,    0,    0,    0, 0,    0,    0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8,
	  0xd2, 0x11, 0xba, 0x4b, 0, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b, 2,    2 },
	{ 4, 4, { 12, 0 } },
	u"\\a\\",
	{ 5, 9, { 6, 0 } },
	{ 0xab, 0x01 },
	{ 0x7f, 0xff, { 4, 0 } },
};
#define PATH ((efi_path *)&path)

static void paths_are_text(void **state)
{
	static const CHAR16 expected[] =
	    u"PciRoot(0x0)/Pci(0x4,0x1)/"
	    u"HD(2,GPT,C12A7328-F81F-11D2-BA4B-00A0C93EC93B,0x800,0x4000)/\\a\\/BbsPath(9,AB01)";
	EFI_DEVICE_PATH_TO_TEXT_PROTOCOL *t = protocol(&efi_guid_path_to_text);
	EFI_DEVICE_PATH_PROTOCOL bad = { 1, 1, { 3, 0 } };
	CHAR16 *s = t->ConvertDevicePathToText(PATH, true, true);

	assert_memory_equal(s, expected, sizeof(expected));
	assert_status(BS->FreePool(s), EFI_SUCCESS);
	s = t->ConvertDeviceNodeToText(&path.pci, false, false);
	assert_memory_equal(s, u"Pci(0x4,0x1)", 26);
	assert_status(BS->FreePool(s), EFI_SUCCESS);
	assert_null(t->ConvertDevicePathToText(NULL, false, false));
	assert_null(t->ConvertDevicePathToText(&bad, false, false));
	assert_null(t->ConvertDeviceNodeToText(&bad, false, false));
}

/* Each known node, cut short, is shown as bytes: nothing behind it is read. */
static void short_nodes_are_shown_as_bytes(void **state)
{
	static const uint8_t kinds[][2] = { { 1, 1 },  { 1, 3 }, { 1, 4 }, { 2, 1 }, { 3, 2 },
					    { 3, 10 }, { 4, 1 }, { 4, 2 }, { 4, 3 } };
	EFI_DEVICE_PATH_TO_TEXT_PROTOCOL *t = protocol(&efi_guid_path_to_text);

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(kinds); i++) {
		EFI_DEVICE_PATH_PROTOCOL *node = malloc(5);
		CHAR16 *s;

		*node = (EFI_DEVICE_PATH_PROTOCOL){ kinds[i][0], kinds[i][1], { 5, 0 } };
		((uint8_t *)node)[4] = 1;
		s = t->ConvertDeviceNodeToText(node, false, false);
		assert_memory_equal(s + efi_strlen(s) - 4, u",01)", 8);
		assert_status(BS->FreePool(s), EFI_SUCCESS);
		free(node);
	}
}

/* What is shown is read back to the same bytes; what has no name of its own, by its type's. */
static void text_becomes_the_path_again(void **state)
{
	static const CHAR16 *const texts[] = {
		u"PciRoot(0x1)/Pci(0x1F,0x7)",
		u"PcieRoot(0x0)",
		u"Acpi(PNP0A05,0x3)",
		u"Acpi(0x12345678,0x0)",
		u"Serial(0x2)",
		u"MemoryMapped(0x2,0x1000,0xFFFFFFFFFFFF)",
		u"VenHw(12345678-9ABC-DEF0-0102-030405060708,AB01)",
		u"VenMsg(12345678-9ABC-DEF0-0102-030405060708)",
		u"VenMedia(5568E427-68FC-4F3D-AC74-CA555231CC68)",
		u"Scsi(0x1,0xFFFF)/Sata(0x0,0xFFFF,0x1)",
		u"NVMe(0x1,08-07-06-05-04-03-02-01)",
		u"HD(3,GPT,12345678-9ABC-DEF0-0102-030405060708,0x800,0x100000)/\\EFI\\a b.efi",
		u"HD(1,MBR,0xA1B2C3D4,0x3F,0x1000)",
		u"CDROM(0x1,0x10,0x20)",
		u"HardwarePath(99,00)/AcpiPath(99)/Msg(99,FF)/MediaPath(99)/BbsPath(9,01)",
		u"Path(9,2,AA)",
		u"Pci(0x1,0x0),Pci(0x2,0x0)",
	};
	EFI_DEVICE_PATH_FROM_TEXT_PROTOCOL *from = protocol(&efi_guid_path_from_text);
	EFI_DEVICE_PATH_TO_TEXT_PROTOCOL *to = protocol(&efi_guid_path_to_text);

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(texts); i++) {
		EFI_DEVICE_PATH_PROTOCOL *p = from->ConvertTextToDevicePath(texts[i]);
		CHAR16 *s = to->ConvertDevicePathToText(p, false, false);

		assert_int_equal(efi_strlen(s), efi_strlen(texts[i]));
		assert_memory_equal(s, texts[i], 2 * efi_strlen(s));
		assert_status(BS->FreePool(s), EFI_SUCCESS);
		assert_status(BS->FreePool(p), EFI_SUCCESS);
	}
}

/* Nothing that is written where a path should be does harm, or is more than a file's name. */
static void text_that_is_no_path_is_a_name(void **state)
{
	static const CHAR16 *const odd[] = { u"Pci(",   u"Pci",    u"(",  u")",
					     u"Foo(1)", u"HD((((", u"x)y" };
	EFI_DEVICE_PATH_FROM_TEXT_PROTOCOL *from = protocol(&efi_guid_path_from_text);
	CHAR16 *longest = calloc(40001, sizeof(CHAR16));
	EFI_DEVICE_PATH_PROTOCOL *p;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(odd); i++) {
		p = from->ConvertTextToDevicePath(odd[i]);
		assert_true(efi_path_size(p) > 4);
		assert_status(BS->FreePool(p), EFI_SUCCESS);
	}
	p = from->ConvertTextToDeviceNode(u"a name");
	assert_true(efi_node_is(p, EFI_DP_MEDIA, EFI_DP_MEDIA_FILEPATH));
	assert_status(BS->FreePool(p), EFI_SUCCESS);
	assert_null(from->ConvertTextToDeviceNode(NULL));
	assert_null(from->ConvertTextToDevicePath(u""));
	for (int i = 0; i < 40000; i++)
		longest[i] = 'n';
	assert_null(from->ConvertTextToDevicePath(longest));
	for (int i = 0; i < 40000; i++)
		longest[i] = i % 2 ? '/' : 'n';
	assert_null(from->ConvertTextToDevicePath(longest));
	free(longest);
}

static void paths_are_joined_and_parted(void **state)
{
	EFI_DEVICE_PATH_UTILITIES_PROTOCOL *u = protocol(&efi_guid_path_utilities);
	EFI_DEVICE_PATH_PROTOCOL *a = u->DuplicateDevicePath(PATH), *b, *c, *rest;
	UINTN n = 0;

	assert_int_equal(u->GetDevicePathSize(PATH), sizeof(path));
	assert_int_equal(u->GetDevicePathSize(NULL), 0);
	assert_memory_equal(a, &path, sizeof(path));
	assert_null(u->DuplicateDevicePath(NULL));
	b = u->AppendDeviceNode(NULL, &path.pci);
	assert_int_equal(u->GetDevicePathSize(b), 10);
	c = u->AppendDevicePath(b, PATH);
	assert_int_equal(u->GetDevicePathSize(c), 6 + sizeof(path));
	BS->FreePool(c);
	c = u->AppendDevicePathInstance(b, b);
	assert_int_equal(u->GetDevicePathSize(c), 20);
	assert_true(u->IsDevicePathMultiInstance(c));
	assert_false(u->IsDevicePathMultiInstance(b));
	rest = c;
	for (int i = 0; i < 2; i++) {
		EFI_DEVICE_PATH_PROTOCOL *one = u->GetNextDevicePathInstance(&rest, &n);

		assert_int_equal(n, 10);
		assert_memory_equal(one, b, 10);
		BS->FreePool(one);
	}
	assert_null(rest);
	assert_null(u->GetNextDevicePathInstance(&rest, &n));
	assert_int_equal(n, 0);
	BS->FreePool(a);
	BS->FreePool(b);
	BS->FreePool(c);
	assert_null(u->CreateDeviceNode(1, 1, 3));
	a = u->CreateDeviceNode(1, 2, 8);
	assert_memory_equal(a, "\1\2\10\0\0\0\0\0", 8);
	BS->FreePool(a);
}

static void malformed_paths_make_nothing(void **state)
{
	EFI_DEVICE_PATH_UTILITIES_PROTOCOL *u = protocol(&efi_guid_path_utilities);
	EFI_DEVICE_PATH_PROTOCOL bad = { 1, 1, { 0, 0 } }, *p = &bad;

	assert_int_equal(u->GetDevicePathSize(&bad), 0);
	assert_null(u->DuplicateDevicePath(&bad));
	assert_null(u->AppendDevicePath(&bad, PATH));
	assert_null(u->AppendDevicePath(PATH, &bad));
	assert_null(u->AppendDeviceNode(&bad, &path.pci));
	assert_null(u->AppendDeviceNode(PATH, &bad));
	assert_null(u->AppendDevicePathInstance(PATH, &bad));
	assert_null(u->GetNextDevicePathInstance(&p, NULL));
	assert_false(u->IsDevicePathMultiInstance(&bad));
}

static uint64_t attributes_of(EFI_PHYSICAL_ADDRESS at, uint64_t len)
{
	EFI_MEMORY_ATTRIBUTE_PROTOCOL *m = protocol(&efi_guid_memory_attribute);
	uint64_t attrs = 99;

	assert_status(m->GetMemoryAttributes(m, at, len, &attrs), EFI_SUCCESS);
	return attrs;
}

static void attributes_are_set_page_by_page(void **state)
{
	EFI_MEMORY_ATTRIBUTE_PROTOCOL *m = protocol(&efi_guid_memory_attribute);
	EFI_PHYSICAL_ADDRESS at;
	uint64_t attrs;

	assert_status(BS->AllocatePages(AllocateAnyPages, EfiLoaderData, 8, &at), EFI_SUCCESS);
	assert_int_equal(attributes_of(at, 0x8000), 0);
	assert_status(m->SetMemoryAttributes(m, at, 0x8000, EFI_MEMORY_XP), EFI_SUCCESS);
	assert_status(m->SetMemoryAttributes(m, at + 0x2000, 0x1000, EFI_MEMORY_RO), EFI_SUCCESS);
	assert_int_equal(attributes_of(at, 0x2000), EFI_MEMORY_XP);
	assert_int_equal(attributes_of(at + 0x2000, 0x1000), EFI_MEMORY_XP | EFI_MEMORY_RO);
	assert_int_equal(attributes_of(at + 0x3000, 0x5000), EFI_MEMORY_XP);
	assert_status(m->GetMemoryAttributes(m, at, 0x3000, &attrs), EFI_NO_MAPPING);
	assert_status(m->ClearMemoryAttributes(m, at + 0x1000, 0x6000, EFI_MEMORY_XP), EFI_SUCCESS);
	assert_int_equal(attributes_of(at, 0x1000), EFI_MEMORY_XP);
	assert_int_equal(attributes_of(at + 0x1000, 0x1000), 0);
	assert_int_equal(attributes_of(at + 0x2000, 0x1000), EFI_MEMORY_RO);
	assert_int_equal(attributes_of(at + 0x7000, 0x1000), EFI_MEMORY_XP);
	assert_status(m->ClearMemoryAttributes(m, at, 0x8000, EFI_MEMORY_XP | EFI_MEMORY_RO),
		      EFI_SUCCESS);
	assert_int_equal(attributes_of(at, 0x8000), 0);
	assert_status(BS->FreePages(at, 8), EFI_SUCCESS);
}

static void attributes_end_with_their_pages(void **state)
{
	EFI_MEMORY_ATTRIBUTE_PROTOCOL *m = protocol(&efi_guid_memory_attribute);
	EFI_PHYSICAL_ADDRESS at;

	assert_status(BS->AllocatePages(AllocateAnyPages, EfiLoaderData, 3, &at), EFI_SUCCESS);
	assert_status(m->SetMemoryAttributes(m, at, 0x3000, EFI_MEMORY_RO), EFI_SUCCESS);
	test_protect_last = FW_PROT_RO;
	assert_status(BS->FreePages(at + 0x1000, 1), EFI_SUCCESS);
	assert_int_equal(test_protect_last, FW_PROT_RWX);
	assert_int_equal(attributes_of(at, 0x1000), EFI_MEMORY_RO);
	assert_int_equal(attributes_of(at + 0x1000, 0x1000), 0);
	assert_int_equal(attributes_of(at + 0x2000, 0x1000), EFI_MEMORY_RO);
	assert_status(m->SetMemoryAttributes(m, at + 0x1000, 0x1000, EFI_MEMORY_XP), EFI_SUCCESS);
	assert_status(BS->FreePages(at + 0x1000, 1), EFI_NOT_FOUND); /* it is free */
	assert_int_equal(attributes_of(at + 0x1000, 0x1000), EFI_MEMORY_XP);
	assert_status(m->ClearMemoryAttributes(m, at + 0x1000, 0x1000, EFI_MEMORY_XP), EFI_SUCCESS);
	assert_status(BS->FreePages(at, 1), EFI_SUCCESS);
	assert_status(BS->FreePages(at + 0x2000, 1), EFI_SUCCESS);
	assert_int_equal(attributes_of(at, 0x3000), 0);
}

/* Where nothing is left to keep a range's two ends with, both are free of attributes. */
static void attributes_end_with_their_pages_also_when_there_are_many(void **state)
{
	EFI_MEMORY_ATTRIBUTE_PROTOCOL *m = protocol(&efi_guid_memory_attribute);
	EFI_PHYSICAL_ADDRESS at, next;
	EFI_STATUS status;

	assert_status(BS->AllocatePages(AllocateAnyPages, EfiLoaderData, 600, &at), EFI_SUCCESS);
	assert_status(m->SetMemoryAttributes(m, at, 0x3000, EFI_MEMORY_XP), EFI_SUCCESS);
	assert_status(m->SetMemoryAttributes(m, at + 0x4000, 0x3000, EFI_MEMORY_XP), EFI_SUCCESS);
	for (next = at + 0x8000, status = EFI_SUCCESS; status == EFI_SUCCESS; next += 0x2000)
		status = m->SetMemoryAttributes(m, next, 0x1000, EFI_MEMORY_XP);
	assert_status(status, EFI_OUT_OF_RESOURCES);
	assert_status(BS->FreePages(at + 0x1000, 1), EFI_SUCCESS);
	assert_status(BS->FreePages(at + 0x5000, 1), EFI_SUCCESS);
	assert_int_equal(attributes_of(at, 0x1000), EFI_MEMORY_XP);
	assert_int_equal(attributes_of(at + 0x2000, 0x1000), EFI_MEMORY_XP);
	assert_int_equal(attributes_of(at + 0x4000, 0x3000), 0);
	assert_status(BS->FreePages(at, 1), EFI_SUCCESS);
	assert_status(BS->FreePages(at + 0x2000, 3), EFI_SUCCESS);
	assert_status(BS->FreePages(at + 0x6000, 594), EFI_SUCCESS);
	assert_int_equal(attributes_of(at, 600 * 0x1000), 0);
}

static void attributes_refuse_nonsense(void **state)
{
	EFI_MEMORY_ATTRIBUTE_PROTOCOL *m = protocol(&efi_guid_memory_attribute);
	EFI_PHYSICAL_ADDRESS at = (uintptr_t)rig_ram;
	uint64_t attrs;

	assert_status(m->GetMemoryAttributes(m, at, 0x1000, NULL), EFI_INVALID_PARAMETER);
	assert_status(m->GetMemoryAttributes(m, at, 0, &attrs), EFI_INVALID_PARAMETER);
	assert_status(m->GetMemoryAttributes(m, at + 1, 0x1000, &attrs), EFI_INVALID_PARAMETER);
	assert_status(m->SetMemoryAttributes(m, at, 0x1001, EFI_MEMORY_XP), EFI_INVALID_PARAMETER);
	assert_status(m->SetMemoryAttributes(m, at, 0x1000, 0), EFI_INVALID_PARAMETER);
	assert_status(m->SetMemoryAttributes(m, at, 0x1000, 1), EFI_INVALID_PARAMETER);
	assert_status(m->SetMemoryAttributes(m, at, 0x1000, EFI_MEMORY_RP), EFI_UNSUPPORTED);
	assert_status(m->SetMemoryAttributes(m, 0x1000, 0x1000, EFI_MEMORY_XP), EFI_UNSUPPORTED);
	assert_status(m->SetMemoryAttributes(m, UINT64_MAX - 4095, 0x1000, EFI_MEMORY_XP),
		      EFI_UNSUPPORTED);
}

static void configuration_tables_are_there(void **state)
{
	const uint8_t *rt = NULL, *attrs = NULL;
	uint32_t n;

	for (UINTN i = 0; i < efi_st->NumberOfTableEntries; i++) {
		const EFI_CONFIGURATION_TABLE *t = &efi_st->ConfigurationTable[i];

		if (efi_guid_equal(&t->VendorGuid, &efi_guid_rt_properties))
			rt = t->VendorTable;
		if (efi_guid_equal(&t->VendorGuid, &efi_guid_memory_attributes))
			attrs = t->VendorTable;
	}
	assert_non_null(rt);
	assert_memory_equal(rt, "\1\0\10\0", 4);
	assert_non_null(attrs);
	memcpy(&n, attrs + 4, sizeof(n));
	assert_int_equal(n, 2);
}

/* A tree of /chosen alone, with options and a RAM disk (Devicetree Specification, 5). */
static const char handed_over[] =
    "\xd0\x0d\xfe\xed\0\0\0\xb5\0\0\0\x38\0\0\0\x88\0\0\0\x28\0\0\0\x11\0\0\0\x10\0\0\0\0"
    "\0\0\0\x2d\0\0\0\x50\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0\1\0\0\0\0\0\0\0\1"
    "chosen\0\0"
    "\0\0\0\3\0\0\0\4\0\0\0\0\0\0\x10\0"
    "\0\0\0\3\0\0\0\4\0\0\0\x13\0\0\x20\0"
    "\0\0\0\3\0\0\0\4\0\0\0\x24"
    "a=b\0"
    "\0\0\0\2\0\0\0\2\0\0\0\x09"
    "linux,initrd-start\0linux,initrd-end\0bootargs";

static void the_firmwares_ram_disk_is_not_in_the_tree_of_others(void **state)
{
	struct cairn_fdt_reader tree;
	struct cairn_fdt_node n;
	const void *dtb = NULL;
	uint64_t number;

	for (UINTN i = 0; i < efi_st->NumberOfTableEntries; i++)
		if (efi_guid_equal(&efi_st->ConfigurationTable[i].VendorGuid, &efi_guid_dtb))
			dtb = efi_st->ConfigurationTable[i].VendorTable;
	assert_non_null(dtb);
	assert_ptr_not_equal(dtb, handed_over);
	assert_int_equal(cairn_fdt_reader_open(&tree, dtb, 4096, NULL), 0);
	assert_true(cairn_fdt_reader_find(&tree, "/chosen", 7, &n));
	assert_string_equal(cairn_fdt_reader_string(&n, "bootargs"), "a=b");
	assert_false(cairn_fdt_reader_number(&n, "linux,initrd-start", &number));
	assert_false(cairn_fdt_reader_number(&n, "linux,initrd-end", &number));
}

static int set_up(void **state)
{
	fw_platform.fdt.at = (uintptr_t)handed_over;
	fw_platform.fdt.len = sizeof(handed_over);
	return rig_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_compared_without_case),
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(case_and_fat_names),
		cmocka_unit_test(paths_are_text),
		cmocka_unit_test(short_nodes_are_shown_as_bytes),
		cmocka_unit_test(text_becomes_the_path_again),
		cmocka_unit_test(text_that_is_no_path_is_a_name),
		cmocka_unit_test(paths_are_joined_and_parted),
		cmocka_unit_test(malformed_paths_make_nothing),
		cmocka_unit_test(attributes_are_set_page_by_page),
		cmocka_unit_test(attributes_end_with_their_pages),
		cmocka_unit_test(attributes_end_with_their_pages_also_when_there_are_many),
		cmocka_unit_test(attributes_refuse_nonsense),
		cmocka_unit_test(configuration_tables_are_there),
		cmocka_unit_test(the_firmwares_ram_disk_is_not_in_the_tree_of_others),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
