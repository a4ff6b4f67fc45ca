/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * menu.h - somebody at a console chooses what is started. A terminal of 80 columns that understands
 * VT100; input of whichever console has some.
 */
#ifndef FW_BOOT_MENU_H
#define FW_BOOT_MENU_H

#include "candidates.h"

#define FW_MENU_IDLE_NS (UINT64_C(300) * 1000000000) /* nobody is there any more */

/*
 * fw_menu_wait() - the time that c gives to interfere. True: somebody pressed a key, or c always
 * asks.
 */
bool fw_menu_wait(const struct fw_candidates *c);

struct fw_choice {
	uint32_t i; /* of the candidates */
	bool is_edited;
	char options[FW_OPTIONS_MAX]; /* then: in place of the entry's own */
};

/*
 * fw_menu_choose() - the arrow keys and numbers choose, Enter starts, e edits the options of an
 * entry where that is allowed.
 *
 * Returns 0, or -ECANCELED: the key Escape, or FW_MENU_IDLE_NS without a key where c does not
 * always ask.
 */
CAIRN_MUST_USE int fw_menu_choose(const struct fw_candidates *c, struct fw_choice *ret);

/*
 * fw_edit() - one line of text that somebody changes at its end: characters, backspace, control U.
 *
 * @text: cap bytes, terminated. Returns 0: the key Enter; -EAGAIN: Escape; -ECANCELED: no key in
 * FW_MENU_IDLE_NS.
 */
CAIRN_MUST_USE int fw_edit(char *text, size_t cap);
/* The next key. False: none came in FW_MENU_IDLE_NS; never where is_patient. */
bool fw_menu_key(struct fw_efi_key *ret_key, bool is_patient);

#endif
