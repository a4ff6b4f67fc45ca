/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Variables (UEFI 2.10, 8.2) and time (8.3). */
#include "conform.h"

enum { NV = 1, BS = 2, RT = 4, APPEND = 0x40 };

static EFI_STATUS set(const CHAR16 *name, uint32_t attributes, UINTN size, const void *data)
{
	EFI_GUID guid = guid_a;

	return rt->SetVariable((CHAR16 *)(uintptr_t)name, &guid, attributes, size,
			       (void *)(uintptr_t)data);
}

static uint8_t got[4096];
static UINTN got_size;
static uint32_t got_attributes;

static EFI_STATUS get(const CHAR16 *name)
{
	EFI_GUID guid = guid_a;

	got_size = sizeof(got);
	return rt->GetVariable((CHAR16 *)(uintptr_t)name, &guid, &got_attributes, &got_size, got);
}

static void say_get(void)
{
	EFI_GUID guid = guid_a;
	CHAR16 name[] = u"One";
	UINTN size = 2;

	say("variable get", get(u"One"), "size %u attributes %x same %u", U(got_size),
	    U(got_attributes), U(is_equal(got, "first", 5)));
	say("variable get-other-case", get(u"ONE"), "");
	say("variable get-absent", get(u"None"), "");
	got_attributes = 0;
	say("variable get-small", rt->GetVariable(name, &guid, &got_attributes, &size, got),
	    "size %u attributes %x", U(size), U(got_attributes));
	size = 0;
	say("variable get-size", rt->GetVariable(name, &guid, NULL, &size, NULL), "size %u",
	    U(size));
	say("variable get-no-buffer", rt->GetVariable(name, &guid, NULL, &size, NULL), "");
	say("variable get-no-name", rt->GetVariable(NULL, &guid, NULL, &size, got), "");
	say("variable get-no-guid", rt->GetVariable(name, NULL, NULL, &size, got), "");
	say("variable get-no-size", rt->GetVariable(name, &guid, NULL, NULL, got), "");
	name[0] = 0;
	say("variable get-empty-name", rt->GetVariable(name, &guid, NULL, &size, got), "");
	guid = guid_b;
	name[0] = 'O';
	say("variable get-other-guid", rt->GetVariable(name, &guid, NULL, &size, got), "");
}

static void say_set(void)
{
	EFI_GUID guid = guid_a;
	CHAR16 empty[] = u"";

	say("variable set", set(u"One", BS, 5, "first"), "");
	say_get();
	say("variable set-no-name", rt->SetVariable(NULL, &guid, BS, 1, got), "");
	say("variable set-no-guid", rt->SetVariable((CHAR16 *)(uintptr_t)u"X", NULL, BS, 1, got),
	    "");
	say("variable set-empty-name", rt->SetVariable(empty, &guid, BS, 1, got), "");
	say("variable set-no-data", set(u"X", BS, 1, NULL), "");
	say("variable set-runtime-only", set(u"X", RT, 1, "x"), "");
	say("variable set-nv-only", set(u"X", NV, 1, "x"), "");
	say("variable set-unknown-attribute", set(u"X", 0x100 | BS, 1, "x"), "");
	say("variable set-auth-write", set(u"X", 0x10 | BS, 1, "x"), "");
	say("variable set-hardware-error", set(u"X", 0x8 | BS, 1, "x"), "");
	say("variable change-attributes", set(u"One", BS | RT, 5, "other"), "");
	say("variable change", set(u"One", BS, 3, "two"), "size %u",
	    U(get(u"One") ? 99 : got_size));
	say("variable append", set(u"One", BS | APPEND, 4, "more"), "size %u",
	    U(get(u"One") ? 99 : got_size));
	say("variable append-is", get(u"One"), "same %u attributes %x",
	    U(is_equal(got, "twomore", 7)), U(got_attributes));
	say("variable append-nothing", set(u"One", BS | APPEND, 0, NULL), "size %u",
	    U(get(u"One") ? 99 : got_size));
	say("variable append-new", set(u"Two", BS | APPEND, 2, "ab"), "size %u",
	    U(get(u"Two") ? 99 : got_size));
	say("variable append-other-attributes", set(u"Two", BS | RT | APPEND, 2, "ab"), "");
	say("variable append-nothing-new", set(u"Three", BS | APPEND, 0, NULL), "then %r",
	    get(u"Three"));
	say("variable delete-by-size", set(u"One", BS, 0, NULL), "then %r", get(u"One"));
	say("variable delete-again", set(u"One", BS, 0, NULL), "");
	say("variable delete-by-attributes", set(u"Two", 0, 2, "ab"), "then %r", get(u"Two"));
	(void)set(u"Two", BS, 2, "ab");
	say("variable delete-other-attributes", set(u"Two", BS | RT, 0, NULL), "then %r",
	    get(u"Two"));
	(void)set(u"Two", BS, 0, NULL);
	say("variable set-huge", set(u"Huge", BS, 1 << 20, got), "");
	say("variable set-16k", set(u"Large", BS, 16000, (void *)(uintptr_t)loaded->ImageBase), "");
	say("variable set-16k-delete", set(u"Large", BS, 0, NULL), "");
}

