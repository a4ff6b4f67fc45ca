/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* GUID partition tables (UEFI 2.10, 5.3). */
#include "internal.h"

#include <cairn/crc.h>
#include <cairn/le.h>
#include <cairn/math.h>
#include <cairn/utf.h>

struct header_wire { /* UEFI 2.10, 5.3.2 */
	uint8_t signature[8];
	cairn_le32 revision, header_bytes, header_crc, reserved;
	cairn_le64 my_lba, alternate_lba, first_usable, last_usable;
	struct cairn_guid disk_guid;
	cairn_le64 entries_lba;
	cairn_le32 n_entries, entry_bytes, entries_crc;
	uint8_t pad[4];
};
CAIRN_STATIC_ASSERT(sizeof(struct header_wire) == 96, "UEFI 2.10, 5.3.2: 92 and padding");
#define HEADER_BYTES 92u

struct entry_wire { /* UEFI 2.10, 5.3.3 */
	struct cairn_guid type, unique;
	cairn_le64 first, last, attributes;
	cairn_le16 name[36];
};
CAIRN_STATIC_ASSERT(sizeof(struct entry_wire) == 128, "UEFI 2.10, 5.3.3");
#define ENTRY_BYTES_MAX 4096u

/* The sum goes on over a range of the disk. */
static int sum_range(const struct cairn_partitions *p, uint64_t at, uint64_t len, uint32_t *crc,
		     struct cairn_err *err)
{
	while (len) {
		uint8_t piece[512];
		size_t n = (size_t)cairn_min_u64(len, sizeof(piece));
		int ret = cairn_partition_read_(p, at, piece, n, err);

		if (ret < 0)
			return ret;
		*crc = cairn_crc_ieee(*crc, piece, n);
		at += n;
		len -= n;
	}
	return 0;
}

/*
 * The sum is of what the header says is its length, its own field being zero. *ret_w is the very
 * bytes that were summed; those behind it mean nothing in this revision of the standard.
 */
static int read_header(const struct cairn_partitions *p, uint64_t lba, struct header_wire *ret_w,
		       struct cairn_err *err)
{
	struct header_wire w, bare;
	uint32_t len, crc;
	int ret;

	ret = cairn_partition_read_(p, lba * p->block_bytes, &w, HEADER_BYTES, err);
	if (ret < 0)
		return ret;
	len = cairn_le32_get(w.header_bytes);
	if (memcmp(w.signature, "EFI PART", sizeof(w.signature)) != 0)
		return cairn_err_set(err, EPROTO, "no GPT header where one must be", lba);
	if (len < HEADER_BYTES || len > p->block_bytes)
		return cairn_err_set(err, EPROTO, "GPT header of a wrong length", len);
	memcpy(&bare, &w, HEADER_BYTES);
	bare.header_crc = cairn_le32_of(0);
	crc = cairn_crc_ieee(0, &bare, HEADER_BYTES);
	ret = sum_range(p, lba * p->block_bytes + HEADER_BYTES, len - HEADER_BYTES, &crc, err);
	if (ret < 0)
		return ret;
	if (crc != cairn_le32_get(w.header_crc))
		return cairn_err_set(err, EPROTO, "GPT header with a wrong sum", lba);
	if (cairn_le64_get(w.my_lba) != lba)
		return cairn_err_set(err, EPROTO, "GPT header that belongs elsewhere",
				     cairn_le64_get(w.my_lba));
	memcpy(ret_w, &w, HEADER_BYTES);
	return 0;
}

/* What the header says about the rest. *p is filled; 0, -EPROTO or -ENOTSUP. */
static int check_header(struct cairn_partitions *p, const struct header_wire *w,
			struct cairn_err *err)
{
	uint64_t lba = cairn_le64_get(w->entries_lba);

