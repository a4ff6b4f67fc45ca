/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The device's end, all but the walk along a chain: indices, used elements, notifications.
 *
 * Invariant: 0 <= next_avail - next_used <= size. init checks it, pop refuses what would exceed it,
 * put and unpop refuse what would fall below. Indices are 16 bits, free-running.
 */
#include "ring.h"
#include "walk.h"

static inline struct ring_avail *avail_of(const struct cairn_virtq *q)
{
	return (struct ring_avail *)q->avail.base;
}

static inline struct ring_used *used_of(const struct cairn_virtq *q)
{
	return (struct ring_used *)q->used.base;
}

static inline uint16_t mask_of(const struct cairn_virtq *q)
{
	return (uint16_t)(q->size - 1);
}

/* Chains popped and not yet put. */
static inline uint16_t outstanding(const struct cairn_virtq *q)
{
	return (uint16_t)(q->next_avail - q->next_used);
}

/* Tell the dirty hook about `len` bytes of the used ring. */
static inline void mark_used(const struct cairn_virtq *q, const volatile void *what, uint64_t len)
{
	uint64_t off = (uint64_t)((const volatile uint8_t *)what - (uint8_t *)q->used.base);

	cairn_mem_mark(q->mem, cairn_gpa_of(q->used.at.v + off), len);
}

int cairn_virtq_init(struct cairn_virtq *q, const struct cairn_virtq_cfg *cfg)
{
	const struct cairn_mem *mem = cfg->mem;
	int rc;

	*q = (struct cairn_virtq){ .broken = true };
	if (!ring_size_is_valid(cfg->size) || !cairn_gpa_is_aligned(cfg->desc, 16) ||
	    !cairn_gpa_is_aligned(cfg->driver, 2) || !cairn_gpa_is_aligned(cfg->device, 4))
		return -EPROTO;
	if ((uint16_t)(cfg->pos.avail - cfg->pos.used) > cfg->size)
		return -EPROTO;
	rc = cairn_mem_span(mem, cfg->desc, CAIRN_VIRTQ_DESC_BYTES(cfg->size), CAIRN_PERM_READ,
			    &q->desc);
	if (rc < 0)
		return rc;
	rc = cairn_mem_span(mem, cfg->driver, CAIRN_VIRTQ_DRIVER_BYTES(cfg->size), CAIRN_PERM_READ,
			    &q->avail);
	if (rc < 0)
		return rc;
	rc = cairn_mem_span(mem, cfg->device, CAIRN_VIRTQ_DEVICE_BYTES(cfg->size), CAIRN_PERM_RW,
			    &q->used);
	if (rc < 0)
		return rc;
	q->mem = mem;
	q->size = cfg->size;
	q->next_avail = cfg->pos.avail;
	q->seen_avail = cfg->pos.avail;
	q->next_used = cfg->pos.used;
	q->published = cfg->pos.used;
	q->event_idx = cfg->features & CAIRN_VIRTIO_F_EVENT_IDX;
	q->indirect = cfg->features & CAIRN_VIRTIO_F_INDIRECT_DESC;
	q->inflight = cfg->inflight;
	q->broken = false;
	return 0;
}

int cairn_virtq_read_used(const struct cairn_mem *mem, cairn_gpa device, uint16_t size,
			  uint16_t *ret_used)
{
	struct cairn_span used;
	int rc;

	if (!ring_size_is_valid(size) || !cairn_gpa_is_aligned(device, 4))
		return -EPROTO;
	rc = cairn_mem_span(mem, device, CAIRN_VIRTQ_DEVICE_BYTES(size), CAIRN_PERM_RW, &used);
	if (rc < 0)
		return rc;
	/* Nobody serves the ring now: what was waited for to know that orders this read. */
	*ret_used = cairn_load_relaxed16(&((struct ring_used *)used.base)->idx);
	return 0;
}

/* avail.idx. The acquire pairs with the driver's release of it: the entries and descriptors that it
 * covers are read after it. */
static inline uint16_t load_avail(const struct cairn_virtq *q)
{
	return cairn_load_acquire16(&avail_of(q)->idx);
}

/* Returns 1 when there is an entry at next_avail, 0, or -EPROTO: more are offered than exist. */
static inline int look(struct cairn_virtq *q)
{
	uint16_t idx;

	if (q->next_avail != q->seen_avail)
		return 1;
	idx = load_avail(q);
	if (idx == q->next_avail)
		return 0;
	if ((uint16_t)(idx - q->next_avail) > q->size - outstanding(q))
		return -EPROTO;
	q->seen_avail = idx;
	return 1;
}

int cairn_virtq_peek(struct cairn_virtq *q, struct cairn_virtq_chain *chain)
{
	int rc;

	if (q->broken)
		return -EPROTO;
	rc = look(q);
	if (rc == 0)
		return 0;
	if (rc > 0) {
		uint16_t slot = q->next_avail & mask_of(q);

		/* This and the walk's reads of descriptors: after load_avail's acquire. */
		rc = cairn_virtq_walk_(q, cairn_load_relaxed16(&avail_of(q)->ring[slot]), chain);
	}
	if (rc < 0) {
		q->broken = true;
		return rc;
	}
	chain->at_ = q->next_avail;
	return 1;
}

