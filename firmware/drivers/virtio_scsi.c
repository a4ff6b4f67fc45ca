/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_scsi.c - virtio 1.2, 5.6. One request queue; the control and event queues are not set up:
 * a hung device is reset as a whole, and nobody watches for changes in the time of a boot.
 */
#include <fw/disks.h>

#include <cairn/math.h>

#include <fw/arch.h>
#include <fw/clock.h>

#include "disk.h"
#include "flight.h"
#include "pages.h"
#include "scsi.h"
#include "virtio_chain.h"

#define QUEUE_REQUESTS 2u
#define SLOTS          32u
#define SENSE_BYTES    96u
#define CDB_BYTES      32u
#define READY_TRIES    16u
#define READY_PAUSE_NS UINT64_C(100000000)
#define TARGETS_MAX    256u
#define SCRATCH_BYTES  256u /* for one answer */
#define RESPONSE_NONE  0xffu
CAIRN_STATIC_ASSERT(SCSI_LUNS_BYTES <= SCRATCH_BYTES, "room for the longest answer");

enum {
	CONFIG_SEG_MAX = 4,
	CONFIG_MAX_SECTORS = 8,
	CONFIG_SENSE_SIZE = 20,
	CONFIG_CDB_SIZE = 24,
	CONFIG_MAX_TARGET = 30,
};

struct scsi_request { /* virtio 1.2, 5.6.6.1 */
	uint8_t lun[8];
	cairn_le64 id;
	uint8_t task_attr, prio, crn;
	uint8_t cdb[CDB_BYTES];
};
CAIRN_STATIC_ASSERT(offsetof(struct scsi_request, cdb) == 19, "virtio 1.2, 5.6.6.1");
#define REQUEST_BYTES 51u

struct scsi_response {
	cairn_le32 sense_len, residual;
	cairn_le16 status_qualifier;
	uint8_t status, response;
	uint8_t sense[SENSE_BYTES];
};
CAIRN_STATIC_ASSERT(sizeof(struct scsi_response) == 108, "virtio 1.2, 5.6.6.1");

struct unit {
	struct fw_block block;
	struct host *host;
	enum scsi_type type;
};

struct host {
	struct fw_flight flight;
	struct fw_virtio v;
	struct fw_virtio_queue queue;
	uint32_t request_bytes; /* at most */
	uint32_t n_targets;
	uint8_t slot_of[FW_VIRTIO_QUEUE_MAX];
	struct unit units[FW_SCSI_UNITS_MAX];
	uint32_t n_units;
	/* the device's to read and write */
	struct scsi_request requests[SLOTS];
	struct scsi_response responses[SLOTS];
	uint8_t scratch[SLOTS][SCRATCH_BYTES];
};

/* What came of a command. */
struct outcome {
	uint8_t response; /* 0: the unit has answered */
	uint8_t status;
	struct scsi_sense sense;
	uint32_t residual;
};

static struct host *of_flight(struct fw_flight *f)
{
	return cairn_container_of(f, struct host, flight);
}

static struct unit *to_unit(struct fw_block *b)
{
	return cairn_container_of(b, struct unit, block);
}

static uint32_t unit_of(uint32_t target, uint32_t lun)
{
	return target << 16 | lun;
}

/* virtio 1.2, 5.6.6.1: 1, target, LUN in flat space addressing. */
static void write_request(struct host *h, uint8_t slot, uint32_t unit, const struct scsi_command *c)
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
static int add_chain(struct host *h, uint8_t slot, const struct fw_transfer *t, uint64_t bytes)
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

/* Waits for any chain. */
static int take(struct host *h, uint8_t *ret_slot, struct outcome *ret)
{
	struct scsi_response a;
	uint32_t written;
	uint16_t head;
	int r = fw_virtio_wait(&h->v, &h->queue, FW_DISK_LIMIT_NS, &head, &written);

	if (r < 0)
		return r;
	*ret_slot = h->slot_of[head];
	cairn_copy_in(&a, &h->responses[*ret_slot], sizeof(a));
	*ret = (struct outcome){
		.response = a.response,
		.status = a.status,
		.residual = cairn_le32_get(a.residual),
		.sense =
		    scsi_sense_(a.sense, cairn_min_u64(cairn_le32_get(a.sense_len), SENSE_BYTES)),
	};
	return 0;
}

