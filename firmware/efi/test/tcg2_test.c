/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The TPM as programs see it, the log in all its places, and the end of measuring. */
#include <cairn/le.h>

#include "tpm_rig.h"

static uint8_t event_bytes[64];
static EFI_TCG2_EVENT *const event = (EFI_TCG2_EVENT *)event_bytes;

/* HashLogExtendEvent of some bytes. */
static EFI_STATUS hash(uint32_t pcr, uint32_t type, uint64_t flags, const void *bytes, UINTN n)
{
	EFI_TCG2_PROTOCOL *p = tpm_rig_protocol();

	event->Size = 18 + 5;
	event->Header.HeaderSize = 14;
	event->Header.HeaderVersion = 1;
	event->Header.PCRIndex = pcr;
	event->Header.EventType = type;
	memcpy(event->Event, "event", 5);
	return p->HashLogExtendEvent(p, flags, (uintptr_t)bytes, n, event);
}

static void capability_says_what_there_is(void **state)
{
	EFI_TCG2_PROTOCOL *p = tpm_rig_protocol();
	EFI_TCG2_BOOT_SERVICE_CAPABILITY c = { .Size = sizeof(c) };

	assert_status(p->GetCapability(p, &c), EFI_SUCCESS);
	assert_int_equal(c.Size, 36);
	assert_int_equal(c.StructureVersion.Minor, 1);
	assert_int_equal(c.HashAlgorithmBitmap, 15);
	assert_int_equal(c.SupportedEventLogs, 2);
	assert_int_equal(c.TPMPresentFlag, 1);
	assert_int_equal(c.MaxCommandSize, 2048);
	assert_int_equal(c.MaxResponseSize, 2048);
	assert_int_equal(c.ManufacturerID, 0x46414b45);
	assert_int_equal(c.NumberOfPCRBanks, 4);
	assert_int_equal(c.ActivePcrBanks, 7);
	memset(&c, 0x77, sizeof(c));
	c.Size = 28;
	assert_status(p->GetCapability(p, &c), EFI_SUCCESS);
	assert_int_equal(c.Size, 28);
	assert_int_equal(c.ProtocolVersion.Minor, 0);
	assert_int_equal(c.NumberOfPCRBanks, 0x77777777);
	c.Size = 27;
	assert_status(p->GetCapability(p, &c), EFI_BUFFER_TOO_SMALL);
	assert_int_equal(c.Size, 36);
	assert_status(p->GetCapability(p, NULL), EFI_INVALID_PARAMETER);
	assert_status(p->GetCapability(NULL, &c), EFI_INVALID_PARAMETER);
}

static void log_is_shown_in_one_form(void **state)
{
	EFI_TCG2_PROTOCOL *p = tpm_rig_protocol();
	EFI_PHYSICAL_ADDRESS at, last;
	BOOLEAN is_truncated = 9;

	assert_status(p->GetEventLog(p, 2, &at, &last, &is_truncated), EFI_SUCCESS);
	assert_int_equal(at, (uintptr_t)efi_log()->bytes);
	assert_int_equal(last, at + efi_log()->last);
	assert_int_equal(is_truncated, 0);
	assert_status(p->GetEventLog(p, 1, &at, &last, &is_truncated), EFI_INVALID_PARAMETER);
	assert_status(p->GetEventLog(p, 2, NULL, &last, &is_truncated), EFI_INVALID_PARAMETER);
	assert_status(p->GetEventLog(p, 2, &at, NULL, &is_truncated), EFI_INVALID_PARAMETER);
	assert_status(p->GetEventLog(p, 2, &at, &last, NULL), EFI_INVALID_PARAMETER);
}

static void bytes_are_hashed_extended_and_logged(void **state)
{
	struct cairn_tpm_event e;
	uint32_t n = tpm_rig_events();

	assert_status(hash(9, CAIRN_EV_IPL, 0, "kernel", 6), EFI_SUCCESS);
	tpm_rig_last(9, CAIRN_EV_IPL, "kernel", 6);
	e = tpm_rig_event(n);
	assert_int_equal(e.n, 5);
	assert_memory_equal(e.data, "event", 5);
	tpm_rig_verify();
}

static void event_that_is_none_is_not_extended(void **state)
{
	static const uint8_t zeroes[32];
	uint32_t n = tpm_rig_events(), commands = tpm_fake.n_commands;

	assert_status(hash(9, CAIRN_EV_NO_ACTION, 0, "x", 1), EFI_SUCCESS);
	assert_int_equal(tpm_fake.n_commands, commands);
	assert_int_equal(tpm_rig_events(), n + 1);
	assert_memory_equal(tpm_rig_event(n).digests.v[CAIRN_SHA256], zeroes, 32);
	tpm_rig_verify();
}

