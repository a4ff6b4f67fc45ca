/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The memory attribute protocol (UEFI 2.10, 37.7): read only and execute never, page by page. What
 * was set is kept in a sorted list of ranges; all other memory has no attribute.
 */
#include <cairn/math.h>
#include <fw/arch.h>
#include <fw/platform.h>

#include "small.h"

#define RANGES_MAX 256u
#define SUPPORTED  (EFI_MEMORY_RO | EFI_MEMORY_XP)

struct range {
	uint64_t at, end, attrs; /* attrs != 0 */
};

static struct range ranges[RANGES_MAX];
static uint32_t n_ranges;

static bool is_memory(uint64_t at, uint64_t end)
{
	while (at < end) {
		const struct fw_memory_entry *e = fw_memory_find(&fw_platform.memory, at);

		if (!e || e->type == FW_MEM_MMIO || e->type == FW_MEM_RESERVED)
			return false;
		at = e->at + e->pages * FW_PAGE_BYTES;
	}
	return true;
}

static EFI_STATUS check(uint64_t at, uint64_t len, uint64_t *ret_end)
{
	if (len == 0 || at % FW_PAGE_BYTES != 0 || len % FW_PAGE_BYTES != 0)
		return EFI_INVALID_PARAMETER;
	if (!cairn_add_u64(at, len, ret_end) || !is_memory(at, *ret_end))
		return EFI_UNSUPPORTED;
	return EFI_SUCCESS;
}

/* The attributes at an address, and where they end: at most at `end`. */
static uint64_t attrs_at(uint64_t at, uint64_t end, uint64_t *ret_stop)
{
	*ret_stop = end;
	for (uint32_t i = 0; i < n_ranges; i++) {
		const struct range *r = &ranges[i];

		if (at >= r->at && at < r->end) {
			*ret_stop = cairn_min_u64(end, r->end);
			return r->attrs;
		}
		if (r->at > at) {
			*ret_stop = cairn_min_u64(end, r->at);
			break;
		}
	}
	return 0;
}

static EFIAPI EFI_STATUS get(EFI_MEMORY_ATTRIBUTE_PROTOCOL *this, EFI_PHYSICAL_ADDRESS at,
			     uint64_t len, uint64_t *attributes)
{
	uint64_t end, attrs;
	EFI_STATUS status;

	if (!attributes)
		return EFI_INVALID_PARAMETER;
	status = check(at, len, &end);
	if (EFI_ERROR(status))
		return status;
	attrs = attrs_at(at, end, &at);
	while (at < end)
		if (attrs_at(at, end, &at) != attrs)
			return EFI_NO_MAPPING;
	*attributes = attrs;
	return EFI_SUCCESS;
}

static void remove_at(uint32_t i)
{
	memmove(&ranges[i], &ranges[i + 1], (--n_ranges - i) * sizeof(ranges[0]));
}

static void insert(struct range r)
{
	uint32_t i = n_ranges++;

	for (; i > 0 && ranges[i - 1].at > r.at; i--)
		ranges[i] = ranges[i - 1];
	ranges[i] = r;
}

/* The list as if [at, end) were in none of its ranges. There is room for one more. */
static void cut_out(uint64_t at, uint64_t end)
{
	for (uint32_t i = 0; i < n_ranges;) {
		struct range r = ranges[i];

		if (r.end <= at || r.at >= end) {
			i++;
			continue;
		}
		remove_at(i);
		if (r.end > end)
			insert((struct range){ end, r.end, r.attrs });
		if (r.at < at)
			insert((struct range){ r.at, at, r.attrs });
		i = r.at < at ? i + 1 : i;
	}
}

/* Where the list has no room for what is left of a range, all of the range goes. */
void efi_memory_attributes_end(uint64_t at, uint64_t end)
{
	for (uint32_t i = 0; i < n_ranges;) {
		struct range r = ranges[i];
		bool is_full = n_ranges == RANGES_MAX;
		uint64_t from = is_full || r.at > at ? r.at : at;
		uint64_t to = is_full || r.end < end ? r.end : end;
		int ret;

		if (r.end <= at || r.at >= end) {
			i++;
			continue;
		}
		/* Fails only without memory for a page table: then it is as before. */
		ret = fw_arch_protect(from, to - from, FW_PROT_RWX);
		(void)ret;
		cut_out(from, to);
	}
}

static EFI_STATUS apply(uint64_t at, uint64_t end, uint64_t attrs)
{
	enum fw_prot prot = attrs & EFI_MEMORY_RO
				? (attrs & EFI_MEMORY_XP ? FW_PROT_RO : FW_PROT_RX)
				: (attrs & EFI_MEMORY_XP ? FW_PROT_RW : FW_PROT_RWX);

	if (n_ranges + 2 > RANGES_MAX)
		return EFI_OUT_OF_RESOURCES;
	if (fw_arch_protect(at, end - at, prot) < 0)
		return EFI_OUT_OF_RESOURCES;
	cut_out(at, end);
	if (attrs)
		insert((struct range){ at, end, attrs });
	return EFI_SUCCESS;
}

/* Piece by piece, for what each had before is kept. */
static EFI_STATUS change(uint64_t at, uint64_t len, uint64_t set, uint64_t cleared)
{
	uint64_t end, stop;
	EFI_STATUS status;

	if (((set | cleared) & ~(SUPPORTED | EFI_MEMORY_RP)) || (set | cleared) == 0)
		return EFI_INVALID_PARAMETER;
	if (set & EFI_MEMORY_RP)
		return EFI_UNSUPPORTED;
	status = check(at, len, &end);
	for (; at < end && !EFI_ERROR(status); at = stop) {
		uint64_t attrs = attrs_at(at, end, &stop);

		status = apply(at, stop, (attrs | set) & ~cleared);
	}
	return status;
}

static EFIAPI EFI_STATUS set(EFI_MEMORY_ATTRIBUTE_PROTOCOL *this, EFI_PHYSICAL_ADDRESS at,
			     uint64_t len, uint64_t attributes)
{
	return change(at, len, attributes, 0);
}

static EFIAPI EFI_STATUS clear(EFI_MEMORY_ATTRIBUTE_PROTOCOL *this, EFI_PHYSICAL_ADDRESS at,
			       uint64_t len, uint64_t attributes)
{
	return change(at, len, 0, attributes);
}

static EFI_MEMORY_ATTRIBUTE_PROTOCOL protocol = { get, set, clear };

EFI_STATUS efi_memory_attribute_init(EFI_HANDLE *handle)
{
	return efi_install(handle, &efi_guid_memory_attribute, &protocol);
}
