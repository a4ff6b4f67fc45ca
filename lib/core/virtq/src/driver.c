/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The driver's end. Free descriptors are a list through slots[].next; a chain is taken from its
 * front, so the links between the descriptors of a chain in flight are there too, and nothing is
 * ever read back from the descriptor table.
 */
#include <cairn/virtq_driver.h>

#include "ring.h"

static inline struct ring_avail *avail_of(const struct cairn_virtq_driver *d)
{
	return d->avail;
}

static inline struct ring_used *used_of(const struct cairn_virtq_driver *d)
{
	return d->used;
}

static inline bool is_aligned(const void *p, uintptr_t align)
{
	return ((uintptr_t)p & (align - 1)) == 0;
}

int cairn_virtq_driver_init(struct cairn_virtq_driver *d, const struct cairn_virtq_driver_cfg *cfg)
{
	*d = (struct cairn_virtq_driver){ .broken = true };
	if (!ring_size_is_valid(cfg->size) || !is_aligned(cfg->desc, 16) ||
	    !is_aligned(cfg->driver, 2) || !is_aligned(cfg->device, 4))
		return -EINVAL;
	*d = (struct cairn_virtq_driver){
		.desc = cfg->desc,
		.avail = cfg->driver,
		.used = cfg->device,
		.slots = cfg->slots,
		.size = cfg->size,
		.n_free = cfg->size,
		.event_idx = cfg->features & CAIRN_VIRTIO_F_EVENT_IDX,
		.indirect = cfg->features & CAIRN_VIRTIO_F_INDIRECT_DESC,
		.any_length = cfg->any_length,
	};
	cairn_copy_zero(cfg->driver, CAIRN_VIRTQ_DRIVER_BYTES(cfg->size));
	cairn_copy_zero(cfg->device, CAIRN_VIRTQ_DEVICE_BYTES(cfg->size));
	for (uint32_t i = 0; i < cfg->size; i++)
		d->slots[i] = (struct cairn_virtq_slot){ .next = (uint16_t)(i + 1) };
	return 0;
}

/* Returns 0 with the sum of the writable lengths, or -EINVAL. */
static int check_bufs(const struct cairn_virtq_buf *bufs, uint16_t n, uint32_t *ret_write_bytes)
{
	uint64_t bytes = 0, write_bytes = 0;
	bool writes = false;

	for (uint16_t i = 0; i < n; i++) {
		if (bufs[i].len == 0 || (writes && !bufs[i].writable))
			return -EINVAL;
		writes = bufs[i].writable;
		bytes += bufs[i].len;
		write_bytes += writes ? bufs[i].len : 0;
	}
	if (n == 0 || bytes > UINT32_MAX)
		return -EINVAL;
	*ret_write_bytes = (uint32_t)write_bytes;
	return 0;
}

/* Before publish's release, as all that add writes: the device's acquire waits for it. */
static void write_desc(void *table, uint16_t i, struct ring_desc desc)
{
	cairn_copy_out((struct ring_desc *)table + i, &desc, sizeof(desc));
}

static struct ring_desc desc_of(const struct cairn_virtq_buf *b, bool last, uint16_t next)
{
	unsigned int flags = (b->writable ? RING_DESC_WRITE : 0u) | (last ? 0u : RING_DESC_NEXT);

	return (struct ring_desc){ .at = cairn_le64_of(b->at.v),
				   .len = cairn_le32_of(b->len),
				   .flags = cairn_le16_of((uint16_t)flags),
				   .next = cairn_le16_of(last ? 0 : next) };
}

static void write_table(const struct cairn_virtq_table *table, const struct cairn_virtq_buf *bufs,
			uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		write_desc(table->host, i, desc_of(&bufs[i], i == n - 1, (uint16_t)(i + 1)));
}

int cairn_virtq_driver_add(struct cairn_virtq_driver *d, const struct cairn_virtq_buf *bufs,
			   uint16_t n, const struct cairn_virtq_table *table, uint16_t *ret_head)
{
	uint16_t need = table ? 1 : n, head = d->free_head, i = head;
	uint32_t write_bytes;

	if (d->broken)
		return -EPROTO;
	if (check_bufs(bufs, n, &write_bytes) < 0 || (table && (!d->indirect || n > table->cap)) ||
	    need > d->size)
		return -EINVAL;
	if (need > d->n_free)
		return -ENOSPC;
	if (table) {
		write_table(table, bufs, n);
		write_desc(d->desc, i,
			   (struct ring_desc){ .at = cairn_le64_of(table->at.v),
					       .len = cairn_le32_of(16u * n),
					       .flags = cairn_le16_of(RING_DESC_INDIRECT) });
		i = d->slots[i].next;
	} else {
		for (uint16_t k = 0; k < n; k++) {
			uint16_t next = d->slots[i].next;

			write_desc(d->desc, i, desc_of(&bufs[k], k == n - 1, next));
			i = next;
		}
	}
	d->free_head = i;
	d->n_free = (uint16_t)(d->n_free - need);
	d->slots[head].n = need;
	d->slots[head].write_bytes = write_bytes;
	cairn_store_relaxed16(&avail_of(d)->ring[d->added & (d->size - 1)], head);
	d->added++;
	*ret_head = head;
	return 0;
}

