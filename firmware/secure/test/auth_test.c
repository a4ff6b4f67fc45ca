/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Keys that the guest enrols, and other authenticated variables (UEFI 2.10, 8.2.2, 32.3), in flash.
 * Each test begins with empty flash; the last one is an operating system's. Skipped without
 * openssl.
 */
#include <cairn/authenticode.h>
#include <cairn/image_rig.h>
#include <fw/platform.h>
#include <fw/secure.h>
#include <stdio.h>

#include "../../drivers/test/fake_flash.h"
#include "../../efi/nv.h"
#include "../../efi/runtime.h"
#include "../../efi/variable.h"
#include "../../test/arch_test.h"
#include "signer.h"

#define AT     UINT64_C(0x4000000)
#define LEN    (512u << 10)
#define ALL    0x27u
#define APPEND (ALL | EFI_VARIABLE_APPEND_WRITE)

enum { SHA256 = 1, HASH_LIST_BYTES = 28 + 16 + 32 };

static uint8_t bytes[LEN];
static struct fake_flash flash = {
	.at = AT, .len = LEN, .block_bytes = 4096, .width = 4, .chips = 2, .bytes = bytes
};
static CHAR16 PK[] = u"PK", KEK[] = u"KEK", db[] = u"db", dbx[] = u"dbx", mine[] = u"Mine";
static EFI_GUID global, security, guid = { 0x77, 1, 2, { 3 } };
static struct keys pk_list, kek_list, other_list, hash_a, hash_b;
static bool has_tools;

static EFI_GUID *guid_of(const CHAR16 *name)
{
	return name == mine ? &guid : name == db || name == dbx ? &security : &global;
}

static void reopen(void)
{
	struct cairn_varstore_region r = efi_nv.store.region;

	assert_int_equal(cairn_varstore_open(&efi_nv.store, &r, NULL), 0);
}

static struct cairn_varstore_key key_of(const CHAR16 *name)
{
	struct cairn_varstore_key key = { .name = name };

	while (name[key.name_bytes / 2])
		key.name_bytes += 2;
	key.name_bytes += 2;
	memcpy(key.guid, guid_of(name), sizeof(key.guid));
	return key;
}

/* As the firmware does it when the machine is switched on. */
static int start(void)
{
	struct cairn_err err = { 0 };
	uint8_t is_setup;
	int ret;

	reopen();
	assert_int_equal(fw_secure_init(&fw_platform, &err), 0);
	assert_status(efi_variables_init(), EFI_SUCCESS);
	ret = efi_auth_start(&err);
	is_setup = !fw_secure_is_on();
	assert_status(efi_variable_set_own(u"SetupMode", &global, 0, &is_setup, 1), EFI_SUCCESS);
	efi_variables_load();
	return ret;
}

static int set_up(void **state)
{
	has_tools = cairn_rig_has("openssl");
	if (!has_tools)
		return 0;
	global = efi_guid_global_variable;
	security = efi_guid_image_security;
	assert_int_equal(signer_init(), 0);
	signer_certificate("pk", &pk_list);
	signer_certificate("kek", &kek_list);
	signer_certificate("other", &other_list);
	keys_list(&hash_a, SHA256, "the first of two hashes, 32 bytes", 32);
	keys_list(&hash_b, SHA256, "and the second of them, 32 bytes.", 32);
	memset(bytes, 0xff, sizeof(bytes));
	fake_flash_plug_alone(&flash);
	return rig_setup(state);
}

static int tear_down(void **state)
{
	signer_fini();
	return 0;
}

static void fresh(void)
{
	if (!has_tools) {
		printf("no openssl here (Debian package openssl)\n");
		skip();
	}
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(start(), 0);
}

static struct signer_descriptor d;

static EFI_STATUS set(CHAR16 *name, uint32_t attributes)
{
	return RT->SetVariable(name, guid_of(name), attributes, d.n, d.bytes);
}

static void sign(const char *key, CHAR16 *name, uint32_t attributes, uint16_t year,
		 const void *data, size_t n)
{
	signer_make(&(struct signer_what){ .key = key,
					   .name = name,
					   .guid = guid_of(name),
					   .attributes = attributes,
					   .year = year,
					   .data = data,
					   .n = n },
		    &d);
}

static EFI_STATUS put(const char *key, CHAR16 *name, uint32_t attributes, uint16_t year,
		      const struct keys *lists)
{
	sign(key, name, attributes, year, lists ? lists->bytes : NULL, lists ? lists->n : 0);
	return set(name, attributes);
}

