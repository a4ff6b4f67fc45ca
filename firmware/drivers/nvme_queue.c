/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "nvme_queue.h"

#include <cairn/err.h>

#include <fw/io.h>

void nvme_queue_clear_(struct nvme_queue *q)
{
	memset(q->rings, 0, sizeof(*q->rings));
	q->tail = 0;
	q->head = 0;
	q->phase = true;
	q->out = 0;
}

void nvme_queue_add_(struct nvme_queue *q, uint8_t id, struct nvme_command *c)
{
	c->id = cairn_le16_of(id);
	cairn_copy_out(&q->rings->submission[q->tail], c, sizeof(*c));
	q->tail = (uint16_t)((q->tail + 1) % q->size);
	q->out |= UINT64_C(1) << id;
}

void nvme_queue_submit_(struct nvme_queue *q)
{
	/* Completions are given back here: never more are out than their ring holds. */
	fw_mmio_write(q->cq_bell_at, 4, q->head);
	(*q->n_notified)++;
	fw_mmio_write(q->sq_bell_at, 4, q->tail);
}

int nvme_queue_get_(struct nvme_queue *q, uint8_t *ret_id, uint16_t *ret_status)
{
	struct nvme_completion *at = &q->rings->completion[q->head];
	/* Pairs with the device's writing the phase last: the rest is read after it. */
	uint16_t status = cairn_load_acquire16(&at->status), id;

	if ((status & 1) != q->phase)
		return 0;
	id = cairn_load_relaxed16(&at->id);
	if (id >= NVME_QUEUE_MAX || !(q->out >> id & 1))
		return -EPROTO;
	q->out &= ~(UINT64_C(1) << id);
	if (++q->head == q->size) {
		q->head = 0;
		q->phase = !q->phase;
	}
	*ret_id = (uint8_t)id;
	*ret_status = status >> 1;
	return 1;
}
