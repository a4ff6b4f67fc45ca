/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/loader_pvh.h>
#include <fw/arch.h>

#include "handover.h"

/* The numbers of e820 (ACPI 6.5, 15.1); 7 is EFI's persistent memory. */
static enum fw_memory_type type_of(uint32_t e820)
{
	switch (e820) {
	case CAIRN_MEMMAP_RAM:
		return FW_MEM_FREE;
	case CAIRN_MEMMAP_ACPI:
		return FW_MEM_ACPI;
	case CAIRN_MEMMAP_NVS:
		return FW_MEM_NVS;
	case CAIRN_MEMMAP_UNUSABLE:
		return FW_MEM_UNUSABLE;
	case 7:
		return FW_MEM_PERSISTENT;
	default:
		return FW_MEM_RESERVED;
	}
}

int fw_handover_range_(struct fw_platform *p, uint64_t at, uint64_t len, uint32_t e820,
		       struct cairn_err *err)
{
	enum fw_memory_type type = type_of(e820);
	bool is_ram = type == FW_MEM_FREE || type == FW_MEM_ACPI || type == FW_MEM_NVS;

	if (fw_memory_describe(&p->memory, at, len, type, is_ram ? FW_MEM_ATTR_WB : 0) < 0)
		return cairn_err_set(err, ENOSPC, "the memory map has too many entries", at);
	return 0;
}

void fw_handover_text_(char *dst, size_t cap, uint64_t at)
{
	size_t n = 0;

	while (at && n + 1 < cap) {
		const char *c = fw_arch_view(at + n, 1);

		if (!c || !*c)
			break;
		dst[n++] = *c;
	}
	dst[n] = '\0';
}

/* A structure out of memory, where it may lie at any address. False: not all of it is there. */
static bool copy(void *dst, uint64_t at, size_t len)
{
	const void *src = fw_arch_view(at, len);

	if (src)
		memcpy(dst, src, len);
	return src != NULL;
}

static int read_map(struct fw_platform *p, const struct cairn_pvh_start_info *info,
		    struct cairn_err *err)
{
	uint64_t at = cairn_le64_get(info->memmap_paddr);
	uint32_t n = cairn_le32_get(info->memmap_entries);
	struct cairn_pvh_memmap range;
	int r = 0;

	if (!n || n > FW_MEMORY_MAX)
		return cairn_err_set(err, EPROTO, "PVH start info with an odd memory map", n);
	for (uint32_t i = 0; i < n && r == 0; i++) {
		if (!copy(&range, at + i * sizeof(range), sizeof(range)))
			return cairn_err_set(err, EPROTO,
					     "PVH start info whose memory map is nowhere", at);
		r = fw_handover_range_(p, cairn_le64_get(range.addr), cairn_le64_get(range.size),
				       cairn_le32_get(range.type), err);
	}
	return r;
}

int fw_handover_initrd_(struct fw_platform *p, uint64_t at, uint64_t len, struct cairn_err *err)
{
	p->initrd.at = at;
	p->initrd.len = len;
	if (fw_memory_describe(&p->memory, at, len, FW_MEM_BOOT_DATA, FW_MEM_ATTR_WB) < 0)
		return cairn_err_set(err, ENOSPC, "the memory map has too many entries", at);
	return 0;
}

static int read_module(struct fw_platform *p, const struct cairn_pvh_start_info *info,
		       struct cairn_err *err)
{
	struct cairn_pvh_module m;

	if (!cairn_le32_get(info->nr_modules))
		return 0;
	if (!copy(&m, cairn_le64_get(info->modlist_paddr), sizeof(m)))
		return cairn_err_set(err, EPROTO, "PVH start info whose modules are nowhere", 0);
	return fw_handover_initrd_(p, cairn_le64_get(m.paddr), cairn_le64_get(m.size), err);
}

int fw_handover_pvh(struct fw_platform *p, uint64_t start_info, struct cairn_err *err)
{
	struct cairn_pvh_start_info info;
	int r;

	p->entered_by = "PVH";
	if (!copy(&info, start_info, sizeof(info)) || cairn_le32_get(info.magic) != CAIRN_PVH_MAGIC)
		return cairn_err_set(err, EPROTO, "entered without PVH start info", start_info);
	if (cairn_le32_get(info.version) < 1)
		return cairn_err_set(err, ENOTSUP, "PVH start info of version 0 has no memory map",
				     0);
	fw_handover_text_(p->cmdline, sizeof(p->cmdline), cairn_le64_get(info.cmdline_paddr));
	p->rsdp_at = cairn_le64_get(info.rsdp_paddr);
	r = read_module(p, &info, err);
	return r < 0 ? r : read_map(p, &info, err);
}
