/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* mapping.h - the inside of a mapping, shared by mapping.c and guard.c. */
#ifndef CAIRN_HOSTMEM_MAPPING_INTERNAL_H
#define CAIRN_HOSTMEM_MAPPING_INTERNAL_H

#include <cairn/hostmem.h>

struct cairn_mapping {
	unsigned int refs; /* atomic */
	bool broken;       /* atomic; set in a signal handler */
	int fd;
	uint64_t fd_offset, len_bytes; /* as asked for */
	size_t delta;                  /* from base to the first byte asked for */
	/* what mmap gave: whole pages, immutable */
	uint8_t *base;
	size_t base_len, page_bytes; /* page of the file system: large for hugetlb */
	int prot;
	bool wants_small; /* no transparent huge pages */
};

/* The SIGBUS handler finds mappings through these. Any thread. Returns 0 or -ENOSPC. */
CAIRN_MUST_USE int cairn_hostmem_guard_add_(struct cairn_mapping *m);
void cairn_hostmem_guard_del_(struct cairn_mapping *m);

#endif
