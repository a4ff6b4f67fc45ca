/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * partition.h - what parts a disk has: GPT (UEFI 2.10, 5.3), MBR (5.2) or El Torito (13.3.2.1).
 *
 * The disk is hostile, and may change while it is read: each structure is copied once and checked
 * there. Offsets and numbers of blocks that come out lie inside the disk, whatever it says.
 * Partitions may overlap each other: nobody here is hurt by that.
 */
#ifndef CAIRN_PARTITION_H
#define CAIRN_PARTITION_H

#include <cairn/env.h>
#include <cairn/err.h>
#include <cairn/loader_image.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_PARTITION_GPT_MAX     1024u /* entries; a table of more is refused */
#define CAIRN_PARTITION_LOGICAL_MAX 128u  /* partitions in an extended one; then it is refused */
#define CAIRN_PARTITION_NAME_BYTES  109u  /* 36 UCS-2 units as UTF-8, and the NUL */

/* As it lies on the disk and in memory: the first three fields little-endian. */
struct cairn_guid {
	uint8_t b[16];
};

#define CAIRN_GUID_TEXT_BYTES 37u
/* "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" and NUL. */
void cairn_partition_guid_text(const struct cairn_guid *g, char ret_text[CAIRN_GUID_TEXT_BYTES]);
static inline bool cairn_guid_is_equal(const struct cairn_guid *a, const struct cairn_guid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* The EFI system partition, and the Boot Loader Specification's extended boot partition. */
extern const struct cairn_guid cairn_partition_esp, cairn_partition_xbootldr;
#define CAIRN_PARTITION_MBR_ESP      0xef
#define CAIRN_PARTITION_MBR_XBOOTLDR 0xea

enum cairn_partition_scheme {
	CAIRN_PARTITION_NONE, /* an iterator that was never opened */
	CAIRN_PARTITION_GPT,
	CAIRN_PARTITION_MBR,
	CAIRN_PARTITION_ELTORITO,
};

enum cairn_partition_header {
	CAIRN_PARTITION_PRIMARY, /* or: not a GPT */
	CAIRN_PARTITION_BACKUP,  /* at the last block, because the first header is damaged */
};

struct cairn_partition {
	uint32_t index;                 /* from 1, as Linux counts: logical ones from 5; El Torito:
					 * which of the entries, of which the default one is 1 */
	uint64_t first, n;              /* blocks; n > 0; inside the disk */
	bool is_esp;                    /* GPT: by type; MBR: 0xef; El Torito: the EFI entry */
	bool is_xbootldr;               /* GPT: by type; MBR: 0xea */
	uint8_t mbr_type;               /* MBR; else 0 */
	uint64_t attributes;            /* GPT; MBR: 0x80 where it is the active one; else 0 */
	struct cairn_guid type, unique; /* GPT; else zeroes */
	char name[CAIRN_PARTITION_NAME_BYTES]; /* GPT, UTF-8; else "" */
};

/* The caller's; open() fills it. Fields may be read, and are written here only. */
struct cairn_partitions {
	struct cairn_image disk;
	uint32_t block_bytes;
	uint64_t n_blocks;
	enum cairn_partition_scheme scheme;
	enum cairn_partition_header header;
	struct cairn_guid disk_guid; /* GPT; else zeroes */
	uint32_t disk_signature;     /* MBR; else 0 */

	/* private */
	uint64_t entries_at, first_usable, last_usable; /* GPT */
	uint32_t n_entries, entry_bytes;
	uint32_t next;                      /* entry, slot of the MBR, 4 + logical ones */
	uint64_t extended, extended_n, ebr; /* MBR; 0: none, or done */
	uint32_t
	    links[CAIRN_PARTITION_LOGICAL_MAX]; /* from extended on: the records that were read */
	uint64_t eltorito_first, eltorito_blocks;
	uint32_t eltorito_entry;
};

/*
 * cairn_partition_open() - find out how a disk is divided, and begin with its first partition.
 *
 * @disk: outlives *ret. @block_bytes: the device's, a power of two, 512 … 4096.
 *
 * GPT where the MBR is a protective one (any of its four slots is of type 0xee): header and entries
 * at block 1, or else those of the last block, each whole by both sums. An MBR otherwise, if it has
 * a partition and its slots make sense; then an El Torito catalogue with an EFI entry. Where blocks
 * have 2048 bytes the catalogue comes first: beside it tables are for disks of 512.
 *
 * Returns 0; -ENOENT: none of these, the disk may hold a file system as it is; -EPROTO: protective
 * MBR, and both headers damaged; -ENOTSUP: a whole GPT of more entries than
 * CAIRN_PARTITION_GPT_MAX; -EINVAL: block_bytes; or what the disk returned.
 * Reads the entries once, for their sum: at most 4 MiB. No allocation.
 */
CAIRN_MUST_USE int cairn_partition_open(const struct cairn_image *disk, uint32_t block_bytes,
					struct cairn_partitions *ret, struct cairn_err *err);

/*
 * cairn_partition_next() - the next partition that is in use, in the order of the table.
 *
 * Returns 1; 0: no more, now and at each further call; -EPROTO: this one lies outside the usable
 * part of the disk, or the chain of logical ones is broken; the next call goes on behind it; or
 * what the disk returned: the next call goes on too. *ret is written with 1 only. There are at most
 * CAIRN_PARTITION_GPT_MAX calls that do not return 0.
 */
CAIRN_MUST_USE int cairn_partition_next(struct cairn_partitions *p, struct cairn_partition *ret,
					struct cairn_err *err);

/* Begins again with the first partition. */
void cairn_partition_rewind(struct cairn_partitions *p);

#ifdef __cplusplus
}
#endif
#endif