static int scsi_add(struct fw_flight *f, uint8_t slot, struct fw_transfer *t)
{
	struct host *h = of_flight(f);
	struct scsi_command c;
	const struct unit *u = h->units;
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

static int result_of(const struct outcome *o)
{
	if (o->response != 0)
		return -EIO;
	if (o->status == SCSI_GOOD)
		return o->residual == 0 ? 0 : -EIO;
	if (o->status == SCSI_BUSY || o->status == SCSI_TASK_SET_FULL ||
	    (o->status == SCSI_CHECK_CONDITION && o->sense.key == SCSI_UNIT_ATTENTION))
		return -EAGAIN;
	return -EIO;
}

static int scsi_wait(struct fw_flight *f, uint8_t *ret_slot, int *ret_result)
{
	struct outcome o;
	int r = take(of_flight(f), ret_slot, &o);

	if (r == 0)
		*ret_result = result_of(&o);
	return r;
}

/* From reset to running, the first time and after a failure. */
static int start(struct host *h, struct cairn_err *err)
{
	int r = fw_virtio_start(&h->v, 0, err);

	if (r < 0)
		return r;
	r = fw_virtio_queue_init(&h->v, &h->queue, QUEUE_REQUESTS);
	if (r < 0)
		return cairn_err_set(err, -r, "no usable queue", QUEUE_REQUESTS);
	if (h->queue.size < 4)
		return cairn_err_set(err, EPROTO, "a queue too short for a request", h->queue.size);
	fw_flight_init_(&h->flight, (uint8_t)cairn_min_u64(SLOTS, h->queue.size / 3));
	fw_virtio_run(&h->v);
	return 0;
}

static int scsi_restart(struct fw_flight *f)
{
	return start(of_flight(f), NULL);
}

static void scsi_give_up(struct fw_flight *f)
{
	fw_virtio_stop(&of_flight(f)->v, NULL, 0);
}

static const struct fw_flight_ops flight_ops = {
	.add = scsi_add,
	.submit = scsi_submit,
	.wait = scsi_wait,
	.restart = scsi_restart,
	.give_up = scsi_give_up,
};

static int transact(struct fw_block *block, const struct fw_transfer *t)
{
	struct host *h = to_unit(block)->host;
	int r = fw_flight_do_(&h->flight, t);

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
	struct host *h = to_unit(block)->host;

	if (h->flight.is_dead)
		return;
	h->flight.is_dead = true;
	fw_virtio_stop(&h->v, &h->queue, 1);
}

static const struct fw_block_ops unit_ops = {
	.read = unit_read,
	.write = unit_write,
	.flush = unit_flush,
	.stop = unit_stop,
};

/* Hands one command with an answer out. */
static int put(struct host *h, uint8_t slot, uint32_t unit, const struct scsi_command *c)
{
	const struct fw_transfer t = { .kind = FW_READ, .at = fw_address_(h->scratch[slot]) };

	memset(h->scratch[slot], 0, c->data_bytes);
	write_request(h, slot, unit, c);
	return add_chain(h, slot, &t, c->data_bytes);
}

/* One command alone. Returns 0 with the outcome (and the answer in scratch[0]), or the device has
 * failed. */
static int exec(struct host *h, uint32_t unit, const struct scsi_command *c, struct outcome *ret)
{
	uint8_t slot;
	int r = put(h, 0, unit, c);

	fw_virtio_submit(&h->v, &h->queue);
	return r < 0 ? r : take(h, &slot, ret);
}

static bool is_good(const struct outcome *o)
{
	return o->response == 0 && o->status == SCSI_GOOD;
}

/* Returns 0; -ENODEV: it does not become ready (no medium); or the device has failed. */
static int wait_until_ready(struct host *h, uint32_t unit)
{
	struct scsi_command c;
	struct outcome o;

	scsi_test_unit_ready_(&c);
	for (uint32_t i = 0; i < READY_TRIES; i++) {
		int r = exec(h, unit, &c, &o);

		if (r < 0 || is_good(&o))
			return r;
		if (o.response != 0 ||
		    (o.sense.key == SCSI_NOT_READY && o.sense.code != SCSI_BECOMING_READY))
			break;
		if (o.sense.key == SCSI_NOT_READY)
			fw_clock_stall_ns(READY_PAUSE_NS);
	}
	return -ENODEV;
}

static int read_capacity(struct host *h, struct unit *u)
{
	struct scsi_command c;
	struct outcome o;
	uint8_t answer[SCSI_CAPACITY_BYTES];
	int r;

	scsi_read_capacity_(&c, u->type);
	r = exec(h, u->block.at.unit, &c, &o);
	if (r < 0 || !is_good(&o))
		return r < 0 ? r : -ENODEV;
	cairn_copy_in(answer, h->scratch[0], sizeof(answer));
	r = scsi_capacity_(answer, u->type, &u->block.n_blocks, &u->block.block_bytes);
	return r == 0 && u->block.block_bytes > h->request_bytes ? -ENOTSUP : r;
}

static int read_protection(struct host *h, struct unit *u)
{
	struct scsi_command c;
	struct outcome o;
	uint8_t answer[SCSI_MODE_BYTES];
	int r;

	u->block.is_readonly = u->type == SCSI_CD;
	scsi_mode_sense_(&c);
	r = exec(h, u->block.at.unit, &c, &o);
	if (r < 0 || !is_good(&o))
		return r; /* not every disk has mode pages */
	cairn_copy_in(answer, h->scratch[0], sizeof(answer));
	u->block.is_readonly = u->block.is_readonly || scsi_is_write_protected_(answer);
	return 0;
}

/* Adds the unit if it is a disk that can be used. Returns 0, or the device has failed. */
static int open_unit(struct host *h, uint32_t unit)
{
	struct scsi_command c;
	struct outcome o;
	uint8_t answer[SCSI_INQUIRY_BYTES];
	struct unit *u = &h->units[h->n_units];
	int r;

	if (h->n_units == FW_SCSI_UNITS_MAX)
		return 0;
	scsi_inquiry_(&c);
	r = exec(h, unit, &c, &o);
	if (r < 0 || !is_good(&o))
		return r;
	cairn_copy_in(answer, h->scratch[0], sizeof(answer));
	*u = (struct unit){ .host = h, .block = { .ops = &unit_ops, .at = h->v.at } };
	u->block.at.unit = unit;
	if (!scsi_inquiry_is_disk_(answer, &u->type))
		return 0;
	r = wait_until_ready(h, unit);
	if (r == 0)
		r = read_capacity(h, u);
	if (r == 0)
		r = read_protection(h, u);
	if (r < 0)
		return r == -ETIMEDOUT || r == -EPROTO ? r : 0;
	fw_block_name_(&u->block, u->type == SCSI_CD ? "scsi-cd" : "scsi");
	h->n_units++;
	return 0;
}

static int open_target(struct host *h, uint32_t target)
{
	uint16_t luns[SCSI_LUNS_MAX] = { 0 };
	uint8_t answer[SCSI_LUNS_BYTES];
	uint32_t n = 1;
	struct scsi_command c;
	struct outcome o;
	int r;

	scsi_report_luns_(&c);
	r = exec(h, unit_of(target, 0), &c, &o);
	if (r == 0 && is_good(&o)) {
		cairn_copy_in(answer, h->scratch[0], sizeof(answer));
		n = scsi_luns_(answer, luns);
	}
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = open_unit(h, unit_of(target, luns[i]));
	return r;
}

/* Asks n targets from `first` on at once, and notes who is there. */
static int look_for_targets(struct host *h, uint32_t first, uint8_t n, bool *is_there)
{
	struct scsi_command c;
	int r = 0;

	scsi_inquiry_(&c);
	for (uint8_t i = 0; r == 0 && i < n; i++)
		r = put(h, i, unit_of(first + i, 0), &c);
	fw_virtio_submit(&h->v, &h->queue);
	for (uint8_t i = 0; r == 0 && i < n; i++) {
		struct outcome o;
		uint8_t slot;

		r = take(h, &slot, &o);
		if (r == 0)
			is_there[slot] = o.response == 0;
	}
	return r;
}

static int scan(struct host *h)
{
	uint8_t step = h->flight.n_slots;
	int r = 0;

	for (uint32_t first = 0; r == 0 && first < h->n_targets; first += step) {
		bool is_there[SLOTS] = { false };
		uint8_t n = (uint8_t)cairn_min_u64(step, h->n_targets - first);

		r = look_for_targets(h, first, n, is_there);
		for (uint8_t i = 0; r == 0 && i < n; i++)
			if (is_there[i])
				r = open_target(h, first + i);
	}
	return r;
}

static int read_limits(struct host *h, struct cairn_err *err)
{
	uint64_t bytes = (uint64_t)fw_virtio_config(&h->v, CONFIG_MAX_SECTORS, 4) * 512;
	uint64_t segments = fw_virtio_config(&h->v, CONFIG_SEG_MAX, 4);

	if (fw_virtio_config(&h->v, CONFIG_SENSE_SIZE, 4) != SENSE_BYTES ||
	    fw_virtio_config(&h->v, CONFIG_CDB_SIZE, 4) != CDB_BYTES)
		return cairn_err_set(err, ENOTSUP, "another size of commands", 0);
	if (bytes == 0 || segments == 0) /* one is all that is used */
		return cairn_err_set(err, EPROTO, "requests without data", 0);
	h->request_bytes = (uint32_t)cairn_min_u64(bytes, FW_DISK_REQUEST_BYTES);
	h->n_targets = (uint32_t)cairn_min_u64(
	    fw_virtio_config(&h->v, CONFIG_MAX_TARGET, 2) + UINT64_C(1), TARGETS_MAX);
	return 0;
}

int fw_virtio_scsi_open(const struct fw_virtio *v, struct fw_block **ret, uint32_t cap,
			uint32_t *ret_n, struct cairn_err *err)
{
	struct host *h;
	void *pages;
	int r;

	if (fw_pages_take_(sizeof(*h), &pages) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for a SCSI host", sizeof(*h));
	h = pages;
	h->v = *v;
	h->flight.ops = &flight_ops;
	h->queue.any_length = true; /* the response says what there is */
	r = start(h, err);
	if (r == 0)
		r = read_limits(h, err);
	if (r == 0) {
		r = scan(h);
		if (r < 0)
			cairn_err_set(err, -r, "the scan for disks failed", 0);
	}
	if (r < 0 || h->n_units == 0) {
		if (fw_virtio_stop(&h->v, &h->queue, 1) == 0)
			fw_pages_give_(h, sizeof(*h));
		*ret_n = 0;
		return r;
	}
	*ret_n = (uint32_t)cairn_min_u64(cap, h->n_units);
	for (uint32_t i = 0; i < *ret_n; i++)
		ret[i] = &h->units[i].block;
	return 0;
}
