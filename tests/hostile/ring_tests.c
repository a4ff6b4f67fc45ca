/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* ring_tests.c - what lies in memory: queues, descriptors, indices. The device must notice. */
#include "hostile.h"

#define BEYOND UINT64_C(0x7ffffff00000) /* no machine of the tests has memory there */

enum { REWRITES = 3000, IN_FLIGHT_ROUNDS = 20 };

static const uint64_t wild[] = {
	BEYOND,
	0xc0000000,     /* the hole: nobody */
	LAYOUT_MMIO_AT, /* a device's registers */
	LAYOUT_LAPIC_AT,
	UINT64_C(0xfffffffffffff000), /* its end is beyond 2^64 */
	UINT64_C(0xfffffffffffffff0),
	UINT64_C(0x8000000000000000),
};

static void queue_with(struct dev *d, enum reg which, uint64_t addr)
{
	negotiate(d, UINT64_C(1) << F_VERSION_1);
	set_queue(d);
	if (d->is_pci) { /* there, a queue is disabled by resetting the device */
		negotiate(d, UINT64_C(1) << F_VERSION_1);
		put(d, R_QUEUE_SEL, d->queue);
		put(d, R_QUEUE_SIZE, QUEUE_SIZE);
		put_addr(d, R_DESC, (uintptr_t)d->ring->desc);
		put_addr(d, R_AVAIL, (uintptr_t)&d->ring->avail);
		put_addr(d, R_USED, (uintptr_t)&d->ring->used);
	} else {
		put(d, R_QUEUE_ENABLE, 0);
	}
	put_addr(d, which, addr);
	put(d, R_QUEUE_ENABLE, 1);
	driver_ok(d);
}

static void ring_outside(struct dev *d)
{
	static const enum reg which[] = { R_DESC, R_AVAIL, R_USED };

	for (unsigned i = 0; i < ARRAY_LEN(which); i++) {
		for (unsigned j = 0; j < ARRAY_LEN(wild); j++) {
			queue_with(d, which[i], wild[j]);
			must_break(d, "a ring outside memory is taken");
		}
	}
}

static void ring_misaligned(struct dev *d)
{
	queue_with(d, R_DESC, (uintptr_t)d->ring->desc + 8);
	must_break(d, "a descriptor table that is not aligned is taken");
	queue_with(d, R_AVAIL, (uintptr_t)&d->ring->avail + 1);
	must_break(d, "an available ring that is not aligned is taken");
	queue_with(d, R_USED, (uintptr_t)&d->ring->used + 2);
	must_break(d, "a used ring that is not aligned is taken");
}

static void ring_size(struct dev *d)
{
	static const uint32_t sizes[] = { 0,       3,          6,
					  0xffff,  0x8000,     0x10000 + QUEUE_SIZE,
					  0x10000, 0x80000000, 0xffffffff };

	for (unsigned i = 0; i < ARRAY_LEN(sizes); i++) {
		if (d->is_pci && sizes[i] > 0xffff)
			continue;
		negotiate(d, UINT64_C(1) << F_VERSION_1);
		put(d, R_QUEUE_SEL, d->queue);
		put(d, R_QUEUE_SIZE, sizes[i]);
		put_addr(d, R_DESC, (uintptr_t)d->ring->desc);
		put_addr(d, R_AVAIL, (uintptr_t)&d->ring->avail);
		put_addr(d, R_USED, (uintptr_t)&d->ring->used);
		put(d, R_QUEUE_ENABLE, 1);
		driver_ok(d);
		must_break(d, "a queue size that cannot be is taken");
	}
}

/* The device's writes fall on descriptors that it does not use: on one in use, they would send it
 * anywhere in memory, this program included. */
static void ring_over_itself(struct dev *d)
{
	const uint16_t head = QUEUE_SIZE - 4;

	queue_with(d, R_USED, (uintptr_t)d->ring->desc);
	for (unsigned i = make_chain(d) + 1; i-- > 0;) {
		d->ring->desc[head + i] = d->ring->desc[i];
		d->ring->desc[head + i].next = (uint16_t)(head + i + 1);
	}
	offer(d, head);
	offer(d, head);
	reset(d);
	queue_with(d, R_AVAIL, (uintptr_t)&d->ring->used);
	make_chain(d);
	offer(d, 0);
}

