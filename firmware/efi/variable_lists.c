/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Entries added to lists of signatures, each once (UEFI 2.10, 8.2.3 and 32.4.1). */
#include "runtime.h"
#include "variable.h"

enum { KIND_BYTES = 16, LIST_BYTES_AT = 16, ENTRY_BYTES_AT = 24, HEADER_BYTES = 28 };

FW_RT_INLINE uint32_t load32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

FW_RT_INLINE void store32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

/* Whether lists hold the entry of a list of `head`'s kind and size. */
FW_RT_CODE static bool is_there(const uint8_t *lists, UINTN n, const uint8_t *head,
				const uint8_t *entry)
{
	uint32_t bytes = load32(head + ENTRY_BYTES_AT), list_bytes;

	for (UINTN at = 0; at < n; at += list_bytes) {
		const uint8_t *list = lists + at;

		list_bytes = load32(list + LIST_BYTES_AT);
		if (load32(list + ENTRY_BYTES_AT) != bytes || !efi_rt_equal(list, head, KIND_BYTES))
			continue;
		for (uint32_t off = HEADER_BYTES; off < list_bytes; off += bytes)
			if (efi_rt_equal(list + off, entry, bytes))
				return true;
	}
	return false;
}

FW_RT_CODE UINTN efi_lists_append(uint8_t *all, UINTN n, const uint8_t *more, UINTN more_bytes)
{
	UINTN end = n;
	uint32_t list_bytes;

	for (UINTN at = 0; at < more_bytes; at += list_bytes) {
		const uint8_t *list = more + at;
		uint32_t entry_bytes = load32(list + ENTRY_BYTES_AT), made = HEADER_BYTES;

		list_bytes = load32(list + LIST_BYTES_AT);
		efi_rt_copy(all + end, list, HEADER_BYTES);
		for (uint32_t off = HEADER_BYTES; off < list_bytes; off += entry_bytes) {
			store32(all + end + LIST_BYTES_AT, made);
			if (is_there(all, end + (made > HEADER_BYTES ? made : 0), list, list + off))
				continue;
			efi_rt_copy(all + end + made, list + off, entry_bytes);
			made += entry_bytes;
		}
		store32(all + end + LIST_BYTES_AT, made);
		if (made > HEADER_BYTES)
			end += made;
	}
	return end - n;
}
