/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* handover.h - what the readers of different protocols share. */
#ifndef FW_PLATFORM_HANDOVER_H
#define FW_PLATFORM_HANDOVER_H

#include <fw/handover.h>

/* One range of an e820 map. */
CAIRN_MUST_USE int fw_handover_range_(struct fw_platform *p, uint64_t at, uint64_t len,
				      uint32_t e820, struct cairn_err *err);
/* A string, cut to cap - 1 bytes; "" where there is none. */
void fw_handover_text_(char *dst, size_t cap, uint64_t at);
/* A virtio-mmio device, unless it is known. */
void fw_handover_mmio_(struct fw_platform *p, uint64_t at);
/* Whether bytes add up to 0. */
bool fw_handover_sum_(const uint8_t *bytes, size_t n);

#endif
