/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Registers and buffer of a TPM hold any bytes, another one at each read: an answer is never longer
 * than there is room for it, and everything ends.
 */
#include <stdlib.h>

#include <cairn/le.h>
#include <cairn/tpm.h>
#include <fw/tpm.h>

#include "arch_test.h"

#define TPM_AT UINT64_C(0xfed40000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static size_t left;

/* Registers as a TPM has them, one byte of the input changes each; then zero. */
static uint32_t mmio_read(uint64_t at, uint32_t width)
{
	static const uint8_t sane[0x80] = {
		[0x0c] = 1,    [0x30] = 1,    [0x58] = 0x80, [0x59] = 0x0f,
		[0x5c] = 0x80, [0x5e] = 0xd4, [0x5f] = 0xfe, [0x64] = 0x80,
		[0x65] = 0x0f, [0x68] = 0x80, [0x6a] = 0xd4, [0x6b] = 0xfe,
	};
	uint32_t v = 0;

	if (at < TPM_AT || at + width > TPM_AT + 0x1000)
		abort();
	if (at - TPM_AT < sizeof(sane))
		v = (uint32_t)cairn_le_load(sane + (at - TPM_AT), width);
	if (!left)
		return v;
	left--;
	return v ^ *input++;
}

static void mmio_write(uint64_t at, uint32_t width, uint32_t value)
{
	if (at < TPM_AT || at + width > TPM_AT + 0x1000)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fw_platform p = { .tpm = { .method = 7, .control_at = TPM_AT + 0x40 } };
	uint8_t command[CAIRN_TPM_COMMAND_MAX], answer[100];
	struct cairn_err err;
	struct fw_tpm t;
	uint32_t n;

	input = data;
	left = size;
	test_mmio_read = mmio_read;
	test_mmio_write = mmio_write;
	if (fw_tpm_open(&t, &p, &err) < 0)
		return 0;
	for (uint32_t i = 0; i < 4; i++) {
		n = (uint32_t)cairn_tpm_startup(command);
		if (fw_tpm_submit(&t, command, n, answer, sizeof(answer), FW_TPM_LIMIT_NS, &n) ==
			0 &&
		    (n < CAIRN_TPM_HEADER || n > sizeof(answer)))
			abort();
	}
	fw_tpm_close(&t);
	return 0;
}
