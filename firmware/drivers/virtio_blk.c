/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_blk.c - virtio 1.2, 5.2. As many requests as the queue holds go out with one notification;
 * when half of them are back the queue is filled again.
 */
#include <fw/clock.h>
#include <fw/disks.h>

#include <cairn/math.h>

#include "disk.h"
#include "pages.h"

#define F_SIZE_MAX   (UINT64_C(1) << 1)
#define F_SEG_MAX    (UINT64_C(1) << 2)
#define F_RO         (UINT64_C(1) << 5)
#define F_BLK_SIZE   (UINT64_C(1) << 6)
#define F_FLUSH      (UINT64_C(1) << 9)
#define WANTED       (F_SIZE_MAX | F_SEG_MAX | F_RO | F_BLK_SIZE | F_FLUSH)

#define SECTOR_BYTES 512u
#define SLOTS        (FW_VIRTIO_QUEUE_MAX / 3) /* header, data, status at least */
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
	struct fw_virtio v;
	struct fw_virtio_queue queue;
	uint64_t accepted;                    /* features, as at the first start */
	uint32_t segment_bytes, n_segments;   /* of a request at most */
	uint8_t free_slots[SLOTS], n_free;    /* a stack */
	uint8_t n_slots;                      /* that the queue has room for */
	uint8_t slot_of[FW_VIRTIO_QUEUE_MAX]; /* by a chain's head */
	bool is_dead;
	/* the device's to read and write */
	struct blk_header headers[SLOTS];
	uint8_t status[SLOTS];
};

/* What is left to hand to the device. */
struct transfer {
	uint32_t type;
	uint64_t lba, at, bytes;
	bool must_ask; /* a flush has no bytes */
	int result;
};

static struct blk *to_blk(struct fw_block *b)
{
	return cairn_container_of(b, struct blk, block);
}

static uint16_t add_data(const struct blk *b, const struct transfer *t, uint64_t bytes,
			 struct cairn_virtq_buf *bufs)
{
	uint16_t n = 0;

	for (uint64_t off = 0; off < bytes; n++) {
		uint32_t len = (uint32_t)cairn_min_u64(bytes - off, b->segment_bytes);

		bufs[n] =
		    (struct cairn_virtq_buf){ cairn_gpa_of(t->at + off), len, t->type == TYPE_IN };
		off += len;
	}
	return n;
}

/* The next request of a transfer. Returns 0, or -ENOSPC: the queue is full. */
static int add_request(struct blk *b, struct transfer *t)
{
	struct cairn_virtq_buf bufs[SEGMENTS_MAX + 2];
	uint64_t bytes = cairn_min_u64(t->bytes, (uint64_t)b->segment_bytes * b->n_segments);
	uint64_t sector = t->lba * (b->block.block_bytes / SECTOR_BYTES);
	uint16_t n = 1, head;
	uint8_t slot;
	int r;

	if (b->n_free == 0)
		return -ENOSPC;
	slot = b->free_slots[b->n_free - 1];
	b->headers[slot] =
	    (struct blk_header){ .type = cairn_le32_of(t->type), .sector = cairn_le64_of(sector) };
	b->status[slot] = STATUS_NONE;
	bufs[0] = (struct cairn_virtq_buf){ cairn_gpa_of(fw_address_(&b->headers[slot])),
					    sizeof(struct blk_header), false };
	n = (uint16_t)(n + add_data(b, t, bytes, bufs + 1));
	bufs[n++] =
	    (struct cairn_virtq_buf){ cairn_gpa_of(fw_address_(&b->status[slot])), 1, true };
	r = cairn_virtq_driver_add(&b->queue.ring, bufs, n, NULL, &head);
	if (r < 0)
		return r;
	b->n_free--;
	b->slot_of[head] = slot;
	t->lba += bytes / b->block.block_bytes;
	t->at += bytes;
	t->bytes -= bytes;
	t->must_ask = false;
	return 0;
}

