/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * boot.c - kernel, initial RAM disk and device tree into memory, and the registers of the first
 * processor (Documentation/arch/arm64/booting.rst). The others are off until the guest asks for
 * them by PSCI.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <cairn/hv_aarch64.h>
#include <cairn/loader.h>
#include <cairn/unpack.h>

#include "arch.h"
#include "layout.h"
#include "load.h"
#include "log.h"
#include "platform.h"

enum {
	CMDLINE_BYTES = 2048, /* what an arm64 kernel takes */

	PSTATE_EL1H = 0x3c5, /* EL1 with its own stack, D, A, I and F masked */

	/* ID_AA64MMFR0_EL1: which sizes of pages there are. 15 is none, and so is 0 for 16 KiB. */
	TGRAN16_SHIFT = 20,
	TGRAN64_SHIFT = 24,
	TGRAN4_SHIFT = 28,
	TGRAN_MASK = 15,
};

static const uint64_t mmfr0 = CAIRN_HV_ARM64_SYS(3, 0, 0, 7, 0);

/* The sizes of pages that the first processor has, or a negative errno. */
static int page_sizes(struct machine *m, uint32_t *ret)
{
	struct cairn_hv_reg r = { .id = mmfr0 };
	int rc = cairn_hv_vcpu_get_regs(m->vcpus[0], &r, 1);
	unsigned g16 = r.value >> TGRAN16_SHIFT & TGRAN_MASK;

	*ret = ((r.value >> TGRAN4_SHIFT & TGRAN_MASK) != TGRAN_MASK ? CAIRN_PAGES_4K : 0) |
	       (g16 != 0 && g16 != TGRAN_MASK ? CAIRN_PAGES_16K : 0) |
	       ((r.value >> TGRAN64_SHIFT & TGRAN_MASK) != TGRAN_MASK ? CAIRN_PAGES_64K : 0);
	return rc;
}

static int set_regs(struct machine *m, const struct cairn_kimage_loaded *k)
{
	const struct cairn_hv_reg regs[] = {
		{ CAIRN_HV_ARM64_PC, k->entry.v },  { CAIRN_HV_ARM64_PSTATE, PSTATE_EL1H },
		{ CAIRN_HV_ARM64_X(0), k->dtb.at }, { CAIRN_HV_ARM64_X(1), 0 },
		{ CAIRN_HV_ARM64_X(2), 0 },         { CAIRN_HV_ARM64_X(3), 0 },
	};

	return cairn_hv_vcpu_set_regs(m->vcpus[0], regs, CAIRN_ARRAY_LEN(regs));
}

/* A kernel to load: the file itself, or what was unpacked from it. */
struct kernel {
	struct cairn_image image;
	struct cairn_unpack_kernel unpacked;
};

static int read_kernel(struct machine *m, struct kernel *k, struct cairn_err *err)
{
	enum cairn_kernel_kind kind;
	struct cairn_payload payload;
	int r;

	k->image = load_image(&m->host->kernel);
	r = cairn_loader_probe(&k->image, &kind, err);
	if (r || kind == CAIRN_KERNEL_KIMAGE)
		return r;
	if (kind != CAIRN_KERNEL_ZBOOT && kind != CAIRN_KERNEL_STREAM)
		return cairn_err_set(err, ENOTSUP, "not an arm64 Image, packed or not", 0);
	r = cairn_loader_packed_parse(&k->image, &payload, err);
	if (!r)
		r = cairn_unpack_kernel_open(&k->image, &payload, m->options->memory_bytes,
					     &k->unpacked, err);
	if (!r)
		k->image = cairn_loader_image_mem(k->unpacked.bytes, k->unpacked.len);
	return r;
}

/* Places and writes kernel and initrd, and keeps dtb_bytes for the tree. */
static int place(struct machine *m, const struct kernel *k, uint32_t pages, size_t dtb_bytes,
		 struct cairn_kimage_loaded *ret)
{
	const struct cairn_load_sink sink = load_sink(m);
	const struct cairn_image initrd = load_image(&m->host->initrd);
	const struct cairn_kimage_load c = {
		.kernel = &k->image,
		.initrd = m->host->initrd.fd >= 0 ? &initrd : NULL,
		.arch = CAIRN_KIMAGE_ARM64,
		.pages = pages,
		.ram = { LAYOUT_RAM_AT, m->options->memory_bytes -
					    (m->options->arch.acpi ? LAYOUT_TABLES_LEN : 0) },
		.dtb_bytes = dtb_bytes,
	};
	struct cairn_err err = { 0 };