static uint8_t got[16384];
static UINTN got_n;

static EFI_STATUS get(CHAR16 *name)
{
	got_n = sizeof(got);
	return RT->GetVariable(name, guid_of(name), NULL, &got_n, got);
}

static void expect(CHAR16 *name, const struct keys *lists)
{
	assert_status(get(name), EFI_SUCCESS);
	assert_int_equal(got_n, lists->n);
	assert_memory_equal(got, lists->bytes, lists->n);
}

static bool is_setup_mode(void)
{
	assert_status(get((CHAR16 *)u"SetupMode"), EFI_SUCCESS);
	assert_int_equal(got_n, 1);
	return got[0];
}

static void enrol(void)
{
	fresh();
	assert_status(put("other", db, ALL, 2020, &hash_a), EFI_SUCCESS);
	assert_status(put("other", KEK, ALL, 2020, &kek_list), EFI_SUCCESS);
	assert_status(put("pk", PK, ALL, 2020, &pk_list), EFI_SUCCESS);
}

static void in_setup_mode_all_but_pk_are_anybodys(void **state)
{
	fresh();
	assert_true(is_setup_mode());
	sign("other", db, ALL, 2020, hash_a.bytes, hash_a.n);
	d.bytes[d.data_at - 1] ^= 1; /* the signature */
	assert_status(set(db, ALL), EFI_SUCCESS);
	expect(db, &hash_a);
	assert_status(put("other", KEK, ALL, 2020, &kek_list), EFI_SUCCESS);
	assert_status(put("other", dbx, ALL, 2020, &hash_b), EFI_SUCCESS);
	assert_status(put("other", db, ALL, 2019, &hash_b), EFI_SUCCESS);
	assert_status(put("other", dbx, ALL, 2020, NULL), EFI_SUCCESS);
	assert_status(get(dbx), EFI_NOT_FOUND);
	assert_true(is_setup_mode());
	assert_status(put("other", PK, ALL, 2020, &pk_list), EFI_SECURITY_VIOLATION);
	assert_true(is_setup_mode());
	assert_status(put("pk", PK, ALL, 2020, &pk_list), EFI_SUCCESS);
	assert_false(is_setup_mode());
	expect(PK, &pk_list);
}

static void keys_count_from_the_next_start_on(void **state)
{
	enrol();
	assert_false(fw_secure_is_on());
	assert_int_equal(start(), 0);
	assert_true(fw_secure_is_on());
	assert_false(is_setup_mode());
	expect(PK, &pk_list);
	expect(KEK, &kek_list);
	expect(db, &hash_a);
}

static void in_user_mode_each_key_has_its_owner(void **state)
{
	enrol();
	assert_status(put("kek", KEK, ALL, 2021, &other_list), EFI_SECURITY_VIOLATION);
	assert_status(put("other", KEK, ALL, 2021, &other_list), EFI_SECURITY_VIOLATION);
	expect(KEK, &kek_list);
	assert_status(put("pk", KEK, ALL, 2021, &kek_list), EFI_SUCCESS);
	assert_status(put("other", db, ALL, 2021, &hash_b), EFI_SECURITY_VIOLATION);
	expect(db, &hash_a);
	assert_status(put("kek", db, ALL, 2021, &hash_b), EFI_SUCCESS);
	assert_status(put("pk", db, ALL, 2022, &hash_a), EFI_SUCCESS);
	assert_status(put("kek", dbx, ALL, 2021, &hash_b), EFI_SUCCESS);
	assert_status(put("other", dbx, ALL, 2022, &hash_a), EFI_SECURITY_VIOLATION);
	assert_status(put("kek", PK, ALL, 2021, &kek_list), EFI_SECURITY_VIOLATION);
	assert_status(put("other", PK, ALL, 2021, &other_list), EFI_SECURITY_VIOLATION);
	expect(PK, &pk_list);
	assert_status(put("pk", PK, ALL, 2021, &other_list), EFI_SUCCESS);
	assert_status(put("pk", KEK, ALL, 2022, &kek_list), EFI_SECURITY_VIOLATION);
	assert_status(put("other", KEK, ALL, 2022, &kek_list), EFI_SUCCESS);
}

