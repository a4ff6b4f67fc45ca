/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * disk.h - a raw disk image: a regular file or a block device, opened, locked and measured.
 *
 * A disk is opened on one thread; afterwards its geometry and fd may be read by any, and
 * cairn_disk_refresh() is the only call that changes something (the size, one word).
 */
#ifndef CAIRN_DISK_H
#define CAIRN_DISK_H

#include <cairn/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_SECTOR_BYTES 512u

/* What a user of the disk must know. Lengths and offsets are multiples of block_bytes. */
struct cairn_disk_geometry {
	uint64_t size_bytes;         /* a multiple of 512 (and of block_bytes) */
	uint32_t block_bytes;        /* smallest unit of access: 512 … 65536, a power of two */
	uint32_t physical_bytes;     /* unit without read-modify-write inside; >= block_bytes */
	uint32_t align_offset_bytes; /* of the first physical block; < physical_bytes */
	uint32_t io_min_bytes;       /* suggested smallest and best request; 0: no suggestion */
	uint32_t io_opt_bytes;
	uint32_t memory_align; /* of buffers, their lengths too; 1 unless direct */
	bool is_read_only;
	bool is_direct;   /* O_DIRECT: the host's page cache stays out of the way */
	bool is_device;   /* a block device, not a file */
	bool can_discard; /* gives space back to the host */
};

enum cairn_disk_flags {
	CAIRN_DISK_READ_ONLY = 1u << 0,
	CAIRN_DISK_DIRECT = 1u << 1,
	CAIRN_DISK_NO_LOCK = 1u << 2, /* for file systems without locks; the user answers for it */
	/* Wait a second for who has it: one that was killed keeps its disks until the kernel has
	 * taken its io_uring apart. */
	CAIRN_DISK_PATIENT = 1u << 3,
};

struct cairn_disk;

/*
 * cairn_disk_open() - open an image and lock it.
 *
 * One writer, or any number of readers: an open file description lock on the whole file; a block
 * device opened for writing is claimed from the kernel too, so that it is not mounted. The lock
 * goes with cairn_disk_close() and with the process.
 *
 * Returns 0, or a negative errno with err->what and err->detail (file name, reason): the host's for
 * open; -EBUSY: in use by another (a writer, or readers when this one wants to write);
 * -EINVAL: neither file nor block device, size 0 or no multiple of 512 (or, direct, of the block
 * size), direct not possible on this file system.
 * The fd is close-on-exec. Only with CAIRN_DISK_PATIENT the thread may sleep.
 */
CAIRN_MUST_USE int cairn_disk_open(const char *path, uint32_t flags, struct cairn_disk **ret,
				   struct cairn_err *err);
/* NULL is allowed. No engine uses the disk any more. */
void cairn_disk_close(struct cairn_disk *d);

/* A copy, with the size of now. */
struct cairn_disk_geometry cairn_disk_geometry(const struct cairn_disk *d);
/* The size alone. Any thread. */
uint64_t cairn_disk_size_bytes(const struct cairn_disk *d);
/* The disk's own fd, for engines and sandboxes. */
int cairn_disk_fd(const struct cairn_disk *d);

/*
 * cairn_disk_refresh() - measure the size again (the file was grown or cut, the volume resized).
 *
 * Returns 1 (changed), 0 (as before), -EINVAL (0, or no multiple of the block size: the old size
 * stays), or the host's errno. Any thread, one at a time.
 */
CAIRN_MUST_USE int cairn_disk_refresh(struct cairn_disk *d, struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
