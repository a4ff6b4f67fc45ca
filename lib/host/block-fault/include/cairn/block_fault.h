/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * block_fault.h - a block engine for tests: a disk in memory that is slow, fails, or hangs, as
 * told. Everything happens on the loop it is bound to.
 */
#ifndef CAIRN_BLOCK_FAULT_H
#define CAIRN_BLOCK_FAULT_H

#include <cairn/block.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cairn_block_fault_mode {
	CAIRN_BLOCK_FAULT_NONE,  /* done in the loop's next round */
	CAIRN_BLOCK_FAULT_DELAY, /* done `arg` rounds later */
	CAIRN_BLOCK_FAULT_ERROR, /* done in the next round with status -arg, nothing transferred */
	CAIRN_BLOCK_FAULT_SHORT, /* the first half of the bytes transferred, then -EIO */
	CAIRN_BLOCK_FAULT_HOLD,  /* never done, until released */
};

struct cairn_block_fault { /* the caller's; fields are for reading, unless stated */
	struct cairn_block_engine engine;
	uint8_t *bytes;
	enum cairn_block_fault_mode mode; /* of what is submitted from now on; the test's to set */
	uint32_t arg;
	bool can_cancel; /* cancel ends a request with -ECANCELED; the test's to set */
	uint32_t n_submitted, n_commits, n_cancels, n_held, n_flushes;
	/* private */
	struct cairn_block_req *due, *due_last, *held, *held_last;
	struct cairn_call call;
	bool posted;
};

/* bytes: geometry->size_bytes of the caller's memory, which outlives it. Returns 0 or -ENOMEM. */
CAIRN_MUST_USE int cairn_block_fault_init(struct cairn_block_fault *f,
					  const struct cairn_disk_geometry *geometry,
					  uint8_t *bytes);
/* Not bound. */
void cairn_block_fault_fini(struct cairn_block_fault *f);
/* Let the n oldest held requests be done, properly, in the loop's next round. */
void cairn_block_fault_release(struct cairn_block_fault *f, uint32_t n);
/* The size from now on; bytes has that many. */
void cairn_block_fault_resize(struct cairn_block_fault *f, uint64_t size_bytes);

#ifdef __cplusplus
}
#endif
#endif