static void extending_alone_is_not_logged(void **state)
{
	uint32_t n = tpm_rig_events();
	struct cairn_tpm_digests d;
	struct fake_tpm want = tpm_fake;

	cairn_tpm_digest(want.active, "x", 1, &d);
	fake_tpm_extend(&want, 9, &d);
	assert_status(hash(9, CAIRN_EV_IPL, EFI_TCG2_EXTEND_ONLY, "x", 1), EFI_SUCCESS);
	assert_int_equal(tpm_rig_events(), n);
	assert_memory_equal(tpm_fake.pcr, want.pcr, sizeof(want.pcr));
}

static EFIAPI EFI_STATUS returns(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	return EFI_SUCCESS;
}

static void program_is_hashed_as_one(void **state)
{
	static uint8_t program[RIG_PROGRAM_BYTES];
	UINTN n = rig_program(program, returns);
	uint32_t first = tpm_rig_events();

	assert_status(hash(4, CAIRN_EV_IPL, PE_COFF_IMAGE, program, n), EFI_SUCCESS);
	cairn_le_store(program + 0x98, 4, 0x12345678); /* the checksum */
	assert_status(hash(4, CAIRN_EV_IPL, PE_COFF_IMAGE, program, n), EFI_SUCCESS);
	assert_memory_equal(tpm_rig_event(first).digests.v[CAIRN_SHA256],
			    tpm_rig_event(first + 1).digests.v[CAIRN_SHA256], 32);
	program[0x300] ^= 1;
	assert_status(hash(4, CAIRN_EV_IPL, PE_COFF_IMAGE, program, n), EFI_SUCCESS);
	assert_memory_not_equal(tpm_rig_event(first).digests.v[CAIRN_SHA256],
				tpm_rig_event(first + 2).digests.v[CAIRN_SHA256], 32);
	assert_status(hash(4, CAIRN_EV_IPL, PE_COFF_IMAGE, "no program", 10), EFI_UNSUPPORTED);
	assert_int_equal(tpm_rig_events(), first + 3);
	tpm_rig_verify();
}

static EFI_STATUS hash_as(uint32_t size, uint32_t header_size, uint16_t version)
{
	EFI_TCG2_PROTOCOL *p = tpm_rig_protocol();

	event->Size = size;
	event->Header.HeaderSize = header_size;
	event->Header.HeaderVersion = version;
	event->Header.PCRIndex = 9;
	event->Header.EventType = CAIRN_EV_IPL;
	return p->HashLogExtendEvent(p, 0, (uintptr_t) "x", 1, event);
}

static void nonsense_is_refused(void **state)
{
	EFI_TCG2_PROTOCOL *p = tpm_rig_protocol();
	uint32_t n = tpm_rig_events(), commands = tpm_fake.n_commands;

	assert_status(hash(24, CAIRN_EV_IPL, 0, "x", 1), EFI_INVALID_PARAMETER);
	assert_status(hash(9, CAIRN_EV_IPL, 0, NULL, 1), EFI_INVALID_PARAMETER);
	assert_status(p->HashLogExtendEvent(p, 0, 1, 1, NULL), EFI_INVALID_PARAMETER);
	assert_status(p->HashLogExtendEvent(NULL, 0, 1, 1, event), EFI_INVALID_PARAMETER);
	assert_status(hash_as(17, 14, 1), EFI_INVALID_PARAMETER);
	assert_status(hash_as(0, 14, 1), EFI_INVALID_PARAMETER);
	assert_status(hash_as(23, 13, 1), EFI_INVALID_PARAMETER);
	assert_status(hash_as(23, 15, 1), EFI_INVALID_PARAMETER);
	assert_status(hash_as(23, 14, 2), EFI_INVALID_PARAMETER);
	assert_int_equal(tpm_rig_events(), n);
	assert_int_equal(tpm_fake.n_commands, commands);
	assert_status(hash_as(18, 14, 1), EFI_SUCCESS);
	assert_int_equal(tpm_rig_event(n).n, 0);
}

