/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Memory and rings that the fuzzers share. Two regions that touch, each a heap block of its exact
 * size, so that the sanitizer guards their ends.
 */
#ifndef FUZZ_RING_H
#define FUZZ_RING_H

#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/virtq.h>

#define FUZZ_REGION 0x1000u
#define FUZZ_BYTES  (2 * FUZZ_REGION)
#define FUZZ_BASE   0x1000u /* guest address; 0 is a hole */
#define FUZZ_DESC   FUZZ_BASE
#define FUZZ_DRIVER (FUZZ_BASE + 0x400)
#define FUZZ_DEVICE (FUZZ_BASE + 0x600)
#define FUZZ_TABLE  (FUZZ_BASE + FUZZ_REGION - 0x100) /* straddles the border */

struct fuzz_ram {
	struct cairn_mem_region regions[2];
	struct cairn_mem mem;
};

static inline void fuzz_must(int rc)
{
	if (rc < 0)
		abort();
}

static inline void fuzz_ram_init(struct fuzz_ram *r)
{
	for (unsigned int i = 0; i < 2; i++) {
		r->regions[i] = (struct cairn_mem_region){ .at = { FUZZ_BASE + i * FUZZ_REGION },
							   .len_bytes = FUZZ_REGION,
							   .host = calloc(1, FUZZ_REGION) };
		if (!r->regions[i].host)
			abort();
	}
	fuzz_must(cairn_mem_init(&r->mem, r->regions, 2, NULL));
}

static inline void fuzz_ram_fini(struct fuzz_ram *r)
{
	free(r->regions[0].host);
	free(r->regions[1].host);
}

/*
 * A descriptor whose fields are mostly near what is legal: 5 bytes of input make one, written to
 * entry `slot` of the queue's table, or of the indirect table when the top bit is set.
 */
static inline void fuzz_desc(struct fuzz_ram *ram, struct cairn_reader *r)
{
	uint8_t slot = cairn_reader_u8(r), where = cairn_reader_u8(r), len = cairn_reader_u8(r);
	uint8_t flags = cairn_reader_u8(r), next = cairn_reader_u8(r), d[16];
	uint64_t at = FUZZ_BASE - 16 + where * (FUZZ_BYTES / 248);
	uint64_t table = slot & 0x80 ? FUZZ_TABLE : FUZZ_DESC;

	if (flags & 4)
		at = FUZZ_TABLE + (where & 0x1f);
	if (flags & 0x80)
		at = UINT64_MAX - where;
	cairn_le_store(d, 8, at);
	cairn_le_store(d + 8, 4, flags & 4 ? len * 4u : (uint64_t)len << (flags >> 3 & 7) * 4);
	cairn_le_store(d + 12, 2, flags & 7);
	cairn_le_store(d + 14, 2, next % 72);
	fuzz_must(cairn_mem_write(&ram->mem, cairn_gpa_of(table + slot % 32 * 16), d, 16));
}

#endif
