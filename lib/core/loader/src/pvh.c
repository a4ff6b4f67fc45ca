/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "internal.h"

#include <cairn/loader_pvh.h>

#define START_INFO_VERSION 1

static int write_memmap(const struct cairn_memmap *map, uint64_t at,
			const struct cairn_load_sink *sink, struct cairn_err *err)
{
	for (uint32_t i = 0; i < map->n; i++) {
		struct cairn_pvh_memmap w = {
			.addr = cairn_le64_of(map->entries[i].at.v),
			.size = cairn_le64_of(map->entries[i].len_bytes),
			.type = cairn_le32_of((uint32_t)map->entries[i].type),
		};
		int ret = cairn_loader_write_(sink, at + i * sizeof(w), &w, sizeof(w), err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

int cairn_loader_pvh_write(const struct cairn_pvh_config *c, cairn_gpa at,
			   const struct cairn_load_sink *sink, struct cairn_err *err)
{
	uint64_t module_at = at.v + CAIRN_PVH_MODULE_OFF, memmap_at = at.v + CAIRN_PVH_MEMMAP_OFF;
	struct cairn_pvh_module module = {
		.paddr = cairn_le64_of(c->initrd.v),
		.size = cairn_le64_of(c->initrd_bytes),
	};
	struct cairn_pvh_start_info info = {
		.magic = cairn_le32_of(CAIRN_PVH_MAGIC),
		.version = cairn_le32_of(START_INFO_VERSION),
		.nr_modules = cairn_le32_of(c->initrd_bytes ? 1 : 0),
		.modlist_paddr = cairn_le64_of(c->initrd_bytes ? module_at : 0),
		.cmdline_paddr = cairn_le64_of(c->cmdline.v),
		.rsdp_paddr = cairn_le64_of(c->rsdp.v),
		.memmap_paddr = cairn_le64_of(memmap_at),
		.memmap_entries = cairn_le32_of(c->map->n),
	};
	int ret = write_memmap(c->map, memmap_at, sink, err);

	if (ret == 0 && c->initrd_bytes)
		ret = cairn_loader_write_(sink, module_at, &module, sizeof(module), err);
	if (ret == 0)
		ret = cairn_loader_write_(sink, at.v, &info, sizeof(info), err);
	return ret;
}
