/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Memory services: UEFI 2.10, 7.2. */
#include <fw/platform.h>

#include "rig.h"

static EFI_PHYSICAL_ADDRESS allocated(EFI_MEMORY_TYPE type, UINTN pages)
{
	EFI_PHYSICAL_ADDRESS at = 0;

	assert_status(BS->AllocatePages(AllocateAnyPages, type, pages, &at), EFI_SUCCESS);
	return at;
}

static void pages_of_each_way_to_ask(void **state)
{
	EFI_PHYSICAL_ADDRESS at = allocated(EfiLoaderData, 3), below = at - 1, again = at;

	assert_int_equal(at % 4096, 0);
	memset((void *)(uintptr_t)at, 0x5a, 3 * 4096);
	assert_status(BS->AllocatePages(AllocateMaxAddress, EfiLoaderCode, 1, &below), EFI_SUCCESS);
	assert_true(below + 4096 <= at);
	assert_status(BS->FreePages(below, 1), EFI_SUCCESS);
	assert_status(BS->AllocatePages(AllocateAddress, EfiLoaderData, 1, &again), EFI_NOT_FOUND);
	assert_status(BS->FreePages(at, 3), EFI_SUCCESS);
	assert_status(BS->AllocatePages(AllocateAddress, EfiLoaderData, 3, &again), EFI_SUCCESS);
	assert_int_equal(again, at);
	assert_status(BS->FreePages(again, 3), EFI_SUCCESS);
}

static void pages_refuse_nonsense(void **state)
{
	EFI_PHYSICAL_ADDRESS at = 0x1001;

	assert_status(BS->AllocatePages(AllocateAnyPages, EfiLoaderData, 1, NULL),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->AllocatePages(MaxAllocateType, EfiLoaderData, 1, &at),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->AllocatePages(AllocateAnyPages, EfiConventionalMemory, 1, &at),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->AllocatePages(AllocateAnyPages, EfiPersistentMemory, 1, &at),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->AllocatePages(AllocateAnyPages, EfiMaxMemoryType, 1, &at),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->AllocatePages(AllocateAnyPages, 0x6fffffff, 1, &at),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->AllocatePages(AllocateAddress, EfiLoaderData, 1, &at), EFI_NOT_FOUND);
	assert_status(BS->AllocatePages(AllocateAnyPages, EfiLoaderData, UINT64_MAX, &at),
		      EFI_OUT_OF_RESOURCES);
	assert_status(BS->AllocatePages(AllocateAnyPages, EfiLoaderData, RIG_RAM_BYTES, &at),
		      EFI_OUT_OF_RESOURCES);
	at = 4095;
	assert_status(BS->AllocatePages(AllocateMaxAddress, EfiLoaderData, 1, &at),
		      EFI_OUT_OF_RESOURCES);
}

static void freeing_refuses_what_was_not_allocated(void **state)
{
	EFI_PHYSICAL_ADDRESS at = allocated(EfiLoaderData, 2);

	assert_status(BS->FreePages(at + 1, 1), EFI_INVALID_PARAMETER);
	assert_status(BS->FreePages(at, 0), EFI_INVALID_PARAMETER);
	assert_status(BS->FreePages((uintptr_t)rig_ram, 1), EFI_NOT_FOUND);
	assert_status(BS->FreePages(UINT64_C(1) << 60, 1), EFI_NOT_FOUND);
	assert_status(BS->FreePages(at, 2), EFI_SUCCESS);
	assert_status(BS->FreePages(at, 2), EFI_NOT_FOUND);
}

static void types_of_a_loaders_own_are_taken(void **state)
{
	EFI_PHYSICAL_ADDRESS at = allocated((EFI_MEMORY_TYPE)0x80000001u, 1);

	assert_int_equal(fw_memory_find(&fw_platform.memory, at)->type, 0x80000001u);
	assert_status(BS->FreePages(at, 1), EFI_SUCCESS);
}