/* Returns 0, or as add_request(), but that a full queue is fine. */
static int fill(struct blk *b, struct transfer *t)
{
	int r = 0;

	while (r == 0 && (t->bytes > 0 || t->must_ask))
		r = add_request(b, t);
	fw_virtio_submit(&b->v, &b->queue);
	return r == -ENOSPC ? 0 : r;
}

/* One request is back. */
static void finish(struct blk *b, struct transfer *t, uint16_t head, uint32_t written)
{
	uint8_t slot = b->slot_of[head], status;

	cairn_copy_in(&status, &b->status[slot], 1);
	b->free_slots[b->n_free++] = slot;
	if (status == 0 && written > 0)
		return;
	t->result = -EIO;
	t->bytes = 0; /* what is not out yet stays here */
}

/* Returns 0 or -EIO; else the device has failed, and may still have requests. */
static int run(struct blk *b, struct transfer *t)
{
	while (t->bytes > 0 || t->must_ask || b->n_free < b->n_slots) {
		uint32_t written;
		uint16_t head;
		int r = 0;

		if ((t->bytes > 0 || t->must_ask) && b->n_free >= (b->n_slots + 1) / 2)
			r = fill(b, t);
		if (r == 0)
			r = fw_virtio_wait(&b->v, &b->queue, FW_DISK_LIMIT_NS, &head, &written);
		if (r < 0)
			return r == -ETIMEDOUT ? r : -EPROTO;
		finish(b, t, head, written);
	}
	return t->result;
}

static void count_slots(struct blk *b)
{
	b->n_slots = (uint8_t)cairn_min_u64(SLOTS, b->queue.size / 3);
	b->n_free = b->n_slots;
	for (uint8_t i = 0; i < b->n_slots; i++)
		b->free_slots[i] = i;
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
	count_slots(b);
	fw_virtio_run(&b->v);
	return 0;
}

/* Nothing may come of a device that has failed: not even into buffers of the past. */
static int give_up(struct blk *b)
{
	b->is_dead = true;
	fw_virtio_stop(&b->v, NULL, 0);
	return -EIO;
}

static int restart(struct blk *b)
{
	int r = start(b, b->accepted, NULL);

	return r == 0 && b->v.features != b->accepted ? -EPROTO : r;
}

/* All of a transfer; once more where the device hung. */
static int transact(struct blk *b, const struct transfer *t)
{
	for (int i = 0; i < 2; i++) {
		struct transfer now = *t;
		int r;

		if (b->is_dead)
			return -EIO;
		r = run(b, &now);
		if (r == -ETIMEDOUT && i == 0 && restart(b) == 0)
			continue;
		if (r == 0 || r == -EIO)
			return r;
		give_up(b);
		return r == -ETIMEDOUT ? r : -EIO;
	}
	return -ETIMEDOUT; /* not reached: the second round returns */
}

static int move(struct fw_block *block, uint32_t type, uint64_t lba, uint64_t at, uint32_t n)
{
	struct blk *b = to_blk(block);
	struct transfer t = {
		.type = type,
		.lba = lba,
		.at = at,
		.bytes = (uint64_t)n * block->block_bytes,
	};
	int r = transact(b, &t);

	block->notifications = b->v.notifications;
	return r;
}

static int blk_read(struct fw_block *block, uint64_t lba, void *dst, uint32_t n)
{
	return move(block, TYPE_IN, lba, fw_address_(dst), n);
}

static int blk_write(struct fw_block *block, uint64_t lba, const void *src, uint32_t n)
{
	return move(block, TYPE_OUT, lba, fw_address_(src), n);
}

static int blk_flush(struct fw_block *block)
{
	struct blk *b = to_blk(block);
	struct transfer t = { .type = TYPE_FLUSH, .must_ask = true };

	return b->accepted & F_FLUSH ? transact(b, &t) : 0;
}

static void blk_stop(struct fw_block *block)
{
	struct blk *b = to_blk(block);

	b->is_dead = true;
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
