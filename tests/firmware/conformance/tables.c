/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The tables (UEFI 2.10, 4) and the configuration tables among them (4.6, 7.5.6). */
#include "conform.h"

static bool has_crc(EFI_TABLE_HEADER *h)
{
	uint32_t kept = h->CRC32, crc = 0;

	h->CRC32 = 0;
	(void)bs->CalculateCrc32(h, h->HeaderSize, &crc);
	h->CRC32 = kept;
	return crc == kept;
}

static void say_table(const char *what, EFI_TABLE_HEADER *h, uint64_t signature)
{
	say(what, EFI_SUCCESS, "signature %u crc %u size %u reserved %u recent %u",
	    U(h->Signature == signature), U(has_crc(h)), U(h->HeaderSize), U(h->Reserved),
	    U(h->Revision >= (2u << 16 | 70)));
}

void tables_group(void)
{
	void **first = (void **)(void *)(&bs->Hdr + 1), **last = (void **)(void *)(bs + 1);
	UINTN empty = 0;

	say_table("table system", &st->Hdr, EFI_SYSTEM_SIGNATURE);
	say_table("table boot", &bs->Hdr, EFI_BOOT_SIGNATURE);
	say_table("table runtime", &rt->Hdr, EFI_RUNTIME_SIGNATURE);
	say("table vendor", EFI_SUCCESS, "%u", U(st->FirmwareVendor && st->FirmwareVendor[0]));
	say("table console", EFI_SUCCESS, "out %u in %u error %u", U(st->ConOut != NULL),
	    U(st->ConIn != NULL), U(st->StdErr != NULL));
	say("table console-handles", EFI_SUCCESS, "out %u in %u",
	    U(interface_of(st->ConsoleOutHandle, &efi_guid_text_out) == st->ConOut),
	    U(interface_of(st->ConsoleInHandle, &efi_guid_text_in) == st->ConIn));
	for (; first < last; first++)
		empty += !*first;
	say("table boot-empty", EFI_SUCCESS, "%u", U(empty));
	empty = 0;
	last = (void **)(void *)(rt + 1);
	for (first = (void **)(void *)(&rt->Hdr + 1); first < last; first++)
		empty += !*first;
	say("table runtime-empty", EFI_SUCCESS, "%u", U(empty));
	say("table same-runtime", EFI_SUCCESS, "%u", U(st->RuntimeServices == rt));
}

static void *config_of(const EFI_GUID *guid)
{
	for (UINTN i = 0; i < st->NumberOfTableEntries; i++)
		if (is_equal(&st->ConfigurationTable[i].VendorGuid, guid, sizeof(*guid)))
			return st->ConfigurationTable[i].VendorTable;
	return NULL;
}

static uint8_t sum_of(const uint8_t *b, UINTN n)
{
	uint8_t sum = 0;

	while (b && n--)
		sum = (uint8_t)(sum + *b++);
	return sum;
}

static void say_acpi(void)
{
	const uint8_t *rsdp = config_of(&efi_guid_acpi20);

	if (!rsdp) {
		say("config acpi", EFI_NOT_FOUND, "");
		return;
	}
	say("config acpi", EFI_SUCCESS, "signature %u sums %u %u revision %u",
	    U(is_equal(rsdp, "RSD PTR ", 8)), U(sum_of(rsdp, 20)), U(sum_of(rsdp, 36)),
	    U(rsdp[15]));
}

static void say_smbios(void)
{
	const uint8_t *three = config_of(&efi_guid_smbios3), *old = config_of(&efi_guid_smbios);

	say("config smbios", EFI_SUCCESS, "anchor %u",
	    U((three && is_equal(three, "_SM3_", 5) && !sum_of(three, three[6])) ||
	      (old && is_equal(old, "_SM_", 4) && !sum_of(old, old[5]))));
}

/* 4.6.4: entries of runtime memory, sorted, each with what may be done. */
static void say_memory_attributes(void)
{
	const uint32_t *t = config_of(&efi_guid_memory_attributes);
	uint64_t end = 0;
	UINTN wrong = 0, code = 0, data = 0;

	if (!t) {
		say("config memory-attributes", EFI_NOT_FOUND, "");
		return;
	}
	for (UINTN i = 0; i < t[1]; i++) {
		const EFI_MEMORY_DESCRIPTOR *d =
		    (const void *)((const uint8_t *)(t + 4) + i * t[2]);

		wrong += d->PhysicalStart < end || !(d->Attribute & EFI_MEMORY_RUNTIME) ||
			 (d->Type != EfiRuntimeServicesCode && d->Type != EfiRuntimeServicesData);
		end = d->PhysicalStart + d->NumberOfPages * 4096;
		code += d->Type == EfiRuntimeServicesCode && (d->Attribute & EFI_MEMORY_RO);
		data += (d->Attribute & EFI_MEMORY_XP) != 0;
	}
	say("config memory-attributes", EFI_SUCCESS, "wrong %u read-only-code %u data %u", U(wrong),
	    U(code > 0), U(data > 0));
}

static UINTN told;

static EFIAPI void on_change(EFI_EVENT event, void *context)
{
	told++;
}

/* 7.5.6 */
void config_group(void)
{
	UINTN before = st->NumberOfTableEntries;
	uint64_t one = 1, two = 2;
	EFI_EVENT event = NULL;
	EFI_STATUS status;

	say_acpi();
	say_smbios();
	say_memory_attributes();
	say("config dtb", EFI_SUCCESS, "%u", U(config_of(&efi_guid_dtb) != NULL));
	say("config properties", EFI_SUCCESS, "%u", U(config_of(&efi_guid_rt_properties) != NULL));
	status =
	    bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, on_change, NULL, &guid_a, &event);
	say("config watch", status, "");
	say("config add-without-guid", bs->InstallConfigurationTable(NULL, &one), "");
	say("config remove-absent", bs->InstallConfigurationTable(&guid_a, NULL), "");
	status = bs->InstallConfigurationTable(&guid_a, &one);
	say("config add", status, "more %u found %u told %u crc %u",
	    U(st->NumberOfTableEntries - before), U(config_of(&guid_a) == &one), U(told),
	    U(has_crc(&st->Hdr)));
	status = bs->InstallConfigurationTable(&guid_a, &two);
	say("config replace", status, "more %u found %u told %u",
	    U(st->NumberOfTableEntries - before), U(config_of(&guid_a) == &two), U(told));
	status = bs->InstallConfigurationTable(&guid_a, NULL);
	say("config remove", status, "more %u found %u told %u crc %u",
	    U(st->NumberOfTableEntries - before), U(config_of(&guid_a) != NULL), U(told),
	    U(has_crc(&st->Hdr)));
	(void)bs->CloseEvent(event);
}
