/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtq.h - the device's end of a virtqueue (split ring; virtio 1.2, 2.7). The driver's end is in
 * virtq_driver.h.
 *
 * A queue is used by one thread at a time. It translates its three rings once, at init, and keeps
 * its own indices: what it wrote is never read back. Descriptors are copied once, then checked. A
 * driver that breaks the rules gets -EPROTO, and the queue answers nothing else until it is
 * initialised again. No allocation, no system call; cost is in each function.
 *
 * Chain handles hide heads and ring positions, so that the packed ring can come without a change of
 * the devices.
 */
#ifndef CAIRN_VIRTQ_H
#define CAIRN_VIRTQ_H

#include <cairn/mem.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTQ_MAX_SIZE         32768u

/* Ring feature bits (virtio 1.2, 6), as in the 64-bit feature word. */
#define CAIRN_VIRTIO_F_INDIRECT_DESC (UINT64_C(1) << 28)
#define CAIRN_VIRTIO_F_EVENT_IDX     (UINT64_C(1) << 29)
#define CAIRN_VIRTIO_F_VERSION_1     (UINT64_C(1) << 32)
#define CAIRN_VIRTIO_F_RING_PACKED   (UINT64_C(1) << 34)
#define CAIRN_VIRTIO_F_RING_RESET    (UINT64_C(1) << 40)

/* Where a ring stands. Split rings ignore the wraps. Untrusted when loaded. */
struct cairn_vq_pos {
	uint16_t avail; /* next entry of the available ring to take */
	uint16_t used;  /* next entry of the used ring to fill */
	bool avail_wrap, used_wrap;
};

/*
 * Who wants to know what is taken and not yet given back (the inflight log of vhost-user). All
 * called on the queue's thread. NULL members do nothing.
 */
struct cairn_virtq_inflight {
	void (*popped)(void *ctx, uint16_t head);
	void (*unpopped)(void *ctx, uint16_t head);
	void (*pushing)(void *ctx, uint16_t head);    /* each put, before used.idx shows it */
	void (*pushed)(void *ctx, uint16_t used_idx); /* used.idx now shows all of them */
	void *ctx;
};

/* Bytes of the three rings, event words included (virtio 1.2, 2.7). */
#define CAIRN_VIRTQ_DESC_BYTES(size)   (16u * (size))
#define CAIRN_VIRTQ_DRIVER_BYTES(size) (6u + 2u * (size))
#define CAIRN_VIRTQ_DEVICE_BYTES(size) (6u + 8u * (size))

struct cairn_virtq_cfg {
	const struct cairn_mem *mem; /* outlives the queue */
	uint16_t size;               /* 1 … 32768, a power of two */
	cairn_gpa desc, driver, device;
	uint64_t features; /* accepted ones; INDIRECT_DESC and EVENT_IDX matter here */
	struct cairn_vq_pos pos;
	struct cairn_virtq_inflight inflight;
};

struct cairn_virtq { /* private */
	const struct cairn_mem *mem;
	struct cairn_span desc, avail, used; /* whole rings, event words included */
	uint16_t size;
	uint16_t next_avail, next_used; /* free-running; never more than size apart */
	uint16_t seen_avail;            /* avail.idx when last read */
	uint16_t published;             /* used.idx as the driver sees it */
	uint32_t unsignalled;           /* published since must_signal; stays at 65536 */
	bool event_idx, indirect, broken;
	struct cairn_virtq_inflight inflight;
};

/*
 * A chain taken from the ring: readable pieces first, then writable ones (virtio 1.2, 2.7.4.2).
 * The caller sets spans and cap once; pieces may outnumber descriptors where regions touch.
 */
struct cairn_virtq_chain {
	struct cairn_span *spans; /* caller's */
	uint16_t cap;
	uint16_t n_read, n_write; /* spans[0 … n_read), spans[n_read … n_read + n_write) */
	uint32_t read_bytes, write_bytes;
	uint16_t head_, at_; /* private */
};

/*
 * cairn_virtq_init() - put a queue on rings in guest memory.
 *
 * Returns 0; -EPROTO: size 0, no power of two or too large, misaligned ring (16, 2, 4), or a
 * position with more than size chains between used and avail; -EFAULT: a ring is not wholly inside
 * one region of the right kind. On failure the queue is broken. Nothing is written to the rings.
 * Also how a queue is reset, or continued elsewhere; call cairn_virtq_enable_kicks() before the
 * first sleep. virtio 1.2, 2.7; the used position comes from pos, not from the ring.
 */
