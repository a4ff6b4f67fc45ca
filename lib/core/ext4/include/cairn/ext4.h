/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ext4.h - ext2, ext3 and ext4 volumes, read only.
 *
 * The volume is hostile: every structure is copied, then checked, and whatever a tree, a directory
 * or a link does, it comes to an end. Where a volume has metadata_csum, the sums of superblock,
 * group descriptors, inodes and blocks of extents are verified; those of directory blocks and
 * extended attributes are not, nor is gdt_csum's older sum.
 *
 * The journal is not replayed: a volume that was not unmounted is read as it lies on the disk, and
 * needs_recovery says so. What was changed last may be missing or half there; every check holds.
 *
 * Threads: a volume is not changed by reading; a handle belongs to one thread at a time.
 */
#ifndef CAIRN_EXT4_H
#define CAIRN_EXT4_H

#include <cairn/env.h>
#include <cairn/err.h>
#include <cairn/loader_image.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_EXT4_NAME_BYTES    256u        /* of an entry, with the NUL */
#define CAIRN_EXT4_PATH_BYTES    1024u       /* what is left of a path and a link's target, NUL */
#define CAIRN_EXT4_LINKS_MAX     8u          /* symbolic links on the way of one path */
#define CAIRN_EXT4_DIR_BYTES_MAX (64u << 20) /* of a directory; a longer one is refused */

/* A mounted volume. Fields may be read. */
struct cairn_ext4 {
	struct cairn_image disk;
	uint32_t block_bytes; /* 1024 … 65536 */
	uint64_t n_blocks;
	uint32_t n_inodes;
	bool needs_recovery;
	char label[17]; /* as it is on the disk */
	uint8_t uuid[16];

	/* private */
	uint32_t incompat, ro_compat, compat;
	uint32_t inode_bytes, desc_bytes, inodes_per_group, blocks_per_group, n_groups;
	uint32_t first_block, first_meta_bg, backups[2];
	uint32_t seed; /* of all sums */
};

enum cairn_ext4_type {
	CAIRN_EXT4_OTHER, /* devices, sockets, pipes */
	CAIRN_EXT4_FILE,
	CAIRN_EXT4_DIRECTORY,
	CAIRN_EXT4_LINK,
};

/* A file or directory. Valid while the volume is; nothing need be closed. */
struct cairn_ext4_file {
	const struct cairn_ext4 *fs;
	uint32_t inode;
	enum cairn_ext4_type type;
	uint64_t size_bytes;
	int64_t modified_s; /* since 1970 */

	/* private */
	uint32_t flags, seed;
	uint64_t at;        /* of the inode, on the disk */
	uint64_t inline_at; /* of inline data beyond the first 60 bytes, or 0 */
	uint32_t inline_bytes;
	uint64_t run_first, run_n, run_at; /* blocks that lie together; run_at 0: a hole */
	uint8_t block[60];
};

struct cairn_ext4_entry {
	char name[CAIRN_EXT4_NAME_BYTES]; /* bytes but '/' and NUL; UTF-8 if people are kind */
	uint32_t inode;
};

/* Where an iteration over a directory stands. Zeroes: at its beginning. */
struct cairn_ext4_cursor {
	uint64_t off;
};

/*
 * cairn_ext4_mount() - look whether a disk holds such a volume.
 *
 * Returns 0; -EPROTO: it does not, or what it says cannot be; -ENOTSUP: it has a feature that
 * cannot be passed over, err->what names it; or what the disk returned. Reads the superblock.
 */
CAIRN_MUST_USE int cairn_ext4_mount(const struct cairn_image *disk, struct cairn_ext4 *ret,
				    struct cairn_err *err);

/* The root directory. Returns 0, -EPROTO, or what the disk returned. */
CAIRN_MUST_USE int cairn_ext4_root(const struct cairn_ext4 *fs, struct cairn_ext4_file *ret);

/*
 * cairn_ext4_open() - a file or directory by its path; symbolic links are followed.
 *
 * @dir: where a path begins that has no '/' in front. *ret may be *dir.
 * Returns 0; -ENOENT; -ENOTDIR; -ELOOP: more than CAIRN_EXT4_LINKS_MAX links; -ENAMETOOLONG: a link
 * and what is left are longer than CAIRN_EXT4_PATH_BYTES; -ENOTSUP: encrypted; -EPROTO: the volume
 * is broken there; or what the disk returned. Reads each directory up to its entry.
 */
CAIRN_MUST_USE int cairn_ext4_open(const struct cairn_ext4_file *dir, const char *path,
				   struct cairn_ext4_file *ret);

/* The file behind an entry; a link is not followed. Returns as open. */
CAIRN_MUST_USE int cairn_ext4_open_inode(const struct cairn_ext4 *fs, uint32_t inode,
					 struct cairn_ext4_file *ret);

/*
 * cairn_ext4_next() - the next entry of a directory, "." and ".." not among them.
 *
 * Returns 1; 0: no more; -ENOTDIR; -ENOTSUP: encrypted; -EPROTO; or what the disk returned.
 */
CAIRN_MUST_USE int cairn_ext4_next(struct cairn_ext4_file *dir, struct cairn_ext4_cursor *at,
				   struct cairn_ext4_entry *ret);

/*
 * cairn_ext4_read() - bytes of a file, or a link's target.
 *
 * @ret_len: fewer than len at the end of the file, 0 behind it. Holes read as zeroes.
 * Returns 0; -EISDIR; -ENOTSUP: encrypted; -EPROTO; or what the disk returned. Blocks that lie
 * together are read at once.
 */
CAIRN_MUST_USE int cairn_ext4_read(struct cairn_ext4_file *f, uint64_t off, void *dst, size_t len,
				   size_t *ret_len);

/* The file as a loader's image; valid while f is. */
struct cairn_image cairn_ext4_image(struct cairn_ext4_file *f);

#ifdef __cplusplus
}
#endif
#endif
