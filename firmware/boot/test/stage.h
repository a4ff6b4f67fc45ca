/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * stage.h - for tests of the boot flow: volumes that scripts make, an EFI side that only takes
 * notes, a console that remembers, and somebody who types.
 */
#ifndef FW_BOOT_TEST_STAGE_H
#define FW_BOOT_TEST_STAGE_H

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <cairn/image_rig.h>
#include <fw/efi_boot.h>

#define STAGE_RAM_BYTES    (8u << 20)
/* An answer: it came back with an error of its own. */
#define STAGE_ERROR_STATUS 1

#define PATH               "\\EFI\\BOOT\\PROGRAM.EFI"

extern struct fw_efi_volume stage_volumes[8];
extern uint32_t stage_n_volumes;
extern int stage_answers[128];         /* of the starts, in order; 0: it came back */
extern uint32_t stage_blocks_readable; /* of a disk at once */
extern const char *stage_screen, *stage_started;
extern uint8_t *stage_ram; /* below 4 GiB */

/* Boot options by number, with their names; their end has a NULL. next: -1 is none. */
struct stage_option {
	uint16_t number;
	const char *name;
	bool is_inactive;
};
extern struct stage_option stage_options[4];
extern uint16_t stage_order[8];
extern uint32_t stage_n_order;
extern int stage_next, stage_timeout;
extern bool stage_is_secure;
extern uint64_t stage_measured; /* the kernel that was, 0: none */

/*
 * A FAT volume on all of disk b, whose files the script makes: `put PATH` writes its input there;
 * \EFI and \loader\entries are there already. With a further script, that fills the folder `d`, an
 * ext4 volume of an extended boot partition of the same disk.
 */
void stage_make(const char *script, const char *ext4_script);
/* Files of disk b's FAT volume, as they are now. False: there is none. */
bool stage_has(const char *path);
/* What systemd's variable is now, or NULL; and what it is before. */
const char *stage_loader_get(const char *name);
void stage_loader_set(const char *name, const char *text);
/* Bytes that the console gives, one after the other; from the time in ns that the clock shows. */
void stage_type(const char *bytes, uint64_t from_ns);

/* Runs the flow, which leaves no memory behind. */
void stage_run(void);
/* Likewise; the starts are these lines: disk, block, path, options, initrd. */
void stage_run_expects(const char *lines);

int stage_setup(void **state);
int stage_teardown(void **state);
int stage_reset(void **state);
/* From now on there is only so much memory. */
void stage_shrink(uint64_t bytes);

#define STAGE_TEST(name) cmocka_unit_test_setup(name, stage_reset)

#endif
