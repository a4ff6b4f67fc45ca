/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A ring written by hand, rule by rule, for tests that need it broken.
 *   0x00000 ram, 64 KiB: descriptors 0x1000, driver ring 0x2000, device ring 0x3000, the rest free
 *   0x10000 next, 4 KiB, touches ram but lies elsewhere in the host
 *   0x20000 rom, 4 KiB
 */
#ifndef RAW_RING_H
#define RAW_RING_H

#include <cairn/virtq.h>

#include "../src/ring.h"

#define RAW_SIZE   8
#define RAW_DESC   0x1000u
#define RAW_DRIVER 0x2000u
#define RAW_DEVICE 0x3000u
#define RAW_NEXT   0x10000u
#define RAW_ROM    0x20000u
#define RAW_END    0x11000u /* first address behind next */

static _Alignas(4096) uint8_t raw_next[0x1000], raw_ram[0x10000], raw_rom[0x1000];
static const struct cairn_mem_region raw_regions[] = {
	{ .at = { 0 }, .len_bytes = sizeof(raw_ram), .host = raw_ram },
	{ .at = { RAW_NEXT }, .len_bytes = sizeof(raw_next), .host = raw_next },
	{ .at = { RAW_ROM },
	  .len_bytes = sizeof(raw_rom),
	  .host = raw_rom,
	  .flags = CAIRN_MEM_READ_ONLY },
};
static struct cairn_mem raw_mem;

static inline struct ring_avail *raw_avail(void)
{
	return (struct ring_avail *)(raw_ram + RAW_DRIVER);
}

static inline struct ring_used *raw_used(void)
{
	return (struct ring_used *)(raw_ram + RAW_DEVICE);
}

/* Entry i of the table at `table`. */
static inline void raw_desc_in(uint32_t table, uint32_t i, uint64_t at, uint32_t len,
			       unsigned int flags, uint16_t next)
{
	struct ring_desc d = { .at = cairn_le64_of(at),
			       .len = cairn_le32_of(len),
			       .flags = cairn_le16_of((uint16_t)flags),
			       .next = cairn_le16_of(next) };

	if (cairn_mem_write(&raw_mem, cairn_gpa_of(table + 16 * (uint64_t)i), &d, sizeof(d)) < 0)
		__builtin_trap();
}

static inline void raw_desc(uint32_t i, uint64_t at, uint32_t len, unsigned int flags,
			    uint16_t next)
{
	raw_desc_in(RAW_DESC, i, at, len, flags, next);
}

static inline void raw_avail_idx(uint16_t idx)
{
	cairn_store_release16(&raw_avail()->idx, idx);
}

/* Offer one more chain. */
static inline void raw_offer(uint16_t head)
{
	uint16_t idx = cairn_le16_get(raw_avail()->idx);

	raw_avail()->ring[idx % RAW_SIZE] = cairn_le16_of(head);
	raw_avail_idx((uint16_t)(idx + 1));
}

static inline struct cairn_virtq_cfg raw_cfg(uint64_t features)
{
	return (struct cairn_virtq_cfg){ .mem = &raw_mem,
					 .size = RAW_SIZE,
					 .desc = { RAW_DESC },
					 .driver = { RAW_DRIVER },
					 .device = { RAW_DEVICE },
					 .features = features };
}

/* All memory cleared, the queue on it. Returns what init returned. */
static inline int raw_start(struct cairn_virtq *q, uint64_t features)
{
	struct cairn_virtq_cfg cfg = raw_cfg(features);

	memset(raw_ram, 0, sizeof(raw_ram));
	memset(raw_next, 0, sizeof(raw_next));
	if (cairn_mem_init(&raw_mem, raw_regions, CAIRN_ARRAY_LEN(raw_regions), NULL) < 0)
		__builtin_trap();
	return cairn_virtq_init(q, &cfg);
}

#endif