/* A loop whose descriptors hold bytes, and one whose descriptors are empty. */
static void desc_loop(struct dev *d)
{
	for (uint32_t len = 0; len <= 16; len += 16) {
		for (uint16_t n = 1; n <= QUEUE_SIZE; n = (uint16_t)(n * 4)) {
			for (uint16_t i = 0; i < n; i++)
				d->ring->desc[i] =
				    (struct desc){ (uintptr_t)d->ring->data, len, D_NEXT | D_WRITE,
						   (uint16_t)((i + 1) % n) };
			offer(d, 0);
			must_break(d, "a loop of descriptors goes unnoticed");
		}
	}
}

static void desc_next_beyond(struct dev *d)
{
	static const uint16_t next[] = { QUEUE_SIZE, QUEUE_SIZE + 1, 0x7fff, 0xffff };

	for (unsigned i = 0; i < ARRAY_LEN(next); i++) {
		make_chain(d);
		d->ring->desc[0].next = next[i];
		offer(d, 0);
		must_break(d, "a link beyond the table is followed");
	}
}

static void head_beyond(struct dev *d)
{
	static const uint16_t head[] = { QUEUE_SIZE, 0x8000, 0xffff };

	for (unsigned i = 0; i < ARRAY_LEN(head); i++) {
		make_chain(d);
		offer(d, head[i]);
		must_break(d, "a head beyond the table is taken");
	}
}

static void avail_jump(struct dev *d)
{
	static const uint16_t by[] = { QUEUE_SIZE + 1, 0x8000, 0xffff };

	for (unsigned i = 0; i < ARRAY_LEN(by); i++) {
		make_chain(d);
		d->ring->avail.idx = (uint16_t)(d->avail + by[i]);
		kick(d, d->queue);
		must_break(d, "an available index that jumps is believed");
	}
}

static void avail_back(struct dev *d)
{
	must_serve(d);
	must_serve(d);
	d->ring->avail.idx = 0;
	kick(d, d->queue);
	must_break(d, "an available index that goes back is believed");
}

static void readable_after_writable(struct dev *d)
{
	unsigned last = make_chain(d);

	d->ring->desc[last].flags = D_WRITE | D_NEXT;
	d->ring->desc[last].next = (uint16_t)(last + 1);
	d->ring->desc[last + 1] = (struct desc){ (uintptr_t)d->ring->data, 16, 0, 0 };
	offer(d, 0);
	must_break(d, "a readable buffer behind a writable one is taken");
}

static void buffer_outside(struct dev *d)
{
	for (unsigned i = 0; i < ARRAY_LEN(wild); i++) {
		unsigned last = make_chain(d);

		d->ring->desc[last].addr = wild[i];
		offer(d, 0);
		must_break(d, "a buffer outside memory is taken");
	}
}

static void buffer_lengths(struct dev *d)
{
	static const uint32_t lens[] = { 0xffffffff, 0x80000000, 0x40000000 };

	for (unsigned i = 0; i < ARRAY_LEN(lens); i++) {
		unsigned last = make_chain(d);

		d->ring->desc[last].len = lens[i];
		offer(d, 0);
		must_break(d, "a buffer longer than memory is taken");
	}
}

/* Nothing says that a device must refuse these, but it may. */
static void buffer_empty(struct dev *d)
{
	unsigned last = make_chain(d);

	for (unsigned i = 0; i <= last; i++) {
		uint32_t len = d->ring->desc[i].len;

		d->ring->desc[i].len = 0;
		offer(d, 0);
		(void)get(d, R_STATUS);
		set_up(d);
		make_chain(d);
		d->ring->desc[i].len = len;
	}
	d->ring->desc[0] = (struct desc){ BEYOND, 0, 0, 0 };
	offer(d, 0);
}

static void set_indirect(struct dev *d, uint64_t addr, uint32_t len, uint16_t flags)
{
	unsigned last = make_chain(d);

	for (unsigned i = 0; i <= last; i++)
		d->ring->table[i] = d->ring->desc[i];
	d->ring->desc[0] = (struct desc){ addr, len, (uint16_t)(flags | D_INDIRECT), 1 };
}

static void indirect_bad(struct dev *d)
{
	uintptr_t table = (uintptr_t)d->ring->table;

	for (unsigned i = 0; i < ARRAY_LEN(wild); i++) {
		set_indirect(d, wild[i], 48, 0);
		offer(d, 0);
		must_break(d, "an indirect table outside memory is taken");
	}
	for (uint32_t len = 1; len < 256; len += 50) {
		set_indirect(d, table, len, 0);
		offer(d, 0);
		must_break(d, "an indirect table of odd length is taken");
	}
	set_indirect(d, table, 0, 0);
	offer(d, 0);
	must_break(d, "an empty indirect table is taken");
	set_indirect(d, table, 0xfffffff0, 0);
	offer(d, 0);
	must_break(d, "an indirect table of 4 GiB is taken");
	set_indirect(d, table, 48, D_NEXT);
	offer(d, 0);
	must_break(d, "an indirect descriptor with a next one is taken");
}

