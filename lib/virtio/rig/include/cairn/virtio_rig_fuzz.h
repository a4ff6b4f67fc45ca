/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_rig_fuzz.h - what a fuzz target lets the driver on a rig do, drawn from the fuzzer's
 * input.
 *
 * Each function draws what it needs from the reader; nothing that it draws is out of bounds. One
 * thread. What must hold for every input is checked by abort(), as fuzz targets do.
 */
#ifndef CAIRN_VIRTIO_RIG_FUZZ_H
#define CAIRN_VIRTIO_RIG_FUZZ_H

#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/virtio_rig.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTIO_RIG_FUZZ_RAM                                                                  \
	262144u                        /* bytes of guest memory that leave room for new rings      \
					*/
#define CAIRN_VIRTIO_RIG_FUZZ_RING 32u /* entries of each ring */

static inline void cairn_virtio_rig_fuzz_must(bool holds)
{
	if (!holds)
		abort();
}

/* Offer a chain of 1 to 8 pieces, most of them of the direction that the queue is for. bytes has
 * room for the longest piece, 51200 bytes. */
static inline void cairn_virtio_rig_fuzz_push(struct cairn_virtio_rig *rig, struct cairn_reader *r,
					      uint16_t queue, bool writable, uint8_t *bytes)
{
	struct cairn_virtq_mock_piece p[8];
	uint8_t n = (uint8_t)(1 + cairn_reader_u8(r) % 8);
	uint16_t head;

	for (uint8_t i = 0; i < n; i++) {
		uint16_t v = cairn_reader_le16(r);

		p[i].bytes = bytes;
		p[i].len = 1u + (v & 0x400 ? v & 0x3ff : v & 0x3f);
		p[i].writable = writable;
		if (v & 0x8000 && v & 0x4000)
			p[i].writable = !writable;
		if (v & 0x2000)
			p[i].len *= 50;
	}
	(void)!cairn_virtio_rig_push(rig, queue, p, n, &head);
}

/* Write a descriptor past the driver's bookkeeping, offer it, kick. */
static inline void cairn_virtio_rig_fuzz_raw(struct cairn_virtio_rig *rig, struct cairn_reader *r,
					     uint16_t queue)
{
	uint16_t i = cairn_reader_u8(r) % CAIRN_VIRTIO_RIG_FUZZ_RING;
	uint64_t at = CAIRN_VIRTQ_MOCK_BASE + cairn_reader_le16(r);
	uint16_t len = cairn_reader_le16(r);
	uint16_t flags = cairn_reader_u8(r) & 7;

	cairn_virtq_mock_raw_desc(&rig->queues[queue].mock, i, at, len, flags,
				  cairn_reader_u8(r) % 40);
	cairn_virtq_mock_raw_offer(&rig->queues[queue].mock, i);
	cairn_virtio_rig_kick(rig, queue);
}

/* Change one byte of guest memory: rings lie at its start. */
static inline void cairn_virtio_rig_fuzz_poke(struct cairn_virtio_rig *rig, struct cairn_reader *r)
{
	uint32_t at = cairn_reader_le16(r);
	uint8_t v = cairn_reader_u8(r);

	(void)!cairn_mem_write(&rig->ram.mem, cairn_gpa_of(CAIRN_VIRTQ_MOCK_BASE + at), &v, 1);
}

/* Stop the queue, which must end, and skip no chain but the one that broke the device; start it
 * anew while there is room for rings. */
static inline void cairn_virtio_rig_fuzz_stop(struct cairn_virtio_rig *rig, uint16_t queue,
					      enum cairn_vq_stop how)
{
	if (!cairn_vdev_queue_is_started(rig->vdev, queue))
		return;
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_stop(rig, queue, how) == 0);
	if (rig->vdev->state == CAIRN_VDEV_BROKEN)
		return;
	cairn_virtio_rig_fuzz_must(rig->queues[queue].pos.avail == rig->queues[queue].pos.used);
	if (rig->ram.next < CAIRN_VIRTIO_RIG_FUZZ_RAM / 2)
		cairn_virtio_rig_fuzz_must(
		    cairn_virtio_rig_start(rig, queue, CAIRN_VIRTIO_RIG_FUZZ_RING) == 0);
}

/* Let the loop make that many rounds. */
static inline void cairn_virtio_rig_fuzz_turn(struct cairn_virtio_rig *rig, int rounds)
{
	while (rounds--)
		cairn_virtio_rig_fuzz_must(cairn_loop_dispatch(rig->loop, 0) >= 0);
}

#ifdef __cplusplus
}
#endif
#endif
