/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* disk.c - open an image, keep others away from it, and say what it is. */
#include "block.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>

enum { PATIENT_TRIES = 20, PATIENT_PAUSE_MS = 50 };

int cairn_disk_err_(struct cairn_err *err, int code, const char *what, const char *path)
{
	int r = cairn_err_set(err, code, what, 0);

	if (err)
		snprintf(err->detail, sizeof(err->detail), "%s: %s", path, strerrordesc_np(code));
	return r;
}

static int open_fd(const char *path, uint32_t flags, struct cairn_err *err)
{
	int mode = flags & CAIRN_DISK_READ_ONLY ? O_RDONLY : O_RDWR;
	struct stat st;
	int fd;

	if (flags & CAIRN_DISK_DIRECT)
		mode |= O_DIRECT;
	/* O_EXCL claims a block device from the kernel, so that it is not mounted; without O_CREAT
	 * it means nothing for files. O_NONBLOCK: do not hang in the open of a FIFO. */
	if (!(flags & CAIRN_DISK_READ_ONLY) && stat(path, &st) == 0 && S_ISBLK(st.st_mode))
		mode |= O_EXCL;
	fd = open(path, mode | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		return fd;
	if (errno == EBUSY)
		return cairn_disk_err_(err, EBUSY, "block device is mounted or claimed", path);
	if (errno == EINVAL && flags & CAIRN_DISK_DIRECT)
		return cairn_disk_err_(err, EINVAL, "no direct access on this file system", path);
	return cairn_disk_err_(err, errno, "cannot open disk image", path);
}

static int check_kind(struct cairn_disk *d, const char *path, struct cairn_err *err)
{
	struct stat st;
	int flags;

	if (fstat(d->fd, &st) < 0)
		return cairn_disk_err_(err, errno, "cannot examine disk image", path);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return cairn_disk_err_(err, EINVAL, "disk is neither a file nor a block device",
				       path);
	d->geometry.is_device = S_ISBLK(st.st_mode);
	/* io_uring would pass -EAGAIN on to us instead of waiting. */
	flags = fcntl(d->fd, F_GETFL);
	if (flags < 0 || fcntl(d->fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return cairn_disk_err_(err, errno, "cannot set up disk image", path);
	return 0;
}

static int lock(struct cairn_disk *d, const char *path, struct cairn_err *err)
{
	struct flock l = {
		.l_type = d->geometry.is_read_only ? F_RDLCK : F_WRLCK,
		.l_whence = SEEK_SET,
	};

	if (fcntl(d->fd, F_OFD_SETLK, &l) == 0)
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return cairn_disk_err_(err, errno, "cannot lock disk image", path);
	if (d->geometry.is_read_only)
		return cairn_disk_err_(err, EBUSY, "disk image is being written by another process",
				       path);
	return cairn_disk_err_(err, EBUSY,
			       "disk image is in use by another process (open it read-only in both "
			       "to share it)",
			       path);
}

int cairn_disk_measure_(const struct cairn_disk *d, uint64_t *ret_bytes, struct cairn_err *err)
{
	uint64_t size = 0;
	struct stat st;

	if (d->geometry.is_device) {
		if (ioctl(d->fd, BLKGETSIZE64, &size) < 0)
			return cairn_err_set(err, errno, "cannot read the device's size", 0);
	} else {
		if (fstat(d->fd, &st) < 0)
			return cairn_err_set(err, errno, "cannot read the image's size", 0);
		size = (uint64_t)st.st_size;
	}
	if (size == 0)
		return cairn_err_set(err, EINVAL, "disk image is empty", 0);
	if (size % d->geometry.block_bytes)
		return cairn_err_set(err, EINVAL,
				     "size of disk image is no multiple of its block "
				     "size",
				     size);
	*ret_bytes = size;
	return 0;
}

static int set_up(struct cairn_disk *d, const char *path, uint32_t flags, struct cairn_err *err)
{
	uint64_t size;
	int r = check_kind(d, path, err);

	if (r == 0 && !(flags & CAIRN_DISK_NO_LOCK))
		r = lock(d, path, err);
	if (r == 0)
		r = cairn_disk_probe_(d, path, err);
	if (r < 0)
		return r;
	r = cairn_disk_measure_(d, &size, err);
	if (r < 0) {
		if (err)
			snprintf(err->detail, sizeof(err->detail), "%s: %llu bytes", path,
				 (unsigned long long)err->at);
		return r;
	}
	d->geometry.size_bytes = size;
	d->zeroes =
	    mmap(NULL, CAIRN_BLOCK_ZEROES_BYTES_, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (d->zeroes == MAP_FAILED) {
		d->zeroes = NULL;
		return cairn_disk_err_(err, errno, "no memory", path);
	}
	return 0;
}

static int open_once(const char *path, uint32_t flags, struct cairn_disk **ret,
		     struct cairn_err *err)
{
	struct cairn_disk *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return cairn_disk_err_(err, ENOMEM, "no memory", path);
	d->geometry.is_read_only = flags & CAIRN_DISK_READ_ONLY;
	d->geometry.is_direct = flags & CAIRN_DISK_DIRECT;
	d->fd = r = open_fd(path, flags, err);
	if (r >= 0)
		r = set_up(d, path, flags, err);
	if (r < 0) {
		cairn_disk_close(d);
		return r;
	}
	*ret = d;
	return 0;
}

int cairn_disk_open(const char *path, uint32_t flags, struct cairn_disk **ret,
		    struct cairn_err *err)
{
	const struct timespec pause = { .tv_nsec = PATIENT_PAUSE_MS * 1000000L };
	uint32_t more = flags & CAIRN_DISK_PATIENT ? PATIENT_TRIES : 0;
	int r = open_once(path, flags, ret, err);

	for (; r == -EBUSY && more; more--) {
		nanosleep(&pause, NULL);
		r = open_once(path, flags, ret, err);
	}
	return r;
}

void cairn_disk_close(struct cairn_disk *d)
{
	if (!d)
		return;
	if (d->zeroes)
		munmap(d->zeroes, CAIRN_BLOCK_ZEROES_BYTES_);
	if (d->fd >= 0)
		close(d->fd);
	free(d);
}

uint64_t cairn_disk_size_bytes(const struct cairn_disk *d)
{
	return __atomic_load_n(&d->geometry.size_bytes, __ATOMIC_RELAXED);
}

struct cairn_disk_geometry cairn_disk_geometry(const struct cairn_disk *d)
{
	struct cairn_disk_geometry g = {
		.size_bytes = cairn_disk_size_bytes(d),
		.block_bytes = d->geometry.block_bytes,
		.physical_bytes = d->geometry.physical_bytes,
		.align_offset_bytes = d->geometry.align_offset_bytes,
		.io_min_bytes = d->geometry.io_min_bytes,
		.io_opt_bytes = d->geometry.io_opt_bytes,
		.memory_align = d->geometry.memory_align,
		.is_read_only = d->geometry.is_read_only,
		.is_direct = d->geometry.is_direct,
		.is_device = d->geometry.is_device,
		.can_discard = d->geometry.can_discard,
	};

	return g;
}

int cairn_disk_fd(const struct cairn_disk *d)
{
	return d->fd;
}

int cairn_disk_refresh(struct cairn_disk *d, struct cairn_err *err)
{
	uint64_t size = 0;
	int r = cairn_disk_measure_(d, &size, err);

	if (r < 0)
		return r;
	if (size == cairn_disk_size_bytes(d))
		return 0;
	__atomic_store_n(&d->geometry.size_bytes, size, __ATOMIC_RELAXED);
	return 1;
}