	p->n_entries = cairn_le32_get(w->n_entries);
	p->entry_bytes = cairn_le32_get(w->entry_bytes);
	p->first_usable = cairn_le64_get(w->first_usable);
	p->last_usable = cairn_le64_get(w->last_usable);
	p->disk_guid = w->disk_guid;
	if (cairn_le32_get(w->revision) >> 16 != 1)
		return cairn_err_set(err, ENOTSUP, "GPT of an unknown revision",
				     cairn_le32_get(w->revision));
	if (p->n_entries > CAIRN_PARTITION_GPT_MAX)
		return cairn_err_set(err, ENOTSUP, "GPT of too many entries", p->n_entries);
	if (!cairn_is_pow2(p->entry_bytes) || p->entry_bytes < sizeof(struct entry_wire) ||
	    p->entry_bytes > ENTRY_BYTES_MAX)
		return cairn_err_set(err, EPROTO, "GPT entries of a wrong size", p->entry_bytes);
	if (p->first_usable > p->last_usable || p->last_usable >= p->n_blocks)
		return cairn_err_set(err, EPROTO, "GPT that uses more than the disk has",
				     p->last_usable);
	if (lba < 2 || lba >= p->n_blocks)
		return cairn_err_set(err, EPROTO, "GPT entries outside the disk", lba);
	p->entries_at = lba * p->block_bytes;
	return 0;
}

static int check_entries(const struct cairn_partitions *p, uint32_t want, struct cairn_err *err)
{
	uint64_t len = (uint64_t)p->n_entries * p->entry_bytes;
	uint32_t crc = 0;
	int ret = sum_range(p, p->entries_at, len, &crc, err);

	if (ret == 0 && crc != want)
		ret = cairn_err_set(err, EPROTO, "GPT entries with a wrong sum", p->entries_at);
	return ret;
}

static int try_header(struct cairn_partitions *p, uint64_t lba, struct cairn_err *err)
{
	struct header_wire w;
	int ret = read_header(p, lba, &w, err);

	if (ret == 0)
		ret = check_header(p, &w, err);
	if (ret == 0)
		ret = check_entries(p, cairn_le32_get(w.entries_crc), err);
	return ret;
}

int cairn_partition_gpt_open_(struct cairn_partitions *p, struct cairn_err *err)
{
	struct cairn_err first = { 0 };
	int ret;

	if (p->n_blocks < 3)
		return cairn_err_set(err, EPROTO, "disk too small for its GPT", p->n_blocks);
	p->scheme = CAIRN_PARTITION_GPT;
	p->header = CAIRN_PARTITION_PRIMARY;
	ret = try_header(p, 1, &first);
	if (ret == 0)
		return 0;
	p->header = CAIRN_PARTITION_BACKUP;
	if (try_header(p, p->n_blocks - 1, NULL) == 0)
		return 0;
	/* neither: what is wrong with the first says more */
	return cairn_err_set(err, first.code, first.what, first.at);
}

static int check_entry(const struct cairn_partitions *p, const struct entry_wire *w, uint32_t index,
		       struct cairn_partition *part, struct cairn_err *err)
{
	uint64_t first = cairn_le64_get(w->first), last = cairn_le64_get(w->last);
	uint16_t name[CAIRN_ARRAY_LEN(w->name)];

	if (first > last || first < p->first_usable || last > p->last_usable)
		return cairn_err_set(err, EPROTO, "GPT partition outside the usable blocks", index);
	part->index = index;
	part->first = first;
	part->n = last - first + 1;
	part->type = w->type;
	part->unique = w->unique;
	part->is_esp = cairn_guid_is_equal(&w->type, &cairn_partition_esp);
	part->is_xbootldr = cairn_guid_is_equal(&w->type, &cairn_partition_xbootldr);
	part->attributes = cairn_le64_get(w->attributes);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(name); i++)
		name[i] = cairn_le16_get(w->name[i]);
	cairn_utf8_of_units(name, CAIRN_ARRAY_LEN(name), part->name, sizeof(part->name));
	return 1;
}

int cairn_partition_gpt_next_(struct cairn_partitions *p, struct cairn_partition *ret,
			      struct cairn_err *err)
{
	static const struct cairn_guid unused = { { 0 } };

	while (p->next < p->n_entries) {
		uint32_t i = p->next++;
		struct entry_wire w;
		int r = cairn_partition_read_(p, p->entries_at + (uint64_t)i * p->entry_bytes, &w,
					      sizeof(w), err);

		if (r < 0)
			return r;
		if (!cairn_guid_is_equal(&w.type, &unused))
			return check_entry(p, &w, i + 1, ret, err);
	}
	return 0;
}
