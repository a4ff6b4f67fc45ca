/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_pvh.h - what a kernel that is entered the PVH way is given: start info (version 1), a
 * module (the initial RAM disk) and the memory map. Xen's "x86/HVM direct boot ABI" and
 * public/arch-x86/hvm/start_info.h.
 */
#ifndef CAIRN_LOADER_PVH_H
#define CAIRN_LOADER_PVH_H

#include <cairn/le.h>
#include <cairn/loader_image.h>
#include <cairn/loader_memmap.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_PVH_MAGIC 0x336ec578

struct cairn_pvh_start_info {
	cairn_le32 magic, version, flags, nr_modules;
	cairn_le64 modlist_paddr, cmdline_paddr, rsdp_paddr, memmap_paddr;
	cairn_le32 memmap_entries, reserved;
};
CAIRN_STATIC_ASSERT(sizeof(struct cairn_pvh_start_info) == 56, "start_info.h");

struct cairn_pvh_module {
	cairn_le64 paddr, size, cmdline_paddr, reserved;
};
CAIRN_STATIC_ASSERT(sizeof(struct cairn_pvh_module) == 32, "start_info.h");

struct cairn_pvh_memmap {
	cairn_le64 addr, size;
	cairn_le32 type, reserved;
};
CAIRN_STATIC_ASSERT(sizeof(struct cairn_pvh_memmap) == 24, "start_info.h");

/* From the start info: one page takes all of it. */
#define CAIRN_PVH_MODULE_OFF 0x40
#define CAIRN_PVH_MEMMAP_OFF 0x80
CAIRN_STATIC_ASSERT(CAIRN_PVH_MEMMAP_OFF + CAIRN_MEMMAP_MAX * sizeof(struct cairn_pvh_memmap) <=
			4096,
		    "fits a page");

struct cairn_pvh_config {
	const struct cairn_memmap *map;
	cairn_gpa cmdline;
	cairn_gpa initrd;
	uint64_t initrd_bytes; /* 0: none */
	cairn_gpa rsdp;        /* 0: none */
};

/*
 * cairn_loader_pvh_write() - write start info, module and map into the page at `at`.
 *
 * Returns 0, or what the sink returned.
 */
CAIRN_MUST_USE int cairn_loader_pvh_write(const struct cairn_pvh_config *c, cairn_gpa at,
					  const struct cairn_load_sink *sink,
					  struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
