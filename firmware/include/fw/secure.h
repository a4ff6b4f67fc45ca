/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * secure.h - Secure Boot: nothing is started that nobody who is trusted signed. UEFI 2.10, 32.
 *
 * The keys are either of the machine or of the guest. Those of the machine come from where no guest
 * can change them: from whoever starts it, as its initial RAM disk (PVH's first module, Linux's
 * ramdisk). That is a cpio archive ("newc") with the members PK and db, and KEK and dbx where there
 * are such, each of them EFI_SIGNATURE_LISTs. They are the same for the machine's whole life.
 *
 * Without an archive they are authenticated variables, where variables last in flash (32.3): the
 * firmware is in setup mode, and starts everything, until PK is set; Secure Boot is on from the
 * next start on. Elsewhere it is in setup mode for ever.
 *
 * Keys that cannot be used stop the firmware: those that were meant to be there never count as
 * none. Built without Secure Boot (Meson's firmware_secure_boot) any archive stops it. One thread.
 */
#ifndef FW_SECURE_H
#define FW_SECURE_H

#include <cairn/loader_pe.h>
#include <fw/platform.h>

enum fw_secure_list { FW_SECURE_PK, FW_SECURE_KEK, FW_SECURE_DB, FW_SECURE_DBX, FW_SECURE_LISTS };

/*
 * fw_secure_init() - the keys out of p->initrd, whose memory stays.
 *
 * Returns 0; -EPROTO: no such archive, or lists that are malformed; -ENOTSUP: lists that say what
 * is not known here, or built without Secure Boot; err->what says it. Before anything is started.
 */
CAIRN_MUST_USE int fw_secure_init(const struct fw_platform *p, struct cairn_err *err);

/*
 * fw_secure_use() - a list of the guest's own in the place of the one before, when there is no
 * archive. PK turns Secure Boot on; so it is given before anything is started.
 *
 * @bytes: stay where they are until a program is checked, or the next call. n 0: there is none
 * Returns 0; -EPROTO, -ENOTSUP: as fw_secure_init(), and nothing is changed.
 */
CAIRN_MUST_USE int fw_secure_use(enum fw_secure_list which, const void *bytes, size_t n,
				 struct cairn_err *err);

bool fw_secure_is_on(void);

/* A list of the machine's as it was handed over; n 0: there is none. It stays. */
const void *fw_secure_list(enum fw_secure_list which, size_t *ret_n);
/* The GUIDs of the kinds of signatures that are known (3.3, SignatureSupport); n 0: none. */
const void *fw_secure_kinds(size_t *ret_n);

/*
 * fw_secure_check() - whether the program may be started. The console is told why it may not.
 *
 * @pe: of cairn_loader_pe_parse() on just these bytes
 * Returns 0, also when Secure Boot is off; -EACCES.
 */
CAIRN_MUST_USE int fw_secure_check(const void *file, size_t n, const struct cairn_pe *pe);
/* The entry of db (EFI_SIGNATURE_DATA) that allowed what was checked last; n 0: there was none. It
 * is where the list is. */
const void *fw_secure_authority(size_t *ret_n);

#endif
