/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* SimpleTextInput and its extension (UEFI 2.10, 12.2 and 12.3): keys in a small queue. */
#include "console.h"
#include "services.h"

#define KEYS_MAX      32u
#define NOTIFIERS_MAX 16u

struct notifier {
	struct efi_link link;
	EFI_KEY_DATA key;
	EFI_KEY_NOTIFY_FUNCTION fn;
};

static EFI_INPUT_KEY keys[KEYS_MAX];
static uint32_t n_keys;
static EFI_LIST(notifiers);
static EFI_HANDLE console;

/* 12.2.5: a shift state that is asked for must be what the terminal tells: it tells none. */
static bool is_wanted(const EFI_KEY_DATA *want, const EFI_INPUT_KEY *key)
{
	return want->Key.ScanCode == key->ScanCode && want->Key.UnicodeChar == key->UnicodeChar &&
	       (want->KeyState.KeyShiftState & ~EFI_SHIFT_STATE_VALID) == 0;
}

/* NULL when it is none. */
static struct notifier *notifier_of(const void *handle)
{
	efi_list_each(l, &notifiers)
	{
		struct notifier *n = cairn_container_of(l, struct notifier, link);

		if (n == handle)
			return n;
	}
	return NULL;
}

/* Those who are told may end each other. */
static void tell(const EFI_INPUT_KEY *key)
{
	EFI_KEY_DATA data = { .Key = *key };
	struct notifier *all[NOTIFIERS_MAX];
	uint32_t count = 0;

	efi_list_each(l, &notifiers) all[count++] = cairn_container_of(l, struct notifier, link);
	for (uint32_t i = 0; i < count; i++)
		if (notifier_of(all[i]) && is_wanted(&all[i]->key, key))
			(void)all[i]->fn(&data);
}

static void take_in(void)
{
	EFI_INPUT_KEY key;

	while (n_keys < KEYS_MAX && efi_key_next(&key)) {
		keys[n_keys++] = key;
		tell(&key);
	}
}

static bool next(EFI_INPUT_KEY *ret_key)
{
	take_in();
	if (!n_keys)
		return false;
	*ret_key = keys[0];
	memmove(keys, keys + 1, --n_keys * sizeof(keys[0]));
	return true;
}

static EFIAPI void wait_for_key(EFI_EVENT event, void *ctx)
{
	take_in();
	if (n_keys)
		efi_event_mark(event);
}

static EFI_STATUS drop_keys(void)
{
	EFI_INPUT_KEY key;

	while (next(&key))
		;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS reset(EFI_SIMPLE_TEXT_INPUT_PROTOCOL *this, BOOLEAN extended)
{
	return drop_keys();
}

static EFIAPI EFI_STATUS reset_ex(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *this, BOOLEAN extended)
{
	return drop_keys();
}

static EFIAPI EFI_STATUS read_key(EFI_SIMPLE_TEXT_INPUT_PROTOCOL *this, EFI_INPUT_KEY *key)
{
	if (!key)
		return EFI_INVALID_PARAMETER;
	efi_event_poll();
	return next(key) ? EFI_SUCCESS : EFI_NOT_READY;
}

static EFIAPI EFI_STATUS read_key_ex(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *this, EFI_KEY_DATA *data)
{
	if (!data)
		return EFI_INVALID_PARAMETER;
	efi_event_poll();
	*data = (EFI_KEY_DATA){ 0 };
	return next(&data->Key) ? EFI_SUCCESS : EFI_NOT_READY;
}

/* A terminal has no toggles to be set. */
static EFIAPI EFI_STATUS set_state(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *this, uint8_t *toggles)
{
	if (!toggles)
		return EFI_INVALID_PARAMETER;
	return EFI_UNSUPPORTED;
}

static EFIAPI EFI_STATUS register_notify(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *this, EFI_KEY_DATA *key,
					 EFI_KEY_NOTIFY_FUNCTION fn, void **handle)
{
	struct notifier *n;
	uint32_t count = 0;

	if (!key || !fn || !handle)
		return EFI_INVALID_PARAMETER;
	efi_list_each(l, &notifiers) count++;
	n = count < NOTIFIERS_MAX ? efi_new(sizeof(*n)) : NULL;
	if (!n)
		return EFI_OUT_OF_RESOURCES;
	n->key = *key;
	n->fn = fn;
	efi_list_append(&notifiers, &n->link);
	*handle = n;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS unregister_notify(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *this, void *handle)
{
	struct notifier *n = notifier_of(handle);

	if (!n)
		return EFI_INVALID_PARAMETER;
	efi_list_remove(&n->link);
	(void)efi_pool_free(n);
	return EFI_SUCCESS;
}

EFI_SIMPLE_TEXT_INPUT_PROTOCOL efi_text_in = { .Reset = reset, .ReadKeyStroke = read_key };

EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL efi_text_in_ex = {
	.Reset = reset_ex,
	.ReadKeyStrokeEx = read_key_ex,
	.SetState = set_state,
	.RegisterKeyNotify = register_notify,
	.UnregisterKeyNotify = unregister_notify,
};

EFI_STATUS efi_text_in_init(void)
{
	EFI_STATUS status = efi_create_event(EVT_NOTIFY_WAIT, TPL_NOTIFY, wait_for_key, NULL,
					     &efi_text_in.WaitForKey);

	if (EFI_ERROR(status))
		return status;
	return efi_create_event(EVT_NOTIFY_WAIT, TPL_NOTIFY, wait_for_key, NULL,
				&efi_text_in_ex.WaitForKeyEx);
}

EFI_STATUS efi_console_init(void)
{
	/* PNP0501, a serial port (10.3.3) */
	static const uint8_t uart[] = {
		EFI_DP_ACPI, EFI_DP_ACPI_HID, 12, 0, 0xd0, 0x41, 0x01, 0x05, 0, 0, 0, 0
	};
	EFI_DEVICE_PATH_PROTOCOL *path = efi_path_append(NULL, uart, sizeof(uart));
	const struct {
		const EFI_GUID *guid;
		void *interface;
	} protocols[] = {
		{ &efi_guid_device_path, path },
		{ &efi_guid_text_out, &efi_text_out },
		{ &efi_guid_text_in, &efi_text_in },
		{ &efi_guid_text_in_ex, &efi_text_in_ex },
	};
	EFI_STATUS status = path ? efi_text_in_init() : EFI_OUT_OF_RESOURCES;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(protocols) && !EFI_ERROR(status); i++)
		status = efi_install(&console, protocols[i].guid, protocols[i].interface);
	efi_st->ConsoleInHandle = efi_st->ConsoleOutHandle = efi_st->StandardErrorHandle = console;
	efi_st->ConIn = &efi_text_in;
	efi_st->ConOut = efi_st->StdErr = &efi_text_out;
	efi_table_crc(&efi_st->Hdr);
	return status;
}
