/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* help.h - disks with tables, valid until a test spoils them. */
#ifndef PARTITION_TEST_HELP_H
#define PARTITION_TEST_HELP_H

#include <cairn/image_rig.h>
#include <cairn/partition.h>

#define GPT_BLOCKS 80u

struct gpt_form {
	uint32_t block_bytes, n_entries, entry_bytes;
};

/* GPT_BLOCKS blocks with protective MBR, both tables, and an ESP and a Linux partition. */
void make_gpt(struct cairn_rig_disk *k, const struct gpt_form *f);
/* Offset of header or entries of one of the two, and all sums again, after a test changed them. */
uint64_t gpt_header_at(const struct gpt_form *f, bool is_backup);
uint64_t gpt_entries_at(const struct gpt_form *f, bool is_backup);
void sum_gpt(struct cairn_rig_disk *k, const struct gpt_form *f, bool is_backup);

/* A slot of the boot record at block lba. */
void put_slot(struct cairn_rig_disk *k, uint64_t lba, uint32_t slot, uint8_t type, uint32_t first,
	      uint32_t n);
/* 100 blocks of 512: FAT (active), an extended partition with two logical ones, an ESP. */
void make_mbr(struct cairn_rig_disk *k);
/* 64 sectors of 2048: a catalogue at sector 20 with an entry for BIOS, and one for EFI at 24. */
void make_eltorito(struct cairn_rig_disk *k);

struct cairn_image disk_image(struct cairn_rig_disk *k);

#endif
