/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * SimpleTextOutput (UEFI 2.10, 12.4) on terminals: colours and places as ANSI X3.64 sequences. The
 * firmware keeps where the cursor is, as the standard asks; the screen is 80 by 25.
 */
#include <cairn/utf.h>
#include <fw/console.h>

#include "console.h"

enum { COLUMNS = 80, ROWS = 25, WHITE_ON_BLACK = 0x07, ATTRIBUTE_MAX = 0x7f };

static SIMPLE_TEXT_OUTPUT_MODE mode = { .MaxMode = 1,
					.Attribute = WHITE_ON_BLACK,
					.CursorVisible = true };

static void put(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	fw_put(s, n);
}

static char *put_number(char *at, uint32_t n)
{
	if (n >= 10)
		at = put_number(at, n / 10);
	*at++ = (char)('0' + n % 10);
	return at;
}

/* ESC [ a ; b last */
static void put_sequence(uint32_t a, uint32_t b, char last)
{
	char text[32] = "\033[", *at = text + 2;

	at = put_number(at, a);
	*at++ = ';';
	at = put_number(at, b);
	*at++ = last;
	fw_put(text, (size_t)(at - text));
}

static void advance(CHAR16 c)
{
	switch (c) {
	case '\r':
		mode.CursorColumn = 0;
		return;
	case '\n':
		if (mode.CursorRow < ROWS - 1)
			mode.CursorRow++;
		return;
	case '\b':
		if (mode.CursorColumn > 0)
			mode.CursorColumn--;
		return;
	default:
		if (++mode.CursorColumn < COLUMNS)
			return;
		mode.CursorColumn = 0;
		if (mode.CursorRow < ROWS - 1)
			mode.CursorRow++;
	}
}

/* Line feed alone goes straight down here; a terminal behind fw_put() gets a carriage return too.
 */
static void line_feed(void)
{
	int32_t column = mode.CursorColumn;

	put("\n");
	if (column)
		put_sequence((uint32_t)mode.CursorRow + 1, (uint32_t)column + 1, 'H');
}

/* Control characters that a terminal would act upon are not passed on. */
static bool is_shown(CHAR16 c)
{
	return c >= ' ' && c != 0x7f && !(c >= 0x80 && c < 0xa0);
}

static EFIAPI EFI_STATUS output(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *this, const CHAR16 *s)
{
	EFI_STATUS status = EFI_SUCCESS;
	char text[CAIRN_UTF8_ROOM(1)];

	if (!s)
		return EFI_INVALID_PARAMETER;
	for (; *s; s++) {
		if (*s == '\n') {
			advance('\n');
			line_feed();
		} else if (is_shown(*s) || *s == '\r' || *s == '\b') {
			fw_put(text, cairn_utf8_of_units(s, 1, text, sizeof(text)));
			advance(*s);
		} else {
			status = EFI_WARN_UNKNOWN_GLYPH;
		}
	}
	return status;
}

static EFIAPI EFI_STATUS test(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *this, const CHAR16 *s)
{
	if (!s)
		return EFI_INVALID_PARAMETER;
	for (; *s; s++)
		if (!is_shown(*s) && *s != '\r' && *s != '\n' && *s != '\b')
			return EFI_UNSUPPORTED;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS query_mode(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *this, UINTN number,
				    UINTN *columns, UINTN *rows)
{
	if (number != 0)
		return EFI_UNSUPPORTED;
	if (!columns || !rows)
		return EFI_INVALID_PARAMETER;
	*columns = COLUMNS;
	*rows = ROWS;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS clear(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *this)
{
	put("\033[2J\033[H");
	mode.CursorColumn = mode.CursorRow = 0;
	return EFI_SUCCESS;
}

/* 12.4.2: colours, place and screen are as at the start. */
static EFIAPI EFI_STATUS reset(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *this, BOOLEAN extended)
{
	mode.Attribute = WHITE_ON_BLACK;
	mode.CursorVisible = true;
	put("\033[0m\033[?25h");
	return clear(this);
}

static EFIAPI EFI_STATUS set_mode(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *this, UINTN number)
{
	return number == 0 ? clear(this) : EFI_UNSUPPORTED;
}

/* 12.4.8: blue, green, red from the lowest bit, where terminals have red, green, blue. */
static uint32_t ansi(UINTN colour)
{
	return (uint32_t)((colour & 1) << 2 | (colour & 2) | (colour & 4) >> 2);
}

static EFIAPI EFI_STATUS set_attribute(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *this, UINTN attribute)
{
	if (attribute > ATTRIBUTE_MAX)
		return EFI_UNSUPPORTED;
	if ((int32_t)attribute == mode.Attribute)
		return EFI_SUCCESS;
	mode.Attribute = (int32_t)attribute;
	put(attribute & 8 ? "\033[1m" : "\033[22m");
	put_sequence(30 + ansi(attribute & 7), 40 + ansi(attribute >> 4 & 7), 'm');
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS set_cursor(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *this, UINTN column, UINTN row)
{
	if (column >= COLUMNS || row >= ROWS)
		return EFI_UNSUPPORTED;
	mode.CursorColumn = (int32_t)column;
	mode.CursorRow = (int32_t)row;
	put_sequence((uint32_t)row + 1, (uint32_t)column + 1, 'H');
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS enable_cursor(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *this, BOOLEAN visible)
{
	mode.CursorVisible = visible != 0;
	put(visible ? "\033[?25h" : "\033[?25l");
	return EFI_SUCCESS;
}

EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL efi_text_out = {
	.Reset = reset,
	.OutputString = output,
	.TestString = test,
	.QueryMode = query_mode,
	.SetMode = set_mode,
	.SetAttribute = set_attribute,
	.ClearScreen = clear,
	.SetCursorPosition = set_cursor,
	.EnableCursor = enable_cursor,
	.Mode = &mode,
};
