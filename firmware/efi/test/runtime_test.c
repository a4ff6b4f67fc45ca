/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Runtime services while the firmware is in charge: UEFI 2.10, 8. Port 0x70 is a clock of ours. */
#include "../runtime.h"
#include "../variable.h"
#include "arch_test.h"
#include "rig.h"

#define NV EFI_VARIABLE_NON_VOLATILE
#define BA EFI_VARIABLE_BOOTSERVICE
#define RA EFI_VARIABLE_RUNTIME

static EFI_GUID guid = { 0x77, 1, 2, { 3 } }, other = { 0x78, 1, 2, { 3 } };
static CHAR16 name[] = u"Name";

static EFI_STATUS set(CHAR16 *n, uint32_t attributes, const char *data)
{
	UINTN len = 0;

	while (data[len])
		len++;
	return RT->SetVariable(n, &guid, attributes, len, (void *)(uintptr_t)data);
}

static void assert_variable(CHAR16 *n, uint32_t attributes, const char *data)
{
	char got[256] = { 0 };
	UINTN size = sizeof(got) - 1;
	uint32_t a = 0;

	assert_status(RT->GetVariable(n, &guid, &a, &size, got), EFI_SUCCESS);
	assert_string_equal(got, data);
	assert_int_equal(a, attributes);
}

static void variable_is_written_read_and_deleted(void **state)
{
	char byte;
	UINTN size = 0;

	assert_status(RT->GetVariable(name, &guid, NULL, &size, NULL), EFI_NOT_FOUND);
	assert_status(set(name, NV | BA, "value"), EFI_SUCCESS);
	assert_variable(name, NV | BA, "value");
	assert_status(RT->GetVariable(name, &other, NULL, &size, NULL), EFI_NOT_FOUND);
	assert_status(RT->GetVariable(name, &guid, NULL, &size, NULL), EFI_BUFFER_TOO_SMALL);
	assert_int_equal(size, 5);
	assert_status(RT->GetVariable(name, &guid, NULL, &size, NULL), EFI_INVALID_PARAMETER);
	size = 1;
	assert_status(RT->GetVariable(name, &guid, NULL, &size, &byte), EFI_BUFFER_TOO_SMALL);
	assert_status(set(name, NV | BA, "longer value"), EFI_SUCCESS);
	assert_variable(name, NV | BA, "longer value");
	assert_status(set(name, NV | BA, ""), EFI_SUCCESS);
	assert_status(set(name, NV | BA, ""), EFI_NOT_FOUND);
	assert_status(set(name, BA, "x"), EFI_SUCCESS);
	assert_status(set(name, 0, "x"), EFI_SUCCESS);
	assert_status(RT->GetVariable(name, &guid, NULL, &size, NULL), EFI_NOT_FOUND);
}

static void appending_adds_and_makes(void **state)
{
	const uint32_t append = BA | EFI_VARIABLE_APPEND_WRITE;

	assert_status(set(name, append, ""), EFI_SUCCESS);
	assert_status(set(name, append, "ab"), EFI_SUCCESS);
	assert_status(set(name, append, "cd"), EFI_SUCCESS);
	assert_status(set(name, append, ""), EFI_SUCCESS);
	assert_variable(name, BA, "abcd");
	assert_status(set(name, BA, ""), EFI_SUCCESS);
}

static void attributes_have_rules(void **state)
{
	assert_status(set(name, RA, "x"), EFI_INVALID_PARAMETER);
	assert_status(set(name, BA | 0x100, "x"), EFI_INVALID_PARAMETER);
	assert_status(set(name, NV | BA | EFI_VARIABLE_AUTH_WRITE, "x"), EFI_UNSUPPORTED);
	assert_status(set(name, NV | BA | EFI_VARIABLE_TIME_AUTH_WRITE, "x"), EFI_UNSUPPORTED);
	assert_status(set(name, NV | BA | EFI_VARIABLE_HARDWARE_ERROR, "x"), EFI_UNSUPPORTED);
	assert_status(set(name, NV | BA, "x"), EFI_SUCCESS);
	assert_status(set(name, BA, "y"), EFI_INVALID_PARAMETER);
	assert_status(set(name, BA, ""), EFI_INVALID_PARAMETER);
	assert_variable(name, NV | BA, "x");
	assert_status(set(name, NV | BA, ""), EFI_SUCCESS);
}

