/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * read_ahead.h - windows of disks, for small reads that follow each other.
 *
 * Loaders read a kernel in pieces of 32 KiB and tables block by block, and each request would cost
 * an exit to the monitor. A small read that is in no window fills a short one from there on, the
 * one that was used least recently. One that arrives at a window's end goes on in the long window,
 * twice as much each time, up to all of it, unless others used that meanwhile: a loader that goes
 * back and forth between a file and the tables that say where it lies has both. A window belongs to
 * one disk; what it holds is what the disk has.
 */
#ifndef FW_READ_AHEAD_H
#define FW_READ_AHEAD_H

#include <fw/block.h>

#define FW_AHEAD_SHORTS      4u
#define FW_AHEAD_SHORT_BYTES (64u << 10)
#define FW_AHEAD_LONG_BYTES  (768u << 10)
#define FW_AHEAD_BYTES       (FW_AHEAD_LONG_BYTES + FW_AHEAD_SHORTS * FW_AHEAD_SHORT_BYTES)

/* Memory of FW_AHEAD_BYTES for the windows, all empty; NULL: nothing is read ahead from now on. */
void fw_ahead_open_(void *memory);
/* n > 0 blocks inside the disk. false: the caller has to read them (large, or not to be read). */
bool fw_ahead_read_(struct fw_block *b, uint64_t lba, void *dst, uint64_t n);
/* These blocks are about to be written. */
void fw_ahead_forget_(const struct fw_block *b, uint64_t lba, uint64_t n);

#endif
