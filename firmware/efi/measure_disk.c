/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The partition table of a disk that something is started from: profile, 3.3.4.6 and 10.2.5. */
#include <cairn/cursor.h>
#include <cairn/le.h>
#include <cairn/partition.h>

#include "disk.h"
#include "measure.h"
#include "tpm.h"

enum { /* UEFI 2.10, 5.3.2 */
       PCR_BOOT_CONFIG = 5,
       HEADER_BYTES = 92,
       ENTRIES_AT = 72,
       N_ENTRIES = 80,
       ENTRY_BYTES = 84,
       GUID_BYTES = 16,
       ENTRY_MIN = 128,
       ENTRY_MAX = 4096,
       TABLE_MAX = 256 << 10, /* the entries together; no disk has had as many as that */
};

static const struct fw_block *measured[FW_DISKS_MAX];
static uint32_t n_measured;

static bool is_new(const struct fw_block *b)
{
	for (uint32_t i = 0; i < n_measured; i++)
		if (measured[i] == b)
			return false;
	if (n_measured < FW_DISKS_MAX)
		measured[n_measured++] = b;
	return true;
}

/* Where the header is that the firmware goes by, or 0. */
static uint64_t header_of(const struct cairn_image *image, const struct fw_block *b)
{
	static struct cairn_partitions table;

	if (cairn_partition_open(image, b->block_bytes, &table, NULL) < 0 ||
	    table.scheme != CAIRN_PARTITION_GPT)
		return 0;
	return table.header == CAIRN_PARTITION_PRIMARY ? 1 : b->n_blocks - 1;
}

static bool is_used(const uint8_t *entry)
{
	static const uint8_t none[GUID_BYTES];

	return memcmp(entry, none, sizeof(none)) != 0;
}

/* UEFI_GPT_DATA: the header, how many entries are in use, and these. */
static void measure(const uint8_t *header, const uint8_t *entries, uint64_t n, uint64_t bytes)
{
	UINTN size = HEADER_BYTES + 8 + n * bytes;
	uint8_t *event = efi_pool_alloc(EfiBootServicesData, size);
	struct cairn_writer w;
	uint64_t used = 0;

	if (!event) {
		efi_tpm_give_up("no memory for a partition table", size);
		return;
	}
	for (uint64_t i = 0; i < n; i++)
		used += is_used(entries + i * bytes);
	cairn_writer_init(&w, event, size);
	cairn_writer_bytes(&w, header, HEADER_BYTES);
	cairn_writer_le64(&w, used);
	for (uint64_t i = 0; i < n; i++)
		if (is_used(entries + i * bytes))
			cairn_writer_bytes(&w, entries + i * bytes, bytes);
	efi_measure_data(PCR_BOOT_CONFIG, CAIRN_EV_EFI_GPT_EVENT, event, w.need);
	(void)efi_pool_free(event);
}

static void measure_table(const struct cairn_image *image, const struct fw_block *b, uint64_t lba)
{
	uint8_t header[HEADER_BYTES], *entries;
	uint64_t n, bytes, at;

	if (image->read_at(image->ctx, lba * b->block_bytes, header, sizeof(header)) < 0) {
		efi_tpm_give_up("a partition table cannot be read", lba);
		return;
	}
	at = cairn_le_load(header + ENTRIES_AT, 8);
	n = cairn_le_load(header + N_ENTRIES, 4);
	bytes = cairn_le_load(header + ENTRY_BYTES, 4);
	if (bytes < ENTRY_MIN || bytes > ENTRY_MAX || n > TABLE_MAX / bytes || at >= b->n_blocks) {
		efi_tpm_give_up("a partition table that is too large", n);
		return;
	}
	entries = efi_pool_alloc(EfiBootServicesData, n * bytes);
	if (entries &&
	    image->read_at(image->ctx, at * b->block_bytes, entries, (size_t)(n * bytes)) == 0)
		measure(header, entries, n, bytes);
	else
		efi_tpm_give_up("a partition table cannot be read", at);
	(void)efi_pool_free(entries);
}

void efi_measure_disk(struct fw_block *b)
{
	static struct fw_part part;
	struct cairn_image image;
	uint64_t lba;

	if (!is_new(b))
		return;
	fw_part_init(&part, b, 0, b->n_blocks);
	image = fw_part_image(&part);
	lba = header_of(&image, b);
	if (lba)
		measure_table(&image, b, lba);
}
