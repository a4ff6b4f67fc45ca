/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * nvme.h - NVM Express 1.4 over PCI: one pair of queues for disks, pages of 4096 bytes, lists of
 * pages for requests that are longer than two.
 */
#ifndef FW_NVME_H
#define FW_NVME_H

#include <fw/disks.h>

#include "flight.h"
#include "nvme_queue.h"

#define NVME_PAGE    4096u
#define NVME_SLOTS   32u
#define NVME_PRP_MAX (FW_DISK_REQUEST_BYTES / NVME_PAGE)
#define NVME_BELLS   0x1000u /* where the doorbells begin */

enum { /* registers, 3.1 */
       NVME_CAP_LOW = 0x00,
       NVME_CAP_HIGH = 0x04,
       NVME_VERSION = 0x08,
};

enum { NVME_IDENTIFY_NAMESPACE = 0, NVME_IDENTIFY_CONTROLLER = 1, NVME_IDENTIFY_LIST = 2 };

struct nvme_unit {
	struct fw_block block;
	struct nvme_controller *owner;
	uint8_t *bounce; /* for buffers that are not aligned to 4; NULL: none came yet */
};

struct nvme_controller {
	struct fw_flight flight;
	const struct fw_pci *pci;
	uint64_t regs;
	uint32_t bell_bytes;  /* between doorbells */
	uint32_t max_entries; /* of a queue */
	uint64_t limit_ns;    /* for getting ready */
	uint32_t request_bytes;
	uint64_t notifications;
	struct nvme_queue admin, io;
	struct nvme_unit units[FW_NVME_UNITS_MAX];
	uint32_t n_units;
	/* the device's to read and write, each from the start of a page */
	struct nvme_rings admin_rings __attribute__((aligned(NVME_PAGE)));
	struct nvme_rings io_rings;
	uint8_t identity[NVME_PAGE];
	cairn_le64 prps[NVME_SLOTS][NVME_PRP_MAX];
};

extern const struct fw_flight_ops nvme_flight_ops_;
extern const struct fw_block_ops nvme_unit_ops_;

uint32_t nvme_read_(const struct nvme_controller *c, uint32_t off);
/* From disabled to both pairs of queues in work, the first time and after a failure. */
CAIRN_MUST_USE int nvme_start_(struct nvme_controller *c, struct cairn_err *err);
/* Quiet: what is in flight is lost, and nothing is written any more. Not 0: it may still write. */
int nvme_stop_(struct nvme_controller *c);
/* One of NVME_IDENTIFY_ into c->identity. Returns 0; -ENOTSUP: refused; or the controller has
 * failed. */
CAIRN_MUST_USE int nvme_identify_(struct nvme_controller *c, uint32_t what, uint32_t nsid);
/* The next completion, within the time limit of disks. Returns 0, -ETIMEDOUT, -EPROTO. */
CAIRN_MUST_USE int nvme_wait_queue_(struct nvme_controller *c, struct nvme_queue *q,
				    uint8_t *ret_id, uint16_t *ret_status);

#endif
