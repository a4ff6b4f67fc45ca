/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* fs.h - files of a volume, whichever file system it has. Paths have "\" between their names. */
#ifndef FW_BOOT_FS_H
#define FW_BOOT_FS_H

#include <fw/efi_boot.h>

#define FW_FS_NAME_MAX CAIRN_FAT_NAME_BYTES /* with the NUL */
#define FW_FS_PATH_MAX 1024u                /* bytes with the NUL */

struct fw_fs_file {
	bool is_fat, is_dir;
	uint64_t bytes;
	struct cairn_fat_file fat;
	struct cairn_ext4_file ext4;
};

/* Where a listing stands. All zero: at its beginning. */
struct fw_fs_cursor {
	struct cairn_fat_cursor fat;
	struct cairn_ext4_cursor ext4;
};

/*
 * fw_fs_open() - a file or directory, from the root of the volume.
 *
 * Returns 0; -ENODEV: no file system that is known; -ENAMETOOLONG: FW_FS_PATH_MAX; or what
 * cairn_fat_open() and cairn_ext4_open() return.
 */
CAIRN_MUST_USE int fw_fs_open(const struct fw_efi_volume *v, const char *path,
			      struct fw_fs_file *ret);
/* The next name in a directory. Returns 1; 0: no more; or what the file system returned. */
CAIRN_MUST_USE int fw_fs_next(struct fw_fs_file *dir, struct fw_fs_cursor *at,
			      char ret_name[FW_FS_NAME_MAX]);
/* Its bytes; valid while f is. */
struct cairn_image fw_fs_image(struct fw_fs_file *f);
/* A name in a directory. Returns 0, or -ENAMETOOLONG. */
CAIRN_MUST_USE int fw_fs_join(const char *dir, const char *name, char ret_path[FW_FS_PATH_MAX]);
/*
 * fw_fs_rename() - another name in the same directory, and all of it on the disk.
 *
 * Returns 0; -EROFS: the disk is, or the file system is one that is only read; or what
 * cairn_fat_rename() returned.
 */
CAIRN_MUST_USE int fw_fs_rename(const struct fw_efi_volume *v, const char *dir, const char *from,
				const char *to);

#endif
