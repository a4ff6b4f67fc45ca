/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Device paths: utilities (UEFI 2.10, 10.5), to text (10.6.3) and from it (10.6.4). */
#include "conform.h"

static EFI_DEVICE_PATH_UTILITIES_PROTOCOL *u;
static EFI_DEVICE_PATH_TO_TEXT_PROTOCOL *to;
static EFI_DEVICE_PATH_FROM_TEXT_PROTOCOL *from;

typedef const EFI_DEVICE_PATH_PROTOCOL any_path;

static uint8_t pci[] = { 1, 1, 6, 0, 3, 2 }, end_bytes[] = { 0x7f, 0xff, 4, 0 };
static uint8_t one_node[] = { 1, 1, 6, 0, 3, 2, 0x7f, 0xff, 4, 0 };
static uint8_t two_instances[] = { 1, 1, 6, 0, 3, 2, 0x7f, 1,    4, 0,
				   1, 1, 6, 0, 4, 2, 0x7f, 0xff, 4, 0 };

static any_path *as_path(const void *p)
{
	return p;
}

/* Its size, and whether its bytes are these. */
static void say_made(const char *what, EFI_DEVICE_PATH_PROTOCOL *made, const void *bytes, UINTN n)
{
	say(what, EFI_SUCCESS, "made %u size %u same %u", U(made != NULL),
	    U(made ? path_bytes(made) : 0),
	    U(made && path_bytes(made) == n && is_equal(made, bytes, n)));
	if (made)
		(void)bs->FreePool(made);
}

static void say_instances(void)
{
	EFI_DEVICE_PATH_PROTOCOL *walk = (void *)two_instances, *first;
	UINTN size = 0;

	say("path multi", EFI_SUCCESS, "%u %u",
	    U(u->IsDevicePathMultiInstance(as_path(two_instances))),
	    U(u->IsDevicePathMultiInstance(as_path(one_node))));
	say("path multi-null", EFI_SUCCESS, "%u", U(u->IsDevicePathMultiInstance(NULL)));
	first = u->GetNextDevicePathInstance(&walk, &size);
	say("path instance", EFI_SUCCESS, "size %u more %u same %u", U(size), U(walk != NULL),
	    U(first && is_equal(first, one_node, sizeof(one_node))));
	first = u->GetNextDevicePathInstance(&walk, &size);
	say("path instance-last", EFI_SUCCESS, "size %u more %u made %u", U(size), U(walk != NULL),
	    U(first != NULL));
	first = u->GetNextDevicePathInstance(&walk, &size);
	say("path instance-none", EFI_SUCCESS, "size %u made %u", U(size), U(first != NULL));
	say_made("path append-instance",
		 u->AppendDevicePathInstance(as_path(one_node), as_path(two_instances + 10)),
		 two_instances, sizeof(two_instances));
	say_made("path append-instance-to-none",
		 u->AppendDevicePathInstance(NULL, as_path(one_node)), one_node, sizeof(one_node));
	say_made("path append-no-instance", u->AppendDevicePathInstance(as_path(one_node), NULL),
		 "", 0);
}

