/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * read_ahead.h - one window of a disk, for small reads that follow each other.
 *
 * Loaders read a kernel in pieces of 32 KiB and tables block by block, and each request would cost
 * an exit to the monitor. A small read that is not in the window fills it from there on: 64 KiB,
 * and twice as much each time the reader arrives at its end, up to all of it. The window belongs to
 * the disk that was read last.
 */
#ifndef FW_READ_AHEAD_H
#define FW_READ_AHEAD_H

#include <fw/block.h>

#define FW_AHEAD_BYTES (1u << 20)

/* Memory of FW_AHEAD_BYTES for the window, empty; NULL: nothing is read ahead from now on. */
void fw_ahead_open_(void *memory);
/* n > 0 blocks inside the disk. false: the caller has to read them (large, or not to be read). */
bool fw_ahead_read_(struct fw_block *b, uint64_t lba, void *dst, uint64_t n);
/* These blocks are about to be written. */
void fw_ahead_forget_(const struct fw_block *b, uint64_t lba, uint64_t n);

#endif