static void variables_refuse_nonsense(void **state)
{
	UINTN size = 8;
	char buf[8];

	assert_status(RT->SetVariable(NULL, &guid, BA, 1, buf), EFI_INVALID_PARAMETER);
	assert_status(RT->SetVariable(name + 4, &guid, BA, 1, buf), EFI_INVALID_PARAMETER);
	assert_status(RT->SetVariable(name, NULL, BA, 1, buf), EFI_INVALID_PARAMETER);
	assert_status(RT->SetVariable(name, &guid, BA, 1, NULL), EFI_INVALID_PARAMETER);
	assert_status(RT->GetVariable(NULL, &guid, NULL, &size, buf), EFI_INVALID_PARAMETER);
	assert_status(RT->GetVariable(name, NULL, NULL, &size, buf), EFI_INVALID_PARAMETER);
	assert_status(RT->GetVariable(name, &guid, NULL, NULL, buf), EFI_INVALID_PARAMETER);
	assert_status(RT->GetNextVariableName(NULL, name, &guid), EFI_INVALID_PARAMETER);
	assert_status(RT->GetNextVariableName(&size, NULL, &guid), EFI_INVALID_PARAMETER);
	assert_status(RT->GetNextVariableName(&size, name, NULL), EFI_INVALID_PARAMETER);
}

static void names_have_a_limit(void **state)
{
	static CHAR16 longest[600];

	for (int i = 0; i < 599; i++)
		longest[i] = 'x';
	assert_status(set(longest, BA, "x"), EFI_OUT_OF_RESOURCES);
	longest[511] = 0;
	assert_status(set(longest, BA, "x"), EFI_SUCCESS);
	assert_status(set(longest, BA, ""), EFI_SUCCESS);
}

static void firmwares_own_are_read_only(void **state)
{
	CHAR16 secure[] = u"SecureBoot";
	EFI_GUID global = efi_guid_global_variable;
	uint8_t v = 9;
	UINTN size = 1;

	assert_status(RT->GetVariable(secure, &global, NULL, &size, &v), EFI_SUCCESS);
	assert_int_equal(v, 0);
	assert_status(RT->SetVariable(secure, &global, BA | RA, 1, &v), EFI_WRITE_PROTECTED);
	assert_status(RT->SetVariable(secure, &global, 0, 0, NULL), EFI_WRITE_PROTECTED);
}

/* How many there are; `found` when the one of the tests is among them. */
static unsigned enumerate(bool *found)
{
	CHAR16 n[300] = { 0 };
	EFI_GUID g = { 0 };
	UINTN size = sizeof(n);
	EFI_STATUS status;
	unsigned count = 0;

	*found = false;
	while ((status = RT->GetNextVariableName(&size, n, &g)) == EFI_SUCCESS) {
		*found |= efi_guid_equal(&g, &guid) && memcmp(n, name, sizeof(name)) == 0;
		size = sizeof(n);
		assert_true(++count < 100);
	}
	assert_status(status, EFI_NOT_FOUND);
	return count;
}

static void all_are_enumerated(void **state)
{
	bool found;
	unsigned before = enumerate(&found);

	assert_false(found);
	assert_status(set(name, BA, "x"), EFI_SUCCESS);
	assert_int_equal(enumerate(&found), before + 1);
	assert_true(found);
	assert_status(set(name, BA, ""), EFI_SUCCESS);
}

static void enumeration_checks_where_it_stands(void **state)
{
	CHAR16 n[32] = { 0 }, wrong[32] = u"NoSuchName";
	EFI_GUID g = { 0 };
	UINTN size = 4;

	assert_status(RT->GetNextVariableName(&size, n, &g), EFI_BUFFER_TOO_SMALL);
	assert_true(size > 4);
	assert_int_equal(n[0], 0);
	assert_status(RT->GetNextVariableName(&size, n, &g), EFI_SUCCESS);
	size = sizeof(wrong);
	assert_status(RT->GetNextVariableName(&size, wrong, &g), EFI_INVALID_PARAMETER);
	size = 4;
	assert_status(RT->GetNextVariableName(&size, wrong, &g), EFI_INVALID_PARAMETER);
}

static void name_without_an_end_is_not_read_beyond_its_buffer(void **state)
{
	CHAR16 short_name[] = u"xy", *n = malloc(4);
	EFI_GUID g = guid;
	UINTN size = 4;

	assert_status(set(short_name, BA, "x"), EFI_SUCCESS);
	memcpy(n, short_name, 4);
	assert_status(RT->GetNextVariableName(&size, n, &g), EFI_INVALID_PARAMETER);
	free(n);
	assert_status(set(short_name, BA, ""), EFI_SUCCESS);
}

