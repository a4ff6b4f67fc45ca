/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * flight.h - a transfer of any length as many requests at once, whatever the device: as many as
 * there are slots go out together, and when half of them are back the next follow.
 */
#ifndef FW_FLIGHT_H
#define FW_FLIGHT_H

#include <fw/block.h>

#define FW_FLIGHT_SLOTS 64u

enum fw_transfer_kind { FW_READ, FW_WRITE, FW_FLUSH };

/* What is left to hand to the device. */
struct fw_transfer {
	enum fw_transfer_kind kind;
	uint32_t unit; /* of a device that has several */
	uint64_t lba, at, bytes;
	bool is_asked; /* a flush, which has no bytes, is out */
};

static inline struct fw_transfer fw_transfer_of_(const struct fw_block *b,
						 enum fw_transfer_kind kind, uint64_t lba,
						 const void *buffer, uint32_t n)
{
	return (struct fw_transfer){ .kind = kind,
				     .unit = b->at.unit,
				     .lba = lba,
				     .at = (uint64_t)(uintptr_t)buffer,
				     .bytes = (uint64_t)n * b->block_bytes };
}

/* The request for its first bytes was made. */
static inline void fw_transfer_advance_(struct fw_transfer *t, uint64_t bytes, uint32_t block_bytes)
{
	t->lba += bytes / block_bytes;
	t->at += bytes;
	t->bytes -= bytes;
	t->is_asked = true;
}

struct fw_flight;

struct fw_flight_ops {
	/* Makes the transfer's next request, in that slot, and takes it off the transfer. Returns
	 * 0, or -ENOSPC: no room until another is back. */
	int (*add)(struct fw_flight *f, uint8_t slot, struct fw_transfer *t);
	/* What was added goes out. */
	void (*submit)(struct fw_flight *f);
	/*
	 * Until a request is back, within the time limit of disks. Returns 0 with its slot, which
	 * is one that is out, and its result: 0, -EIO, or -EAGAIN: to be tried again at once. Else
	 * the device has failed: -ETIMEDOUT, or -EPROTO: it breaks its rules.
	 */
	int (*wait)(struct fw_flight *f, uint8_t *ret_slot, int *ret_result);
	/* Resets the device and sets it up as it was. Returns 0 or a negative errno. */
	int (*restart)(struct fw_flight *f);
	/* It is never used again: it may write nowhere any more. */
	void (*give_up)(struct fw_flight *f);
};

struct fw_flight {
	const struct fw_flight_ops *ops;
	uint8_t n_slots; /* > 0 */
	bool is_dead;    /* given up, or stopped */
	/* private */
	uint8_t free[FW_FLIGHT_SLOTS], n_free; /* a stack */
};

/* All n slots are free: at the start, and in restart(). */
void fw_flight_init_(struct fw_flight *f, uint8_t n);
/*
 * fw_flight_do_() - all of a transfer; once more after a restart where the device hung.
 *
 * Returns 0; -EIO: an error of the device, or it was given up; -ETIMEDOUT: it hung twice. Nothing
 * is in flight afterwards.
 */
CAIRN_MUST_USE int fw_flight_do_(struct fw_flight *f, const struct fw_transfer *t);

#endif
