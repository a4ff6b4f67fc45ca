/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_x86.h - how an x86_64 guest starts: where its first structures lie, what its first
 * processor's registers hold (as data, for any hypervisor), and the one call that does all of it.
 *
 *	PVH		32-bit protected mode, paging off, RBX = start info
 *	Linux 64-bit	long mode, first 4 GiB mapped one to one, RSI = zero page
 */
#ifndef CAIRN_LOADER_X86_H
#define CAIRN_LOADER_X86_H

#include <cairn/loader_bzimage.h>
#include <cairn/loader_cmdline.h>
#include <cairn/loader_elf.h>
#include <cairn/loader_pvh.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Low memory. RAM up to the EBDA is the kernel's again once it has copied what it was given. */
#define CAIRN_X86_GDT_AT      0x500
#define CAIRN_X86_PVH_AT      0x6000 /* one page: start info, module, map */
#define CAIRN_X86_PARAMS_AT   0x7000 /* one page: Linux's zero page */
#define CAIRN_X86_STACK_TOP   0x8ff0 /* in a page of its own */
#define CAIRN_X86_PML4_AT     0x9000 /* one page */
#define CAIRN_X86_PDPT_AT     0xa000 /* one page */
#define CAIRN_X86_PD_AT       0xb000 /* four pages */
#define CAIRN_X86_CMDLINE_AT  0x20000
#define CAIRN_X86_CMDLINE_MAX 0xffff  /* without the NUL */
#define CAIRN_X86_EBDA_AT     0x9fc00 /* reserved from here to 1 MiB */
#define CAIRN_X86_ACPI_AT     0xe0000 /* inside that: where ACPI tables go, and where a */
#define CAIRN_X86_ACPI_BYTES  0x20000 /* kernel that is told nothing looks for them */
#define CAIRN_X86_HIGH_AT     0x100000

#define CAIRN_X86_CR0_PE      (UINT64_C(1) << 0)
#define CAIRN_X86_CR0_ET      (UINT64_C(1) << 4)
#define CAIRN_X86_CR0_PG      (UINT64_C(1) << 31)
#define CAIRN_X86_CR4_PAE     (UINT64_C(1) << 5)
#define CAIRN_X86_EFER_LME    (UINT64_C(1) << 8)
#define CAIRN_X86_EFER_LMA    (UINT64_C(1) << 10)

struct cairn_x86_segment { /* as the processor caches it; Intel SDM 3A, 3.4.5 */
	uint64_t base;
	uint32_t limit; /* in bytes, expanded */
	uint16_t selector;
	uint8_t type; /* 4 bits */
	uint8_t dpl;
	bool present, s, avl, l, db, g;
};

struct cairn_x86_table {
	uint64_t base;
	uint16_t limit; /* size - 1 */
};

/* The first processor. Registers that are not here are zero, or as a reset leaves them. */
struct cairn_x86_boot {
	uint64_t rip, rsp, rsi, rbx, rflags;
	uint64_t cr0, cr3, cr4, efer;
	struct cairn_x86_segment cs, data, tr; /* data: ds, es, fs, gs and ss */
	struct cairn_x86_table gdt, idt;
};

/* The two entries. Writes the GDT, and page tables for the second. Returns 0 or what the sink did.
 */
CAIRN_MUST_USE int cairn_loader_x86_enter_pvh(cairn_gpa entry, cairn_gpa start_info,
					      const struct cairn_load_sink *sink,
					      struct cairn_x86_boot *ret_boot,
					      struct cairn_err *err);
CAIRN_MUST_USE int cairn_loader_x86_enter_linux(cairn_gpa entry, cairn_gpa params,
						const struct cairn_load_sink *sink,
						struct cairn_x86_boot *ret_boot,
						struct cairn_err *err);

enum cairn_x86_protocol {
	CAIRN_X86_ANY, /* PVH where the kernel has it, else Linux 64-bit */
	CAIRN_X86_PVH,
	CAIRN_X86_LINUX,
};

struct cairn_x86_load {
	const struct cairn_image *kernel; /* ELF: a vmlinux, an unpacked payload; or a bzImage */
	const struct cairn_bzimage *bz;   /* parsed, where there is one; needed for a bzImage */
	const struct cairn_image *initrd; /* NULL: none */
	const struct cairn_cmdline *cmdline;
	const struct cairn_memmap *map;
	cairn_gpa rsdp; /* 0: none */
	enum cairn_x86_protocol protocol;
};

struct cairn_x86_loaded {
	struct cairn_x86_boot boot;
	struct cairn_range kernel, initrd; /* where they are; initrd.len 0: none */
	enum cairn_x86_protocol protocol;  /* the one taken */
};

/*
 * cairn_loader_x86_load() - kernel, initrd, command line and boot structures into guest memory.
 *
 * Returns 0; -EPROTO: a malformed or empty file; -ENOTSUP: a kernel of another kind, machine or
 * without the entry asked for; -EFAULT: the kernel does not fit into memory; -ENOSPC: initrd does
 * not fit, command line longer than this kernel takes (err->at: the limit); -EINVAL: bzImage
 * without bz, no RAM at 1 MiB; or what image or sink returned. err->what names the file's kind.
 * One thread; cost O(bytes).
 */
CAIRN_MUST_USE int cairn_loader_x86_load(const struct cairn_x86_load *c,
					 const struct cairn_load_sink *sink,
					 struct cairn_x86_loaded *ret_loaded,
					 struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
