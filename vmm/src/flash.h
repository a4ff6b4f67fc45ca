/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * flash.h - the flash memory in which a firmware keeps its variables, and the file behind it.
 *
 * The file is mapped shared: what the guest programs is in it before the chip is ready again, and
 * stays when this process is killed. It is brought to the disk (fdatasync) when the guest turns to
 * reading what it wrote, and when the machine ends.
 *
 * An access leaves the guest, to ask the chip. But once a guest has read the chip's memory
 * FLASH_PATIENCE_READS times without a write between, and where the hypervisor can, a read-only
 * slot shows it a copy, and its reads do not leave it any more. A write does; it takes the slot
 * away before the chip sees it. So a guest that reads a little and writes costs no change of slots,
 * one that reads on saves its exits, and each change is paid by that many reads before it.
 */
#ifndef VMM_FLASH_H
#define VMM_FLASH_H

#include <cairn/cfi_flash.h>
#include <cairn/hostmem.h>

struct machine;
struct run_options;

/*
 * A change of slots makes all vCPUs look their memory up anew. Counted until a program under
 * cairn-fw has set a variable: with an erased chip of 256 KiB 430 of 65,734 reads leave the guest,
 * for one slot that comes and goes; in the next start there are 217, and no slot.
 */
enum { FLASH_PATIENCE_READS = 256 };

/* What outlives a machine. */
struct flash_file {
	const char *path;              /* the options' */
	struct cairn_mapping *mapping; /* NULL: no flash */
	bool is_failure_said, is_loss_said;
};

/* Opens and locks --firmware-vars, if it was given; makes it where there is none. Returns 0 or an
 * enum exit_code, said on standard error. */
CAIRN_MUST_USE int flash_file_open(struct flash_file *f, const struct run_options *o);
void flash_file_close(struct flash_file *f);
/* 0: no flash. */
uint32_t flash_file_bytes(const struct flash_file *f);

struct flash;

/*
 * flash_new() - the chip, on m's bus at `at`; nothing without a file. The machine's m->flash.
 * Accesses take a lock of their own, since bringing things to a disk blocks.
 *
 * Returns 0, -ENOMEM, or an errno: of the bus (a layout mistake), of the memory for the copy.
 */
CAIRN_MUST_USE int flash_new(struct machine *m, uint64_t at);
void flash_free(struct machine *m);

#endif
