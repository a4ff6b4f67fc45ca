/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Programs that sbsign signed, with keys that OpenSSL made, through LoadImage. Skipped where these
 * programs are not installed.
 */
#include <stdio.h>

#include <cairn/image_rig.h>
#include <fw/secure.h>

#include "../../efi/test/rig.h"
#include "keys.h"

enum { CERTIFICATE = 0, SHA256 = 1 };

static const char make_keys[] =
    "ext() { printf '%s' \"basicConstraints=critical,CA:$1\"; };"
    "ca() { openssl req -x509 -newkey $2 -nodes -keyout $1.key -out $1.crt -subj /CN=$1 -days 9;"
    "       openssl x509 -in $1.crt -outform DER -out $1.der; };"
    "leaf() { openssl req -newkey rsa:2048 -nodes -keyout $1.key -out $1.csr -subj /CN=$1;"
    "         ext $3 >$1.ext;"
    "         openssl x509 -req -in $1.csr -CA $2.crt -CAkey $2.key -CAcreateserial -days $4"
    "                 -extfile $1.ext -out $1.crt;"
    "         openssl x509 -in $1.crt -outform DER -out $1.der; };"
    "ca root rsa:2048; ca other rsa:2048; ca short rsa:1024; ca large rsa:4096;"
    "leaf signer root FALSE 9; leaf middle root TRUE 9; leaf below middle FALSE 9;"
    "leaf old root FALSE -1; leaf bad root FALSE 9;"
    "s() { sbsign --key $1.key --cert $1.crt --output $1.efi $2 $3 $4; };"
    "s root program; s other program; s short program; s large program; s signer program;"
    "s below program --addcert middle.crt; s old program; s bad program;"
    "cp below.efi lonely.efi; sbsign --key below.key --cert below.crt --output lonely.efi program;"
    "sbsign --key signer.key --cert signer.crt --output both.efi other.efi";

static struct cairn_rig_dir dir;
static struct cairn_rig_disk file;
static struct keys archive;
static bool has_tools;

static EFIAPI EFI_STATUS returns(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	return EFI_ABORTED;
}

static void read_file(const char *name)
{
	cairn_rig_disk_fini(&file);
	assert_int_equal(cairn_rig_disk_load(&file, &dir, name), 0);
}

static void add_certificate(struct keys *lists, const char *name)
{
	read_file(name);
	keys_list(lists, CERTIFICATE, file.bytes, file.len_bytes);
}

static void hand_over(void)
{
	static struct keys pk, db, dbx;

	add_certificate(&pk, "root.der");
	add_certificate(&db, "root.der");
	add_certificate(&db, "short.der");
	add_certificate(&db, "large.der");
	add_certificate(&dbx, "bad.der");
	keys_member(&archive, "PK", &pk);
	keys_member(&archive, "db", &db);
	keys_member(&archive, "dbx", &dbx);
	keys_end(&archive);
	keys_hand_over(&archive);
}

static int set_up(void **state)
{
	struct cairn_rig_disk program;

	has_tools = cairn_rig_has("openssl") && cairn_rig_has("sbsign");
	if (!has_tools)
		return 0;
	assert_int_equal(cairn_rig_dir_init(&dir), 0);
	assert_int_equal(cairn_rig_disk_init(&program, RIG_PROGRAM_BYTES), 0);
	rig_program(program.bytes, returns);
	assert_int_equal(cairn_rig_disk_store(&program, &dir, "program"), 0);
	cairn_rig_disk_fini(&program);
	assert_int_equal(cairn_rig_run(&dir, make_keys), 0);
	hand_over();
	return rig_setup(state);
}

static int tear_down(void **state)
{
	cairn_rig_disk_fini(&file);
	cairn_rig_dir_fini(&dir);
	return 0;
}

static EFI_STATUS load(EFI_HANDLE *ret)
{
	return BS->LoadImage(false, rig_image(), NULL, file.bytes, file.len_bytes, ret);
}

static void take(const char *name)
{
	if (!has_tools) {
		printf("no openssl or no sbsign here (Debian packages openssl, sbsigntool)\n");
		skip();
	}
	read_file(name);
}

static void allowed(const char *name)
{
	EFI_HANDLE h = NULL;

	take(name);
	assert_status(load(&h), EFI_SUCCESS);
	assert_status(BS->StartImage(h, NULL, NULL), EFI_ABORTED);
}

static void refused(const char *name, const char *why)
{
	EFI_HANDLE h = NULL;

	take(name);
	(void)rig_output();
	assert_status(load(&h), EFI_ACCESS_DENIED);
	assert_null(h);
	assert_non_null(strstr(rig_output(), why));
}

