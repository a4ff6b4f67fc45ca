/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Bytes, waiting, collation, random numbers (UEFI 2.10, 7.5, 13.10, 37.5), attributes (37.7). */
#include "conform.h"

static void say_bytes(void)
{
	uint8_t bytes[] = "0123456789";
	uint32_t crc = 0;

	say("small crc", bs->CalculateCrc32((void *)(uintptr_t) "123456789", 9, &crc), "%x",
	    U(crc));
	say("small crc-nothing", bs->CalculateCrc32(NULL, 9, &crc), "");
	say("small crc-empty", bs->CalculateCrc32(bytes, 0, &crc), "");
	say("small crc-no-result", bs->CalculateCrc32(bytes, 4, NULL), "");
	bs->CopyMem(bytes + 2, bytes, 6);
	say("small copy-up", EFI_SUCCESS, "%s", (const char *)bytes);
	bs->CopyMem(bytes, bytes + 1, 6);
	say("small copy-down", EFI_SUCCESS, "%s", (const char *)bytes);
	bs->CopyMem(bytes, bytes + 1, 0);
	bs->SetMem(bytes + 1, 3, 'x');
	bs->SetMem(bytes, 0, 'y');
	say("small set", EFI_SUCCESS, "%s", (const char *)bytes);
	say("small stall", bs->Stall(100), "zero %r", bs->Stall(0));
	say("small watchdog", bs->SetWatchdogTimer(60, 0x10000, 0, NULL), "off %r",
	    bs->SetWatchdogTimer(0, 0, 0, NULL));
	say("small watchdog-own-code", bs->SetWatchdogTimer(60, 0xffff, 0, NULL), "off %r",
	    bs->SetWatchdogTimer(0, 0, 0, NULL));
}

static void say_collation(void)
{
	EFI_UNICODE_COLLATION_PROTOCOL *c = NULL;
	static const struct {
		const char *what;
		const CHAR16 *text, *pattern;
	} matches[] = {
		{ "collation star", u"file.txt", u"*.TXT" },
		{ "collation question", u"file.txt", u"fil?.txt" },
		{ "collation list", u"file.txt", u"[a-g]ile.txt" },
		{ "collation list-not", u"file.txt", u"[a-e]ile.txt" },
		{ "collation shorter", u"file", u"file?" },
		{ "collation two-stars", u"a.b.c.d", u"*.c.*" },
		{ "collation empty", u"", u"*" },
		{ "collation no-pattern", u"a", u"" },
	};
	CHAR16 text[] = u"MiXed 1";
	CHAR8 fat[16] = { 0 };
	CHAR16 wide[16] = { 0 };

	say("collation protocol", bs->LocateProtocol(&efi_guid_collation2, NULL, (void **)&c), "");
	if (!c)
		return;
	say("collation languages", EFI_SUCCESS, "%s", c->SupportedLanguages);
	say("collation compare", EFI_SUCCESS, "%u %u %u", U(c->StriColl(c, u"abc", u"ABC") == 0),
	    U(c->StriColl(c, u"abc", u"abd") < 0), U(c->StriColl(c, u"b", u"A") > 0));
	for (UINTN i = 0; i < sizeof(matches) / sizeof(matches[0]); i++)
		say(matches[i].what, EFI_SUCCESS, "%u",
		    U(c->MetaiMatch(c, matches[i].text, matches[i].pattern)));
	c->StrLwr(c, text);
	say("collation lower", EFI_SUCCESS, "%S", text);
	c->StrUpr(c, text);
	say("collation upper", EFI_SUCCESS, "%S", text);
	say("collation to-fat", EFI_SUCCESS, "%u %s", U(c->StrToFat(c, u"a b.c+d", 8, fat)),
	    (const char *)fat);
	c->FatToStr(c, 5, "HELLO WORLD", wide);
	say("collation from-fat", EFI_SUCCESS, "%S", wide);
}

static void say_random(void)
{
	EFI_RNG_PROTOCOL *r = NULL;
	EFI_GUID other = guid_absent;
	uint8_t a[32] = { 0 }, b[32] = { 0 };
	UINTN size = 0;

	say("random protocol", bs->LocateProtocol(&efi_guid_rng, NULL, (void **)&r), "");
	if (!r)
		return;
	say("random info-size", r->GetInfo(r, &size, NULL), "some %u", U(size >= sizeof(other)));
	say("random info-no-size", r->GetInfo(r, NULL, NULL), "");
	say("random get", r->GetRNG(r, NULL, sizeof(a), a), "then %r",
	    r->GetRNG(r, NULL, sizeof(b), b));
	say("random differs", EFI_SUCCESS, "%u", U(!is_equal(a, b, sizeof(a))));
	say("random nothing", r->GetRNG(r, NULL, 0, a), "");
	say("random no-buffer", r->GetRNG(r, NULL, 4, NULL), "");
	say("random other-algorithm", r->GetRNG(r, &other, 4, a), "");
}

void small_group(void)
{
	say_bytes();
	say_collation();
	say_random();
}

void attribute_group(void)
{
	EFI_MEMORY_ATTRIBUTE_PROTOCOL *m = NULL;
	EFI_PHYSICAL_ADDRESS at = 0;
	uint64_t attributes = 0;

	say("attribute protocol", bs->LocateProtocol(&efi_guid_memory_attribute, NULL, (void **)&m),
	    "");
	if (!m || bs->AllocatePages(AllocateAnyPages, EfiLoaderData, 4, &at))
		return;
	say("attribute set", m->SetMemoryAttributes(m, at, 0x2000, EFI_MEMORY_RO), "get %r",
	    m->GetMemoryAttributes(m, at, 0x2000, &attributes));
	say("attribute is", EFI_SUCCESS, "%x", attributes & EFI_MEMORY_RO);
	say("attribute mixed", m->GetMemoryAttributes(m, at, 0x4000, &attributes), "");
	say("attribute clear", m->ClearMemoryAttributes(m, at, 0x2000, EFI_MEMORY_RO), "get %r",
	    m->GetMemoryAttributes(m, at, 0x4000, &attributes));
	say("attribute is-clear", EFI_SUCCESS, "%x", attributes & EFI_MEMORY_RO);
	say("attribute nothing", m->SetMemoryAttributes(m, at, 0, EFI_MEMORY_RO), "");
	say("attribute unaligned", m->SetMemoryAttributes(m, at + 1, 0x1000, EFI_MEMORY_RO), "");
	say("attribute none", m->SetMemoryAttributes(m, at, 0x1000, 0), "");
	say("attribute unknown", m->SetMemoryAttributes(m, at, 0x1000, 1), "");
	say("attribute no-result", m->GetMemoryAttributes(m, at, 0x1000, NULL), "");
	(void)bs->FreePages(at, 4);
}
