/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Pages, the map of memory and the pool (UEFI 2.10, 7.2). */
#include "conform.h"

#define MIB (UINT64_C(1) << 20)

static EFI_MEMORY_DESCRIPTOR map[400];
static UINTN map_size, map_key, step;

static EFI_STATUS get_map(void)
{
	uint32_t version;

	map_size = sizeof(map);
	return bs->GetMemoryMap(&map_size, map, &map_key, &step, &version);
}

static EFI_MEMORY_DESCRIPTOR *entry(UINTN i)
{
	return (EFI_MEMORY_DESCRIPTOR *)(void *)((uint8_t *)map + i * step);
}

/* The type of what lies at an address, or 99. */
static uint32_t type_at(uint64_t at)
{
	if (get_map())
		return 99;
	for (UINTN i = 0; i < map_size / step; i++)
		if (at >= entry(i)->PhysicalStart &&
		    at - entry(i)->PhysicalStart < entry(i)->NumberOfPages * 4096)
			return entry(i)->Type;
	return 99;
}

static UINTN key_now(void)
{
	return get_map() ? 0 : map_key;
}

static void say_types(void)
{
	static const char *const names[] = {
		"memory type-0",  "memory type-1",  "memory type-2",  "memory type-3",
		"memory type-4",  "memory type-5",  "memory type-6",  "memory type-7",
		"memory type-8",  "memory type-9",  "memory type-10", "memory type-11",
		"memory type-12", "memory type-13", "memory type-14", "memory type-15",
		"memory type-16",
	};

	for (UINTN type = 0; type < sizeof(names) / sizeof(names[0]); type++) {
		EFI_PHYSICAL_ADDRESS at = 0;
		EFI_STATUS status =
		    bs->AllocatePages(AllocateAnyPages, (EFI_MEMORY_TYPE)type, 1, &at);
		uint32_t shown = status ? 0 : type_at(at);

		if (status)
			say(names[type], status, "");
		else
			say(names[type], bs->FreePages(at, 1), "aligned %u in-map %u",
			    U(at % 4096 == 0), U(shown));
	}
}

static void say_odd_types(void)
{
	EFI_PHYSICAL_ADDRESS at = 0;

	say("memory type-reserved-first",
	    bs->AllocatePages(AllocateAnyPages, (EFI_MEMORY_TYPE)0x6fffffff, 1, &at), "");
	say("memory type-oem",
	    bs->AllocatePages(AllocateAnyPages, (EFI_MEMORY_TYPE)0x70000000, 1, &at), "in-map %x",
	    U(type_at(at)));
	say("memory type-oem-free", bs->FreePages(at, 1), "");
	say("memory type-loader",
	    bs->AllocatePages(AllocateAnyPages, (EFI_MEMORY_TYPE)0x80000000, 1, &at), "in-map %x",
	    U(type_at(at)));
	say("memory type-loader-free", bs->FreePages(at, 1), "");
}

static void say_bad_pages(void)
{
	EFI_PHYSICAL_ADDRESS at = MIB;

	say("memory no-result", bs->AllocatePages(AllocateAnyPages, EfiLoaderData, 1, NULL), "");
	say("memory bad-how", bs->AllocatePages(MaxAllocateType, EfiLoaderData, 1, &at), "");
	say("memory bad-how-negative",
	    bs->AllocatePages((EFI_ALLOCATE_TYPE)-1, EfiLoaderData, 1, &at), "");
	say("memory no-pages", bs->AllocatePages(AllocateAnyPages, EfiLoaderData, 0, &at), "");
	say("memory all-pages",
	    bs->AllocatePages(AllocateAnyPages, EfiLoaderData, UINT64_MAX / 4096, &at), "");
	say("memory more-than-all",
	    bs->AllocatePages(AllocateAnyPages, EfiLoaderData, UINT64_MAX, &at), "");
	at = 0;
	say("memory below-zero", bs->AllocatePages(AllocateMaxAddress, EfiLoaderData, 1, &at), "");
	at = 0xffe;
	say("memory below-a-page", bs->AllocatePages(AllocateMaxAddress, EfiLoaderData, 1, &at),
	    "");
	at = UINT64_C(0xfee00000);
	say("memory at-no-memory", bs->AllocatePages(AllocateAddress, EfiLoaderData, 1, &at), "");
	at = UINT64_C(0xfffffffffffff000);
	say("memory at-the-end", bs->AllocatePages(AllocateAddress, EfiLoaderData, 1, &at), "");
	say("memory free-none", bs->FreePages(0, 0), "");
	say("memory free-nowhere", bs->FreePages(UINT64_C(0xfffffffff000), 1), "");
}