static void what_was_signed_is_what_is_written(void **state)
{
	enrol();
	sign("kek", db, ALL, 2021, hash_b.bytes, hash_b.n);
	assert_status(set(dbx, ALL), EFI_SECURITY_VIOLATION);
	assert_status(set(db, APPEND), EFI_SECURITY_VIOLATION);
	d.bytes[d.n - 1] ^= 1;
	assert_status(set(db, ALL), EFI_SECURITY_VIOLATION);
	d.bytes[d.n - 1] ^= 1;
	d.bytes[3]++; /* the day */
	assert_status(set(db, ALL), EFI_SECURITY_VIOLATION);
	d.bytes[3]--;
	assert_status(set(db, ALL), EFI_SUCCESS);
}

/* What the caller's other processors can write to, while a signature is looked at. */
static CHAR16 shared_name[] = u"db";
static EFI_GUID shared_guid;

static void spoil(void)
{
	memset(d.bytes, 0, d.n);
	memset(shared_name, 0, sizeof(shared_name));
	memset(&shared_guid, 0, sizeof(shared_guid));
}

static void what_is_changed_meanwhile_does_not_count(void **state)
{
	EFI_STATUS status;

	enrol();
	shared_guid = security;
	sign("kek", db, ALL, 2021, hash_b.bytes, hash_b.n);
	test_in_library = spoil;
	status = RT->SetVariable(shared_name, &shared_guid, ALL, d.n, d.bytes);
	test_in_library = NULL;
	assert_status(status, EFI_SUCCESS);
	assert_int_equal(shared_name[0], 0); /* it was looked at */
	expect(db, &hash_b);
}

static void time_goes_on(void **state)
{
	enrol();
	assert_status(put("kek", db, ALL, 2020, &hash_b), EFI_SECURITY_VIOLATION);
	assert_status(put("kek", db, ALL, 2019, &hash_b), EFI_SECURITY_VIOLATION);
	assert_status(put("kek", db, ALL, 2019, NULL), EFI_SECURITY_VIOLATION);
	assert_status(put("kek", db, APPEND, 2019, &hash_b), EFI_SUCCESS);
	assert_int_equal(get(db), EFI_SUCCESS);
	assert_int_equal(got_n, hash_a.n + hash_b.n);
	assert_status(put("kek", db, ALL, 2020, &hash_b), EFI_SECURITY_VIOLATION);
	assert_status(put("kek", db, APPEND, 2022, &hash_b), EFI_SUCCESS);
	assert_int_equal(start(), 0);
	assert_status(put("kek", db, ALL, 2021, &hash_b), EFI_SECURITY_VIOLATION);
	assert_status(put("pk", PK, ALL, 2020, &pk_list), EFI_SECURITY_VIOLATION);
	assert_status(put("kek", db, ALL, 2023, &hash_b), EFI_SUCCESS);
	expect(db, &hash_b);
}

static void what_is_there_is_not_appended_again(void **state)
{
	static struct keys more;

	enrol();
	assert_status(put("kek", db, APPEND, 2021, &hash_a), EFI_SUCCESS);
	expect(db, &hash_a);
	more.n = 0;
	keys_list(&more, SHA256, "and the second of them, 32 bytes.", 32);
	keys_list(&more, SHA256, "the first of two hashes, 32 bytes", 32);
	keys_list(&more, SHA256, "and the second of them, 32 bytes.", 32);
	assert_status(put("kek", db, APPEND, 2021, &more), EFI_SUCCESS);
	assert_status(get(db), EFI_SUCCESS);
	assert_int_equal(got_n, hash_a.n + hash_b.n);
	assert_memory_equal(got + hash_a.n, hash_b.bytes, hash_b.n);
	assert_status(put("kek", dbx, APPEND, 2021, &more), EFI_SUCCESS); /* a new one */
	assert_status(get(dbx), EFI_SUCCESS);
	assert_int_equal(got_n, hash_a.n + hash_b.n);
	assert_status(put("pk", PK, APPEND, 2021, &other_list), EFI_INVALID_PARAMETER);
	assert_status(put("kek", db, APPEND, 2021, NULL), EFI_SUCCESS);
}