static void commands_go_through(void **state)
{
	EFI_TCG2_PROTOCOL *p = tpm_rig_protocol();
	uint8_t command[CAIRN_TPM_COMMAND_MAX], out[64];
	uint32_t n = (uint32_t)cairn_tpm_get_random(command, 8);

	assert_status(p->SubmitCommand(p, n, command, sizeof(out), out), EFI_SUCCESS);
	assert_memory_equal(out, "\x80\1\0\0\0\x14\0\0\0\0\0\x08\x5a\x5a", 14);
	assert_status(p->SubmitCommand(p, n, command, 19, out), EFI_BUFFER_TOO_SMALL);
	assert_status(p->SubmitCommand(p, 0xf81, command, 64, out), EFI_INVALID_PARAMETER);
	assert_status(p->SubmitCommand(p, 0, command, 64, out), EFI_INVALID_PARAMETER);
	assert_status(p->SubmitCommand(p, n, NULL, 64, out), EFI_INVALID_PARAMETER);
	assert_status(p->SubmitCommand(p, n, command, 0, out), EFI_INVALID_PARAMETER);
	assert_status(p->SubmitCommand(p, n, command, 64, NULL), EFI_INVALID_PARAMETER);
	tpm_fake.fault = FAKE_TPM_SAYS_MORE;
	tpm_fake.on = FAKE_TPM_ANY;
	assert_status(p->SubmitCommand(p, n, command, 64, out), EFI_DEVICE_ERROR);
}

static void banks_stay_as_they_are(void **state)
{
	EFI_TCG2_PROTOCOL *p = tpm_rig_protocol();
	uint32_t banks = 0, present = 9, response = 9;

	assert_status(p->GetActivePcrBanks(p, &banks), EFI_SUCCESS);
	assert_int_equal(banks, 7);
	assert_status(p->GetActivePcrBanks(p, NULL), EFI_INVALID_PARAMETER);
	assert_status(p->SetActivePcrBanks(p, 7), EFI_SUCCESS);
	assert_status(p->SetActivePcrBanks(p, 2), EFI_UNSUPPORTED);
	assert_status(p->SetActivePcrBanks(p, 0), EFI_INVALID_PARAMETER);
	assert_status(p->SetActivePcrBanks(p, 16), EFI_INVALID_PARAMETER);
	assert_status(p->GetResultOfSetActivePcrBanks(p, &present, &response), EFI_SUCCESS);
	assert_int_equal(present, 0);
	assert_status(p->GetResultOfSetActivePcrBanks(p, NULL, &response), EFI_INVALID_PARAMETER);
}

static EFI_TCG2_FINAL_EVENTS_TABLE *final_events(void)
{
	for (UINTN i = 0; i < efi_st->NumberOfTableEntries; i++)
		if (efi_guid_equal(&efi_st->ConfigurationTable[i].VendorGuid,
				   &efi_guid_tcg2_final_events))
			return efi_st->ConfigurationTable[i].VendorTable;
	return NULL;
}

static void final_events_are_those_after_the_log_was_seen(void **state)
{
	EFI_TCG2_PROTOCOL *p = tpm_rig_protocol();
	EFI_TCG2_FINAL_EVENTS_TABLE *t = final_events();
	const struct fw_memory_entry *m = fw_memory_find(&fw_platform.memory, (uintptr_t)t);
	EFI_PHYSICAL_ADDRESS at, last;
	BOOLEAN is_truncated;

	assert_int_equal(m->type, FW_MEM_NVS);
	assert_int_equal(t->Version, 1);
	assert_status(hash(9, CAIRN_EV_IPL, 0, "before", 6), EFI_SUCCESS);
	assert_int_equal(t->NumberOfEvents, 0);
	assert_status(p->GetEventLog(p, 2, &at, &last, &is_truncated), EFI_SUCCESS);
	assert_status(hash(9, CAIRN_EV_IPL, 0, "a", 1), EFI_SUCCESS);
	assert_status(hash(10, CAIRN_EV_IPL, 0, "b", 1), EFI_SUCCESS);
	assert_int_equal(t->NumberOfEvents, 2);
	assert_memory_equal(t->Events + cairn_tpm_event_size(7, 5),
			    efi_log()->bytes + efi_log()->last, cairn_tpm_event_size(7, 5));
}

