/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A bzImage by its 64-bit entry: the protected-mode part where it wants to be or anywhere below
 * 4 GiB, the zero page and the command line, the initrd as low as the kernel can take it.
 */
#include <cairn/loader_bzimage.h>
#include <cairn/loader_linux.h>
#include <fw/platform.h>

#include "../kernel.h"

#define BELOW_4G      UINT64_C(0xffffffff)
#define TWO_MIB       (UINT64_C(2) << 20)
#define ALIGNMENT_MAX (UINT64_C(1) << 30)

struct start {
	struct cairn_bzimage bz;
	struct cairn_memmap map;
};

static struct start k; /* large */

static int place_kernel(const struct cairn_image *image, struct fw_kernel *ret,
			struct cairn_err *err)
{
	struct cairn_range room;
	uint64_t align = k.bz.alignment > TWO_MIB ? k.bz.alignment : TWO_MIB;
	int r = -ENOENT;

	if (!k.bz.has_entry64 || align > ALIGNMENT_MAX || k.bz.init_bytes > BELOW_4G)
		return cairn_err_set(err, ENOTSUP, "a kernel without a 64-bit entry", 0);
	if (k.bz.preferred % FW_PAGE_BYTES == 0)
		r = fw_piece_take_(FW_WHERE_AT, k.bz.preferred, k.bz.init_bytes, FW_PAGE_BYTES,
				   &ret->image);
	if (r < 0 && k.bz.relocatable)
		r = fw_piece_take_(FW_WHERE_BELOW, BELOW_4G, k.bz.init_bytes, align, &ret->image);
	if (r < 0)
		return cairn_err_set(err, ENOMEM, "no memory for the kernel", k.bz.init_bytes);
	room = (struct cairn_range){ ret->image.at, ret->image.pages * FW_PAGE_BYTES };
	return cairn_loader_bzimage_place(&k.bz, image, room, &fw_kernel_sink_, &ret->span, err);
}

static enum cairn_memmap_type type_of(const struct fw_memory_entry *e)
{
	switch (e->type) {
	case FW_MEM_FREE:
	case FW_MEM_LOADER_CODE:
	case FW_MEM_LOADER_DATA:
	case FW_MEM_BOOT_CODE:
	case FW_MEM_BOOT_DATA:
	case FW_MEM_RUNTIME_CODE: /* there are no runtime services without EFI */
	case FW_MEM_RUNTIME_DATA:
		return CAIRN_MEMMAP_RAM;
	case FW_MEM_ACPI:
		return CAIRN_MEMMAP_ACPI;
	case FW_MEM_NVS:
		return CAIRN_MEMMAP_NVS;
	case FW_MEM_UNUSABLE:
		return CAIRN_MEMMAP_UNUSABLE;
	default:
		return CAIRN_MEMMAP_RESERVED;
	}
}

static int make_map(struct cairn_err *err)
{
	const struct fw_memory *m = &fw_platform.memory;

	memset(&k.map, 0, sizeof(k.map));
	for (uint32_t i = 0; i < m->n;) {
		enum cairn_memmap_type type = type_of(&m->entries[i]);
		uint64_t at = m->entries[i].at, end = at;

		for (; i < m->n && m->entries[i].at == end && type_of(&m->entries[i]) == type; i++)
			end += m->entries[i].pages * FW_PAGE_BYTES;
		if (cairn_loader_memmap_add(&k.map, (cairn_gpa){ at }, end - at, type) < 0)
			return cairn_err_set(err, ENOSPC, "the memory map is too long for it", i);
	}
	return 0;
}

static int make_params(const struct fw_entry_start *s, uint64_t initrd_at, struct fw_kernel *ret,
		       struct cairn_err *err)
{
	struct cairn_linux_params_config c = { .header = &k.bz.header,
					       .map = &k.map,
					       .initrd = { initrd_at },
					       .initrd_bytes = s->candidate.initrd_bytes,
					       .rsdp = { fw_platform.rsdp_at } };
	const char *options = s->candidate.options ? s->candidate.options : "";
	uint8_t *page;
	size_t n = 0;
	int r;

	while (options[n])
		n++;
	if (n > k.bz.cmdline_max)
		return cairn_err_set(err, ENOTSUP, "options that are too long for it", n);
	r = fw_piece_take_(FW_WHERE_BELOW, BELOW_4G, sizeof(struct cairn_linux_params) + n + 1,
			   FW_PAGE_BYTES, &ret->params);
	if (r < 0)
		return cairn_err_set(err, ENOMEM, "no memory for the options", n);
	r = make_map(err);
	if (r < 0)
		return r;
	page = (uint8_t *)(uintptr_t)ret->params.at;
	c.cmdline.v = ret->params.at + sizeof(struct cairn_linux_params);
	memcpy(page + sizeof(struct cairn_linux_params), options, n + 1);
	cairn_loader_linux_params(&c, (struct cairn_linux_params *)(void *)page);
	return 0;
}

int fw_kernel_prepare_(const struct cairn_image *image, const struct fw_entry_start *s,
		       struct fw_kernel *ret, struct cairn_err *err)
{
	uint64_t initrd_at = 0;
	int r = cairn_loader_bzimage_parse(image, &k.bz, err);

	if (r == 0)
		r = place_kernel(image, ret, err);
	if (r == 0)
		r = fw_kernel_initrd_(s, 0, k.bz.initrd_max, ret, &initrd_at, err);
	if (r == 0)
		r = make_params(s, initrd_at, ret, err);
	ret->entry = ret->span.at + CAIRN_BZIMAGE_ENTRY64;
	ret->arg0 = ret->params.at;
	return r;
}