/* Three entries in one list, one of which is there, and two are the same. */
static void lists_of_several_entries_are_taken_apart(void **state)
{
	static struct keys two;

	enrol();
	two.n = 0;
	keys_list(&two, SHA256, "the first of two hashes, 32 bytes", 32);
	for (int i = 0; i < 2; i++, two.n += 48)
		memcpy(two.bytes + two.n, hash_b.bytes + 28, 48);
	two.bytes[16] = (uint8_t)two.n;
	assert_status(put("kek", db, APPEND, 2021, &two), EFI_SUCCESS);
	assert_status(get(db), EFI_SUCCESS);
	assert_int_equal(got_n, hash_a.n + hash_b.n);
	assert_memory_equal(got + hash_a.n, hash_b.bytes, hash_b.n);
	two.n = 28; /* a list of none is no variable */
	two.bytes[16] = 28;
	assert_status(put("kek", dbx, APPEND, 2021, &two), EFI_SUCCESS);
	assert_status(get(dbx), EFI_NOT_FOUND);
}

static void without_pk_it_is_setup_mode_again(void **state)
{
	enrol();
	assert_status(put("other", PK, ALL, 2021, NULL), EFI_SECURITY_VIOLATION);
	assert_status(put("kek", PK, ALL, 2021, NULL), EFI_SECURITY_VIOLATION);
	assert_status(RT->SetVariable(PK, &global, 0, 0, NULL), EFI_INVALID_PARAMETER);
	assert_status(RT->SetVariable(PK, &global, 7, 0, NULL), EFI_INVALID_PARAMETER);
	assert_false(is_setup_mode());
	assert_status(put("pk", PK, ALL, 2021, NULL), EFI_SUCCESS);
	assert_true(is_setup_mode());
	assert_status(put("other", KEK, ALL, 2020, &other_list), EFI_SUCCESS);
	assert_int_equal(start(), 0);
	assert_false(fw_secure_is_on());
	assert_true(is_setup_mode());
	assert_status(put("other", PK, ALL, 2020, &other_list), EFI_SUCCESS);
}

static void hostile_descriptors_are_refused(void **state)
{
	size_t whole;

	fresh();
	sign("other", db, ALL, 2020, hash_a.bytes, hash_a.n);
	whole = d.n;
	for (d.n = 0; d.n < d.data_at; d.n++)
		assert_status(RT->SetVariable(db, &security, ALL, d.n, d.n ? d.bytes : NULL),
			      EFI_SECURITY_VIOLATION);
	d.n = whole;
	for (size_t i = 16; i < 16 + 24;
	     i++) { /* lengths, which may lead into the lists, and kinds */
		d.bytes[i] ^= 0x80;
		assert_int_not_equal(set(db, ALL), EFI_SUCCESS);
		d.bytes[i] ^= 0x80;
	}
	assert_status(RT->SetVariable(db, &security, ALL, 70000, rig_ram), EFI_INVALID_PARAMETER);
	assert_status(get(db), EFI_NOT_FOUND);
	assert_status(set(db, ALL), EFI_SUCCESS);
}

static void keys_that_nobody_could_obey_are_refused(void **state)
{
	static struct keys bad;

	fresh();
	bad = hash_a;
	bad.bytes[0] ^= 1;
	assert_status(put("other", db, ALL, 2020, &bad), EFI_INVALID_PARAMETER);
	bad = hash_a;
	bad.bytes[16]++;
	assert_status(put("other", dbx, ALL, 2020, &bad), EFI_INVALID_PARAMETER);
	bad = pk_list;
	signer_certificate("kek", &bad);
	assert_status(put("pk", PK, ALL, 2020, &bad), EFI_INVALID_PARAMETER);
	assert_status(put("pk", PK, ALL, 2020, &pk_list), EFI_SUCCESS);
	assert_status(put("pk", PK, ALL, 2021, &hash_a), EFI_INVALID_PARAMETER);
	bad.n = 28; /* a list of certificates, of which there is none */
	memset(bad.bytes + 16, 0, 12);
	bad.bytes[16] = 28;
	bad.bytes[26] = 1;
	assert_status(put("pk", PK, ALL, 2021, &bad), EFI_INVALID_PARAMETER);
	expect(PK, &pk_list);
}

