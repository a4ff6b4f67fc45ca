/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * nvme_queue.h - a pair of queues (NVM Express 1.4, 4): commands in, completions out. The device
 * is hostile: a completion names a command that is out, or the pair is broken.
 */
#ifndef FW_NVME_QUEUE_H
#define FW_NVME_QUEUE_H

#include <cairn/copy.h>

#define NVME_QUEUE_MAX 64u

struct nvme_command { /* 4.2 */
	uint8_t opcode, flags;
	cairn_le16 id;
	cairn_le32 nsid;
	cairn_le64 reserved, metadata, prp1, prp2;
	cairn_le32 dw10, dw11, dw12, dw13, dw14, dw15;
};
CAIRN_STATIC_ASSERT(sizeof(struct nvme_command) == 64, "NVM Express 1.4, 4.2");

struct nvme_completion { /* 4.6 */
	cairn_le32 result, reserved;
	cairn_le16 sq_head, sq_id, id, status; /* status: bit 0 is the phase */
};
CAIRN_STATIC_ASSERT(sizeof(struct nvme_completion) == 16, "NVM Express 1.4, 4.6");

/* What the device reads and writes: two pages. */
struct nvme_rings {
	struct nvme_command submission[NVME_QUEUE_MAX];
	struct nvme_completion completion[4 * NVME_QUEUE_MAX];
};
CAIRN_STATIC_ASSERT(sizeof(struct nvme_rings) == 8192, "each ring starts a page");

struct nvme_queue {
	struct nvme_rings *rings;
	uint64_t sq_bell_at, cq_bell_at;
	uint16_t size; /* entries of each ring, 2 … NVME_QUEUE_MAX */
	uint16_t tail, head;
	bool phase;   /* of new completions */
	uint64_t out; /* bit: a command with this id is out */
	uint64_t *n_notified;
};

/* Empty rings; the doorbells, size and counter are set by the caller before. */
void nvme_queue_clear_(struct nvme_queue *q);
/* Puts a command with this id, which is not out and below size - 1, into the ring. */
void nvme_queue_add_(struct nvme_queue *q, uint8_t id, struct nvme_command *c);
/* Tells the device of what was added since the last time, and gives back completions. */
void nvme_queue_submit_(struct nvme_queue *q);
/* The next completion. Returns 1 with the command's id and status (0: success); 0: none; -EPROTO:
 * it names no command that is out. */
CAIRN_MUST_USE int nvme_queue_get_(struct nvme_queue *q, uint8_t *ret_id, uint16_t *ret_status);

#endif
