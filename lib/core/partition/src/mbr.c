/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Master boot records (UEFI 2.10, 5.2): four slots, and a chain of logical partitions in an
 * extended one. Each link of the chain is a record with a partition, relative to the record, and
 * the next record, relative to the extended partition. Links come in any order (fdisk appends what
 * it puts into a gap), so that each is compared with all before it.
 */
#include "internal.h"

#include <cairn/le.h>
#include <cairn/math.h>

enum {
	SLOTS = 4,
	TYPE_FREE = 0,
	TYPE_EXTENDED_CHS = 0x05,
	TYPE_EXTENDED_LBA = 0x0f,
	TYPE_EXTENDED_LINUX = 0x85,
	TYPE_PROTECTIVE = 0xee,
};

struct slot_wire { /* bytes: it lies at an odd place */
	uint8_t flag, first_chs[3], type, last_chs[3], first[4], n[4];
};
CAIRN_STATIC_ASSERT(sizeof(struct slot_wire) == 16, "UEFI 2.10, table 5-2");

struct mbr_wire {
	uint8_t code[440];
	cairn_le32 signature;
	uint8_t unknown[2];
	struct slot_wire slots[SLOTS];
	uint8_t magic[2];
};
CAIRN_STATIC_ASSERT(sizeof(struct mbr_wire) == 512, "UEFI 2.10, table 5-1");

static uint32_t load32(const uint8_t v[4])
{
	return (uint32_t)cairn_le_load(v, 4);
}

static bool is_extended(const struct slot_wire *s)
{
	return s->type == TYPE_EXTENDED_CHS || s->type == TYPE_EXTENDED_LBA ||
	       s->type == TYPE_EXTENDED_LINUX;
}

static int read_record(const struct cairn_partitions *p, uint64_t lba, struct mbr_wire *w,
		       struct cairn_err *err)
{
	int ret = cairn_partition_read_(p, lba * p->block_bytes, w, sizeof(*w), err);

	if (ret == 0 && (w->magic[0] != 0x55 || w->magic[1] != 0xaa))
		ret = cairn_err_set(err, EPROTO, "boot record without its signature", lba);
	return ret;
}

/* Boot sectors of file systems have the signature too, and code where the slots would be. */
static bool makes_sense(const struct cairn_partitions *p, const struct slot_wire *s)
{
	uint32_t first = load32(s->first), n = load32(s->n);

	if (s->flag & 0x7f)
		return false;
	return s->type == TYPE_FREE || (n > 0 && first < p->n_blocks);
}

int cairn_partition_mbr_open_(struct cairn_partitions *p, bool *ret_is_protective,
			      struct cairn_err *err)
{
	struct mbr_wire w;
	uint32_t used = 0;
	int ret;

	if (p->n_blocks == 0)
		return cairn_err_set(err, ENOENT, "empty disk", 0);
	ret = read_record(p, 0, &w, err);
	if (ret < 0)
		return ret == -EPROTO ? cairn_err_set(err, ENOENT, "no partition table", 0) : ret;
	for (uint32_t i = 0; i < SLOTS; i++) {
		if (w.slots[i].type == TYPE_PROTECTIVE) {
			*ret_is_protective = true;
			return 0;
		}
		if (!makes_sense(p, &w.slots[i]))
			return cairn_err_set(err, ENOENT, "no partition table", 0);
		used += w.slots[i].type != TYPE_FREE;
	}
	if (used == 0)
		return cairn_err_set(err, ENOENT, "partition table without a partition", 0);
	p->scheme = CAIRN_PARTITION_MBR;
	p->disk_signature = cairn_le32_get(w.signature);
	return 0;
}

void cairn_partition_mbr_rewind_(struct cairn_partitions *p)
{
	p->extended = p->extended_n = p->ebr = 0;
}

/* A partition of a record that lies at `base`, inside [lo, hi). */
static int fill(const struct slot_wire *s, uint32_t index, uint64_t base, uint64_t lo, uint64_t hi,
		struct cairn_partition *part, struct cairn_err *err)
{
	uint64_t first = base + load32(s->first), n = load32(s->n);

	if (n == 0 || first <= lo || first >= hi || n > hi - first)
		return cairn_err_set(err, EPROTO, "partition outside the disk", index);
	part->index = index;
	part->first = first;
	part->n = n;
	part->mbr_type = s->type;
	part->attributes = s->flag & 0x80;
	part->is_esp = s->type == CAIRN_PARTITION_MBR_ESP;
	part->is_xbootldr = s->type == CAIRN_PARTITION_MBR_XBOOTLDR;
	return 1;
}

/* The first extended partition is where the chain begins; it is not handed out itself. */
static void note_extended(struct cairn_partitions *p, const struct slot_wire *s)
{
	if (p->extended)
		return;
	p->extended = p->ebr = load32(s->first);
	p->extended_n = cairn_min_u64(load32(s->n), p->n_blocks - p->extended);
}

/* Whether the chain comes to this record for the first time, as its number i from 0. */
static bool is_new(struct cairn_partitions *p, uint32_t i, uint64_t at)
{
	p->links[i] = (uint32_t)(at - p->extended);
	for (uint32_t k = 0; k < i; k++)
		if (p->links[k] == p->links[i])
			return false;
	return true;
}

/* One link: its partition, and where the next is. Returns as next does, 0 for one without. */
static int next_logical(struct cairn_partitions *p, struct cairn_partition *ret,
			struct cairn_err *err)
{
	uint64_t at = p->ebr, end = p->extended + p->extended_n, next;
	uint32_t index = ++p->next;
	struct mbr_wire w;
	int r;

	p->ebr = 0; /* whatever is wrong below ends the chain */
	if (index > SLOTS + CAIRN_PARTITION_LOGICAL_MAX)
		return cairn_err_set(err, EPROTO, "too many logical partitions", index);
	if (!is_new(p, index - SLOTS - 1, at))
		return cairn_err_set(err, EPROTO, "logical partitions in a loop", at);
	r = read_record(p, at, &w, err);
	if (r < 0)
		return r;
	if (is_extended(&w.slots[1])) {
		next = p->extended + load32(w.slots[1].first);
		if (next >= end)
			return cairn_err_set(err, EPROTO,
					     "logical partition outside the extended one", next);
		p->ebr = next;
	}
	if (w.slots[0].type == TYPE_FREE)
		return 0;
	return fill(&w.slots[0], index, at, at, end, ret, err);
}

int cairn_partition_mbr_next_(struct cairn_partitions *p, struct cairn_partition *ret,
			      struct cairn_err *err)
{
	while (p->next < SLOTS) {
		struct slot_wire s;
		uint64_t at = offsetof(struct mbr_wire, slots) + p->next++ * sizeof(s);
		int r = cairn_partition_read_(p, at, &s, sizeof(s), err);

		if (r < 0)
			return r;
		if (is_extended(&s) && load32(s.first) > 0 && load32(s.first) < p->n_blocks)
			note_extended(p, &s);
		else if (s.type != TYPE_FREE)
			return fill(&s, p->next, 0, 0, p->n_blocks, ret, err);
	}
	while (p->ebr) {
		int r = next_logical(p, ret, err);

		if (r != 0)
			return r;
	}
	return 0;
}
