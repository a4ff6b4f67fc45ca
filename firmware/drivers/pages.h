/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pages.h - memory for drivers: whole pages that an operating system gets back at the end. */
#ifndef FW_PAGES_H
#define FW_PAGES_H

#include <fw/memory.h>

/* Zeroed. Returns 0 or -ENOMEM. */
CAIRN_MUST_USE int fw_pages_take_(uint64_t bytes, void **ret);
/* The same, with whatever is there: for what is written before it is read. */
CAIRN_MUST_USE int fw_pages_take_raw_(uint64_t bytes, void **ret);
/* Pages of either for as many bytes. NULL is allowed. */
void fw_pages_give_(void *pages, uint64_t bytes);

static inline uint64_t fw_address_(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

#endif
