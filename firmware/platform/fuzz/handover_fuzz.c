/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What a starter leaves in memory: PVH start info, a zero page, a device tree, ACPI tables, a
 * command line. Memory lies at the same low address each time, so that pointers in the input mean
 * something; the tables' sums and the way to them are put right.
 */
#include <sys/mman.h>

#include <stdlib.h>

#include <cairn/le.h>
#include <cairn/math.h>
#include <fw/handover.h>

#include "../test/tables.h"
#include "arch_test.h"

#define RAM_AT UINT64_C(0x10000000)

enum {
	RAM_BYTES = 65536,
	RSDP = 0x100,
	ROOT = 0x200,
	TABLES = 0x400,
	TABLE_STEP = 0x400,
	N_TABLES = 3,
	HEADER = 36
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *ram;
static struct fw_platform p;

/* A third of the input is each table's body. */
static void make_tables(const uint8_t *data, size_t size)
{
	static const char *const names[N_TABLES] = { "DSDT", "FACP", "MCFG" };
	size_t each = cairn_min_u64(size / N_TABLES, TABLE_STEP - HEADER);

	for (uint32_t i = 0; i < N_TABLES; i++) {
		uint32_t at = TABLES + i * TABLE_STEP;

		memcpy(ram + at + HEADER, data + i * each, each);
		if (i == 1 && each >= 160 - HEADER)
			cairn_le_store(ram + at + 140, 8, RAM_AT + TABLES);
		table_finish(ram + at, names[i], (uint32_t)(HEADER + each));
		cairn_le_store(ram + ROOT + HEADER + 8 * i, 8, RAM_AT + at);
	}
	table_finish(ram + ROOT, "XSDT", HEADER + 8 * N_TABLES);
	memcpy(ram + RSDP, "RSD PTR ", 8);
	ram[RSDP + 15] = 2;
	cairn_le_store(ram + RSDP + 24, 8, RAM_AT + ROOT);
	table_sum(ram + RSDP, 20, 8);
	table_sum(ram + RSDP, 36, 32);
	p.rsdp_at = RAM_AT + RSDP;
}

static void check(void)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < p.memory.n; i++) {
		const struct fw_memory_entry *e = &p.memory.entries[i];

		if (e->at % FW_PAGE_BYTES || !e->pages || e->at < end)
			abort();
		end = e->at + e->pages * FW_PAGE_BYTES;
	}
	if (p.n_ecam > FW_ECAM_MAX || p.n_mmio > FW_MMIO_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_err err;
	int r = 0;

	if (!ram)
		ram = mmap((void *)(uintptr_t)RAM_AT, RAM_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (ram != (void *)(uintptr_t)RAM_AT)
		abort();
	if (size < 1 || size > RAM_BYTES / 2)
		return 0;
	memset(ram, 0, RAM_BYTES);
	memset(&p, 0, sizeof(p));
	test_view_at = RAM_AT;
	test_view_len = RAM_BYTES;
	switch (*data & 7) {
	case 0:
		memcpy(ram, data + 1, size - 1);
		r = fw_handover_pvh(&p, RAM_AT, &err);
		break;
	case 1:
		memcpy(ram, data + 1, size - 1);
		r = fw_handover_linux(&p, RAM_AT, &err);
		break;
	case 2:
		make_tables(data + 1, size - 1);
		fw_handover_acpi(&p);
		break;
	case 4:
		memcpy(ram, data + 1, size - 1);
		r = fw_handover_fdt(&p, RAM_AT, &err);
		break;
	default:
		memcpy(p.cmdline, data + 1, cairn_min_u64(size - 1, FW_CMDLINE_MAX - 1));
		fw_handover_cmdline(&p);
	}
	if (r > 0)
		abort();
	check();
	return 0;
}
