/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Text out and in: UEFI 2.10, 12. */
#include "../console.h"
#include "rig.h"

static EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *out;
static EFI_SIMPLE_TEXT_INPUT_PROTOCOL *in;
static EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *ex;

static int setup(void **state)
{
	rig_setup(state);
	out = efi_st->ConOut;
	in = efi_st->ConIn;
	assert_status(
	    BS->HandleProtocol(efi_st->ConsoleInHandle, &efi_guid_text_in_ex, (void **)&ex),
	    EFI_SUCCESS);
	return 0;
}

static int begin(void **state)
{
	out->Reset(out, false);
	out->ClearScreen(out);
	in->Reset(in, false);
	rig_output();
	return 0;
}

static void text_is_utf8_on_the_console(void **state)
{
	assert_status(out->OutputString(out, u"Grüße €\r\n"), EFI_SUCCESS);
	assert_string_equal(rig_output(), "Grüße €\r\r\n");
	assert_int_equal(out->Mode->CursorRow, 1);
	assert_int_equal(out->Mode->CursorColumn, 0);
	assert_status(out->OutputString(out, NULL), EFI_INVALID_PARAMETER);
}

static void control_characters_are_held_back(void **state)
{
	assert_int_equal(out->OutputString(out, u"a\033[2Jb\x9b"), EFI_WARN_UNKNOWN_GLYPH);
	assert_string_equal(rig_output(), "a[2Jb");
	assert_status(out->TestString(out, u"abc\r\n"), EFI_SUCCESS);
	assert_status(out->TestString(out, u"\033"), EFI_UNSUPPORTED);
	assert_status(out->TestString(out, NULL), EFI_INVALID_PARAMETER);
}

static void line_feed_alone_keeps_the_column(void **state)
{
	assert_status(out->OutputString(out, u"ab\nc"), EFI_SUCCESS);
	assert_string_equal(rig_output(), "ab\r\n\033[2;3Hc");
	assert_int_equal(out->Mode->CursorRow, 1);
	assert_int_equal(out->Mode->CursorColumn, 3);
}

static void cursor_wraps_and_stays_on_the_screen(void **state)
{
	for (int i = 0; i < 81; i++)
		assert_status(out->OutputString(out, u"x"), EFI_SUCCESS);
	assert_int_equal(out->Mode->CursorRow, 1);
	assert_int_equal(out->Mode->CursorColumn, 1);
	assert_status(out->OutputString(out, u"\b\b\b"), EFI_SUCCESS);
	assert_int_equal(out->Mode->CursorColumn, 0);
	for (int i = 0; i < 40; i++)
		assert_status(out->OutputString(out, u"\r\n"), EFI_SUCCESS);
	assert_int_equal(out->Mode->CursorRow, 24);
}

static void modes_places_and_colours(void **state)
{
	UINTN columns, rows;

	assert_status(out->QueryMode(out, 0, &columns, &rows), EFI_SUCCESS);
	assert_int_equal(columns, 80);
	assert_int_equal(rows, 25);
	assert_status(out->QueryMode(out, 1, &columns, &rows), EFI_UNSUPPORTED);
	assert_status(out->SetMode(out, 1), EFI_UNSUPPORTED);
	assert_status(out->SetMode(out, 0), EFI_SUCCESS);
	assert_string_equal(rig_output(), "\033[2J\033[H");
	assert_status(out->SetCursorPosition(out, 80, 0), EFI_UNSUPPORTED);
	assert_status(out->SetCursorPosition(out, 0, 25), EFI_UNSUPPORTED);
	assert_status(out->SetCursorPosition(out, 9, 4), EFI_SUCCESS);
	assert_string_equal(rig_output(), "\033[5;10H");
	assert_status(out->SetAttribute(out, 0x80), EFI_UNSUPPORTED);
	assert_status(out->SetAttribute(out, 0x1c), EFI_SUCCESS); /* bright red on blue */
	assert_string_equal(rig_output(), "\033[1m\033[31;44m");
	assert_int_equal(out->Mode->Attribute, 0x1c);
	assert_status(out->EnableCursor(out, false), EFI_SUCCESS);
	assert_string_equal(rig_output(), "\033[?25l");
	assert_false(out->Mode->CursorVisible);
	assert_status(out->SetCursorPosition(out, 9, 4), EFI_SUCCESS);
	rig_output();
	assert_status(out->Reset(out, false), EFI_SUCCESS);
	assert_string_equal(rig_output(), "\033[0m\033[?25h\033[2J\033[H");
	assert_int_equal(out->Mode->Attribute, 0x07);
	assert_int_equal(out->Mode->CursorColumn, 0);
	assert_int_equal(out->Mode->CursorRow, 0);
	assert_true(out->Mode->CursorVisible);
}

static void assert_key(uint16_t scan, CHAR16 c)
{
	EFI_INPUT_KEY key;

	assert_status(in->ReadKeyStroke(in, &key), EFI_SUCCESS);
	assert_int_equal(key.ScanCode, scan);
	assert_int_equal(key.UnicodeChar, c);
}

static void no_key_is_not_ready(void **state)
{
	EFI_INPUT_KEY key;
	EFI_KEY_DATA data;

	assert_status(in->ReadKeyStroke(in, NULL), EFI_INVALID_PARAMETER);
	assert_status(ex->ReadKeyStrokeEx(ex, NULL), EFI_INVALID_PARAMETER);
	assert_status(in->ReadKeyStroke(in, &key), EFI_NOT_READY);
	assert_status(ex->ReadKeyStrokeEx(ex, &data), EFI_NOT_READY);
	assert_status(BS->CheckEvent(in->WaitForKey), EFI_NOT_READY);
}

