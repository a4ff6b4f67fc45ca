/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Any bytes as a log: what is adopted can be walked to its end, replayed, and gone on with. */
#include <stdlib.h>
#include <string.h>

#include <cairn/tpm_log.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void walk(const struct cairn_tpm_log *log)
{
	struct cairn_tpm_event e;
	size_t at = 0, before = 0;

	while (cairn_tpm_log_next(log, &at, &e) > 0) {
		check(at > before && at <= log->used);
		check(e.pcr < CAIRN_TPM_PCRS && e.digests.kinds == log->kinds);
		check(e.data + e.n == log->bytes + at);
		before = at;
	}
	check(before == 0 || before == log->used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[1 << 16];
	uint8_t before[CAIRN_HASH_BYTES_MAX], after[CAIRN_HASH_BYTES_MAX];
	struct cairn_tpm_digests d;
	struct cairn_tpm_log log;

	if (size > sizeof(bytes) / 2)
		return 0;
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, data, size);
	if (cairn_tpm_log_adopt(&log, bytes, sizeof(bytes)) < 0)
		return 0;
	check(log.used <= sizeof(bytes) && log.last < log.used && log.kinds != 0);
	walk(&log);
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++) {
		if (!(log.kinds & 1u << i))
			continue;
		cairn_tpm_log_replay(&log, (enum cairn_hash_kind)i, 4, before);
		cairn_tpm_digest(log.kinds, data, size, &d);
		if (cairn_tpm_log_append(&log, 4, CAIRN_EV_IPL, &d, data, 0) < 0)
			return 0;
		cairn_tpm_log_replay(&log, (enum cairn_hash_kind)i, 4, after);
		check(memcmp(before, after, cairn_hash_size((enum cairn_hash_kind)i)) != 0);
	}
	walk(&log);
	return 0;
}
