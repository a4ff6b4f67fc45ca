/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * fat.h - FAT12, FAT16 and FAT32 with long names, read and written.
 *
 * The volume is hostile: every structure is copied, then checked; chains that loop, leave the
 * volume or end before the size that is claimed give -EPROTO, and no loop is longer than the
 * volume has clusters. Objects are structs of the caller's; nothing is allocated.
 *
 * Names are UTF-8. They are kept as written and compared without regard to case: ASCII and Latin-1
 * letters (a to z, U+00E0 to U+00FE) fold to their capitals, others do not. A name matches a file's
 * long name or its short one. '/' and '\' both part the names of a path.
 *
 * Writing is ordered so that a loss of power leaves what was there, or what is new; at worst some
 * clusters belong to nobody, or lie behind the end of a file, until the volume is checked, and a
 * second table is behind the first. New clusters are reserved as a chain that nothing points to and
 * data goes into them; then the chain is joined to the file, and the directory entry is written
 * last, each step flushed before the next. What shrinks goes the other way. See cairn_fat_rename()
 * for its one exception, and bytes that are overwritten in place are as old or new as the disk
 * leaves them.
 *
 * Threads: a volume and all handles on it belong to one at a time.
 */
#ifndef CAIRN_FAT_H
#define CAIRN_FAT_H

#include <cairn/civil.h>
#include <cairn/env.h>
#include <cairn/err.h>
#include <cairn/loader_image.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_FAT_NAME_UNITS 255u   /* UTF-16 units of a long name */
#define CAIRN_FAT_NAME_BYTES 766u   /* as UTF-8, with the NUL */
#define CAIRN_FAT_SLOTS_MAX  65536u /* 32-byte slots that are looked at in one directory */
#define CAIRN_FAT_SECTOR_MAX 4096u
#define CAIRN_FAT_DEPTH_MAX  128u /* folders above a folder that is renamed */

struct cairn_fat_disk {
	/* Exactly len bytes at off, inside size_bytes. Return 0, or a negative errno. */
	int (*read_at)(void *ctx, uint64_t off, void *dst, size_t len);
	int (*write_at)(void *ctx, uint64_t off, const void *src, size_t len); /* NULL: read only */
	int (*flush)(void *ctx); /* what was written is durable after; NULL: nothing to do */
	uint64_t size_bytes;
	void *ctx;
};

enum cairn_fat_type { CAIRN_FAT_12 = 12, CAIRN_FAT_16 = 16, CAIRN_FAT_32 = 32 };

enum cairn_fat_attr { /* FAT specification 1.03, "FAT Directory Structure" */
		      CAIRN_FAT_READONLY = 0x01,
		      CAIRN_FAT_HIDDEN = 0x02,
		      CAIRN_FAT_SYSTEM = 0x04,
		      CAIRN_FAT_VOLUME = 0x08,
		      CAIRN_FAT_DIRECTORY = 0x10,
		      CAIRN_FAT_ARCHIVE = 0x20,
};
/* What a caller may set. */
#define CAIRN_FAT_ATTR_SETTABLE                                                                    \
	(CAIRN_FAT_READONLY | CAIRN_FAT_HIDDEN | CAIRN_FAT_SYSTEM | CAIRN_FAT_ARCHIVE)

/*
 * Times are local and without a zone; years 1980 to 2107, seconds in steps of 2 (created: of 1;
 * accessed: no time of day). Year 0: not known.
 */
struct cairn_fat_info {
	char name[CAIRN_FAT_NAME_BYTES]; /* the long one, or the short; "" for the root */
	uint8_t attr;                    /* enum cairn_fat_attr */
	uint32_t size_bytes;             /* 0 for directories */
	struct cairn_civil created, accessed, modified;
};

/* Private to the volume: a piece of the disk in memory. */
struct cairn_fat_window {
	uint64_t at; /* UINT64_MAX: nothing */
	uint32_t len;
	bool is_dirty;
	uint8_t bytes[CAIRN_FAT_SECTOR_MAX];
};

/* A mounted volume. Fields may be read. */
struct cairn_fat {
	struct cairn_fat_disk disk;
	enum cairn_fat_type type;
	uint32_t sector_bytes, cluster_bytes;
	uint32_t n_clusters; /* numbered from 2 */
	bool is_readonly;
	char label[34]; /* UTF-8; "" where the volume has none */

