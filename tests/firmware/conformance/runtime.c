/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The end of the boot services (UEFI 2.10, 7.4.6), the runtime services without them, and after
 * SetVirtualAddressMap at other addresses than before (8.4). Then the machine is switched off.
 */
#include "move.h"

static EFI_MEMORY_DESCRIPTOR map[600];
static UINTN map_size, map_key, step;
static uint32_t version;
static UINTN n_exit, n_before, n_ready;
static EFI_EVENT virtual_event;
/* What two keys signed for the same variable; NULL: none is brought. */
static void *mine, *of_other;
static UINTN mine_bytes, of_other_bytes;

struct resident { /* in runtime memory: it is written when addresses change */
	uint64_t told, converted, optional, none;
	void *pointer;
	EFI_RUNTIME_SERVICES *rt;
};
static struct resident *resident;

static EFIAPI void count(EFI_EVENT event, void *context)
{
	++*(UINTN *)context;
}

static EFIAPI void on_virtual(EFI_EVENT event, void *context)
{
	struct resident *r = context;
	void *null = NULL, *again = NULL;

	r->told++;
	r->converted = r->rt->ConvertPointer(0, &r->pointer);
	r->optional = r->rt->ConvertPointer(1, &null);
	r->none = r->rt->ConvertPointer(0, &again);
}

static void get_map(void)
{
	map_size = sizeof(map);
	(void)bs->GetMemoryMap(&map_size, map, &map_key, &step, &version);
}

static EFI_STATUS set(const CHAR16 *name, uint32_t attributes, UINTN size, const void *data)
{
	EFI_GUID guid = { 0x2b0f3c6e, 0x5a41, 0x4c7e, { 0x91, 0x0d, 1, 2, 3, 4, 5, 6 } };

	return rt->SetVariable((CHAR16 *)(uintptr_t)name, &guid, attributes, size,
			       (void *)(uintptr_t)data);
}

static EFI_STATUS get(const CHAR16 *name)
{
	EFI_GUID guid = { 0x2b0f3c6e, 0x5a41, 0x4c7e, { 0x91, 0x0d, 1, 2, 3, 4, 5, 6 } };
	uint8_t byte[8];
	UINTN size = sizeof(byte);

	return rt->GetVariable((CHAR16 *)(uintptr_t)name, &guid, NULL, &size, byte);
}

static void prepare(void)
{
	void *early = rt;
	EFI_EVENT e;

	(void)set(u"Boot", 2, 1, "b");
	(void)set(u"BootKept", 3, 1, "b");
	(void)set(u"Volatile", 6, 1, "v");
	(void)set(u"Kept", 7, 1, "k");
	say("runtime convert-early", rt->ConvertPointer(0, &early), "");
	mine = read_whole(u"\\KEYS\\MOVED.AUT", &mine_bytes);
	of_other = read_whole(u"\\KEYS\\MOVEDKEK.AUT", &of_other_bytes);
	get_map();
	say("runtime move-early", rt->SetVirtualAddressMap(map_size, step, version, map), "");
	(void)bs->AllocatePool(EfiRuntimeServicesData, sizeof(*resident), (void **)&resident);
	bs->SetMem(resident, sizeof(*resident), 0);
	resident->pointer = resident;
	resident->rt = rt;
	(void)bs->CreateEvent(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, count, &n_exit, &e);
	(void)bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, count, &n_before,
				&efi_group_before_exit_boot, &e);
	(void)bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, count, &n_ready,
				&efi_group_ready_to_boot, &e);
	say("runtime virtual-event",
	    bs->CreateEvent(EVT_SIGNAL_VIRTUAL_ADDRESS, TPL_NOTIFY, on_virtual, resident,
			    &virtual_event),
	    "");
}

static void leave_boot_services(void)
{
	EFI_PHYSICAL_ADDRESS at = 0;
	EFI_STATUS status;

	get_map();
	(void)bs->AllocatePages(AllocateAnyPages, EfiLoaderData, 1, &at);
	say("exit stale-key", bs->ExitBootServices(self, map_key), "told %u", U(n_exit));
	do {
		get_map();
		status = bs->ExitBootServices(self, map_key);
	} while (status == EFI_INVALID_PARAMETER);
	say_by_registers();
	say("exit", status, "told %u before %u", U(n_exit), U(n_before > 0));
}

