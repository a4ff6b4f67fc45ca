/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Four levels of page tables, one to one (Intel SDM 3A, 4.5). The entry code maps the first 4 GiB;
 * what else the memory map names comes here, in the largest pages that fit. A page that is changed
 * in part is split; nothing is ever joined, and tables are not given back.
 */
#include <cairn/math.h>
#include <fw/platform.h>

#include "x86.h"

#define PRESENT    UINT64_C(0x001)
#define WRITE      UINT64_C(0x002)
#define UNCACHED   UINT64_C(0x018) /* PCD, PWT */
#define LARGE      UINT64_C(0x080)
#define NO_EXECUTE (UINT64_C(1) << 63)
#define ADDRESS    UINT64_C(0x000ffffffffff000)
#define CANONICAL  (UINT64_C(1) << 47) /* the lower half ends there */
#define PAGE       UINT64_C(4096)

enum { ENTRIES = 512, TOP = 4 };

static bool has_1g, has_nx;
static uint64_t limit; /* of physical addresses */

static uint64_t span_of(int level)
{
	return PAGE << (9 * (level - 1));
}

static bool is_table(uint64_t e, int level)
{
	return (e & PRESENT) && level > 1 && !(e & LARGE);
}

static uint64_t *table_of(uint64_t e)
{
	return (uint64_t *)(uintptr_t)(e & ADDRESS);
}

/* The table below an entry: there already, empty, or with what the large page there says. */
static uint64_t *descend(uint64_t *e, int level)
{
	uint64_t old = *e, at, *table;

	if (is_table(old, level))
		return table_of(old);
	if (fw_memory_alloc(&fw_platform.memory, FW_WHERE_BELOW, X86_BELOW_4G, 1, PAGE,
			    FW_MEM_BOOT_DATA, &at) < 0)
		return NULL;
	table = (uint64_t *)(uintptr_t)at;
	memset(table, 0, PAGE);
	if (old & PRESENT) {
		uint64_t child = level == 2 ? old & ~LARGE : old;

		for (uint32_t i = 0; i < ENTRIES; i++)
			table[i] = child + i * span_of(level - 1);
	}
	*e = at | PRESENT | WRITE;
	return table;
}

static bool may_be_page(int level)
{
	return level <= 2 || (level == 3 && has_1g);
}

/* flags 0: the pages are absent. */
static int map(uint64_t *table, int level, uint64_t at, uint64_t end, uint64_t flags)
{
	uint64_t span = span_of(level);

	while (at < end) {
		uint64_t stop = cairn_min_u64(end, cairn_align_down(at, span) + span);
		uint64_t *e = &table[at / span % ENTRIES], *below;
		int r;

		if (stop - at == span && may_be_page(level) && !is_table(*e, level)) {
			*e = flags ? at | flags | (level > 1 ? LARGE : 0) : 0;
		} else {
			below = descend(e, level);
			r = below ? map(below, level - 1, at, stop, flags) : -ENOMEM;
			if (r < 0)
				return r;
		}
		at = stop;
	}
	return 0;
}

static void flush(void)
{
	__asm__ volatile("mov %0, %%cr3" ::"r"(fw_x86_pml4) : "memory");
}

static int map_range(uint64_t at, uint64_t len, uint64_t flags)
{
	uint64_t end;
	int r;

	if (!cairn_add_u64(at, len, &end) || end > limit || !cairn_align_up(end, PAGE, &end))
		return -EINVAL;
	r = map(fw_x86_pml4, TOP, cairn_align_down(at, PAGE), end, flags);
	flush();
	return r;
}

bool x86_is_mapped(uint64_t at, uint64_t len)
{
	uint64_t end;

	if (!cairn_add_u64(at, len, &end) || end > limit)
		return false;
	while (at < end) {
		uint64_t *table = fw_x86_pml4, e;
		int level = TOP;

		for (e = table[at / span_of(level) % ENTRIES]; is_table(e, level);) {
			table = table_of(e);
			e = table[at / span_of(--level) % ENTRIES];
		}
		if (!(e & PRESENT))
			return false;
		at = cairn_align_down(at, span_of(level)) + span_of(level);
	}
	return true;
}

static uint64_t flags_of(enum fw_prot prot)
{
	uint64_t nx = has_nx ? NO_EXECUTE : 0;

	switch (prot) {
	case FW_PROT_RW:
		return PRESENT | WRITE | nx;
	case FW_PROT_RX:
		return PRESENT;
	case FW_PROT_RO:
		return PRESENT | nx;
	case FW_PROT_RWX:
		break;
	}
	return PRESENT | WRITE;
}

int fw_arch_map_device(uint64_t at, uint64_t len)
{
	return map_range(at, len, flags_of(FW_PROT_RW) | UNCACHED);
}

int fw_arch_protect(uint64_t at, uint64_t len, enum fw_prot prot)
{
	if (at % PAGE || len % PAGE || !x86_is_mapped(at, len))
		return -EINVAL;
	return map_range(at, len, flags_of(prot));
}

void fw_arch_sync_code(uint64_t at, uint64_t len)
{
	/* the processor sees what it wrote, SDM 3A, 11.6 */
}

void x86_paging_start(void)
{
	struct x86_cpuid last = x86_cpuid(0x80000000, 0), f = { 0 };
	uint32_t bits = 36;

	if (last.a >= 0x80000001)
		f = x86_cpuid(0x80000001, 0);
	has_1g = f.d >> 26 & 1;
	has_nx = f.d >> 20 & 1;
	if (last.a >= 0x80000008)
		bits = x86_cpuid(0x80000008, 0).a & 0xff;
	limit = bits < 47 ? UINT64_C(1) << bits : CANONICAL;
	if (has_nx)
		x86_wrmsr(X86_MSR_EFER, x86_rdmsr(X86_MSR_EFER) | X86_EFER_NXE);
	/* CR0.WP: what is read only is so for us, too */
	__asm__ volatile("mov %%cr0, %%rax; or $0x10000, %%eax; mov %%rax, %%cr0" ::
			     : "rax", "memory");
}

static int protect_image(void)
{
	uint64_t text = (uintptr_t)fw_text_start, rodata = (uintptr_t)fw_rodata_start;
	uint64_t data = (uintptr_t)fw_data_start, end = (uintptr_t)fw_image_end;
	int r = fw_arch_protect(text, rodata - text, FW_PROT_RX);

	if (r == 0)
		r = fw_arch_protect(rodata, data - rodata, FW_PROT_RO);
	if (r == 0)
		r = fw_arch_protect(data, end - data, FW_PROT_RW);
	return r < 0 ? r : map_range((uintptr_t)fw_stack_guard, PAGE, 0);
}

/* Tables for RAM above 4 GiB come out of RAM below: the map changes while it is walked. */
static int map_ram(void)
{
	const struct fw_memory *m = &fw_platform.memory;
	uint64_t at = X86_FOUR_GIB;

	for (;;) {
		const struct fw_memory_entry *e = NULL;
		uint64_t end;
		int r;

		for (uint32_t i = 0; i < m->n && !e; i++)
			if (m->entries[i].at + m->entries[i].pages * PAGE > at &&
			    (m->entries[i].attrs & FW_MEM_ATTR_WB))
				e = &m->entries[i];
		if (!e)
			return 0;
		at = e->at > at ? e->at : at;
		end = e->at + e->pages * PAGE;
		r = map_range(at, end - at, flags_of(FW_PROT_RWX));
		if (r < 0)
			return r;
		at = end;
	}
}

int x86_paging_init(void)
{
	int r = map_ram();

	return r < 0 ? r : protect_image();
}
