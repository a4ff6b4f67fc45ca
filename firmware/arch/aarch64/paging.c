/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Translation tables of EL1, 4 KiB granule, 48 bits (DDI 0487, D8). All tables are of a pool in the
 * firmware's image, which is mapped in pages of 4 KiB from the start and never split: so an entry
 * can be broken before it is made (D8.16.1), and neither code, stack nor table goes away meanwhile.
 */
#include <cairn/math.h>
#include <fw/platform.h>

#include "../image.h"
#include "../tables.h"
#include "arm64.h"

enum { TABLES_MAX = 96 };

#define VALID      UINT64_C(1)
#define KIND       UINT64_C(2)
#define NORMAL     (UINT64_C(1) << 2) /* index 1 of MAIR_EL1; 0: registers */
#define READ_ONLY  (UINT64_C(1) << 7)
#define SHARED     (UINT64_C(3) << 8)
#define ACCESSED   (UINT64_C(1) << 10)
#define PXN        (UINT64_C(1) << 53)
#define UXN        (UINT64_C(1) << 54)
#define RIGHTS     (READ_ONLY | PXN | UXN) /* may change while an entry is used */

#define MAIR       UINT64_C(0xff04) /* 0: Device-nGnRE, 1: write-back */
/* T0SZ 16, write-back walks, inner shareable, none by TTBR1_EL1. */
#define TCR        (UINT64_C(16) | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23)
#define TCR_IPS(v) ((uint64_t)(v) << 32)
#define SCTLR      UINT64_C(0x30d01805) /* the bits that are 1; M, C, I */

static uint64_t tables[TABLES_MAX][FW_TABLES_ENTRIES] __attribute__((aligned(4096)));
static uint32_t n_tables;
static bool is_complete; /* all RAM is mapped */

static uint64_t *new_table(void)
{
	return n_tables < TABLES_MAX ? tables[n_tables++] : NULL;
}

static void flush(void)
{
	__asm__ volatile("dsb ishst; tlbi vmalle1; dsb ish; isb" ::: "memory");
}

static void set(uint64_t *entry, uint64_t value)
{
	uint64_t old = *(volatile uint64_t *)entry;

	if ((old & VALID) && ((old ^ value) & ~RIGHTS)) {
		*(volatile uint64_t *)entry = 0;
		flush();
	}
	*(volatile uint64_t *)entry = value;
}

static uint64_t flags_of(enum fw_prot prot)
{
	uint64_t flags = VALID | NORMAL | SHARED | ACCESSED | UXN;

	switch (prot) {
	case FW_PROT_RW:
		return flags | PXN;
	case FW_PROT_RX:
		return flags | READ_ONLY;
	case FW_PROT_RO:
		return flags | READ_ONLY | PXN;
	case FW_PROT_RWX:
		break;
	}
	return flags;
}

/* The smallest lines of data and instruction caches, in bytes. */
static uint64_t data_line(void)
{
	return UINT64_C(4) << (arm64_read("ctr_el0") >> 16 & 15);
}

void fw_arch_sync_code(uint64_t at, uint64_t len)
{
	uint64_t line = data_line(), end = at + len;

	for (at = cairn_align_down(at, line); at < end; at += line)
		__asm__ volatile("dc cvac, %0" ::"r"(at) : "memory");
	__asm__ volatile("dsb sy; ic ialluis; dsb sy; isb" ::: "memory");
}

void arm64_forget(uint64_t at, uint64_t len)
{
	uint64_t line = data_line(), end = at + len;

	for (at = cairn_align_down(at, line); at < end; at += line)
		__asm__ volatile("dc ivac, %0" ::"r"(at) : "memory");
	__asm__ volatile("dsb sy; isb" ::: "memory");
}

/* Bits of physical addresses, of which 48 at most are used here (D19.2.64, PARange). */
static uint64_t address_bits(uint64_t range)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44 };

	return range < CAIRN_ARRAY_LEN(bits) ? bits[range] : 48;
}

int arm64_paging_start(void)
{
	uint64_t features = arm64_read("id_aa64mmfr0_el1");
	uint64_t range = cairn_min_u64(features & 15, 5);
	uint64_t at = (uintptr_t)fw_text_start;
	int r;

	if ((features >> 28 & 15) == 15)
		return -ENOTSUP;
	fw_tables = (struct fw_tables){ .top = new_table(),
					.limit = UINT64_C(1) << address_bits(range),
					.largest = 3,
					.present = VALID,
					.kind = KIND,
					.table = KIND,
					.to_table = VALID | KIND,
					.small = KIND,
					.device = VALID | ACCESSED | PXN | UXN,
					.flags_of = flags_of,
					.new_table = new_table,
					.set = set,
					.flush = flush };
	r = fw_tables_protect_image();
	if (r < 0)
		return r;
	arm64_forget(at, (uintptr_t)fw_image_end - at);
	arm64_mmu_on(MAIR, TCR | TCR_IPS(range), (uintptr_t)fw_tables.top, SCTLR);
	return 0;
}

/* Whoever started us says that something is there. Only read. */
static bool map_more(uint64_t at, uint64_t len)
{
	return !is_complete && fw_tables_map(at, len, flags_of(FW_PROT_RO)) == 0;
}

const void *fw_arch_view(uint64_t at, uint64_t len)
{
	if (!at || (!fw_tables_has(at, len) && !map_more(at, len)))
		return NULL;
	return (const void *)(uintptr_t)at;
}

int arm64_paging_init(void)
{
	int r = fw_tables_map_ram(0);

	is_complete = true;
	return r < 0 ? r : fw_tables_protect_image();
}