void cairn_virtq_driver_publish(struct cairn_virtq_driver *d)
{
	uint16_t n = (uint16_t)(d->added - d->published);

	if (n == 0)
		return;
	/* Pairs with the device's acquire of avail.idx. */
	cairn_store_release16(&avail_of(d)->idx, d->added);
	d->published = d->added;
	d->unkicked = (uint32_t)cairn_min_u64(d->unkicked + n, 65536);
}

bool cairn_virtq_driver_must_kick(struct cairn_virtq_driver *d)
{
	struct ring_used *used = used_of(d);
	uint32_t n = d->unkicked;

	if (n == 0)
		return false;
	d->unkicked = 0;
	/* avail.idx before avail_event or flags. Partner: the device's fence between writing
	 * avail_event (or clearing NO_NOTIFY) and looking at avail.idx once more. */
	cairn_fence_full();
	if (!d->event_idx)
		return !(cairn_load_relaxed16(&used->flags) & RING_USED_NO_NOTIFY);
	return ring_event_passed(cairn_load_relaxed16(ring_avail_event(used, d->size)),
				 d->published, n);
}

/* used.idx. Pairs with the device's release of it: elements and buffers are read after it. */
static inline uint16_t load_used(const struct cairn_virtq_driver *d)
{
	return cairn_load_acquire16(&used_of(d)->idx);
}

/* Put the descriptors of a chain back on the free list. */
static void free_chain(struct cairn_virtq_driver *d, uint16_t head)
{
	struct cairn_virtq_slot *first = &d->slots[head];
	uint16_t last = head;

	for (uint16_t k = 1; k < first->n; k++)
		last = d->slots[last].next;
	d->slots[last].next = d->free_head;
	d->free_head = head;
	d->n_free = (uint16_t)(d->n_free + first->n);
	first->n = 0;
}

int cairn_virtq_driver_get(struct cairn_virtq_driver *d, uint16_t *ret_head, uint32_t *ret_written)
{
	uint16_t idx;
	uint32_t id, len;
	struct ring_used_elem elem;

	if (d->broken)
		return -EPROTO;
	idx = load_used(d);
	if (idx == d->next_used)
		return 0;
	/* After load_used's acquire. */
	cairn_copy_in(&elem, &used_of(d)->ring[d->next_used & (d->size - 1)], sizeof(elem));
	id = cairn_le32_get(elem.id);
	len = cairn_le32_get(elem.len);
	if ((uint16_t)(idx - d->next_used) > (uint16_t)(d->published - d->next_used) ||
	    id >= d->size || d->slots[id].n == 0 ||
	    (len > d->slots[id].write_bytes && !d->any_length)) {
		d->broken = true;
		return -EPROTO;
	}
	len = (uint32_t)cairn_min_u64(len, d->slots[id].write_bytes);
	d->next_used++;
	free_chain(d, (uint16_t)id);
	*ret_head = (uint16_t)id;
	*ret_written = len;
	return 1;
}

bool cairn_virtq_driver_enable_interrupts(struct cairn_virtq_driver *d)
{
	struct ring_avail *avail = avail_of(d);

	if (d->broken)
		return false;
	if (d->event_idx)
		cairn_store_relaxed16(ring_used_event(avail, d->size), d->next_used);
	else
		cairn_store_relaxed16(&avail->flags, 0);
	/* used_event or flags before used.idx. Partner: the device's fence between publishing
	 * used.idx and looking whether to interrupt. */
	cairn_fence_full();
	return load_used(d) != d->next_used;
}

void cairn_virtq_driver_disable_interrupts(struct cairn_virtq_driver *d)
{
	/* With EVENT_IDX, used_event stays behind: no new element passes it. The flag needs no
	 * order: seen late, it costs an interrupt that was not needed. */
	if (d->broken || d->event_idx)
		return;
	cairn_store_relaxed16(&avail_of(d)->flags, RING_AVAIL_NO_INTERRUPT);
}
