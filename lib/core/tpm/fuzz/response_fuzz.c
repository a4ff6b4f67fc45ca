/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Any bytes as an answer: what is taken out of it lay inside. */
#include <stdlib.h>

#include <cairn/tpm.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t digest[CAIRN_HASH_BYTES_MAX], random[32];
	struct cairn_tpm_response r;
	struct cairn_tpm_banks banks;
	uint32_t value;
	size_t n;

	if (cairn_tpm_parse(data, size, &r) < 0)
		r = (struct cairn_tpm_response){ .body = data, .n = size };
	check(r.body >= data && r.n <= size && (size_t)(r.body - data) <= size - r.n);
	if (cairn_tpm_banks(&r, &banks) == 0)
		check((banks.active & ~banks.supported) == 0 && banks.supported < 16);
	if (cairn_tpm_random(&r, random, sizeof(random), &n) == 0)
		check(n > 0 && n <= sizeof(random) && n <= r.n);
	if (cairn_tpm_property(&r, CAIRN_TPM_MAX_COMMAND, &value) == 0)
		check(r.n >= 17);
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++)
		if (cairn_tpm_pcr_value(&r, (enum cairn_hash_kind)i, digest) == 0)
			check(r.n > cairn_hash_size((enum cairn_hash_kind)i));
	return 0;
}
