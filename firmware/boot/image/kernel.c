/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * An Image of arm64 or riscv64: at the lowest free place, as kernels that use no memory below
 * themselves ask for, with the device tree behind it, in which /chosen says where the initrd is and
 * what the options are.
 */
#include <cairn/fdt_chosen.h>
#include <cairn/loader_kimage.h>
#include <cairn/math.h>
#include <fw/arch.h>
#include <fw/platform.h>

#include "../kernel.h"

#define GIB          (UINT64_C(1) << 30)
#define INITRD_REACH (32 * GIB) /* booting.rst: with the kernel, from a multiple of 1 GiB */
#define KERNEL_MAX   GIB

static enum cairn_kimage_arch native(void)
{
#ifdef __riscv
	return CAIRN_KIMAGE_RISCV64;
#else
	return CAIRN_KIMAGE_ARM64;
#endif
}

/* The entry's own, or the machine's. */
static int open_tree(const struct fw_efi_candidate *c, struct cairn_fdt_reader *ret,
		     struct cairn_err *err)
{
	if (c->dtb_bytes)
		return cairn_fdt_reader_open(ret, c->dtb, c->dtb_bytes, err);
	if (!fw_platform.fdt.len)
		return cairn_err_set(err, ENOTSUP,
				     "it needs a device tree, which this machine does not have", 0);
	return cairn_fdt_reader_open(ret, (const void *)(uintptr_t)fw_platform.fdt.at,
				     fw_platform.fdt.len, err);
}

/* The lowest place for so many bytes at a multiple of 2 MiB. */
static int take_lowest(uint64_t bytes, struct fw_piece *ret)
{
	const struct fw_memory *m = &fw_platform.memory;
	uint64_t at;

	for (uint32_t i = 0; i < m->n; i++) {
		const struct fw_memory_entry *e = &m->entries[i];
		uint64_t end = e->at + e->pages * FW_PAGE_BYTES;

		if (e->type == FW_MEM_FREE && cairn_align_up(e->at, CAIRN_KIMAGE_ALIGN, &at) &&
		    at && at < end && bytes <= end - at)
			return fw_piece_take_(FW_WHERE_AT, at, bytes, FW_PAGE_BYTES, ret);
	}
	return -ENOMEM;
}

/* Room for the kernel and, behind it, a block of 2 MiB for the device tree. */
static int place(const struct cairn_image *image, uint64_t dtb_bytes, struct fw_kernel *ret,
		 struct cairn_range *ret_dtb, struct cairn_err *err)
{
	struct cairn_kimage_load c = { .kernel = image,
				       .arch = native(),
				       .pages = fw_arch_kernel_pages(),
				       .dtb_bytes = dtb_bytes };
	struct cairn_kimage_loaded loaded;
	struct cairn_kimage kernel;
	int r = cairn_loader_kimage_parse(image, &kernel, err);

	if (r < 0)
		return r;
	if (!kernel.is_bounded || kernel.mem_bytes > KERNEL_MAX || kernel.text_offset > KERNEL_MAX)
		return cairn_err_set(err, ENOTSUP, "a kernel that does not say what it needs",
				     kernel.mem_bytes);
	if (take_lowest(
		cairn_align_down(kernel.text_offset + kernel.mem_bytes + 2 * CAIRN_KIMAGE_ALIGN - 1,
				 CAIRN_KIMAGE_ALIGN),
		&ret->image) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for the kernel", kernel.mem_bytes);
	c.ram = (struct cairn_range){ ret->image.at, ret->image.pages * FW_PAGE_BYTES };
	r = cairn_loader_kimage_load(&c, &fw_kernel_sink_, &loaded, err);
	if (r < 0)
		return r;
	ret->span = loaded.kernel;
	ret->entry = loaded.entry.v;
	*ret_dtb = loaded.dtb;
	return 0;
}

/* Whether the memory that a tree names holds a range. */
static bool has_memory(const struct cairn_fdt_reader *tree, uint64_t at, uint64_t bytes)
{
	struct cairn_fdt_node n = cairn_fdt_reader_root(tree);
	struct cairn_fdt_reader_range range;

	while (cairn_fdt_reader_next(&n)) {
		if (!cairn_fdt_reader_says(&n, "device_type", "memory"))
			continue;
		for (uint32_t i = 0; cairn_fdt_reader_reg(&n, i, &range); i++)
			if (at >= range.at && cairn_in_range(at - range.at, bytes, range.len))
				return true;
	}
	return false;
}

int fw_kernel_prepare_(const struct cairn_image *image, const struct fw_entry_start *s,
		       struct fw_kernel *ret, struct cairn_err *err)
{
	struct cairn_fdt_chosen chosen = { .bootargs = s->candidate.options,
					   .initrd_bytes = s->candidate.initrd_bytes };
	struct cairn_fdt_reader tree;
	struct cairn_range dtb = { 0 };
	uint64_t need, low;
	size_t len;
	int r = open_tree(&s->candidate, &tree, err);

	if (r < 0)
		return r;
	need = cairn_fdt_chosen_bytes(&tree, &chosen);
	if (need > CAIRN_KIMAGE_DTB_MAX)
		return cairn_err_set(err, ENOTSUP, "a device tree that is too large for it", need);
	r = place(image, need, ret, &dtb, err);
	if (r < 0)
		return r;
	if (s->candidate.dtb_bytes &&
	    !has_memory(&tree, ret->image.at, dtb.at + need - ret->image.at))
		return cairn_err_set(err, ENOTSUP, "its device tree has other memory than there is",
				     ret->image.at);
	low = cairn_align_down(ret->span.at, GIB);
	r = fw_kernel_initrd_(s, low, low + INITRD_REACH - 1, ret, &chosen.initrd_at, err);
	if (r == 0)
		r = cairn_fdt_chosen_copy(&tree, &chosen, (void *)(uintptr_t)dtb.at, need, &len);
	ret->arg0 = dtb.at;
	return r;
}
