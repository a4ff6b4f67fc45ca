/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* blk_test.h - a block device on a rig, over a disk in memory that fails as told. */
#ifndef CAIRN_BLK_TEST_H
#define CAIRN_BLK_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cairn/block_fault.h>
#include <cairn/virtio_blk.h>
#include <cairn/virtio_rig.h>

#define DISK_BYTES   (64u * 512u)
#define DISK_SECTORS 64u

enum { IN = 0, OUT = 1, FLUSH = 4, GET_ID = 8, DISCARD = 11, WRITE_ZEROES = 13 };
enum { OK = 0, IOERR = 1, UNSUPP = 2, UNTOUCHED = CAIRN_VIRTQ_MOCK_FILL };

struct header {
	cairn_le32 type, reserved;
	cairn_le64 sector;
};

struct range {
	cairn_le64 sector;
	cairn_le32 n_sectors, flags;
};

static struct cairn_virtio_rig rig;
static struct cairn_block_fault fault;
static struct cairn_block_engine *engines[1];
static struct cairn_virtio_blk *blk;
static uint8_t disk[2 * DISK_BYTES];

static inline struct header header(uint32_t type, uint64_t sector)
{
	struct header h = { cairn_le32_of(type), cairn_le32_of(0), cairn_le64_of(sector) };

	return h;
}

static inline struct range range(uint64_t sector, uint32_t n, uint32_t flags)
{
	struct range r = { cairn_le64_of(sector), cairn_le32_of(n), cairn_le32_of(flags) };

	return r;
}

static inline void open_with(const struct cairn_disk_geometry *g, uint64_t without)
{
	struct cairn_virtio_blk_cfg cfg = {
		.engines = engines,
		.n_queues = 1,
		.queue_size = 16,
		.serial = "cairn-0001",
	};

	for (size_t i = 0; i < sizeof(disk); i++)
		disk[i] = (uint8_t)(i / 512 + i);
	assert_int_equal(cairn_virtio_rig_open(&rig, 1 << 20, 4), 0);
	cfg.home = rig.loop;
	assert_int_equal(cairn_block_fault_init(&fault, g, disk), 0);
	engines[0] = &fault.engine;
	assert_int_equal(cairn_virtio_blk_new(&cfg, &blk, NULL), 0);
	assert_int_equal(cairn_virtio_rig_attach(&rig, cairn_virtio_blk_vdev(blk),
						 cairn_virtio_blk_vdev(blk)->features & ~without),
			 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, 0, 16), 0);
}

static inline int setup(void **state)
{
	struct cairn_disk_geometry g = {
		.size_bytes = DISK_BYTES,
		.block_bytes = 512,
		.physical_bytes = 4096,
		.memory_align = 1,
		.can_discard = true,
	};

	open_with(&g, 0);
	return 0;
}

static inline int teardown(void **state)
{
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	cairn_virtio_blk_free(blk);
	cairn_block_fault_fini(&fault);
	cairn_virtio_rig_close(&rig);
	return 0;
}

static inline void reopen(const struct cairn_disk_geometry *g, uint64_t without)
{
	teardown(NULL);
	open_with(g, without);
}

static uint8_t answer_bytes[1 << 17];
static uint32_t answer_written;

/* Offer a chain, wait for it; returns its last writable byte, the rest is in answer_bytes. */
static inline int transact(const struct cairn_virtq_mock_piece *pieces, uint16_t n)
{
	uint16_t head, got;
	size_t bytes;

	assert_int_equal(cairn_virtio_rig_push(&rig, 0, pieces, n, &head), 0);
	assert_int_equal(cairn_virtio_rig_collect(&rig, 0, &got, &answer_written), 1);
	assert_int_equal(got, head);
	bytes =
	    cairn_virtq_mock_data(&rig.queues[0].mock, head, answer_bytes, sizeof(answer_bytes));
	return answer_bytes[bytes - 1];
}

/* Header, readable data, room for writable data, status. */
static inline int request(uint32_t type, uint64_t sector, const void *out, uint32_t out_bytes,
			  uint32_t in_bytes)
{
	struct header h = header(type, sector);
	struct cairn_virtq_mock_piece p[4] = { CAIRN_VIRTQ_MOCK_R(&h, sizeof(h)) };
	uint16_t n = 1;

	if (out_bytes)
		p[n++] = (struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_R(out, out_bytes);
	if (in_bytes)
		p[n++] = (struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_W(in_bytes);
	p[n++] = (struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_W(1);
	return transact(p, n);
}

/* The same without waiting. */
static inline uint16_t offer(uint32_t type, uint64_t sector, const void *out, uint32_t out_bytes,
			     uint32_t in_bytes)
{
	struct header h = header(type, sector);
	struct cairn_virtq_mock_piece p[4] = { CAIRN_VIRTQ_MOCK_R(&h, sizeof(h)) };
	uint16_t n = 1, head;

	if (out_bytes)
		p[n++] = (struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_R(out, out_bytes);
	if (in_bytes)
		p[n++] = (struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_W(in_bytes);
	p[n++] = (struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_W(1);
	assert_int_equal(cairn_virtio_rig_push(&rig, 0, p, n, &head), 0);
	return head;
}

/* The status byte of a chain that was offered, as it is now. */
static inline int status_of(uint16_t head)
{
	size_t bytes =
	    cairn_virtq_mock_data(&rig.queues[0].mock, head, answer_bytes, sizeof(answer_bytes));

	return answer_bytes[bytes - 1];
}

static inline uint64_t config(uint16_t off, uint16_t len)
{
	uint8_t bytes[8];

	assert_int_equal(cairn_vdev_config_read(cairn_virtio_blk_vdev(blk), off, bytes, len), 0);
	return cairn_le_load(bytes, len);
}

static struct cairn_vdev_call no_call;

static inline int config_write(uint16_t off, uint8_t byte)
{
	return cairn_vdev_config_write(cairn_virtio_blk_vdev(blk), off, &byte, 1, &no_call);
}

#endif
