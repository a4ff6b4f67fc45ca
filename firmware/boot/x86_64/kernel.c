/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A bzImage by its 64-bit entry: the protected-mode part where it wants to be or anywhere below
 * 4 GiB, the zero page and the command line, the initrd as low as the kernel can take it.
 */
#include <cairn/loader_bzimage.h>
#include <cairn/loader_linux.h>
#include <fw/arch.h>
#include <fw/platform.h>

#include "../kernel.h"

#define BELOW_4G      UINT64_C(0xffffffff)
#define TWO_MIB       (UINT64_C(2) << 20)
#define ALIGNMENT_MAX (UINT64_C(1) << 30)

struct piece { /* of memory; pages 0: none */
	uint64_t at, pages;
};

struct start {
	struct cairn_bzimage bz;
	struct piece kernel, initrd, params; /* params: the zero page, then the command line */
	struct cairn_range span;
	struct cairn_memmap map;
};

static struct start k; /* large */

static uint64_t pages_of(uint64_t bytes)
{
	return bytes / FW_PAGE_BYTES + (bytes % FW_PAGE_BYTES != 0);
}

static int take(enum fw_where where, uint64_t at, uint64_t bytes, uint64_t align, struct piece *ret)
{
	uint64_t pages = pages_of(bytes);
	int r = fw_memory_alloc(&fw_platform.memory, where, at, pages, align, FW_MEM_LOADER_DATA,
				&ret->at);

	if (r == 0)
		ret->pages = pages;
	return r;
}

static void give(struct piece *p)
{
	/* It was taken as it is given back: a full table is the only failure, and costs memory. */
	if (p->pages && fw_memory_free(&fw_platform.memory, p->at, p->pages) < 0)
		p->at = 0;
	p->pages = 0;
}

static int sink_write(void *ctx, cairn_gpa at, const void *src, size_t len)
{
	memcpy((void *)(uintptr_t)at.v, src, len);
	return 0;
}

static int sink_zero(void *ctx, cairn_gpa at, uint64_t len)
{
	memset((void *)(uintptr_t)at.v, 0, len);
	return 0;
}

static int sink_read_from(void *ctx, cairn_gpa at, const struct cairn_image *image, uint64_t off,
			  uint64_t len)
{
	return image->read_at(image->ctx, off, (void *)(uintptr_t)at.v, len);
}

static int place_kernel(const struct cairn_image *image, struct cairn_err *err)
{
	static const struct cairn_load_sink sink = { .write = sink_write,
						     .zero = sink_zero,
						     .read_from = sink_read_from };
	struct cairn_range room;
	uint64_t align = k.bz.alignment > TWO_MIB ? k.bz.alignment : TWO_MIB;
	int r = -ENOENT;

	if (!k.bz.has_entry64 || align > ALIGNMENT_MAX || k.bz.init_bytes > BELOW_4G)
		return cairn_err_set(err, ENOTSUP, "a kernel without a 64-bit entry", 0);
	if (k.bz.preferred % FW_PAGE_BYTES == 0)
		r = take(FW_WHERE_AT, k.bz.preferred, k.bz.init_bytes, FW_PAGE_BYTES, &k.kernel);
	if (r < 0 && k.bz.relocatable)
		r = take(FW_WHERE_BELOW, BELOW_4G, k.bz.init_bytes, align, &k.kernel);
	if (r < 0)
		return cairn_err_set(err, ENOMEM, "no memory for the kernel", k.bz.init_bytes);
	room = (struct cairn_range){ k.kernel.at, k.kernel.pages * FW_PAGE_BYTES };
	return cairn_loader_bzimage_place(&k.bz, image, room, &sink, &k.span, err);
}

/* Where it is, unless that is higher than the kernel looks. */
static int place_initrd(const struct fw_efi_candidate *c, uint64_t *ret_at, struct cairn_err *err)
{
	uint64_t at = (uintptr_t)c->initrd;

	*ret_at = at;
	if (!c->initrd_bytes || at + c->initrd_bytes - 1 <= k.bz.initrd_max)
		return 0;
	if (take(FW_WHERE_BELOW, k.bz.initrd_max, c->initrd_bytes, FW_PAGE_BYTES, &k.initrd) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for the initrd", c->initrd_bytes);
	memcpy((void *)(uintptr_t)k.initrd.at, c->initrd, c->initrd_bytes);
	*ret_at = k.initrd.at;
	return 0;
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

static int make_params(const struct fw_entry_start *s, uint64_t initrd_at, struct cairn_err *err)
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
	r = take(FW_WHERE_BELOW, BELOW_4G, sizeof(struct cairn_linux_params) + n + 1, FW_PAGE_BYTES,
		 &k.params);
	if (r < 0)
		return cairn_err_set(err, ENOMEM, "no memory for the options", n);
	r = make_map(err);
	if (r < 0)
		return r;
	page = (uint8_t *)(uintptr_t)k.params.at;
	c.cmdline.v = k.params.at + sizeof(struct cairn_linux_params);
	memcpy(page + sizeof(struct cairn_linux_params), options, n + 1);
	cairn_loader_linux_params(&c, (struct cairn_linux_params *)(void *)page);
	return 0;
}

int fw_kernel_start(const struct fw_entry *e, const struct fw_entry_start *s,
		    struct fw_devices *devices, struct cairn_err *err)
{
	static struct fw_fs_file f; /* large */
	struct cairn_image image;
	uint64_t initrd_at = 0;
	int r = fw_fs_open(&e->volume, s->path, &f);

	if (r < 0 || f.is_dir)
		return cairn_err_set(err, r < 0 ? (uint32_t)-r : EISDIR, "no such file", 0);
	image = fw_fs_image(&f);
	k.kernel = k.initrd = k.params = (struct piece){ 0 };
	r = cairn_loader_bzimage_parse(&image, &k.bz, err);
	if (r == 0)
		r = place_kernel(&image, err);
	if (r == 0)
		r = place_initrd(&s->candidate, &initrd_at, err);
	if (r == 0)
		r = make_params(s, initrd_at, err);
	if (r == 0) {
		fw_efi_measure_kernel((const void *)(uintptr_t)k.span.at, k.span.len,
				      &s->candidate);
		fw_devices_stop(devices);
		fw_arch_sync_code(k.span.at, k.span.len);
		fw_arch_enter_kernel(k.span.at + CAIRN_BZIMAGE_ENTRY64, k.params.at, 0);
	}
	give(&k.kernel);
	give(&k.initrd);
	give(&k.params);
	return r;
}
