/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* blk.h - what the files of virtio-blk share. */
#ifndef CAIRN_VIRTIO_BLK_PRIVATE_H
#define CAIRN_VIRTIO_BLK_PRIVATE_H

#include <cairn/virtio_blk.h>
#include <cairn/virtio_queue.h>

/* Pieces of one chain: the data of a request at its largest, header and status as finely split as
 * one byte each, and a few borders of memory regions. */
#define BLK_MAX_SPANS (CAIRN_VIRTIO_BLK_SEG_MAX + 17u + 17u)

enum blk_status { /* virtio 1.2, 5.2.6 */
		  BLK_S_OK = 0,
		  BLK_S_IOERR = 1,
		  BLK_S_UNSUPP = 2,
};

enum blk_op {
	BLK_IN,
	BLK_OUT,
	BLK_FLUSH,
	BLK_GET_ID,
	BLK_DISCARD,
	BLK_WRITE_ZEROES,
};

struct blk_range { /* checked: inside the disk */
	uint64_t offset, bytes;
	bool may_unmap;
};

/* A request, checked: host integers, inside the disk, its data separated from its framing. */
struct blk_request {
	enum blk_op op;
	uint64_t offset, bytes; /* IN, OUT; bytes of GET_ID */
	uint16_t n_ranges;
	struct blk_range ranges[CAIRN_VIRTIO_BLK_RANGES_MAX];
};

/* What requests are checked against. */
struct blk_rules {
	uint64_t capacity_bytes;
	uint64_t features; /* accepted */
	bool is_read_only;
};

/*
 * blk_parse_() - from a chain to a checked request.
 *
 * @chain: with a status byte: at least one writable byte
 *
 * Returns BLK_S_OK with *ret, or the status to answer with.
 */
enum blk_status cairn_virtio_blk_parse_(const struct cairn_virtq_chain *chain,
					const struct blk_rules *rules, struct blk_request *ret);

/*
 * The data of an IN (the writable bytes but the last) or OUT (the readable bytes behind the header)
 * as pieces for an engine. Returns how many; at most the chain's spans.
 */
uint32_t cairn_virtio_blk_data_(const struct cairn_virtq_chain *chain, enum blk_op op,
				struct iovec *iov);

struct blk_queue;

struct blk_slot { /* one chain that was taken */
	struct cairn_block_req req;
	struct blk_queue *bq;
	struct blk_slot *next_free;
	struct cairn_virtq_chain chain;
	struct blk_request request;
	struct iovec *iov; /* BLK_MAX_SPANS */
	uint16_t next_range;
	bool is_busy, is_flushing;
};

struct blk_queue {
	struct cairn_virtio_queue q;
	struct cairn_virtio_blk *blk;
	struct cairn_block_engine *engine;
	struct blk_slot *slots, *free;
	struct cairn_span *spans;
	struct iovec *iovs;
	uint16_t in_flight;
	bool is_cancelling;
};

struct cairn_virtio_blk {
	struct cairn_vdev vdev;
	struct cairn_disk_geometry geometry;
	uint64_t capacity_bytes; /* by atomic access */
	bool writeback;          /* by atomic access */
	uint8_t id[CAIRN_VIRTIO_BLK_ID_BYTES];
	uint16_t n_queues;
	uint16_t queue_max[CAIRN_VDEV_MAX_QUEUES];
	struct blk_queue queues[]; /* n_queues */
};

extern const struct cairn_virtio_queue_ops cairn_virtio_blk_queue_ops_;

/* Requests of a queue of `size`. 0 or -ENOMEM; free takes half-made ones. */
int cairn_virtio_blk_slots_new_(struct blk_queue *bq, uint16_t size);
void cairn_virtio_blk_slots_free_(struct blk_queue *bq);

#endif