int cairn_virtq_pop(struct cairn_virtq *q, struct cairn_virtq_chain *chain)
{
	int rc = cairn_virtq_peek(q, chain);

	if (rc != 1)
		return rc;
	q->next_avail++;
	if (q->inflight.popped)
		q->inflight.popped(q->inflight.ctx, chain->head_);
	return 1;
}

int cairn_virtq_unpop(struct cairn_virtq *q, struct cairn_virtq_chain *chain)
{
	if (outstanding(q) == 0 || chain->at_ != (uint16_t)(q->next_avail - 1))
		return -EINVAL;
	q->next_avail--;
	if (q->inflight.unpopped)
		q->inflight.unpopped(q->inflight.ctx, chain->head_);
	return 0;
}

uint16_t cairn_virtq_available(struct cairn_virtq *q)
{
	uint16_t n;

	if (q->broken)
		return 0;
	n = (uint16_t)(load_avail(q) - q->next_avail);
	return n < q->size ? n : q->size;
}

static void mark_written(const struct cairn_virtq *q, const struct cairn_virtq_chain *chain,
			 uint32_t written)
{
	const struct cairn_span *s = chain->spans + chain->n_read;

	for (uint16_t i = 0; i < chain->n_write && written; i++) {
		uint32_t part = (uint32_t)cairn_min_u64(written, s[i].len);

		cairn_mem_mark(q->mem, s[i].at, part);
		written -= part;
	}
}

int cairn_virtq_put(struct cairn_virtq *q, const struct cairn_virtq_chain *chain, uint32_t written)
{
	struct ring_used_elem elem = { cairn_le32_of(chain->head_), cairn_le32_of(written) };
	struct ring_used_elem *slot;

	if (q->broken)
		return -EPROTO;
	if (written > chain->write_bytes || outstanding(q) == 0)
		return -EINVAL;
	if (q->mem->dirty.mark)
		mark_written(q, chain, written);
	if (q->inflight.pushing)
		q->inflight.pushing(q->inflight.ctx, chain->head_);
	/* Before publish's release, which the driver's acquire waits for. */
	slot = &used_of(q)->ring[q->next_used & mask_of(q)];
	__atomic_store_n(&slot->id.raw, elem.id.raw, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->len.raw, elem.len.raw, __ATOMIC_RELAXED);
	mark_used(q, slot, sizeof(*slot));
	q->next_used++;
	return 0;
}

void cairn_virtq_publish(struct cairn_virtq *q)
{
	uint16_t n = (uint16_t)(q->next_used - q->published);
	struct ring_used *used = used_of(q);

	if (n == 0)
		return;
	/* Pairs with the driver's acquire of used.idx: it sees the elements, and what the device
	 * wrote into the buffers, once it sees the index. */
	cairn_store_release16(&used->idx, q->next_used);
	mark_used(q, &used->idx, sizeof(used->idx));
	q->published = q->next_used;
	q->unsignalled = (uint32_t)cairn_min_u64(q->unsignalled + n, 65536);
	if (q->inflight.pushed)
		q->inflight.pushed(q->inflight.ctx, q->published);
}

int cairn_virtq_push(struct cairn_virtq *q, const struct cairn_virtq_chain *chain, uint32_t written)
{
	int rc = cairn_virtq_put(q, chain, written);

	if (rc < 0)
		return rc;
	cairn_virtq_publish(q);
	return 0;
}

bool cairn_virtq_must_signal(struct cairn_virtq *q)
{
	uint32_t n = q->unsignalled;
	struct ring_avail *avail = avail_of(q);

	if (n == 0)
		return false;
	q->unsignalled = 0;
	/* used.idx before used_event or flags. Partner: the driver's fence between writing
	 * used_event (or clearing NO_INTERRUPT) and looking at used.idx once more. Either we see
	 * what it asked, or it sees what we published. */
	cairn_fence_full();
	if (!q->event_idx)
		return !(cairn_load_relaxed16(&avail->flags) & RING_AVAIL_NO_INTERRUPT);
	return ring_event_passed(cairn_load_relaxed16(ring_used_event(avail, q->size)),
				 q->published, n);
}

bool cairn_virtq_enable_kicks(struct cairn_virtq *q)
{
	struct ring_used *used = used_of(q);
	cairn_le16 *word;

	if (q->broken)
		return false;
	word = q->event_idx ? ring_avail_event(used, q->size) : &used->flags;
	cairn_store_relaxed16(word, q->event_idx ? q->next_avail : 0);
	mark_used(q, word, sizeof(*word));
	/* avail_event or flags before avail.idx. Partner: the driver's fence between publishing
	 * avail.idx and looking whether to kick. Either it sees what we asked, or we see its entry.
	 */
	cairn_fence_full();
	return load_avail(q) != q->next_avail;
}

void cairn_virtq_disable_kicks(struct cairn_virtq *q)
{
	struct ring_used *used = used_of(q);

	/* With EVENT_IDX, avail_event stays where it is: behind, and no new entry passes it. The
	 * flag needs no order: seen late, it costs a kick that was not needed. */
	if (q->broken || q->event_idx)
		return;
	cairn_store_relaxed16(&used->flags, RING_USED_NO_NOTIFY);
	mark_used(q, &used->flags, sizeof(used->flags));
}

struct cairn_vq_pos cairn_virtq_pos(const struct cairn_virtq *q)
{
	return (struct cairn_vq_pos){ .avail = q->next_avail, .used = q->next_used };
}