	return cairn_loader_kimage_load(&c, &sink, ret, &err) ? load_refuse(m, &err) : 0;
}

static int load(struct machine *m, uint32_t pages, size_t dtb_bytes,
		struct cairn_kimage_loaded *ret)
{
	struct kernel k = { .image = { 0 } };
	struct cairn_err err = { 0 };
	int r = read_kernel(m, &k, &err);

	r = r ? load_refuse_kernel(m, &err) : place(m, &k, pages, dtb_bytes, ret);
	cairn_unpack_kernel_close(&k.unpacked);
	return r;
}

/* Room that the tree takes, wherever the initrd will be: that there is one is known. */
static size_t tree_bytes(struct machine *m, const struct tree_boot *boot)
{
	struct cairn_fdt f;
	size_t len;

	cairn_fdt_init(&f, NULL, 0);
	tree_write(m, boot, &f);
	(void)!cairn_fdt_finish(&f, &len, NULL); /* it has no room; the second pass has */
	return f.need;
}

static int put_tree(struct machine *m, const struct tree_boot *boot, const struct cairn_range *at,
		    struct cairn_err *err)
{
	void *buf = malloc(at->len);
	struct cairn_fdt f;
	size_t len = 0;
	int r;

	if (!buf)
		return cairn_err_set(err, ENOMEM, "out of memory", 0);
	cairn_fdt_init(&f, buf, at->len);
	tree_write(m, boot, &f);
	r = cairn_fdt_finish(&f, &len, err);
	if (!r && cairn_mem_write(cairn_memview_mem(m->view), cairn_gpa_of(at->at), buf, len))
		r = cairn_err_set(err, EFAULT, "no memory there", at->at);
	free(buf);
	return r;
}

static int seed(struct tree_boot *boot)
{
	if (getrandom(boot->rng_seed, sizeof(boot->rng_seed), 0) != sizeof(boot->rng_seed) ||
	    getrandom(&boot->kaslr_seed, sizeof(boot->kaslr_seed), 0) != sizeof(boot->kaslr_seed))
		return -EIO;
	return 0;
}

static int host_failed(const char *what, int r)
{
	log_error("%s: %s", what, strerror(-r));
	return EXIT_HOST;
}

static int boot_with(struct machine *m, struct tree_boot *boot)
{
	struct cairn_kimage_loaded at;
	struct cairn_err err = { 0 };
	uint32_t pages;
	int r = seed(boot);

	if (r)
		return host_failed("random numbers", r);
	r = page_sizes(m, &pages);
	if (r)
		return host_failed("the hypervisor does not tell the processor's features", r);
	r = load(m, pages, tree_bytes(m, boot), &at);
	if (r)
		return r;
	boot->initrd = at.initrd;
	if (put_tree(m, boot, &at.dtb, &err)) {
		log_err("device tree", &err);
		return EXIT_INTERNAL;
	}
	if (m->options->arch.acpi && acpi_write(m, &err)) {
		log_err("ACPI tables", &err);
		return EXIT_INTERNAL;
	}
	r = set_regs(m, &at);
	return r ? host_failed("the hypervisor refused the registers", r) : 0;
}

int arch_boot(struct machine *m)
{
	const struct load_defaults defaults = {
		.serial =
		    m->options->arch.serial == SERIAL_PL011 ? "console=ttyAMA0" : "console=ttyS0",
		.more = "",
	};
	char text[CMDLINE_BYTES];
	bool has_initrd = m->host->initrd.fd >= 0;
	struct tree_boot boot = { .cmdline = text,
				  .initrd.len = has_initrd ? m->host->initrd.size_bytes : 0 };
	struct cairn_cmdline cl;
	struct cairn_err err = { 0 };

	if (load_cmdline(m->options, &defaults, text, sizeof(text), &cl, &err))
		return load_refuse_cmdline(&err);
	return boot_with(m, &boot);
}
