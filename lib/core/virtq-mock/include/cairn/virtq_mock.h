/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtq_mock.h - for the tests of devices: a small guest memory, and a driver that fills chains
 * with bytes, offers them, and collects what the device wrote.
 *
 *	static _Alignas(4096) uint8_t bytes[1 << 20];
 *	struct cairn_virtq_mock_ram ram;        // ram.mem is the guest memory for the device
 *	static struct cairn_virtq_mock vq;      // vq.desc_at, driver_at, device_at for the device
 *
 *	cairn_virtq_mock_ram_init(&ram, bytes, sizeof(bytes), 3);
 *	cairn_virtq_mock_init(&vq, &ram, 64, features);
 *	const struct cairn_virtq_mock_piece chain[] = {
 *		CAIRN_VIRTQ_MOCK_R(&request, sizeof(request)), // copied into guest memory
 *		CAIRN_VIRTQ_MOCK_W(512), CAIRN_VIRTQ_MOCK_W(1) // filled with 0xee
 *	};
 *	cairn_virtq_mock_push(&vq, chain, 3, &head);
 *	... the device runs ...
 *	cairn_virtq_mock_collect(&vq, &head, &written); // 1
 *	cairn_virtq_mock_data(&vq, head, got, sizeof(got));
 *
 * Several queues share one ram. One thread per queue; filling and allocating share the ram. Every
 * function returns 0, or the error said there: tests assert it.
 */
#ifndef CAIRN_VIRTQ_MOCK_H
#define CAIRN_VIRTQ_MOCK_H

#include <cairn/virtq_driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTQ_MOCK_BASE        0x100000u /* guest address of the memory; 0 is a hole */
#define CAIRN_VIRTQ_MOCK_MAX_REGIONS 8
#define CAIRN_VIRTQ_MOCK_MAX_SIZE    256
#define CAIRN_VIRTQ_MOCK_MAX_PIECES  32
#define CAIRN_VIRTQ_MOCK_FILL        0xee /* what writable buffers hold before the device */

struct cairn_virtq_mock_ram {
	struct cairn_mem mem;
	struct cairn_mem_region regions[CAIRN_VIRTQ_MOCK_MAX_REGIONS];
	uint64_t region_bytes;
	uint64_t next; /* offset of the first free byte; save it, and set it back to free */
};

/* A piece of a chain: bytes that the driver hands over, or room for len bytes. */
struct cairn_virtq_mock_piece {
	const void *bytes;
	uint32_t len;
	bool writable;
};
#define CAIRN_VIRTQ_MOCK_R(ptr, length)                                                            \
	{                                                                                          \
		.bytes = (ptr), .len = (length)                                                    \
	}
#define CAIRN_VIRTQ_MOCK_W(length)                                                                 \
	{                                                                                          \
		.len = (length), .writable = true                                                  \
	}

struct cairn_virtq_mock { /* large: make it static */
	struct cairn_virtq_driver driver;
	struct cairn_virtq_mock_ram *ram;
	cairn_gpa desc_at, driver_at, device_at;
	uint16_t size;
	uint64_t features;
	struct cairn_virtq_slot slots[CAIRN_VIRTQ_MOCK_MAX_SIZE];
	struct cairn_virtq_buf bufs[CAIRN_VIRTQ_MOCK_MAX_SIZE][CAIRN_VIRTQ_MOCK_MAX_PIECES];
	uint16_t n_bufs[CAIRN_VIRTQ_MOCK_MAX_SIZE];
};

/*
 * Guest memory of n_regions equal regions that touch, from CAIRN_VIRTQ_MOCK_BASE on. In the host
 * they lie in reverse order, so that nothing works by luck across a border. @bytes, aligned to
 * 4096, outlives @ram and is cleared; @ram is not moved afterwards.
 * Returns 0; -EINVAL: n_regions 0 or above 8, or len no multiple of 4096 for each.
 */
CAIRN_MUST_USE int cairn_virtq_mock_ram_init(struct cairn_virtq_mock_ram *ram, void *bytes,
					     size_t len, size_t n_regions);

/* len bytes of guest memory at a multiple of align; they may straddle regions. -ENOSPC. */
CAIRN_MUST_USE int cairn_virtq_mock_alloc(struct cairn_virtq_mock_ram *ram, uint64_t len,
					  uint64_t align, cairn_gpa *ret_at);

/* Rings in @ram, empty. -EINVAL: size above 256, or no power of two; -ENOSPC. Also resets: takes
 * new memory for the rings. */
CAIRN_MUST_USE int cairn_virtq_mock_init(struct cairn_virtq_mock *vq,
					 struct cairn_virtq_mock_ram *ram, uint16_t size,
					 uint64_t features);

/* What the device's end needs, at position 0. */
struct cairn_virtq_cfg cairn_virtq_mock_cfg(const struct cairn_virtq_mock *vq);

/*
 * Allocate and fill the buffers of a chain, and add it, not yet visible: publish with
 * cairn_virtq_driver_publish(&vq->driver). indirect: through a table of its own.
 * Returns as cairn_virtq_driver_add(), or -EINVAL: more than 32 pieces; -ENOSPC: memory.
 */
CAIRN_MUST_USE int cairn_virtq_mock_add(struct cairn_virtq_mock *vq,
					const struct cairn_virtq_mock_piece *pieces, uint16_t n,
					bool indirect, uint16_t *ret_head);
/* Add, not indirect, and publish. */
CAIRN_MUST_USE int cairn_virtq_mock_push(struct cairn_virtq_mock *vq,
					 const struct cairn_virtq_mock_piece *pieces, uint16_t n,
					 uint16_t *ret_head);

/* The next chain that the device is done with: 1, 0 (none), -EPROTO (the device broke the ring). */
CAIRN_MUST_USE int cairn_virtq_mock_collect(struct cairn_virtq_mock *vq, uint16_t *ret_head,
					    uint32_t *ret_written);

/* Copy the writable part of chain `head`, as one stream, whatever the device said it wrote. Valid
 * until head is pushed again. Returns bytes copied, at most cap. */
size_t cairn_virtq_mock_data(const struct cairn_virtq_mock *vq, uint16_t head, void *dst,
			     size_t cap);

/*
 * A hostile driver: write descriptor i, and offer a head, past the driver's own records. Do not mix
 * with push on the same queue; init it again first. flags: 1 NEXT, 2 WRITE, 4 INDIRECT.
 */
void cairn_virtq_mock_raw_desc(struct cairn_virtq_mock *vq, uint16_t i, uint64_t at, uint32_t len,
			       uint16_t flags, uint16_t next);
void cairn_virtq_mock_raw_offer(struct cairn_virtq_mock *vq, uint16_t head);

#ifdef __cplusplus
}
#endif
#endif