/* How often a name of ours comes, and whether the enumeration ends. */
static void say_enumeration(void)
{
	static CHAR16 name[512];
	EFI_STATUS status;
	EFI_GUID guid = guid_b;
	UINTN size, ours = 0, all = 0;

	(void)set(u"First", BS, 1, "1");
	(void)set(u"Second", NV | BS | RT, 1, "2");
	name[0] = 0;
	do {
		size = sizeof(name);
		status = rt->GetNextVariableName(&size, name, &guid);
		all++;
		ours += !status && is_equal(&guid, &guid_a, sizeof(guid)) &&
			size == 2 * (length_of(name) + 1);
	} while (!status && all < 2000);
	say("variable enumerate", status, "ours %u", U(ours));
	name[0] = 0;
	size = 2;
	say("variable enumerate-small", rt->GetNextVariableName(&size, name, &guid), "more %u",
	    U(size > 2));
	name[0] = 'x';
	size = 2;
	say("variable enumerate-no-end", rt->GetNextVariableName(&size, name, &guid), "");
	bs->CopyMem(name, (void *)(uintptr_t)u"NoSuch", 14);
	size = sizeof(name);
	say("variable enumerate-unknown", rt->GetNextVariableName(&size, name, &guid), "");
	say("variable enumerate-no-size", rt->GetNextVariableName(NULL, name, &guid), "");
	say("variable enumerate-no-name", rt->GetNextVariableName(&size, NULL, &guid), "");
	say("variable enumerate-no-guid", rt->GetNextVariableName(&size, name, NULL), "");
	(void)set(u"First", BS, 0, NULL);
	(void)set(u"Second", NV | BS | RT, 0, NULL);
}

static void say_query(const char *what, uint32_t attributes)
{
	uint64_t all = 0, left = 0, largest = 0;

	say(what, rt->QueryVariableInfo(attributes, &all, &left, &largest), "sane %u",
	    U(left <= all && largest <= all && (all > 0) == (largest > 0)));
}

void variable_group(void)
{
	uint64_t n;

	say_set();
	say_enumeration();
	say_query("variable query", NV | BS | RT);
	say_query("variable query-volatile", BS);
	say_query("variable query-none", 0);
	say_query("variable query-nv-only", NV);
	say_query("variable query-runtime-only", RT);
	say_query("variable query-unknown", 0x100 | BS);
	say("variable query-no-result", rt->QueryVariableInfo(NV | BS, NULL, &n, &n), "");
}

static void say_bad_times(void)
{
	static const struct {
		const char *what;
		EFI_TIME time;
	} bad[] = {
		{ "time month-0", { 2024, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ "time month-13", { 2024, 13, 1, 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ "time day-0", { 2024, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ "time day-32", { 2024, 1, 32, 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ "time february-30", { 2024, 2, 30, 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ "time february-29", { 2023, 2, 29, 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ "time hour-24", { 2024, 1, 1, 24, 0, 0, 0, 0, 0, 0, 0 } },
		{ "time minute-60", { 2024, 1, 1, 0, 60, 0, 0, 0, 0, 0, 0 } },
		{ "time second-60", { 2024, 1, 1, 0, 0, 60, 0, 0, 0, 0, 0 } },
		{ "time nanoseconds", { 2024, 1, 1, 0, 0, 0, 0, 1000000000, 0, 0, 0 } },
		{ "time zone-1441", { 2024, 1, 1, 0, 0, 0, 0, 0, 1441, 0, 0 } },
		{ "time daylight-4", { 2024, 1, 1, 0, 0, 0, 0, 0, 0, 4, 0 } },
		{ "time year-1899", { 1899, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ "time year-10000", { 10000, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0 } },
	};

	for (UINTN i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EFI_TIME t = bad[i].time;

		say(bad[i].what, rt->SetTime(&t), "");
	}
}

void time_group(void)
{
	EFI_TIME now = { 0 }, leap = { 2028, 2, 29, 23, 59, 30, 0, 0, 60, 0, 0 }, then = { 0 };
	EFI_TIME_CAPABILITIES caps = { 0 };
	BOOLEAN pending;
	uint64_t a = 0, b = 0;
	uint32_t high = 0;

	say("time get", rt->GetTime(&now, &caps), "sane %u",
	    U(now.Year >= 2024 && now.Month - 1u < 12));
	say("time get-alone", rt->GetTime(&now, NULL), "");
	say("time get-no-result", rt->GetTime(NULL, &caps), "");
	say("time set", rt->SetTime(&leap), "get %r", rt->GetTime(&then, NULL));
	say("time set-is", EFI_SUCCESS, "%u-%u-%u hour %u zone %u", U(then.Year), U(then.Month),
	    U(then.Day), U(then.Hour), U(then.TimeZone));
	say_bad_times();
	say("time set-back", rt->SetTime(&now), "");
	say("time wake-up-no-result", rt->GetWakeupTime(NULL, &pending, &then), "");
	say("time count", bs->GetNextMonotonicCount(&a), "then %r", bs->GetNextMonotonicCount(&b));
	say("time count-grows", EFI_SUCCESS, "%u", U(b == a + 1));
	say("time count-no-result", bs->GetNextMonotonicCount(NULL), "");
	say("time high-count", rt->GetNextHighMonotonicCount(&high), "grows %u", U(high > a >> 32));
	say("time high-count-no-result", rt->GetNextHighMonotonicCount(NULL), "");
}
