/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* mapping.c - one mmap, counted. Never executable. */
#include "mapping.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mman.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x8u /* Linux 6.3; older kernels refuse it */
#endif

#define HUGE_BYTES (UINT64_C(2) << 20) /* what transparent huge pages want to be aligned to */

/* errno, with the host's own words as detail. */
static int host_err(struct cairn_err *err, const char *what, uint64_t at)
{
	int code = errno;
	int r = cairn_err_set(err, code, what, at);

	errno = code;
	if (err)
		snprintf(err->detail, sizeof(err->detail), "%m");
	return r;
}

static size_t system_page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static void mapping_free(struct cairn_mapping *m)
{
	cairn_hostmem_guard_del_(m); /* before the addresses can be somebody else's */
	if (m->base)
		munmap(m->base, m->base_len);
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}

static struct cairn_mapping *mapping_alloc(void)
{
	struct cairn_mapping *m = calloc(1, sizeof(*m));

	if (m) {
		m->refs = 1;
		m->fd = -1;
	}
	return m;
}

/* Address space of len bytes, aligned to huge pages, mapped to nothing. MAP_FAILED, errno set. */
static uint8_t *reserve(size_t len, size_t align)
{
	uint8_t *p, *start;

	if (len > SIZE_MAX - align) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	p = mmap(NULL, len + align, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return p;
	start = p + (-(uintptr_t)p & (align - 1));
	if (start > p)
		munmap(p, (size_t)(start - p));
	if (start < p + align)
		munmap(start + len, (size_t)(p + align - start));
	return start;
}

/* Why there is no memory of the pool, from errno. */
static int no_pool(const struct cairn_mapping *m, struct cairn_err *err)
{
	size_t kib = m->page_bytes >> 10;
	int r = errno == EINVAL
		    ? cairn_err_set(err, ENOTSUP, "the host has no huge pages of this size", 0)
		    : cairn_err_set(err, ENOMEM, "the host's pool has too few free huge pages",
				    m->base_len);

	if (err && r == -ENOMEM)
		snprintf(err->detail, sizeof(err->detail),
			 "%zu are needed; /sys/kernel/mm/hugepages/hugepages-%zukB/nr_hugepages "
			 "makes them",
			 m->base_len / m->page_bytes, kib);
	return r;
}

/* Maps m->base_len bytes of m->fd from off, and tells the guard. */
static int map(struct cairn_mapping *m, uint64_t off, int flags, struct cairn_err *err)
{
	size_t align = m->page_bytes > HUGE_BYTES ? m->page_bytes : HUGE_BYTES;
	uint8_t *room = reserve(m->base_len, align);
	/* Pages of the pool are reserved: their lack is known now, and not in the guest. */
	int more = MAP_FIXED | (flags & MAP_HUGETLB ? 0 : MAP_NORESERVE);
	void *p;

	if (room == MAP_FAILED)
		return host_err(err, "no address space for guest memory", m->base_len);
	p = mmap(room, m->base_len, m->prot, flags | more, m->fd, (off_t)off);
	if (p == MAP_FAILED) {
		int r = flags & MAP_HUGETLB ? no_pool(m, err)
					    : host_err(err, "cannot map guest memory", off);

		munmap(room, m->base_len);
		return r;
	}
	m->base = p;
	/* A wish: kernels without it give small pages. */
	(void)madvise(m->base, m->base_len, m->wants_small ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	if (cairn_hostmem_guard_add_(m) < 0)
		return cairn_err_set(err, ENOSPC, "too many mappings in this process", 0);
	return 0;
}

static int memfd(void)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("cairn-guest", flags | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("cairn-guest", flags);
	return fd;
}

static int make_file(struct cairn_mapping *m, uint64_t len, struct cairn_err *err)
{
	m->fd = memfd();
	if (m->fd < 0)
		return host_err(err, "cannot create guest memory", len);
	if (fchmod(m->fd, 0600) < 0 || ftruncate(m->fd, (off_t)len) < 0)
		return host_err(err, "cannot size guest memory", len);
	/* Whoever gets the fd passed on can not take pages away under us. */
	if (fcntl(m->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return host_err(err, "cannot seal guest memory", len);
	return 0;
}

static int fill_shared(struct cairn_mapping *m, struct cairn_err *err)
{
	int r = make_file(m, m->len_bytes, err);

	return r < 0 ? r : map(m, 0, MAP_SHARED, err);
}

/* The pool of huge pages, as mmap takes it: the logarithm of their size. */
static int pool_flags(const struct cairn_mapping *m)
{
	return m->page_bytes > system_page_bytes()
		   ? MAP_HUGETLB | __builtin_ctzll(m->page_bytes) << MAP_HUGE_SHIFT
		   : 0;
}

/* Give the mapping to the caller, or undo it. */
static int finish(struct cairn_mapping *m, int r, struct cairn_mapping **ret)
{
	if (r < 0)
		mapping_free(m);
	else
		*ret = m;
	return r;
}

/* len bytes in pages of page_bytes, to be filled in. NULL with *ret_r set on failure. */
static struct cairn_mapping *prepare(uint64_t len, size_t page_bytes, int *ret_r,
				     struct cairn_err *err)
{
	struct cairn_mapping *m = NULL;

	if (!len || len % page_bytes || len > INT64_MAX) {
		*ret_r =
		    cairn_err_set(err, EINVAL, "length is not a multiple of the page size", len);
		return NULL;
	}
	m = mapping_alloc();
	if (!m) {
		*ret_r = cairn_err_set(err, ENOMEM, "out of memory", 0);
		return NULL;
	}
	m->len_bytes = len;
	m->base_len = (size_t)len;
	m->page_bytes = page_bytes;
	m->prot = PROT_READ | PROT_WRITE;
	return m;
}

int cairn_mapping_new(uint64_t len_bytes, struct cairn_mapping **ret, struct cairn_err *err)
{
	int r = 0;
	struct cairn_mapping *m = prepare(len_bytes, system_page_bytes(), &r, err);

	return m ? finish(m, fill_shared(m, err), ret) : r;
}

static size_t bytes_of(enum cairn_pages pages)
{
	switch (pages) {
	case CAIRN_PAGES_2M:
		return (size_t)2 << 20;
	case CAIRN_PAGES_1G:
		return (size_t)1 << 30;
	default:
		return system_page_bytes();
	}
}

int cairn_mapping_new_private(uint64_t len_bytes, enum cairn_pages pages,
			      struct cairn_mapping **ret, struct cairn_err *err)
{
	int r = 0;
	struct cairn_mapping *m = prepare(len_bytes, bytes_of(pages), &r, err);

	if (!m)
		return r;
	m->wants_small = pages == CAIRN_PAGES_SMALL;
	return finish(m, map(m, 0, MAP_PRIVATE | MAP_ANONYMOUS | pool_flags(m), err), ret);
}

/* The unit in which a file can be mapped. 0 with errno set on failure. */
static size_t page_bytes_of(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return 0;
	if (fs.f_type == HUGETLBFS_MAGIC)
		return (size_t)fs.f_bsize;
	return system_page_bytes();
}

static int check_file(int fd, uint64_t offset, uint64_t len, struct cairn_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return host_err(err, "cannot look at the file of guest memory", 0);
	if (!S_ISREG(st.st_mode))
		return cairn_err_set(err, EINVAL, "guest memory is not a regular file", 0);
	if (!len)
		return cairn_err_set(err, EINVAL, "guest memory of length 0", 0);
	if (!cairn_in_range(offset, len, (uint64_t)st.st_size))
		return cairn_err_set(err, EINVAL, "guest memory beyond the end of its file",
				     offset);
	return 0;
}

static int fill_of_fd(struct cairn_mapping *m, int fd, uint32_t flags, struct cairn_err *err)
{
	uint64_t start, end;

	m->page_bytes = page_bytes_of(fd);
	if (!m->page_bytes)
		return host_err(err, "cannot look at the file system of guest memory", 0);
	m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (m->fd < 0)
		return host_err(err, "cannot duplicate the file of guest memory", 0);
	start = cairn_align_down(m->fd_offset, m->page_bytes);
	if (!cairn_align_up(m->fd_offset + m->len_bytes, m->page_bytes, &end) ||
	    end - start > SIZE_MAX / 2)
		return cairn_err_set(err, EINVAL, "guest memory too long", m->len_bytes);
	m->delta = (size_t)(m->fd_offset - start);
	m->base_len = (size_t)(end - start);
	m->prot = PROT_READ | (flags & CAIRN_MAPPING_READ_ONLY ? 0 : PROT_WRITE);
	return map(m, start, flags & CAIRN_MAPPING_PRIVATE ? MAP_PRIVATE : MAP_SHARED, err);
}

int cairn_mapping_of_fd(int fd, uint64_t offset, uint64_t len_bytes, uint32_t flags,
			struct cairn_mapping **ret, struct cairn_err *err)
{
	struct cairn_mapping *m;
	int r;

	if (flags & ~(uint32_t)(CAIRN_MAPPING_READ_ONLY | CAIRN_MAPPING_PRIVATE))
		return cairn_err_set(err, EINVAL, "unknown mapping flag", flags);
	r = check_file(fd, offset, len_bytes, err);
	if (r < 0)
		return r;
	m = mapping_alloc();
	if (!m)
		return cairn_err_set(err, ENOMEM, "out of memory", 0);
	m->fd_offset = offset;
	m->len_bytes = len_bytes;
	return finish(m, fill_of_fd(m, fd, flags, err), ret);
}

void cairn_mapping_expect_sparse(struct cairn_mapping *m, uint64_t offset, uint64_t len_bytes)
{
	if (cairn_in_range(offset, len_bytes, m->len_bytes))
		(void)madvise(m->base + m->delta + offset, (size_t)len_bytes, MADV_NOHUGEPAGE);
}

struct cairn_mapping *cairn_mapping_get(struct cairn_mapping *m)
{
	__atomic_add_fetch(&m->refs, 1, __ATOMIC_RELAXED);
	return m;
}

void cairn_mapping_put(struct cairn_mapping *m)
{
	if (m && __atomic_sub_fetch(&m->refs, 1, __ATOMIC_ACQ_REL) == 0)
		mapping_free(m);
}

void *cairn_mapping_host(const struct cairn_mapping *m)
{
	return m->base + m->delta;
}

uint64_t cairn_mapping_len(const struct cairn_mapping *m)
{
	return m->len_bytes;
}

int cairn_mapping_fd(const struct cairn_mapping *m)
{
	return m->fd;
}

uint64_t cairn_mapping_fd_offset(const struct cairn_mapping *m)
{
	return m->fd_offset;
}

bool cairn_mapping_is_read_only(const struct cairn_mapping *m)
{
	return !(m->prot & PROT_WRITE);
}

bool cairn_mapping_is_broken(const struct cairn_mapping *m)
{
	return __atomic_load_n(&m->broken, __ATOMIC_ACQUIRE);
}