static void attributes_of_keys_are_the_standards(void **state)
{
	enrol();
	assert_status(RT->SetVariable(db, &security, 7, hash_a.n, hash_a.bytes),
		      EFI_INVALID_PARAMETER);
	assert_status(RT->SetVariable(dbx, &security, 7, hash_a.n, hash_a.bytes),
		      EFI_INVALID_PARAMETER);
	assert_status(put("kek", dbx, 0x26, 2021, &hash_a), EFI_INVALID_PARAMETER);
	assert_status(put("kek", dbx, 0x23, 2021, &hash_a), EFI_INVALID_PARAMETER);
	assert_status(put("kek", dbx, 0x20, 2021, &hash_a), EFI_INVALID_PARAMETER);
	assert_status(put("kek", dbx, ALL | 0x10, 2021, &hash_a), EFI_UNSUPPORTED);
	assert_status(put("kek", dbx, 0x17, 2021, &hash_a), EFI_UNSUPPORTED);
	assert_status(put("kek", dbx, 0x87, 2021, &hash_a), EFI_UNSUPPORTED);
	assert_status(RT->SetVariable(db, &security, 0, 0, NULL), EFI_INVALID_PARAMETER);
	expect(db, &hash_a);
}

static void others_are_whose_they_were_first(void **state)
{
	const char first[] = "first", second[] = "second";

	fresh();
	sign("other", mine, ALL, 2020, first, 5);
	d.bytes[d.data_at - 1] ^= 1;
	assert_status(set(mine, ALL), EFI_SECURITY_VIOLATION);
	d.bytes[d.data_at - 1] ^= 1;
	assert_status(set(mine, ALL), EFI_SUCCESS);
	assert_status(get(mine), EFI_SUCCESS);
	assert_int_equal(got_n, 5);
	assert_memory_equal(got, first, 5);
	got_n = 4;
	assert_status(RT->GetVariable(mine, &guid, NULL, &got_n, got), EFI_BUFFER_TOO_SMALL);
	assert_int_equal(got_n, 5);
	for (int i = 0; i < 2; i++) {
		assert_status(set(mine, ALL), EFI_SECURITY_VIOLATION); /* the same time */
		sign("kek", mine, ALL, 2021, second, 6);
		assert_status(set(mine, ALL), EFI_SECURITY_VIOLATION);
		sign("kek", mine, ALL, 2021, NULL, 0);
		assert_status(set(mine, ALL), EFI_SECURITY_VIOLATION);
		assert_status(RT->SetVariable(mine, &guid, 7, 6, (void *)(uintptr_t)second),
			      EFI_INVALID_PARAMETER);
		assert_status(RT->SetVariable(mine, &guid, 7, 0, NULL), EFI_INVALID_PARAMETER);
		assert_status(RT->SetVariable(mine, &guid, 0, 0, NULL), EFI_WRITE_PROTECTED);
		sign("other", mine, 0x20, 2021, NULL, 0);
		assert_status(set(mine, 0x20), EFI_INVALID_PARAMETER);
		sign("other", mine, ALL, 2020, first, 5);
		assert_int_equal(start(), 0);
	}
	sign("other", mine, APPEND, 2019, second, 6);
	assert_status(set(mine, APPEND), EFI_SUCCESS);
	assert_int_equal(start(), 0);
	assert_status(get(mine), EFI_SUCCESS);
	assert_int_equal(got_n, 11);
	assert_memory_equal(got, "firstsecond", 11);
	sign("other", mine, ALL, 2020, NULL, 0);
	assert_status(set(mine, ALL), EFI_SECURITY_VIOLATION);
	sign("other", mine, ALL, 2021, NULL, 0);
	assert_status(set(mine, ALL), EFI_SUCCESS);
	assert_status(get(mine), EFI_NOT_FOUND);
	assert_status(set(mine, ALL), EFI_NOT_FOUND);
}

/* Who writes the flash could have made it: see efi_variables_load(). */
static void what_only_loaders_write_ends_with_the_start(void **state)
{
	enrol();
	sign("other", mine, 0x23, 2020, "x", 1);
	assert_status(set(mine, 0x23), EFI_SUCCESS);
	assert_int_equal(start(), 0);
	assert_status(get(mine), EFI_NOT_FOUND);
	sign("kek", mine, 0x23, 2019, "y", 1);
	assert_status(set(mine, 0x23), EFI_SUCCESS);
	assert_status(get(mine), EFI_SUCCESS);
}

static void plain_variable_is_not_made_another(void **state)
{
	fresh();
	assert_status(RT->SetVariable(mine, &guid, 7, 1, got), EFI_SUCCESS);
	sign("other", mine, ALL, 2020, "x", 1);
	assert_status(set(mine, ALL), EFI_INVALID_PARAMETER);
	assert_status(RT->SetVariable(mine, &guid, 7, 0, NULL), EFI_SUCCESS);
	assert_status(set(mine, ALL), EFI_SUCCESS);
}