	/* private */
	uint64_t fat_at, fat_bytes, data_at, fsinfo_at;
	uint64_t root_at; /* FAT12, FAT16: of root_slots */
	uint32_t n_fats, root_slots, root_cluster;
	uint32_t n_free, next_free; /* n_free UINT32_MAX: not known */
	bool is_fsinfo_stale;
	uint32_t changes; /* counts what other handles must notice */
	struct cairn_civil now;
	struct cairn_fat_window table, slots;
};

/* Private: a place in a chain of clusters. */
struct cairn_fat_chain {
	uint32_t first, cluster, index; /* cluster is the index-th, 0 for the first; 0: none */
	uint32_t mark, mark_index;      /* an earlier one: to meet it again is a loop */
};

/*
 * A file or a directory. Valid while the volume is mounted; nothing need be closed. When another
 * handle changed the file, this one sees it; when the file was deleted or renamed through another,
 * this one gives -ENOENT.
 */
struct cairn_fat_file {
	struct cairn_fat *fat;
	struct cairn_fat_info info; /* may be read; as of the last call */

	/* private */
	struct cairn_fat_chain chain;
	uint32_t dir; /* first cluster of the directory it is in; 0: the root's slots */
	uint32_t slot,
	    slots;         /* its first slot there, and how many; the last has all but the name */
	uint64_t entry_at; /* of that last one, on the disk; 0: the root */
	uint32_t seen;
	uint8_t short_name[11];
};

/* Where an iteration over a directory stands. Zeroes: at its beginning. */
struct cairn_fat_cursor {
	uint32_t slot;
};

/*
 * cairn_fat_mount() - look whether a disk holds a FAT volume.
 *
 * @disk: copied; its ctx outlives *ret. FAT32 is told by a 16-bit table size of 0, FAT12 and FAT16
 * by the number of clusters, as systems do and not as the specification says.
 * Returns 0; -EPROTO: it does not, or what it says cannot be; or what the disk returned.
 * Reads the boot sector, the FSInfo sector, and the root for the label.
 */
CAIRN_MUST_USE int cairn_fat_mount(const struct cairn_fat_disk *disk, struct cairn_fat *ret,
				   struct cairn_err *err);

/* The time that what is written from now on gets. Year 0, as after mount: 1980-01-01 00:00. */
void cairn_fat_set_now(struct cairn_fat *fat, const struct cairn_civil *now);

/*
 * cairn_fat_flush() - write what is kept back: the count of free clusters. Then the disk's flush.
 *
 * All else is on the disk when the functions below return. Without this call FAT32's count reads
 * "not known". Returns 0, or what the disk returned.
 */
CAIRN_MUST_USE int cairn_fat_flush(struct cairn_fat *fat);

/*
 * cairn_fat_forget() - somebody else wrote to the disk: what is kept of it is read anew. Handles
 * see their files as they are now, or give -ENOENT. No call of this volume may be under way.
 */
void cairn_fat_forget(struct cairn_fat *fat);

/*
 * cairn_fat_free_clusters() - how many there are. Reads the whole table, unless it is known.
 *
 * Returns 0, or what the disk returned.
 */
CAIRN_MUST_USE int cairn_fat_free_clusters(struct cairn_fat *fat, uint32_t *ret_n);

/* The root directory. */
void cairn_fat_root(struct cairn_fat *fat, struct cairn_fat_file *ret);

/*
 * cairn_fat_open() - a file or directory by its path.
 *
 * @dir: where a path begins that does not begin with a separator
 * @path: UTF-8, terminated. "." and ".." count, empty names do not; dots and spaces at the end of a
 * name do not count. *ret may be *dir.
 * Returns 0; -ENOENT: no such name, or ".." of the root; -ENOTDIR: a name on the way is no
 * directory; -ENAMETOOLONG; -EINVAL: not UTF-8; -EPROTO: the volume is broken there; or what the
 * disk returned. Reads each directory on the way up to its entry.
 */
CAIRN_MUST_USE int cairn_fat_open(const struct cairn_fat_file *dir, const char *path,
				  struct cairn_fat_file *ret);

/*
 * cairn_fat_next() - the next entry of a directory, but for "." and "..".
 *
 * @at: where; moves behind the entry. Entries may be added and deleted meanwhile: each that was
 * there all the time is given once.
 * @ret: a handle on the entry, open. Returns 1; 0: no more; -ENOTDIR; -ENOENT: the directory was
 * deleted; -EPROTO: the directory is broken here, and nothing behind can be read; or what the disk
 * returned.
 */
CAIRN_MUST_USE int cairn_fat_next(struct cairn_fat_file *dir, struct cairn_fat_cursor *at,
				  struct cairn_fat_file *ret);