static uint64_t left(void)
{
	uint64_t max_storage, remaining, max_size;

	assert_status(RT->QueryVariableInfo(BA, &max_storage, &remaining, &max_size), EFI_SUCCESS);
	assert_true(max_storage >= 65536 && max_size >= 16384 && remaining <= max_storage);
	return remaining;
}

static void room_is_told_and_given_back(void **state)
{
	static uint8_t data[20000];
	uint64_t before = left(), x, y, z;

	assert_status(RT->SetVariable(name, &guid, BA | RA, sizeof(data), data), EFI_SUCCESS);
	assert_true(left() <= before - sizeof(data));
	assert_status(RT->SetVariable(name, &guid, BA | RA, sizeof(data) - 1, data), EFI_SUCCESS);
	assert_status(RT->SetVariable(name, &guid, BA | RA, 0, NULL), EFI_SUCCESS);
	assert_int_equal(left(), before);
	assert_status(RT->QueryVariableInfo(0, &x, &y, &z), EFI_INVALID_PARAMETER);
	assert_status(RT->QueryVariableInfo(RA, &x, &y, &z), EFI_INVALID_PARAMETER);
	assert_status(RT->QueryVariableInfo(BA, NULL, &y, &z), EFI_INVALID_PARAMETER);
	assert_status(RT->QueryVariableInfo(BA | EFI_VARIABLE_AUTH_WRITE, &x, &y, &z),
		      EFI_UNSUPPORTED);
}

static void full_store_keeps_what_it_has(void **state)
{
	static uint8_t data[30000];
	CHAR16 n[] = u"Fill0";
	uint64_t before = left();

	assert_status(RT->SetVariable(name, &guid, BA, 70000, data), EFI_INVALID_PARAMETER);
	memset(data, 0x5c, sizeof(data));
	for (; n[4] < '9'; n[4]++)
		if (RT->SetVariable(n, &guid, BA, sizeof(data), data) != EFI_SUCCESS)
			break;
	assert_int_equal(n[4], '5'); /* of the 160 KiB */
	assert_status(RT->SetVariable(n, &guid, BA, sizeof(data), data), EFI_OUT_OF_RESOURCES);
	n[4] = '0';
	assert_status(RT->SetVariable(n, &guid, BA | EFI_VARIABLE_APPEND_WRITE, sizeof(data), data),
		      EFI_OUT_OF_RESOURCES);
	for (; n[4] < '9'; n[4]++) {
		UINTN size = sizeof(data);

		memset(data, 0, sizeof(data));
		if (RT->GetVariable(n, &guid, NULL, &size, data) != EFI_SUCCESS)
			break;
		assert_int_equal(data[29999], 0x5c);
		assert_status(RT->SetVariable(n, &guid, BA, 0, NULL), EFI_SUCCESS);
	}
	assert_int_equal(left(), before);
}

/*
 * Another processor changes the caller's name after it was looked at. Here the store does, for the
 * name lies where the variable is about to be made.
 */
static void name_that_changes_meanwhile_does_not_count(void **state)
{
	CHAR16 last[] = u"Last", *changing;
	struct efi_record *r;
	bool found;

	assert_status(set(last, BA, "x"), EFI_SUCCESS);
	r = efi_variable_find(last, sizeof(last), &guid);
	changing = (CHAR16 *)(void *)((uint8_t *)r + r->bytes + offsetof(struct efi_record, time));
	memcpy(changing, name, sizeof(name));
	assert_status(set(changing, BA, "value"), EFI_SUCCESS);
	assert_variable(name, BA, "value");
	(void)enumerate(&found);
	assert_true(found);
	assert_status(set(name, BA, ""), EFI_SUCCESS);
	assert_status(set(last, BA, ""), EFI_SUCCESS);
}

static void firmwares_own_take_the_place_of_what_lasts(void **state)
{
	static uint8_t data[60000];
	uint8_t own = 7, got = 0;
	UINTN size = 1;

	assert_status(RT->SetVariable(name, &guid, NV | BA | RA, sizeof(data), data), EFI_SUCCESS);
	assert_status(efi_variable_set_own(name, &guid, 0, &own, sizeof(own)), EFI_SUCCESS);
	assert_status(RT->GetVariable(name, &guid, NULL, &size, &got), EFI_SUCCESS);
	assert_int_equal(got, own);
	assert_status(efi_variable_set_own(name, &guid, 0, NULL, 0), EFI_SUCCESS);
}

static uint8_t cmos[128], cmos_index;

static uint32_t port_read(uint16_t port, uint32_t width)
{
	return port == 0x71 ? cmos[cmos_index & 127] : 0xff;
}

