/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The superblock. */
#include "internal.h"

#include <cairn/crc.h>
#include <cairn/math.h>

#define SUPER_AT    1024u
#define SUPER_BYTES 1024u

int cairn_ext4_read_(const struct cairn_ext4 *fs, uint64_t at, void *dst, size_t len)
{
	if (!cairn_in_range(at, len, fs->disk.size_bytes))
		return -EPROTO;
	return fs->disk.read_at(fs->disk.ctx, at, dst, len);
}

int cairn_ext4_sum_(const struct cairn_ext4 *fs, uint64_t at, uint64_t len, uint32_t *sum)
{
	while (len) {
		uint8_t piece[512];
		size_t n = (size_t)cairn_min_u64(len, sizeof(piece));
		int ret = cairn_ext4_read_(fs, at, piece, n);

		if (ret < 0)
			return ret;
		*sum = cairn_crc_castagnoli(*sum, piece, n);
		at += n;
		len -= n;
	}
	return 0;
}

/* What changes where data lies; the rest of the known ones is passed over. */
static int check_features(uint32_t incompat, struct cairn_err *err)
{
	static const struct {
		uint32_t bit;
		const char *what;
	} refused[] = {
		{ 0x1, "ext4 with compression" },
		{ 0x8, "ext4 journal device" },
		{ 0x1000, "ext4 with data in directory entries (dirdata)" },
	};
	/*
	 * filetype, recover, meta_bg, extents, 64bit, mmp, flex_bg, ea_inode, csum_seed, largedir,
	 * inline_data, encrypt (files say so themselves), casefold (names match exactly)
	 */
	const uint32_t known = 0x3f6d6;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(refused); i++)
		if (incompat & refused[i].bit)
			return cairn_err_set(err, ENOTSUP, refused[i].what, incompat);
	if (incompat & ~known)
		return cairn_err_set(err, ENOTSUP, "ext4 with an unknown feature",
				     incompat & ~known);
	return 0;
}

static void take(struct cairn_ext4 *fs, const uint8_t *s)
{
	bool is_rev0 = cairn_ext4_le32_(s + 76) == 0;

	fs->n_inodes = cairn_ext4_le32_(s);
	fs->n_blocks = cairn_ext4_le32_(s + 4);
	fs->first_block = cairn_ext4_le32_(s + 20);
	fs->blocks_per_group = cairn_ext4_le32_(s + 32);
	fs->inodes_per_group = cairn_ext4_le32_(s + 40);
	fs->inode_bytes = is_rev0 ? 128 : cairn_ext4_le16_(s + 88);
	fs->compat = is_rev0 ? 0 : cairn_ext4_le32_(s + 92);
	fs->incompat = is_rev0 ? 0 : cairn_ext4_le32_(s + 96);
	fs->ro_compat = is_rev0 ? 0 : cairn_ext4_le32_(s + 100);
	memcpy(fs->uuid, s + 104, sizeof(fs->uuid));
	memcpy(fs->label, s + 120, 16);
	fs->desc_bytes = 32;
	if (fs->incompat & CAIRN_EXT4_INCOMPAT_64BIT_) {
		fs->desc_bytes = cairn_ext4_le16_(s + 254);
		fs->n_blocks |= (uint64_t)cairn_ext4_le32_(s + 336) << 32;
	}
	fs->first_meta_bg = cairn_ext4_le32_(s + 260);
	fs->backups[0] = cairn_ext4_le32_(s + 588);
	fs->backups[1] = cairn_ext4_le32_(s + 592);
	fs->needs_recovery = fs->incompat & CAIRN_EXT4_INCOMPAT_RECOVER_;
	fs->seed = fs->incompat & CAIRN_EXT4_INCOMPAT_SEED_
		       ? cairn_ext4_le32_(s + 624)
		       : cairn_crc_castagnoli(~0u, fs->uuid, sizeof(fs->uuid));
}

static int check_geometry(struct cairn_ext4 *fs, uint32_t log_block, struct cairn_err *err)
{
	uint64_t groups;

	if (log_block > 6)
		return cairn_err_set(err, EPROTO, "ext4 blocks of no possible size", log_block);
	fs->block_bytes = 1024u << log_block;
	if (fs->n_blocks == 0 || fs->n_blocks > fs->disk.size_bytes / fs->block_bytes)
		return cairn_err_set(err, EPROTO, "ext4 volume larger than its disk", fs->n_blocks);
	if (!cairn_is_pow2(fs->inode_bytes) || fs->inode_bytes < 128 ||
	    fs->inode_bytes > fs->block_bytes)
		return cairn_err_set(err, EPROTO, "ext4 inodes of no possible size",
				     fs->inode_bytes);
	if (!cairn_is_pow2(fs->desc_bytes) || fs->desc_bytes < 32 || fs->desc_bytes > 1024)
		return cairn_err_set(err, EPROTO, "ext4 group descriptors of no possible size",
				     fs->desc_bytes);
	if (fs->first_block >= fs->n_blocks || fs->blocks_per_group == 0 ||
	    fs->inodes_per_group == 0)
		return cairn_err_set(err, EPROTO, "ext4 groups of no possible size",
				     fs->blocks_per_group);
	groups = (fs->n_blocks - fs->first_block + fs->blocks_per_group - 1) / fs->blocks_per_group;
	if (groups > UINT32_MAX || groups * fs->inodes_per_group < fs->n_inodes)
		return cairn_err_set(err, EPROTO, "ext4 inodes beyond the last group",
				     fs->n_inodes);
	fs->n_groups = (uint32_t)groups;
	return 0;
}

int cairn_ext4_mount(const struct cairn_image *disk, struct cairn_ext4 *ret, struct cairn_err *err)
{
	uint8_t s[SUPER_BYTES];
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->disk = *disk;
	r = cairn_ext4_read_(ret, SUPER_AT, s, sizeof(s));
	if (r < 0)
		return cairn_err_set(err, -r, "cannot read an ext4 superblock", SUPER_AT);
	if (cairn_ext4_le16_(s + 56) != 0xef53)
		return cairn_err_set(err, EPROTO, "no ext4 superblock", SUPER_AT);
	take(ret, s);
	if (cairn_ext4_has_sums_(ret) &&
	    cairn_crc_castagnoli(~0u, s, SUPER_BYTES - 4) != cairn_ext4_le32_(s + SUPER_BYTES - 4))
		return cairn_err_set(err, EPROTO, "ext4 superblock with a wrong sum", SUPER_AT);
	r = check_features(ret->incompat, err);
	return r < 0 ? r : check_geometry(ret, cairn_ext4_le32_(s + 24), err);
}
