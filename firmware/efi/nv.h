/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * nv.h - where non-volatile variables are kept: in flash, which an operating system's calls reach
 * too, or in a file of the first EFI system partition, while the boot services are there. Where
 * there is neither, or neither can be written, they last until the machine is switched off.
 */
#ifndef FW_EFI_NV_H
#define FW_EFI_NV_H

#include <cairn/varstore.h>
#include <fw/flash.h>
#include <fw/runtime.h>

#include "efi_tables.h"

#define EFI_NV_HALF_BYTES (128u << 10) /* of a file; of flash where its blocks allow it */
#define EFI_NV_MOST_BYTES (512u << 10) /* of all variables, however large flash's blocks are */
#define EFI_NV_FILE       "cairn-vars.bin"

enum efi_nv_kind {
	EFI_NV_NONE,
	EFI_NV_FLASH,
	EFI_NV_FILE_TO_MAKE, /* with the first variable */
	EFI_NV_FILE_OPEN,
	EFI_NV_FILE_FIXED, /* what is in it counts, what changes does not last */
};

struct efi_nv {
	enum efi_nv_kind kind;
	struct cairn_varstore store;
	struct fw_flash flash;
};
extern struct efi_nv efi_nv; /* of the runtime sections */

/* Which it is is said on the console. First flash; the file when the disks are there. */
void efi_nv_find_flash(void);
void efi_nv_find_file(void);
/* The next variable that lasts; at as in cairn_varstore_next(). False: no more, or it failed. */
bool efi_nv_next(uint32_t *at, struct cairn_varstore_entry *ret);
/* Makes the file; kind is EFI_NV_NONE where that fails. */
void efi_nv_make_file(void);

/* What follows is of the runtime sections. */

/* Bytes for variables, each counted as by cairn_varstore_cost(). */
uint32_t efi_nv_capacity(void);
/* Whether an operating system may write. */
bool efi_nv_stays(void);
/*
 * The one place where a variable becomes lasting, or ends to be. SUCCESS also where nothing lasts;
 * OUT_OF_RESOURCES, WRITE_PROTECTED; DEVICE_ERROR: it is old or new after the next start.
 */
EFI_STATUS efi_nv_put(const struct cairn_varstore_key *key,
		      const struct cairn_varstore_value *value);
EFI_STATUS efi_nv_delete(const struct cairn_varstore_key *key);

#endif
