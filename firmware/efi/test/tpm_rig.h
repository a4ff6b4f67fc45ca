/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* tpm_rig.h - the rig with a TPM that the firmware measures into. */
#ifndef FW_EFI_TEST_TPM_RIG_H
#define FW_EFI_TEST_TPM_RIG_H

#include "rig.h"

#include "../../drivers/test/fake_tpm.h"
#include "../measure.h"
#include "../tpm.h"

#define TPM_AREA_BYTES 4096u

extern struct fake_tpm tpm_fake;
/* For the log, in ACPI's table: a page that is reserved in the map, and one that is not there. */
extern uint8_t tpm_area[2 * TPM_AREA_BYTES];

/* Group set-up: the rig, with a TPM and without an area. */
int tpm_rig_setup(void **state);
/* Test set-up: another TPM, which the firmware has not seen yet. */
int tpm_rig_fresh(void **state);
/* The same, and the firmware has measured into it what it does at its start. */
int tpm_rig_start(void **state);

EFI_TCG2_PROTOCOL *tpm_rig_protocol(void); /* NULL: there is none */
/* What a verifier does: the log, walked and replayed, is what the PCRs have. */
void tpm_rig_verify(void);
/* The event of this number, counted from 0 behind the first. */
struct cairn_tpm_event tpm_rig_event(uint32_t i);
uint32_t tpm_rig_events(void);
/* The last event is of this kind, and its SHA-256 is that of the bytes. */
void tpm_rig_last(uint32_t pcr, uint32_t type, const void *hashed, size_t n);
/* Measuring is over, the PCRs of the platform say so, and nothing is left that tells of it. */
void tpm_rig_is_over(void);

#endif