static void map_needs_room_and_tells_how_much(void **state)
{
	UINTN size = 0, key, step;
	uint32_t version;
	EFI_MEMORY_DESCRIPTOR *map;

	assert_status(BS->GetMemoryMap(NULL, NULL, &key, &step, &version), EFI_INVALID_PARAMETER);
	assert_status(BS->GetMemoryMap(&size, NULL, &key, &step, &version), EFI_BUFFER_TOO_SMALL);
	assert_true(size >= step && step > sizeof(*map) && size % step == 0);
	assert_int_equal(version, 1);
	assert_status(BS->GetMemoryMap(&size, NULL, &key, &step, &version), EFI_INVALID_PARAMETER);
	size--;
	map = malloc(size + 1);
	assert_status(BS->GetMemoryMap(&size, map, &key, &step, &version), EFI_BUFFER_TOO_SMALL);
	assert_status(BS->GetMemoryMap(&size, map, &key, NULL, NULL), EFI_SUCCESS);
	free(map);
}

/* The descriptor of an address, after a fresh look. */
static EFI_MEMORY_DESCRIPTOR described(EFI_PHYSICAL_ADDRESS at, UINTN *ret_key)
{
	static uint8_t bytes[65536];
	UINTN size = sizeof(bytes), step;
	EFI_MEMORY_DESCRIPTOR d;

	assert_status(BS->GetMemoryMap(&size, (void *)bytes, ret_key, &step, NULL), EFI_SUCCESS);
	for (UINTN off = 0; off < size; off += step) {
		memcpy(&d, bytes + off, sizeof(d));
		if (at >= d.PhysicalStart && at - d.PhysicalStart < d.NumberOfPages * 4096)
			return d;
	}
	fail_msg("not in the map");
	return d;
}

static void map_follows_each_change(void **state)
{
	UINTN before, after, later;
	EFI_PHYSICAL_ADDRESS at;
	EFI_MEMORY_DESCRIPTOR d;

	described((uintptr_t)rig_ram, &before);
	at = allocated(EfiRuntimeServicesData, 1);
	d = described(at, &after);
	assert_int_not_equal(before, after);
	assert_int_equal(d.Type, EfiRuntimeServicesData);
	assert_true(d.Attribute & EFI_MEMORY_RUNTIME);
	assert_status(BS->FreePages(at, 1), EFI_SUCCESS);
	d = described(at, &later);
	assert_int_not_equal(after, later);
	assert_false(d.Attribute & EFI_MEMORY_RUNTIME);
	d = described((uintptr_t)rig_ram, &after);
	assert_int_equal(later, after);
}

static void runtime_code_and_data_are_in_the_map(void **state)
{
	UINTN key;

	assert_int_equal(described((uintptr_t)efi_st, &key).Type, EfiRuntimeServicesData);
	assert_int_equal(described((uintptr_t)RT, &key).Type, EfiRuntimeServicesData);
	assert_int_equal(described((uintptr_t)RT->GetVariable, &key).Type, EfiRuntimeServicesCode);
}

