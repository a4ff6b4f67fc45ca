/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* UCS-2, the standard's text, from the UTF-8 of the rest of the firmware. */
#include <cairn/utf.h>

#include "core.h"

UINTN efi_strlen(const CHAR16 *s)
{
	UINTN n = 0;

	while (s[n])
		n++;
	return n;
}

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

UINTN efi_from_utf8(CHAR16 *dst, UINTN cap, const char *src)
{
	int n = cairn_utf8_to_units(src, length(src), dst, cap - 1);

	dst[n > 0 ? n : 0] = 0;
	return n > 0 ? (UINTN)n : 0;
}

CHAR16 *efi_utf8_to_pool(const char *src)
{
	UINTN cap = length(src) + 1;
	CHAR16 *p = efi_pool_alloc(EfiBootServicesData, cap * sizeof(*p));

	if (p)
		(void)efi_from_utf8(p, cap, src);
	return p;
}
