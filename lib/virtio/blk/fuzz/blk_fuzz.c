/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Requests of every shape, well made and not, chains written past the driver, guest memory
 * rewritten while requests are under way, stops in between, on a disk in memory that is late or
 * fails. The device ends every stop, answers no more chains than it took, and leaves what lies
 * around the disk alone.
 */
#include <stdlib.h>

#include <cairn/block_fault.h>
#include <cairn/cursor.h>
#include <cairn/virtio_blk.h>
#include <cairn/virtio_rig.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RAM_BYTES  65536u
#define DISK_BYTES 16384u
#define GUARD      64u

static struct cairn_virtio_rig rig;
static struct cairn_block_fault fault;
static uint8_t disk[GUARD + DISK_BYTES + GUARD];

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Up to 6 pieces; the first begins with a header whose fields are likely to make sense. */
static void op_push(struct cairn_reader *r)
{
	static const uint32_t types[] = { 0, 1, 4, 8, 11, 13, 0, 1 };
	static uint8_t bytes[16 + 1024];
	struct cairn_virtq_mock_piece p[6];
	uint8_t shape = cairn_reader_u8(r), n = 1 + shape % 6;
	uint16_t head, at = 0;

	memset(bytes, shape, sizeof(bytes));
	cairn_le_store(bytes, 4, shape & 0x80 ? cairn_reader_le32(r) : types[shape >> 4 & 7]);
	cairn_le_store(bytes + 8, 8, shape & 8 ? cairn_reader_le64(r) : cairn_reader_u8(r) % 34u);
	cairn_reader_bytes(r, bytes + 16, cairn_reader_left(r) < 32 ? 0 : 32);
	for (uint8_t i = 0; i < n; i++) {
		uint8_t b = cairn_reader_u8(r);
		uint32_t len = b & 0x40 ? 1u + (b & 31) : 512u * (b & 3);

		if (!len)
			len = 16;
		p[i] = (struct cairn_virtq_mock_piece){ bytes + at, len, b >> 7 };
		if (p[i].writable)
			continue;
		p[i].len = (uint32_t)cairn_min_u64(len, sizeof(bytes) - at);
		at = (uint16_t)(at + p[i].len);
	}
	(void)!cairn_virtio_rig_push(&rig, 0, p, n, &head);
}

static void op_raw(struct cairn_reader *r)
{
	uint16_t i = cairn_reader_u8(r) % 16;
	uint64_t at = CAIRN_VIRTQ_MOCK_BASE + cairn_reader_le16(r);

	cairn_virtq_mock_raw_desc(&rig.queues[0].mock, i, at, cairn_reader_le16(r),
				  cairn_reader_u8(r) & 7, cairn_reader_u8(r) % 20);
	cairn_virtq_mock_raw_offer(&rig.queues[0].mock, i);
	cairn_virtio_rig_kick(&rig, 0);
}

static void op_poke(struct cairn_reader *r)
{
	uint32_t at = cairn_reader_le16(r);
	uint8_t v = cairn_reader_u8(r);

	(void)!cairn_mem_write(&rig.ram.mem, cairn_gpa_of(CAIRN_VIRTQ_MOCK_BASE + at), &v, 1);
}

static void op_stop(enum cairn_vq_stop how)
{
	if (!cairn_vdev_queue_is_started(rig.vdev, 0))
		return;
	must(cairn_virtio_rig_ask_stop(&rig, 0, how) == 0);
	cairn_block_fault_release(&fault, 100);
	while (rig.queues[0].stop_pending[how])
		must(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	must((uint16_t)(rig.queues[0].pos.avail - rig.queues[0].pos.used) <= 16);
	if (rig.vdev->state == CAIRN_VDEV_BROKEN)
		return;
	rig.ram.next = 0;
	must(cairn_virtio_rig_start(&rig, 0, 16) == 0);
}

static void op(struct cairn_reader *r)
{
	uint8_t b = cairn_reader_u8(r);

	switch (b % 8) {
	case 0:
	case 1:
	case 2:
		op_push(r);
		break;
	case 3:
		op_raw(r);
		break;
	case 4:
		op_poke(r);
		break;
	case 5:
		fault.mode = (enum cairn_block_fault_mode)(b >> 3 & 7) % 5;
		fault.arg = 1;
		break;
	case 6:
		cairn_block_fault_release(&fault, b >> 3);
		(void)!cairn_loop_dispatch(rig.loop, 0);
		break;
	case 7:
		op_stop(b & 8 ? CAIRN_VQ_CANCEL : CAIRN_VQ_DRAIN);
		break;
	}
}

static struct cairn_virtio_blk *open_device(uint8_t how)
{
	struct cairn_block_engine *engines[] = { &fault.engine };
	struct cairn_disk_geometry g = {
		.size_bytes = DISK_BYTES,
		.block_bytes = how & 2 ? 1024 : 512,
		.physical_bytes = 4096,
		.memory_align = 1,
		.is_read_only = how & 4,
		.can_discard = true,
	};
	struct cairn_virtio_blk_cfg cfg = { .engines = engines, .n_queues = 1, .queue_size = 16 };
	struct cairn_virtio_blk *b;
	struct cairn_vdev *d;

	memset(disk, 0xa5, sizeof(disk));
	must(cairn_virtio_rig_open(&rig, RAM_BYTES, how & 1 ? 1 : 4) == 0);
	must(cairn_block_fault_init(&fault, &g, disk + GUARD) == 0);
	cfg.home = rig.loop;
	must(cairn_virtio_blk_new(&cfg, &b, NULL) == 0);
	d = cairn_virtio_blk_vdev(b);
	must(cairn_virtio_rig_attach(&rig, d,
				     how & 8 ? d->features
					     : d->features & ~CAIRN_VIRTIO_BLK_F_FLUSH &
						   ~CAIRN_VIRTIO_F_EVENT_IDX) == 0);
	must(cairn_virtio_rig_start(&rig, 0, 16) == 0);
	return b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_virtio_blk *b;
	struct cairn_reader r;

	cairn_reader_init(&r, data, size);
	b = open_device(cairn_reader_u8(&r));
	for (int n = 0; cairn_reader_left(&r) && n < 64; n++)
		op(&r);
	(void)!cairn_loop_dispatch(rig.loop, 0);
	if (cairn_vdev_queue_is_started(rig.vdev, 0))
		op_stop(CAIRN_VQ_CANCEL);
	must(cairn_virtio_rig_detach(&rig) == 0);
	cairn_virtio_blk_free(b);
	cairn_block_fault_fini(&fault);
	cairn_virtio_rig_close(&rig);
	for (size_t i = 0; i < GUARD; i++)
		must(disk[i] == 0xa5 && disk[GUARD + DISK_BYTES + i] == 0xa5);
	return 0;
}