CAIRN_MUST_USE int cairn_virtq_init(struct cairn_virtq *q, const struct cairn_virtq_cfg *cfg);

/* used.idx as it stands in the ring: where a queue continues whose used position nobody saved
 * (vhost-user SET_VRING_BASE gives avail only). Returns 0, -EFAULT, -EPROTO (size, alignment). */
CAIRN_MUST_USE int cairn_virtq_read_used(const struct cairn_mem *mem, cairn_gpa device,
					 uint16_t size, uint16_t *ret_used);

/*
 * cairn_virtq_pop() - take the next available chain.
 *
 * @chain: filled only when 1 is returned; its spans stay valid as long as the memory map
 *
 * Returns 1 (taken), 0 (ring empty), -EPROTO (the driver broke the ring rules: loop, head or next
 * beyond the table, readable after writable, nested or misshapen indirect table, or one without the
 * feature, more than cap pieces, 2^32 bytes or more, more than size chains offered and not given
 * back; the queue is broken), -EFAULT (a descriptor points outside memory, or the device would
 * write where it may not; broken too).
 * So never more than size chains are out at once. A descriptor of length 0 adds no piece and its
 * address is not looked at. Each descriptor is read once. Cost O(descriptors), bounded by the queue
 * or table size (65535 entries). virtio 1.2, 2.7.5, 2.7.13.
 */
CAIRN_MUST_USE int cairn_virtq_pop(struct cairn_virtq *q, struct cairn_virtq_chain *chain);

/* The same without taking it: the next pop or peek sees it again (and reads it again). What it
 * filled is for looking only: not to be put or unpopped. */
CAIRN_MUST_USE int cairn_virtq_peek(struct cairn_virtq *q, struct cairn_virtq_chain *chain);

/* Give back the chain popped last, untouched, as if it had never been taken. Several are given back
 * in the reverse order of their pops. Returns 0, or -EINVAL: it is not the last one, or nothing is
 * out. */
CAIRN_MUST_USE int cairn_virtq_unpop(struct cairn_virtq *q, struct cairn_virtq_chain *chain);

/* Entries that can be popped now, never more than size; 0 on a broken queue. A driver that claims
 * more is found out by pop. One acquire load. */
uint16_t cairn_virtq_available(struct cairn_virtq *q);

/*
 * cairn_virtq_put() - write one used element, not yet visible to the driver.
 *
 * @chain: as popped; n_read, n_write and the spans it was popped with (they are marked dirty)
 * @written: bytes written into the writable part, from its beginning
 *
 * Returns 0; -EINVAL: written is more than write_bytes, or no chain is out; -EPROTO: the queue is
 * broken, nothing was written. O(1 + pieces when a dirty hook is set). virtio 1.2, 2.7.8.
 */
CAIRN_MUST_USE int cairn_virtq_put(struct cairn_virtq *q, const struct cairn_virtq_chain *chain,
				   uint32_t written);
/* Make what was put visible (release). */
void cairn_virtq_publish(struct cairn_virtq *q);
/* Put and publish. Returns as put. */
CAIRN_MUST_USE int cairn_virtq_push(struct cairn_virtq *q, const struct cairn_virtq_chain *chain,
				    uint32_t written);

/*
 * True when the driver wants an interrupt for what was published since the last call: avail.flags
 * NO_INTERRUPT, or used_event with EVENT_IDX (virtio 1.2, 2.7.7). False when nothing was. Full
 * fence inside, unless nothing was.
 */
bool cairn_virtq_must_signal(struct cairn_virtq *q);

/* Ask the driver to kick, or not to. enable returns true when there are entries to pop: pop them
 * before sleeping. False, and nothing written, on a broken queue. virtio 1.2, 2.7.10. */
bool cairn_virtq_enable_kicks(struct cairn_virtq *q);
void cairn_virtq_disable_kicks(struct cairn_virtq *q);

/* Where the ring stands: what a stop hands back, what init continues from. Publish first. */
struct cairn_vq_pos cairn_virtq_pos(const struct cairn_virtq *q);

static inline bool cairn_virtq_is_broken(const struct cairn_virtq *q)
{
	return q->broken;
}

#ifdef __cplusplus
}
#endif
#endif
