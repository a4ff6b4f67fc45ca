/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * measure.h - what is measured of a boot, and when (TCG PC Client Platform Firmware Profile 1.05,
 * 3.3.4). Without a TPM all of it does nothing; a failure ends measuring, never the boot.
 */
#ifndef FW_EFI_MEASURE_H
#define FW_EFI_MEASURE_H

#include <cairn/loader_pe.h>
#include <cairn/tpm.h>
#include <fw/efi_boot.h>

#include "image.h"

/* The firmware's version (PCR 0), and Secure Boot's variables with a separator behind them (PCR 7).
 * The variables are there. */
void efi_measure_init(void);

/*
 * Something is about to be tried. Only with the first image that it brings this becomes an event
 * (PCR 4): a volume without a loader is none. In front of the very first the variables of booting
 * (PCR 1), behind it separators (PCR 0 to 6).
 */
void efi_measure_attempt(void);
/* What was tried came back (PCR 4), if it ever was an event. */
void efi_measure_returned(void);
/* What a program is handed: its options and a device tree (PCR 12), a RAM disk (PCR 9). `what` may
 * be NULL. */
void efi_measure_handed(const void *options, UINTN bytes, const struct fw_efi_candidate *what);

/*
 * A program that is loaded and may run: its digest by Authenticode into PCR 4, a driver's into PCR
 * 2; in front of it, once for each disk, the partition table of the disk it comes from (PCR 5), and
 * what of db allowed it.
 *
 * @file: as pe was parsed from. @at: where it is
 */
void efi_measure_image(const struct efi_source *file, const struct cairn_pe *pe, uint64_t at,
		       efi_path *path);
/*
 * What allowed a program that is about to run, an entry of db (PCR 7): each once, as long as there
 * are no more than EFI_AUTHORITIES_MAX. n 0: Secure Boot is off.
 */
#define EFI_AUTHORITIES_MAX 32u
void efi_measure_authority(const void *entry, UINTN n);
/* The digests of a program's file. Returns false where it has none. */
bool efi_measure_program(const void *file, UINTN n, const struct cairn_pe *pe,
			 struct cairn_tpm_digests *ret);

enum efi_measure_exit { EFI_EXIT_INVOKED, EFI_EXIT_FAILED, EFI_EXIT_DONE };
/* Of the boot services (PCR 5). After the last the TPM is the operating system's. */
void efi_measure_exit(enum efi_measure_exit what);

/* measure_disk.c: the table of a disk, the first time. */
void efi_measure_disk(struct fw_block *b);
/* Hashes the event's own data. */
void efi_measure_data(uint32_t pcr, uint32_t type, const void *event, UINTN n);

#endif
