/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hostmem.h - guest memory made of host memory: counted mappings, and immutable views over them.
 *
 * A mapping is one mmap of a file, memfd or hugetlb file. A view is an address map over mappings
 * (struct cairn_mem, for the core components); it never changes. To change what a guest sees, make
 * another view and hand it on; the old one lives until its last user puts it, and with it its
 * mappings. Reference counts are atomic; everything else is immutable: any thread.
 *
 * A file that is truncated while mapped must not kill the process: cairn_hostmem_guard() turns the
 * SIGBUS into a page of zeroes and marks the mapping broken, which cairn_memview_is_broken() tells.
 * Nothing is ever mapped executable.
 */
#ifndef CAIRN_HOSTMEM_H
#define CAIRN_HOSTMEM_H

#include <cairn/mem.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_mapping;
struct cairn_memview;

enum cairn_mapping_flags {
	CAIRN_MAPPING_READ_ONLY = 1u << 0,
	CAIRN_MAPPING_PRIVATE = 1u << 1, /* copy on write instead of shared */
};

/*
 * Anonymous shared memory: a memfd of its own, sealed against shrinking, not reserved, with
 * transparent huge pages asked for. len_bytes is a multiple of the page size.
 * Returns 0; -EINVAL (length 0 or unaligned); -ENOSPC (4096 mappings exist); -ENOMEM and others
 * from the host, with err. One mmap; pages come when touched.
 */
CAIRN_MUST_USE int cairn_mapping_new(uint64_t len_bytes, struct cairn_mapping **ret,
				     struct cairn_err *err);
enum cairn_pages {
	CAIRN_PAGES_TRANSPARENT, /* huge ones where the host has them at hand */
	CAIRN_PAGES_SMALL,       /* only the system's page size */
	CAIRN_PAGES_2M,          /* of the host's pool (hugetlb); taken from it now, all of them */
	CAIRN_PAGES_1G,
};
/*
 * The same without a file: memory for this process alone, whose fd is -1. Linux gives huge pages to
 * such memory by default, and to a memfd only where shmem_enabled has been changed. len_bytes is a
 * multiple of what the pages are.
 * Returns as above; -ENOMEM also when the pool has too few free pages, -ENOTSUP when the host has
 * no pages of that size.
 */
CAIRN_MUST_USE int cairn_mapping_new_private(uint64_t len_bytes, enum cairn_pages pages,
					     struct cairn_mapping **ret, struct cairn_err *err);
/*
 * A part of a file somebody else made. The fd is duplicated. offset need not be aligned to pages;
 * the mapping starts exactly there. Refused: what is not a regular file or memfd, a range beyond
 * the end of the file (-EINVAL), a length of 0.
 */
CAIRN_MUST_USE int cairn_mapping_of_fd(int fd, uint64_t offset, uint64_t len_bytes, uint32_t flags,
				       struct cairn_mapping **ret, struct cairn_err *err);
/*
 * cairn_mapping_expect_sparse() - little of a part of the mapping will be touched.
 *
 * It gets small pages: a huge one would be zeroed whole at its first touch. To be said before that
 * touch. A wish: what is not whole pages inside the mapping, or not the host's to choose, stays as
 * it is. One system call.
 */
void cairn_mapping_expect_sparse(struct cairn_mapping *m, uint64_t offset, uint64_t len_bytes);
struct cairn_mapping *cairn_mapping_get(struct cairn_mapping *m);
void cairn_mapping_put(struct cairn_mapping *m); /* NULL is allowed */
void *cairn_mapping_host(const struct cairn_mapping *m);
uint64_t cairn_mapping_len(const struct cairn_mapping *m);
int cairn_mapping_fd(const struct cairn_mapping *m); /* its own, for passing on; -1: none */
uint64_t cairn_mapping_fd_offset(const struct cairn_mapping *m);
bool cairn_mapping_is_read_only(const struct cairn_mapping *m);
bool cairn_mapping_is_broken(const struct cairn_mapping *m); /* SIGBUS was met in it */

struct cairn_memview_part {
	cairn_gpa at;
	struct cairn_mapping *mapping; /* the view takes a reference of its own */
	uint64_t offset, len_bytes;    /* the part of the mapping seen at `at` */
	uint32_t flags;                /* enum cairn_mem_flags; a read-only mapping adds its own */
};

#define CAIRN_MEMVIEW_MAX_PARTS 512

/* Parts in any order; mapping may be NULL where LENT. Returns 0, -EINVAL (overlap, outside the
 * mapping, too many, unknown flag), -ENOMEM. */
CAIRN_MUST_USE int cairn_memview_new(const struct cairn_memview_part *parts, size_t n,
				     struct cairn_memview **ret, struct cairn_err *err);
struct cairn_memview *cairn_memview_get(struct cairn_memview *v);
void cairn_memview_put(struct cairn_memview *v); /* NULL is allowed */
const struct cairn_mem *cairn_memview_mem(const struct cairn_memview *v);
/* The parts, sorted by address. *ret_n of them; valid as long as the view. */
const struct cairn_memview_part *cairn_memview_parts(const struct cairn_memview *v, size_t *ret_n);
bool cairn_memview_is_broken(const struct cairn_memview *v);

/* Install the process-wide SIGBUS handler, once, by the program; faults outside any mapping go to
 * the default action. Returns 0 or a negative errno of sigaction. */
CAIRN_MUST_USE int cairn_hostmem_guard(void);

#ifdef __cplusplus
}
#endif
#endif
