/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio_blk.c - virtio 1.2, 5.2. */
#include <fw/disks.h>

#include <cairn/math.h>

#include "disk.h"
#include "flight.h"
#include "virtio_chain.h"

#define F_SIZE_MAX   (UINT64_C(1) << 1)
#define F_SEG_MAX    (UINT64_C(1) << 2)
#define F_RO         (UINT64_C(1) << 5)
#define F_BLK_SIZE   (UINT64_C(1) << 6)
#define F_FLUSH      (UINT64_C(1) << 9)
#define WANTED       (F_SIZE_MAX | F_SEG_MAX | F_RO | F_BLK_SIZE | F_FLUSH)

#define SECTOR_BYTES 512u
#define SLOTS        (FW_VIRTIO_QUEUE_MAX / 3) /* header, data, status at least */
CAIRN_STATIC_ASSERT(SLOTS <= FW_FLIGHT_SLOTS, "flight.h");
#define SEGMENTS_MAX 64u
#define STATUS_NONE  0xffu /* what no device writes */

enum { CONFIG_CAPACITY = 0, CONFIG_SIZE_MAX = 8, CONFIG_SEG_MAX = 12, CONFIG_BLK_SIZE = 20 };
enum { TYPE_IN = 0, TYPE_OUT = 1, TYPE_FLUSH = 4 };

struct blk_header { /* virtio 1.2, 5.2.6 */
	cairn_le32 type, reserved;
	cairn_le64 sector;
};
CAIRN_STATIC_ASSERT(sizeof(struct blk_header) == 16, "virtio 1.2, 5.2.6");

struct blk {
	struct fw_block block;
	struct fw_flight flight;
	struct fw_virtio v;
	struct fw_virtio_queue queue;
	uint64_t accepted;                    /* features, as at the first start */
	uint32_t segment_bytes, n_segments;   /* of a request at most */
	uint8_t slot_of[FW_VIRTIO_QUEUE_MAX]; /* by a chain's head */
	/* the device's to read and write */
	struct blk_header headers[SLOTS];
	uint8_t status[SLOTS];
};

static struct blk *to_blk(struct fw_block *b)
{
	return cairn_container_of(b, struct blk, block);
}

static struct blk *of_flight(struct fw_flight *f)
{
	return cairn_container_of(f, struct blk, flight);
}

static uint32_t type_of(enum fw_transfer_kind kind)
{
	static const uint8_t types[] = {
		[FW_READ] = TYPE_IN, [FW_WRITE] = TYPE_OUT, [FW_FLUSH] = TYPE_FLUSH
	};

	return types[kind];
}

static int blk_add(struct fw_flight *f, uint8_t slot, struct fw_transfer *t)
{
	struct blk *b = of_flight(f);
	struct cairn_virtq_buf bufs[SEGMENTS_MAX + 2];
	uint64_t bytes = cairn_min_u64(t->bytes, (uint64_t)b->segment_bytes * b->n_segments);
	uint64_t sector = t->lba * (b->block.block_bytes / SECTOR_BYTES);
	uint16_t n, head;
	int r;

	b->headers[slot] = (struct blk_header){ .type = cairn_le32_of(type_of(t->kind)),
						.sector = cairn_le64_of(sector) };
	b->status[slot] = STATUS_NONE;
	bufs[0] = fw_virtio_buf_(&b->headers[slot], sizeof(struct blk_header), false);
	n = fw_virtio_bufs_of_(t, bytes, b->segment_bytes, bufs + 1);
	bufs[n + 1] = fw_virtio_buf_(&b->status[slot], 1, true);
	r = cairn_virtq_driver_add(&b->queue.ring, bufs, (uint16_t)(n + 2), NULL, &head);
	if (r < 0)
		return r;
	b->slot_of[head] = slot;
	fw_transfer_advance_(t, bytes, b->block.block_bytes);
	return 0;
}

static void blk_submit(struct fw_flight *f)
{
	struct blk *b = of_flight(f);

	fw_virtio_submit(&b->v, &b->queue);
}

static int blk_wait(struct fw_flight *f, uint8_t *ret_slot, int *ret_result)
{
	struct blk *b = of_flight(f);
	uint32_t written;
	uint16_t head;
	uint8_t status;
	int r = fw_virtio_wait(&b->v, &b->queue, FW_DISK_LIMIT_NS, &head, &written);

	if (r < 0)
		return r;
	*ret_slot = b->slot_of[head];
	cairn_copy_in(&status, &b->status[*ret_slot], 1);
	*ret_result = status == 0 ? 0 : -EIO;
	return 0;
}

/* From reset to running, the first time and after a failure. */
static int start(struct blk *b, uint64_t wanted, struct cairn_err *err)
{
	int r = fw_virtio_start(&b->v, wanted, err);

	if (r < 0)
		return r;
	r = fw_virtio_queue_init(&b->v, &b->queue, 0);
	if (r < 0)
		return cairn_err_set(err, -r, "no usable queue", 0);
	if (b->queue.size < 4)
		return cairn_err_set(err, EPROTO, "a queue too short for a request", b->queue.size);
	fw_flight_init_(&b->flight, (uint8_t)cairn_min_u64(SLOTS, b->queue.size / 3));
	fw_virtio_run(&b->v);
	return 0;
}

