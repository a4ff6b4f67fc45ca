/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* plain.h - text that a disk wrote, for a terminal. */
#ifndef FW_BOOT_PLAIN_H
#define FW_BOOT_PLAIN_H

/* What is no printable ASCII becomes '?'. Returns text. */
const char *fw_plain(char *text);

#endif
