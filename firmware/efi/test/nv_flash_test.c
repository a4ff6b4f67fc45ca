/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Variables that last, in flash (UEFI 2.10, 8.2): one boot, from what an earlier one left to what
 * an operating system writes. The tests are steps, in their order.
 */
#include <fw/platform.h>

#include "../nv.h"
#include "../../drivers/test/fake_flash.h"
#include "rig.h"

#define AT    UINT64_C(0x4000000)
#define LEN   (512u << 10)
#define NV    EFI_VARIABLE_NON_VOLATILE
#define BA    EFI_VARIABLE_BOOTSERVICE
#define RA    EFI_VARIABLE_RUNTIME
#define MOVED UINT64_C(0x100000000000)

static uint8_t bytes[LEN], saved[LEN];
static struct fake_flash flash = {
	.at = AT, .len = LEN, .block_bytes = 4096, .width = 4, .chips = 2, .bytes = bytes
};
static EFI_GUID guid = { 0x77, 1, 2, { 3 } };
static CHAR16 name[] = u"Name", kept[] = u"Kept", secure[] = u"SecureBoot", odd[] = u"Odd",
	      fleeting[] = u"Fleeting";
static EFI_BOOT_SERVICES *bs;
static EFI_RUNTIME_SERVICES *rt;

static int mem_read(void *ctx, uint32_t at, void *dst, uint32_t len)
{
	memcpy(dst, (uint8_t *)ctx + at, len);
	return 0;
}

static int mem_program(void *ctx, uint32_t at, const void *src, uint32_t len)
{
	memcpy((uint8_t *)ctx + at, src, len);
	return 0;
}

static int mem_erase(void *ctx, uint32_t at, uint32_t len)
{
	memset((uint8_t *)ctx + at, 0xff, len);
	return 0;
}

/* What a machine that is switched on now would find. */
static struct cairn_varstore look(void)
{
	struct cairn_varstore_region r = { .read = mem_read,
					   .program = mem_program,
					   .erase = mem_erase,
					   .ctx = saved,
					   .block_bytes = 4096,
					   .bytes = 2 * EFI_NV_HALF_BYTES };
	struct cairn_varstore s;

	memcpy(saved, bytes, sizeof(saved));
	assert_int_equal(cairn_varstore_open(&s, &r, NULL), 0);
	return s;
}

static struct cairn_varstore_key key_of(const CHAR16 *n, const EFI_GUID *g)
{
	struct cairn_varstore_key key = { .name = n };

	while (n[key.name_bytes / 2])
		key.name_bytes += 2;
	key.name_bytes += 2;
	memcpy(key.guid, g, sizeof(key.guid));
	return key;
}

static void leave(struct cairn_varstore *s, const CHAR16 *n, const EFI_GUID *g, uint32_t attributes)
{
	struct cairn_varstore_key key = key_of(n, g);
	struct cairn_varstore_value v = { .data = "left",
					  .data_bytes = 4,
					  .attributes = attributes };

	assert_int_equal(cairn_varstore_put(s, &key, &v), 0);
}

static int setup(void **state)
{
	struct cairn_varstore s;

	memset(bytes, 0xff, sizeof(bytes));
	s = look();
	leave(&s, kept, &guid, NV | BA | RA);
	leave(&s, secure, &efi_guid_global_variable, NV | BA);
	leave(&s, odd, &guid, NV | BA | 0x100);
	leave(&s, name + 3, &guid, RA);
	memcpy(bytes, saved, sizeof(bytes));
	fake_flash_plug_alone(&flash);
	rig_setup(state);
	bs = BS;
	rt = RT;
	return 0;
}

static EFI_STATUS set(CHAR16 *n, uint32_t attributes, const char *data)
{
	return rt->SetVariable(n, &guid, attributes, strlen(data), (void *)(uintptr_t)data);
}

static void expect(CHAR16 *n, const char *data)
{
	char got[64] = { 0 };
	UINTN size = sizeof(got) - 1;

	assert_status(rt->GetVariable(n, &guid, NULL, &size, got), EFI_SUCCESS);
	assert_string_equal(got, data);
}

/* "": it is not there. */
static void expect_lasting(const CHAR16 *n, const char *data)
{
	struct cairn_varstore s = look();
	struct cairn_varstore_key key = key_of(n, &guid);
	struct cairn_varstore_entry e = { 0 };
	char got[64] = { 0 };
	int ret = cairn_varstore_find(&s, &key, &e);

	assert_int_equal(ret, *data ? 0 : -ENOENT);
	if (ret == 0)
		assert_int_equal(cairn_varstore_read(&s, &e, NULL, got), 0);
	assert_string_equal(got, data);
}