/* As if the firmware had written it. */
static void leave(CHAR16 *name, uint32_t attributes, const void *data, size_t n)
{
	struct cairn_varstore_key key = key_of(name);
	struct cairn_varstore_value v = { .data = data,
					  .data_bytes = (uint32_t)n,
					  .attributes = attributes };

	assert_int_equal(cairn_varstore_put(&efi_nv.store, &key, &v), 0);
}

static void stored_keys_that_cannot_be_obeyed_stop_it(void **state)
{
	CHAR16 *const names[] = { PK, KEK, db, dbx };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++) {
		enrol();
		leave(names[i], ALL, pk_list.bytes, pk_list.n - 1);
		(void)rig_output();
		assert_int_equal(start(), -EACCES);
		assert_non_null(strstr(rig_output(), "with flash that is erased"));
		enrol();
		leave(names[i], 7, pk_list.bytes, pk_list.n);
		assert_int_equal(start(), -EACCES);
	}
	fresh();
	leave(mine, ALL, pk_list.bytes, 32); /* too short to be anybody's */
	assert_int_equal(start(), 0);
	assert_status(get(mine), EFI_NOT_FOUND);
}

static void keys_of_the_machine_come_first(void **state)
{
	static struct keys archive;

	enrol();
	archive.n = 0;
	keys_member(&archive, "PK", &other_list);
	keys_member(&archive, "db", &other_list);
	keys_end(&archive);
	keys_hand_over(&archive);
	assert_int_equal(start(), 0);
	expect(PK, &other_list);
	expect(db, &other_list);
	assert_status(get(KEK), EFI_NOT_FOUND);
	assert_status(put("pk", KEK, ALL, 2021, &kek_list), EFI_WRITE_PROTECTED);
	assert_status(put("other", dbx, ALL, 2021, &hash_a), EFI_WRITE_PROTECTED);
	assert_status(put("other", PK, ALL, 2021, NULL), EFI_WRITE_PROTECTED);
	assert_status(put("other", mine, ALL, 2021, &hash_a), EFI_SUCCESS);
	fw_platform.initrd.len = 0;
	assert_int_equal(start(), 0);
	expect(PK, &pk_list);
}

static void elsewhere_than_in_flash_nothing_is_a_key(void **state)
{
	enrol();
	efi_nv.kind = EFI_NV_FILE_FIXED;
	assert_int_equal(start(), 0);
	assert_false(fw_secure_is_on());
	assert_status(get(PK), EFI_NOT_FOUND);
	assert_status(put("pk", PK, ALL, 2020, &pk_list), EFI_UNSUPPORTED);
	assert_status(put("pk", mine, ALL, 2020, &pk_list), EFI_UNSUPPORTED);
	assert_status(RT->SetVariable(db, &security, 7, 1, got), EFI_INVALID_PARAMETER);
	efi_nv.kind = EFI_NV_FLASH;
	assert_int_equal(start(), 0);
	assert_true(fw_secure_is_on());
}

static bool is_stored(const CHAR16 *name, const struct keys *lists)
{
	struct cairn_varstore_key key = key_of(name);
	struct cairn_varstore_entry e;

	assert_int_equal(cairn_varstore_find(&efi_nv.store, &key, &e), 0);
	assert_int_equal(cairn_varstore_read(&efi_nv.store, &e, NULL, got), 0);
	return e.data_bytes == lists->n && memcmp(got, lists->bytes, lists->n) == 0;
}

static void power_cut_leaves_old_or_new(void **state)
{
	static uint8_t before[LEN];
	unsigned old = 0, new = 0;

	enrol();
	sign("kek", db, ALL, 2021, other_list.bytes, other_list.n);
	memcpy(before, bytes, sizeof(bytes));
	for (uint32_t left = 0; left < 300; left += left < 200 ? 9 : 2) {
		memcpy(bytes, before, sizeof(bytes));
		assert_int_equal(start(), 0);
		flash.left = left;
		(void)set(db, ALL);
		flash.left = UINT32_MAX;
		reopen();
		assert_true(is_stored(PK, &pk_list));
		if (is_stored(db, &hash_a)) {
			old++;
		} else {
			assert_true(is_stored(db, &other_list));
			new ++;
		}
	}
	assert_true(old > 10 && new > 0);
}

static EFIAPI EFI_STATUS returns(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	return EFI_ABORTED;
}