void path_group(void)
{
	static const uint8_t twice[] = { 1, 1, 6, 0, 3, 2, 1, 1, 6, 0, 3, 2, 0x7f, 0xff, 4, 0 };
	EFI_DEVICE_PATH_PROTOCOL *node;

	say("path utilities", bs->LocateProtocol(&efi_guid_path_utilities, NULL, (void **)&u), "");
	if (!u)
		return;
	say("path size", EFI_SUCCESS, "%u %u %u", U(u->GetDevicePathSize(as_path(one_node))),
	    U(u->GetDevicePathSize(as_path(end_bytes))), U(u->GetDevicePathSize(NULL)));
	say_made("path duplicate", u->DuplicateDevicePath(as_path(one_node)), one_node,
		 sizeof(one_node));
	say_made("path duplicate-null", u->DuplicateDevicePath(NULL), "", 0);
	say_made("path append", u->AppendDevicePath(as_path(one_node), as_path(one_node)), twice,
		 sizeof(twice));
	say_made("path append-to-null", u->AppendDevicePath(NULL, as_path(one_node)), one_node,
		 sizeof(one_node));
	say_made("path append-null", u->AppendDevicePath(as_path(one_node), NULL), one_node,
		 sizeof(one_node));
	say_made("path append-nulls", u->AppendDevicePath(NULL, NULL), end_bytes,
		 sizeof(end_bytes));
	say_made("path append-node", u->AppendDeviceNode(as_path(one_node), as_path(pci)), twice,
		 sizeof(twice));
	say_made("path append-node-to-null", u->AppendDeviceNode(NULL, as_path(pci)), one_node,
		 sizeof(one_node));
	say_made("path append-null-node", u->AppendDeviceNode(as_path(one_node), NULL), one_node,
		 sizeof(one_node));
	say_made("path append-null-nodes", u->AppendDeviceNode(NULL, NULL), end_bytes,
		 sizeof(end_bytes));
	node = u->CreateDeviceNode(1, 1, 6);
	say("path node", EFI_SUCCESS, "made %u head %u", U(node != NULL),
	    U(node && is_equal(node, pci, 4)));
	say("path node-short", EFI_SUCCESS, "made %u", U(u->CreateDeviceNode(1, 1, 3) != NULL));
	say_instances();
}

static void say_text(const char *what, const void *path)
{
	CHAR16 *text = to->ConvertDevicePathToText(path, false, false);

	say(what, EFI_SUCCESS, "%S", text ? text : u"(nothing)");
	if (text)
		(void)bs->FreePool(text);
}

static void say_to_text(void)
{
	static const uint8_t disk[] = { 2, 1, 12,   0,    0xd0, 0x41, 0x03, 0x0a, 0,  0,  0,
					0, 1, 1,    6,    0,    0,    0x1f, 3,    18, 10, 0,
					0, 0, 0xff, 0xff, 0,    0,    0x7f, 0xff, 4,  0 };
	static const uint8_t memory[] = { 1, 3, 24,   0,    2, 0, 0, 0, 0, 0x10, 0,    0,    0, 0,
					  0, 0, 0xff, 0x1f, 0, 0, 0, 0, 0, 0,    0x7f, 0xff, 4, 0 };
	static const uint8_t vendor[] = { 1,    4,    22,   0,    0x78, 0x56, 0x34, 0x12, 0x34,
					  0x12, 0x34, 0x12, 1,    2,    3,    4,    5,    6,
					  7,    8,    0xab, 0xcd, 0x7f, 0xff, 4,    0 };
	static const uint8_t unknown[] = { 3, 99, 6, 0, 1, 2, 0x7f, 0xff, 4, 0 };
	static const uint8_t file[] = {
		4, 4, 12, 0, '\\', 0, 'a', 0, 'b', 0, 0, 0, 0x7f, 0xff, 4, 0
	};
	static const uint8_t mbr[] = { 4,    1,    42,   0,    1, 0,    0,    0,    0, 8, 0, 0,
				       0,    0,    0,    0,    0, 0x10, 0,    0,    0, 0, 0, 0,
				       0x78, 0x56, 0x34, 0x12, 0, 0,    0,    0,    0, 0, 0, 0,
				       0,    0,    0,    0,    1, 1,    0x7f, 0xff, 4, 0 };
	static const uint8_t acpi[] = { 2, 1, 12, 0, 0xd0, 0x41, 0x01, 0x05,
					2, 0, 0,  0, 0x7f, 0xff, 4,    0 };
	static const uint8_t scsi[] = { 3, 2, 8, 0, 1, 0, 2, 0, 0x7f, 0xff, 4, 0 };
	static const uint8_t nvme[] = { 3, 23, 16, 0, 1, 0, 0,    0,    1, 2,
					3, 4,  5,  6, 7, 8, 0x7f, 0xff, 4, 0 };

	say_text("text-path pci", one_node);
	say_text("text-path sata", disk);
	say_text("text-path memory", memory);
	say_text("text-path vendor", vendor);
	say_text("text-path unknown", unknown);
	say_text("text-path file", file);
	say_text("text-path mbr", mbr);
	say_text("text-path acpi", acpi);
	say_text("text-path scsi", scsi);
	say_text("text-path nvme", nvme);
	say_text("text-path end", end_bytes);
	say_text("text-path instances", two_instances);
	say("text-path null", EFI_SUCCESS, "made %u %u",
	    U(to->ConvertDevicePathToText(NULL, false, false) != NULL),
	    U(to->ConvertDeviceNodeToText(NULL, false, false) != NULL));
}

