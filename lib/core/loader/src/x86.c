/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The two boot states of x86_64. Descriptors: Intel SDM 3A, 3.4.5; page tables: 4.5. */
#include "internal.h"

#include <cairn/le.h>
#include <cairn/loader_x86.h>

enum {
	SEL_CODE = 0x10, /* boot.rst: __BOOT_CS and __BOOT_DS */
	SEL_DATA = 0x18,
	SEL_TSS = 0x20,
	GDT_ENTRIES = 6, /* two null, code, data, and a TSS of two entries */
	TYPE_CODE = 0xb, /* execute, read, accessed */
	TYPE_DATA = 0x3, /* read, write, accessed */
	TYPE_TSS = 0xb,  /* busy; a system segment */
	RFLAGS_FIXED = 0x2,
	TSS_LIMIT = 0x67,
};

enum { PTE_PRESENT = 1, PTE_WRITE = 2, PTE_LARGE = 0x80 };

#define PAGE       UINT64_C(4096)
#define LARGE_PAGE (UINT64_C(2) << 20)
#define PTES       512
#define N_PDS      4 /* of 1 GiB each */

static const struct cairn_x86_segment code32 = {
	.limit = UINT32_MAX,
	.selector = SEL_CODE,
	.type = TYPE_CODE,
	.present = true,
	.s = true,
	.db = true,
	.g = true,
};
static const struct cairn_x86_segment code64 = {
	.limit = UINT32_MAX,
	.selector = SEL_CODE,
	.type = TYPE_CODE,
	.present = true,
	.s = true,
	.l = true,
	.g = true,
};
static const struct cairn_x86_segment data = {
	.limit = UINT32_MAX,
	.selector = SEL_DATA,
	.type = TYPE_DATA,
	.present = true,
	.s = true,
	.db = true,
	.g = true,
};
static const struct cairn_x86_segment tss = {
	.limit = TSS_LIMIT,
	.selector = SEL_TSS,
	.type = TYPE_TSS,
	.present = true,
};

static cairn_le64 descriptor(const struct cairn_x86_segment *s)
{
	uint64_t limit = s->g ? s->limit >> 12 : s->limit;
	uint64_t base = s->base & UINT32_MAX;

	return cairn_le64_of((limit & 0xffff) | (base & 0xffffff) << 16 | (uint64_t)s->type << 40 |
			     (uint64_t)s->s << 44 | (uint64_t)(s->dpl & 3) << 45 |
			     (uint64_t)s->present << 47 | (limit >> 16 & 0xf) << 48 |
			     (uint64_t)s->avl << 52 | (uint64_t)s->l << 53 | (uint64_t)s->db << 54 |
			     (uint64_t)s->g << 55 | (base >> 24) << 56);
}

static int write_gdt(const struct cairn_load_sink *sink, const struct cairn_x86_segment *code,
		     struct cairn_x86_boot *boot, struct cairn_err *err)
{
	cairn_le64 gdt[GDT_ENTRIES] = { 0 };

	gdt[SEL_CODE / sizeof(*gdt)] = descriptor(code);
	gdt[SEL_DATA / sizeof(*gdt)] = descriptor(&data);
	gdt[SEL_TSS / sizeof(*gdt)] = descriptor(&tss);
	boot->cs = *code;
	boot->data = data;
	boot->tr = tss;
	boot->gdt = (struct cairn_x86_table){ CAIRN_X86_GDT_AT, sizeof(gdt) - 1 };
	return cairn_loader_write_(sink, CAIRN_X86_GDT_AT, gdt, sizeof(gdt), err);
}

/* A table of n entries that step through memory from `first`; the rest is absent. */
static int write_table(const struct cairn_load_sink *sink, uint64_t at, uint64_t first,
		       uint64_t step, size_t n, struct cairn_err *err)
{
	cairn_le64 table[PTES] = { 0 };

	for (size_t i = 0; i < n; i++)
		table[i] = cairn_le64_of(first + i * step);
	return cairn_loader_write_(sink, at, table, sizeof(table), err);
}

static int write_identity_map(const struct cairn_load_sink *sink, struct cairn_err *err)
{
	const uint64_t bits = PTE_PRESENT | PTE_WRITE;
	int ret = write_table(sink, CAIRN_X86_PML4_AT, CAIRN_X86_PDPT_AT | bits, 0, 1, err);

	if (ret == 0)
		ret =
		    write_table(sink, CAIRN_X86_PDPT_AT, CAIRN_X86_PD_AT | bits, PAGE, N_PDS, err);
	for (uint64_t i = 0; ret == 0 && i < N_PDS; i++)
		ret = write_table(sink, CAIRN_X86_PD_AT + i * PAGE,
				  i * PTES * LARGE_PAGE | PTE_LARGE | bits, LARGE_PAGE, PTES, err);
	return ret;
}

int cairn_loader_x86_enter_pvh(cairn_gpa entry, cairn_gpa start_info,
			       const struct cairn_load_sink *sink, struct cairn_x86_boot *ret_boot,
			       struct cairn_err *err)
{
	struct cairn_x86_boot boot = {
		.rip = entry.v,
		.rbx = start_info.v,
		.rflags = RFLAGS_FIXED,
		.cr0 = CAIRN_X86_CR0_PE | CAIRN_X86_CR0_ET,
	};
	int ret = write_gdt(sink, &code32, &boot, err);

	if (ret == 0)
		*ret_boot = boot;
	return ret;
}

int cairn_loader_x86_enter_linux(cairn_gpa entry, cairn_gpa params,
				 const struct cairn_load_sink *sink,
				 struct cairn_x86_boot *ret_boot, struct cairn_err *err)
{
	struct cairn_x86_boot boot = {
		.rip = entry.v,
		.rsp = CAIRN_X86_STACK_TOP,
		.rsi = params.v,
		.rflags = RFLAGS_FIXED,
		.cr0 = CAIRN_X86_CR0_PE | CAIRN_X86_CR0_ET | CAIRN_X86_CR0_PG,
		.cr3 = CAIRN_X86_PML4_AT,
		.cr4 = CAIRN_X86_CR4_PAE,
		.efer = CAIRN_X86_EFER_LME | CAIRN_X86_EFER_LMA,
	};
	int ret = write_gdt(sink, &code64, &boot, err);

	if (ret == 0)
		ret = write_identity_map(sink, err);
	if (ret == 0)
		*ret_boot = boot;
	return ret;
}