/* Notice what other handles did: f->info is fresh. 0, -ENOENT, or what the disk returned. */
CAIRN_MUST_USE int cairn_fat_refresh(struct cairn_fat_file *f);

/*
 * cairn_fat_read() - bytes of a file.
 *
 * @ret_len: how many were read: fewer than len at the end of the file, 0 behind it
 * Returns 0; -EISDIR; -ENOENT: it was deleted; -EPROTO: its chain is broken; or what the disk
 * returned. Clusters that lie together are read at once. Going forward costs no more than the
 * entries of the table on the way; going back begins at the first cluster.
 */
CAIRN_MUST_USE int cairn_fat_read(struct cairn_fat_file *f, uint64_t off, void *dst, size_t len,
				  size_t *ret_len);

/* The file as a loader's image. Valid while f is, and while nobody changes the file's size. */
struct cairn_image cairn_fat_image(struct cairn_fat_file *f);

/*
 * What follows changes the volume, and may also return -EROFS: the disk cannot be written;
 * -EACCES: the file has CAIRN_FAT_READONLY (write, truncate, delete); -ENOSPC: no cluster or no
 * slot is free, and nothing was changed; -EIO and others from the disk: what was begun may be
 * half done, in the order that is described above.
 */

/*
 * cairn_fat_create() - a new, empty file, or a directory where attr has CAIRN_FAT_DIRECTORY.
 *
 * @path: as for open; all but the last name must be there. The last is kept as written, but for
 * dots and spaces at its end; where it is no short name itself, it gets one ("NAME~1.EXT").
 * @attr: of CAIRN_FAT_ATTR_SETTABLE and CAIRN_FAT_DIRECTORY
 * Returns 0; -EEXIST: a file or directory of that name is there; -EINVAL: a name with " * : < > ? |
 * or a control character, or empty, or another attr; otherwise as open.
 */
CAIRN_MUST_USE int cairn_fat_create(const struct cairn_fat_file *dir, const char *path,
				    uint8_t attr, struct cairn_fat_file *ret);

/*
 * cairn_fat_write() - bytes into a file, which grows as needed. What lies between its old end and
 * off reads as zeroes.
 *
 * Returns 0; -EISDIR; -EFBIG: it would be 4 GiB or more; or as above.
 */
CAIRN_MUST_USE int cairn_fat_write(struct cairn_fat_file *f, uint64_t off, const void *src,
				   size_t len);

/* A new size; what is added reads as zeroes. Returns as cairn_fat_write(). */
CAIRN_MUST_USE int cairn_fat_truncate(struct cairn_fat_file *f, uint64_t size_bytes);

/*
 * cairn_fat_rename() - another name, and perhaps another directory.
 *
 * @dir, @path: as for create. f goes on being the file.
 * In the same directory, where old and new name have room in one sector (which is nearly always),
 * it is one write of that sector. Otherwise the old name is deleted before the new is written: a
 * power cut between the two loses the file; the other order could leave two files that share their
 * clusters, and the next change of one would ruin the other.
 * Returns as create; -EINVAL also: f is the root, or would lie in itself; -ENOSPC before anything
 * is changed.
 */
CAIRN_MUST_USE int cairn_fat_rename(struct cairn_fat_file *f, const struct cairn_fat_file *dir,
				    const char *path);

/* The file is gone, and f with it. Returns 0; -ENOTEMPTY; -EINVAL: the root; or as above. */
CAIRN_MUST_USE int cairn_fat_delete(struct cairn_fat_file *f);

/*
 * cairn_fat_set_info() - attributes and times, from info; its name and size are not looked at.
 *
 * Returns 0; -EINVAL: attr beyond CAIRN_FAT_ATTR_SETTABLE (CAIRN_FAT_DIRECTORY as it is), a time
 * that cannot be kept, or the root; or as above.
 */
CAIRN_MUST_USE int cairn_fat_set_info(struct cairn_fat_file *f, const struct cairn_fat_info *info);

/*
 * cairn_fat_set_label() - the volume's label, in the root and in the boot sectors. "": none.
 *
 * @label: at most 11 characters of ASCII, none of " * + , . / : ; < = > ? [ \ ] |, not beginning
 * with a space; small letters become capitals.
 * Returns 0, and fat->label is what there is now; -EINVAL: another label; or as above. The root's
 * entry, which counts, is written first, by one write.
 */
CAIRN_MUST_USE int cairn_fat_set_label(struct cairn_fat *fat, const char *label);

#ifdef __cplusplus
}
#endif
#endif