static void pool_blocks_keep_what_is_in_them(void **state)
{
	static const UINTN sizes[] = { 1, 64, 65, 300, 1000, 2016, 2017, 5000, 100000 };
	uint8_t *p[CAIRN_ARRAY_LEN(sizes)];

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(sizes); i++) {
		assert_status(BS->AllocatePool(EfiLoaderData, sizes[i], (void **)&p[i]),
			      EFI_SUCCESS);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		memset(p[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(sizes); i++) {
		for (UINTN n = 0; n < sizes[i]; n++)
			assert_int_equal(p[i][n], i + 1);
		assert_status(BS->FreePool(p[i]), EFI_SUCCESS);
	}
}

static void pool_has_blocks_of_each_type_apart(void **state)
{
	void *data, *code;

	assert_status(BS->AllocatePool(EfiLoaderData, 8, &data), EFI_SUCCESS);
	assert_status(BS->AllocatePool(EfiACPIReclaimMemory, 8, &code), EFI_SUCCESS);
	assert_int_equal(fw_memory_find(&fw_platform.memory, (uintptr_t)data)->type, EfiLoaderData);
	assert_int_equal(fw_memory_find(&fw_platform.memory, (uintptr_t)code)->type,
			 EfiACPIReclaimMemory);
	assert_status(BS->FreePool(data), EFI_SUCCESS);
	assert_status(BS->FreePool(code), EFI_SUCCESS);
}

/* A loader that asks a thousand times holds no thousand pages. */
static void pool_uses_freed_blocks_again(void **state)
{
	void *first, *p, *live[30];
	UINTN key_before, key_after;

	for (int i = 0; i < 30; i++)
		assert_status(BS->AllocatePool(EfiLoaderData, 200, &live[i]), EFI_SUCCESS);
	assert_status(BS->AllocatePool(EfiLoaderData, 200, &first), EFI_SUCCESS);
	assert_status(BS->FreePool(first), EFI_SUCCESS);
	described((uintptr_t)rig_ram, &key_before);
	for (int i = 0; i < 1000; i++) {
		assert_status(BS->AllocatePool(EfiLoaderData, 200, &p), EFI_SUCCESS);
		assert_status(BS->FreePool(p), EFI_SUCCESS);
	}
	described((uintptr_t)rig_ram, &key_after);
	assert_int_equal(key_before, key_after);
	for (int i = 0; i < 30; i++)
		assert_status(BS->FreePool(live[i]), EFI_SUCCESS);
}

static void pool_gives_pages_back(void **state)
{
	static void *p[2000];
	uint32_t n = 0, before = fw_platform.memory.n;
	uint64_t key;

	for (; n < 2000; n++)
		assert_status(BS->AllocatePool((EFI_MEMORY_TYPE)0x80000005u, 500, &p[n]),
			      EFI_SUCCESS);
	while (n--)
		assert_status(BS->FreePool(p[n]), EFI_SUCCESS);
	key = 0;
	for (uint32_t i = 0; i < fw_platform.memory.n; i++)
		if (fw_platform.memory.entries[i].type == 0x80000005u)
			key += fw_platform.memory.entries[i].pages;
	assert_int_equal(key, 1); /* one is kept for whoever comes next */
	assert_true(fw_platform.memory.n <= before + 2);
}

static void pool_refuses_what_is_no_block(void **state)
{
	uint8_t *p;
	EFI_PHYSICAL_ADDRESS page = allocated(EfiLoaderData, 1);

	memset((void *)(uintptr_t)page, 0, 4096);
	assert_status(BS->AllocatePool(EfiLoaderData, 100, (void **)&p), EFI_SUCCESS);
	assert_status(BS->FreePool(NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->FreePool((void *)(uintptr_t)UINT64_C(0x1234567890)),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->FreePool((void *)(uintptr_t)page), EFI_INVALID_PARAMETER);
	assert_status(BS->FreePool(rig_ram + 64), EFI_INVALID_PARAMETER);
	assert_status(BS->FreePool(p + 8), EFI_INVALID_PARAMETER);
	assert_status(BS->FreePool(p), EFI_SUCCESS);
	assert_status(BS->FreePool(p), EFI_INVALID_PARAMETER);
	assert_status(BS->AllocatePool(EfiLoaderData, 5000, (void **)&p), EFI_SUCCESS);
	assert_status(BS->FreePool(p + 128), EFI_INVALID_PARAMETER);
	assert_status(BS->FreePool(p), EFI_SUCCESS);
	assert_status(BS->FreePool(p), EFI_INVALID_PARAMETER);
	assert_status(BS->FreePages(page, 1), EFI_SUCCESS);
}

static void pool_refuses_nonsense(void **state)
{
	void *p;

	assert_status(BS->AllocatePool(EfiLoaderData, 8, NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->AllocatePool(EfiConventionalMemory, 8, &p), EFI_INVALID_PARAMETER);
	assert_status(BS->AllocatePool(EfiMaxMemoryType, 8, &p), EFI_INVALID_PARAMETER);
	assert_status(BS->AllocatePool(EfiLoaderData, UINT64_MAX, &p), EFI_OUT_OF_RESOURCES);
	assert_status(BS->AllocatePool(EfiLoaderData, UINT64_MAX - 4095, &p), EFI_OUT_OF_RESOURCES);
}

static void memory_is_copied_set_and_summed(void **state)
{
	char bytes[] = "123456789";
	uint32_t crc;

	assert_status(BS->CalculateCrc32(bytes, 9, &crc), EFI_SUCCESS);
	assert_int_equal(crc, 0xcbf43926);
	assert_status(BS->CalculateCrc32(NULL, 9, &crc), EFI_INVALID_PARAMETER);
	assert_status(BS->CalculateCrc32(bytes, 0, &crc), EFI_INVALID_PARAMETER);
	assert_status(BS->CalculateCrc32(bytes, 9, NULL), EFI_INVALID_PARAMETER);
	BS->CopyMem(bytes + 2, bytes, 5);
	assert_string_equal(bytes, "121234589");
	BS->SetMem(bytes, 3, 'x');
	assert_string_equal(bytes, "xxx234589");
}

static void tables_have_their_sums(void **state)
{
	EFI_TABLE_HEADER *const tables[] = { &efi_st->Hdr, &BS->Hdr, &RT->Hdr };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(tables); i++) {
		uint32_t sum = tables[i]->CRC32, crc;

		tables[i]->CRC32 = 0;
		assert_status(BS->CalculateCrc32(tables[i], tables[i]->HeaderSize, &crc),
			      EFI_SUCCESS);
		tables[i]->CRC32 = sum;
		assert_int_equal(crc, sum);
		assert_int_equal(tables[i]->Revision, 0x20064);
	}
}

static void configuration_tables_come_and_go(void **state)
{
	UINTN n = efi_st->NumberOfTableEntries;
	uint32_t sum = efi_st->Hdr.CRC32;
	EFI_GUID guid = { 1, 2, 3, { 0 } };
	int a, b;

	assert_status(BS->InstallConfigurationTable(NULL, &a), EFI_INVALID_PARAMETER);
	assert_status(BS->InstallConfigurationTable(&guid, NULL), EFI_NOT_FOUND);
	assert_status(BS->InstallConfigurationTable(&guid, &a), EFI_SUCCESS);
	assert_status(BS->InstallConfigurationTable(&guid, &b), EFI_SUCCESS);
	assert_int_equal(efi_st->NumberOfTableEntries, n + 1);
	assert_ptr_equal(efi_st->ConfigurationTable[n].VendorTable, &b);
	assert_int_not_equal(efi_st->Hdr.CRC32, sum);
	assert_status(BS->InstallConfigurationTable(&guid, NULL), EFI_SUCCESS);
	assert_int_equal(efi_st->NumberOfTableEntries, n);
	for (; efi_st->NumberOfTableEntries < 32; guid.Data1++)
		assert_status(BS->InstallConfigurationTable(&guid, &a), EFI_SUCCESS);
	assert_status(BS->InstallConfigurationTable(&guid, &a), EFI_OUT_OF_RESOURCES);
	while (efi_st->NumberOfTableEntries > n) {
		guid.Data1--;
		assert_status(BS->InstallConfigurationTable(&guid, NULL), EFI_SUCCESS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_each_way_to_ask),
		cmocka_unit_test(pages_refuse_nonsense),
		cmocka_unit_test(freeing_refuses_what_was_not_allocated),
		cmocka_unit_test(types_of_a_loaders_own_are_taken),
		cmocka_unit_test(map_needs_room_and_tells_how_much),
		cmocka_unit_test(map_follows_each_change),
		cmocka_unit_test(runtime_code_and_data_are_in_the_map),
		cmocka_unit_test(pool_blocks_keep_what_is_in_them),
		cmocka_unit_test(pool_has_blocks_of_each_type_apart),
		cmocka_unit_test(pool_uses_freed_blocks_again),
		cmocka_unit_test(pool_gives_pages_back),
		cmocka_unit_test(pool_refuses_what_is_no_block),
		cmocka_unit_test(pool_refuses_nonsense),
		cmocka_unit_test(memory_is_copied_set_and_summed),
		cmocka_unit_test(tables_have_their_sums),
		cmocka_unit_test(configuration_tables_come_and_go),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
