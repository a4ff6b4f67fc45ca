/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* probe.c - block size, alignment and abilities of what an image lies on. */
#include "block.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#define MAX_BLOCK 65536u

static bool is_block_size(uint64_t v)
{
	return cairn_is_pow2(v) && v >= CAIRN_SECTOR_BYTES && v <= MAX_BLOCK;
}

static int probe_device(struct cairn_disk *d, const char *path, struct cairn_err *err)
{
	struct cairn_disk_geometry *g = &d->geometry;
	unsigned int physical = 0, min = 0, opt = 0;
	int logical = 0, offset = 0;

	if (ioctl(d->fd, BLKSSZGET, &logical) < 0)
		return cairn_disk_err_(err, errno, "cannot read the device's block size", path);
	if (logical < 0 || !is_block_size((uint64_t)logical))
		return cairn_disk_err_(err, EINVAL, "block size of device is not 512 to 65536",
				       path);
	g->block_bytes = (uint32_t)logical;
	g->physical_bytes = g->block_bytes;
	/* Hints: a device that does not know them is as good. */
	if (ioctl(d->fd, BLKPBSZGET, &physical) == 0 && cairn_is_pow2(physical) &&
	    physical > g->block_bytes)
		g->physical_bytes = physical;
	if (ioctl(d->fd, BLKALIGNOFF, &offset) == 0 && offset > 0 &&
	    (uint32_t)offset < g->physical_bytes)
		g->align_offset_bytes = (uint32_t)offset;
	if (ioctl(d->fd, BLKIOMIN, &min) == 0)
		g->io_min_bytes = min;
	if (ioctl(d->fd, BLKIOOPT, &opt) == 0)
		g->io_opt_bytes = opt;
	g->memory_align = g->is_direct ? g->block_bytes : 1;
	g->can_discard = !g->is_read_only;
	return 0;
}

/* Kernels before 6.1 do not tell: read until it works. */
static uint32_t try_direct(int fd)
{
	uint32_t found = 0;
	void *buf = NULL;

	if (posix_memalign(&buf, 4096, 4096) != 0)
		return 0;
	for (uint32_t size = CAIRN_SECTOR_BYTES; size <= 4096 && !found; size *= 2)
		if (pread(fd, buf, size, 0) >= 0)
			found = size;
	free(buf);
	return found;
}

static int probe_direct(struct cairn_disk *d, const char *path, struct cairn_err *err)
{
	struct cairn_disk_geometry *g = &d->geometry;
	uint32_t align;
	struct statx x;

	if (statx(d->fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &x) == 0 &&
	    x.stx_mask & STATX_DIOALIGN && is_block_size(x.stx_dio_offset_align) &&
	    cairn_is_pow2(x.stx_dio_mem_align)) {
		g->block_bytes = x.stx_dio_offset_align;
		g->memory_align = x.stx_dio_mem_align;
		return 0;
	}
	align = try_direct(d->fd);
	if (!align)
		return cairn_disk_err_(err, EINVAL, "no direct access on this file system", path);
	g->block_bytes = align;
	g->memory_align = align;
	return 0;
}

static int probe_file(struct cairn_disk *d, const char *path, struct cairn_err *err)
{
	struct cairn_disk_geometry *g = &d->geometry;
	struct stat st;
	off_t beyond;

	if (fstat(d->fd, &st) < 0)
		return cairn_disk_err_(err, errno, "cannot examine disk image", path);
	g->block_bytes = CAIRN_SECTOR_BYTES;
	g->memory_align = 1;
	if (g->is_direct) {
		int r = probe_direct(d, path, err);

		if (r < 0)
			return r;
	}
	/* What the page cache and most file systems work in. */
	g->physical_bytes = g->block_bytes > 4096 ? g->block_bytes : 4096;
	/* Punching what lies beyond the end changes nothing, and says whether it can be done. */
	if (g->is_read_only || __builtin_add_overflow(st.st_size, 1 << 20, &beyond))
		return 0;
	beyond &= ~(off_t)0xfffff;
	g->can_discard =
	    fallocate(d->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, beyond, 4096) == 0;
	return 0;
}

int cairn_disk_probe_(struct cairn_disk *d, const char *path, struct cairn_err *err)
{
	return d->geometry.is_device ? probe_device(d, path, err) : probe_file(d, path, err);
}
