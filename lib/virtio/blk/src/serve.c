/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * serve.c - from a chain to its answer.
 *
 * A slot's way: taken -> parsed -> one engine request (IN, OUT, FLUSH), or one after the other
 * (ranges, and the flush behind a write when the driver knows no write cache) -> answered. used.len
 * counts what was written without a gap from the chain's beginning, so a failed read counts 0.
 */
#include "blk.h"

#include <cairn/copy.h>

#define REAP_FEW 4u /* requests under way */

static void release(struct blk_slot *s)
{
	struct blk_queue *bq = s->bq;

	s->is_busy = false;
	s->next_free = bq->free;
	bq->free = s;
}

/* written: data bytes at the beginning of the writable part. */
static void answer(struct blk_slot *s, enum blk_status status, uint32_t written)
{
	struct cairn_virtq_chain *c = &s->chain;
	const struct cairn_span *last = &c->spans[c->n_read + c->n_write - 1];
	uint8_t byte = (uint8_t)status;
	cairn_gpa at = { last->at.v + (last->len - 1) };

	cairn_copy_out((uint8_t *)last->base + (last->len - 1), &byte, 1);
	if (written == c->write_bytes - 1) {
		written++;
	} else {
		/* What used.len does not cover may have been written all the same. */
		cairn_mem_mark(s->bq->q.vq.mem, at, 1);
		if (s->request.op == BLK_IN)
			for (uint32_t i = 0; i < c->n_write; i++)
				cairn_mem_mark(s->bq->q.vq.mem, c->spans[c->n_read + i].at,
					       c->spans[c->n_read + i].len);
	}
	cairn_virtio_queue_put(&s->bq->q, c, written);
	release(s);
}

static void answer_with(struct blk_slot *s, int result)
{
	bool in = s->request.op == BLK_IN;

	answer(s, result < 0 ? BLK_S_IOERR : BLK_S_OK,
	       result == 0 && in ? (uint32_t)s->request.bytes : 0);
}

/* Hands req to the engine. False when it was refused: the request is answered. */
static bool submit(struct blk_slot *s)
{
	int r = cairn_block_submit(s->bq->engine, &s->req);

	if (r < 0)
		answer_with(s, r);
	return r == 0;
}

static bool submit_flush(struct blk_slot *s)
{
	s->is_flushing = true;
	s->req.op = CAIRN_BLOCK_FLUSH;
	s->req.n_iov = 0;
	s->req.bytes = 0;
	return submit(s);
}

/* The next range that is not empty; true when there was one and it was taken by the engine. */
static bool submit_range(struct blk_slot *s)
{
	struct blk_request *q = &s->request;

	while (s->next_range < q->n_ranges && !q->ranges[s->next_range].bytes)
		s->next_range++;
	if (s->next_range == q->n_ranges) {
		answer_with(s, 0);
		return false;
	}
	s->req.op = q->op == BLK_DISCARD ? CAIRN_BLOCK_DISCARD : CAIRN_BLOCK_WRITE_ZEROES;
	s->req.offset = q->ranges[s->next_range].offset;
	s->req.bytes = q->ranges[s->next_range].bytes;
	s->req.may_unmap = q->ranges[s->next_range].may_unmap;
	s->req.n_iov = 0;
	s->next_range++;
	return submit(s);
}

static bool submit_data(struct blk_slot *s)
{
	if (!s->request.bytes) {
		answer_with(s, 0);
		return false;
	}
	s->req.op = s->request.op == BLK_IN ? CAIRN_BLOCK_READ : CAIRN_BLOCK_WRITE;
	s->req.offset = s->request.offset;
	s->req.bytes = s->request.bytes;
	s->req.iov = s->iov;
	s->req.n_iov = cairn_virtio_blk_data_(&s->chain, s->request.op, s->iov);
	return submit(s);
}

static bool get_id(struct blk_slot *s)
{
	size_t n = cairn_spans_write(s->chain.spans + s->chain.n_read, s->chain.n_write, 0,
				     s->bq->blk->id, s->request.bytes);

	answer(s, BLK_S_OK, (uint32_t)n);
	return false;
}

/* True when the engine has it; false when it is answered already. */
static bool begin(struct blk_slot *s)
{
	switch (s->request.op) {
	case BLK_IN:
	case BLK_OUT:
		return submit_data(s);
	case BLK_FLUSH:
		return submit_flush(s);
	case BLK_GET_ID:
		return get_id(s);
	case BLK_DISCARD:
	case BLK_WRITE_ZEROES:
		return submit_range(s);
	}
	return false;
}

static bool changes_disk(const struct blk_slot *s)
{
	return s->request.op == BLK_OUT || s->request.op == BLK_WRITE_ZEROES;
}

