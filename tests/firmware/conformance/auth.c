/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Authenticated variables and keys (UEFI 2.10, 8.2.2, 32.3), where the runner brings signed ones.
 */
#include "conform.h"

enum { ALL = 0x27, APPEND = 0x67 };

static EFI_GUID global_guid = {
	0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c }
};
static EFI_GUID security_guid = {
	0xd719b2cb, 0x3d3a, 0x4596, { 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f }
};
static EFI_GUID mine_guid;
static uint8_t got[8192];

static EFI_GUID *guid_of(const CHAR16 *name)
{
	if (name[0] == 'd')
		return &security_guid;
	return name[0] == 'M' ? &mine_guid : &global_guid;
}

static EFI_STATUS set(const CHAR16 *name, uint32_t attributes, UINTN size, const void *data)
{
	return rt->SetVariable((CHAR16 *)(uintptr_t)name, guid_of(name), attributes, size,
			       (void *)(uintptr_t)data);
}

static UINTN size_of(const CHAR16 *name)
{
	UINTN size = sizeof(got);
	EFI_STATUS status =
	    rt->GetVariable((CHAR16 *)(uintptr_t)name, guid_of(name), NULL, &size, got);

	return status ? 0 : size;
}

static uint64_t setup_mode(void)
{
	return size_of(u"SetupMode") == 1 ? got[0] : 9;
}

/* One file of the runner's, written: the status, the size after it, and the mode. */
static void put(const char *what, const CHAR16 *name, uint32_t attributes, const CHAR16 *path)
{
	UINTN size = 0;
	void *bytes = read_whole(path, &size);

	say(what, set(name, attributes, size, bytes), "size %u setup %u", U(size_of(name)),
	    setup_mode());
	if (bytes)
		(void)bs->FreePool(bytes);
}

static void in_setup_mode(void)
{
	say("auth setup-mode", EFI_SUCCESS, "%u", setup_mode());
	say("auth no-descriptor", set(u"db", ALL, 10, got), "");
	say("auth nothing", set(u"db", ALL, 0, NULL), "");
	say("auth plain-db", set(u"db", 7, 4, got), "");
	say("auth plain-pk", set(u"PK", 7, 4, got), "");
	put("auth volatile-db", u"db", ALL - 1, u"\\KEYS\\DB.AUT");
	put("auth boot-db", u"db", ALL - 4, u"\\KEYS\\DB.AUT");
	put("auth counted-db", u"db", ALL | 0x10, u"\\KEYS\\DB.AUT");
	put("auth setup-db", u"db", ALL, u"\\KEYS\\DB.AUT");
	put("auth setup-kek", u"KEK", ALL, u"\\KEYS\\KEK.AUT");
	put("auth setup-no-list", u"dbx", ALL, u"\\KEYS\\NOLIST.AUT");
	put("auth setup-pk-of-other", u"PK", ALL, u"\\KEYS\\PKOTHER.AUT");
	put("auth setup-pk", u"PK", ALL, u"\\KEYS\\PK.AUT");
}

static void in_user_mode(void)
{
	put("auth user-kek-of-kek", u"KEK", ALL, u"\\KEYS\\KEKKEK.AUT");
	put("auth user-db-of-other", u"db", ALL, u"\\KEYS\\DBOTHER.AUT");
	put("auth user-db-old", u"db", ALL, u"\\KEYS\\DBOLD.AUT");
	put("auth user-db", u"db", ALL, u"\\KEYS\\DBNEW.AUT");
	put("auth user-db-again", u"db", ALL, u"\\KEYS\\DBNEW.AUT");
	put("auth user-db-other-name", u"dbx", ALL, u"\\KEYS\\DBNEW.AUT");
	put("auth user-append-old", u"db", APPEND, u"\\KEYS\\DBADD.AUT");
	put("auth user-append-again", u"db", APPEND, u"\\KEYS\\DBADD.AUT");
	say("auth user-db-no-access", set(u"db", 0, 0, NULL), "size %u", U(size_of(u"db")));
	put("auth user-pk-of-kek", u"PK", ALL, u"\\KEYS\\PKKEK.AUT");
}

static void private_ones(void)
{
	put("auth private", u"Mine", ALL, u"\\KEYS\\MINE.AUT");
	put("auth private-again", u"Mine", ALL, u"\\KEYS\\MINE.AUT");
	put("auth private-of-kek", u"Mine", ALL, u"\\KEYS\\MINEKEK.AUT");
	put("auth private-later", u"Mine", ALL, u"\\KEYS\\MINE2.AUT");
	say("auth private-plain", set(u"Mine", 7, 1, got), "");
	say("auth private-plain-delete", set(u"Mine", 7, 0, NULL), "");
	say("auth private-no-access", set(u"Mine", 0, 0, NULL), "");
	put("auth private-delete", u"Mine", ALL, u"\\KEYS\\MINEDEL.AUT");
	put("auth private-delete-again", u"Mine", ALL, u"\\KEYS\\MINEDEL.AUT");
}

void auth_group(void)
{
	UINTN size;
	void *bytes = read_whole(u"\\KEYS\\PK.AUT", &size);

	if (!bytes)
		return;
	(void)bs->FreePool(bytes);
	mine_guid = guid_a;
	in_setup_mode();
	in_user_mode();
	private_ones();
	put("auth pk-delete", u"PK", ALL, u"\\KEYS\\PKDEL.AUT");
	put("auth db-delete", u"db", ALL, u"\\KEYS\\DBDEL.AUT");
}