static void what_is_signed_is_started(void **state)
{
	allowed("root.efi");
	allowed("signer.efi");
	allowed("below.efi");
	allowed("large.efi");
}

static void what_allowed_it_is_told(void **state)
{
	const uint8_t *entry;
	size_t n;

	allowed("below.efi");
	entry = fw_secure_authority(&n);
	read_file("root.der");
	assert_int_equal(n, 16 + file.len_bytes);
	assert_memory_equal(entry + 16, file.bytes, file.len_bytes);
	refused("other.efi", "nobody who is trusted signed it");
	assert_null(fw_secure_authority(&n));
	assert_int_equal(n, 0);
}

static void expired_certificates_count(void **state)
{
	allowed("old.efi");
}

static void one_of_two_signatures_is_enough(void **state)
{
	allowed("both.efi");
}

static void others_are_refused(void **state)
{
	refused("program", "it is not signed");
	refused("other.efi", "nobody who is trusted signed it");
	refused("lonely.efi", "nobody who is trusted signed it");
	refused("bad.efi", "its signature is revoked");
}

static void short_keys_prove_nothing(void **state)
{
	refused("short.efi", "it was changed after it was signed");
}

/* But for the four bytes of the checksum, which nobody uses. */
static void any_changed_byte_is_refused(void **state)
{
	enum { CHECKSUM = 0x40 + 24 + 64 };

	take("signer.efi");
	for (size_t i = 0; i < RIG_PROGRAM_BYTES; i++) {
		EFI_HANDLE h = NULL;

		if (i >= CHECKSUM && i < CHECKSUM + 4)
			continue;
		file.bytes[i] ^= 1;
		assert_int_not_equal(load(&h), EFI_SUCCESS);
		assert_null(h);
		file.bytes[i] ^= 1;
	}
}

static void variables_say_so(void **state)
{
	EFI_GUID global = efi_guid_global_variable, security = efi_guid_image_security;
	static uint8_t data[8192];
	uint32_t attributes;
	UINTN n = sizeof(data);

	take("program");
	assert_status(RT->GetVariable((CHAR16 *)u"SecureBoot", &global, &attributes, &n, data),
		      EFI_SUCCESS);
	assert_int_equal(attributes, 6);
	assert_true(n == 1 && data[0] == 1);
	assert_status(RT->GetVariable((CHAR16 *)u"SetupMode", &global, NULL, &n, data),
		      EFI_SUCCESS);
	assert_true(n == 1 && data[0] == 0);
	n = sizeof(data);
	assert_status(RT->GetVariable((CHAR16 *)u"SignatureSupport", &global, NULL, &n, data),
		      EFI_SUCCESS);
	assert_int_equal(n, 7 * 16);
	n = sizeof(data);
	assert_status(RT->GetVariable((CHAR16 *)u"dbx", &security, &attributes, &n, data),
		      EFI_SUCCESS);
	assert_int_equal(attributes, 0x27);
	read_file("bad.der");
	assert_int_equal(n, 28 + 16 + file.len_bytes);
	assert_memory_equal(data + 28 + 16, file.bytes, file.len_bytes);
}

static void nobody_changes_the_keys(void **state)
{
	EFI_GUID global = efi_guid_global_variable, security = efi_guid_image_security;
	uint8_t zero = 0;

	take("program");
	assert_status(RT->SetVariable((CHAR16 *)u"SecureBoot", &global, 6, 1, &zero),
		      EFI_WRITE_PROTECTED);
	assert_status(RT->SetVariable((CHAR16 *)u"PK", &global, 7, 0, NULL), EFI_WRITE_PROTECTED);
	assert_status(RT->SetVariable((CHAR16 *)u"db", &security, 7, 1, &zero),
		      EFI_WRITE_PROTECTED);
	assert_int_not_equal(RT->SetVariable((CHAR16 *)u"db", &security, 0x27, 1, &zero),
			     EFI_SUCCESS);
	assert_int_not_equal(RT->SetVariable((CHAR16 *)u"dbx", &security, 0x67, 0, NULL),
			     EFI_SUCCESS);
	refused("other.efi", "nobody who is trusted signed it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_is_started),
		cmocka_unit_test(what_allowed_it_is_told),
		cmocka_unit_test(expired_certificates_count),
		cmocka_unit_test(one_of_two_signatures_is_enough),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(short_keys_prove_nothing),
		cmocka_unit_test(any_changed_byte_is_refused),
		cmocka_unit_test(variables_say_so),
		cmocka_unit_test(nobody_changes_the_keys),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
