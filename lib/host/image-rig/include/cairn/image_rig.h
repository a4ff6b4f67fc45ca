/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * image_rig.h - for tests of disk formats: images that other programs make, and a disk in memory
 * that loses its power when it is told to.
 */
#ifndef CAIRN_IMAGE_RIG_H
#define CAIRN_IMAGE_RIG_H

#include <cairn/env.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A folder of its own below /tmp. init returns 0 or a negative errno. fini removes it and what is
 * in it, and accepts one that was never made.
 */
struct cairn_rig_dir {
	char path[32];
};
CAIRN_MUST_USE int cairn_rig_dir_init(struct cairn_rig_dir *d);
void cairn_rig_dir_fini(struct cairn_rig_dir *d);

/* Whether a program is found in PATH, /usr/sbin or /sbin. No side effect. */
bool cairn_rig_has(const char *program);

/*
 * cairn_rig_run() - runs a script by `sh -e` in the folder, its output into the file `log` there.
 *
 * PATH has the sbin folders; mtools reads no configuration of the user's. Returns the exit status,
 * 128 for a signal, or a negative errno.
 */
CAIRN_MUST_USE int cairn_rig_run(const struct cairn_rig_dir *d, const char *script);

/*
 * A disk, a copy of a file of the folder, or zeroes. Reading and writing beyond its end aborts:
 * what is tested promised to ask for what is there. One thread.
 */
struct cairn_rig_disk {
	uint8_t *bytes;
	size_t len_bytes;
	uint64_t reads, writes, flushes; /* counted */
	uint64_t writes_left; /* then the power is gone: writes say 0 and change nothing */
	uint64_t reads_left;  /* then reads fail with -EIO */
	uint64_t fail_write;  /* the write of this number (from 1) fails with -EIO; 0: none */
};

/* Return 0 or a negative errno. fini accepts a disk of zeroes. */
CAIRN_MUST_USE int cairn_rig_disk_init(struct cairn_rig_disk *k, size_t len_bytes);
CAIRN_MUST_USE int cairn_rig_disk_load(struct cairn_rig_disk *k, const struct cairn_rig_dir *d,
				       const char *file);
CAIRN_MUST_USE int cairn_rig_disk_store(const struct cairn_rig_disk *k,
					const struct cairn_rig_dir *d, const char *file);
void cairn_rig_disk_fini(struct cairn_rig_disk *k);

/* ctx is the disk. They have the form that images and disks of lib/core ask for. */
int cairn_rig_disk_read_at(void *ctx, uint64_t off, void *dst, size_t len);
int cairn_rig_disk_write_at(void *ctx, uint64_t off, const void *src, size_t len);
int cairn_rig_disk_flush(void *ctx);

#ifdef __cplusplus
}
#endif
#endif
