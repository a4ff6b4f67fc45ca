/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * scsi.h - SCSI commands and answers as bytes (SPC-4, SBC-3, MMC-6). Whoever carries them is
 * elsewhere. What a device answers is checked into host integers here.
 */
#ifndef FW_SCSI_H
#define FW_SCSI_H

#include <fw/block.h>

#define SCSI_CDB_BYTES      16u
#define SCSI_INQUIRY_BYTES  36u
#define SCSI_CAPACITY_BYTES 32u
#define SCSI_LUNS_MAX       16u
#define SCSI_LUNS_BYTES     (8u + 8u * SCSI_LUNS_MAX)
#define SCSI_MODE_BYTES     4u

enum scsi_status {
	SCSI_GOOD = 0,
	SCSI_CHECK_CONDITION = 2,
	SCSI_BUSY = 8,
	SCSI_TASK_SET_FULL = 0x28,
};

enum scsi_key { SCSI_NOT_READY = 2, SCSI_UNIT_ATTENTION = 6 };

/* Additional sense codes; the latter with SCSI_UNIT_ATTENTION. */
enum { SCSI_BECOMING_READY = 0x04, SCSI_MEDIUM_CHANGED = 0x28 };

struct scsi_sense {
	uint8_t key, code; /* 0: none */
};

enum scsi_type { SCSI_DISK = 0, SCSI_CD = 5 };

/* One command. data_bytes: what the device gives (or, for a write, takes). */
struct scsi_command {
	uint8_t cdb[SCSI_CDB_BYTES];
	uint32_t data_bytes;
};

void scsi_inquiry_(struct scsi_command *c);
void scsi_test_unit_ready_(struct scsi_command *c);
void scsi_report_luns_(struct scsi_command *c);
void scsi_mode_sense_(struct scsi_command *c);
/* READ CAPACITY(16), or (10) for a CD. */
void scsi_read_capacity_(struct scsi_command *c, enum scsi_type type);
/* READ or WRITE(16), or READ(10) for a CD. */
void scsi_transfer_(struct scsi_command *c, enum scsi_type type, bool is_write, uint64_t lba,
		    uint32_t n);
void scsi_synchronize_(struct scsi_command *c);

/* Of an answer to INQUIRY. Returns false: nobody is there, or neither a disk nor a CD. */
bool scsi_inquiry_is_disk_(const uint8_t *answer, enum scsi_type *ret_type);
bool scsi_inquiry_is_removable_(const uint8_t *answer);
/* Returns 0, or -ENOTSUP: blocks that are not 512 … 4096 bytes, or more than 2^64 bytes. */
CAIRN_MUST_USE int scsi_capacity_(const uint8_t *answer, enum scsi_type type, uint64_t *ret_blocks,
				  uint32_t *ret_block_bytes);
bool scsi_is_write_protected_(const uint8_t *mode_answer);
/* The LUNs that can be addressed in 14 bits, at most SCSI_LUNS_MAX. Returns how many. */
uint32_t scsi_luns_(const uint8_t *answer, uint16_t *ret_luns);
/* Of len bytes of sense data, in either format. */
struct scsi_sense scsi_sense_(const uint8_t *sense, size_t len);

#endif
