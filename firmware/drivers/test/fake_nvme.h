/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* fake_nvme.h - an NVM Express controller over a disk in memory that says and does what a test
 * wants. */
#ifndef FW_TEST_FAKE_NVME_H
#define FW_TEST_FAKE_NVME_H

#include "world.h"

#define NVME_DISK   (UINT64_C(4) << 20)
#define NVME_SPACES 3u

struct nvme_space {
	uint64_t n_blocks; /* 0: inactive */
	uint8_t shift;     /* of a block */
	uint16_t metadata;
	bool is_protected;
};

struct fake_nvme {
	/* what it says; the test writes them */
	uint64_t cap;
	uint32_t version;
	uint8_t mdts;
	struct nvme_space spaces[NVME_SPACES]; /* numbers 1, 2, 3 */
	bool never_ready, never_stops, is_fatal;
	uint32_t n_lost;       /* commands of disks that it will not answer */
	uint16_t status;       /* of commands of disks */
	uint32_t wild_id;      /* != 0: of completions of disks */
	uint8_t refused_admin; /* this command fails */
	/* what it was told */
	uint32_t cc, csts, aqa;
	uint64_t asq, acq, sq, cq;
	uint32_t size, n_starts, n_bells, n_flushes, longest, n_prp_lists;
	uint16_t sq_head[2], cq_tail[2];
	bool phase[2];
	uint8_t disk[NVME_DISK];
};

extern struct fake_nvme nvme;

/* An honest controller at 00:(function's) of world's root, one namespace of 512-byte blocks. */
void nvme_plug(void);

#endif
