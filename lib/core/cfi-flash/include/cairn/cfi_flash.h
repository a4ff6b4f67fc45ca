/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * cfi_flash.h - a chip of parallel NOR flash on a bus of 8 bits: what it is is told by the CFI
 * query, what it does is Intel's command set (0001h).
 *
 * The array is the caller's memory, such as a file mapped shared; the chip writes there before its
 * status tells that a command is done. Programming only clears bits, erasing sets those of a block.
 * Blocks cannot be locked, nothing can be suspended, and every command ends inside the access that
 * confirms it. An access of several bytes is as many cycles of the bus when it reads, and refused
 * when it writes.
 *
 *	mode	a read gives			entered by
 *	ARRAY	what is stored			start, FFh, what is no command
 *	STATUS	the status register		70h, B0h, D0h, each command's end
 *	ID	maker, chip, lock of a block	90h
 *	QUERY	the CFI table			98h
 *	others	the status register		first cycles of 10h, 40h, 20h, 60h, E8h
 *
 * 50h leaves the mode as it is.
 *
 * Threads: one at a time, under the caller's lock. JEDEC JESD68.01 (CFI); Intel, 28F128J3 data
 * sheet, chapter "Command Definitions".
 */
#ifndef CAIRN_CFI_FLASH_H
#define CAIRN_CFI_FLASH_H

#include <cairn/bus.h>
#include <cairn/hooks.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_CFI_FLASH_BLOCK_BYTES  4096u /* what an erase clears */
#define CAIRN_CFI_FLASH_BUFFER_BYTES 256u  /* what one buffered program writes at most */
#define CAIRN_CFI_FLASH_MIN_BYTES    (2 * CAIRN_CFI_FLASH_BLOCK_BYTES)
#define CAIRN_CFI_FLASH_MAX_BYTES    (UINT32_C(16) << 20)

/* Private by word. */
struct cairn_cfi_flash {
	uint8_t *bytes;
	uint32_t size_bytes;
	struct cairn_trigger settle;
	uint32_t mode;     /* enum in cfi_flash.c */
	uint8_t status;    /* register; all but the ready bit are of commands that failed */
	bool is_unsettled; /* something was written since `settle` */
	uint32_t at;       /* of a buffered program: where, how many bytes, how many have come */
	uint32_t n, n_taken;
	uint8_t buffer[CAIRN_CFI_FLASH_BUFFER_BYTES];
};

/*
 * cairn_cfi_flash_init() - a chip that was just switched on: in mode ARRAY, with nothing pending.
 *
 * @bytes, size_bytes: the array, a power of two from CAIRN_CFI_FLASH_MIN_BYTES to _MAX_BYTES;
 *	outlives the chip; FFh is erased
 * @settle: fired inside the access by which the driver turns to reading the array after something
 *	was written: the place to bring it to a disk. May block. fn NULL: not called
 *
 * Returns 0, or -EINVAL: size_bytes is none of these.
 */
CAIRN_MUST_USE int cairn_cfi_flash_init(struct cairn_cfi_flash *f, uint8_t *bytes,
					uint32_t size_bytes, struct cairn_trigger settle);

/* Fires `settle` if something was written since it was fired last: before the chip goes. */
void cairn_cfi_flash_settle(struct cairn_cfi_flash *f);

/* A region of size_bytes bytes, ctx the struct cairn_cfi_flash. Reads of any size of an access;
 * writes of one byte, else CAIRN_IO_BAD. Cost at most a block. */
extern const struct cairn_bus_ops cairn_cfi_flash_bus_ops;

/*
 * In mode ARRAY: until the next write every read gives what is stored, and the array does not
 * change. So where writes alone reach the chip, memory with the same bytes may answer the reads.
 */
bool cairn_cfi_flash_is_array(const struct cairn_cfi_flash *f);

/* For tests and fuzzing: nothing pending lies outside of a block. */
bool cairn_cfi_flash_is_valid(const struct cairn_cfi_flash *f);

#ifdef __cplusplus
}
#endif
#endif
