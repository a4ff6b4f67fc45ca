/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* UnicodeCollation (UEFI 2.10, 13.10) for Latin-1: what file names are compared by. */
#include "small.h"

static CHAR16 upper(CHAR16 c)
{
	bool is_lower = (c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7);

	return is_lower ? (CHAR16)(c - 0x20) : c;
}

static CHAR16 lower(CHAR16 c)
{
	bool is_upper = (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);

	return is_upper ? (CHAR16)(c + 0x20) : c;
}

static EFIAPI INTN compare(EFI_UNICODE_COLLATION_PROTOCOL *this, const CHAR16 *a, const CHAR16 *b)
{
	while (*a && upper(*a) == upper(*b)) {
		a++;
		b++;
	}
	return (INTN)upper(*a) - (INTN)upper(*b);
}

/* [abc-x] at *pattern; moved behind it. A list that does not end matches nothing. */
static bool in_list(CHAR16 c, const CHAR16 **pattern)
{
	const CHAR16 *p = *pattern + 1;
	bool found = false;

	for (; *p && *p != ']'; p++) {
		CHAR16 first = upper(*p), last = first;

		if (p[1] == '-' && p[2] && p[2] != ']') {
			last = upper(p[2]);
			p += 2;
		}
		found |= c >= first && c <= last;
	}
	*pattern = *p ? p + 1 : p;
	return found && *p;
}

/* One star is gone back to at a time: O(string * pattern). */
static EFIAPI BOOLEAN matches(EFI_UNICODE_COLLATION_PROTOCOL *this, const CHAR16 *string,
			      const CHAR16 *pattern)
{
	const CHAR16 *s = string, *p = pattern, *star = NULL, *retry = NULL;

	while (*s) {
		const CHAR16 *behind = p + 1;
		bool fits = *p == '?' || (*p && upper(*p) == upper(*s));

		if (*p == '*') {
			star = p++;
			retry = s;
			continue;
		}
		if (*p == '[') {
			behind = p;
			fits = in_list(upper(*s), &behind);
		}
		if (fits) {
			p = behind;
			s++;
		} else if (star) {
			p = star + 1;
			s = ++retry;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return *p == 0;
}

static EFIAPI void to_lower(EFI_UNICODE_COLLATION_PROTOCOL *this, CHAR16 *s)
{
	for (; *s; s++)
		*s = lower(*s);
}

static EFIAPI void to_upper(EFI_UNICODE_COLLATION_PROTOCOL *this, CHAR16 *s)
{
	for (; *s; s++)
		*s = upper(*s);
}

static EFIAPI void from_fat(EFI_UNICODE_COLLATION_PROTOCOL *this, UINTN size, const CHAR8 *fat,
			    CHAR16 *string)
{
	for (; size && *fat; size--)
		*string++ = (uint8_t)*fat++;
	*string = 0;
}

static bool is_fat_letter(CHAR16 c)
{
	static const char others[] = "!#$%&'()-@^_`{}~";

	if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	for (size_t i = 0; others[i]; i++)
		if (c == (CHAR16)others[i])
			return true;
	return false;
}

/* True when a character was none of FAT's, and is an underscore now. Dots and spaces are left out.
 */
static EFIAPI BOOLEAN to_fat(EFI_UNICODE_COLLATION_PROTOCOL *this, const CHAR16 *string, UINTN size,
			     CHAR8 *fat)
{
	bool is_changed = false;

	for (; *string && size; string++) {
		CHAR16 c = upper(*string);

		if (c == '.' || c == ' ')
			continue;
		if (!is_fat_letter(c)) {
			is_changed = true;
			c = '_';
		}
		*fat++ = (CHAR8)c;
		size--;
	}
	if (size)
		*fat = 0;
	return is_changed;
}

static char languages_old[] = "eng", languages[] = "en";

static EFI_UNICODE_COLLATION_PROTOCOL old_collation = { compare,  matches, to_lower,     to_upper,
							from_fat, to_fat,  languages_old };
static EFI_UNICODE_COLLATION_PROTOCOL collation = { compare,  matches, to_lower, to_upper,
						    from_fat, to_fat,  languages };

EFI_STATUS efi_collation_init(EFI_HANDLE *handle)
{
	EFI_STATUS status = efi_install(handle, &efi_guid_collation, &old_collation);

	if (EFI_ERROR(status))
		return status;
	return efi_install(handle, &efi_guid_collation2, &collation);
}