static int blk_restart(struct fw_flight *f)
{
	struct blk *b = of_flight(f);
	int r = start(b, b->accepted, NULL);

	return r == 0 && b->v.features != b->accepted ? -EPROTO : r;
}

static void blk_give_up(struct fw_flight *f)
{
	fw_virtio_stop(&of_flight(f)->v, NULL, 0);
}

static const struct fw_flight_ops flight_ops = {
	.add = blk_add,
	.submit = blk_submit,
	.wait = blk_wait,
	.restart = blk_restart,
	.give_up = blk_give_up,
};

static int transact(struct blk *b, const struct fw_transfer *t)
{
	int r = fw_flight_do_(&b->flight, t);

	b->block.notifications = b->v.notifications;
	return r;
}

static int blk_read(struct fw_block *block, uint64_t lba, void *dst, uint32_t n)
{
	const struct fw_transfer t = fw_transfer_of_(block, FW_READ, lba, dst, n);

	return transact(to_blk(block), &t);
}

static int blk_write(struct fw_block *block, uint64_t lba, const void *src, uint32_t n)
{
	const struct fw_transfer t = fw_transfer_of_(block, FW_WRITE, lba, src, n);

	return transact(to_blk(block), &t);
}

static int blk_flush(struct fw_block *block)
{
	const struct fw_transfer t = { .kind = FW_FLUSH };
	struct blk *b = to_blk(block);

	return b->accepted & F_FLUSH ? transact(b, &t) : 0;
}

static void blk_stop(struct fw_block *block)
{
	struct blk *b = to_blk(block);

	b->flight.is_dead = true;
	fw_virtio_stop(&b->v, &b->queue, 1);
}

static const struct fw_block_ops blk_ops = {
	.read = blk_read,
	.write = blk_write,
	.flush = blk_flush,
	.stop = blk_stop,
};

/* What the configuration says, in our limits. Returns 0, -ENODEV, -ENOTSUP. */
static int read_geometry(struct blk *b, struct cairn_err *err)
{
	uint64_t sectors = fw_virtio_config64(&b->v, CONFIG_CAPACITY);
	uint32_t block_bytes = SECTOR_BYTES;

	if (b->accepted & F_BLK_SIZE)
		block_bytes = fw_virtio_config(&b->v, CONFIG_BLK_SIZE, 4);
	if (!fw_block_bytes_are_valid_(block_bytes))
		return cairn_err_set(err, ENOTSUP, "blocks that are not 512 to 4096 bytes",
				     block_bytes);
	b->block.block_bytes = block_bytes;
	b->block.n_blocks = sectors / (block_bytes / SECTOR_BYTES);
	if (b->block.n_blocks == 0 || sectors > UINT64_MAX / SECTOR_BYTES)
		return cairn_err_set(err, ENODEV, "no capacity", sectors);
	b->block.is_readonly = b->accepted & F_RO;
	return 0;
}

/* Segments of whole blocks, as many as device, queue and table can. */
static int read_limits(struct blk *b, struct cairn_err *err)
{
	uint64_t bytes = FW_DISK_REQUEST_BYTES, n = 1;

	if (b->accepted & F_SIZE_MAX)
		bytes = cairn_min_u64(bytes, fw_virtio_config(&b->v, CONFIG_SIZE_MAX, 4));
	bytes -= bytes % b->block.block_bytes;
	if (bytes == 0)
		return cairn_err_set(err, ENOTSUP, "segments shorter than a block", 0);
	if (b->accepted & F_SEG_MAX)
		n = fw_virtio_config(&b->v, CONFIG_SEG_MAX, 4);
	n = cairn_min_u64(n, cairn_min_u64(SEGMENTS_MAX, b->queue.size - 2u));
	n = cairn_min_u64(n, FW_DISK_REQUEST_BYTES / bytes);
	b->segment_bytes = (uint32_t)bytes;
	b->n_segments = n ? (uint32_t)n : 1;
	return 0;
}

int fw_virtio_blk_open(const struct fw_virtio *v, struct fw_block **ret, struct cairn_err *err)
{
	struct blk *b;
	void *pages;
	int r;

	if (fw_pages_take_(sizeof(*b), &pages) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for a disk", sizeof(*b));
	b = pages;
	b->v = *v;
	b->block.ops = &blk_ops;
	b->block.at = v->at;
	b->flight.ops = &flight_ops;
	r = start(b, WANTED, err);
	b->accepted = b->v.features;
	if (r == 0)
		r = read_geometry(b, err);
	if (r == 0)
		r = read_limits(b, err);
	if (r < 0) {
		if (fw_virtio_stop(&b->v, &b->queue, 1) == 0)
			fw_pages_give_(b, sizeof(*b));
		return r;
	}
	fw_block_name_(&b->block, "virtio-blk");
	*ret = &b->block;
	return 0;
}
