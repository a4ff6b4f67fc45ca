/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_scsi.h - virtio 1.2, 5.6. One request queue; the control and event queues are not set up:
 * a hung device is reset as a whole, and nobody watches for changes in the time of a boot.
 */
#ifndef FW_VIRTIO_SCSI_H
#define FW_VIRTIO_SCSI_H

#include <fw/disks.h>

#include "flight.h"
#include "scsi.h"

#define SCSI_SLOTS            32u
#define SCSI_SENSE_BYTES      96u
#define SCSI_VIRTIO_CDB_BYTES 32u
#define SCSI_SCRATCH_BYTES    256u /* for one answer */
#define SCSI_REQUEST_QUEUE    2u
CAIRN_STATIC_ASSERT(SCSI_LUNS_BYTES <= SCSI_SCRATCH_BYTES, "room for the longest answer");

struct scsi_request { /* virtio 1.2, 5.6.6.1 */
	uint8_t lun[8];
	cairn_le64 id;
	uint8_t task_attr, prio, crn;
	uint8_t cdb[SCSI_VIRTIO_CDB_BYTES];
};
CAIRN_STATIC_ASSERT(offsetof(struct scsi_request, cdb) == 19, "virtio 1.2, 5.6.6.1");

struct scsi_response {
	cairn_le32 sense_len, residual;
	cairn_le16 status_qualifier;
	uint8_t status, response;
	uint8_t sense[SCSI_SENSE_BYTES];
};
CAIRN_STATIC_ASSERT(sizeof(struct scsi_response) == 108, "virtio 1.2, 5.6.6.1");

struct scsi_unit {
	struct fw_block block;
	struct scsi_host *host;
	enum scsi_type type;
	bool is_changed; /* the medium that was found is no longer there */
};

struct scsi_host {
	struct fw_flight flight;
	struct fw_virtio v;
	struct fw_virtio_queue queue;
	uint32_t request_bytes; /* at most */
	uint32_t n_targets;
	uint8_t slot_of[FW_VIRTIO_QUEUE_MAX];
	struct scsi_unit units[FW_SCSI_UNITS_MAX];
	uint32_t n_units;
	struct scsi_unit *asking; /* whose the requests in flight are */
	/* the device's to read and write */
	struct scsi_request requests[SCSI_SLOTS];
	struct scsi_response responses[SCSI_SLOTS];
	uint8_t scratch[SCSI_SLOTS][SCSI_SCRATCH_BYTES];
};

/* What came of a command. */
struct scsi_outcome {
	uint8_t response; /* 0: the unit has answered */
	uint8_t status;
	struct scsi_sense sense;
	uint32_t residual;
};

extern const struct fw_flight_ops scsi_flight_ops_;
extern const struct fw_block_ops scsi_unit_ops_;

/* From reset to running, the first time and after a failure. */
CAIRN_MUST_USE int scsi_start_(struct scsi_host *h, struct cairn_err *err);
/* Hands one command with an answer out, without telling the device. */
CAIRN_MUST_USE int scsi_put_(struct scsi_host *h, uint8_t slot, uint32_t unit,
			     const struct scsi_command *c);
/* Waits for any command. Returns 0, -ETIMEDOUT, -EPROTO. */
CAIRN_MUST_USE int scsi_take_(struct scsi_host *h, uint8_t *ret_slot, struct scsi_outcome *ret);
/* One command alone. Returns 0 with the outcome (and the answer in scratch[0]), or the device has
 * failed. */
CAIRN_MUST_USE int scsi_exec_(struct scsi_host *h, uint32_t unit, const struct scsi_command *c,
			      struct scsi_outcome *ret);

#endif
