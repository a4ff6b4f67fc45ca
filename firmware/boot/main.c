/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* One screen: what this is, what it found, and what came of each candidate. */
#include <fw/arch.h>
#include <fw/clock.h>
#include <fw/console.h>
#include <fw/platform.h>

static uint64_t ram_bytes(void)
{
	const struct fw_memory *m = &fw_platform.memory;
	uint64_t pages = 0;

	for (uint32_t i = 0; i < m->n; i++)
		if (m->entries[i].attrs & FW_MEM_ATTR_WB)
			pages += m->entries[i].pages;
	return pages * FW_PAGE_BYTES;
}

void fw_main(void)
{
	fw_print("cairn-fw %s, entered by %s, %lu MiB of memory\n", CAIRN_VERSION,
		 fw_platform.entered_by, ram_bytes() >> 20);
	fw_print("nothing to boot\n");
	fw_arch_reset(FW_RESET_SHUTDOWN);
}
