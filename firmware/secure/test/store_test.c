/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Variables that last, when Secure Boot is on and the system can write to where they are. */
#include <fw/platform.h>

#include "../../drivers/test/fake_flash.h"
#include "../../efi/runtime.h"
#include "../../efi/test/rig.h"
#include "../../efi/variable.h"
#include "keys.h"
#include "vector.h"

enum { CERTIFICATE = 0 };

#define AT    UINT64_C(0x4000000)
#define LEN   (512u << 10)
#define NV_BS (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE)
#define RA    EFI_VARIABLE_RUNTIME

static uint8_t bytes[LEN];
static struct fake_flash flash = {
	.at = AT, .len = LEN, .block_bytes = 4096, .width = 4, .chips = 2, .bytes = bytes
};
static EFI_GUID guid = { 0x77, 1, 2, { 3 } };
static CHAR16 loaders[] = u"MokList", everybodys[] = u"Boot0001";

static int set_up(void **state)
{
	static struct keys archive, cert;

	keys_list(&cert, CERTIFICATE, vector_certificate, sizeof(vector_certificate));
	keys_member(&archive, "PK", &cert);
	keys_member(&archive, "db", &cert);
	keys_end(&archive);
	keys_hand_over(&archive);
	memset(bytes, 0xff, sizeof(bytes));
	fake_flash_plug_alone(&flash);
	return rig_setup(state);
}

static EFI_STATUS get(CHAR16 *name)
{
	uint8_t data[8];
	UINTN n = sizeof(data);

	return RT->GetVariable(name, &guid, NULL, &n, data);
}

static void only_what_a_system_may_write_is_believed_again(void **state)
{
	uint8_t data[] = { 1, 2, 3 };

	assert_status(RT->SetVariable(loaders, &guid, NV_BS, sizeof(data), data), EFI_SUCCESS);
	assert_status(RT->SetVariable(everybodys, &guid, NV_BS | RA, sizeof(data), data),
		      EFI_SUCCESS);
	assert_status(get(loaders), EFI_SUCCESS);
	assert_status(efi_variables_init(), EFI_SUCCESS);
	efi_variables_load();
	assert_status(get(everybodys), EFI_SUCCESS);
	assert_status(get(loaders), EFI_NOT_FOUND);
}

static void keys_without_room_stop_it_and_it_is_said_why(void **state)
{
	static uint8_t data[60000];
	struct cairn_err err = { 0 };
	CHAR16 name[] = u"Fill0";

	assert_status(efi_variables_init(), EFI_SUCCESS);
	for (UINTN n = sizeof(data); n > 16; name[4]++)
		if (RT->SetVariable(name, &guid, EFI_VARIABLE_BOOTSERVICE, n, data) != EFI_SUCCESS)
			n /= 2;
	assert_int_equal(efi_auth_start(&err), -ENOMEM);
	assert_non_null(err.what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_a_system_may_write_is_believed_again),
		cmocka_unit_test(keys_without_room_stop_it_and_it_is_said_why),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
