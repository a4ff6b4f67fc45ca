/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* disk.h - what drivers of disks have in common. */
#ifndef FW_DISK_H
#define FW_DISK_H

#include <cairn/math.h>

#include <fw/block.h>

static inline bool fw_block_bytes_are_valid_(uint64_t bytes)
{
	return bytes >= 512 && bytes <= 4096 && cairn_is_pow2(bytes);
}

/* "kind 0:4.0", "kind 0xfeb00e00", and the unit behind it where there is one. b->at is set. */
void fw_block_name_(struct fw_block *b, const char *kind);

#endif
