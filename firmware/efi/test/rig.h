/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * rig.h - a machine for tests of the EFI side: some MiB of memory at the addresses where the test
 * has them, a console that remembers, a calendar clock, disks in memory. The services are called as
 * a loader calls them, through the system table.
 */
#ifndef FW_EFI_TEST_RIG_H
#define FW_EFI_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <fw/block.h>

#include "../core.h"

#define RIG_RAM_BYTES (64u << 20)
#define RIG_DISKS     2u

extern uint8_t *rig_ram; /* can be executed, too */

/* Group set-up: the machine, fw_efi_init() with the disks that were added before. */
int rig_setup(void **state);

#define BS (efi_st->BootServices)
#define RT (efi_st->RuntimeServices)

#define assert_status(call, status)                                                                \
	assert_int_equal((UINTN)(call) & ~EFI_ERROR_BIT, (UINTN)(status) & ~EFI_ERROR_BIT)

/* A disk of zeroes. Its bytes may be filled before rig_setup(). */
struct rig_disk {
	struct fw_block block;
	uint8_t *bytes;
	unsigned stops, flushes;
	bool is_limited; /* after writes_left writes of blocks it takes none */
	uint32_t writes_left;
};
struct rig_disk *rig_add_disk(uint64_t bytes, uint32_t block_bytes);
/* What a script of the image rig makes, of the same length: disk.img. Returns 0, or what failed. */
int rig_make_disk(struct rig_disk *d, const char *script);

/* What went to the console since the last call; and what comes from it. */
const char *rig_output(void);
void rig_type(const char *bytes);

/*
 * A PE32+ program for this machine, whose entry is a function of the test's. Returns its length.
 * At most RIG_PROGRAM_BYTES.
 */
#define RIG_PROGRAM_BYTES 0x600
typedef EFIAPI EFI_STATUS (*rig_entry)(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);
size_t rig_program(uint8_t *dst, rig_entry entry);

/* A handle that is an image's: parent of what a test loads. */
EFI_HANDLE rig_image(void);

#endif