static void say_alone(void)
{
	EFI_TIME now = { 0 };
	EFI_GUID guid;
	CHAR16 name[128] = u"";
	UINTN size = sizeof(name);

	say("exit table", EFI_SUCCESS, "boot %u out %u in %u handles %u",
	    U(st->BootServices != NULL), U(st->ConOut != NULL), U(st->ConIn != NULL),
	    U(st->ConsoleInHandle || st->ConsoleOutHandle || st->StandardErrorHandle));
	say("exit get-boot-variable", get(u"Boot"), "");
	say("exit get-volatile", get(u"Volatile"), "");
	say("exit get-kept", get(u"Kept"), "");
	say("exit set-boot-variable", set(u"Boot2", 3, 1, "x"), "");
	say("exit set-boot-variable-there", set(u"BootKept", 7, 1, "x"), "get %r",
	    get(u"BootKept"));
	say("exit set-boot-variable-as-it-is", set(u"BootKept", 3, 1, "x"), "");
	say("exit delete-boot-variable", set(u"BootKept", 0, 0, NULL), "");
	say("exit delete-nothing", set(u"Nothing", 0, 0, NULL), "");
	say("exit set-volatile-new", set(u"New", 6, 1, "x"), "");
	say("exit set-volatile", set(u"Volatile", 6, 1, "x"), "");
	say("exit delete-volatile", set(u"Volatile", 6, 0, NULL), "");
	say("exit set-kept", set(u"Kept", 7, 2, "kk"), "");
	say("exit next-variable", rt->GetNextVariableName(&size, name, &guid), "");
	say("exit time", rt->GetTime(&now, NULL), "sane %u", U(now.Year >= 2024));
	say("exit convert", rt->ConvertPointer(0, (void **)&resident), "");
}

/* The library that checks it has moved, too. */
static void say_signed(void)
{
	if (!mine || !of_other)
		return;
	say("moved set-signed", set(u"Mine", 0x27, mine_bytes, moved(mine)), "get %r",
	    get(u"Mine"));
	say("moved set-of-other", set(u"Mine", 0x27, of_other_bytes, moved(of_other)), "get %r",
	    get(u"Mine"));
}

/* From here on nothing lies where it was linked: no address that is kept in data may be used. */
static void after_move(void *context)
{
	struct resident *r = moved(context);
	EFI_TIME now = { 0 };

	rt = r->rt;
	say("moved told", EFI_SUCCESS, "%u convert %r optional %r null %r same %u", r->told,
	    (EFI_STATUS)r->converted, (EFI_STATUS)r->optional, (EFI_STATUS)r->none,
	    U(r->pointer == r));
	say("moved get-kept", get(u"Kept"), "");
	say("moved get-absent", get(u"Absent"), "");
	say("moved set", set(u"Kept", 7, 1, "z"), "get %r", get(u"Kept"));
	say("moved set-new", set(u"Later", 7, 1, "z"), "get %r", get(u"Later"));
	say("moved delete", set(u"Later", 7, 0, NULL), "get %r", get(u"Later"));
	say("moved delete-kept", set(u"Kept", 7, 0, NULL), "");
	say_signed();
	say("moved time", rt->GetTime(&now, NULL), "sane %u", U(now.Year >= 2024));
	say("conform end", EFI_SUCCESS, "");
	rt->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	for (;;)
		;
}

static void move(void)
{
	UINTN n = 0;

	for (UINTN i = 0; i < map_size / step; i++) {
		EFI_MEMORY_DESCRIPTOR *d = (void *)((uint8_t *)map + i * step),
				      *to = (void *)((uint8_t *)map + n * step);

		if (!(d->Attribute & EFI_MEMORY_RUNTIME))
			continue;
		if (to != d)
			memmove(to, d, step);
		to->VirtualStart = (uintptr_t)moved((void *)(uintptr_t)to->PhysicalStart);
		n++;
	}
	map_size = n * step;
}

void runtime_group(void)
{
	EFI_STATUS status;

	prepare();
	leave_boot_services();
	say_alone();
	move();
	say("move bad-version", rt->SetVirtualAddressMap(map_size, step, 99, map), "");
	say("move bad-step", rt->SetVirtualAddressMap(map_size, 8, version, map), "");
	make_moved_addresses();
	status = rt->SetVirtualAddressMap(map_size, step, version, map);
	say("move", status, "");
	say("move again", rt->SetVirtualAddressMap(map_size, step, version, map), "");
	resident->rt = moved(rt);
	go_to_moved_addresses(after_move, resident);
}
