/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtq_driver.h - the driver's end of a split virtqueue (virtio 1.2, 2.7): offers chains of
 * buffers to a device and takes them back. For firmware, and for the tests of devices.
 *
 * Rings, tables and buffers are the caller's memory, which the device sees too; what the driver
 * needs to remember is in slots, which the device must not see. The device is hostile: a used
 * element that does not fit what was offered is -EPROTO, and the queue is broken until it is
 * initialised again. One thread at a time. No allocation, no system call.
 */
#ifndef CAIRN_VIRTQ_DRIVER_H
#define CAIRN_VIRTQ_DRIVER_H

#include <cairn/virtq.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One buffer of a chain, at an address as the device sees it. */
struct cairn_virtq_buf {
	cairn_gpa at;
	uint32_t len; /* > 0 */
	bool writable;
};

/* An indirect table to use for one chain; free again when the chain is back. */
struct cairn_virtq_table {
	void *host;   /* 16 bytes for each buffer, aligned to 16 */
	cairn_gpa at; /* the same bytes as the device sees them */
	uint16_t cap; /* entries */
};

struct cairn_virtq_slot {     /* private */
	uint16_t next;        /* free list, or the rest of the chain */
	uint16_t n;           /* descriptors of the chain that starts here; 0: none does */
	uint32_t write_bytes; /* of that chain */
};

struct cairn_virtq_driver_cfg {
	uint16_t size;                  /* 1 … 32768, a power of two */
	void *desc, *driver, *device;   /* CAIRN_VIRTQ_DESC_BYTES(size) … at 16, 2, 4 */
	struct cairn_virtq_slot *slots; /* size of them */
	uint64_t features;              /* accepted ones; INDIRECT_DESC, EVENT_IDX matter here */
	/* A device may claim to have written more than it could: get then says all of it. For
	 * drivers that do not need the count; QEMU's virtio-scsi adds what it has read. */
	bool any_length;
};

struct cairn_virtq_driver { /* private */
	void *desc, *avail, *used;
	struct cairn_virtq_slot *slots;
	uint16_t size, free_head, n_free;
	uint16_t added, published; /* avail.idx with and without what is not yet visible */
	uint16_t next_used;
	uint32_t unkicked; /* published since must_kick; stays at 65536 */
	bool event_idx, indirect, any_length, broken;
};

/*
 * cairn_virtq_driver_init() - an empty queue; clears the driver and device rings.
 *
 * Do it before the device is told of the rings. Returns 0; -EINVAL: size, alignment. O(size).
 */
CAIRN_MUST_USE int cairn_virtq_driver_init(struct cairn_virtq_driver *d,
					   const struct cairn_virtq_driver_cfg *cfg);

/*
 * cairn_virtq_driver_add() - write a chain, not yet visible to the device.
 *
 * @bufs, @n: readable ones first; n 1 … size, or 1 … table->cap
 * @table: NULL, or where to put the chain so that it takes one descriptor only
 * @ret_head: less than size; names the chain until it comes back
 *
 * Returns 0; -ENOSPC: too few free descriptors now; -EINVAL: no buffer, one of length 0, readable
 * after writable, 2^32 bytes or more, more than can ever fit, a table without the feature; -EPROTO:
 * broken. O(n). virtio 1.2, 2.7.13.1.
 */
CAIRN_MUST_USE int cairn_virtq_driver_add(struct cairn_virtq_driver *d,
					  const struct cairn_virtq_buf *bufs, uint16_t n,
					  const struct cairn_virtq_table *table,
					  uint16_t *ret_head);

/* Make what was added visible (release). */
void cairn_virtq_driver_publish(struct cairn_virtq_driver *d);

/* True when the device wants a kick for what was published since the last call. False when nothing
 * was. Full fence inside. virtio 1.2, 2.7.10, 2.7.13.4. */
bool cairn_virtq_driver_must_kick(struct cairn_virtq_driver *d);

/*
 * cairn_virtq_driver_get() - take back the next chain that the device is done with.
 *
 * @ret_head: as add gave it; from now on a new add may give it again
 * @ret_written: bytes the device wrote from the beginning of the writable part; checked
 *
 * Returns 1, 0 (none), -EPROTO: an element that names no chain that is out, or (but for any_length)
 * claims more bytes than were writable, or more elements than chains. O(descriptors). virtio 1.2,
 * 2.7.14.
 */
CAIRN_MUST_USE int cairn_virtq_driver_get(struct cairn_virtq_driver *d, uint16_t *ret_head,
					  uint32_t *ret_written);

/* Ask the device for interrupts, or not to. enable returns true when there are chains to get: get
 * them before sleeping. virtio 1.2, 2.7.7. */
bool cairn_virtq_driver_enable_interrupts(struct cairn_virtq_driver *d);
void cairn_virtq_driver_disable_interrupts(struct cairn_virtq_driver *d);

/* Descriptors that add can use now. */
static inline uint16_t cairn_virtq_driver_free(const struct cairn_virtq_driver *d)
{
	return d->n_free;
}

#ifdef __cplusplus
}
#endif
#endif
