/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * entries.h - boot entries (Boot Loader Specification, UAPI.1) of a disk's EFI system partition and
 * extended boot partition: \loader\entries\*.conf, type 1, and unified kernels, \EFI\Linux\*.efi,
 * type 2, in the order of a menu.
 */
#ifndef FW_BOOT_ENTRIES_H
#define FW_BOOT_ENTRIES_H

#include <cairn/bls.h>

#include "fs.h"

#define FW_ENTRIES_MAX       64u   /* of a disk; of more, the last in the order are left out */
#define FW_ENTRIES_FILES_MAX 4096u /* looked at in one folder */
#define FW_OPTIONS_MAX       4096u /* bytes with the NUL */

struct fw_entry {
	struct fw_efi_volume volume;
	struct cairn_bls_entry bls; /* points into the text and the file's name */
	bool is_uki;
	uint64_t bytes; /* of pages that it takes */
	char file[FW_FS_NAME_MAX];
	char text[];
};

struct fw_entries {
	struct fw_entry *v[FW_ENTRIES_MAX];
	uint32_t n;
	uint32_t n_left_out; /* beyond a limit, or not readable as an entry */
};

/* Adds those of a volume to what is there. */
void fw_entries_add(struct fw_entries *e, const struct fw_efi_volume *volume);
/* The first that the pattern means comes to the front. */
void fw_entries_default(struct fw_entries *e, struct cairn_bls_text pattern);
/* By its id, with or without ".conf" or ".efi" behind it. */
bool fw_entry_is_named(const struct fw_entry *e, const char *id);
void fw_entry_free(struct fw_entry *e);
/* The folder that its file lies in. */
const char *fw_entry_folder(const struct fw_entry *e);

/* What an entry asks to start, with the memory that it needs. */
struct fw_entry_start {
	struct fw_efi_candidate candidate; /* points into the rest */
	char path[FW_FS_PATH_MAX], options[FW_OPTIONS_MAX];
};

/*
 * fw_entry_options() - its options as one text: of a type 2 those that it has inside.
 *
 * Returns 0, or -ENOTSUP: too long.
 */
CAIRN_MUST_USE int fw_entry_options(const struct fw_entry *e, char dst[FW_OPTIONS_MAX],
				    struct cairn_err *err);

/*
 * fw_entry_prepare() - the path of its program, its options, its device tree, and all its initrds
 * behind each other in memory, each padded to 4 bytes.
 *
 * @options: in place of the entry's own; NULL: those
 *
 * Returns 0, then fw_entry_release() follows; -ENOENT: a file is not there; -ENOTSUP: for another
 * machine, it needs overlays of device trees, or path or options are too long; -EPROTO: the device
 * tree is none; -ENOMEM: no room for the files; or what reading them returned.
 */
CAIRN_MUST_USE int fw_entry_prepare(const struct fw_entry *e, const char *options,
				    struct fw_entry_start *ret, struct cairn_err *err);
void fw_entry_release(struct fw_entry_start *s);

/*
 * fw_entry_count() - one try less is left, where the name of its file counts them: the file has
 * another name from now on (UAPI.1, "Boot counting").
 *
 * Returns 0, also where nothing is counted or no try is left; or as fw_fs_rename(), and nothing has
 * changed.
 */
CAIRN_MUST_USE int fw_entry_count(struct fw_entry *e);

#endif