static void what_was_left_is_there(void **state)
{
	EFI_GUID global = efi_guid_global_variable;
	uint32_t attributes;
	uint8_t v[4];
	UINTN size = 4;

	assert_non_null(strstr(rig_output(), "variables in flash at 4000000, 128 KiB"));
	expect(kept, "left");
	assert_status(rt->GetVariable(kept, &guid, &attributes, &size, v), EFI_SUCCESS);
	assert_int_equal(attributes, NV | BA | RA);
	assert_status(rt->GetVariable(odd, &guid, NULL, &size, v), EFI_NOT_FOUND);
	assert_status(rt->GetVariable(name + 3, &guid, NULL, &size, v), EFI_NOT_FOUND);
	assert_status(rt->GetVariable(secure, &global, &attributes, &size, v), EFI_SUCCESS);
	assert_int_equal(size, 1); /* the firmware's own, not what flash says */
}

static void flash_is_told_to_operating_systems(void **state)
{
	const struct fw_memory_entry *e = fw_memory_find(&fw_platform.memory, AT);

	assert_non_null(e);
	assert_int_equal(e->type, FW_MEM_MMIO);
	assert_int_equal(e->at, AT);
	assert_int_equal(e->pages, 2 * EFI_NV_HALF_BYTES / 4096);
	assert_true(e->attrs & FW_MEM_ATTR_RUNTIME);
	for (UINTN i = 0; i < efi_st->NumberOfTableEntries; i++)
		if (efi_guid_equal(&efi_st->ConfigurationTable[i].VendorGuid,
				   &efi_guid_rt_properties))
			assert_true(((uint32_t *)efi_st->ConfigurationTable[i].VendorTable)[1] &
				    0x40); /* SetVariable */
}

static void only_what_lasts_is_in_flash(void **state)
{
	assert_status(set(name, BA, "fleeting"), EFI_SUCCESS);
	expect_lasting(name, "");
	assert_status(set(name, BA, ""), EFI_SUCCESS);
	assert_status(set(name, NV | BA, "lasting"), EFI_SUCCESS);
	expect_lasting(name, "lasting");
	assert_status(set(name, NV | BA | EFI_VARIABLE_APPEND_WRITE, " more"), EFI_SUCCESS);
	expect_lasting(name, "lasting more");
	expect(name, "lasting more");
	assert_status(set(name, NV | BA, ""), EFI_SUCCESS);
	expect_lasting(name, "");
	expect_lasting(kept, "left");
}

static uint64_t left(uint32_t attributes, uint64_t *ret_max)
{
	uint64_t remaining, max_size;

	assert_status(rt->QueryVariableInfo(attributes, ret_max, &remaining, &max_size),
		      EFI_SUCCESS);
	assert_true(max_size >= 16384);
	return remaining;
}

static void room_is_the_flashs(void **state)
{
	static uint8_t data[60000];
	uint64_t max, volatile_max, before = left(NV | BA, &max);

	assert_int_equal(max, EFI_NV_HALF_BYTES - 32);
	assert_int_equal(left(BA, &volatile_max), left(BA | RA, &volatile_max));
	assert_status(rt->SetVariable(name, &guid, NV | BA, sizeof(data), data), EFI_SUCCESS);
	assert_int_equal(left(NV | BA, &max), before - cairn_varstore_cost(10, sizeof(data)));
	assert_status(rt->SetVariable(odd, &guid, NV | BA, sizeof(data), data), EFI_SUCCESS);
	assert_status(rt->SetVariable(name + 1, &guid, NV | BA, 20000, data), EFI_OUT_OF_RESOURCES);
	assert_status(rt->SetVariable(name + 1, &guid, BA, 20000, data), EFI_SUCCESS);
	assert_status(rt->SetVariable(name + 1, &guid, BA, 0, NULL), EFI_SUCCESS);
	expect(kept, "left");
	expect_lasting(kept, "left");
	memset(data, 1, sizeof(data)); /* in the place of the old, by way of the other half */
	assert_status(rt->SetVariable(name, &guid, NV | BA, sizeof(data), data), EFI_SUCCESS);
	assert_status(rt->SetVariable(name, &guid, NV | BA, 0, NULL), EFI_SUCCESS);
	assert_status(rt->SetVariable(odd, &guid, NV | BA, 0, NULL), EFI_SUCCESS);
	assert_int_equal(left(NV | BA, &max), before);
}