/* One engine request is done: another step of the same slot, or the answer. True: another. */
static bool go_on(struct blk_slot *s, int status)
{
	bool has_ranges = s->request.op == BLK_DISCARD || s->request.op == BLK_WRITE_ZEROES;

	if (status == 0 && has_ranges && s->next_range < s->request.n_ranges && !s->is_flushing)
		return submit_range(s);
	if (status == 0 && changes_disk(s) && !s->is_flushing &&
	    !__atomic_load_n(&s->bq->blk->writeback, __ATOMIC_RELAXED))
		return submit_flush(s);
	answer_with(s, status);
	return false;
}

static void on_done(struct cairn_block_req *r, int status)
{
	struct blk_slot *s = cairn_container_of(r, struct blk_slot, req);
	struct blk_queue *bq = s->bq;

	if (bq->is_cancelling) { /* abandoned: the ring is about to be reset */
		bq->in_flight--;
		release(s);
		return;
	}
	if (!go_on(s, status))
		bq->in_flight--;
}

static void take(struct blk_slot *s)
{
	const struct cairn_virtio_blk *b = s->bq->blk;
	struct blk_rules rules = {
		.capacity_bytes = __atomic_load_n(&b->capacity_bytes, __ATOMIC_RELAXED),
		.features = b->vdev.acked,
		.is_read_only = b->geometry.is_read_only,
	};
	enum blk_status status;

	s->is_busy = true;
	s->is_flushing = false;
	s->next_range = 0;
	s->req.done = on_done;
	status = cairn_virtio_blk_parse_(&s->chain, &rules, &s->request);
	if (status != BLK_S_OK)
		answer(s, status, 0);
	else if (begin(s))
		s->bq->in_flight++;
}

static enum cairn_virtio_round blk_round(struct cairn_virtio_queue *q)
{
	struct blk_queue *bq = cairn_container_of(q, struct blk_queue, q);
	enum cairn_virtio_round end = CAIRN_VIRTIO_AGAIN;

	for (uint32_t n = 0; n < q->cfg.size; n++) {
		/* With all slots taken all chains are out: pop finds none, or a driver that offers
		 * more than exist. */
		struct blk_slot *s = bq->free;
		struct cairn_virtq_chain none = { .cap = 0 };

		if (!cairn_virtio_queue_pop(q, s ? &s->chain : &none)) {
			end = CAIRN_VIRTIO_EMPTY;
			break;
		}
		if (!s->chain.write_bytes) { /* nowhere to say what is wrong */
			cairn_virtio_queue_break(q, -EPROTO);
			end = CAIRN_VIRTIO_EMPTY;
			break;
		}
		bq->free = s->next_free;
		take(s);
	}
	cairn_block_commit(bq->engine);
	/* What the host has in its cache is here already: one of few is answered at once; of many
	 * more will have ended by the loop's next round, and one signal does for all. */
	if (bq->in_flight <= REAP_FEW && cairn_block_reap(bq->engine))
		cairn_block_commit(bq->engine);
	return end;
}

/* After each round of done() calls. */
static void after_round(void *ctx)
{
	struct blk_queue *bq = ctx;

	if (cairn_virtio_queue_is_stopping(&bq->q) && !bq->in_flight)
		cairn_virtio_queue_idle(&bq->q);
	else
		cairn_virtio_queue_flush(&bq->q);
}

static int blk_started(struct cairn_virtio_queue *q)
{
	struct blk_queue *bq = cairn_container_of(q, struct blk_queue, q);
	int r = cairn_virtio_blk_slots_new_(bq, q->cfg.size);

	if (r < 0)
		return r;
	bq->is_cancelling = false;
	r = cairn_block_bind(bq->engine, q->cfg.loop, (struct cairn_trigger){ after_round, bq });
	if (r < 0)
		cairn_virtio_blk_slots_free_(bq);
	return r;
}

static void blk_stop(struct cairn_virtio_queue *q, enum cairn_vq_stop how)
{
	struct blk_queue *bq = cairn_container_of(q, struct blk_queue, q);

	if (!bq->in_flight) {
		cairn_virtio_queue_idle(q);
		return;
	}
	if (how != CAIRN_VQ_CANCEL)
		return;
	bq->is_cancelling = true;
	for (uint16_t i = 0; i < q->cfg.size; i++)
		if (bq->slots[i].is_busy)
			cairn_block_cancel(bq->engine, &bq->slots[i].req);
}

static void blk_stopped(struct cairn_virtio_queue *q)
{
	struct blk_queue *bq = cairn_container_of(q, struct blk_queue, q);

	/* Nothing is in flight, so this cannot be refused. */
	(void)!cairn_block_unbind(bq->engine);
	cairn_virtio_blk_slots_free_(bq);
}

const struct cairn_virtio_queue_ops cairn_virtio_blk_queue_ops_ = {
	.size = sizeof(cairn_virtio_blk_queue_ops_),
	.started = blk_started,
	.round = blk_round,
	.stop = blk_stop,
	.stopped = blk_stopped,
};
