/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The console (UEFI 2.10, 12.2 to 12.4). Nobody types. */
#include "conform.h"

static EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *out;

static void say_place(const char *what, EFI_STATUS status)
{
	int32_t column = out->Mode->CursorColumn;

	(void)out->OutputString(out, (CHAR16 *)(uintptr_t)u"\r\n");
	say(what, status, "column %u", U(column));
}

static void say_modes(void)
{
	UINTN columns = 0, rows = 0;

	say("text mode", out->QueryMode(out, 0, &columns, &rows), "%u %u", U(columns), U(rows));
	say("text mode-1", out->QueryMode(out, 1, &columns, &rows), "");
	say("text mode-none", out->QueryMode(out, (UINTN)out->Mode->MaxMode, &columns, &rows), "");
	say("text mode-current", out->QueryMode(out, (UINTN)out->Mode->Mode, &columns, &rows), "");
	say("text set-mode-none", out->SetMode(out, (UINTN)out->Mode->MaxMode), "");
	say("text set-mode", out->SetMode(out, 0), "mode %u column %u row %u", U(out->Mode->Mode),
	    U(out->Mode->CursorColumn), U(out->Mode->CursorRow));
}

static void say_cursor(void)
{
	say_place("text write", out->OutputString(out, (CHAR16 *)(uintptr_t)u"abc"));
	say_place("text tabless-return", out->OutputString(out, (CHAR16 *)(uintptr_t)u"abc\rde"));
	say_place("text backspace", out->OutputString(out, (CHAR16 *)(uintptr_t)u"abc\b\bX"));
	say_place("text backspace-first", out->OutputString(out, (CHAR16 *)(uintptr_t)u"\b\bX"));
	say_place("text line-feed", out->OutputString(out, (CHAR16 *)(uintptr_t)u"abc\nde"));
	say_place("text empty", out->OutputString(out, (CHAR16 *)(uintptr_t)u""));
	say_place("text set-cursor", out->SetCursorPosition(out, 7, 3));
	say("text cursor-no-column", out->SetCursorPosition(out, 80, 3), "");
	say("text cursor-no-row", out->SetCursorPosition(out, 0, 25), "");
	say("text cursor-hide", out->EnableCursor(out, false), "visible %u",
	    U(out->Mode->CursorVisible));
	say("text cursor-show", out->EnableCursor(out, true), "visible %u",
	    U(out->Mode->CursorVisible));
}

static void say_attributes(void)
{
	say("text attribute", out->SetAttribute(out, 0x1e), "%x", U(out->Mode->Attribute));
	say("text attribute-80", out->SetAttribute(out, 0x80), "%x", U(out->Mode->Attribute));
	say("text attribute-100", out->SetAttribute(out, 0x100), "%x", U(out->Mode->Attribute));
	say("text attribute-7f", out->SetAttribute(out, 0x7f), "%x", U(out->Mode->Attribute));
	say("text attribute-back", out->SetAttribute(out, 0x07), "%x", U(out->Mode->Attribute));
	say("text clear", out->ClearScreen(out), "column %u row %u", U(out->Mode->CursorColumn),
	    U(out->Mode->CursorRow));
	say("text test", out->TestString(out, (CHAR16 *)(uintptr_t)u"plain text"), "");
	say("text test-control", out->TestString(out, (CHAR16 *)(uintptr_t)u"a\x01"), "");
	say("text reset", out->Reset(out, false), "attribute %x column %u row %u visible %u",
	    U(out->Mode->Attribute), U(out->Mode->CursorColumn), U(out->Mode->CursorRow),
	    U(out->Mode->CursorVisible));
}

void output_group(void)
{
	out = st->ConOut;
	say_modes();
	say_cursor();
	say_attributes();
}

static EFIAPI EFI_STATUS on_key(EFI_KEY_DATA *data)
{
	return EFI_SUCCESS;
}

void input_group(void)
{
	EFI_SIMPLE_TEXT_INPUT_PROTOCOL *in = st->ConIn;
	EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *ex =
	    interface_of(st->ConsoleInHandle, &efi_guid_text_in_ex);
	EFI_INPUT_KEY key;
	EFI_KEY_DATA data = { .Key = { .UnicodeChar = 'q' } };
	void *handle = NULL;
	uint8_t toggle = 0;

	say("input reset", in->Reset(in, false), "");
	say("input read", in->ReadKeyStroke(in, &key), "");
	say("input event", bs->CheckEvent(in->WaitForKey), "");
	say("input extended", EFI_SUCCESS, "%u", U(ex != NULL));
	if (!ex)
		return;
	say("input ex-reset", ex->Reset(ex, false), "");
	say("input ex-read-no-result", ex->ReadKeyStrokeEx(ex, NULL), "");
	say("input ex-event", bs->CheckEvent(ex->WaitForKeyEx), "");
	say("input ex-notify", ex->RegisterKeyNotify(ex, &data, on_key, &handle), "handle %u",
	    U(handle != NULL));
	say("input ex-notify-no-key", ex->RegisterKeyNotify(ex, NULL, on_key, &handle), "");
	say("input ex-notify-no-function", ex->RegisterKeyNotify(ex, &data, NULL, &handle), "");
	say("input ex-notify-no-result", ex->RegisterKeyNotify(ex, &data, on_key, NULL), "");
	say("input ex-forget", ex->UnregisterKeyNotify(ex, handle), "");
	say("input ex-forget-nothing", ex->UnregisterKeyNotify(ex, NULL), "");
	say("input ex-state-no-state", ex->SetState(ex, NULL), "");
	toggle = 0x7f;
	say("input ex-state-bad", ex->SetState(ex, &toggle), "");
	say("input ex-read", ex->ReadKeyStrokeEx(ex, &data), "");
}
