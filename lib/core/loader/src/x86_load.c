/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The whole load: what can be refused is refused before the first byte is written. */
#include "internal.h"

#include <cairn/loader_x86.h>
#include <cairn/math.h>

#define GIB4 (UINT64_C(1) << 32)

struct plan {
	bool is_elf;
	struct cairn_elf elf;
	bool has_entry64, has_pvh;
	uint64_t cmdline_max, initrd_max;
	struct cairn_range allowed; /* for the kernel */
};

static int plan_kernel(const struct cairn_x86_load *c, struct plan *p, struct cairn_err *err)
{
	enum cairn_kernel_kind kind;
	int ret;

	if (c->kernel->size_bytes == 0)
		return cairn_err_set(err, EPROTO, "kernel file is empty", 0);
	ret = cairn_loader_probe(c->kernel, &kind, err);
	if (ret < 0)
		return ret;
	p->is_elf = kind == CAIRN_KERNEL_ELF;
	p->cmdline_max = c->bz ? c->bz->cmdline_max : CAIRN_LINUX_CMDLINE_MAX;
	p->initrd_max = c->bz ? c->bz->initrd_max : CAIRN_LINUX_INITRD_MAX;
	if (p->is_elf) {
		ret = cairn_loader_elf_parse(c->kernel, &p->elf, err);
		p->has_entry64 = p->elf.has_entry64;
		p->has_pvh = p->elf.has_pvh;
		return ret;
	}
	if (kind != CAIRN_KERNEL_BZIMAGE)
		return cairn_err_set(err, ENOTSUP, "neither an ELF kernel nor a bzImage", 0);
	if (!c->bz)
		return cairn_err_set(err, EINVAL, "bzImage whose header was not parsed", 0);
	p->has_entry64 = c->bz->has_entry64;
	return 0;
}

static int choose(enum cairn_x86_protocol wanted, const struct plan *p,
		  enum cairn_x86_protocol *ret_protocol, struct cairn_err *err)
{
	if (wanted == CAIRN_X86_ANY)
		wanted = p->has_pvh ? CAIRN_X86_PVH : CAIRN_X86_LINUX;
	if (wanted == CAIRN_X86_PVH && !p->has_pvh)
		return cairn_err_set(err, ENOTSUP, "kernel has no PVH entry", 0);
	if (wanted == CAIRN_X86_LINUX && !p->has_entry64)
		return cairn_err_set(err, ENOTSUP, "kernel has no 64-bit entry", 0);
	*ret_protocol = wanted;
	return 0;
}

static int plan_memory(const struct cairn_x86_load *c, struct plan *p, struct cairn_err *err)
{
	uint64_t limit = cairn_min_u64(p->cmdline_max, CAIRN_X86_CMDLINE_MAX);
	const struct cairn_memmap_entry *low, *high;

	if (c->cmdline->len > limit)
		return cairn_err_set(err, ENOSPC,
				     "command line too long for this kernel; the limit in bytes is",
				     limit);
	low = cairn_loader_memmap_find(c->map, cairn_gpa_of(0));
	high = cairn_loader_memmap_find(c->map, cairn_gpa_of(CAIRN_X86_HIGH_AT));
	if (!low || low->type != CAIRN_MEMMAP_RAM ||
	    low->len_bytes < CAIRN_X86_CMDLINE_AT + CAIRN_X86_CMDLINE_MAX + 1 || !high ||
	    high->type != CAIRN_MEMMAP_RAM)
		return cairn_err_set(err, EINVAL, "no memory at 0 or at 1 MiB", 0);
	/* paging at entry reaches 4 GiB, and PVH has no more */
	p->allowed.at = CAIRN_X86_HIGH_AT;
	p->allowed.len = cairn_min_u64(high->at.v + high->len_bytes, GIB4) - CAIRN_X86_HIGH_AT;
	return 0;
}

static int place_kernel(const struct cairn_x86_load *c, const struct plan *p,
			const struct cairn_load_sink *sink, struct cairn_range *ret_kernel,
			struct cairn_err *err)
{
	if (!p->is_elf)
		return cairn_loader_bzimage_place(c->bz, c->kernel, p->allowed, sink, ret_kernel,
						  err);
	*ret_kernel = p->elf.span;
	return cairn_loader_elf_place(&p->elf, c->kernel, p->allowed, sink, err);
}

