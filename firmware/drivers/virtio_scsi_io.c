/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Requests to the device and what comes back (5.6.6); reads, writes and flushes of units. */
#include "virtio_scsi.h"

#include <cairn/math.h>

#include "pages.h"
#include "virtio_chain.h"

#define REQUEST_BYTES 51u
#define RESPONSE_NONE 0xffu

static struct scsi_host *of_flight(struct fw_flight *f)
{
	return cairn_container_of(f, struct scsi_host, flight);
}

static struct scsi_unit *to_unit(struct fw_block *b)
{
	return cairn_container_of(b, struct scsi_unit, block);
}

/* virtio 1.2, 5.6.6.1: 1, target, LUN in flat space addressing. */
static void write_request(struct scsi_host *h, uint8_t slot, uint32_t unit,
			  const struct scsi_command *c)
{
	struct scsi_request *q = &h->requests[slot];

	memset(q, 0, sizeof(*q));
	q->lun[0] = 1;
	q->lun[1] = (uint8_t)(unit >> 16);
	q->lun[2] = (uint8_t)(0x40 | (unit >> 8 & 0x3f));
	q->lun[3] = (uint8_t)unit;
	q->id = cairn_le64_of(slot);
	memcpy(q->cdb, c->cdb, sizeof(c->cdb));
	h->responses[slot] = (struct scsi_response){ .response = RESPONSE_NONE };
}

/* A chain: request and what the device reads, response and what it writes. */
static int add_chain(struct scsi_host *h, uint8_t slot, const struct fw_transfer *t, uint64_t bytes)
{
	struct cairn_virtq_buf bufs[3];
	bool is_read = t->kind == FW_READ;
	struct cairn_virtq_buf answer =
	    fw_virtio_buf_(&h->responses[slot], sizeof(struct scsi_response), true);
	uint16_t n, head;
	int r;

	bufs[0] = fw_virtio_buf_(&h->requests[slot], REQUEST_BYTES, false);
	if (is_read)
		bufs[1] = answer;
	n = fw_virtio_bufs_of_(t, bytes, UINT32_MAX, bufs + (is_read ? 2 : 1));
	if (!is_read)
		bufs[n + 1] = answer;
	r = cairn_virtq_driver_add(&h->queue.ring, bufs, (uint16_t)(n + 2), NULL, &head);
	if (r == 0)
		h->slot_of[head] = slot;
	return r;
}

int scsi_take_(struct scsi_host *h, uint8_t *ret_slot, struct scsi_outcome *ret)
{
	struct scsi_response a;
	uint32_t written;
	uint16_t head;
	int r = fw_virtio_wait(&h->v, &h->queue, FW_DISK_LIMIT_NS, &head, &written);

	if (r < 0)
		return r;
	*ret_slot = h->slot_of[head];
	cairn_copy_in(&a, &h->responses[*ret_slot], sizeof(a));
	*ret = (struct scsi_outcome){
		.response = a.response,
		.status = a.status,
		.residual = cairn_le32_get(a.residual),
		.sense = scsi_sense_(a.sense,
				     cairn_min_u64(cairn_le32_get(a.sense_len), SCSI_SENSE_BYTES)),
	};
	return 0;
}

static int scsi_add(struct fw_flight *f, uint8_t slot, struct fw_transfer *t)
{
	struct scsi_host *h = of_flight(f);
	struct scsi_command c;
	const struct scsi_unit *u = h->units;
	uint64_t bytes;
	int r;

	while (u->block.at.unit != t->unit)
		u++; /* a transfer comes from one of them */
	bytes = cairn_min_u64(t->bytes, h->request_bytes - h->request_bytes % u->block.block_bytes);
	if (t->kind == FW_FLUSH)
		scsi_synchronize_(&c);
	else
		scsi_transfer_(&c, u->type, t->kind == FW_WRITE, t->lba,
			       (uint32_t)(bytes / u->block.block_bytes));
	write_request(h, slot, t->unit, &c);
	r = add_chain(h, slot, t, bytes);
	if (r == 0)
		fw_transfer_advance_(t, bytes, u->block.block_bytes);
	return r;
}

static void scsi_submit(struct fw_flight *f)
{
	fw_virtio_submit(&of_flight(f)->v, &of_flight(f)->queue);
}

static bool is_attention(const struct scsi_outcome *o)
{
	return o->status == SCSI_CHECK_CONDITION && o->sense.key == SCSI_UNIT_ATTENTION;
}

