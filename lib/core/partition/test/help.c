/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "help.h"

#include <stdlib.h>

#include <cairn/crc.h>
#include <cairn/le.h>
#include <cairn/math.h>

struct cairn_image disk_image(struct cairn_rig_disk *k)
{
	return (struct cairn_image){ .read_at = cairn_rig_disk_read_at,
				     .size_bytes = k->len_bytes,
				     .ctx = k };
}

static void put(struct cairn_rig_disk *k, uint64_t at, size_t len, uint64_t v)
{
	cairn_le_store(k->bytes + at, len, v);
}

static void make(struct cairn_rig_disk *k, size_t len)
{
	if (cairn_rig_disk_init(k, len) < 0)
		abort();
}

void put_slot(struct cairn_rig_disk *k, uint64_t lba, uint32_t slot, uint8_t type, uint32_t first,
	      uint32_t n)
{
	uint64_t at = lba * 512 + 446 + slot * 16;

	k->bytes[at + 4] = type;
	put(k, at + 8, 4, first);
	put(k, at + 12, 4, n);
	put(k, lba * 512 + 510, 2, 0xaa55);
}

static uint64_t entries_blocks(const struct gpt_form *f)
{
	return ((uint64_t)f->n_entries * f->entry_bytes + f->block_bytes - 1) / f->block_bytes;
}

uint64_t gpt_header_at(const struct gpt_form *f, bool is_backup)
{
	return (is_backup ? GPT_BLOCKS - 1 : 1) * (uint64_t)f->block_bytes;
}

uint64_t gpt_entries_at(const struct gpt_form *f, bool is_backup)
{
	return (is_backup ? GPT_BLOCKS - 1 - entries_blocks(f) : 2) * f->block_bytes;
}

void sum_gpt(struct cairn_rig_disk *k, const struct gpt_form *f, bool is_backup)
{
	uint64_t at = gpt_header_at(f, is_backup);
	uint64_t len = cairn_min_u64(cairn_le_load(k->bytes + at + 12, 4), f->block_bytes);

	put(k, at + 88, 4,
	    cairn_crc_ieee(0, k->bytes + gpt_entries_at(f, is_backup),
			   f->n_entries * f->entry_bytes));
	put(k, at + 16, 4, 0);
	put(k, at + 16, 4, cairn_crc_ieee(0, k->bytes + at, len));
}

static void put_header(struct cairn_rig_disk *k, const struct gpt_form *f, bool is_backup)
{
	uint64_t at = gpt_header_at(f, is_backup);

	memcpy(k->bytes + at, "EFI PART", 8);
	put(k, at + 8, 4, 0x10000);
	put(k, at + 12, 4, 92);
	put(k, at + 24, 8, at / f->block_bytes);
	put(k, at + 32, 8, GPT_BLOCKS - at / f->block_bytes);
	put(k, at + 40, 8, 2 + entries_blocks(f));
	put(k, at + 48, 8, GPT_BLOCKS - 2 - entries_blocks(f));
	memset(k->bytes + at + 56, 0xd1, 16);
	put(k, at + 72, 8, gpt_entries_at(f, is_backup) / f->block_bytes);
	put(k, at + 80, 4, f->n_entries);
	put(k, at + 84, 4, f->entry_bytes);
}

static void put_entry(struct cairn_rig_disk *k, uint64_t at, const struct cairn_guid *type,
		      uint64_t first, uint64_t last)
{
	memcpy(k->bytes + at, type, 16);
	memset(k->bytes + at + 16, (int)first, 16);
	put(k, at + 32, 8, first);
	put(k, at + 40, 8, last);
	put(k, at + 48, 8, 4);
	put(k, at + 56, 8, 'e' | 0xfc << 16 | UINT64_C(0x20ac) << 32);
}

void make_gpt(struct cairn_rig_disk *k, const struct gpt_form *f)
{
	static const struct cairn_guid root = { { 0xaf, 0x3d, 0xc6, 0x0f } };

	make(k, (size_t)GPT_BLOCKS * f->block_bytes);
	put_slot(k, 0, 0, 0xee, 1, GPT_BLOCKS - 1);
	for (int b = 0; b < 2; b++) {
		uint64_t at = gpt_entries_at(f, b);

		put_entry(k, at, &cairn_partition_esp, 40, 43);
		put_entry(k, at + 3 * f->entry_bytes, &root, 44, 45);
		put_header(k, f, b);
		sum_gpt(k, f, b);
	}
}

void make_mbr(struct cairn_rig_disk *k)
{
	make(k, 100 * 512);
	put(k, 440, 4, 0xcafe1234);
	put_slot(k, 0, 0, 0x0c, 2, 10);
	k->bytes[446] = 0x80;
	put_slot(k, 0, 1, 0x0f, 20, 40);
	put_slot(k, 0, 3, 0xef, 70, 30);
	put_slot(k, 20, 0, 0x83, 2, 8); /* blocks 22 to 29 */
	put_slot(k, 20, 1, 0x05, 20, 20);
	put_slot(k, 40, 0, 0xea, 1, 19); /* blocks 41 to 59 */
}

void make_eltorito(struct cairn_rig_disk *k)
{
	uint64_t cat = 20 * 2048;

	make(k, 64 * 2048);
	memcpy(k->bytes + 16 * 2048, "\1CD001\1", 7);
	memcpy(k->bytes + 17 * 2048, "\0CD001\1EL TORITO SPECIFICATION", 30);
	put(k, 17 * 2048 + 0x47, 4, 20);
	memcpy(k->bytes + 18 * 2048, "\377CD001\1", 7);
	put(k, cat, 1, 1);
	put(k, cat + 28, 4, 0xaa5555aa); /* the sum, then the key */
	put(k, cat + 32, 1, 0x88);       /* BIOS */
	put(k, cat + 32 + 6, 2, 4);
	put(k, cat + 32 + 8, 4, 22);
	put(k, cat + 64, 4, 0x0001ef91); /* last section: EFI, one entry */
	put(k, cat + 96, 1, 0x88);
	put(k, cat + 96 + 6, 2, 16);
	put(k, cat + 96 + 8, 4, 24);
}
