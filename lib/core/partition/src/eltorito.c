/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * El Torito boot catalogues (UEFI 2.10, 13.3.2.1; El Torito 1.0; ECMA-119, 8): a volume descriptor
 * says where the catalogue is, and an entry of the platform EFI where the system partition is.
 */
#include "internal.h"

#include <cairn/le.h>
#include <cairn/math.h>

enum {
	SECTOR = 2048,
	FIRST_DESCRIPTOR = 16, /* sector */
	DESCRIPTORS_MAX = 32,
	DESCRIPTOR_END = 255,
	CATALOGUE_AT = 0x47, /* in the descriptor: its sector */

	ENTRIES_MAX = SECTOR / 32 * 4, /* four sectors of catalogue */
	PLATFORM_EFI = 0xef,
	HEADER_FIRST = 0x01, /* of the validation entry */
	HEADER_MORE = 0x90,
	HEADER_LAST = 0x91,
	ENTRY_BOOTABLE = 0x88,
	ENTRY_EXTENDED = 0x44, /* goes on with the one before */
};

struct entry_wire { /* El Torito 1.0, figures 2 to 6: what is used of all of them */
	uint8_t id, platform_or_media, count_or_segment[2];
	uint8_t type, unused;
	cairn_le16 n_512; /* 512-byte sectors to load */
	cairn_le32 sector;
	uint8_t selection[18], key[2];
};
CAIRN_STATIC_ASSERT(sizeof(struct entry_wire) == 32, "El Torito 1.0");

/* Returns 0 with the catalogue's sector, or -ENOENT. */
static int find_catalogue(const struct cairn_partitions *p, uint32_t *ret_sector,
			  struct cairn_err *err)
{
	for (uint32_t i = FIRST_DESCRIPTOR; i < FIRST_DESCRIPTOR + DESCRIPTORS_MAX; i++) {
		uint8_t d[CATALOGUE_AT + 4];
		int ret;

		if (!cairn_in_range((uint64_t)i * SECTOR, SECTOR, p->disk.size_bytes))
			break;
		ret = cairn_partition_read_(p, (uint64_t)i * SECTOR, d, sizeof(d), err);
		if (ret < 0)
			return ret;
		if (memcmp(d + 1, "CD001", 5) != 0 || d[0] == DESCRIPTOR_END)
			break;
		if (d[0] == 0 && memcmp(d + 7, "EL TORITO SPECIFICATION", 23) == 0) {
			*ret_sector = (uint32_t)cairn_le_load(d + CATALOGUE_AT, 4);
			return 0;
		}
	}
	return cairn_err_set(err, ENOENT, "no partition table", 0);
}

static bool is_validation(const struct entry_wire *w)
{
	const uint8_t *b = (const uint8_t *)w;
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(*w); i += 2)
		sum += (uint32_t)cairn_le_load(b + i, 2);
	return w->id == HEADER_FIRST && w->key[0] == 0x55 && w->key[1] == 0xaa &&
	       (sum & 0xffff) == 0;
}

/*
 * The entry's range as blocks. A length of 0 or 1 is "up to the end of the disc". Returns false
 * where it lies outside, or not on blocks.
 */
static bool take_entry(struct cairn_partitions *p, const struct entry_wire *w)
{
	uint64_t at = (uint64_t)cairn_le32_get(w->sector) * SECTOR;
	uint64_t len = (uint64_t)cairn_le16_get(w->n_512) * 512;

	if (at == 0 || at >= p->disk.size_bytes || at % p->block_bytes)
		return false;
	if (len <= 512)
		len = p->disk.size_bytes - at;
	len = cairn_min_u64(len, p->disk.size_bytes - at) / p->block_bytes;
	if (len == 0)
		return false;
	p->eltorito_first = at / p->block_bytes;
	p->eltorito_blocks = len;
	p->scheme = CAIRN_PARTITION_ELTORITO;
	return true;
}

/* platform is that of the section which the entry is in; emulated floppies are no partitions. */
static bool is_efi_entry(const struct entry_wire *w, uint8_t platform)
{
	return w->id == ENTRY_BOOTABLE && platform == PLATFORM_EFI &&
	       (w->platform_or_media & 15) == 0;
}

int cairn_partition_eltorito_open_(struct cairn_partitions *p, struct cairn_err *err)
{
	uint32_t sector = 0, entry = 0;
	uint8_t platform = 0;
	int ret = find_catalogue(p, &sector, err);

	for (uint32_t i = 0; ret == 0 && i < ENTRIES_MAX; i++) {
		struct entry_wire w;

		ret = cairn_partition_read_(p, (uint64_t)sector * SECTOR + i * sizeof(w), &w,
					    sizeof(w), err);
		if (ret < 0)
			break;
		if (i == 0 && !is_validation(&w))
			return cairn_err_set(err, ENOENT, "boot catalogue with a wrong sum", 0);
		if (i == 0 || w.id == HEADER_MORE || w.id == HEADER_LAST) {
			platform = w.platform_or_media;
		} else if (w.id != ENTRY_EXTENDED) {
			p->eltorito_entry = ++entry;
			if (is_efi_entry(&w, platform) && take_entry(p, &w))
				return 0;
		}
	}
	if (ret < 0 && ret != -EPROTO)
		return ret;
	return cairn_err_set(err, ENOENT, "no boot catalogue entry for EFI", 0);
}

int cairn_partition_eltorito_next_(struct cairn_partitions *p, struct cairn_partition *ret,
				   struct cairn_err *err)
{
	(void)err;
	if (p->next++ > 0)
		return 0;
	ret->index = p->eltorito_entry;
	ret->first = p->eltorito_first;
	ret->n = p->eltorito_blocks;
	ret->is_esp = true;
	return 1;
}
