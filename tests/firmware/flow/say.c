/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * An EFI program that says how it was started, and comes back: its load options, as text, and some
 * variables. With the option "reset" it asks for another start, by a boot option of its own, and
 * resets the machine.
 */
#include "efi_protocols.h"
#include "efi_tables.h"

static EFI_SYSTEM_TABLE *st;
static EFI_GUID global = {
	0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0, 0xe0, 0x98, 3, 0x2b, 0x8c }
};
static EFI_GUID loader = {
	0x4a67b082, 0x0a4c, 0x41cf, { 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f }
};
static EFI_GUID loaded_image = {
	0x5b1b31a1, 0x9562, 0x11d2, { 0x8e, 0x3f, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b }
};

static void put(const CHAR16 *text)
{
	EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *out = st->ConOut;

	out->OutputString(out, (CHAR16 *)text);
}

static void put_number(uint32_t v)
{
	CHAR16 text[] = u"00000";

	for (int i = 4; i >= 0; i--, v /= 10)
		text[i] = (CHAR16)(u'0' + v % 10);
	put(text);
}

static void put_variable(const CHAR16 *name, EFI_GUID *guid)
{
	static CHAR16 text[512];
	UINTN size = sizeof(text) - sizeof(CHAR16);

	if (st->RuntimeServices->GetVariable((CHAR16 *)name, guid, NULL, &size, text))
		return;
	text[size / 2] = 0;
	put(u" ");
	put(name);
	put(u"=");
	if (size == 2)
		put_number(text[0]);
	else
		put(text);
}

static int is(const CHAR16 *a, UINTN bytes, const CHAR16 *b)
{
	UINTN i = 0;

	for (; b[i]; i++)
		if (2 * i >= bytes || a[i] != b[i])
			return 0;
	return 2 * i == bytes || a[i] == 0;
}

static void set(const CHAR16 *name, const void *data, UINTN n)
{
	if (st->RuntimeServices->SetVariable((CHAR16 *)name, &global, 7, n, (void *)data))
		put(u"say: cannot set\r\n");
}

/* Boot0007, a file's path alone, for once, and Boot0008, whose file is not there, before it. */
static void reset(void)
{
	static const struct {
		uint32_t attributes;
		uint16_t path_bytes;
		CHAR16 name[6];
		uint8_t node[4];
		CHAR16 file[9];
		uint8_t end[4];
		CHAR16 options[11];
	} __attribute__((packed))
	option = { 1,           26, u"again", { 4, 4, 22, 0 }, u"\\say.efi", { 0x7f, 0xff, 4, 0 },
		   u"from-0007" },
	bad = { 1, 26, u"wrong", { 4, 4, 22, 0 }, u"\\not.efi", { 0x7f, 0xff, 4, 0 }, u"" };
	static const uint16_t order[] = { 8, 7 }, next = 7;

	set(u"Boot0007", &option, sizeof(option));
	set(u"Boot0008", &bad, sizeof(bad));
	set(u"BootOrder", order, sizeof(order));
	set(u"BootNext", &next, sizeof(next));
	st->RuntimeServices->ResetSystem(EfiResetCold, 0, 0, NULL);
}

EFIAPI EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	EFI_LOADED_IMAGE_PROTOCOL *i;

	st = table;
	if (table->BootServices->HandleProtocol(image, &loaded_image, (void **)&i))
		return EFI_ABORTED;
	put(u"say: [");
	if (i->LoadOptionsSize)
		put(i->LoadOptions);
	put(u"]");
	put_variable(u"BootCurrent", &global);
	put_variable(u"LoaderEntrySelected", &loader);
	put_variable(u"LoaderBootCountPath", &loader);
	put(u"\r\n");
	if (is(i->LoadOptions, i->LoadOptionsSize, u"reset"))
		reset();
	return EFI_SUCCESS;
}
