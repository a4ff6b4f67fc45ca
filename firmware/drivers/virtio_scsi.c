/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Targets and units found (SPC-4, 6.33), and which of them are disks. */
#include "virtio_scsi.h"

#include <cairn/math.h>

#include <fw/clock.h>

#include "disk.h"
#include "pages.h"

#define READY_TRIES    16u
#define READY_PAUSE_NS UINT64_C(100000000)
#define TARGETS_MAX    256u

enum {
	CONFIG_SEG_MAX = 4,
	CONFIG_MAX_SECTORS = 8,
	CONFIG_SENSE_SIZE = 20,
	CONFIG_CDB_SIZE = 24,
	CONFIG_MAX_TARGET = 30,
};

static uint32_t unit_of(uint32_t target, uint32_t lun)
{
	return target << 16 | lun;
}

static bool is_good(const struct scsi_outcome *o)
{
	return o->response == 0 && o->status == SCSI_GOOD;
}

/* Returns 0; -ENODEV: it does not become ready (no medium); or the device has failed. */
static int wait_until_ready(struct scsi_host *h, uint32_t unit)
{
	struct scsi_command c;
	struct scsi_outcome o;

	scsi_test_unit_ready_(&c);
	for (uint32_t i = 0; i < READY_TRIES; i++) {
		int r = scsi_exec_(h, unit, &c, &o);

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

static int read_capacity(struct scsi_host *h, struct scsi_unit *u)
{
	struct scsi_command c;
	struct scsi_outcome o;
	uint8_t answer[SCSI_CAPACITY_BYTES];
	int r;

	scsi_read_capacity_(&c, u->type);
	r = scsi_exec_(h, u->block.at.unit, &c, &o);
	if (r < 0 || !is_good(&o))
		return r < 0 ? r : -ENODEV;
	cairn_copy_in(answer, h->scratch[0], sizeof(answer));
	r = scsi_capacity_(answer, u->type, &u->block.n_blocks, &u->block.block_bytes);
	return r == 0 && u->block.block_bytes > h->request_bytes ? -ENOTSUP : r;
}

static int read_protection(struct scsi_host *h, struct scsi_unit *u)
{
	struct scsi_command c;
	struct scsi_outcome o;
	uint8_t answer[SCSI_MODE_BYTES];
	int r;

	u->block.is_readonly = u->type == SCSI_CD;
	scsi_mode_sense_(&c);
	r = scsi_exec_(h, u->block.at.unit, &c, &o);
	if (r < 0 || !is_good(&o))
		return r; /* not every disk has mode pages */
	cairn_copy_in(answer, h->scratch[0], sizeof(answer));
	u->block.is_readonly = u->block.is_readonly || scsi_is_write_protected_(answer);
	return 0;
}

/* Adds the unit if it is a disk that can be used. Returns 0, or the device has failed. */
static int open_unit(struct scsi_host *h, uint32_t unit)
{
	struct scsi_command c;
	struct scsi_outcome o;
	uint8_t answer[SCSI_INQUIRY_BYTES];
	struct scsi_unit *u = &h->units[h->n_units];
	int r;

	if (h->n_units == FW_SCSI_UNITS_MAX)
		return 0;
	scsi_inquiry_(&c);
	r = scsi_exec_(h, unit, &c, &o);
	if (r < 0 || !is_good(&o))
		return r;
	cairn_copy_in(answer, h->scratch[0], sizeof(answer));
	*u = (struct scsi_unit){ .host = h, .block = { .ops = &scsi_unit_ops_, .at = h->v.at } };
	u->block.at.unit = unit;
	if (!scsi_inquiry_is_disk_(answer, &u->type))
		return 0;
	u->block.is_removable = scsi_inquiry_is_removable_(answer);
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

static int open_target(struct scsi_host *h, uint32_t target)
{
	uint16_t luns[SCSI_LUNS_MAX] = { 0 };
	uint8_t answer[SCSI_LUNS_BYTES];
	uint32_t n = 1;
	struct scsi_command c;
	struct scsi_outcome o;
	int r;

	scsi_report_luns_(&c);
	r = scsi_exec_(h, unit_of(target, 0), &c, &o);
	if (r == 0 && is_good(&o)) {
		cairn_copy_in(answer, h->scratch[0], sizeof(answer));
		n = scsi_luns_(answer, luns);
	}
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = open_unit(h, unit_of(target, luns[i]));
	return r;
}

/* Asks n targets from `first` on at once, and notes who is there. */
static int look_for_targets(struct scsi_host *h, uint32_t first, uint8_t n, bool *is_there)
{
	struct scsi_command c;
	int r = 0;

	scsi_inquiry_(&c);
	for (uint8_t i = 0; r == 0 && i < n; i++)
		r = scsi_put_(h, i, unit_of(first + i, 0), &c);
	fw_virtio_submit(&h->v, &h->queue);
	for (uint8_t i = 0; r == 0 && i < n; i++) {
		struct scsi_outcome o;
		uint8_t slot;

		r = scsi_take_(h, &slot, &o);
		if (r == 0)
			is_there[slot] = o.response == 0;
	}
	return r;
}

static int scan(struct scsi_host *h)
{
	uint8_t step = h->flight.n_slots;
	int r = 0;

	for (uint32_t first = 0; r == 0 && first < h->n_targets; first += step) {
		bool is_there[SCSI_SLOTS] = { false };
		uint8_t n = (uint8_t)cairn_min_u64(step, h->n_targets - first);

		r = look_for_targets(h, first, n, is_there);
		for (uint8_t i = 0; r == 0 && i < n; i++)
			if (is_there[i])
				r = open_target(h, first + i);
	}
	return r;
}

static int read_limits(struct scsi_host *h, struct cairn_err *err)
{
	uint64_t bytes = (uint64_t)fw_virtio_config(&h->v, CONFIG_MAX_SECTORS, 4) * 512;
	uint64_t segments = fw_virtio_config(&h->v, CONFIG_SEG_MAX, 4);

	if (fw_virtio_config(&h->v, CONFIG_SENSE_SIZE, 4) != SCSI_SENSE_BYTES ||
	    fw_virtio_config(&h->v, CONFIG_CDB_SIZE, 4) != SCSI_VIRTIO_CDB_BYTES)
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
	struct scsi_host *h;
	void *pages;
	int r;

	if (fw_pages_take_(sizeof(*h), &pages) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for a SCSI host", sizeof(*h));
	h = pages;
	h->v = *v;
	h->flight.ops = &scsi_flight_ops_;
	h->queue.any_length = true; /* the response says what there is */
	r = scsi_start_(h, err);
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
