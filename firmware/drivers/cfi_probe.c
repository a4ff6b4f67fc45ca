/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Finding flash. The query's command is written before anybody knows what is there, so it may hit
 * memory: what memory the map names is not touched, and what holds the command afterwards gets back
 * what it had.
 */
#include <fw/arch.h>
#include <fw/memory.h>
#include <fw/platform.h>

#include "cfi_flash.h"

enum { /* JESD68.01, in units of the bus */
       QUERY_AT = 0x55,
       ID = 0x10, /* "QRY", then the set of commands */
       SET = 0x13,
       REGIONS = 0x2c, /* of blocks; then {blocks - 1, bytes / 256} of 16 bits each */
       BLOCKS = 0x2d,
       INTEL_EXTENDED = 1,
       INTEL_STANDARD = 3,
};

#define PC_TOP    UINT64_C(0x100000000)
#define PC_CAIRN  UINT64_C(0xffc00000)
#define PC_LOWEST UINT64_C(0xf0000000)
#define BLOCK_MIN 512u

/* The byte that all chips answer with; UINT32_MAX: they do not. */
static uint32_t query(const struct fw_flash *f, uint32_t off)
{
	uint32_t v = fw_mmio_read(f->at + off * f->width, f->width), byte = v & 0xff;

	return v == cfi_beside(f, byte) ? byte : UINT32_MAX;
}

static uint32_t query16(const struct fw_flash *f, uint32_t off)
{
	uint32_t low = query(f, off), high = query(f, off + 1);

	return low > 0xff || high > 0xff ? UINT32_MAX : low | high << 8;
}

static bool says_qry(const struct fw_flash *f)
{
	return query(f, ID) == 'Q' && query(f, ID + 1) == 'R' && query(f, ID + 2) == 'Y';
}

/* Only blocks of one size; the region's sum is the size, whatever power of two it says beside. */
static bool read_geometry(struct fw_flash *f)
{
	uint32_t set = query16(f, SET), blocks = query16(f, BLOCKS);
	uint32_t units = query16(f, BLOCKS + 2);
	uint64_t block, bytes;

	if ((set != INTEL_EXTENDED && set != INTEL_STANDARD) || query(f, REGIONS) != 1 ||
	    blocks == UINT32_MAX || units == UINT32_MAX)
		return false;
	block = (units ? (uint64_t)units * 256 : 128) * f->chips;
	bytes = block * (blocks + 1);
	if (block < BLOCK_MIN || block % 512 || bytes % FW_PAGE_BYTES || bytes > FW_FLASH_BYTES_MAX)
		return false;
	f->block_bytes = (uint32_t)block;
	f->bytes = (uint32_t)bytes;
	return true;
}

/* Whoever holds what was written is memory. */
static bool ask(struct fw_flash *f)
{
	uint64_t where = f->at + QUERY_AT * f->width;
	uint32_t old = fw_mmio_read(where, f->width), now, command = cfi_beside(f, CFI_QUERY);
	bool is_one;

	fw_mmio_write(where, f->width, command);
	is_one = says_qry(f) && read_geometry(f);
	now = fw_mmio_read(where, f->width);
	if (is_one || now != command)
		fw_mmio_write(f->at, f->width, cfi_beside(f, CFI_ARRAY));
	else if (now != old)
		fw_mmio_write(where, f->width, old);
	return is_one;
}

static bool is_memory(uint64_t at, uint64_t len)
{
	for (uint64_t off = 0; off < len; off += FW_PAGE_BYTES) {
		const struct fw_memory_entry *e = fw_memory_find(&fw_platform.memory, at + off);

		if (e && e->type != FW_MEM_RESERVED && e->type != FW_MEM_MMIO)
			return true;
	}
	return false;
}

static bool probe_page(uint64_t page, struct fw_flash *f)
{
	/* Many chips first: of a command for one, others beside it would know nothing. */
	static const struct {
		uint8_t width, chips;
	} kinds[] = { { 1, 1 }, { 2, 2 }, { 2, 1 }, { 4, 4 }, { 4, 2 }, { 4, 1 } };

	if (is_memory(page, FW_PAGE_BYTES) || fw_arch_map_device(page, FW_PAGE_BYTES) < 0)
		return false;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(kinds); i++) {
		*f = (struct fw_flash){ .at = page,
					.width = kinds[i].width,
					.chips = kinds[i].chips };
		if (ask(f))
			return true;
	}
	return false;
}

int fw_flash_probe(uint64_t at, bool is_end, struct fw_flash *ret)
{
	struct fw_flash f, again;

	if (!probe_page(is_end ? at - FW_PAGE_BYTES : at, &f))
		return -ENODEV;
	if (is_end && at < f.bytes)
		return -ENODEV;
	f.at = is_end ? at - f.bytes : at;
	if (f.at % FW_PAGE_BYTES || !probe_page(f.at, &again) || is_memory(f.at, f.bytes) ||
	    fw_arch_map_device(f.at, f.bytes) < 0)
		return -ENODEV;
	*ret = f;
	return 0;
}

static bool is_inside_one(const struct fw_flash *all, uint32_t n, uint64_t at)
{
	for (uint32_t i = 0; i < n; i++)
		if (at >= all[i].at && at - all[i].at < all[i].bytes)
			return true;
	return false;
}

static uint32_t find_on_pc(struct fw_flash *ret, uint32_t cap)
{
	uint64_t end = PC_TOP;
	uint32_t n = 0;

	while (n < cap && end > PC_LOWEST && fw_flash_probe(end, true, &ret[n]) == 0)
		end = ret[n++].at;
	if (n < cap && !is_inside_one(ret, n, PC_CAIRN) &&
	    fw_flash_probe(PC_CAIRN, false, &ret[n]) == 0)
		n++;
	return n;
}

uint32_t fw_flash_find(const struct fw_platform *p, struct fw_flash *ret, uint32_t cap)
{
	uint32_t n = 0;

	if (p->is_pc)
		return find_on_pc(ret, cap);
	for (uint32_t i = 0; i < p->n_flash && n < cap; i++)
		if (p->flash[i].at % FW_PAGE_BYTES == 0 &&
		    fw_flash_probe(p->flash[i].at, false, &ret[n]) == 0 &&
		    ret[n].bytes <= p->flash[i].len)
			n++;
	return n;
}