static void say_places(void)
{
	EFI_PHYSICAL_ADDRESS at = 0, limit, other;
	UINTN key;

	/* where there is memory, for sure */
	(void)bs->AllocatePages(AllocateAnyPages, EfiLoaderData, 3, &at);
	(void)bs->FreePages(at, 3);
	limit = at + 3 * 4096 - 1;
	at = limit;
	say("memory below", bs->AllocatePages(AllocateMaxAddress, EfiLoaderData, 3, &at),
	    "ends-below %u", U(at + 3 * 4096 - 1 <= limit));
	other = at + 4096;
	say("memory at-taken", bs->AllocatePages(AllocateAddress, EfiLoaderData, 1, &other), "");
	say("memory free-middle", bs->FreePages(at + 4096, 1), "types %u %u %u", U(type_at(at)),
	    U(type_at(at + 4096)), U(type_at(at + 8192)));
	say("memory free-middle-again", bs->FreePages(at + 4096, 1), "");
	other = at + 4096;
	say("memory at", bs->AllocatePages(AllocateAddress, EfiBootServicesData, 1, &other),
	    "there %u type %u", U(other == at + 4096), U(type_at(other)));
	say("memory free-unaligned", bs->FreePages(at + 1, 1), "");
	other = at + 1;
	say("memory at-unaligned", bs->AllocatePages(AllocateAddress, EfiLoaderData, 1, &other),
	    "");
	key = key_now();
	say("memory free-two-types", bs->FreePages(at, 3), "key-changed %u", U(key != key_now()));
}

void memory_group(void)
{
	say_types();
	say_odd_types();
	say_bad_pages();
	say_places();
}

/* 7.2.3: sorted or not, nothing lies in two entries. */
static UINTN overlaps(void)
{
	UINTN n = map_size / step, count = 0;

	for (UINTN i = 0; i < n; i++)
		for (UINTN k = 0; k < i; k++)
			count += entry(i)->PhysicalStart <
				     entry(k)->PhysicalStart + entry(k)->NumberOfPages * 4096 &&
				 entry(k)->PhysicalStart <
				     entry(i)->PhysicalStart + entry(i)->NumberOfPages * 4096;
	return count;
}

static void say_entries(void)
{
	UINTN n, bad = 0, runtime = 0, not_marked = 0, free = 0;

	(void)get_map();
	n = map_size / step;
	for (UINTN i = 0; i < n; i++) {
		const EFI_MEMORY_DESCRIPTOR *d = entry(i);
		bool is_runtime =
		    d->Type == EfiRuntimeServicesCode || d->Type == EfiRuntimeServicesData;

		bad += d->PhysicalStart % 4096 || !d->NumberOfPages || d->VirtualStart ||
		       (d->Type >= EfiMaxMemoryType && d->Type < 0x70000000);
		runtime += is_runtime;
		not_marked += is_runtime && !(d->Attribute & EFI_MEMORY_RUNTIME);
		free += d->Type == EfiConventionalMemory;
	}
	say("map entries", EFI_SUCCESS, "bad %u overlaps %u whole %u", U(bad), U(overlaps()),
	    U(map_size % step == 0));
	say("map runtime", EFI_SUCCESS, "some %u not-marked %u free %u", U(runtime > 0),
	    U(not_marked), U(free > 0));
	say("map own-image", EFI_SUCCESS, "types %u %u", U(type_at((uintptr_t)loaded->ImageBase)),
	    U(type_at((uintptr_t)&map)));
	say("map tables", EFI_SUCCESS, "system %u runtime %u boot %u", U(type_at((uintptr_t)st)),
	    U(type_at((uintptr_t)rt)),
	    U(type_at((uintptr_t)bs) == EfiBootServicesCode ||
	      type_at((uintptr_t)bs) == EfiBootServicesData));
}

static void say_keys(void)
{
	EFI_PHYSICAL_ADDRESS at = 0;
	UINTN key = key_now();
	void *block = NULL;

	say("map key-stays", EFI_SUCCESS, "%u", U(key == key_now()));
	(void)bs->AllocatePages(AllocateAnyPages, EfiLoaderData, 1, &at);
	say("map key-after-allocation", EFI_SUCCESS, "changed %u", U(key != key_now()));
	key = key_now();
	(void)bs->FreePages(at, 1);
	say("map key-after-free", EFI_SUCCESS, "changed %u", U(key != key_now()));
	key = key_now();
	(void)bs->AllocatePool(EfiLoaderData, 1 << 20, &block);
	say("map key-after-large-pool", EFI_SUCCESS, "changed %u", U(key != key_now()));
	(void)bs->FreePool(block);
}

