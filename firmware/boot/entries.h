/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * entries.h - boot entries on a FAT volume: \loader\entries\*.conf (Boot Loader Specification,
 * UAPI.1, type 1), the default of \loader\loader.conf first and the others in the order of a menu.
 */
#ifndef FW_BOOT_ENTRIES_H
#define FW_BOOT_ENTRIES_H

#include <cairn/bls.h>
#include <cairn/fat.h>
#include <fw/efi_boot.h>

#define FW_ENTRIES_MAX   64u   /* of one volume; more are left out */
#define FW_BOOT_PATH_MAX 1024u /* bytes with the NUL */
#define FW_OPTIONS_MAX   4096u

struct fw_entry {
	struct cairn_bls_entry bls; /* points into the text */
	char file[CAIRN_FAT_NAME_BYTES];
	char text[];
};

struct fw_entries { /* large */
	const struct fw_efi_volume *volume;
	struct fw_part part;
	struct cairn_fat fat;
	struct fw_entry *v[FW_ENTRIES_MAX];
	uint64_t bytes[FW_ENTRIES_MAX]; /* that v[i] takes */
	uint32_t n;
	uint32_t n_left_out; /* beyond the limit, or not readable as an entry */
};

/*
 * fw_entries_open() - read all of them. The volume stays, and nobody writes to it, until close.
 *
 * Returns 0, with n > 0; -ENOENT: no FAT volume, no entries, or none of them can be used.
 */
CAIRN_MUST_USE int fw_entries_open(const struct fw_efi_volume *volume, struct fw_entries *ret);
void fw_entries_close(struct fw_entries *e);

/* What an entry asks to start, with the memory that it needs. */
struct fw_entry_start {
	struct fw_efi_candidate candidate; /* points into the rest */
	char path[FW_BOOT_PATH_MAX], options[FW_OPTIONS_MAX];
};

/*
 * fw_entry_prepare() - the path of its program, its options, and all its initrds behind each other
 * in memory, each padded to 4 bytes.
 *
 * Returns 0, then fw_entry_release() follows; -ENOENT: an initrd is not there; -ENOTSUP: for
 * another machine, it needs a device tree, or path or options are too long; -ENOMEM: no room for
 * the initrds; or what reading them returned.
 */
CAIRN_MUST_USE int fw_entry_prepare(struct fw_entries *e, uint32_t i, struct fw_entry_start *ret,
				    struct cairn_err *err);
void fw_entry_release(struct fw_entry_start *s);

#endif
