/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* image.h - where the firmware itself is: symbols of the linker scripts. */
#ifndef FW_IMAGE_H
#define FW_IMAGE_H

#include <fw/memory.h>

extern uint8_t fw_text_start[], fw_rodata_start[], fw_data_start[], fw_image_end[];
extern uint8_t fw_stack_guard[]; /* a page that is absent, below the stack */

/* Into the memory map, before anything else. Returns 0, or -ENOSPC. */
CAIRN_MUST_USE int fw_image_describe(struct fw_memory *m);

#endif
