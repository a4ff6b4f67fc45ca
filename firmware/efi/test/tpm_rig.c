/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "tpm_rig.h"

#include "arch_test.h"

struct fake_tpm tpm_fake;
uint8_t tpm_area[2 * TPM_AREA_BYTES] __attribute__((aligned(4096)));

int tpm_rig_setup(void **state)
{
	test_view_at = 1; /* all there is */
	test_view_len = UINT64_C(1) << 47;
	assert_int_equal(fw_memory_describe(&fw_platform.memory, (uintptr_t)tpm_area,
					    TPM_AREA_BYTES, FW_MEM_RESERVED, 0),
			 0);
	fake_tpm_open(&tpm_fake, &fw_platform);
	return rig_setup(state);
}

int tpm_rig_fresh(void **state)
{
	if (efi_tpm.is_on)
		efi_tpm_give_up("another test", 0);
	memset(tpm_area, 0, sizeof(tpm_area));
	fw_platform.tpm.log_at = 0;
	fw_platform.tpm.log_bytes = 0;
	fake_tpm_open(&tpm_fake, &fw_platform);
	(void)rig_output();
	return 0;
}

int tpm_rig_start(void **state)
{
	(void)tpm_rig_fresh(state);
	efi_measure_init();
	assert_true(efi_tpm.is_on);
	return 0;
}

EFI_TCG2_PROTOCOL *tpm_rig_protocol(void)
{
	void *p = NULL;

	return EFI_ERROR(BS->LocateProtocol(&efi_guid_tcg2, NULL, &p)) ? NULL : p;
}

static struct cairn_tpm_log log_now(void)
{
	static uint8_t bytes[65536];
	struct cairn_tpm_log log;

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, efi_log()->bytes, efi_log()->used);
	assert_int_equal(cairn_tpm_log_adopt(&log, bytes, sizeof(bytes)), 0);
	assert_int_equal(log.used, efi_log()->used);
	assert_int_equal(log.last, efi_log()->last);
	return log;
}

void tpm_rig_verify(void)
{
	struct cairn_tpm_log log = log_now();
	uint8_t v[CAIRN_HASH_BYTES_MAX];

	assert_int_equal(log.kinds, tpm_fake.active);
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++)
		for (uint32_t pcr = 0; log.kinds >> i & 1 && pcr < 16; pcr++) {
			cairn_tpm_log_replay(&log, (enum cairn_hash_kind)i, pcr, v);
			assert_memory_equal(v, tpm_fake.pcr[i][pcr],
					    cairn_hash_size((enum cairn_hash_kind)i));
		}
}

uint32_t tpm_rig_events(void)
{
	struct cairn_tpm_log log = log_now();
	struct cairn_tpm_event e;
	uint32_t n = 0;
	size_t at = 0;

	while (cairn_tpm_log_next(&log, &at, &e))
		n++;
	return n;
}

struct cairn_tpm_event tpm_rig_event(uint32_t i)
{
	struct cairn_tpm_log log = log_now();
	struct cairn_tpm_event e;
	size_t at = 0;

	do
		assert_int_equal(cairn_tpm_log_next(&log, &at, &e), 1);
	while (i--);
	return e;
}

void tpm_rig_last(uint32_t pcr, uint32_t type, const void *hashed, size_t n)
{
	struct cairn_tpm_event e = tpm_rig_event(tpm_rig_events() - 1);
	uint8_t want[CAIRN_HASH_BYTES_MAX];

	assert_int_equal(e.pcr, pcr);
	assert_int_equal(e.type, type);
	cairn_hash_bytes(CAIRN_SHA256, hashed, n, want);
	assert_memory_equal(e.digests.v[CAIRN_SHA256], want, 32);
}

void tpm_rig_is_over(void)
{
	static const uint8_t zeroes[TPM_AREA_BYTES];

	assert_false(efi_tpm.is_on);
	assert_null(tpm_rig_protocol());
	for (UINTN i = 0; i < efi_st->NumberOfTableEntries; i++)
		assert_false(efi_guid_equal(&efi_st->ConfigurationTable[i].VendorGuid,
					    &efi_guid_tcg2_final_events));
	assert_memory_equal(tpm_area, zeroes, sizeof(zeroes));
	assert_int_equal(tpm_fake.n_capped, 8);
	assert_false(tpm_fake.is_granted);
	assert_non_null(strstr(rig_output(), "TPM: nothing is measured"));
}
