/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/console.h>

#include "menu.h"
#include "plain.h"

enum { SHOWN = 76, CONTROL_U = 0x15 };

/* The end of it, so that it stays on one line of the terminal. */
static void draw(const char *text, size_t n)
{
	char shown[SHOWN + 1];
	size_t from = n > SHOWN ? n - SHOWN : 0;

	memcpy(shown, text + from, n - from);
	shown[n - from] = '\0';
	fw_print("\r> %s\033[K", fw_plain(shown));
}

int fw_edit(char *text, size_t cap)
{
	struct fw_efi_key key;
	size_t n = 0;

	while (text[n])
		n++;
	for (;;) {
		draw(text, n);
		if (!fw_menu_key(&key, false)) {
			fw_print("\n");
			return -ECANCELED;
		}
		if (key.scan == FW_EFI_KEY_ESC) {
			fw_print("\n");
			return -EAGAIN;
		}
		if (key.unicode == '\r' || key.unicode == '\n')
			return 0;
		if (key.unicode == '\b' && n > 0)
			n--;
		else if (key.unicode == CONTROL_U)
			n = 0;
		else if (key.unicode >= 0x20 && key.unicode < 0x7f && n + 1 < cap)
			text[n++] = (char)key.unicode;
		text[n] = '\0';
	}
}
