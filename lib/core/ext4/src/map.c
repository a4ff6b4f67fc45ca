/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* From blocks of a file to blocks of the disk: trees of extents, or ext2's map of pointers. */
#include "internal.h"

#include <cairn/math.h>

enum {
	EXTENT_MAGIC = 0xf30a,
	NODE_BYTES = 12, /* of the header, and of each entry */
	DEPTH_MAX = 5,
	UNWRITTEN = 0x8000, /* lengths above: there is room, and it reads as zeroes */
	DIRECT = 12,        /* pointers in the inode; then one to pointers, and so on */
};

struct node {
	uint64_t at; /* on the disk; 0: in the inode */
	uint32_t n, depth;
};

static int node_bytes(const struct cairn_ext4_file *f, const struct node *node, uint32_t off,
		      uint8_t dst[NODE_BYTES])
{
	if (node->at)
		return cairn_ext4_read_(f->fs, node->at + off, dst, NODE_BYTES);
	memcpy(dst, f->block + off, NODE_BYTES);
	return 0;
}

/* The sum lies behind the room for entries. */
static int check_sum(const struct cairn_ext4_file *f, const struct node *node, uint32_t max)
{
	uint32_t sum = f->seed;
	uint8_t want[4];
	int ret;

	if (node->at == 0 || !cairn_ext4_has_sums_(f->fs))
		return 0;
	ret = cairn_ext4_sum_(f->fs, node->at, NODE_BYTES + (uint64_t)max * NODE_BYTES, &sum);
	if (ret == 0)
		ret = cairn_ext4_read_(f->fs, node->at + NODE_BYTES + (uint64_t)max * NODE_BYTES,
				       want, sizeof(want));
	if (ret < 0)
		return ret;
	return sum == cairn_ext4_le32_(want) ? 0 : -EPROTO;
}

/* depth: what it must be, one less than its parent's; UINT32_MAX for the one in the inode. */
static int load_node(const struct cairn_ext4_file *f, uint64_t at, uint32_t depth, struct node *ret)
{
	uint32_t room = (at ? f->fs->block_bytes : (uint32_t)sizeof(f->block)) / NODE_BYTES - 1;
	uint32_t max;
	struct node node = { .at = at };
	uint8_t h[NODE_BYTES];
	int r = node_bytes(f, &node, 0, h);

	if (r < 0)
		return r;
	node.n = cairn_ext4_le16_(h + 2);
	max = cairn_ext4_le16_(h + 4);
	node.depth = cairn_ext4_le16_(h + 6);
	if (cairn_ext4_le16_(h) != EXTENT_MAGIC || node.n > max || max > room ||
	    node.depth > DEPTH_MAX || (depth != UINT32_MAX && node.depth != depth))
		return -EPROTO;
	r = check_sum(f, &node, max);
	*ret = node;
	return r;
}

/* The last entry that begins at or before the block: 1, or 0: there is none. *ret_next: the next's.
 */
static int search(const struct cairn_ext4_file *f, const struct node *node, uint64_t block,
		  uint8_t e[NODE_BYTES], uint64_t *next)
{
	uint32_t lo = 0, hi = node->n;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		int ret = node_bytes(f, node, (mid + 1) * NODE_BYTES, e);

		if (ret < 0)
			return ret;
		if (cairn_ext4_le32_(e) <= block) {
			lo = mid + 1;
		} else {
			hi = mid;
			*next = cairn_ext4_le32_(e);
		}
	}
	if (lo == 0)
		return 0;
	return node_bytes(f, node, lo * NODE_BYTES, e) < 0 ? -EPROTO : 1;
}

static int use_extent(const struct cairn_ext4_file *f, const uint8_t *e, uint64_t block,
		      uint64_t next, uint64_t *ret_at, uint64_t *ret_n)
{
	uint64_t first = cairn_ext4_le32_(e), len = cairn_ext4_le16_(e + 4);
	uint64_t at = (uint64_t)cairn_ext4_le16_(e + 6) << 32 | cairn_ext4_le32_(e + 8);
	bool is_unwritten = len > UNWRITTEN;

	if (is_unwritten)
		len -= UNWRITTEN;
	if (block < first || block - first >= len) { /* between two */
		*ret_at = 0;
		*ret_n = next - block;
		return 0;
	}
	if (at == 0 || !cairn_in_range(at, len, f->fs->n_blocks))
		return -EPROTO;
	*ret_at = is_unwritten ? 0 : at + (block - first);
	*ret_n = len - (block - first);
	return 0;
}

static int map_extents(const struct cairn_ext4_file *f, uint64_t block, uint64_t *ret_at,
		       uint64_t *ret_n)
{
	uint64_t next = (uint64_t)UINT32_MAX + 1;
	struct node node;
	uint8_t e[NODE_BYTES];
	int ret = load_node(f, 0, UINT32_MAX, &node);

	if (block >= next)
		return -EPROTO;
	while (ret == 0) {
		uint64_t at;

		ret = search(f, &node, block, e, &next);
		if (ret < 0)
			return ret;
		if (ret == 0) {
			*ret_at = 0;
			*ret_n = next - block;
			return 0;
		}
		if (node.depth == 0)
			return use_extent(f, e, block, next, ret_at, ret_n);
		at = cairn_ext4_le32_(e + 4) | (uint64_t)cairn_ext4_le16_(e + 8) << 32;
		if (at == 0 || at >= f->fs->n_blocks)
			return -EPROTO;
		ret = load_node(f, at * f->fs->block_bytes, node.depth - 1, &node);
	}
	return ret;
}

static int map_pointers(const struct cairn_ext4_file *f, uint64_t block, uint64_t *ret_at)
{
	uint64_t per_block = f->fs->block_bytes / 4, room = 1;
	uint32_t level = 0, at;

	if (block < DIRECT) {
		at = cairn_ext4_le32_(f->block + 4 * block);
	} else {
		block -= DIRECT;
		for (level = 1, room = per_block; level < 4 && block >= room; level++) {
			block -= room;
			room *= per_block;
		}
		if (level == 4)
			return -EPROTO;
		at = cairn_ext4_le32_(f->block + 4 * (DIRECT + level - 1));
	}
	for (; level > 0 && at; level--) {
		uint8_t p[4];
		int ret;

		room /= per_block;
		if (at >= f->fs->n_blocks)
			return -EPROTO;
		ret = cairn_ext4_read_(
		    f->fs, (uint64_t)at * f->fs->block_bytes + block / room % per_block * 4, p,
		    sizeof(p));
		if (ret < 0)
			return ret;
		at = cairn_ext4_le32_(p);
	}
	if (at >= f->fs->n_blocks)
		return -EPROTO;
	*ret_at = at;
	return 0;
}

int cairn_ext4_map_(struct cairn_ext4_file *f, uint64_t block, uint64_t *ret_at, uint64_t *ret_n)
{
	int ret = 0;

	if (block < f->run_first || block - f->run_first >= f->run_n) {
		uint64_t at = 0, n = 1;

		ret = f->flags & CAIRN_EXT4_FL_EXTENTS_ ? map_extents(f, block, &at, &n)
							: map_pointers(f, block, &at);
		if (ret < 0)
			return ret;
		f->run_first = block;
		f->run_n = n;
		f->run_at = at;
	}
	*ret_at = f->run_at ? f->run_at + (block - f->run_first) : 0;
	*ret_n = f->run_n - (block - f->run_first);
	return 0;
}
