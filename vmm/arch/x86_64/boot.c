/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * boot.c - kernel, initial RAM disk, command line and firmware tables into memory, and the
 * registers of the first processor. The others wait for INIT and SIPI, as after a reset.
 */
#include <string.h>

#include <cairn/hv_x86_64.h>
#include <cairn/unpack.h>

#include "arch.h"
#include "layout.h"
#include "load.h"
#include "log.h"
#include "platform.h"

enum {
	CMDLINE_BYTES = 4096,
	MAX_BOOT_REGS = 64,
};

int arch_ram_layout(uint64_t memory_bytes, struct arch_ram *ret, struct cairn_err *err)
{
	const struct cairn_x86_memory memory = { .ram_bytes = memory_bytes,
						 .hole = { LAYOUT_HOLE_AT, LAYOUT_HOLE_LEN } };
	struct cairn_x86_ram ram;
	int r = cairn_loader_x86_ram(&memory, &ram, err);

	if (r)
		return r;
	ret->n = 1;
	ret->sparse_bytes = LAYOUT_SPARSE_LEN;
	ret->parts[0].at = cairn_gpa_of(0);
	ret->parts[0].offset = 0;
	ret->parts[0].len_bytes = ram.low_bytes;
	if (!ram.high_bytes)
		return 0;
	ret->n = 2;
	ret->parts[1].at = ram.high_at;
	ret->parts[1].offset = ram.low_bytes;
	ret->parts[1].len_bytes = ram.high_bytes;
	return 0;
}

static uint64_t attributes(const struct cairn_x86_segment *s)
{
	return (uint64_t)s->type | (s->s ? CAIRN_HV_X86_ATTR_S : 0) | (uint64_t)s->dpl << 5 |
	       (s->present ? CAIRN_HV_X86_ATTR_P : 0) | (s->avl ? CAIRN_HV_X86_ATTR_AVL : 0) |
	       (s->l ? CAIRN_HV_X86_ATTR_L : 0) | (s->db ? CAIRN_HV_X86_ATTR_DB : 0) |
	       (s->g ? CAIRN_HV_X86_ATTR_G : 0);
}

struct reg_list {
	struct cairn_hv_reg regs[MAX_BOOT_REGS];
	size_t n;
};

static void add_reg(struct reg_list *l, uint64_t id, uint64_t value)
{
	l->regs[l->n++] = (struct cairn_hv_reg){ .id = id, .value = value };
}

static void add_segment(struct reg_list *l, enum cairn_hv_x86_seg which,
			const struct cairn_x86_segment *s)
{
	add_reg(l, CAIRN_HV_X86_SEG(which, CAIRN_HV_X86_BASE), s->base);
	add_reg(l, CAIRN_HV_X86_SEG(which, CAIRN_HV_X86_LIMIT), s->limit);
	add_reg(l, CAIRN_HV_X86_SEG(which, CAIRN_HV_X86_SELECTOR), s->selector);
	add_reg(l, CAIRN_HV_X86_SEG(which, CAIRN_HV_X86_ATTR), attributes(s));
}

