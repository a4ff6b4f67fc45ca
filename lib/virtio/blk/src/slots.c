/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * slots.c - memory for the requests of one queue, taken when it starts: one slot for each chain
 * that can be out. Last used is first reused, so that a quiet queue touches little of it.
 */
#include "blk.h"

#include <stdlib.h>

int cairn_virtio_blk_slots_new_(struct blk_queue *bq, uint16_t size)
{
	bq->slots = calloc(size, sizeof(*bq->slots));
	bq->spans = calloc((size_t)size * BLK_MAX_SPANS, sizeof(*bq->spans));
	bq->iovs = calloc((size_t)size * BLK_MAX_SPANS, sizeof(*bq->iovs));
	if (!bq->slots || !bq->spans || !bq->iovs) {
		cairn_virtio_blk_slots_free_(bq);
		return -ENOMEM;
	}
	bq->free = NULL;
	for (size_t i = size; i-- > 0;) {
		struct blk_slot *s = &bq->slots[i];

		s->bq = bq;
		s->chain.spans = bq->spans + i * BLK_MAX_SPANS;
		s->chain.cap = BLK_MAX_SPANS;
		s->iov = bq->iovs + i * BLK_MAX_SPANS;
		s->next_free = bq->free;
		bq->free = s;
	}
	return 0;
}

void cairn_virtio_blk_slots_free_(struct blk_queue *bq)
{
	free(bq->slots);
	free(bq->spans);
	free(bq->iovs);
	bq->slots = bq->free = NULL;
	bq->spans = NULL;
	bq->iovs = NULL;
}
