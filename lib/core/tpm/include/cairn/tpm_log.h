/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tpm_log.h - the event log of a measured boot in its crypto-agile form: what was extended into
 * which PCR, so that somebody who knows the PCRs' values can tell what was booted. TCG PC Client
 * Platform Firmware Profile 1.05, 10.
 *
 *   TCG_PCClientPCREvent  PCR 0, EV_NO_ACTION, "Spec ID Event03": which hashes follow
 *   TCG_PCR_EVENT2 …      PCR, type, one digest of each hash, data
 *
 * A log of others is hostile: it is checked whole before anything of it is used.
 */
#ifndef CAIRN_TPM_LOG_H
#define CAIRN_TPM_LOG_H

#include <cairn/tpm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Types of events, 10.4.1: no enum, since the numbers are larger than an int. */
#define CAIRN_EV_NO_ACTION                     3u
#define CAIRN_EV_SEPARATOR                     4u
#define CAIRN_EV_S_CRTM_VERSION                8u
#define CAIRN_EV_IPL                           0xdu
#define CAIRN_EV_EFI_VARIABLE_DRIVER_CONFIG    0x80000001u
#define CAIRN_EV_EFI_VARIABLE_BOOT             0x80000002u
#define CAIRN_EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define CAIRN_EV_EFI_BOOT_SERVICES_DRIVER      0x80000004u
#define CAIRN_EV_EFI_RUNTIME_SERVICES_DRIVER   0x80000005u
#define CAIRN_EV_EFI_GPT_EVENT                 0x80000006u
#define CAIRN_EV_EFI_ACTION                    0x80000007u
#define CAIRN_EV_EFI_VARIABLE_AUTHORITY        0x800000e0u

struct cairn_tpm_log {  /* fields may be read */
	uint8_t *bytes; /* the caller's */
	size_t cap, used;
	size_t last; /* where the last event begins */
	cairn_tpm_kinds kinds;
};

/* Begins a log for these hashes. Returns 0, or -ENOSPC. */
CAIRN_MUST_USE int cairn_tpm_log_init(struct cairn_tpm_log *log, void *bytes, size_t cap,
				      cairn_tpm_kinds kinds);
/*
 * cairn_tpm_log_adopt() - goes on with a log that somebody began: `bytes` has a copy of it that
 * nobody else changes.
 *
 * The log ends where the buffer does, or in front of a record that is all zero.
 * Returns 0; -EPROTO: no such log, or an event that is not whole; -ENOTSUP: hashes that are not
 * known here.
 */
CAIRN_MUST_USE int cairn_tpm_log_adopt(struct cairn_tpm_log *log, void *bytes, size_t cap);

/* Bytes that an event takes. */
size_t cairn_tpm_event_size(cairn_tpm_kinds kinds, size_t n);
/* One event at dst, which has cairn_tpm_event_size() bytes. */
void cairn_tpm_event_write(uint8_t *dst, uint32_t pcr, uint32_t type,
			   const struct cairn_tpm_digests *digests, const void *data, size_t n);
/* digests->kinds are the log's. Returns 0, or -ENOSPC: the log is as it was. */
CAIRN_MUST_USE int cairn_tpm_log_append(struct cairn_tpm_log *log, uint32_t pcr, uint32_t type,
					const struct cairn_tpm_digests *digests, const void *data,
					size_t n);

struct cairn_tpm_event {
	uint32_t pcr, type;
	struct cairn_tpm_digests digests;
	const uint8_t *data; /* in the log */
	size_t n;
};

/*
 * cairn_tpm_log_next() - the events behind the first one, in order. *at is 0 in the first call.
 * Returns 1, or 0: no more.
 */
int cairn_tpm_log_next(const struct cairn_tpm_log *log, size_t *at, struct cairn_tpm_event *ret);

/*
 * cairn_tpm_log_replay() - what the PCR must hold if the log tells all: zeroes at the start, then
 * extended by each event of the log. Writes cairn_hash_size(kind) bytes. O(the log).
 */
void cairn_tpm_log_replay(const struct cairn_tpm_log *log, enum cairn_hash_kind kind, uint32_t pcr,
			  uint8_t *ret_value);

#ifdef __cplusplus
}
#endif
#endif
