/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What all kernels that are entered without EFI have in common. */
#include "kernel.h"

#include <fw/arch.h>
#include <fw/platform.h>

int fw_piece_take_(enum fw_where where, uint64_t at, uint64_t bytes, uint64_t align,
		   struct fw_piece *ret)
{
	uint64_t pages = bytes / FW_PAGE_BYTES + (bytes % FW_PAGE_BYTES != 0);
	int r = fw_memory_alloc(&fw_platform.memory, where, at, pages, align, FW_MEM_LOADER_DATA,
				&ret->at);

	if (r == 0)
		ret->pages = pages;
	return r;
}

static void give(struct fw_piece *p)
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

const struct cairn_load_sink fw_kernel_sink_ = { .write = sink_write,
						 .zero = sink_zero,
						 .read_from = sink_read_from };

int fw_kernel_initrd_(const struct fw_entry_start *s, uint64_t low, uint64_t high,
		      struct fw_kernel *k, uint64_t *ret_at, struct cairn_err *err)
{
	uint64_t at = (uintptr_t)s->candidate.initrd, bytes = s->candidate.initrd_bytes;
	int r;

	*ret_at = bytes ? at : 0;
	if (!bytes || (at >= low && at + bytes - 1 <= high))
		return 0;
	r = fw_piece_take_(FW_WHERE_BELOW, high, bytes, FW_PAGE_BYTES, &k->initrd);
	if (r < 0 || k->initrd.at < low)
		return cairn_err_set(err, ENOMEM, "no memory for the initrd", bytes);
	memcpy((void *)(uintptr_t)k->initrd.at, s->candidate.initrd, bytes);
	*ret_at = k->initrd.at;
	return 0;
}

static int prepare(const struct fw_entry *e, const struct fw_entry_start *s, struct fw_kernel *k,
		   struct cairn_err *err)
{
	static struct fw_fs_file f; /* large */
	enum cairn_kernel_kind kind = CAIRN_KERNEL_UNKNOWN;
	struct cairn_image image;
	int r = fw_fs_open(&e->volume, s->path, &f);

	if (r < 0 || f.is_dir)
		return cairn_err_set(err, r < 0 ? (uint32_t)-r : EISDIR, "no such file", 0);
	image = fw_fs_image(&f);
	r = cairn_loader_probe(&image, &kind, err);
	if (r == 0 && kind == CAIRN_KERNEL_ZBOOT)
		r = cairn_err_set(err, ENOTSUP, "an EFI zboot file, which only its stub unpacks",
				  0);
	return r < 0 ? r : fw_kernel_prepare_(&image, s, k, err);
}

int fw_kernel_start(const struct fw_entry *e, const struct fw_entry_start *s,
		    struct fw_devices *devices, struct cairn_err *err)
{
	struct fw_kernel k = { 0 };
	int r = prepare(e, s, &k, err);

	if (r == 0) {
		fw_efi_measure_kernel((const void *)(uintptr_t)k.span.at, k.span.len,
				      &s->candidate);
		fw_devices_stop(devices);
		fw_arch_sync_code(k.span.at, k.span.len);
		fw_arch_enter_kernel(k.entry, k.arg0, k.arg1);
	}
	give(&k.image);
	give(&k.initrd);
	give(&k.params);
	return r;
}
