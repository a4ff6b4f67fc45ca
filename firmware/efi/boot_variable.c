/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Variables that say what is to be started (UEFI 2.10, 3.3), and those of systemd's Boot Loader
 * Interface. What they hold is an operating system's, and hostile.
 */
#include <cairn/le.h>
#include <cairn/utf.h>

#include "boot.h"
#include "runtime.h"

#define VOLATILE        (EFI_VARIABLE_BOOTSERVICE | EFI_VARIABLE_RUNTIME)
#define LOADER_NAME_MAX 64u
#define TEXTS_MAX       16384u

static EFI_GUID *writable(const EFI_GUID *guid)
{
	return (EFI_GUID *)(uintptr_t)guid; /* the standard's prototypes lack const */
}

static CHAR16 *writable_name(const CHAR16 *name)
{
	return (CHAR16 *)(uintptr_t)name;
}

void *efi_boot_variable(const CHAR16 *name, const EFI_GUID *guid, UINTN *ret_bytes)
{
	UINTN size = 0;
	void *data;

	if (efi_get_variable(writable_name(name), writable(guid), NULL, &size, NULL) !=
	    EFI_BUFFER_TOO_SMALL)
		return NULL;
	data = efi_pool_alloc(EfiBootServicesData, size);
	if (!data)
		return NULL;
	if (EFI_ERROR(efi_get_variable(writable_name(name), writable(guid), NULL, &size, data))) {
		(void)efi_pool_free(data);
		return NULL;
	}
	*ret_bytes = size;
	return data;
}

/* A variable of exactly one 16-bit number. */
static bool number(const CHAR16 *name, uint16_t *ret)
{
	UINTN bytes;
	uint8_t *data = efi_boot_variable(name, &efi_guid_global_variable, &bytes);
	bool is_one = data && bytes == sizeof(*ret);

	if (is_one)
		*ret = (uint16_t)cairn_le_load(data, sizeof(*ret));
	(void)efi_pool_free(data);
	return is_one;
}

static void delete (const CHAR16 *name, const EFI_GUID *guid)
{
	/* NOT_FOUND is what is wanted; a store that cannot be written has it the next time too. */
	(void)efi_set_variable(writable_name(name), writable(guid), 0, 0, NULL);
}

bool fw_efi_boot_next(uint16_t *ret_number)
{
	bool is_there = number(u"BootNext", ret_number);

	delete (u"BootNext", &efi_guid_global_variable);
	return is_there;
}

bool fw_efi_timeout(uint16_t *ret_seconds)
{
	return number(u"Timeout", ret_seconds);
}

uint32_t fw_efi_boot_order(uint16_t *ret, uint32_t max)
{
	UINTN bytes = 0;
	uint8_t *data = efi_boot_variable(u"BootOrder", &efi_guid_global_variable, &bytes);
	uint32_t n = 0;

	for (; data && n < max && (n + 1) * sizeof(*ret) <= bytes; n++)
		ret[n] = (uint16_t)cairn_le_load(data + n * sizeof(*ret), sizeof(*ret));
	(void)efi_pool_free(data);
	return n;
}

void efi_boot_current(const uint16_t *n)
{
	uint16_t value = n ? *n : 0;

	/* A store that is full loses what only tells an operating system how it came to be. */
	(void)efi_variable_set_own(u"BootCurrent", &efi_guid_global_variable, 0, &value,
				   n ? sizeof(value) : 0);
}

static bool loader_name(const char *name, CHAR16 *ret)
{
	return efi_from_utf8(ret, LOADER_NAME_MAX, name) > 0;
}

/* Each text and its NUL by itself: the converter stops at the first. */
void fw_efi_loader_set_list(const char *name, const char *texts, size_t len)
{
	CHAR16 wide[LOADER_NAME_MAX],
	    *data = len && len <= TEXTS_MAX ? efi_new(len * sizeof(*data)) : NULL;
	UINTN n = 0;

	if (!loader_name(name, wide))
		return;
	for (size_t at = 0, end; data && at < len; at = end + 1) {
		for (end = at; end + 1 < len && texts[end]; end++)
			;
		n += efi_from_utf8(data + n, len - n, texts + at) + 1;
	}
	delete (wide, &efi_guid_boot_loader);
	if (data)
		(void)efi_set_variable(wide, writable(&efi_guid_boot_loader), VOLATILE,
				       n * sizeof(*data), data);
	(void)efi_pool_free(data);
}

void fw_efi_loader_set(const char *name, const char *text)
{
	size_t n = 0;

	while (text && text[n])
		n++;
	fw_efi_loader_set_list(name, text, text ? n + 1 : 0);
}

bool fw_efi_loader_get(const char *name, char *dst, size_t cap)
{
	CHAR16 wide[LOADER_NAME_MAX], *units;
	UINTN bytes = 0, n;
	bool fits;

	if (!loader_name(name, wide))
		return false;
	units = efi_boot_variable(wide, &efi_guid_boot_loader, &bytes);
	n = bytes / sizeof(*units);
	fits = units && n && CAIRN_UTF8_ROOM(n) <= cap;
	if (fits)
		(void)cairn_utf8_of_units(units, n, dst, cap);
	(void)efi_pool_free(units);
	return fits;
}
