/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The split ring as it lies in memory (virtio 1.2, 2.7), for both ends. Private to the component.
 */
#ifndef CAIRN_VIRTQ_RING_H
#define CAIRN_VIRTQ_RING_H

#include <cairn/virtq.h>

enum {
	RING_DESC_NEXT = 1,
	RING_DESC_WRITE = 2, /* the device writes */
	RING_DESC_INDIRECT = 4,

	RING_AVAIL_NO_INTERRUPT = 1,
	RING_USED_NO_NOTIFY = 1,

	RING_MAX_INDIRECT = 65535, /* entries of one indirect table */
};

struct ring_desc { /* virtio 1.2, 2.7.5 */
	cairn_le64 at;
	cairn_le32 len;
	cairn_le16 flags, next;
};
_Static_assert(sizeof(struct ring_desc) == 16, "virtio 1.2, 2.7.5");

struct ring_avail { /* virtio 1.2, 2.7.6; after ring[size] comes used_event */
	cairn_le16 flags, idx;
	cairn_le16 ring[];
};
_Static_assert(offsetof(struct ring_avail, ring) == 4, "virtio 1.2, 2.7.6");

struct ring_used_elem {
	cairn_le32 id, len;
};
_Static_assert(sizeof(struct ring_used_elem) == 8, "virtio 1.2, 2.7.8");

struct ring_used { /* virtio 1.2, 2.7.8; after ring[size] comes avail_event */
	cairn_le16 flags, idx;
	struct ring_used_elem ring[];
};
_Static_assert(offsetof(struct ring_used, ring) == 4, "virtio 1.2, 2.7.8");

static inline bool ring_size_is_valid(uint32_t size)
{
	return size <= CAIRN_VIRTQ_MAX_SIZE && cairn_is_pow2(size);
}

static inline cairn_le16 *ring_used_event(struct ring_avail *avail, uint16_t size)
{
	return &avail->ring[size];
}

static inline cairn_le16 *ring_avail_event(struct ring_used *used, uint16_t size)
{
	return (cairn_le16 *)&used->ring[size];
}

/*
 * True when an index that moved by `moved` (at least 1) up to `now` passed `event` (virtio 1.2,
 * 2.7.7.1 and 2.7.10.1). moved may exceed what 16 bits hold: then every event was passed.
 */
static inline bool ring_event_passed(uint16_t event, uint16_t now, uint32_t moved)
{
	return (uint16_t)(now - event - 1) < moved;
}

#endif