static UINTN n_told;

static EFIAPI void on_map(EFI_EVENT event, void *context)
{
	n_told++;
}

static void say_group(void)
{
	EFI_PHYSICAL_ADDRESS at = 0;
	EFI_EVENT event = NULL;
	EFI_STATUS status = bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, on_map, NULL,
					      &efi_group_memory_map, &event);

	n_told = 0;
	(void)bs->AllocatePages(AllocateAnyPages, EfiLoaderData, 1, &at);
	say("map event", status, "told %u", U(n_told > 0));
	(void)bs->CloseEvent(event);
	(void)bs->FreePages(at, 1);
}

void map_group(void)
{
	UINTN size = 0, key = 0, bytes = 0;
	uint32_t version = 0;
	EFI_STATUS status = bs->GetMemoryMap(&size, NULL, &key, &bytes, &version);

	say("map size", status, "some %u descriptor %u version %u", U(size > 0),
	    U(bytes >= sizeof(map[0])), U(version));
	say("map no-size", bs->GetMemoryMap(NULL, map, &key, &bytes, &version), "");
	size = sizeof(map);
	say("map no-buffer", bs->GetMemoryMap(&size, NULL, &key, &bytes, &version), "");
	size = bytes;
	status = bs->GetMemoryMap(&size, map, &key, &bytes, &version);
	say("map small", status, "more %u", U(size > bytes));
	size = sizeof(map);
	say("map no-details", bs->GetMemoryMap(&size, map, NULL, NULL, NULL), "");
	size = sizeof(map);
	say("map whole", bs->GetMemoryMap(&size, map, &key, &bytes, &version), "");
	say_entries();
	say_keys();
	say_group();
}

static void say_blocks(void)
{
	enum { MANY = 600 };
	static uint8_t *blocks[MANY];
	UINTN unaligned = 0, failed = 0, mixed = 0;

	for (UINTN i = 0; i < MANY; i++) {
		UINTN size = 1 + i * 7 % 3000;

		failed += bs->AllocatePool(EfiLoaderData, size, (void **)&blocks[i]) != EFI_SUCCESS;
		unaligned += (uintptr_t)blocks[i] % 8 != 0;
		bs->SetMem(blocks[i], size, (uint8_t)i);
	}
	for (UINTN i = 0; i < MANY; i++) {
		mixed += blocks[i][0] != (uint8_t)i || blocks[i][i * 7 % 3000] != (uint8_t)i;
		failed += bs->FreePool(blocks[i]) != EFI_SUCCESS;
	}
	say("pool many", EFI_SUCCESS, "failed %u unaligned %u overwritten %u", U(failed),
	    U(unaligned), U(mixed));
}

void pool_group(void)
{
	void *p = NULL;
	EFI_STATUS status = bs->AllocatePool(EfiLoaderData, 0, &p);

	say("pool empty", status, "pointer %u", U(p != NULL));
	say("pool empty-free", bs->FreePool(p), "");
	say("pool no-result", bs->AllocatePool(EfiLoaderData, 8, NULL), "");
	say("pool free-nothing", bs->FreePool(NULL), "");
	say("pool type-free", bs->AllocatePool(EfiConventionalMemory, 8, &p), "");
	say("pool type-persistent", bs->AllocatePool(EfiPersistentMemory, 8, &p), "");
	say("pool type-none", bs->AllocatePool(EfiMaxMemoryType, 8, &p), "");
	say("pool huge", bs->AllocatePool(EfiLoaderData, UINT64_C(1) << 40, &p), "");
	say("pool overflow", bs->AllocatePool(EfiLoaderData, UINT64_MAX - 8, &p), "");
	status = bs->AllocatePool(EfiRuntimeServicesData, 40, &p);
	say("pool runtime", status, "type %u", U(type_at((uintptr_t)p)));
	say("pool runtime-free", bs->FreePool(p), "");
	status = bs->AllocatePool(EfiACPIReclaimMemory, 40, &p);
	say("pool acpi", status, "type %u", U(type_at((uintptr_t)p)));
	say("pool acpi-free", bs->FreePool(p), "");
	say_blocks();
}