static void indirect_nested(struct dev *d)
{
	set_indirect(d, (uintptr_t)d->ring->table, 16, 0);
	d->ring->table[0] = (struct desc){ (uintptr_t)d->ring->table, 16, D_INDIRECT, 0 };
	offer(d, 0);
	must_break(d, "an indirect table inside an indirect table is taken");
}

static void indirect_loop(struct dev *d)
{
	set_indirect(d, (uintptr_t)d->ring->table, 32, 0);
	d->ring->table[0] = (struct desc){ (uintptr_t)d->ring->data, 16, D_NEXT | D_WRITE, 1 };
	d->ring->table[1] = (struct desc){ (uintptr_t)d->ring->data, 16, D_NEXT | D_WRITE, 0 };
	offer(d, 0);
	must_break(d, "a loop in an indirect table goes unnoticed");
	set_indirect(d, (uintptr_t)d->ring->table, 32, 0);
	d->ring->table[0] = (struct desc){ (uintptr_t)d->ring->data, 16, D_NEXT | D_WRITE, 2 };
	offer(d, 0);
	must_break(d, "a link beyond an indirect table is followed");
}

static void indirect_not_negotiated(struct dev *d)
{
	negotiate(d, UINT64_C(1) << F_VERSION_1);
	set_queue(d);
	driver_ok(d);
	set_indirect(d, (uintptr_t)d->ring->table, 48, 0);
	offer(d, 0);
}

void scribble(struct dev *d)
{
	uint32_t what = next_random(), value = next_random();
	struct desc *t = what & 64 ? d->ring->table : d->ring->desc;
	struct desc *x = &t[what % QUEUE_SIZE];

	switch ((what >> 8) % 6) {
	case 0:
		x->addr = value & 1 ? BEYOND + value : (uintptr_t)d->ring->data;
		break;
	case 1:
		x->len = value & 1 ? value | 0x80000000 : value % BUF_BYTES >> 1;
		break;
	case 2:
		x->flags = (uint16_t)(value & 7);
		break;
	case 3:
		x->next = (uint16_t)(value % (QUEUE_SIZE + 1));
		break;
	case 4:
		d->ring->avail.ring[what % QUEUE_SIZE] = (uint16_t)(value % (QUEUE_SIZE + 1));
		break;
	default:
		d->ring->header[what % 16] = (uint8_t)(value & 0x0f);
	}
}

/* While the device, on another thread, reads them. */
static void rings_rewritten(struct dev *d)
{
	for (unsigned i = 0; i < REWRITES; i++) {
		if (i % 64 == 0) {
			if (get(d, R_STATUS) & S_NEEDS_RESET)
				set_up(d);
			for (uint16_t n = 0; n < QUEUE_SIZE / 4; n++) {
				make_chain(d);
				offer(d, 0);
			}
		}
		scribble(d);
	}
}

static void used_rewritten(struct dev *d)
{
	for (unsigned i = 0; i < QUEUE_SIZE / 2; i++) {
		make_chain(d);
		offer(d, 0);
		d->ring->used.idx = (uint16_t)next_random();
		d->ring->used.ring[i].id = next_random();
		d->ring->used.ring[i].len = next_random();
	}
}

static void reset_in_flight(struct dev *d)
{
	for (unsigned round = 0; round < IN_FLIGHT_ROUNDS; round++) {
		make_chain(d);
		for (unsigned i = 0; i < QUEUE_SIZE; i++)
			offer(d, 0);
		set_up(d);
	}
}

static void queue_stopped_in_flight(struct dev *d)
{
	for (unsigned round = 0; round < IN_FLIGHT_ROUNDS; round++) {
		make_chain(d);
		for (unsigned i = 0; i < QUEUE_SIZE; i++)
			offer(d, 0);
		put(d, R_QUEUE_SEL, d->queue);
		put(d, R_QUEUE_RESET, 1);
		if (!d->is_pci)
			put(d, R_QUEUE_ENABLE, 0);
		put(d, R_QUEUE_ENABLE, 1);
		kick(d, d->queue);
	}
}