static void full_log_is_said_and_measuring_goes_on(void **state)
{
	EFI_TCG2_PROTOCOL *p = tpm_rig_protocol();
	EFI_PHYSICAL_ADDRESS at, last;
	BOOLEAN is_truncated = 0;
	static uint8_t large[2048];
	EFI_TCG2_EVENT *e = (EFI_TCG2_EVENT *)large;
	EFI_STATUS status;
	size_t used;

	(void)hash(9, CAIRN_EV_IPL, 0, "x", 1);
	memcpy(large, event_bytes, sizeof(event_bytes));
	e->Size = sizeof(large);
	do
		status = p->HashLogExtendEvent(p, 0, (uintptr_t) "x", 1, e);
	while (status == EFI_SUCCESS);
	assert_status(status, EFI_VOLUME_FULL);
	used = efi_log()->used;
	assert_true(used + cairn_tpm_event_size(7, 5) < efi_log()->cap);
	assert_status(hash(9, CAIRN_EV_IPL, 0, "would fit", 9), EFI_VOLUME_FULL);
	assert_int_equal(efi_log()->used, used);
	assert_status(p->GetEventLog(p, 2, &at, &last, &is_truncated), EFI_SUCCESS);
	assert_int_equal(is_truncated, 1);
	assert_true(efi_tpm.is_on);
}

/* ---- what came before, and ACPI's place for a log ---- */

static void give_area(uint32_t bytes)
{
	fw_platform.tpm.log_at = (uintptr_t)tpm_area;
	fw_platform.tpm.log_bytes = bytes;
}

/* A firmware before this one measured something, and wrote it down. */
static void measured_before(cairn_tpm_kinds kinds)
{
	struct cairn_tpm_digests d;
	struct cairn_tpm_log log;

	tpm_fake.is_started = true;
	assert_int_equal(cairn_tpm_log_init(&log, tpm_area, TPM_AREA_BYTES, kinds), 0);
	cairn_tpm_digest(15, "old", 3, &d);
	fake_tpm_extend(&tpm_fake, 2, &d);
	d.kinds = kinds;
	assert_int_equal(cairn_tpm_log_append(&log, 2, CAIRN_EV_IPL, &d, "old", 3), 0);
}

static void log_of_a_firmware_before_is_gone_on_with(void **state)
{
	give_area(TPM_AREA_BYTES);
	measured_before(tpm_fake.active);
	efi_measure_init();
	assert_true(efi_tpm.is_on);
	assert_memory_equal(tpm_rig_event(0).data, "old", 3);
	assert_int_equal(tpm_rig_event(1).type, CAIRN_EV_S_CRTM_VERSION);
	tpm_rig_verify();
	assert_memory_equal(tpm_area, efi_log()->bytes, efi_log()->used);
	assert_int_equal(tpm_fake.auth_bytes, 0); /* that firmware's business */
	assert_non_null(strstr(rig_output(), "as the firmware before did"));
}

static void platform_hierarchy_is_closed_where_nobody_was_before(void **state)
{
	efi_measure_init();
	assert_int_equal(tpm_fake.auth_bytes, 32);
	assert_non_null(strstr(rig_output(), "TPM: measured with SHA-1 SHA-256 SHA-384\r\n"));
}

/* As swtpm does when it is told to: Cloud Hypervisor's users are. */
static void tpm_that_was_only_started_before_is_closed_too(void **state)
{
	tpm_fake.is_started = true;
	efi_measure_init();
	assert_int_equal(tpm_fake.auth_bytes, 32);
	assert_null(strstr(rig_output(), "as the firmware before did"));
}

static void tpm_that_was_closed_before_is_measured_into(void **state)
{
	tpm_fake.is_started = true;
	tpm_fake.fault = FAKE_TPM_REFUSES;
	tpm_fake.on = 0x129;
	tpm_fake.rc = 0x9a2; /* that is not its password */
	efi_measure_init();
	assert_true(efi_tpm.is_on);
	assert_int_equal(tpm_rig_event(0).type, CAIRN_EV_S_CRTM_VERSION);
}

