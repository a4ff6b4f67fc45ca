/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * smbios.h - tables about the machine (SMBIOS 3.3) where the hypervisor gives none: what the
 * firmware knows, and "unknown" for the rest.
 */
#ifndef FW_SMBIOS_H
#define FW_SMBIOS_H

#include <fw/platform.h>

#define FW_SMBIOS_BYTES 4096u /* enough for all that is made */

/*
 * fw_smbios_make() - an entry point (5.2.2), and the structures it leads to behind it.
 *
 * @dst: where operating systems will look; aligned to 16 bytes
 *
 * Returns the bytes used, or 0: cap is too small. Types 0, 1, 3, 4, 16, 17, a 19 for each of the
 * first ranges of memory, 32 and 127. The UUID is that of no machine (7.2.1): nothing hands one
 * over.
 */
size_t fw_smbios_make(const struct fw_platform *p, void *dst, size_t cap);

#endif
