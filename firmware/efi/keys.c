/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Bytes of a terminal into keys (UEFI 2.10, 12.1.2 and appendix B): UTF-8, and the sequences that
 * VT100 and xterm send for keys that are no characters. A sequence that stops is an escape key and
 * what followed it.
 */
#include <fw/arch.h>
#include <fw/clock.h>
#include <fw/console.h>
#include <fw/efi_boot.h>

#include "console.h"

enum {
	SCAN_UP = 1,
	SCAN_DOWN,
	SCAN_RIGHT,
	SCAN_LEFT,
	SCAN_HOME,
	SCAN_END,
	SCAN_INSERT,
	SCAN_DELETE,
	SCAN_PAGE_UP,
	SCAN_PAGE_DOWN,
	SCAN_F1,
	SCAN_ESC = 0x17,
};

#define ESC         '\033'
#define WAIT_NS     UINT64_C(100000000) /* for the next byte of a sequence on a slow line */
#define HELD_MAX    8u
#define DIGIT_MAX   99u
#define GARBAGE_MAX 64u /* sequences without a meaning, before somebody else has a turn */

/* Bytes that were read too far: they come before the console's. */
static uint8_t held[HELD_MAX];
static uint32_t n_held;

static int get(void)
{
	int c;

	if (!n_held)
		return fw_get();
	c = held[0];
	memmove(held, held + 1, --n_held);
	return c;
}

static int get_soon(void)
{
	uint64_t start = fw_clock_ns();
	int c;

	while ((c = get()) < 0 && fw_clock_ns() - start < WAIT_NS)
		fw_arch_pause();
	return c;
}

static void hold(int c)
{
	if (c >= 0 && n_held < HELD_MAX)
		held[n_held++] = (uint8_t)c;
}

static uint16_t scan_of_letter(int c)
{
	static const char letters[] = "ABCDHFPQRS";
	static const uint8_t scans[] = {
		SCAN_UP,  SCAN_DOWN, SCAN_RIGHT,  SCAN_LEFT,   SCAN_HOME,
		SCAN_END, SCAN_F1,   SCAN_F1 + 1, SCAN_F1 + 2, SCAN_F1 + 3
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(scans); i++)
		if (letters[i] == c)
			return scans[i];
	return 0;
}

/* ESC [ number ~ */
static uint16_t scan_of_number(uint32_t n)
{
	static const uint8_t edit[] = { 0,        SCAN_HOME,    SCAN_INSERT,    SCAN_DELETE,
					SCAN_END, SCAN_PAGE_UP, SCAN_PAGE_DOWN, SCAN_HOME,
					SCAN_END };

	if (n < CAIRN_ARRAY_LEN(edit))
		return edit[n];
	if (n >= 11 && n <= 15)
		return (uint16_t)(SCAN_F1 + n - 11);
	if (n >= 17 && n <= 21)
		return (uint16_t)(SCAN_F1 + 5 + n - 17);
	if (n >= 23 && n <= 24)
		return (uint16_t)(SCAN_F1 + 10 + n - 23);
	return 0;
}

/* Behind ESC [: a letter, or numbers and a tilde. Modifiers (";5") are passed over. */
static uint16_t control_sequence(void)
{
	uint32_t n = 0;
	bool is_first = true;

	for (uint32_t i = 0; i < HELD_MAX; i++) {
		int c = get_soon();

		if (c >= '0' && c <= '9' && is_first && n <= DIGIT_MAX)
			n = n * 10 + (uint32_t)(c - '0');
		else if (c == ';')
			is_first = false;
		else if (c == '~')
			return scan_of_number(n);
		else if (c < '0' || c > '9')
			return scan_of_letter(c);
	}
	return 0;
}

static void escape(EFI_INPUT_KEY *key)
{
	int c = get_soon();

	if (c == '[') {
		key->ScanCode = control_sequence();
	} else if (c == 'O') {
		key->ScanCode = scan_of_letter(get_soon());
	} else {
		hold(c);
		key->ScanCode = SCAN_ESC;
	}
}

/* The rest of a character of more than one byte; what is none is dropped. */
static CHAR16 utf8(int first)
{
	uint32_t n = first >= 0xe0 ? 2 : 1;
	uint32_t c = n == 2 ? first & 0x0f : first & 0x1f;

	if (first < 0xc2 || first >= 0xf0)
		return 0;
	while (n--) {
		int next = get_soon();

		if (next < 0 || (next & 0xc0) != 0x80) {
			hold(next);
			return 0;
		}
		c = c << 6 | (next & 0x3f);
	}
	return (CHAR16)c;
}

static void decode(int c, EFI_INPUT_KEY *key)
{
	if (c == ESC)
		escape(key);
	else if (c == 0x7f)
		key->UnicodeChar = '\b'; /* what terminals send for it */
	else if (c < 0x80)
		key->UnicodeChar = (CHAR16)c;
	else
		key->UnicodeChar = utf8(c);
}

bool efi_key_next(EFI_INPUT_KEY *ret_key)
{
	*ret_key = (EFI_INPUT_KEY){ 0 };
	for (uint32_t i = 0; i < GARBAGE_MAX; i++) {
		int c = get();

		if (c < 0)
			return false;
		decode(c, ret_key);
		if (ret_key->ScanCode || ret_key->UnicodeChar)
			return true;
	}
	return false;
}

bool fw_efi_key(struct fw_efi_key *ret_key)
{
	EFI_INPUT_KEY key;

	if (!efi_key_next(&key))
		return false;
	*ret_key = (struct fw_efi_key){ .scan = key.ScanCode, .unicode = key.UnicodeChar };
	return true;
}
