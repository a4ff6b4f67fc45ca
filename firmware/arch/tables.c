/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "tables.h"

#include <cairn/math.h>
#include <fw/platform.h>

#include "image.h"

#define ADDRESS UINT64_C(0x0000fffffffff000)

struct fw_tables fw_tables;

static uint64_t span_of(int level)
{
	return FW_TABLES_PAGE << (9 * (level - 1));
}

static bool is_table(uint64_t e, int level)
{
	return (e & fw_tables.present) && level > 1 && (e & fw_tables.kind) == fw_tables.table;
}

static uint64_t *table_of(uint64_t e)
{
	return (uint64_t *)(uintptr_t)(e & ADDRESS);
}

/* The table below an entry: there already, empty, or with what the large page there says. */
static uint64_t *descend(uint64_t *e, int level)
{
	uint64_t old = *e, *table;

	if (is_table(old, level))
		return table_of(old);
	table = fw_tables.new_table();
	if (!table)
		return NULL;
	if (old & fw_tables.present) {
		uint64_t child =
		    (old & ~fw_tables.large) | (level == 2 ? fw_tables.small : fw_tables.large);

		for (uint32_t i = 0; i < FW_TABLES_ENTRIES; i++)
			table[i] = child + i * span_of(level - 1);
	}
	fw_tables.set(e, (uintptr_t)table | fw_tables.to_table);
	return table;
}

static uint64_t page_of(uint64_t at, int level, uint64_t flags)
{
	return flags ? at | flags | (level > 1 ? fw_tables.large : fw_tables.small) : 0;
}

static int map(uint64_t *table, int level, uint64_t at, uint64_t end, uint64_t flags)
{
	uint64_t span = span_of(level);

	while (at < end) {
		uint64_t stop = cairn_min_u64(end, cairn_align_down(at, span) + span);
		uint64_t *e = &table[at / span % FW_TABLES_ENTRIES], *below;
		int r;

		if (stop - at == span && level <= fw_tables.largest && !is_table(*e, level)) {
			fw_tables.set(e, page_of(at, level, flags));
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

int fw_tables_map(uint64_t at, uint64_t len, uint64_t flags)
{
	uint64_t end;
	int r;

	if (!cairn_add_u64(at, len, &end) || end > fw_tables.limit ||
	    !cairn_align_up(end, FW_TABLES_PAGE, &end))
		return -EINVAL;
	r = map(fw_tables.top, FW_TABLES_TOP, cairn_align_down(at, FW_TABLES_PAGE), end, flags);
	fw_tables.flush();
	return r;
}

bool fw_tables_has(uint64_t at, uint64_t len)
{
	uint64_t end;

	if (!cairn_add_u64(at, len, &end) || end > fw_tables.limit)
		return false;
	while (at < end) {
		uint64_t *table = fw_tables.top, e;
		int level = FW_TABLES_TOP;

		for (e = table[at / span_of(level) % FW_TABLES_ENTRIES]; is_table(e, level);) {
			table = table_of(e);
			e = table[at / span_of(--level) % FW_TABLES_ENTRIES];
		}
		if (!(e & fw_tables.present))
			return false;
		at = cairn_align_down(at, span_of(level)) + span_of(level);
	}
	return true;
}

int fw_arch_map_device(uint64_t at, uint64_t len)
{
	return fw_tables_map(at, len, fw_tables.device);
}

int fw_arch_protect(uint64_t at, uint64_t len, enum fw_prot prot)
{
	if (at % FW_TABLES_PAGE || len % FW_TABLES_PAGE || !fw_tables_has(at, len))
		return -EINVAL;
	return fw_tables_map(at, len, fw_tables.flags_of(prot));
}

/* Tables may come out of RAM that is mapped already: the map changes while it is walked. */
int fw_tables_map_ram(uint64_t from)
{
	const struct fw_memory *m = &fw_platform.memory;
	uint64_t at = from;

	for (;;) {
		const struct fw_memory_entry *e = NULL;
		uint64_t end;
		int r;

		for (uint32_t i = 0; i < m->n && !e; i++)
			if (m->entries[i].at + m->entries[i].pages * FW_TABLES_PAGE > at &&
			    (m->entries[i].attrs & FW_MEM_ATTR_WB))
				e = &m->entries[i];
		if (!e)
			return 0;
		at = e->at > at ? e->at : at;
		end = e->at + e->pages * FW_TABLES_PAGE;
		r = fw_tables_map(at, end - at, fw_tables.flags_of(FW_PROT_RWX));
		if (r < 0)
			return r;
		at = end;
	}
}

static int protect(const uint8_t *from, const uint8_t *to, enum fw_prot prot)
{
	return fw_tables_map((uintptr_t)from, (uint64_t)(to - from), fw_tables.flags_of(prot));
}

int fw_tables_protect_image(void)
{
	int r = protect(fw_text_start, fw_rodata_start, FW_PROT_RX);

	if (r == 0)
		r = protect(fw_rodata_start, fw_data_start, FW_PROT_RO);
	if (r == 0)
		r = protect(fw_data_start, fw_image_end, FW_PROT_RW);
	return r < 0 ? r : fw_tables_map((uintptr_t)fw_stack_guard, FW_TABLES_PAGE, 0);
}
