/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * block.h - a disk, or a part of one, as drivers offer it and everything above reads it.
 *
 * Blocks are the device's own (512 … 4096 bytes). Addresses are physical and mapped one to one; a
 * driver splits what is longer than its device takes. Functions poll until the device is done or
 * its time limit is over. One thread.
 */
#ifndef FW_BLOCK_H
#define FW_BLOCK_H

#include <cairn/env.h>
#include <cairn/err.h>
#include <cairn/loader_image.h>

enum fw_bus { FW_BUS_PCI, FW_BUS_MMIO };

/* Where a device sits, for messages and device paths. */
struct fw_location {
	enum fw_bus bus;
	uint16_t segment;
	uint8_t path_len; /* PCI: bridges and then the device */
	struct {
		uint8_t dev, fn;
	} path[8];
	uint64_t mmio_at; /* FW_BUS_MMIO */
	uint32_t unit;    /* SCSI target and LUN, NVMe namespace; or 0 */
};

struct fw_block;

struct fw_block_ops {
	/* n > 0 blocks that lie inside the disk. 0, or -EIO, -ETIMEDOUT. dst has any alignment. */
	int (*read)(struct fw_block *b, uint64_t lba, void *dst, uint32_t n);
	/* NULL: read only. */
	int (*write)(struct fw_block *b, uint64_t lba, const void *src, uint32_t n);
	/* NULL: nothing to do. What was written before is durable after. */
	int (*flush)(struct fw_block *b);
	/* The device is quiet and forgets its rings: the operating system comes next. NULL:
	 * nothing. */
	void (*stop)(struct fw_block *b);
};

struct fw_block {
	const struct fw_block_ops *ops;
	uint64_t n_blocks;    /* > 0; n_blocks * block_bytes fits */
	uint32_t block_bytes; /* a power of two, 512 … 4096 */
	bool is_readonly;
	bool is_removable; /* a medium in a drive; once another is put in, all reads are -EIO */
	char name[24];     /* "virtio-blk 0:4.0", for people */
	struct fw_location at;
	uint64_t bytes_read, requests; /* counted by the functions below */
	uint64_t notifications;        /* counted by the driver; shared by units of one device */
};

/*
 * Check the range, count, and call the driver. Return 0, -EINVAL (outside the disk), -EROFS, or
 * the driver's error. n == 0 is done at once.
 */
CAIRN_MUST_USE int fw_block_read(struct fw_block *b, uint64_t lba, void *dst, uint64_t n);
CAIRN_MUST_USE int fw_block_write(struct fw_block *b, uint64_t lba, const void *src, uint64_t n);
CAIRN_MUST_USE int fw_block_flush(struct fw_block *b);

/*
 * Bytes at any offset of [first, first + n) blocks, for parsers: whole blocks go straight to dst,
 * the pieces at the ends through a block of the drivers'. Valid while part is.
 */
struct fw_part {
	struct fw_block *block;
	uint64_t first, n;
};

void fw_part_init(struct fw_part *p, struct fw_block *b, uint64_t first, uint64_t n);
struct cairn_image fw_part_image(struct fw_part *p);
/*
 * As the image's read_at, for writing. Both return 0, -EINVAL (outside the part, or the part
 * outside the disk), or what fw_block_read() and fw_block_write() returned.
 */
CAIRN_MUST_USE int fw_part_write(const struct fw_part *p, uint64_t off, const void *src,
				 size_t len);

#endif