/* What was read before is another medium's. */
static void look_for_change(struct scsi_unit *u, const struct scsi_outcome *o)
{
	if (u->block.is_removable && o->response == 0 && is_attention(o) &&
	    o->sense.code == SCSI_MEDIUM_CHANGED)
		u->is_changed = true;
}

static int result_of(const struct scsi_outcome *o)
{
	if (o->response != 0)
		return -EIO;
	if (o->status == SCSI_GOOD)
		return o->residual == 0 ? 0 : -EIO;
	if (o->status == SCSI_BUSY || o->status == SCSI_TASK_SET_FULL || is_attention(o))
		return -EAGAIN;
	return -EIO;
}

static int scsi_wait(struct fw_flight *f, uint8_t *ret_slot, int *ret_result)
{
	struct scsi_host *h = of_flight(f);
	struct scsi_outcome o;
	int r = scsi_take_(h, ret_slot, &o);

	if (r < 0)
		return r;
	look_for_change(h->asking, &o);
	*ret_result = h->asking->is_changed ? -EIO : result_of(&o);
	return 0;
}

int scsi_start_(struct scsi_host *h, struct cairn_err *err)
{
	int r = fw_virtio_start(&h->v, 0, err);

	if (r < 0)
		return r;
	r = fw_virtio_queue_init(&h->v, &h->queue, SCSI_REQUEST_QUEUE);
	if (r < 0)
		return cairn_err_set(err, -r, "no usable queue", SCSI_REQUEST_QUEUE);
	if (h->queue.size < 4)
		return cairn_err_set(err, EPROTO, "a queue too short for a request", h->queue.size);
	fw_flight_init_(&h->flight, (uint8_t)cairn_min_u64(SCSI_SLOTS, h->queue.size / 3));
	fw_virtio_run(&h->v);
	return 0;
}

static int scsi_restart(struct fw_flight *f)
{
	return scsi_start_(of_flight(f), NULL);
}

static void scsi_give_up(struct fw_flight *f)
{
	fw_virtio_stop(&of_flight(f)->v, NULL, 0);
}

const struct fw_flight_ops scsi_flight_ops_ = {
	.add = scsi_add,
	.submit = scsi_submit,
	.wait = scsi_wait,
	.restart = scsi_restart,
	.give_up = scsi_give_up,
};

static int transact(struct fw_block *block, const struct fw_transfer *t)
{
	struct scsi_unit *u = to_unit(block);
	struct scsi_host *h = u->host;
	int r;

	h->asking = u;
	r = fw_flight_do_(&h->flight, t);
	block->notifications = h->v.notifications;
	return r;
}

static int unit_read(struct fw_block *block, uint64_t lba, void *dst, uint32_t n)
{
	const struct fw_transfer t = fw_transfer_of_(block, FW_READ, lba, dst, n);

	return transact(block, &t);
}

static int unit_write(struct fw_block *block, uint64_t lba, const void *src, uint32_t n)
{
	const struct fw_transfer t = fw_transfer_of_(block, FW_WRITE, lba, src, n);

	return transact(block, &t);
}

static int unit_flush(struct fw_block *block)
{
	const struct fw_transfer t = { .kind = FW_FLUSH, .unit = block->at.unit };

	return block->is_readonly ? 0 : transact(block, &t);
}

/* The first of its units stops all of the host. */
static void unit_stop(struct fw_block *block)
{
	struct scsi_host *h = to_unit(block)->host;

	if (h->flight.is_dead)
		return;
	h->flight.is_dead = true;
	fw_virtio_stop(&h->v, &h->queue, 1);
}

const struct fw_block_ops scsi_unit_ops_ = {
	.read = unit_read,
	.write = unit_write,
	.flush = unit_flush,
	.stop = unit_stop,
};

int scsi_put_(struct scsi_host *h, uint8_t slot, uint32_t unit, const struct scsi_command *c)
{
	const struct fw_transfer t = { .kind = FW_READ, .at = fw_address_(h->scratch[slot]) };

	memset(h->scratch[slot], 0, c->data_bytes);
	write_request(h, slot, unit, c);
	return add_chain(h, slot, &t, c->data_bytes);
}

int scsi_exec_(struct scsi_host *h, uint32_t unit, const struct scsi_command *c,
	       struct scsi_outcome *ret)
{
	uint8_t slot;
	int r = scsi_put_(h, 0, unit, c);

	fw_virtio_submit(&h->v, &h->queue);
	return r < 0 ? r : scsi_take_(h, &slot, ret);
}
