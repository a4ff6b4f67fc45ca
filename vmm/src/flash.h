/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * flash.h - the flash memory in which a firmware keeps its variables, and the file behind it.
 *
 * The file is mapped shared: what the guest programs is in it before the chip is ready again, and
 * stays when this process is killed. It is brought to the disk (fdatasync) when the guest turns to
 * reading what it wrote, and when the machine ends.
 */
#ifndef VMM_FLASH_H
#define VMM_FLASH_H

#include <cairn/cfi_flash.h>
#include <cairn/hostmem.h>

struct machine;
struct run_options;

/* What outlives a machine. */
struct flash_file {
	const char *path;              /* the options' */
	struct cairn_mapping *mapping; /* NULL: no flash */
	bool is_failure_said;
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
 * Returns 0, -ENOMEM, or the bus's errno (a layout mistake).
 */
CAIRN_MUST_USE int flash_new(struct machine *m, uint64_t at);
void flash_free(struct machine *m);

#endif
