/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What is told in AML alone (ACPI 6.5, 20): searched for by the patterns that compilers and
 * monitors write, not interpreted.
 */
#include <cairn/le.h>

#include "handover.h"

enum {
	DWORD_CONST = 0x0c,
	QWORD_CONST = 0x0e,
	NAME_OP = 0x08,
	RETURN_OP = 0xa4,
	BUFFER_OP = 0x11,
	LARGE_ITEM = 0x80, /* 6.4.2 and 6.4.3: resource descriptors */
	END_TAG = 0x79,
	WORD_RANGE = 0x88, /* 6.4.3.5 */
	DWORD_RANGE = 0x87,
	QWORD_RANGE = 0x8a,
	RANGE_OF_MEMORY = 0,
	RANGE_OF_BUSES = 2,
	BUSES = 256,
};

uint64_t fw_table_get_(struct fw_table t, uint32_t off, uint32_t len)
{
	return off + len <= t.len ? cairn_le_load(t.bytes + off, len) : 0;
}

/*
 * SLP_TYP of S5: the first element of the package that DSDT calls _S5_ (20.2: NameOp, name,
 * PackageOp, length, count, and a constant). Where no such package is, 5, as many machines have.
 */
uint8_t fw_aml_sleep_type_(struct fw_table dsdt)
{
	static const uint8_t name[] = { '_', 'S', '5', '_', 0x12 };

	for (uint32_t i = FW_TABLE_HEADER; i + sizeof(name) + 6 <= dsdt.len; i++) {
		const uint8_t *at = dsdt.bytes + i + sizeof(name);

		if (memcmp(dsdt.bytes + i, name, sizeof(name)) != 0)
			continue;
		at += 1 + (*at >> 6) + 1; /* length in 1 to 4 bytes, then the count */
		if (at + 2 > dsdt.bytes + dsdt.len)
			break;
		return (at[0] == 0x0a ? at[1] : at[0]) & 7;
	}
	return 5;
}

/* Descriptors that say where memory is: 6.4.3.4 (Memory32Fixed), 6.4.3.5 (QWord, DWord). */
static const struct place {
	uint8_t head[4];
	uint8_t n_head, base, len, width;
} places[] = {
	{ .head = { 0x86, 0x09, 0x00 }, .n_head = 3, .base = 4, .len = 8, .width = 4 },
	{ .head = { QWORD_RANGE, 0x2b, 0x00, 0x00 },
	  .n_head = 4,
	  .base = 14,
	  .len = 38,
	  .width = 8 },
	{ .head = { DWORD_RANGE, 0x17, 0x00, 0x00 },
	  .n_head = 4,
	  .base = 10,
	  .len = 22,
	  .width = 4 },
};

static const struct place *place_at(struct fw_table t, uint32_t off)
{
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(places); i++)
		if (off + places[i].len + places[i].width <= t.len &&
		    memcmp(t.bytes + off, places[i].head, places[i].n_head) == 0)
			return &places[i];
	return NULL;
}

/*
 * Devices with the hardware id of virtio-mmio: the first descriptor of memory behind it says where.
 */
void fw_aml_mmio_(struct fw_platform *p, struct fw_table t)
{
	static const char id[] = "LNRO0005"; /* with its NUL */
	bool is_in = false;

	for (uint32_t i = FW_TABLE_HEADER; i + sizeof(id) <= t.len; i++) {
		const struct place *where;

		if (memcmp(t.bytes + i, id, sizeof(id)) == 0)
			is_in = true;
		where = is_in ? place_at(t, i) : NULL;
		if (!where)
			continue;
		is_in = false;
		if (fw_table_get_(t, i + where->len, where->width) >= 0x200)
			fw_handover_mmio_(p, fw_table_get_(t, i + where->base, where->width), 0);
	}
}

/* The number that a Name or a Method that only returns it has for _CBA (PCI Firmware 3.3, 4.1.3).
 */
static uint64_t base_at(struct fw_table t, uint32_t i)
{
	uint32_t value = i + 4; /* behind the name */
	uint64_t op;

	if (t.bytes[i - 1] != NAME_OP) {
		if (fw_table_get_(t, i + 5, 1) != RETURN_OP) /* behind the method's flags */
			return 0;
		value = i + 6;
	}
	op = fw_table_get_(t, value, 1);
	if (op != DWORD_CONST && op != QWORD_CONST)
		return 0;
	return fw_table_get_(t, value + 1, op == DWORD_CONST ? 4 : 8);
}

static void window(struct fw_ecam *e, uint64_t at, uint64_t len)
{
	if (!len || at + len - 1 < at)
		return;
	if (at >> 32) {
		e->mem64.at = at;
		e->mem64.len = len;
	} else {
		e->mem32.at = at;
		e->mem32.len = len;
	}
}

/* One range that the bridge passes on: minimum and length, each `width` bytes. */
static void range(struct fw_ecam *e, struct fw_table t, uint32_t i, uint32_t width)
{
	uint64_t kind = fw_table_get_(t, i + 3, 1);
	uint64_t at = fw_table_get_(t, i + 6 + width, width);
	uint64_t len = fw_table_get_(t, i + 6 + 4 * width, width);

	if (kind == RANGE_OF_MEMORY && width > 2) {
		window(e, at, len);
	} else if (kind == RANGE_OF_BUSES && at < BUSES && len && len <= BUSES - at) {
		e->first_bus = (uint8_t)at;
		e->last_bus = (uint8_t)(at + len - 1);
	}
}

/* A resource template from its first item on. */
static void resources(struct fw_ecam *e, struct fw_table t, uint32_t i)
{
	while (i + 3 <= t.len && t.bytes[i] != END_TAG) {
		uint8_t item = t.bytes[i];

		if (item == WORD_RANGE)
			range(e, t, i, 2);
		else if (item == DWORD_RANGE)
			range(e, t, i, 4);
		else if (item == QWORD_RANGE)
			range(e, t, i, 8);
		i += item & LARGE_ITEM ? 3u + (uint32_t)fw_table_get_(t, i + 1, 2)
				       : 1u + (item & 7u);
	}
}

/* The first buffer that is called _CRS behind i. */
static void find_resources(struct fw_ecam *e, struct fw_table t, uint32_t i)
{
	static const uint8_t name[] = { '_', 'C', 'R', 'S', BUFFER_OP };

	for (; i + sizeof(name) + 8 <= t.len; i++) {
		uint32_t at = i + (uint32_t)sizeof(name);

		if (memcmp(t.bytes + i, name, sizeof(name)) != 0)
			continue;
		at += 1 + (t.bytes[at] >> 6); /* length in 1 to 4 bytes, then a constant */
		switch (fw_table_get_(t, at, 1)) {
		case 0x0a:
			resources(e, t, at + 2);
			return;
		case 0x0b:
			resources(e, t, at + 3);
			return;
		default:
			return;
		}
	}
}

void fw_aml_bridges_(struct fw_platform *p, struct fw_table t)
{
	for (uint32_t i = FW_TABLE_HEADER; i + 10 <= t.len && p->n_ecam < FW_ECAM_MAX; i++) {
		struct fw_ecam e = { .last_bus = BUSES - 1 };
		uint64_t base;

		if (memcmp(t.bytes + i, "_CBA", 4) != 0)
			continue;
		base = base_at(t, i);
		find_resources(&e, t, i);
		e.at = base + ((uint64_t)e.first_bus << 20);
		if (base && e.at >= base)
			p->ecam[p->n_ecam++] = e;
	}
}