static int set_first_vcpu(struct machine *m, const struct cairn_x86_boot *b)
{
	static const enum cairn_hv_x86_seg data[] = { CAIRN_HV_X86_DS, CAIRN_HV_X86_ES,
						      CAIRN_HV_X86_FS, CAIRN_HV_X86_GS,
						      CAIRN_HV_X86_SS };
	struct reg_list l = { .n = 0 };

	add_reg(&l, CAIRN_HV_X86_RIP, b->rip);
	add_reg(&l, CAIRN_HV_X86_RSP, b->rsp);
	add_reg(&l, CAIRN_HV_X86_RSI, b->rsi);
	add_reg(&l, CAIRN_HV_X86_RBX, b->rbx);
	add_reg(&l, CAIRN_HV_X86_RFLAGS, b->rflags);
	add_reg(&l, CAIRN_HV_X86_CR0, b->cr0);
	add_reg(&l, CAIRN_HV_X86_CR3, b->cr3);
	add_reg(&l, CAIRN_HV_X86_CR4, b->cr4);
	add_reg(&l, CAIRN_HV_X86_EFER, b->efer);
	add_segment(&l, CAIRN_HV_X86_CS, &b->cs);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(data); i++)
		add_segment(&l, data[i], &b->data);
	add_segment(&l, CAIRN_HV_X86_TR, &b->tr);
	add_reg(&l, CAIRN_HV_X86_SEG(CAIRN_HV_X86_GDTR, CAIRN_HV_X86_BASE), b->gdt.base);
	add_reg(&l, CAIRN_HV_X86_SEG(CAIRN_HV_X86_GDTR, CAIRN_HV_X86_LIMIT), b->gdt.limit);
	add_reg(&l, CAIRN_HV_X86_SEG(CAIRN_HV_X86_IDTR, CAIRN_HV_X86_BASE), b->idt.base);
	add_reg(&l, CAIRN_HV_X86_SEG(CAIRN_HV_X86_IDTR, CAIRN_HV_X86_LIMIT), b->idt.limit);
	return cairn_hv_vcpu_set_regs(m->vcpus[0], l.regs, l.n);
}

/*
 * As firmware hands over a machine with APIC ids that an xAPIC has not: all are x2APICs. A kernel
 * that finds an xAPIC reads the tables past those processors.
 */
static int set_x2apic(struct cairn_vcpu *v)
{
	struct cairn_hv_reg base = { .id = CAIRN_HV_X86_APIC_BASE };
	int r = cairn_hv_vcpu_get_regs(v, &base, 1);

	base.value |= CAIRN_HV_X86_APIC_BASE_X2APIC;
	return r ? r : cairn_hv_vcpu_set_regs(v, &base, 1);
}

static int set_vcpus(struct machine *m, const struct cairn_x86_boot *b)
{
	int r = set_first_vcpu(m, b);

	for (uint32_t i = 0; i < m->options->cpus && !r; i++) {
		r = cairn_hv_vcpu_set_regs(m->vcpus[i], cairn_hv_x86_boot_msrs,
					   CAIRN_HV_X86_N_BOOT_MSRS);
		if (!r && m->options->cpus > MAX_CPUS_XAPIC)
			r = set_x2apic(m->vcpus[i]);
	}
	return r;
}

/* A kernel to load: the file itself, or what was unpacked from it. */
struct kernel {
	struct cairn_image image;
	struct cairn_bzimage bz;
	bool is_bzimage;
	struct cairn_unpack_kernel unpacked;
};

/*
 * A distribution's kernel is started as its own vmlinux: the host unpacks it, so the guest does not
 * have to. Packed in a way that we do not know, it unpacks itself.
 */
static int unpack(struct kernel *k, struct host_file *f, uint64_t limit, struct cairn_err *err)
{
	int r = cairn_unpack_kernel_open(&k->image, &k->bz.payload, limit, &k->unpacked, err);

	if (r == -ENOTSUP) {
		log_info(
		    "--kernel %s: packed as %s, which the host does not unpack; the guest does",
		    f->path, cairn_loader_payload_name(k->bz.payload.kind));
		return 0;
	}
	if (!r)
		k->image = cairn_loader_image_mem(k->unpacked.bytes, k->unpacked.len);
	return r;
}

static int read_kernel(struct kernel *k, struct host_file *f, const struct run_options *o,
		       struct cairn_err *err)
{
	enum cairn_kernel_kind kind;
	int r;

	k->image = load_image(f);
	r = cairn_loader_probe(&k->image, &kind, err);
	if (r || kind != CAIRN_KERNEL_BZIMAGE)
		return r;
	k->is_bzimage = true;
	r = cairn_loader_bzimage_parse(&k->image, &k->bz, err);
	if (r || o->arch.unpack == UNPACK_OFF)
		return r;
	return unpack(k, f, o->memory_bytes, err);
}

