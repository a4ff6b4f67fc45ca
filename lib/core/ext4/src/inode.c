/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* From the number of an inode to the inode: its group's descriptor says where the table is. */
#include "internal.h"

#include <cairn/crc.h>
#include <cairn/math.h>

enum {
	ROOT_INODE = 2,
	DESC_MAX = 1024,
	XATTR_MAGIC = 0xea020000,
	XATTR_SYSTEM = 7,
	XATTRS_MAX = 64, /* entries in an inode: 4096 bytes hold no more of 16 and a name */
};

static bool is_power_of(uint32_t v, uint32_t base)
{
	while (v > 1 && v % base == 0)
		v /= base;
	return v == 1;
}

/* Whether a group begins with a copy of the superblock. */
static bool has_super(const struct cairn_ext4 *fs, uint32_t group)
{
	if (group == 0)
		return true;
	if (fs->compat & CAIRN_EXT4_COMPAT_SPARSE2_)
		return group == fs->backups[0] || group == fs->backups[1];
	if (!(fs->ro_compat & CAIRN_EXT4_RO_SPARSE_))
		return true;
	return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

/* Descriptors are together behind the superblock or, with meta_bg, at their groups' beginning. */
static uint64_t desc_at(const struct cairn_ext4 *fs, uint32_t group)
{
	uint32_t per_block = fs->block_bytes / fs->desc_bytes, meta = group / per_block;
	uint64_t block = (uint64_t)fs->first_block + 1 + meta;

	if (fs->incompat & CAIRN_EXT4_INCOMPAT_META_BG_ && meta >= fs->first_meta_bg)
		block = fs->first_block + (uint64_t)meta * per_block * fs->blocks_per_group +
			has_super(fs, meta * per_block);
	return block * fs->block_bytes + group % per_block * fs->desc_bytes;
}

static int check_desc_sum(const struct cairn_ext4 *fs, uint32_t group, uint8_t *d)
{
	uint32_t want = cairn_ext4_le16_(d + 30), sum;
	uint8_t number[4];

	if (!cairn_ext4_has_sums_(fs))
		return 0;
	cairn_le_store(number, 4, group);
	cairn_le_store(d + 30, 2, 0);
	sum = cairn_crc_castagnoli(fs->seed, number, sizeof(number));
	sum = cairn_crc_castagnoli(sum, d, fs->desc_bytes);
	return (sum & 0xffff) == want ? 0 : -EPROTO;
}

static int find_inode(const struct cairn_ext4 *fs, uint32_t inode, uint64_t *ret_at)
{
	uint32_t group = (inode - 1) / fs->inodes_per_group;
	uint32_t index = (inode - 1) % fs->inodes_per_group;
	uint8_t d[DESC_MAX];
	uint64_t table;
	int ret;

	if (inode == 0 || inode > fs->n_inodes)
		return -EPROTO;
	ret = cairn_ext4_read_(fs, desc_at(fs, group), d, fs->desc_bytes);
	if (ret == 0)
		ret = check_desc_sum(fs, group, d);
	if (ret < 0)
		return ret;
	table = cairn_ext4_le32_(d + 8);
	if (fs->desc_bytes >= 64)
		table |= (uint64_t)cairn_ext4_le32_(d + 40) << 32;
	if (table == 0 || table >= fs->n_blocks)
		return -EPROTO;
	*ret_at = table * fs->block_bytes + (uint64_t)index * fs->inode_bytes;
	return 0;
}

/* raw: the first bytes of the inode, up to 160; the rest is summed from the disk. */
static int check_inode_sum(const struct cairn_ext4_file *f, uint8_t *raw, uint32_t n)
{
	uint32_t want = cairn_ext4_le16_(raw + 124), sum = f->seed;
	bool has_high = n > 130 && cairn_ext4_le16_(raw + 128) >= 4;
	int ret;

	if (!cairn_ext4_has_sums_(f->fs))
		return 0;
	cairn_le_store(raw + 124, 2, 0);
	if (has_high) {
		want |= cairn_ext4_le16_(raw + 130) << 16;
		cairn_le_store(raw + 130, 2, 0);
	}
	sum = cairn_crc_castagnoli(sum, raw, n);
	ret = cairn_ext4_sum_(f->fs, f->at + n, f->fs->inode_bytes - n, &sum);
	if (ret < 0)
		return ret;
	return (has_high ? sum : sum & 0xffff) == want ? 0 : -EPROTO;
}

static enum cairn_ext4_type type_of(uint32_t mode)
{
	switch (mode >> 12) {
	case 4:
		return CAIRN_EXT4_DIRECTORY;
	case 8:
		return CAIRN_EXT4_FILE;
	case 10:
		return CAIRN_EXT4_LINK;
	default:
		return CAIRN_EXT4_OTHER;
	}
}

/* Inline data goes on in the attribute system.data, behind the inode's own fields. */
static int find_inline(struct cairn_ext4_file *f, uint32_t extra)
{
	uint64_t first = f->at + 128 + extra + 4, end = f->at + f->fs->inode_bytes, at = first;
	uint8_t e[20];
	int ret;

	if (128 + extra + 4 > f->fs->inode_bytes)
		return 0;
	ret = cairn_ext4_read_(f->fs, first - 4, e, 4);
	if (ret < 0 || cairn_ext4_le32_(e) != XATTR_MAGIC)
		return ret;
	for (int i = 0; i < XATTRS_MAX && at + sizeof(e) <= end; i++) {
		uint32_t off, len;

		ret = cairn_ext4_read_(f->fs, at, e, sizeof(e));
		if (ret < 0 || cairn_ext4_le32_(e) == 0)
			return ret;
		off = cairn_ext4_le16_(e + 2);
		len = cairn_ext4_le32_(e + 8);
		if (e[0] == 4 && e[1] == XATTR_SYSTEM && memcmp(e + 16, "data", 4) == 0) {
			if (cairn_ext4_le32_(e + 4) != 0 || !cairn_in_range(off, len, end - first))
				return -EPROTO;
			f->inline_at = first + off;
			f->inline_bytes = len;
			return 0;
		}
		at += 16 + ((e[0] + 3u) & ~3u);
	}
	return 0;
}

static int take(struct cairn_ext4_file *f, uint8_t *raw, uint32_t n)
{
	uint8_t number[4];
	int ret;

	cairn_le_store(number, 4, f->inode);
	f->seed = cairn_crc_castagnoli(f->fs->seed, number, sizeof(number));
	f->seed = cairn_crc_castagnoli(f->seed, raw + 100, 4); /* its generation */
	ret = check_inode_sum(f, raw, n);
	if (ret < 0)
		return ret;
	f->type = type_of(cairn_ext4_le16_(raw));
	f->size_bytes = cairn_ext4_le32_(raw + 4) | (uint64_t)cairn_ext4_le32_(raw + 108) << 32;
	f->modified_s = (int32_t)cairn_ext4_le32_(raw + 16);
	f->flags = cairn_ext4_le32_(raw + 32);
	memcpy(f->block, raw + 40, sizeof(f->block));
	if (cairn_ext4_le16_(raw + 26) == 0 || f->size_bytes > INT64_MAX)
		return -EPROTO; /* nobody links to it: a deleted one */
	if (!(f->flags & CAIRN_EXT4_FL_INLINE_) || n <= 128)
		return 0;
	return find_inline(f, cairn_ext4_le16_(raw + 128));
}

int cairn_ext4_open_inode(const struct cairn_ext4 *fs, uint32_t inode, struct cairn_ext4_file *ret)
{
	struct cairn_ext4_file f = { .fs = fs, .inode = inode };
	uint32_t n = fs->inode_bytes < 160 ? fs->inode_bytes : 160;
	uint8_t raw[160];
	int r = find_inode(fs, inode, &f.at);

	if (r == 0)
		r = cairn_ext4_read_(fs, f.at, raw, n);
	if (r == 0)
		r = take(&f, raw, n);
	if (r < 0)
		return r;
	if (f.flags & CAIRN_EXT4_FL_ENCRYPT_)
		return -ENOTSUP;
	*ret = f;
	return 0;
}

int cairn_ext4_root(const struct cairn_ext4 *fs, struct cairn_ext4_file *ret)
{
	return cairn_ext4_open_inode(fs, ROOT_INODE, ret);
}