static void log_is_copied_to_its_place_in_acpi(void **state)
{
	give_area(TPM_AREA_BYTES);
	memset(tpm_area, 0x55, sizeof(tpm_area));
	efi_measure_init();
	assert_status(hash(9, CAIRN_EV_IPL, 0, "x", 1), EFI_SUCCESS);
	assert_memory_equal(tpm_area, efi_log()->bytes, efi_log()->used);
	assert_memory_equal(tpm_area + efi_log()->used, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
}

static void place_in_acpi_that_is_too_small_has_no_log(void **state)
{
	static const uint8_t zeroes[TPM_AREA_BYTES];
	size_t used;

	give_area(2048);
	memset(tpm_area + 2048, 0x55, 2048);
	efi_measure_init();
	do {
		used = efi_log()->used;
		assert_memory_equal(tpm_area, efi_log()->bytes, used);
		assert_status(hash(9, CAIRN_EV_IPL, 0, "x", 1), EFI_SUCCESS);
	} while (efi_log()->used <= 2048);
	assert_memory_equal(tpm_area, zeroes, 2048);
	assert_int_equal(tpm_area[2048], 0x55);
	tpm_rig_verify();
}

static void place_upon_memory_of_others_is_not_touched(void **state)
{
	static const uint8_t zeroes[TPM_AREA_BYTES];
	uint8_t *free_memory = rig_ram + 4096;

	assert_memory_equal(free_memory, zeroes, sizeof(zeroes));
	give_area(TPM_AREA_BYTES + 1); /* beyond the entry of the map */
	efi_measure_init();
	assert_true(efi_tpm.is_on);
	assert_memory_equal(tpm_area, zeroes, sizeof(zeroes));
	(void)tpm_rig_fresh(state);
	fw_platform.tpm.log_at = (uintptr_t)free_memory;
	fw_platform.tpm.log_bytes = 4096;
	efi_measure_init();
	assert_true(efi_tpm.is_on);
	assert_memory_equal(free_memory, zeroes, sizeof(zeroes));
	(void)tpm_rig_fresh(state);
	fw_platform.tpm.log_at = UINT64_MAX - 1;
	fw_platform.tpm.log_bytes = 4096;
	efi_measure_init();
	assert_true(efi_tpm.is_on);
}

static void log_that_does_not_tell_all_is_the_end(void **state)
{
	struct cairn_tpm_digests d;

	give_area(TPM_AREA_BYTES);
	measured_before(tpm_fake.active);
	cairn_tpm_digest(15, "untold", 6, &d);
	fake_tpm_extend(&tpm_fake, 15, &d);
	efi_measure_init();
	tpm_rig_is_over();
}

static void log_of_other_banks_is_the_end(void **state)
{
	give_area(TPM_AREA_BYTES);
	measured_before(1u << CAIRN_SHA256);
	efi_measure_init();
	tpm_rig_is_over();
	(void)tpm_rig_fresh(state);
	give_area(TPM_AREA_BYTES);
	measured_before(15);
	efi_measure_init();
	tpm_rig_is_over();
}

static void bank_of_an_unknown_hash_is_the_end(void **state)
{
	tpm_fake.has_unknown = true;
	efi_measure_init();
	tpm_rig_is_over();
}

static void no_bank_is_the_end(void **state)
{
	tpm_fake.active = 0;
	efi_measure_init();
	tpm_rig_is_over();
}

static void busy_tpm_is_asked_again(void **state)
{
	tpm_fake.fault = FAKE_TPM_IS_BUSY;
	tpm_fake.on = 0x182;
	tpm_fake.busy = 3;
	efi_measure_init();
	assert_true(efi_tpm.is_on);
	tpm_rig_verify();
}

static void tpm_that_stays_busy_is_given_up(void **state)
{
	tpm_fake.fault = FAKE_TPM_IS_BUSY;
	tpm_fake.on = 0x182;
	tpm_fake.busy = UINT32_MAX;
	efi_measure_init();
	tpm_rig_is_over();
}

/* Each command of the start by itself goes wrong in each way that leaves the TPM alive. */
static void any_failure_at_the_start_is_the_end(void **state)
{
	static const uint32_t commands[] = { 0x144, 0x17a, 0x17e, 0x17b, 0x129, 0x182 };
	static const enum fake_tpm_fault faults[] = { FAKE_TPM_HANGS, FAKE_TPM_REFUSES,
						      FAKE_TPM_SAYS_LESS, FAKE_TPM_SAYS_MORE };

	for (size_t c = 0; c < CAIRN_ARRAY_LEN(commands); c++)
		for (size_t f = 0; f < CAIRN_ARRAY_LEN(faults); f++) {
			(void)tpm_rig_fresh(state);
			tpm_fake.fault = faults[f];
			tpm_fake.on = commands[c];
			tpm_fake.rc = 0x101;
			tpm_fake.is_started = commands[c] != 0x17b && commands[c] != 0x129;
			efi_measure_init();
			tpm_rig_is_over();
		}
}

static void tpm_that_starts_late_is_capped(void **state)
{
	tpm_fake.fault = FAKE_TPM_HANGS;
	tpm_fake.on = 0x144;
	tpm_fake.is_once = true;
	efi_measure_init();
	assert_true(tpm_fake.is_started);
	tpm_rig_is_over();
}

static void answers_that_are_cut_are_the_end(void **state)
{
	static const uint32_t commands[] = { 0x17a, 0x17e, 0x17b };

	for (size_t c = 0; c < CAIRN_ARRAY_LEN(commands); c++) {
		(void)tpm_rig_fresh(state);
		tpm_fake.fault = FAKE_TPM_CUTS;
		tpm_fake.on = commands[c];
		efi_measure_init();
		tpm_rig_is_over();
	}
}

static void failure_later_is_the_end_too(void **state)
{
	EFI_TCG2_PROTOCOL *p = tpm_rig_protocol();
	uint8_t out[64];

	tpm_fake.fault = FAKE_TPM_REFUSES;
	tpm_fake.on = 0x182;
	tpm_fake.rc = 0x101;
	assert_status(hash(9, CAIRN_EV_IPL, 0, "x", 1), EFI_DEVICE_ERROR);
	tpm_rig_is_over();
	/* A program that still has the protocol. */
	assert_status(p->HashLogExtendEvent(p, 0, (uintptr_t) "x", 1, event), EFI_DEVICE_ERROR);
	assert_status(p->SubmitCommand(p, 10, out, 64, out), EFI_DEVICE_ERROR);
	efi_measure_attempt();
	efi_measure_handed("x", 1, NULL);
	efi_measure_exit(EFI_EXIT_INVOKED);
	assert_false(efi_tpm.is_on);
}

static void tpm_that_is_gone_holds_up_nobody(void **state)
{
	uint32_t commands;

	tpm_fake.fault = FAKE_TPM_IS_GONE;
	tpm_fake.on = FAKE_TPM_ANY;
	commands = tpm_fake.n_commands;
	assert_status(hash(9, CAIRN_EV_IPL, 0, "x", 1), EFI_DEVICE_ERROR);
	assert_int_equal(tpm_fake.n_commands, commands + 1);
	assert_null(tpm_rig_protocol());
	assert_false(efi_tpm.is_on);
}

static void without_a_tpm_nothing_is_said(void **state)
{
	fw_platform.tpm.method = 0;
	efi_measure_init();
	assert_false(efi_tpm.is_on);
	assert_null(tpm_rig_protocol());
	assert_string_equal(rig_output(), "");
	fw_platform.tpm.method = 6;
	efi_measure_init();
	assert_string_equal(rig_output(),
			    "TPM: cannot be used: no driver for how it is started (6)\r\n");
}

#define STARTED(test) cmocka_unit_test_setup(test, tpm_rig_start)
#define FRESH(test)   cmocka_unit_test_setup(test, tpm_rig_fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STARTED(capability_says_what_there_is),
		STARTED(log_is_shown_in_one_form),
		STARTED(bytes_are_hashed_extended_and_logged),
		STARTED(event_that_is_none_is_not_extended),
		STARTED(extending_alone_is_not_logged),
		STARTED(program_is_hashed_as_one),
		STARTED(nonsense_is_refused),
		STARTED(commands_go_through),
		STARTED(banks_stay_as_they_are),
		STARTED(final_events_are_those_after_the_log_was_seen),
		STARTED(full_log_is_said_and_measuring_goes_on),
		FRESH(log_of_a_firmware_before_is_gone_on_with),
		FRESH(platform_hierarchy_is_closed_where_nobody_was_before),
		FRESH(tpm_that_was_only_started_before_is_closed_too),
		FRESH(tpm_that_was_closed_before_is_measured_into),
		FRESH(log_is_copied_to_its_place_in_acpi),
		FRESH(place_in_acpi_that_is_too_small_has_no_log),
		FRESH(place_upon_memory_of_others_is_not_touched),
		FRESH(log_that_does_not_tell_all_is_the_end),
		FRESH(log_of_other_banks_is_the_end),
		FRESH(bank_of_an_unknown_hash_is_the_end),
		FRESH(no_bank_is_the_end),
		FRESH(busy_tpm_is_asked_again),
		FRESH(tpm_that_stays_busy_is_given_up),
		FRESH(any_failure_at_the_start_is_the_end),
		FRESH(tpm_that_starts_late_is_capped),
		FRESH(answers_that_are_cut_are_the_end),
		STARTED(failure_later_is_the_end_too),
		STARTED(tpm_that_is_gone_holds_up_nobody),
		FRESH(without_a_tpm_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, tpm_rig_setup, NULL);
}