/* SHA-256 of Authenticode, as the firmware makes it. */
static void add_program(struct keys *lists, const uint8_t *program, size_t n)
{
	struct cairn_image image = cairn_loader_image_mem(program, n);
	uint8_t digest[32];
	struct cairn_pe pe;

	assert_int_equal(cairn_loader_pe_parse(&image, &pe, NULL), 0);
	assert_int_equal(cairn_authenticode_digest(CAIRN_SHA256, program, n, &pe, digest, NULL), 0);
	keys_list(lists, SHA256, digest, sizeof(digest));
}

static void programs_are_checked_with_the_keys_of_now(void **state)
{
	static uint8_t program[RIG_PROGRAM_BYTES];
	static struct keys list;
	size_t n = rig_program(program, returns);
	EFI_HANDLE h = NULL;

	list.n = 0;
	add_program(&list, program, n);
	enrol();
	assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h), EFI_SUCCESS);
	assert_int_equal(start(), 0);
	assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h), EFI_ACCESS_DENIED);
	assert_status(put("kek", db, APPEND, 2021, &list), EFI_SUCCESS);
	assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h), EFI_SUCCESS);
	assert_status(put("kek", dbx, ALL, 2021, &list), EFI_SUCCESS);
	assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h), EFI_ACCESS_DENIED);
	assert_status(put("kek", dbx, ALL, 2022, NULL), EFI_SUCCESS);
	assert_status(BS->LoadImage(false, rig_image(), NULL, program, n, &h), EFI_SUCCESS);
	assert_status(put("pk", PK, ALL, 2022, NULL), EFI_SUCCESS);
	assert_true(fw_secure_is_on()); /* until the next start */
	assert_int_equal(start(), 0);
	assert_false(fw_secure_is_on());
}

static void operating_system_writes_them_too(void **state)
{
	static uint8_t map[65536];
	UINTN size = sizeof(map), key, step;
	uint32_t version;

	enrol();
	sign("other", mine, 0x23, 2020, "x", 1);
	assert_status(set(mine, 0x23), EFI_SUCCESS);
	assert_status(BS->GetMemoryMap(&size, (void *)map, &key, &step, &version), EFI_SUCCESS);
	assert_status(BS->ExitBootServices(rig_image(), key), EFI_SUCCESS);
	assert_status(get(mine), EFI_NOT_FOUND);
	assert_status(put("other", db, ALL, 2021, &hash_b), EFI_SECURITY_VIOLATION);
	assert_status(put("kek", db, ALL, 2021, &hash_b), EFI_SUCCESS);
	assert_status(put("kek", dbx, APPEND, 2021, &hash_b), EFI_SUCCESS);
	assert_status(put("pk", PK, ALL, 2021, NULL), EFI_SUCCESS);
	assert_true(is_setup_mode());
	assert_status(put("other", PK, ALL, 2021, &other_list), EFI_SUCCESS);
	assert_false(is_setup_mode());
	expect(db, &hash_b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_setup_mode_all_but_pk_are_anybodys),
		cmocka_unit_test(keys_count_from_the_next_start_on),
		cmocka_unit_test(in_user_mode_each_key_has_its_owner),
		cmocka_unit_test(what_was_signed_is_what_is_written),
		cmocka_unit_test(what_is_changed_meanwhile_does_not_count),
		cmocka_unit_test(time_goes_on),
		cmocka_unit_test(what_is_there_is_not_appended_again),
		cmocka_unit_test(lists_of_several_entries_are_taken_apart),
		cmocka_unit_test(without_pk_it_is_setup_mode_again),
		cmocka_unit_test(hostile_descriptors_are_refused),
		cmocka_unit_test(keys_that_nobody_could_obey_are_refused),
		cmocka_unit_test(attributes_of_keys_are_the_standards),
		cmocka_unit_test(others_are_whose_they_were_first),
		cmocka_unit_test(what_only_loaders_write_ends_with_the_start),
		cmocka_unit_test(plain_variable_is_not_made_another),
		cmocka_unit_test(stored_keys_that_cannot_be_obeyed_stop_it),
		cmocka_unit_test(keys_of_the_machine_come_first),
		cmocka_unit_test(elsewhere_than_in_flash_nothing_is_a_key),
		cmocka_unit_test(power_cut_leaves_old_or_new),
		cmocka_unit_test(programs_are_checked_with_the_keys_of_now),
		cmocka_unit_test(operating_system_writes_them_too),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
