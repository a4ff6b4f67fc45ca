/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "scsi.h"

#include <cairn/math.h>

#include "disk.h"

enum {
	TEST_UNIT_READY = 0x00,
	INQUIRY = 0x12,
	MODE_SENSE_6 = 0x1a,
	READ_CAPACITY_10 = 0x25,
	READ_10 = 0x28,
	SYNCHRONIZE_CACHE_10 = 0x35,
	READ_16 = 0x88,
	WRITE_16 = 0x8a,
	SERVICE_ACTION_IN_16 = 0x9e,
	REPORT_LUNS = 0xa0,

	READ_CAPACITY_16 = 0x10, /* service action */
	ALL_PAGES = 0x3f,
	CAPACITY_10_BYTES = 8,
	WRITE_PROTECTED = 0x80,
	REMOVABLE = 0x80,
};

/* SCSI is big-endian. */
static void be_store(uint8_t *p, size_t len, uint64_t v)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(v >> 8 * (len - 1 - i));
}

static uint64_t be_load(const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

static void begin(struct scsi_command *c, uint8_t opcode, uint32_t data_bytes)
{
	memset(c, 0, sizeof(*c));
	c->cdb[0] = opcode;
	c->data_bytes = data_bytes;
}

void scsi_inquiry_(struct scsi_command *c)
{
	begin(c, INQUIRY, SCSI_INQUIRY_BYTES);
	be_store(c->cdb + 3, 2, SCSI_INQUIRY_BYTES);
}

void scsi_test_unit_ready_(struct scsi_command *c)
{
	begin(c, TEST_UNIT_READY, 0);
}

void scsi_report_luns_(struct scsi_command *c)
{
	begin(c, REPORT_LUNS, SCSI_LUNS_BYTES);
	be_store(c->cdb + 6, 4, SCSI_LUNS_BYTES);
}

void scsi_mode_sense_(struct scsi_command *c)
{
	begin(c, MODE_SENSE_6, SCSI_MODE_BYTES);
	c->cdb[2] = ALL_PAGES;
	c->cdb[4] = SCSI_MODE_BYTES;
}

void scsi_read_capacity_(struct scsi_command *c, enum scsi_type type)
{
	if (type == SCSI_CD) {
		begin(c, READ_CAPACITY_10, CAPACITY_10_BYTES);
		return;
	}
	begin(c, SERVICE_ACTION_IN_16, SCSI_CAPACITY_BYTES);
	c->cdb[1] = READ_CAPACITY_16;
	be_store(c->cdb + 10, 4, SCSI_CAPACITY_BYTES);
}

void scsi_transfer_(struct scsi_command *c, enum scsi_type type, bool is_write, uint64_t lba,
		    uint32_t n)
{
	if (type == SCSI_CD) {
		begin(c, READ_10, 0);
		be_store(c->cdb + 2, 4, lba);
		be_store(c->cdb + 7, 2, n);
		return;
	}
	begin(c, is_write ? WRITE_16 : READ_16, 0);
	be_store(c->cdb + 2, 8, lba);
	be_store(c->cdb + 10, 4, n);
}

void scsi_synchronize_(struct scsi_command *c)
{
	begin(c, SYNCHRONIZE_CACHE_10, 0);
}

bool scsi_inquiry_is_disk_(const uint8_t *answer, enum scsi_type *ret_type)
{
	/* qualifier and type in one byte: a qualifier but 0 is a unit that is not there */
	if (answer[0] != SCSI_DISK && answer[0] != SCSI_CD)
		return false;
	*ret_type = answer[0] == SCSI_CD ? SCSI_CD : SCSI_DISK;
	return true;
}

bool scsi_inquiry_is_removable_(const uint8_t *answer)
{
	return answer[1] & REMOVABLE;
}

int scsi_capacity_(const uint8_t *answer, enum scsi_type type, uint64_t *ret_blocks,
		   uint32_t *ret_block_bytes)
{
	size_t width = type == SCSI_CD ? 4 : 8;
	uint64_t last = be_load(answer, width), bytes, blocks;
	uint32_t block_bytes = (uint32_t)be_load(answer + width, 4);

	if (!fw_block_bytes_are_valid_(block_bytes) || !cairn_add_u64(last, 1, &blocks) ||
	    !cairn_mul_u64(blocks, block_bytes, &bytes))
		return -ENOTSUP;
	*ret_blocks = blocks;
	*ret_block_bytes = block_bytes;
	return 0;
}

bool scsi_is_write_protected_(const uint8_t *mode_answer)
{
	return mode_answer[2] & WRITE_PROTECTED;
}

uint32_t scsi_luns_(const uint8_t *answer, uint16_t *ret_luns)
{
	uint64_t n = cairn_min_u64(be_load(answer, 4) / 8, SCSI_LUNS_MAX);
	uint32_t found = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint16_t lun = (uint16_t)be_load(answer + 8 + 8 * i, 2);

		/* SAM-5, 4.7: peripheral device addressing on bus 0, or flat space addressing */
		if (lun < 0x100 || lun >> 14 == 1)
			ret_luns[found++] = lun & 0x3fff;
	}
	return found;
}

struct scsi_sense scsi_sense_(const uint8_t *sense, size_t len)
{
	uint8_t format = len ? sense[0] & 0x7f : 0;

	if ((format == 0x70 || format == 0x71) && len > 12)
		return (struct scsi_sense){ sense[2] & 15, sense[12] };
	if ((format == 0x72 || format == 0x73) && len > 2)
		return (struct scsi_sense){ sense[1] & 15, sense[2] };
	return (struct scsi_sense){ 0 };
}