static void characters_are_keys(void **state)
{
	rig_type("a\r\177\xc3\xa9");
	assert_key(0, 'a');
	assert_key(0, '\r');
	assert_key(0, '\b');
	assert_key(0, 0xe9);
}

static void sequences_are_scan_codes(void **state)
{
	rig_type("\033[A\033[B\033OC\033[D\033[H\033[F\033[2~\033[3~\033[5~\033[6~\033OP\033[15~"
		 "\033[24~\033[1;5A");
	for (uint16_t scan = 1; scan <= 10; scan++)
		assert_key(scan, 0);
	assert_key(0x0b, 0);
	assert_key(0x0f, 0);
	assert_key(0x16, 0);
	assert_key(1, 0);
}

static void escape_alone_is_the_key(void **state)
{
	rig_type("\033");
	assert_key(0x17, 0);
	rig_type("\033x");
	assert_key(0x17, 0);
	assert_key(0, 'x');
}

static void broken_sequences_end(void **state)
{
	EFI_INPUT_KEY key;

	rig_type("\033[99999999999999999999\033[zq");
	while (in->ReadKeyStroke(in, &key) == EFI_SUCCESS && key.UnicodeChar != 'q')
		;
	assert_int_equal(key.UnicodeChar, 'q');
	rig_type("\xff\xc3q");
	while (in->ReadKeyStroke(in, &key) == EFI_SUCCESS && key.UnicodeChar != 'q')
		;
	assert_int_equal(key.UnicodeChar, 'q');
}

static void waiting_ends_with_a_key(void **state)
{
	EFI_KEY_DATA data;
	UINTN i;

	rig_type("k");
	assert_status(BS->WaitForEvent(1, &ex->WaitForKeyEx, &i), EFI_SUCCESS);
	assert_status(ex->ReadKeyStrokeEx(ex, &data), EFI_SUCCESS);
	assert_int_equal(data.Key.UnicodeChar, 'k');
	assert_int_equal(data.KeyState.KeyShiftState, 0);
}

static unsigned told;

static EFIAPI EFI_STATUS tell(EFI_KEY_DATA *key)
{
	told++;
	return EFI_SUCCESS;
}

static void notify_is_for_its_key(void **state)
{
	EFI_KEY_DATA want = { .Key = { .UnicodeChar = 'n' } };
	EFI_INPUT_KEY key;
	void *handle;

	assert_status(ex->RegisterKeyNotify(ex, NULL, tell, &handle), EFI_INVALID_PARAMETER);
	assert_status(ex->RegisterKeyNotify(ex, &want, NULL, &handle), EFI_INVALID_PARAMETER);
	assert_status(ex->RegisterKeyNotify(ex, &want, tell, NULL), EFI_INVALID_PARAMETER);
	assert_status(ex->RegisterKeyNotify(ex, &want, tell, &handle), EFI_SUCCESS);
	rig_type("mn");
	while (in->ReadKeyStroke(in, &key) == EFI_SUCCESS)
		;
	assert_int_equal(told, 1);
	assert_status(ex->UnregisterKeyNotify(ex, &want), EFI_INVALID_PARAMETER);
	assert_status(ex->UnregisterKeyNotify(ex, handle), EFI_SUCCESS);
	rig_type("n");
	assert_key(0, 'n');
	assert_int_equal(told, 1);
	assert_status(ex->SetState(ex, NULL), EFI_INVALID_PARAMETER);
}

static void *notified[3];

static EFIAPI EFI_STATUS end_all(EFI_KEY_DATA *key)
{
	told++;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(notified); i++)
		(void)ex->UnregisterKeyNotify(ex, notified[i]);
	return EFI_SUCCESS;
}

static void who_is_told_may_end_the_others(void **state)
{
	EFI_KEY_DATA want = { .Key = { .UnicodeChar = 'n' } };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(notified); i++)
		assert_status(ex->RegisterKeyNotify(ex, &want, end_all, &notified[i]), EFI_SUCCESS);
	told = 0;
	rig_type("nn");
	assert_key(0, 'n');
	assert_key(0, 'n');
	assert_int_equal(told, 1);
	assert_status(ex->UnregisterKeyNotify(ex, notified[1]), EFI_INVALID_PARAMETER);
}

static void keys_that_nobody_reads_are_bounded(void **state)
{
	EFI_INPUT_KEY key;
	unsigned n = 0;

	rig_type("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_status(BS->CheckEvent(in->WaitForKey), EFI_SUCCESS);
	while (in->ReadKeyStroke(in, &key) == EFI_SUCCESS)
		n++;
	assert_int_equal(n, 74);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text_is_utf8_on_the_console),
		TEST(control_characters_are_held_back),
		TEST(line_feed_alone_keeps_the_column),
		TEST(cursor_wraps_and_stays_on_the_screen),
		TEST(modes_places_and_colours),
		TEST(no_key_is_not_ready),
		TEST(characters_are_keys),
		TEST(sequences_are_scan_codes),
		TEST(escape_alone_is_the_key),
		TEST(broken_sequences_end),
		TEST(waiting_ends_with_a_key),
		TEST(notify_is_for_its_key),
		TEST(who_is_told_may_end_the_others),
		TEST(keys_that_nobody_reads_are_bounded),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
