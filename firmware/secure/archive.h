/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* archive.h - members of a cpio archive in memory ("newc": six digits 070701, then fields in hex).
 */
#ifndef FW_SECURE_ARCHIVE_H
#define FW_SECURE_ARCHIVE_H

#include <cairn/env.h>

struct fw_archive {
	const uint8_t *at;
	size_t left;
};

struct fw_member {
	const char *name; /* with its NUL; without "./" before it */
	const uint8_t *bytes;
	size_t n;
};

/* Returns 1; 0: the archive's end; -EPROTO: no archive, or cut off. */
CAIRN_MUST_USE int fw_archive_next(struct fw_archive *a, struct fw_member *ret);

#endif
