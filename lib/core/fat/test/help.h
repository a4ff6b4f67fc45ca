/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* help.h - volumes that mkfs.vfat makes, and what its fsck and mtools say of ours. */
#ifndef FAT_TEST_HELP_H
#define FAT_TEST_HELP_H

#include <cairn/fat.h>
#include <cairn/image_rig.h>

struct vol {
	struct cairn_rig_dir dir;
	struct cairn_rig_disk disk;
	struct cairn_fat fat;
	struct cairn_fat_file root;
};

/*
 * Options of mkfs.vfat: every kind of table, sector and cluster. The first N_MTOOLS are also what
 * mtools reads: it takes a FAT32 of few clusters for something else.
 */
extern const char *const forms[];
extern const size_t n_forms;
#define N_MTOOLS 6

/* Skips the test, and says why, where the tools are absent. */
void need_tools(void);
/* A volume of this form after `script` has worked on the file img, mounted. */
void vol_make(struct vol *v, const char *form, const char *script);
void vol_mount(struct vol *v);
void vol_fini(struct vol *v);
struct cairn_fat_disk vol_disk(struct vol *v);

/* Flushes; then fsck.vfat finds nothing. */
void expect_clean(struct vol *v);
/* fsck.vfat -n of the disk as it is: its exit status; what it said is in the folder's log. */
int fsck(struct vol *v);
/* mtools reads these bytes from a path. */
void expect_mtools(struct vol *v, const char *path, const uint8_t *bytes, size_t len);
/* We do. */
void expect_bytes(struct vol *v, const char *path, const uint8_t *bytes, size_t len);

/* Bytes that differ by seed and place. */
void fill(uint8_t *bytes, size_t len, uint32_t seed);
void put_file(struct vol *v, const char *path, const uint8_t *bytes, size_t len);
struct cairn_fat_file open_file(struct vol *v, const char *path);

#endif
