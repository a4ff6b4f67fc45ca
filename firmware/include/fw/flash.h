/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * flash.h - parallel NOR flash that tells what it is by the CFI query (JEDEC JESD68.01) and takes
 * Intel's commands (0001h, 0003h): one chip, or several beside each other on a wider bus, with
 * blocks of one size.
 *
 * While the firmware does nothing with it, the flash can be read like memory. What it says is
 * checked: sizes are bounded, waits too. One thread. Reading, programming and erasing are of the
 * runtime sections (fw/runtime.h); whoever keeps a struct fw_flash there converts its `at`.
 */
#ifndef FW_FLASH_H
#define FW_FLASH_H

#include <cairn/env.h>
#include <cairn/err.h>

#define FW_FLASH_BYTES_MAX (UINT32_C(256) << 20)
#define FW_FLASH_POLLS_MAX (1u << 22) /* reads of the status, for one command */

struct fw_platform;

struct fw_flash {
	uint64_t at;
	uint32_t bytes, block_bytes; /* bytes: a multiple of block_bytes */
	uint32_t width, chips;       /* of the bus, 1, 2 or 4 bytes; beside each other on it */
};

/*
 * fw_flash_probe() - the flash that has its first byte, or its first byte behind its end, there.
 *
 * @at: a multiple of 4096. is_end: the flash ends there, and its size says where it begins
 * Returns 0; -ENODEV: none, or one that cannot be used. Memory that is there instead, nothing or a
 * ROM stays as it was. The flash is mapped.
 */
CAIRN_MUST_USE int fw_flash_probe(uint64_t at, bool is_end, struct fw_flash *ret);

/*
 * fw_flash_find() - all flash of the machine: the platform's banks, or what lies where PCs have it:
 * one below the other from 4 GiB, and at 0xffc00000.
 *
 * Returns how many, at most cap; those that come last are the firmware's code the least likely.
 */
uint32_t fw_flash_find(const struct fw_platform *p, struct fw_flash *ret, uint32_t cap);

/*
 * Of struct cairn_varstore_region; ctx is the struct fw_flash. Return 0, or -EIO: the flash said
 * that it failed, is locked, or does not answer in time.
 */
CAIRN_MUST_USE int fw_flash_read(void *ctx, uint32_t at, void *dst, uint32_t len);
CAIRN_MUST_USE int fw_flash_program(void *ctx, uint32_t at, const void *src, uint32_t len);
CAIRN_MUST_USE int fw_flash_erase(void *ctx, uint32_t at, uint32_t len);

#endif