static void write_that_fails_changes_nothing(void **state)
{
	assert_status(set(name, NV | BA, "old"), EFI_SUCCESS);
	flash.status = 0x90;
	assert_status(set(name, NV | BA, "new"), EFI_DEVICE_ERROR);
	assert_status(set(kept, NV | BA | RA, ""), EFI_DEVICE_ERROR);
	expect(name, "old");
	expect(kept, "left");
	flash.status = 0x80;
	expect_lasting(name, "old");
	assert_status(set(name, NV | BA, "new"), EFI_SUCCESS);
	expect_lasting(name, "new");
}

static void operating_system_writes_flash(void **state)
{
	static uint8_t map[65536];
	UINTN size = sizeof(map), key, step;
	uint32_t version;
	EFI_HANDLE image = rig_image();

	assert_status(set(fleeting, BA | RA, "fleeting"), EFI_SUCCESS);
	assert_status(bs->GetMemoryMap(&size, (void *)map, &key, &step, &version), EFI_SUCCESS);
	assert_status(bs->ExitBootServices(image, key), EFI_SUCCESS);
	assert_status(set(odd, BA | RA, "x"), EFI_INVALID_PARAMETER);
	assert_status(set(odd, NV | BA, "x"), EFI_INVALID_PARAMETER);
	assert_status(set(fleeting, BA | RA, "x"), EFI_WRITE_PROTECTED);
	assert_status(set(odd, NV | BA | RA, "by the system"), EFI_SUCCESS);
	expect_lasting(odd, "by the system");
	expect_lasting(name, "new");
	assert_status(set(odd, NV | BA | RA, ""), EFI_SUCCESS);
	expect_lasting(odd, "");
	assert_status(set(odd, 0, ""), EFI_NOT_FOUND);
	assert_status(set(kept, NV | BA | RA, "changed"), EFI_SUCCESS);
	expect_lasting(kept, "changed");
}

/* name is there, as BA alone. */
static void what_a_system_may_not_see_it_cannot_change(void **state)
{
	UINTN size = 0;

	assert_status(rt->GetVariable(name, &guid, NULL, &size, NULL), EFI_NOT_FOUND);
	assert_status(set(name, NV | BA | RA, "by the system"), EFI_WRITE_PROTECTED);
	assert_status(set(name, NV | BA, "by the system"), EFI_WRITE_PROTECTED);
	assert_status(set(name, NV | BA | RA, ""), EFI_WRITE_PROTECTED);
	assert_status(set(name, 0, ""), EFI_WRITE_PROTECTED);
	size = 0;
	assert_status(rt->GetVariable(name, &guid, NULL, &size, NULL), EFI_NOT_FOUND);
	expect_lasting(name, "new");
}

static void flash_moves_with_the_system(void **state)
{
	EFI_MEMORY_DESCRIPTOR d = { .Type = EfiRuntimeServicesCode,
				    .VirtualStart = MOVED,
				    .NumberOfPages = UINT64_MAX / 4096,
				    .Attribute = EFI_MEMORY_RUNTIME };
	const struct cairn_varstore_region *r = &efi_nv.store.region;

	assert_status(rt->SetVirtualAddressMap(sizeof(d), sizeof(d), 1, &d), EFI_SUCCESS);
	assert_int_equal(efi_nv.flash.at, AT + MOVED);
	assert_int_equal((uintptr_t)r->ctx, (uintptr_t)&efi_nv.flash + MOVED);
	assert_int_equal((uintptr_t)r->read, (uintptr_t)fw_flash_read + MOVED);
	assert_int_equal((uintptr_t)r->program, (uintptr_t)fw_flash_program + MOVED);
	assert_int_equal((uintptr_t)r->erase, (uintptr_t)fw_flash_erase + MOVED);
	assert_int_equal(flash.mode, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_left_is_there),
		cmocka_unit_test(flash_is_told_to_operating_systems),
		cmocka_unit_test(only_what_lasts_is_in_flash),
		cmocka_unit_test(room_is_the_flashs),
		cmocka_unit_test(write_that_fails_changes_nothing),
		cmocka_unit_test(operating_system_writes_flash),
		cmocka_unit_test(what_a_system_may_not_see_it_cannot_change),
		cmocka_unit_test(flash_moves_with_the_system),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
