/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * candidates.h - all that may be started, in the order in which it is: BootNext, the options of
 * BootOrder (UEFI 2.10, 3.1), then the program that removable media have (3.5.1) of each EFI system
 * partition and of each disk without partitions, then the boot entries of each disk.
 */
#ifndef FW_BOOT_CANDIDATES_H
#define FW_BOOT_CANDIDATES_H

#include "entries.h"

#define FW_CANDIDATES_MAX 128u
#define FW_TITLE_MAX      96u /* with the NUL */

enum fw_candidate_kind { FW_CANDIDATE_OPTION, FW_CANDIDATE_PROGRAM, FW_CANDIDATE_ENTRY };
enum fw_candidate_state { FW_NOT_TRIED, FW_NOT_STARTED, FW_CAME_BACK };

struct fw_candidate {
	enum fw_candidate_kind kind;
	uint16_t option;             /* FW_CANDIDATE_OPTION */
	struct fw_efi_volume volume; /* FW_CANDIDATE_PROGRAM */
	struct fw_entry *entry;      /* FW_CANDIDATE_ENTRY */
	char title[FW_TITLE_MAX];    /* for people: plain, and no two the same */
	enum fw_candidate_state state;
	const char *why; /* FW_NOT_STARTED */
	uint64_t status; /* FW_CAME_BACK */
};

struct fw_candidates { /* large */
	struct fw_candidate v[FW_CANDIDATES_MAX];
	uint32_t n;
	uint32_t n_left_out; /* entries that cannot be used, and all beyond the limits */
	/* How long somebody has to interfere: by Timeout, or by loader.conf for its entries. */
	enum cairn_bls_timeout wait;
	uint32_t wait_s; /* CAIRN_BLS_TIMEOUT_SECONDS */
	bool may_edit;
};

/* Finds all of them, and says what it had to leave out. fw_candidates_free() follows. */
void fw_candidates_find(struct fw_candidates *c);
void fw_candidates_free(struct fw_candidates *c);
/* "virtio-blk 0:4.0, partition at block 2048" */
void fw_volume_name(const struct fw_efi_volume *v, char *dst, size_t cap);

#endif