static int memory_map(const struct machine *m, struct cairn_memmap *map, struct cairn_err *err)
{
	const struct cairn_x86_memory memory = {
		.ram_bytes = m->options->memory_bytes,
		.hole = { LAYOUT_HOLE_AT, LAYOUT_HOLE_LEN },
		.ecam = { LAYOUT_ECAM_AT,
			  m->options->transport == TRANSPORT_PCI ? LAYOUT_ECAM_LEN : 0 },
	};
	uint32_t flash_bytes = flash_file_bytes(&m->host->flash);
	int r = cairn_loader_x86_memmap(&memory, map, err);

	if (!r)
		r = cairn_loader_memmap_add(map, cairn_gpa_of(CAIRN_HV_X86_RESERVED_AT),
					    CAIRN_HV_X86_RESERVED_LEN, CAIRN_MEMMAP_RESERVED);
	if (!r && flash_bytes)
		r = cairn_loader_memmap_add(map, cairn_gpa_of(LAYOUT_FLASH_AT), flash_bytes,
					    CAIRN_MEMMAP_RESERVED);
	return r;
}

static int load(struct machine *m, struct kernel *k, const struct cairn_cmdline *cl,
		struct cairn_x86_loaded *ret)
{
	static const enum cairn_x86_protocol protocols[] = { [ENTRY_AUTO] = CAIRN_X86_ANY,
							     [ENTRY_PVH] = CAIRN_X86_PVH,
							     [ENTRY_LINUX] = CAIRN_X86_LINUX };
	struct cairn_image initrd = load_image(&m->host->initrd);
	struct cairn_memmap map = { .n = 0 };
	const struct cairn_load_sink sink = load_sink(m);
	struct cairn_x86_load c = {
		.kernel = &k->image,
		.bz = k->is_bzimage ? &k->bz : NULL,
		.initrd = m->host->initrd.fd >= 0 ? &initrd : NULL,
		.cmdline = cl,
		.map = &map,
		.rsdp = cairn_gpa_of(CAIRN_X86_ACPI_AT),
		.protocol = protocols[m->options->arch.entry],
	};
	struct cairn_err err = { 0 };

	if (memory_map(m, &map, &err) || cairn_loader_x86_load(&c, &sink, ret, &err))
		return load_refuse(m, &err);
	return 0;
}

/*
 * Where a BIOS would have its entry there is one that resets. Linux on a machine with
 * hardware-reduced ACPI and without EFI reboots by jumping there in real mode.
 */
static int write_reset_vector(struct machine *m)
{
	static const uint8_t code[] = {
		0xb0, 0xfe,       /* mov al, 0xfe */
		0xe6, 0x64,       /* out 0x64, al: the keyboard controller pulses reset */
		0xf4, 0xeb, 0xfd, /* hlt; jmp back to it */
	};

	return cairn_mem_write(cairn_memview_mem(m->view), cairn_gpa_of(LAYOUT_RESET_VECTOR), code,
			       sizeof(code));
}

int arch_boot(struct machine *m)
{
	static const struct load_defaults defaults = { .serial = "console=ttyS0",
						       .more = " reboot=k" };
	struct kernel k = { .is_bzimage = false };
	char buf[CMDLINE_BYTES];
	struct cairn_x86_loaded loaded;
	struct cairn_cmdline cl;
	struct cairn_err err = { 0 };
	int r;

	if (load_cmdline(m->options, &defaults, buf, sizeof(buf), &cl, &err))
		return load_refuse_cmdline(&err);
	if (platform_write_acpi(m, &err) || write_reset_vector(m)) {
		log_err("firmware tables", &err);
		return EXIT_INTERNAL;
	}
	r = read_kernel(&k, &m->host->kernel, m->options, &err);
	r = r ? load_refuse_kernel(m, &err) : load(m, &k, &cl, &loaded);
	cairn_unpack_kernel_close(&k.unpacked);
	if (r)
		return r;
	r = set_vcpus(m, &loaded.boot);
	if (!r)
		return 0;
	log_error("the hypervisor refused the registers: %s", strerror(-r));
	return EXIT_HOST;
}
