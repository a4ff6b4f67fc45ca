/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * fake_tpm.h - a TPM behind a CRB that has PCRs and knows the commands of a measured boot, and that
 * a test makes fail. It answers while it is started; time is the test's.
 */
#ifndef FW_TEST_FAKE_TPM_H
#define FW_TEST_FAKE_TPM_H

#include <cairn/tpm.h>
#include <fw/platform.h>

#define FAKE_TPM_AT  UINT64_C(0xfed40000)
#define FAKE_TPM_ANY 0xffffffffu

enum fake_tpm_fault {
	FAKE_TPM_WELL,
	FAKE_TPM_HANGS,   /* until it is told to cancel */
	FAKE_TPM_IS_GONE, /* whatever it is told */
	FAKE_TPM_FATAL,
	FAKE_TPM_REFUSES,   /* with `rc` */
	FAKE_TPM_IS_BUSY,   /* as often as `busy` says */
	FAKE_TPM_SAYS_LESS, /* a header of 9 bytes */
	FAKE_TPM_SAYS_MORE, /* a header of 4 GiB */
	FAKE_TPM_CUTS,      /* a body without its last byte */
	FAKE_TPM_SAYS_SO,   /* `said` */
};

struct fake_tpm {
	uint8_t page[4096];
	bool is_granted, is_ready, is_started;
	bool never_granted, never_ready;
	cairn_tpm_kinds supported, active;
	bool has_unknown; /* a bank of SM3, active */
	uint8_t pcr[CAIRN_TPM_KINDS][CAIRN_TPM_PCRS][CAIRN_HASH_BYTES_MAX];
	uint32_t auth_bytes; /* of the platform */
	uint32_t n_commands, n_capped;
	/* The fault, on commands of this code. */
	enum fake_tpm_fault fault;
	uint32_t on, rc, busy;
	bool is_once; /* and all is well then */
	const uint8_t *said;
	uint32_t n_said;
};

/* A new one, with SHA-1, SHA-256 and SHA-384 active, and the platform that names it. */
void fake_tpm_open(struct fake_tpm *t, struct fw_platform *p);
/* As a TPM extends. */
void fake_tpm_extend(struct fake_tpm *t, uint32_t pcr, const struct cairn_tpm_digests *d);

#endif