static void say_from(const char *what, const CHAR16 *text)
{
	EFI_DEVICE_PATH_PROTOCOL *p = from->ConvertTextToDevicePath(text);
	CHAR16 *back = p ? to->ConvertDevicePathToText(p, false, false) : NULL;

	say(what, EFI_SUCCESS, "size %u %S", U(p ? path_bytes(p) : 0), back ? back : u"(nothing)");
}

static void say_from_text(void)
{
	EFI_DEVICE_PATH_PROTOCOL *own = interface_of(loaded->DeviceHandle, &efi_guid_device_path),
				 *p;
	CHAR16 *text = to->ConvertDevicePathToText(own, false, false);
	UINTN n = own ? path_bytes(own) : 0;

	p = from->ConvertTextToDevicePath(text);
	say("from-text own", EFI_SUCCESS, "same %u",
	    U(p && path_bytes(p) == n && is_equal(p, own, n)));
	say_from("from-text pci", u"PciRoot(0x0)/Pci(0x1F,0x2)");
	say_from("from-text decimal", u"Pci(31,2)");
	say_from("from-text acpi", u"Acpi(PNP0501,0x2)");
	say_from("from-text vendor", u"VenHw(12345678-1234-1234-0102-030405060708,ABCD)");
	say_from("from-text vendor-media", u"VenMedia(5568E427-68FC-4F3D-AC74-CA555231CC68)");
	say_from("from-text memory", u"MemoryMapped(0x2,0x1000,0x1FFF)");
	say_from("from-text scsi", u"Scsi(0x1,0x2)");
	say_from("from-text nvme", u"NVMe(0x1,08-07-06-05-04-03-02-01)");
	say_from("from-text gpt",
		 u"HD(1,GPT,12345678-1234-1234-0102-030405060708,0x800,0x1000)/\\EFI\\a.efi");
	say_from("from-text mbr", u"HD(2,MBR,0x12345678,0x800,0x1000)");
	say_from("from-text cdrom", u"CDROM(0x1,0x10,0x20)");
	say_from("from-text file", u"\\EFI\\BOOT\\x.efi");
	say_from("from-text path", u"Path(3,99,0102)");
	say_from("from-text instances", u"Pci(0x2,0x3),Pci(0x2,0x4)");
	say("from-text null", EFI_SUCCESS, "made %u %u",
	    U(from->ConvertTextToDevicePath(NULL) != NULL),
	    U(from->ConvertTextToDeviceNode(NULL) != NULL));
	p = from->ConvertTextToDeviceNode(u"Pci(0x2,0x3)");
	say("from-text node", EFI_SUCCESS, "same %u", U(p && is_equal(p, pci, sizeof(pci))));
	p = from->ConvertTextToDeviceNode(u"a name");
	say("from-text node-file", EFI_SUCCESS, "type %u %u", U(p ? p->Type : 0),
	    U(p ? p->SubType : 0));
}

void path_text_group(void)
{
	say("text-path protocol", bs->LocateProtocol(&efi_guid_path_to_text, NULL, (void **)&to),
	    "");
	if (!to)
		return;
	say_to_text();
	say("from-text protocol",
	    bs->LocateProtocol(&efi_guid_path_from_text, NULL, (void **)&from), "");
	if (from)
		say_from_text();
}