static void ring_reused_in_flight(struct dev *d)
{
	make_chain(d);
	for (unsigned i = 0; i < 2 * QUEUE_SIZE; i++)
		offer(d, (uint16_t)(i % 2));
	reset(d);
	for (unsigned i = 0; i < QUEUE_SIZE; i++)
		d->ring->desc[i] = (struct desc){ BEYOND, 0xffffffff, D_NEXT, 0xffff };
}

/* A request as the device's type has them, with this header and lengths. */
static void blk_request(struct dev *d, uint32_t type, uint64_t sector, uint32_t header_len,
			uint32_t data_len)
{
	struct ring *r = d->ring;

	make_chain(d);
	for (unsigned i = 0; i < 4; i++)
		r->header[i] = (uint8_t)(type >> (8 * i));
	for (unsigned i = 0; i < 8; i++)
		r->header[8 + i] = (uint8_t)(sector >> (8 * i));
	r->desc[0].len = header_len;
	r->desc[1].len = data_len;
	if (type != 0 && type != 8)
		r->desc[1].flags = D_NEXT;
	offer(d, 0);
	if (!wait_used(d))
		fail("a request that cannot be is not answered");
	if (!(get(d, R_STATUS) & S_NEEDS_RESET) && r->status[0] == 0xff)
		fail("a request that cannot be has no status");
}

static void blk_requests(struct dev *d)
{
	static const uint32_t types[] = { 0, 1, 4,  8,  11,         13,        2,
					  3, 5, 10, 14, 0x80000000, 0xffffffff };
	static const uint64_t sectors[] = { 0, UINT64_C(1) << 40, UINT64_C(0x007fffffffffffff),
					    UINT64_C(0x0080000000000000),
					    UINT64_C(0xffffffffffffffff) };
	static const uint32_t lens[] = { 1, 511, 512, 513, 16 };

	for (unsigned t = 0; t < ARRAY_LEN(types); t++)
		for (unsigned s = 0; s < ARRAY_LEN(sectors); s++)
			blk_request(d, types[t], sectors[s], 16, lens[(s + t) % 5]);
	for (uint32_t len = 1; len < 16; len += 7)
		blk_request(d, 0, 0, len, 512);
}

/* Ranges of a discard or of zeroes, taken from random bytes. */
static void blk_ranges(struct dev *d)
{
	for (unsigned i = 0; i < 64; i++) {
		for (unsigned j = 0; j < 64; j += 4) {
			uint32_t v = next_random();

			d->ring->data[j] = (uint8_t)v;
			d->ring->data[j + 1] = (uint8_t)(v >> 8);
			d->ring->data[j + 2] = d->ring->data[j + 3] =
			    (uint8_t)(i & 1 ? v >> 16 : 0xff);
		}
		blk_request(d, i & 2 ? 11 : 13, 0, 16, (i % 20) * 4 + 1);
	}
}

static void blk_no_status(struct dev *d)
{
	make_chain(d);
	d->ring->desc[1].flags = 0;
	offer(d, 0);
	must_break(d, "a request without a place for its status is taken");
}

const struct test ring_tests[] = {
	{ "ring-outside", ring_outside, 0 },
	{ "ring-misaligned", ring_misaligned, 0 },
	{ "ring-size", ring_size, 0 },
	{ "ring-over-itself", ring_over_itself, 0 },
	{ "desc-loop", desc_loop, 0 },
	{ "desc-next-beyond", desc_next_beyond, 0 },
	{ "head-beyond", head_beyond, 0 },
	{ "avail-jump", avail_jump, 0 },
	{ "avail-back", avail_back, 0 },
	{ "readable-after-writable", readable_after_writable, 0 },
	{ "buffer-outside", buffer_outside, 0 },
	{ "buffer-lengths", buffer_lengths, 0 },
	{ "buffer-empty", buffer_empty, 0 },
	{ "indirect-bad", indirect_bad, 0 },
	{ "indirect-nested", indirect_nested, 0 },
	{ "indirect-loop", indirect_loop, 0 },
	{ "indirect-not-negotiated", indirect_not_negotiated, 0 },
	{ "rings-rewritten", rings_rewritten, 0 },
	{ "used-rewritten", used_rewritten, 0 },
	{ "reset-in-flight", reset_in_flight, 0 },
	{ "queue-stopped-in-flight", queue_stopped_in_flight, 0 },
	{ "ring-reused-in-flight", ring_reused_in_flight, 0 },
	{ "blk-requests", blk_requests, BLK_ONLY },
	{ "blk-ranges", blk_ranges, BLK_ONLY },
	{ "blk-no-status", blk_no_status, BLK_ONLY },
	{ NULL, NULL, 0 },
};
