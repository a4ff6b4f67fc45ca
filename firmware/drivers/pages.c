/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "pages.h"

#include <fw/platform.h>

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + FW_PAGE_BYTES - 1) / FW_PAGE_BYTES;
}

int fw_pages_take_raw_(uint64_t bytes, void **ret)
{
	uint64_t at;
	int r = fw_memory_alloc(&fw_platform.memory, FW_WHERE_ANY, 0, pages_of(bytes),
				FW_PAGE_BYTES, FW_MEM_BOOT_DATA, &at);

	if (r < 0)
		return -ENOMEM;
	*ret = (void *)(uintptr_t)at;
	return 0;
}

int fw_pages_take_(uint64_t bytes, void **ret)
{
	int r = fw_pages_take_raw_(bytes, ret);

	if (r == 0)
		memset(*ret, 0, pages_of(bytes) * FW_PAGE_BYTES);
	return r;
}

void fw_pages_give_(void *pages, uint64_t bytes)
{
	/* It was allocated, as a whole: there is nothing that could go wrong. */
	if (pages)
		(void)!fw_memory_free(&fw_platform.memory, fw_address_(pages), pages_of(bytes));
}
