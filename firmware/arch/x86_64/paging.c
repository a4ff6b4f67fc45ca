/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The page tables of long mode (Intel SDM 3A, 4.5). The entry code maps the first 4 GiB; what else
 * the memory map names comes here.
 */
#include <fw/platform.h>

#include "../tables.h"
#include "x86.h"

#define PRESENT    UINT64_C(0x001)
#define WRITE      UINT64_C(0x002)
#define UNCACHED   UINT64_C(0x018) /* PCD, PWT */
#define LARGE      UINT64_C(0x080)
#define NO_EXECUTE (UINT64_C(1) << 63)
#define CANONICAL  (UINT64_C(1) << 47) /* the lower half ends there */

static bool has_nx;

/* Tables for RAM above 4 GiB come out of RAM below, which is mapped. */
static uint64_t *new_table(void)
{
	uint64_t at;

	if (fw_memory_alloc(&fw_platform.memory, FW_WHERE_BELOW, X86_BELOW_4G, 1, FW_TABLES_PAGE,
			    FW_MEM_BOOT_DATA, &at) < 0)
		return NULL;
	return memset((void *)(uintptr_t)at, 0, FW_TABLES_PAGE);
}

static void set(uint64_t *entry, uint64_t value)
{
	*entry = value;
}

static void flush(void)
{
	__asm__ volatile("mov %0, %%cr3" ::"r"(fw_x86_pml4) : "memory");
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

void fw_arch_sync_code(uint64_t at, uint64_t len)
{
	/* the processor sees what it wrote, SDM 3A, 11.6 */
}

static uint64_t limit_of(uint32_t bits)
{
	return bits < 47 ? UINT64_C(1) << bits : CANONICAL;
}

void x86_paging_start(void)
{
	struct x86_cpuid last = x86_cpuid(0x80000000, 0), f = { 0 };
	uint32_t bits = 36;

	if (last.a >= 0x80000001)
		f = x86_cpuid(0x80000001, 0);
	has_nx = f.d >> 20 & 1;
	if (last.a >= 0x80000008)
		bits = x86_cpuid(0x80000008, 0).a & 0xff;
	fw_tables = (struct fw_tables){ .top = fw_x86_pml4,
					.limit = limit_of(bits),
					.largest = f.d >> 26 & 1 ? 3 : 2,
					.present = PRESENT,
					.kind = LARGE,
					.to_table = PRESENT | WRITE,
					.large = LARGE,
					.device = flags_of(FW_PROT_RW) | UNCACHED,
					.flags_of = flags_of,
					.new_table = new_table,
					.set = set,
					.flush = flush };
	if (has_nx)
		x86_wrmsr(X86_MSR_EFER, x86_rdmsr(X86_MSR_EFER) | X86_EFER_NXE);
	/* CR0.WP: what is read only is so for us, too */
	__asm__ volatile("mov %%cr0, %%rax; or $0x10000, %%eax; mov %%rax, %%cr0" ::
			     : "rax", "memory");
}

int x86_paging_init(void)
{
	int r = fw_tables_map_ram(X86_FOUR_GIB);

	return r < 0 ? r : fw_tables_protect_image();
}
