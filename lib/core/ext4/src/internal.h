/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* internal.h - the layers of the volume. Offsets of fields: ext4's disk layout documentation. */
#ifndef CAIRN_EXT4_INTERNAL_H
#define CAIRN_EXT4_INTERNAL_H

#include <cairn/ext4.h>
#include <cairn/le.h>

enum { /* "Super Block" */
       CAIRN_EXT4_COMPAT_SPARSE2_ = 0x200,
       CAIRN_EXT4_INCOMPAT_FILETYPE_ = 0x2,
       CAIRN_EXT4_INCOMPAT_RECOVER_ = 0x4,
       CAIRN_EXT4_INCOMPAT_META_BG_ = 0x10,
       CAIRN_EXT4_INCOMPAT_64BIT_ = 0x80,
       CAIRN_EXT4_INCOMPAT_SEED_ = 0x2000,
       CAIRN_EXT4_RO_SPARSE_ = 0x1,
       CAIRN_EXT4_RO_SUMS_ = 0x400,
};

enum { /* "Index Nodes", i_flags */
       CAIRN_EXT4_FL_ENCRYPT_ = 0x800,
       CAIRN_EXT4_FL_EXTENTS_ = 0x80000,
       CAIRN_EXT4_FL_INLINE_ = 0x10000000,
};

#define CAIRN_EXT4_INLINE_ 60u /* bytes of data in the inode itself */

static inline uint32_t cairn_ext4_le32_(const uint8_t *p)
{
	return (uint32_t)cairn_le_load(p, 4);
}

static inline uint32_t cairn_ext4_le16_(const uint8_t *p)
{
	return (uint32_t)cairn_le_load(p, 2);
}

/* Inside the disk, or -EPROTO; otherwise what the disk returned. */
CAIRN_MUST_USE int cairn_ext4_read_(const struct cairn_ext4 *fs, uint64_t at, void *dst,
				    size_t len);
/* The sum goes on over a range of the disk. */
CAIRN_MUST_USE int cairn_ext4_sum_(const struct cairn_ext4 *fs, uint64_t at, uint64_t len,
				   uint32_t *sum);
static inline bool cairn_ext4_has_sums_(const struct cairn_ext4 *fs)
{
	return fs->ro_compat & CAIRN_EXT4_RO_SUMS_;
}
/* Where a block of the file is: *ret_at 0 for a hole; *ret_n > 0 blocks lie together from there. */
CAIRN_MUST_USE int cairn_ext4_map_(struct cairn_ext4_file *f, uint64_t block, uint64_t *ret_at,
				   uint64_t *ret_n);
/* Bytes of anything that has them, inside its size. */
CAIRN_MUST_USE int cairn_ext4_bytes_(struct cairn_ext4_file *f, uint64_t off, void *dst,
				     size_t len);

#endif