static void port_write(uint16_t port, uint32_t width, uint32_t value)
{
	if (port == 0x70)
		cmos_index = (uint8_t)value;
	else if (port == 0x71)
		cmos[cmos_index & 127] = (uint8_t)value;
}

static void plug_clock(void)
{
	memset(cmos, 0, sizeof(cmos));
	cmos[0x0b] = 0x06; /* binary, 24 hours */
	cmos[0x00] = 58;
	cmos[0x02] = 59;
	cmos[0x04] = 23;
	cmos[0x07] = 29;
	cmos[0x08] = 2;
	cmos[0x09] = 24;
	cmos[0x32] = 20;
	test_port_read = port_read;
	test_port_write = port_write;
}

static void time_is_the_clocks(void **state)
{
	EFI_TIME_CAPABILITIES caps;
	EFI_TIME t;

	assert_status(RT->GetTime(NULL, NULL), EFI_INVALID_PARAMETER);
	plug_clock();
	assert_status(RT->GetTime(&t, &caps), EFI_SUCCESS);
	assert_int_equal(t.Year, 2024);
	assert_int_equal(t.Month, 2);
	assert_int_equal(t.Day, 29);
	assert_int_equal(t.Hour, 23);
	assert_int_equal(t.Minute, 59);
	assert_int_equal(t.Second, 58);
	assert_int_equal(t.TimeZone, EFI_UNSPECIFIED_TIMEZONE);
	assert_int_equal(caps.Resolution, 1);
	cmos[0x08] = 13;
	assert_status(RT->GetTime(&t, NULL), EFI_DEVICE_ERROR);
	test_port_read = NULL;
	assert_status(RT->GetTime(&t, NULL), EFI_DEVICE_ERROR);
}

static void time_is_set(void **state)
{
	EFI_TIME t = { .Year = 2031, .Month = 12, .Day = 31, .Hour = 1, .TimeZone = -60 }, bad = t;

	plug_clock();
	assert_status(RT->SetTime(NULL), EFI_INVALID_PARAMETER);
	bad.Day = 32;
	assert_status(RT->SetTime(&bad), EFI_INVALID_PARAMETER);
	bad = t;
	bad.TimeZone = 1441;
	assert_status(RT->SetTime(&bad), EFI_INVALID_PARAMETER);
	bad = t;
	bad.Year = 1969;
	assert_status(RT->SetTime(&bad), EFI_INVALID_PARAMETER);
	assert_status(RT->SetTime(&t), EFI_SUCCESS);
	assert_int_equal(cmos[0x09], 31);
	assert_status(RT->GetTime(&bad, NULL), EFI_SUCCESS);
	assert_int_equal(bad.Year, 2031);
	assert_int_equal(bad.TimeZone, -60);
	assert_status(RT->GetWakeupTime(NULL, NULL, NULL), EFI_UNSUPPORTED);
	assert_status(RT->SetWakeupTime(false, NULL), EFI_UNSUPPORTED);
}

static void moving_waits_for_an_operating_system(void **state)
{
	EFI_MEMORY_DESCRIPTOR d = { 0 };
	void *p = &d;

	assert_status(RT->SetVirtualAddressMap(sizeof(d), sizeof(d), 1, &d), EFI_UNSUPPORTED);
	assert_status(RT->ConvertPointer(0, &p), EFI_UNSUPPORTED);
	assert_status(RT->UpdateCapsule(NULL, 0, 0), EFI_UNSUPPORTED);
	assert_status(RT->QueryCapsuleCapabilities(NULL, 0, NULL, NULL), EFI_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variable_is_written_read_and_deleted),
		cmocka_unit_test(appending_adds_and_makes),
		cmocka_unit_test(attributes_have_rules),
		cmocka_unit_test(variables_refuse_nonsense),
		cmocka_unit_test(names_have_a_limit),
		cmocka_unit_test(firmwares_own_are_read_only),
		cmocka_unit_test(all_are_enumerated),
		cmocka_unit_test(enumeration_checks_where_it_stands),
		cmocka_unit_test(name_without_an_end_is_not_read_beyond_its_buffer),
		cmocka_unit_test(room_is_told_and_given_back),
		cmocka_unit_test(full_store_keeps_what_it_has),
		cmocka_unit_test(name_that_changes_meanwhile_does_not_count),
		cmocka_unit_test(firmwares_own_take_the_place_of_what_lasts),
		cmocka_unit_test(time_is_the_clocks),
		cmocka_unit_test(time_is_set),
		cmocka_unit_test(moving_waits_for_an_operating_system),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
