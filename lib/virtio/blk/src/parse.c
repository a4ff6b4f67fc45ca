/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * parse.c - requests as drivers write them. A chain is two streams of bytes, whatever its
 * descriptors' borders (virtio 1.2, 2.7.4): readable { header, data }, writable { data, status }.
 */
#include "blk.h"

struct blk_header_wire { /* virtio 1.2, 5.2.6 */
	cairn_le32 type, reserved;
	cairn_le64 sector;
};
_Static_assert(sizeof(struct blk_header_wire) == 16, "virtio 1.2, 5.2.6");

struct blk_range_wire {
	cairn_le64 sector;
	cairn_le32 n_sectors, flags;
};
_Static_assert(sizeof(struct blk_range_wire) == 16, "virtio 1.2, 5.2.6");

enum {
	TYPE_IN = 0,
	TYPE_OUT = 1,
	TYPE_FLUSH = 4,
	TYPE_GET_ID = 8,
	TYPE_DISCARD = 11,
	TYPE_WRITE_ZEROES = 13,
	RANGE_UNMAP = 1,
};

/* Sectors inside the disk, as bytes. */
static bool to_bytes(uint64_t sector, uint64_t bytes, const struct blk_rules *rules,
		     uint64_t *ret_offset)
{
	uint64_t offset;

	if (!cairn_mul_u64(sector, CAIRN_SECTOR_BYTES, &offset) ||
	    !cairn_in_range(offset, bytes, rules->capacity_bytes))
		return false;
	*ret_offset = offset;
	return true;
}

static enum blk_status parse_data(const struct cairn_virtq_chain *chain, uint64_t sector,
				  const struct blk_rules *rules, struct blk_request *ret)
{
	if (ret->op == BLK_OUT && rules->is_read_only)
		return BLK_S_IOERR;
	ret->bytes = ret->op == BLK_IN ? chain->write_bytes - 1u
				       : chain->read_bytes - sizeof(struct blk_header_wire);
	if (ret->bytes % CAIRN_SECTOR_BYTES || !to_bytes(sector, ret->bytes, rules, &ret->offset))
		return BLK_S_IOERR;
	return BLK_S_OK;
}

static enum blk_status parse_range(const struct blk_range_wire *w, const struct blk_rules *rules,
				   enum blk_op op, struct blk_range *ret)
{
	uint32_t flags = cairn_le32_get(w->flags), n = cairn_le32_get(w->n_sectors);
	uint32_t max =
	    op == BLK_DISCARD ? CAIRN_VIRTIO_BLK_DISCARD_SECTORS : CAIRN_VIRTIO_BLK_ZEROES_SECTORS;

	/* virtio 1.2, 5.2.6.2: unknown flags, and unmap in a discard */
	if (flags & ~(uint32_t)RANGE_UNMAP || (op == BLK_DISCARD && flags))
		return BLK_S_UNSUPP;
	ret->bytes = (uint64_t)n * CAIRN_SECTOR_BYTES;
	ret->may_unmap = flags & RANGE_UNMAP;
	if (n > max || !to_bytes(cairn_le64_get(w->sector), ret->bytes, rules, &ret->offset))
		return BLK_S_IOERR;
	return BLK_S_OK;
}

static enum blk_status parse_ranges(const struct cairn_virtq_chain *chain,
				    const struct blk_rules *rules, struct blk_request *ret)
{
	uint64_t feature =
	    ret->op == BLK_DISCARD ? CAIRN_VIRTIO_BLK_F_DISCARD : CAIRN_VIRTIO_BLK_F_WRITE_ZEROES;
	struct blk_range_wire wire[CAIRN_VIRTIO_BLK_RANGES_MAX];
	size_t bytes = chain->read_bytes - sizeof(struct blk_header_wire);

	if (!(rules->features & feature))
		return BLK_S_UNSUPP;
	if (rules->is_read_only || !bytes || bytes % sizeof(wire[0]) || bytes > sizeof(wire))
		return BLK_S_IOERR;
	if (cairn_spans_read(chain->spans, chain->n_read, sizeof(struct blk_header_wire), wire,
			     bytes) != bytes)
		return BLK_S_IOERR;
	for (size_t i = 0; i < bytes / sizeof(wire[0]); i++) {
		enum blk_status s = parse_range(&wire[i], rules, ret->op, &ret->ranges[i]);

		if (s != BLK_S_OK)
			return s;
		ret->n_ranges++;
	}
	return BLK_S_OK;
}

enum blk_status cairn_virtio_blk_parse_(const struct cairn_virtq_chain *chain,
					const struct blk_rules *rules, struct blk_request *ret)
{
	struct blk_header_wire w;

	ret->n_ranges = 0;
	ret->bytes = ret->offset = 0;
	if (cairn_spans_read(chain->spans, chain->n_read, 0, &w, sizeof(w)) != sizeof(w))
		return BLK_S_IOERR;
	switch (cairn_le32_get(w.type)) {
	case TYPE_IN:
		ret->op = BLK_IN;
		return parse_data(chain, cairn_le64_get(w.sector), rules, ret);
	case TYPE_OUT:
		ret->op = BLK_OUT;
		return parse_data(chain, cairn_le64_get(w.sector), rules, ret);
	case TYPE_FLUSH:
		ret->op = BLK_FLUSH;
		return rules->features & CAIRN_VIRTIO_BLK_F_FLUSH ? BLK_S_OK : BLK_S_UNSUPP;
	case TYPE_GET_ID:
		ret->op = BLK_GET_ID;
		ret->bytes = cairn_min_u64(chain->write_bytes - 1u, CAIRN_VIRTIO_BLK_ID_BYTES);
		return BLK_S_OK;
	case TYPE_DISCARD:
		ret->op = BLK_DISCARD;
		return parse_ranges(chain, rules, ret);
	case TYPE_WRITE_ZEROES:
		ret->op = BLK_WRITE_ZEROES;
		return parse_ranges(chain, rules, ret);
	default:
		return BLK_S_UNSUPP;
	}
}

uint32_t cairn_virtio_blk_data_(const struct cairn_virtq_chain *chain, enum blk_op op,
				struct iovec *iov)
{
	bool in = op == BLK_IN;
	const struct cairn_span *s = in ? chain->spans + chain->n_read : chain->spans;
	uint64_t skip = in ? 0 : sizeof(struct blk_header_wire);
	uint64_t left = in ? chain->write_bytes - 1u : chain->read_bytes - skip;
	uint32_t n = 0;

	for (; left; s++) {
		size_t len;

		if (skip >= s->len) {
			skip -= s->len;
			continue;
		}
		len = cairn_min_u64(s->len - skip, left);
		iov[n].iov_base = (char *)s->base + skip;
		iov[n++].iov_len = len;
		left -= len;
		skip = 0;
	}
	return n;
}
