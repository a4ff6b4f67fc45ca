/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tpm.h - the machine's TPM while it is measured into: PCRs and log always tell the same. When that
 * cannot be held any more, measuring is given up for good: protocol and log disappear, and PCRs 0
 * to 7 get the separator that stands for an error, so that nobody takes what was measured for all
 * that there was (TCG PC Client Platform Firmware Profile 1.05, 3.3.4 and 2.3.2).
 */
#ifndef FW_EFI_TPM_H
#define FW_EFI_TPM_H

#include <cairn/tpm_log.h>
#include <fw/tpm.h>

#include "core.h"
#include "efi_tcg2.h"

struct efi_tpm { /* fields may be read */
	bool is_on;
	struct fw_tpm device;
	struct cairn_tpm_banks banks;
	uint32_t manufacturer, max_command, max_response;
	bool is_first; /* no firmware before this one measured */
};

extern struct efi_tpm efi_tpm;

/*
 * Finds the TPM, starts it, and begins its log or goes on with that of a firmware before. It is on
 * when all of that worked; a line on the console says what did not. No TPM, no line.
 */
void efi_tpm_init(void);
/*
 * Extended and logged, d->kinds being the active ones. SUCCESS; VOLUME_FULL: extended, but the log
 * is full; DEVICE_ERROR: it is given up; NOT_READY: there is none, or it was given up before.
 */
EFI_STATUS efi_tpm_measure(uint32_t pcr, uint32_t type, const struct cairn_tpm_digests *d,
			   const void *event, UINTN n);
/* The same without a trace in the log. */
EFI_STATUS efi_tpm_extend(uint32_t pcr, const struct cairn_tpm_digests *d);
void efi_tpm_give_up(const char *why, uint64_t value);

/* tpm_log.c: the log in its places: the firmware's, that of ACPI's table, that of final events. */
int efi_log_init(cairn_tpm_kinds kinds, struct cairn_err *err);
const struct cairn_tpm_log *efi_log(void);
EFI_STATUS efi_log_append(uint32_t pcr, uint32_t type, const struct cairn_tpm_digests *d,
			  const void *event, UINTN n);
bool efi_log_is_truncated(void);
/* From now on events go to the table of final events, too. */
void efi_log_was_seen(void);
/* Nothing is left of it. */
void efi_log_drop(void);

/* tcg2.c */
EFI_STATUS efi_tcg2_install(void);
void efi_tcg2_uninstall(void);

#endif