static int place_initrd(const struct cairn_x86_load *c, const struct plan *p,
			const struct cairn_load_sink *sink, struct cairn_x86_loaded *l,
			struct cairn_err *err)
{
	cairn_gpa at = { 0 };
	int ret;

	if (!c->initrd)
		return 0;
	ret = cairn_loader_initrd_place(c->map, l->kernel, c->initrd->size_bytes, p->initrd_max,
					&at, err);
	if (ret < 0)
		return ret;
	l->initrd = (struct cairn_range){ .at = at.v, .len = c->initrd->size_bytes };
	return cairn_loader_copy(sink, at, c->initrd, 0, c->initrd->size_bytes, err);
}

static int start_pvh(const struct cairn_x86_load *c, const struct plan *p,
		     const struct cairn_load_sink *sink, struct cairn_x86_loaded *l,
		     struct cairn_err *err)
{
	struct cairn_pvh_config pvh = {
		.map = c->map,
		.cmdline = cairn_gpa_of(CAIRN_X86_CMDLINE_AT),
		.initrd = cairn_gpa_of(l->initrd.at),
		.initrd_bytes = l->initrd.len,
		.rsdp = c->rsdp,
	};
	int ret = cairn_loader_pvh_write(&pvh, cairn_gpa_of(CAIRN_X86_PVH_AT), sink, err);

	if (ret < 0)
		return ret;
	return cairn_loader_x86_enter_pvh(p->elf.pvh_entry, cairn_gpa_of(CAIRN_X86_PVH_AT), sink,
					  &l->boot, err);
}

static int start_linux(const struct cairn_x86_load *c, const struct plan *p,
		       const struct cairn_load_sink *sink, struct cairn_x86_loaded *l,
		       struct cairn_err *err)
{
	struct cairn_linux_params_config config = {
		.header = c->bz ? &c->bz->header : NULL,
		.map = c->map,
		.cmdline = cairn_gpa_of(CAIRN_X86_CMDLINE_AT),
		.initrd = cairn_gpa_of(l->initrd.at),
		.initrd_bytes = l->initrd.len,
		.rsdp = c->rsdp,
	};
	uint64_t entry = p->is_elf ? p->elf.entry64.v : l->kernel.at + CAIRN_BZIMAGE_ENTRY64;
	struct cairn_linux_params params;
	int ret;

	cairn_loader_linux_params(&config, &params);
	ret = cairn_loader_write_(sink, CAIRN_X86_PARAMS_AT, &params, sizeof(params), err);
	if (ret < 0)
		return ret;
	return cairn_loader_x86_enter_linux(cairn_gpa_of(entry), cairn_gpa_of(CAIRN_X86_PARAMS_AT),
					    sink, &l->boot, err);
}

int cairn_loader_x86_load(const struct cairn_x86_load *c, const struct cairn_load_sink *sink,
			  struct cairn_x86_loaded *ret_loaded, struct cairn_err *err)
{
	struct cairn_x86_loaded l = { 0 };
	struct plan p = { 0 };
	int ret = plan_kernel(c, &p, err);

	if (ret == 0)
		ret = choose(c->protocol, &p, &l.protocol, err);
	if (ret == 0)
		ret = plan_memory(c, &p, err);
	if (ret == 0)
		ret = place_kernel(c, &p, sink, &l.kernel, err);
	if (ret == 0)
		ret = place_initrd(c, &p, sink, &l, err);
	if (ret == 0)
		ret = cairn_loader_write_(sink, CAIRN_X86_CMDLINE_AT, c->cmdline->buf,
					  c->cmdline->len + 1, err);
	if (ret < 0)
		return ret;
	ret = l.protocol == CAIRN_X86_PVH ? start_pvh(c, &p, sink, &l, err)
					  : start_linux(c, &p, sink, &l, err);
	if (ret == 0)
		*ret_loaded = l;
	return ret;
}
