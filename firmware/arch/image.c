/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "image.h"

#include <fw/runtime.h>

/* What stays at run time first: where ranges overlap, the earlier wins. */
int fw_image_describe(struct fw_memory *m)
{
	const struct {
		const void *start, *end;
		uint32_t type;
	} parts[] = {
		{ __start_fw_rt_text, __stop_fw_rt_text, FW_MEM_RUNTIME_CODE },
		{ __start_fw_rt_data, __stop_fw_rt_data, FW_MEM_RUNTIME_DATA },
		{ fw_text_start, fw_data_start, FW_MEM_BOOT_CODE },
		{ fw_data_start, fw_image_end, FW_MEM_BOOT_DATA },
	};
	int r = 0;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(parts) && r == 0; i++) {
		uint64_t at = (uintptr_t)parts[i].start;

		r = fw_memory_describe(m, at, (uintptr_t)parts[i].end - at, parts[i].type,
				       FW_MEM_ATTR_WB);
	}
	return r;
}
