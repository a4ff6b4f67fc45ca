/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * fake_flash.h - flash behind fw_mmio_read() and fw_mmio_write(), on a bus of 1, 2 or 4 bytes, with
 * several chips beside each other. What is beside it reads as ones.
 */
#ifndef FW_DRIVERS_TEST_FAKE_FLASH_H
#define FW_DRIVERS_TEST_FAKE_FLASH_H

#include <cairn/env.h>

struct fake_flash {
	uint64_t at;
	uint32_t len, block_bytes, width, chips;
	uint8_t *bytes;
	uint8_t status;      /* what a command ends with; 0: it never does */
	uint8_t table[0x31]; /* of the query, from byte 0; made by fake_flash_plug() */
	uint32_t mode, programs, erases;
	uint32_t oddities; /* what no driver should do */
	uint32_t clears;   /* of the status */
	bool overwrites;   /* a word becomes what is written, as QEMU's does */
	uint32_t left;     /* programs and erases that are still done */
};

/* The bytes are the caller's. The fields before `status` are set. */
void fake_flash_plug(struct fake_flash *f);
/* The same, as the one flash that the platform has. */
void fake_flash_plug_alone(struct fake_flash *f);

#endif
